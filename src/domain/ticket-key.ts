import type { TicketRef } from './ticket.js';

/** Forges spell `Acme/Shop` and `acme/shop` for one repository, so their keys are compared in lower case; paths of files are not. */
export function comparableKey(ticket: TicketRef): string {
  return ticket.tracker === 'file' ? ticket.key : ticket.key.toLowerCase();
}

export function isSameTicket(a: TicketRef, b: TicketRef): boolean {
  return a.tracker === b.tracker && comparableKey(a) === comparableKey(b);
}
