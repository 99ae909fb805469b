import type { AttemptStop } from '../../../domain/stop-reason.js';
import { untrusted } from '../../../domain/text.js';
import type { AgentEvent, AgentTask } from '../../../ports/coding-agent.js';
import type { Program, ProgramEnding, ProgramInput, RunningProgram } from '../../../ports/sandbox.js';
import { clipText } from './clip-text.js';
import { outputLines } from './output-lines.js';
import type { OutputLine } from './output-lines.js';
import { stopReason } from './stop-reason.js';

/** Turns one line into events. `undefined` says that the line is not of the agent's wire format; it is counted and noted. */
export type LineReader = (line: OutputLine) => readonly AgentEvent[] | undefined;

/** How the program ended, before the adapter says what that means. */
export interface StreamEnd {
  readonly ending: ProgramEnding;
  readonly outputBytes: number;
  /** Set when we ended it; then nothing that the agent claimed counts. */
  readonly stopped: AttemptStop | undefined;
  /** Lines that were not understood, or longer than the cap. */
  readonly strangeLines: number;
  /** The end of stderr, for the words of a fault. Foreign text. */
  readonly stderrEnd: string;
}

const EVENTS_MAX = 20_000;
const STRANGE_SHOWN_MAX = 20;
const NOTE_CHARS_MAX = 2000;
const STDERR_END_CHARS = 2000;

/** The side of a conversation that speaks; the side that listens is the line reader. */
export interface Talk {
  /** The program runs. `over` says that nothing more is to come: the input is closed and the program gets a moment to end. */
  begin(input: ProgramInput, over: () => void): void;
  /** The task was stopped. What is written now is the last that the program hears before its end. */
  interrupted(): void;
}

/** What a program that is talked with may take to end, after the talk is over and after it was told to stop. */
const LEAVE_MS_MAX = 1000;
const CANCEL_MS_MAX = 300;

/**
 * Runs an agent's program in the task's sandbox and streams its lines as events: the one way in which every adapter reads
 * a foreign program. A consumer that stops reading ends the program. Returns after the whole process tree is dead.
 */
export async function* streamProgram(task: AgentTask, program: Program, read: LineReader): AsyncGenerator<AgentEvent, StreamEnd> {
  return yield* follow({ task, program, read, stop: task.signal, begun: () => undefined });
}

/** The same for a program that answers while it is talked with: its input stays open until the talk is over. */
export async function* converse(talked: { readonly task: AgentTask; readonly program: Program; readonly read: LineReader; readonly talk: Talk }): AsyncGenerator<AgentEvent, StreamEnd> {
  const { task, program, read, talk } = talked;
  const timers: NodeJS.Timeout[] = [];
  const [over, stop] = [new AbortController(), new AbortController()];
  const interrupted = (): void => {
    talk.interrupted();
    timers.push(setTimeout(() => { stop.abort(task.signal.reason); }, CANCEL_MS_MAX));
  };
  const begun = ({ input }: RunningProgram): void => {
    // A program that could not be started has none; its ending says so.
    if (input === undefined) return;
    talk.begin(input, () => {
      input.end();
      timers.push(setTimeout(() => { over.abort(); }, LEAVE_MS_MAX));
    });
    if (!stop.signal.aborted) task.signal.addEventListener('abort', interrupted, { once: true });
  };
  if (task.signal.aborted) stop.abort(task.signal.reason);
  try {
    const end = yield* follow({ task, program, read, stop: AbortSignal.any([stop.signal, over.signal]), begun });
    // An agent that stays when nobody talks to it any more was sent away, which is no stop.
    const sentAway = over.signal.aborted && !task.signal.aborted && end.ending.kind === 'stopped' && end.ending.reason === 'cancelled';
    return sentAway ? { ...end, stopped: undefined } : end;
  } finally {
    task.signal.removeEventListener('abort', interrupted);
    for (const timer of timers) clearTimeout(timer);
  }
}

interface Followed { readonly task: AgentTask; readonly program: Program; readonly read: LineReader; readonly stop: AbortSignal; begun(running: RunningProgram): void }

async function* follow({ task, program, read, stop, begun }: Followed): AsyncGenerator<AgentEvent, StreamEnd> {
  const abandoned = new AbortController();
  const signal = AbortSignal.any([stop, abandoned.signal]);
  const running = task.sandbox.start(program, task.limits, signal);
  const seen = { events: 0, strange: 0, stderrEnd: '' };
  try {
    if (!signal.aborted) begun(running);
    for await (const line of outputLines(running.output)) {
      if (line.stream === 'stderr') seen.stderrEnd = `${seen.stderrEnd}${line.text}\n`.slice(-STDERR_END_CHARS);
      yield* capped(eventsOf(line, read, seen), seen);
    }
    const { ending, outputBytes } = await running.ended;
    return { ending, outputBytes, stopped: stopReason(ending, task.signal), strangeLines: seen.strange, stderrEnd: seen.stderrEnd.trim() };
  } finally {
    abandoned.abort('cancelled');
    await running.ended;
  }
}

interface Seen { events: number; strange: number; stderrEnd: string }

function eventsOf(line: OutputLine, read: LineReader, seen: Seen): readonly AgentEvent[] {
  const events = line.cut ? undefined : read(line);
  if (events !== undefined) return events;
  seen.strange += 1;
  return seen.strange > STRANGE_SHOWN_MAX ? [] : [{ type: 'noted', text: clipText(line.text, NOTE_CHARS_MAX) }];
}

/** At most so many events per session: a flood of tiny lines must not become a flood of records. Sessions always pass. */
function* capped(events: readonly AgentEvent[], seen: Seen): Generator<AgentEvent> {
  for (const event of events) {
    seen.events += 1;
    if (seen.events <= EVENTS_MAX || event.type === 'session') yield event;
    else if (seen.events === EVENTS_MAX + 1) yield { type: 'noted', text: untrusted('more events came and were not kept') };
  }
}
