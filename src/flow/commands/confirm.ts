import { gatherAdmissionFacts } from '../../admission/facts.js';
import { stillStands } from '../../admission/still-stands.js';
import type { Fault } from '../../domain/fault.js';
import { ok, type Result } from '../../kit/result.js';
import { takeSnapshot } from '../../intake/snapshot.js';
import { bestOf } from '../best-of.js';
import type { Context } from '../context.js';
import type { RunState } from '../state.js';
import { conclude } from './conclude.js';

/**
 * Asks the tracker and the forge again, right before anything is written, whether what the order stands on still stands: the
 * ticket is open, its text is the approved one, who asked and who approved may still write. An answer that does not come is not
 * a yes. Then the word of the CI service about the verify job is recorded for this tree.
 */
export async function confirm(context: Context, state: Extract<RunState, { kind: 'captured' }>): Promise<Result<void, Fault>> {
  const { ports, settings, trail } = context;
  const fetched = await ports.tracker.fetch(state.order.ticket, context.signal);
  if (!fetched.ok) return fetched;
  const snapshot = takeSnapshot(fetched.value, { charsMax: settings.limits.ticketCharsMax, now: ports.clock.now(), comments: state.snapshot.comments?.map((comment) => comment.id) });
  const facts = await gatherAdmissionFacts({
    request: state.request, ticket: fetched.value, snapshot, tracker: { id: ports.tracker.id, capabilities: ports.tracker.capabilities }, config: settings.config, localUser: settings.localUser,
  }, { reader: ports.reader }, context.signal);
  if (!facts.ok) return facts;
  const fallen = stillStands(facts.value, { approved: state.snapshot, now: snapshot });
  if (fallen !== undefined) return conclude(context, { type: 'exhausted', reason: 'approval-gone', words: fallen, ...bestOf(state) });
  await trail.append({ type: 'verification-confirmed', attempt: state.attempt, tree: state.candidate.tree, by: 'ci-service' });
  return ok(undefined);
}
