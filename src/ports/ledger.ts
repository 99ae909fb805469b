import type { Booking } from '../domain/booking.js';
import type { Fault } from '../domain/fault.js';
import type { Digest, Instant, RunId } from '../domain/ids.js';
import type { TicketRef } from '../domain/ticket.js';
import type { Result } from '../kit/result.js';

/**
 * The durable memory across runs: the trail of every run, and one row of each for budgets, leases and counts. A branch of the
 * forge, a folder, a package. Written by compare-and-swap, so that any number of runs may write at once and none is lost.
 */
export interface Ledger {
  readonly id: string;
  /** False when this token or place can only be read: nothing can be reserved or remembered then. */
  readonly writable: boolean;
  /** The newest rows, one for each run. Rows of runs that ended before `since` may be left out; living runs are always there. */
  read(query: LedgerQuery, signal?: AbortSignal): Promise<Result<LedgerView, Fault>>;
  /**
   * One atomic step: `step` sees the newest rows and answers the rows to append (none = only look) and an answer. When another
   * writer was faster it is called again on what is there then, so it must be pure. Nothing is written when it throws.
   */
  book<T>(query: LedgerQuery, step: BookingStep<T>, signal?: AbortSignal): Promise<Result<T, Fault>>;
  /** Keeps the lines of a run, and writes its row in the same step. Lines that are there already are extended, never changed (`conflict`). */
  keep(kept: KeptRun, signal?: AbortSignal): Promise<Result<void, Fault>>;
  /** The lines of one run; `not-found` when there are none. */
  linesOf(run: RunId, signal?: AbortSignal): Promise<Result<Uint8Array, Fault>>;
}

/** What is kept of a run: `lines` as they are at `head`. */
export interface KeptRun {
  readonly run: RunId;
  readonly ticket: TicketRef;
  /** When the run began: its place in the ledger. */
  readonly at: Instant;
  readonly lines: Uint8Array;
  readonly head: Digest;
  /** The row that the run has from now on. Pure, like a step of `book`: it may be asked several times. */
  amend(before: Booking | undefined): Booking;
}

export type BookingStep<T> = (view: LedgerView) => { readonly rows: readonly Booking[]; readonly answer: T };

export interface LedgerQuery { readonly since: Instant; readonly ticket?: TicketRef | undefined }

export interface LedgerView {
  /** In no promised order. With `ticket` in the query, every run of that ticket is among them, whatever its age. */
  readonly rows: readonly Booking[];
  /** What was found that is no row of ours. It may have been the row of any run, so no rule may be looser for it. */
  readonly damage: readonly LedgerDamage[];
}

/** A line or file of the ledger that cannot be trusted. */
export interface LedgerDamage { readonly place: string; readonly problem: string }
