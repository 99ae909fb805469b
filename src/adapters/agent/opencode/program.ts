import type { AgentPolicy } from '../../../domain/agent-policy.js';
import type { AgentTask, GatewayEndpoint } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';
import { relaysTo } from '../lib/relay.js';
import type { FoundProgram } from '../lib/supply/program-source.js';
import { permissionsOf, serversOf } from './fence.js';

/** Sizes that the CLI needs for a model that it does not know; the gateway keeps the real limits. */
const CONTEXT_TOKENS = 200_000;
const OUTPUT_TOKENS = 32_000;

/** The call of the CLI. Everything it is configured with stands in one variable; no file of the repository is read for it. */
export function programOf(task: AgentTask, found: FoundProgram, policy: AgentPolicy): Program {
  return {
    command: found.command,
    // Without a title the CLI asks the model for one.
    args: [...found.args, 'run', '--pure', '--format', 'json', '--model', `heddle/${task.model}`, ...(task.session === undefined ? ['--title', `attempt ${task.attempt}`] : ['--session', task.session])],
    env: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify(configurationOf(task, policy)),
      OPENCODE_DISABLE_PROJECT_CONFIG: '1', OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1', OPENCODE_DISABLE_CLAUDE_CODE: '1', OPENCODE_DISABLE_EXTERNAL_SKILLS: '1',
      // It would fill its folder of settings from the registry; nobody listens there.
      npm_config_registry: 'http://127.0.0.1:9/',
    },
    cwd: '',
    stdin: task.prompt,
    relays: relaysTo(task.gateway),
  };
}

/**
 * The provider is the gateway. Permissions are all said: what would be asked is refused by the CLI, and the run ends there
 * with exit code 0. Inside a sandbox the agent may do what the sandbox lets it; without one, edit files of the folder.
 */
function configurationOf(task: AgentTask, policy: AgentPolicy): object {
  const confined = task.sandbox.rung !== 'none';
  return {
    autoupdate: false, share: 'disabled', snapshot: false, lsp: false, formatter: false,
    model: `heddle/${task.model}`, small_model: `heddle/${task.model}`,
    enabled_providers: ['heddle'],
    provider: {
      heddle: {
        ...clientOf(task.gateway), name: 'heddle',
        models: { [task.model]: { tool_call: true, limit: { context: CONTEXT_TOKENS, output: OUTPUT_TOKENS } } },
      },
    },
    permission: permissionsOf(policy, { confined, workdir: task.sandbox.workdir }), mcp: serversOf(policy),
  };
}

/** Clients that are part of the program: nothing is installed. */
function clientOf({ api, url, token }: GatewayEndpoint): object {
  switch (api) {
    case 'anthropic-messages': return { npm: '@ai-sdk/anthropic', options: { baseURL: `${url}/v1`, apiKey: token } };
    case 'openai-responses': return { npm: '@ai-sdk/openai', options: { baseURL: `${url}/v1`, apiKey: token } };
    case 'gemini': return { npm: '@ai-sdk/google', options: { baseURL: `${url}/v1beta`, apiKey: token } };
    case 'openai-chat': return { npm: '@ai-sdk/openai-compatible', options: { baseURL: `${url}/v1`, apiKey: token } };
  }
}
