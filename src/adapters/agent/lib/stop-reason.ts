import { AttemptStop } from '../../../domain/stop-reason.js';
import type { ProgramEnding } from '../../../ports/sandbox.js';

/**
 * Why we ended the program, or `undefined` when it ended by itself. Our own reason wins over whatever the agent said last.
 * A bound of the sandbox that struck is the first reason there was; otherwise the reason that the task's signal carries.
 */
export function stopReason(ending: ProgramEnding, signal: AbortSignal): AttemptStop | undefined {
  if (ending.kind === 'stopped' && ending.reason !== 'cancelled') return ending.reason;
  if (signal.aborted) return reasonOf(signal);
  return ending.kind === 'stopped' ? 'cancelled' : undefined;
}

function reasonOf(signal: AbortSignal): AttemptStop {
  const parsed = AttemptStop.safeParse(signal.reason);
  return parsed.success ? parsed.data : 'cancelled';
}
