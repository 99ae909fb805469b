import { createHash } from 'node:crypto';
import type { Booking } from '../../../domain/booking.js';
import { comparableKey } from '../../../domain/ticket-key.js';
import type { TicketRef } from '../../../domain/ticket.js';
import type { LedgerQuery } from '../../../ports/ledger.js';

/**
 * Where what stands in a ledger, version 1. The same in a branch and in a folder:
 *
 *   format.json               which form this is
 *   living.jsonl              the rows of runs that have not ended
 *   rows/2026-11/21.jsonl     the rows of runs that ended on that day
 *   tickets/3f.jsonl          the same rows by the first digits of the ticket's digest: every run of a ticket is in one file
 *   runs/2026-11/21/ID.jsonl  the lines of the run that was asked for on that day
 *
 * A month's budget needs a month of `rows`, a ticket's one file of `tickets`; `runs` is read only when a run is looked at.
 */
export const FORMAT_FILE = 'format.json';
export const LIVING_FILE = 'living.jsonl';
export const FORMAT_TEXT = '{"format":"heddle-ledger","version":1}\n';

/** A vanished run that nobody settled is living no longer than this after its reservation has ended. */
const VANISHED_DAYS = 7;

/** The files that have this row. `now`: the time of the writer. */
export function placesOf(row: Booking, now: string): readonly string[] {
  if (row.state !== 'ended' && !isLongGone(row, now)) return [LIVING_FILE];
  return [dayFile('rows', row.state === 'ended' ? row.changedAt : row.expiresAt), ticketFile(row.ticket)];
}

export function isLongGone(row: Booking, now: string): boolean {
  return row.state !== 'ended' && Date.parse(row.expiresAt) + VANISHED_DAYS * 86_400_000 < Date.parse(now);
}

export function ticketFile(ticket: TicketRef): string {
  return `tickets/${createHash('sha256').update(`${ticket.tracker}\n${comparableKey(ticket)}`).digest('hex').slice(0, 2)}.jsonl`;
}

export function linesFile(run: string, at: string): string {
  return `runs/${at.slice(0, 7)}/${at.slice(8, 10)}/${run}.jsonl`;
}

/** Whether a query must read this day's rows. A day of the future is read too: a wrong clock must hide nothing. */
export function isWanted(path: string, query: LedgerQuery): boolean {
  return /^rows\/\d{4}-\d\d\/\d\d\.jsonl$/.test(path) && path >= dayFile('rows', query.since);
}

/** Whether a folder may hold rows that a query must read. */
export function isWantedMonth(month: string, query: LedgerQuery): boolean {
  return /^\d{4}-\d\d$/.test(month) && month >= query.since.slice(0, 7);
}

function dayFile(folder: 'rows', at: string): string {
  return `${folder}/${at.slice(0, 7)}/${at.slice(8, 10)}.jsonl`;
}
