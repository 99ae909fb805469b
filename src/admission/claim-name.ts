import { createHash } from 'node:crypto';
import { comparableKey } from '../domain/ticket-key.js';
import type { TicketRef } from '../domain/ticket.js';

/** The name of the claim on a ticket: safe as part of a git ref whatever the key holds. */
export function claimName(ticket: TicketRef): string {
  return `ticket-${createHash('sha256').update(`${ticket.tracker}\n${comparableKey(ticket)}`).digest('hex').slice(0, 32)}`;
}
