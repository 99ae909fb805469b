import type { Fault } from '../domain/fault.js';
import type { Rest } from '../flow/drive.js';
import { assertNever } from '../kit/assert-never.js';

/** The exit codes of the command line; scripts depend on them. */
export const EXIT = {
  /** Delivered, or nothing to do. */
  done: 0,
  /** Our own fault. */
  ours: 1,
  /** Usage, configuration or set-up: a person must mend something. */
  usage: 2,
  declined: 3,
  waiting: 4,
  /** Stopped by a limit or a gate; the work is kept. */
  stopped: 5,
  /** An outside service failed; safe to retry. */
  outside: 6,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(rest: Rest): ExitCode {
  switch (rest.kind) {
    case 'waiting': return EXIT.waiting;
    case 'planned':
    case 'admitted':
    case 'worked':
    case 'verified': return EXIT.done;
    case 'refuted': return EXIT.stopped;
    case 'interrupted': return EXIT.outside;
    case 'ended': return exitCodeOfEnd(rest.state);
    default: return assertNever(rest);
  }
}

export function exitCodeOfFault(fault: Fault): ExitCode {
  switch (fault.side) {
    case 'ours': return EXIT.ours;
    case 'setup': return EXIT.usage;
    // What is not there comes back with no try: somebody must mend the name, or the token's access.
    case 'theirs': return fault.code === 'not-found' && !fault.retryable ? EXIT.usage : EXIT.outside;
    default: return assertNever(fault.side);
  }
}

function exitCodeOfEnd(state: Rest['state']): ExitCode {
  switch (state.kind) {
    case 'delivered': return EXIT.done;
    // Carried out, or about nothing: a CI job must not turn red because somebody asked for an explanation.
    case 'declined': return state.decline.code === 'command-done' || state.decline.code === 'nothing-to-do' ? EXIT.done : EXIT.declined;
    case 'exhausted':
    case 'cancelled':
    case 'superseded': return EXIT.stopped;
    case 'faulted': return exitCodeOfFault(state.fault);
    default: throw new Error(`a run came to rest in ${state.kind}`);
  }
}
