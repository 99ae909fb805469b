import { z } from 'zod';
import { Digest, Instant, RunId } from './ids.js';
import { TicketRef } from './ticket.js';

/**
 * What is said of a waiting run without opening its pack. It was written by a job of another time on another machine, and
 * whoever may write there could have written it: nothing in it is believed before the pack was opened and verified.
 */
export const WaitingEntry = z.strictObject({
  version: z.literal(1),
  run: RunId,
  ticket: TicketRef,
  since: Instant,
  /** Nobody may answer after it. */
  expiresAt: Instant,
  /** The last line of the trail in the pack. */
  head: Digest,
  /** Of the pack's bytes. */
  digest: Digest,
  bytes: z.number().int().nonnegative(),
  /** The split: the phase that waits. Absent for a run in one job. */
  phase: z.enum(['admit', 'deliver']).optional(),
});
export type WaitingEntry = z.infer<typeof WaitingEntry>;
