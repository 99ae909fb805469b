import type { Booking } from '../../domain/booking.js';
import type { LedgerView } from '../../ports/ledger.js';
import type { Context } from '../context.js';
import type { RunFactOf } from '../event.js';
import { newRow } from '../ledger/row.js';
import { warn } from '../warn.js';

/**
 * Says in the ledger which end the trail will have that is put at the forge next. The ledger's lines follow when the run has come
 * to rest; a process that is killed between the two leaves a pack that the ledger has no lines of, and is believed by this.
 * Best effort: without it such a pack is refused, and nothing else is worse.
 */
export async function promiseWait(context: Context, asked: RunFactOf<'human-asked'>): Promise<void> {
  const { ports: { ledger, clock }, settings, trail, signal } = context;
  const first = trail.events[0]?.fact;
  const { head } = trail;
  if (ledger?.writable !== true || settings.dryRun || first?.type !== 'requested' || head === null) return;
  const now = clock.now();
  const step = ({ rows }: LedgerView): { readonly rows: readonly Booking[]; readonly answer: undefined } => {
    const known = rows.find((row) => row.run === trail.run);
    if (known?.promised === head) return { rows: [], answer: undefined };
    // A run that nothing was booked for yet holds nothing while it waits.
    const row: Booking = known ?? { ...newRow(context, first.request), state: 'waiting', expiresAt: asked.expiresAt ?? now };
    return { rows: [{ ...row, changedAt: now, promised: head }], answer: undefined };
  };
  const said = await ledger.book({ since: now, ticket: first.request.ticket }, step, signal);
  if (!said.ok) await warn(context, `The ledger was not told that this run waits: ${said.error.message} Should its job be killed right now, the run must be started anew.`);
}
