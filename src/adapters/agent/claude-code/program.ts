import type { AgentPolicy } from '../../../domain/agent-policy.js';
import type { AgentTask } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';
import { relaysTo } from '../lib/relay.js';
import type { FoundProgram } from '../lib/supply/program-source.js';
import { fenceArguments } from './fence.js';
import type { ClaudeCodeOptions } from './schema.js';

/**
 * The call of the CLI. The repository must not configure the agent that judges it: settings come from the home alone and
 * no MCP server of a checkout is started (`--setting-sources user --strict-mcp-config`).
 */
export function programOf(input: { readonly task: AgentTask; readonly found: FoundProgram; readonly session: string; readonly options: ClaudeCodeOptions; readonly policy: AgentPolicy }): Program {
  const { task, found, session, options, policy } = input;
  return {
    command: found.command,
    args: [
      ...found.args,
      '-p', '--output-format', 'stream-json', '--verbose', '--model', task.model,
      ...fenceArguments(policy, { workdir: task.sandbox.workdir, confined: task.sandbox.rung !== 'none' }),
      '--setting-sources', 'user', '--max-turns', String(options.turns_max),
      ...(task.session === undefined ? ['--session-id', session] : ['--resume', session]),
    ],
    env: variables(task),
    cwd: '',
    stdin: task.prompt,
    relays: relaysTo(task.gateway),
  };
}

function variables(task: AgentTask): Readonly<Record<string, string>> {
  return {
    ANTHROPIC_BASE_URL: task.gateway.url,
    ANTHROPIC_API_KEY: task.gateway.token,
    // One model is admitted and metered; without these the CLI asks another one for small things.
    ANTHROPIC_MODEL: task.model, ANTHROPIC_SMALL_FAST_MODEL: task.model, ANTHROPIC_DEFAULT_HAIKU_MODEL: task.model,
    CLAUDE_CODE_SUBAGENT_MODEL: task.model,
    // Nothing but model calls: no telemetry, no error reports, no updates, no look-ups.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_TELEMETRY: '1', DISABLE_ERROR_REPORTING: '1', DISABLE_AUTOUPDATER: '1',
    DISABLE_BUG_COMMAND: '1', CLAUDE_CODE_DISABLE_TERMINAL_TITLE: '1',
    // The default is 10 tries, nearly three minutes on a refusal that will not change.
    CLAUDE_CODE_MAX_RETRIES: '2',
    IS_SANDBOX: '1',
  };
}
