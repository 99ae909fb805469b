import type { CapsConfig, OverlapConfig } from '../config/overlap-config.js';
import type { Booking } from '../domain/booking.js';
import type { Grant } from '../domain/grant.js';
import type { Instant, RunId } from '../domain/ids.js';
import type { OpenChange } from '../domain/open-change.js';
import type { TicketRef } from '../domain/ticket.js';
import { isSameTicket } from '../domain/ticket-key.js';

/** What one run must know of all others before it may take its place among them. Plain data. */
export interface CoordinationFacts {
  readonly run: RunId;
  readonly ticket: TicketRef;
  readonly repository: string;
  readonly now: Instant;
  /** Files that the run will touch: likely ones before the work, the real ones after it. Without those that do not count. */
  readonly scope: readonly string[];
  readonly certainty: 'likely' | 'real';
  /** See `likenessOf`. */
  readonly likeness: readonly number[] | undefined;
  /** Who owns the scope by CODEOWNERS, as it spells them (`@acme/pay`). */
  readonly owners: readonly string[];
  /** Whom delivery would ask to review, without the `@`. */
  readonly reviewers: readonly string[];
  /** Open changes of the same base branch; `undefined` when the forge cannot list them. */
  readonly changes: readonly ChangeFacts[] | undefined;
  /** More changes are open than were read. */
  readonly changesCut: boolean;
  readonly grants: readonly Grant[];
  readonly overlap: OverlapConfig;
  readonly caps: CapsConfig;
}

/** An open change with what the base commit's CODEOWNERS says of its files. */
export interface ChangeFacts extends Pick<OpenChange, 'number' | 'url' | 'branch' | 'ours' | 'author' | 'reviewers' | 'pathsCut'> {
  readonly paths: readonly string[] | undefined;
  readonly owners: readonly string[];
}

/** Rows of the ledger; without a ledger there are none, and rules that need one allow. */
export type Rows = readonly Booking[];

/** The same with what was found that is no row: it may have been the row of any run. */
export interface Known { readonly rows: Rows; readonly damage: readonly unknown[] }

/**
 * Whether a run holds its paths against others: it works, or it waits with work done. One that waits before its order holds
 * nothing (its row has nothing reserved), or two could wait for each other.
 */
export function holdsLease(row: Booking, now: Instant): boolean {
  if (row.state === 'ended' || Date.parse(row.expiresAt) <= Date.parse(now)) return false;
  return row.state === 'running' || row.reserved.cost > 0 || row.reserved.tokens > 0 || row.reserved.minutes > 0;
}

/** Rows of other runs for other tickets of the same repository: one ticket has one claim, which is another rule's matter. */
export function others(rows: Rows, facts: Pick<CoordinationFacts, 'run' | 'ticket' | 'repository'>): Rows {
  return rows.filter((row) => row.run !== facts.run && row.repository === facts.repository && !isSameTicket(row.ticket, facts.ticket));
}
