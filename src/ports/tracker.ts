import type { Fault } from '../domain/fault.js';
import type { Ticket, TicketRef } from '../domain/ticket.js';
import type { Result } from '../kit/result.js';

/** A place where tickets live. Every call may be repeated: nothing here is done twice by being asked twice. */
export interface Tracker {
  readonly id: string;
  /** The ticket as it stands now, with its history and comments. `not-found` when there is none. */
  fetch(ref: TicketRef, signal?: AbortSignal): Promise<Result<Ticket, Fault>>;
  /**
   * Creates or updates the ONE comment that carries `marker` (hidden in the text by the adapter, matched exactly and only in
   * comments of our own account). Answers the comment's URL, or `undefined` where there is none to show.
   */
  upsertComment(ref: TicketRef, marker: string, markdown: string, signal?: AbortSignal): Promise<Result<string | undefined, Fault>>;
  readonly capabilities: TrackerCapabilities;
}

/** Data for the planner, the documentation and the tests. */
export interface TrackerCapabilities {
  /** The history tells who did what and when. Without it, approval cannot be proved and is taken from the ticket itself. */
  readonly history: boolean;
  /** The tracker can say when title or body were last edited. */
  readonly editTime: boolean;
  readonly comments: boolean;
}
