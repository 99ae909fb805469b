import { createHash } from 'node:crypto';
import type { TicketRef } from '../domain/ticket.js';

/**
 * The name of the claim on a ticket: safe as part of a git ref whatever the key holds. Forges spell `Acme/Shop` and
 * `acme/shop` for one repository, so their keys are compared in lower case.
 */
export function claimName(ticket: TicketRef): string {
  return `ticket-${createHash('sha256').update(`${ticket.tracker}\n${comparableKey(ticket)}`).digest('hex').slice(0, 32)}`;
}

export function comparableKey(ticket: TicketRef): string {
  return ticket.tracker === 'file' ? ticket.key : ticket.key.toLowerCase();
}
