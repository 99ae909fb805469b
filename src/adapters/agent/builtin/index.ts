import { dirname, isAbsolute } from 'node:path';
import type { FenceAbility, ToolRules } from '../../../domain/agent-policy.js';
import type { Fault } from '../../../domain/fault.js';
import type { AgentCapabilities, AgentEvent, AgentOutcome, AgentTask, CodingAgent } from '../../../ports/coding-agent.js';
import type { Mount, Program } from '../../../ports/sandbox.js';
import { askVersion } from '../lib/ask-version.js';
import { freshHome } from '../lib/fresh-home.js';
import { endingWords, notBegun, outcomeOf } from '../lib/outcome.js';
import type { OutputLine } from '../lib/output-lines.js';
import { parseJsonLine } from '../lib/parse-json-line.js';
import { relaysTo } from '../lib/relay.js';
import { streamProgram } from '../lib/stream-program.js';
import type { StreamEnd } from '../lib/stream-program.js';
import { endingOf, eventsOf } from './map.js';
import type { EndedLine } from './map.js';
import type { AgentSettings } from './program/settings.js';
import { BuiltinOptions, WireLine } from './schema.js';

export const id = 'builtin';
export const optionSchema = BuiltinOptions;
/** Its toolbox asks the rules before each call. It has no web tools and starts no MCP servers. */
const FENCE: readonly FenceAbility[] = ['read', 'web', 'edit', 'command', 'edit-denied-paths', 'edit-allowed-paths', 'command-denied-prefixes', 'command-allowed-prefixes'];
export const capabilities: AgentCapabilities = { continues: true, apis: ['anthropic-messages', 'openai-chat'], usesModel: true, fence: FENCE };

export interface BuiltinDeps {
  /** How our own program is started: Node, and the arguments that lead to `__agent`, the first an absolute path. */
  readonly program: { readonly node: string; readonly args: readonly string[] };
  readonly rules: ToolRules;
}

/** The built-in agent: our own small tool-using program inside the sandbox. Needs a model and nothing else. */
export function create(options: BuiltinOptions, deps: BuiltinDeps): CodingAgent {
  return {
    id,
    capabilities,
    run: (task) => run(task, options, deps),
    probe: async () => {
      const version = await askVersion(deps.program.node, ['--version'], '');
      return version === undefined
        ? { ok: false, message: `Node could not be started at ${deps.program.node}. Node 20.11 or later is needed.` }
        : { ok: true, version: `Node ${version}` };
    },
    mounts: () => Promise.resolve(mountsOf(deps)),
  };
}

async function* run(task: AgentTask, options: BuiltinOptions, deps: BuiltinDeps): AsyncGenerator<AgentEvent, AgentOutcome> {
  const { api } = task.gateway;
  if (api !== 'anthropic-messages' && api !== 'openai-chat') return notBegun(wrongApi(api), undefined);
  const home = await freshHome(task, ['.heddle-agent']);
  if (!home.ok) return notBegun(home.error, undefined);
  const seen: { session?: string; ended?: EndedLine } = {};
  const end = yield* streamProgram(task, programOf(task, api, { options, deps }), (line) => read(line, seen));
  const session = seen.ended?.reason === 'session-lost' ? undefined : seen.session;
  return outcomeOf(end, session, () => (seen.ended === undefined ? { kind: 'failed', fault: noEnd(end) } : endingOf(seen.ended)));
}

function programOf(task: AgentTask, api: AgentSettings['api'], { options, deps }: { readonly options: BuiltinOptions; readonly deps: BuiltinDeps }): Program {
  const settings: AgentSettings = {
    version: 1, api, url: task.gateway.url, socket: undefined, token: task.gateway.token, model: task.model, prompt: task.prompt,
    session: task.session, turnsMax: options.turns_max, contextCharsMax: options.context_chars_max, rules: deps.rules,
  };
  return { command: deps.program.node, args: deps.program.args, env: {}, cwd: '', stdin: JSON.stringify(settings), relays: relaysTo(task.gateway) };
}

function read(line: OutputLine, seen: { session?: string; ended?: EndedLine }): readonly AgentEvent[] | undefined {
  const parsed = line.stream === 'stdout' ? WireLine.safeParse(parseJsonLine(line.text)) : undefined;
  if (parsed?.success !== true) return undefined;
  if (parsed.data.type === 'session') seen.session ??= parsed.data.session;
  if (parsed.data.type !== 'ended') return eventsOf(parsed.data);
  // The first end counts: whatever a command of the agent wrote into our pipe after it does not.
  seen.ended ??= parsed.data;
  return [];
}

/** Node and our own file set. Node may live in a tool cache that the sandbox does not show by itself. */
function mountsOf({ program }: BuiltinDeps): readonly Mount[] {
  const script = program.args.find((argument) => isAbsolute(argument));
  const places = [program.node, ...(script === undefined ? [] : [dirname(script)])];
  return places.filter((place) => isAbsolute(place)).map((place) => ({ from: place, to: place, writable: false }));
}

function wrongApi(api: string): Fault {
  return {
    code: 'unsupported', side: 'setup', retryable: false, source: 'agent/builtin',
    message: `The built-in agent does not speak ${api}. Set model.api to anthropic-messages or openai-chat.`,
  };
}

function noEnd(end: StreamEnd): Fault {
  const stderr = end.stderrEnd === '' ? '' : ` It wrote: ${JSON.stringify(end.stderrEnd.slice(-500))}`;
  return {
    code: 'invalid-answer', side: 'ours', retryable: true, source: 'agent/builtin',
    message: `The built-in agent ended with ${endingWords(end)} before it could say how.${stderr}`,
  };
}
