import { budgetsSince, judgeBudgets } from '../../admission/budgets.js';
import { lifted } from '../../admission/rule.js';
import { standingGrants } from '../../domain/grant.js';
import type { Booking } from '../../domain/booking.js';
import type { Fault } from '../../domain/fault.js';
import type { LedgerView } from '../../ports/ledger.js';
import type { Context } from '../context.js';
import type { RunState, WorkState } from '../state.js';
import { newRow, reservedUntil, wantedUnits } from './row.js';
import { spendingOf } from './spending.js';

/**
 * A run that goes on after its process was gone takes its place among the others again, before it may spend more: the reservation
 * of before may have ended, and a new day or month may have begun. Answers why it may not, or `undefined` when it may.
 */
export async function rebook(context: Context): Promise<Fault | undefined> {
  const { ports: { ledger, clock }, settings, trail, signal } = context;
  const { state } = trail;
  const budgets = settings.config.budgets.filter((budget) => budget.per !== 'run');
  if (ledger === undefined || settings.dryRun || settings.phase !== undefined || budgets.length === 0 || !maySpend(state)) return undefined;
  const now = clock.now();
  const fresh = newRow(context, state.request);
  const step = (view: LedgerView): { readonly rows: readonly Booking[]; readonly answer: string | undefined } => {
    const before = view.rows.find((row) => row.run === trail.run);
    if (before?.state === 'running' && before.expiresAt > now && before.reserved.minutes > 0) return { rows: [], answer: undefined };
    const wanted = wantedUnits(state.order.limits);
    const row: Booking = { ...before ?? fresh, state: 'running', changedAt: now, reserved: wanted, spent: spendingOf(trail.events, now), expiresAt: reservedUntil(context, now, state.order.limits) };
    const judged = judgeBudgets({ row, budgets, now }, view);
    const answer = lifted(judged, standingGrants(state.grants, now));
    // The order is sealed: its limits cannot be made smaller, so all of it must fit.
    const fits = answer.node.effect === 'allow' && judged.room.cost >= wanted.cost && judged.room.tokens >= wanted.tokens && judged.room.minutes >= wanted.minutes;
    return fits ? { rows: [row], answer: undefined } : { rows: [], answer: answer.node.effect === 'allow' ? 'less is left than this run still may take' : answer.node.words };
  };
  const booked = await ledger.book({ since: budgetsSince(budgets, now), ticket: state.order.ticket }, step, signal);
  if (!booked.ok) return booked.error;
  if (booked.value === undefined) return undefined;
  return { code: 'rejected', side: 'theirs', retryable: true, source: 'flow/rebook', message: `This run cannot go on now: ${booked.value}. Resume it when the next day or month has begun, or raise the budget.`.slice(0, 4000) };
}

/** Work may still cost something: what is finished only waits to be delivered. */
function maySpend(state: RunState): state is WorkState | Extract<RunState, { kind: 'admitted' }> {
  return 'order' in state && state.kind !== 'waiting' && state.kind !== 'answered' && state.kind !== 'sealed';
}
