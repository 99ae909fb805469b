import type { Ticket, Snapshot } from '../../domain/ticket.js';
import { takeSnapshot } from '../../intake/snapshot.js';
import type { In } from '../command.js';
import type { Context } from '../context.js';
import { on, type Staged } from './stage.js';

/** The ticket as it stands now, and the act that is judged. */
export interface Seen {
  readonly state: In<'requested'>;
  readonly ticket: Ticket;
  readonly snapshot: Snapshot;
}

/** First stage: the ticket is fetched again, never taken from the event, and cleaned. */
export async function look(context: Context, state: In<'requested'>): Promise<Staged<Seen>> {
  const { ports, settings } = context;
  const fetched = await ports.tracker.fetch(state.latest.ticket, context.signal);
  if (!fetched.ok) return fetched;
  const snapshot = takeSnapshot(fetched.value, { charsMax: settings.limits.ticketCharsMax, now: ports.clock.now() });
  // A person who was asked before is shown what changed since.
  const before = await ports.evidence.readText('ticket.json');
  if (before !== undefined) await ports.evidence.writeText('ticket-before.json', before);
  await ports.evidence.writeJson('ticket.json', snapshot);
  return on({ state, ticket: fetched.value, snapshot });
}
