import type { AgentTask } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';
import { relaysTo } from '../lib/relay.js';
import type { FoundProgram } from '../lib/supply/program-source.js';
import type { ClaudeCodeOptions } from './schema.js';

/** Tools of the CLI that lead out, wait for a later session, or have no sense in a folder without a person. */
const DISALLOWED_TOOLS = ['WebFetch', 'WebSearch', 'ScheduleWakeup', 'AskUserQuestion'];

/**
 * The call of the CLI. The repository must not configure the agent that judges it: settings come from the home alone and
 * no MCP server of a checkout is started (`--setting-sources user --strict-mcp-config`).
 */
export function programOf(input: { readonly task: AgentTask; readonly found: FoundProgram; readonly session: string; readonly options: ClaudeCodeOptions }): Program {
  const { task, found, session, options } = input;
  return {
    command: found.command,
    args: [
      ...found.args,
      '-p', '--output-format', 'stream-json', '--verbose', '--model', task.model,
      '--permission-mode', permissionMode(task), '--disallowedTools', DISALLOWED_TOOLS.join(','),
      '--setting-sources', 'user', '--strict-mcp-config', '--max-turns', String(options.turns_max),
      ...(task.session === undefined ? ['--session-id', session] : ['--resume', session]),
    ],
    env: variables(task),
    cwd: '',
    stdin: task.prompt,
    relays: relaysTo(task.gateway),
  };
}

/**
 * Inside a sandbox the agent may run what it likes: the sandbox is the boundary, and commands are what it proves its work
 * with. Without one the CLI's own rules are all there is: edits in the folder only, no commands.
 */
function permissionMode(task: AgentTask): string {
  return task.sandbox.rung === 'none' ? 'acceptEdits' : 'bypassPermissions';
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
