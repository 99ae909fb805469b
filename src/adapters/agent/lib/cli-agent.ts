import type { Fault } from '../../../domain/fault.js';
import type { Result } from '../../../kit/result.js';
import type { AgentCapabilities, AgentEvent, AgentOutcome, AgentTask, CodingAgent } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';
import { freshHome } from './fresh-home.js';
import { notBegun, outcomeOf } from './outcome.js';
import type { OwnEnding } from './outcome.js';
import { putBack, setAside } from './set-aside.js';
import { streamProgram } from './stream-program.js';
import type { LineReader, StreamEnd } from './stream-program.js';
import type { FoundProgram, ProgramSource } from './supply/program-source.js';

/** One session of a command-line agent, ready to run: its call, and how its lines and its end are read. */
export interface CliSession {
  readonly program: Program;
  readonly read: LineReader;
  /** The session that the agent told, as far as it did. */
  session(): string | undefined;
  /** What the end means when nothing of ours ended it. */
  end(end: StreamEnd): OwnEnding;
}

export interface CliAgent {
  readonly id: string;
  readonly capabilities: AgentCapabilities;
  /** Entries at the top of the working folder that the program would obey although it is told not to. */
  readonly setAside?: readonly string[];
  /** Where the program keeps its sessions, from the home; nothing else of it outlives an attempt. */
  readonly keptHome: readonly string[];
  /** Writes what the program needs into the home and makes the call. A fault here is told before anything starts. */
  begin(task: AgentTask, found: FoundProgram): Promise<Result<CliSession, Fault>>;
}

/** A coding agent out of a command-line program that takes its prompt, writes one JSON object a line, and ends. */
export function cliAgent(cli: CliAgent, source: ProgramSource): CodingAgent {
  return {
    id: cli.id,
    capabilities: cli.capabilities,
    run: (task) => run(cli, source, task),
    probe: source.probe,
    identify: source.identify,
    mounts: async () => {
      const found = await source.ready();
      return found.ok ? found.value.mounts : [];
    },
    ...(cli.setAside === undefined ? {} : { tidy: putBack }),
  };
}

async function* run(cli: CliAgent, source: ProgramSource, task: AgentTask): AsyncGenerator<AgentEvent, AgentOutcome> {
  const fault = (code: Fault['code'], message: string): Fault => ({ code, side: 'setup', retryable: false, source: `agent/${cli.id}`, message });
  if (!cli.capabilities.apis.includes(task.gateway.api)) {
    return notBegun(fault('unsupported', `The agent ${cli.id} does not speak ${task.gateway.api}. Set model.api to ${cli.capabilities.apis.join(' or ')}.`), undefined);
  }
  const found = await source.ready();
  if (!found.ok) return notBegun(found.error, undefined);
  const home = await freshHome(task, cli.keptHome);
  if (!home.ok) return notBegun(home.error, undefined);
  const begun = await cli.begin(task, found.value);
  if (!begun.ok) return notBegun(begun.error, undefined);
  const session = begun.value;
  const aside = await setAside(task.workspace, cli.setAside ?? []);
  if (!aside.ok) return notBegun(aside.error, undefined);
  let end: StreamEnd;
  try {
    end = yield* streamProgram(task, session.program, session.read);
  } finally {
    await putBack(task.workspace);
  }
  const outcome = outcomeOf(end, session.session(), () => session.end(end));
  // A session that is gone must not be asked for again.
  return outcome.kind === 'failed' && outcome.fault.code === 'not-found' ? { ...outcome, session: undefined } : outcome;
}
