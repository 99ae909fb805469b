import type { TicketRef } from '../../domain/ticket.js';
import { noteFor, noteTicket } from '../../delivery/notes.js';
import type { Context } from '../context.js';
import type { Ending } from '../decide.js';
import type { RunFactOf } from '../event.js';

/** The facts that people at the ticket are told about. */
export type Told = Ending | RunFactOf<'declined'> | RunFactOf<'human-asked'>;

/**
 * Writes the one sticky comment of the ticket. Best effort: a tracker that is away must not keep a run from ending. What went
 * wrong stands in the evidence.
 */
export async function tellTicket(context: Context, ticket: TicketRef, fact: Told): Promise<void> {
  const { ports, trail, settings } = context;
  if (settings.dryRun || !ports.tracker.capabilities.comments) return;
  const told = await noteTicket(ports.tracker, ticket, { markdown: noteFor(fact, { run: trail.run, evidenceUrl: settings.evidenceUrl }) });
  if (!told.ok) await ports.evidence.writeText('warnings.txt', `The ticket could not be told (${fact.type}): ${told.error.message}\n`);
}
