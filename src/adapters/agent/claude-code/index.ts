import type { AgentPolicy } from '../../../domain/agent-policy.js';
import type { Fault } from '../../../domain/fault.js';
import type { Ids } from '../../../ports/clock.js';
import type { AgentCapabilities, AgentEvent, AgentOutcome, AgentTask, CodingAgent } from '../../../ports/coding-agent.js';
import { clipText } from '../lib/clip-text.js';
import { newSession } from '../lib/new-session.js';
import { freshHome } from '../lib/fresh-home.js';
import { notBegun, outcomeOf } from '../lib/outcome.js';
import type { OutputLine } from '../lib/output-lines.js';
import { parseJsonLine } from '../lib/parse-json-line.js';
import { streamProgram } from '../lib/stream-program.js';
import type { ProgramSource } from '../lib/supply/program-source.js';
import { FENCE } from './fence.js';
import { endingOf, endingWithoutResult, eventsOf } from './map.js';
import type { OpenCalls } from './map.js';
import { programOf } from './program.js';
import { ClaudeCodeOptions, KnownLine, SILENT_TYPES } from './schema.js';
import type { ResultLine } from './schema.js';

export const id = 'claude-code';
export const optionSchema = ClaudeCodeOptions;
export const capabilities: AgentCapabilities = { continues: true, apis: ['anthropic-messages'], usesModel: true, fence: FENCE };

export interface ClaudeCodeDeps {
  readonly program: ProgramSource;
  readonly ids: Ids;
  readonly policy: AgentPolicy;
}

/** The Claude Code CLI, driven headless. */
export function create(options: ClaudeCodeOptions, deps: ClaudeCodeDeps): CodingAgent {
  return {
    id,
    capabilities,
    run: (task) => run(task, options, deps),
    probe: deps.program.probe,
    identify: deps.program.identify,
    mounts: async () => {
      const found = await deps.program.ready();
      return found.ok ? found.value.mounts : [];
    },
  };
}

interface Seen { session?: string; result?: ResultLine; readonly open: OpenCalls }

async function* run(task: AgentTask, options: ClaudeCodeOptions, deps: ClaudeCodeDeps): AsyncGenerator<AgentEvent, AgentOutcome> {
  if (task.gateway.api !== 'anthropic-messages') return notBegun(fault('unsupported', `Claude Code does not speak ${task.gateway.api}. Set model.api to anthropic-messages.`), undefined);
  const found = await deps.program.ready();
  if (!found.ok) return notBegun(found.error, undefined);
  const home = await freshHome(task, ['.claude/projects']);
  if (!home.ok) return notBegun(home.error, undefined);
  const seen: Seen = { open: new Map() };
  const session = task.session ?? newSession(deps.ids);
  const end = yield* streamProgram(task, programOf({ task, found: found.value, session, options, policy: deps.policy }), (line) => read(line, seen));
  const outcome = outcomeOf(end, seen.session, () => (seen.result === undefined ? endingWithoutResult(end) : endingOf(seen.result, task.session !== undefined)));
  return outcome.kind === 'failed' && outcome.fault.code === 'not-found' ? { ...outcome, session: undefined } : outcome;
}

function read(line: OutputLine, seen: Seen): readonly AgentEvent[] | undefined {
  if (line.stream === 'stderr') return [{ type: 'noted', text: clipText(line.text, 2000) }];
  if (line.text.trim() === '') return [];
  const raw = parseJsonLine(line.text);
  if (raw !== undefined && SILENT_TYPES.includes(String(raw['type']))) return [];
  const known = KnownLine.safeParse(raw);
  if (!known.success) return undefined;
  // The first result counts: a second one is not of the CLI's making.
  if (known.data.type === 'result') seen.result ??= known.data;
  const events = eventsOf(known.data, seen.open);
  for (const event of events) if (event.type === 'session') seen.session ??= event.session;
  return events;
}

function fault(code: Fault['code'], message: string): Fault {
  return { code, side: 'setup', retryable: false, source: 'agent/claude-code', message };
}
