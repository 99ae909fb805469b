import type { Fault } from '../../domain/fault.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import { lookAgain } from '../look-again.js';
import type { RunState } from '../state.js';
import { conclude } from './conclude.js';

/**
 * Asks again whether the order still stands, before the bundle's change is judged for delivery. Then the word of the CI service
 * about the verify job is recorded for this tree.
 */
export async function confirm(context: Context, state: Extract<RunState, { kind: 'captured' }>): Promise<Result<void, Fault>> {
  const fallen = await lookAgain(context, state, state.candidate.files.map((file) => file.path));
  if (!fallen.ok) return fallen;
  if (fallen.value !== undefined) return conclude(context, fallen.value);
  const held = context.settings.handover?.held;
  await context.trail.append({ type: 'verification-confirmed', attempt: state.attempt, tree: state.candidate.tree, by: 'ci-service', ...(held === undefined ? {} : { held: [...held] }) });
  return ok(undefined);
}
