import type { Fault } from '../../../domain/fault.js';
import type { AgentOutcome } from '../../../ports/coding-agent.js';
import type { StreamEnd } from './stream-program.js';

/** How an agent ended by its own account, as its adapter read it. Used only when nothing of ours ended it first. */
export type OwnEnding = { readonly kind: 'completed'; readonly summary: Extract<AgentOutcome, { kind: 'completed' }>['summary'] } | { readonly kind: 'failed'; readonly fault: Fault };

/** The outcome of a session. One reason, set once: our own stop, then a program that could not start, then the adapter's reading. */
export function outcomeOf(end: StreamEnd, session: string | undefined, own: (end: StreamEnd) => OwnEnding): AgentOutcome {
  const base = { outputBytes: end.outputBytes, session };
  if (end.stopped !== undefined) return { ...base, kind: 'stopped', reason: end.stopped };
  if (end.ending.kind === 'not-started') return { ...base, kind: 'failed', fault: end.ending.fault };
  return { ...base, ...own(end) };
}

/** The outcome of a session that could not begin. */
export function notBegun(fault: Fault, session: string | undefined): AgentOutcome {
  return { kind: 'failed', fault, outputBytes: 0, session };
}

/** `exit code 137` or `signal SIGKILL`, for the words of a fault. */
export function endingWords(end: StreamEnd): string {
  if (end.ending.kind === 'exited') return `exit code ${end.ending.code}`;
  return end.ending.kind === 'signalled' ? `signal ${end.ending.signal.slice(0, 20)}` : end.ending.kind;
}
