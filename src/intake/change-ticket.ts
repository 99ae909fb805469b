import type { TicketRef } from '../domain/ticket.js';
import { parseTicketName } from './ticket-name.js';
import type { TicketHome } from './ticket-name.js';

/**
 * The ticket that a commit message of ours names in its last paragraph (`Ticket: acme/shop#12`); undefined when there is none, or two.
 * Whoever may push to the branch may write such a line: compare it with the name of the branch before it is believed.
 */
export function changeTicket(message: string, repository: string, home?: TicketHome): TicketRef | undefined {
  const trailers = message.slice(-TRAILERS_CHARS_MAX).trimEnd().split('\n\n').at(-1) ?? '';
  const named = trailers.split('\n').filter((line) => line.startsWith(TRAILER));
  const [only, second] = named;
  return only === undefined || second !== undefined ? undefined : parseTicketName(only.slice(TRAILER.length), repository, home);
}

const TRAILER = 'Ticket: ';
const TRAILERS_CHARS_MAX = 4_000;
