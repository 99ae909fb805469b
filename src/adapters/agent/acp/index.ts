import type { AgentPolicy, FenceAbility } from '../../../domain/agent-policy.js';
import type { AgentCapabilities, AgentEvent, AgentOutcome, AgentTask, CodingAgent } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';
import { mountsFor } from '../lib/command-mounts.js';
import { findProgram } from '../lib/find-program.js';
import { gatewayVariables } from '../lib/gateway-variables.js';
import { withoutExecutableState } from '../lib/fresh-home.js';
import { notBegun, outcomeOf } from '../lib/outcome.js';
import { relaysTo } from '../lib/relay.js';
import { putBack, setAside } from '../lib/set-aside.js';
import { converse } from '../lib/stream-program.js';
import type { StreamEnd } from '../lib/stream-program.js';
import { Dialogue } from './dialogue.js';
import { endingOf } from './map.js';
import { AcpOptions } from './schema.js';

export const id = 'acp';
export const optionSchema = AcpOptions;
/** It is told so when it asks for permission; an agent that does not ask is bounded by the sandbox alone. */
const FENCE: readonly FenceAbility[] = ['read', 'web', 'edit', 'command', 'edit-denied-paths', 'edit-allowed-paths', 'command-denied-prefixes', 'command-allowed-prefixes', 'mcp'];
export const capabilities: AgentCapabilities = { continues: true, apis: ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'], usesModel: true, fence: FENCE };

export interface AcpDeps {
  /** PATH of the orchestrator, for finding the program and what must be shown of it. */
  readonly searchPath: string;
  /** What requests for permission are answered from, and the servers that the agent is given. */
  readonly policy: AgentPolicy;
}

/** What known agents take for their own configuration at the top of a folder. Which one runs here is not known. */
const CONFIGURATION = [
  '.agents', '.claude', '.cline', '.codex', '.copilot', '.cursor', '.gemini', '.goose', '.opencode', '.qwen', '.mcp.json', 'opencode.json', 'opencode.jsonc',
  'AGENTS.md', 'CLAUDE.md', 'GEMINI.md', 'QWEN.md', '.cursorrules', '.goosehints',
];

/** Any agent that speaks the Agent Client Protocol over its standard input and output. */
export function create(options: AcpOptions, deps: AcpDeps): CodingAgent {
  return {
    id,
    capabilities,
    run: (task) => run(task, options, deps),
    probe: async () => {
      const program = await findProgram(options.command[0] ?? '', deps.searchPath);
      return program === undefined
        ? { ok: false, message: `The program ${JSON.stringify((options.command[0] ?? '').slice(0, 200))} of agent.command was not found or may not be executed. Give an absolute path, or put it on the PATH.` }
        : { ok: true, version: program };
    },
    tidy: putBack,
    mounts: () => mountsFor(options.command, deps.searchPath),
  };
}

async function* run(task: AgentTask, options: AcpOptions, deps: AcpDeps): AsyncGenerator<AgentEvent, AgentOutcome> {
  const home = await withoutExecutableState(task);
  if (!home.ok) return notBegun(home.error, undefined);
  const aside = await setAside(task.workspace, CONFIGURATION);
  if (!aside.ok) return notBegun(aside.error, undefined);
  const program = programOf(task, options);
  const holdingToken = Object.entries(program.env).filter(([, value]) => value.includes(task.gateway.token)).map(([name]) => name);
  const dialogue = new Dialogue(task, deps.policy, holdingToken);
  let end: StreamEnd;
  try {
    end = yield* converse({ task, program, read: (line) => dialogue.read(line), talk: dialogue });
  } finally {
    await putBack(task.workspace);
  }
  const outcome = outcomeOf(end, dialogue.session, () => endingOf(dialogue.end, dialogue.updates.lastWords, end));
  return outcome.kind === 'failed' && outcome.fault.code === 'not-found' ? { ...outcome, session: undefined } : outcome;
}

function programOf(task: AgentTask, options: AcpOptions): Program {
  const filled = (text: string): string => text.replace(/\{\{(model|model_url|model_token)\}\}/g, (whole, name: string) => {
    if (name === 'model') return task.model;
    return name === 'model_url' ? task.gateway.url : name === 'model_token' ? task.gateway.token : whole;
  });
  const [command = '', ...args] = options.command;
  return {
    command,
    // Arguments can be read by other processes of the sandbox: of the three only the model's name goes there.
    args: args.map((argument) => argument.replaceAll('{{model}}', task.model)),
    env: { ...gatewayVariables(task.gateway, task.model), ...Object.fromEntries(Object.entries(options.env).map(([name, value]) => [name, filled(value)])) },
    cwd: '',
    stdin: { first: '' },
    relays: relaysTo(task.gateway),
  };
}
