import { z } from 'zod';
import { Actor } from './actor.js';
import { Digest, Instant, RunId } from './ids.js';
import { MicroUsd } from './money.js';
import { TicketRef } from './ticket.js';

const count = z.number().int().nonnegative();

/** What budgets count. Minutes are those of the runner, started ones in full. */
export const Units = z.strictObject({ cost: MicroUsd, tokens: count, minutes: count });
export type Units = z.infer<typeof Units>;

/** At most 128 whole numbers. Looked at in one loop: a ledger holds millions of them. */
const Likeness = z.custom<number[]>((value) => Array.isArray(value) && value.length <= 128 && value.every((one) => Number.isSafeInteger(one) && (one as number) >= 0), 'must be at most 128 whole numbers');

/**
 * The ledger's row of one run: what it holds while it lives (money, a ticket, paths) and what it took when it is over. Rows are
 * appended, and the last one of a run counts. No text of a ticket, only digests.
 */
export const Booking = z.strictObject({
  version: z.literal(1),
  run: RunId,
  ticket: TicketRef,
  repository: z.string().min(1).max(300),
  /** Sub-project of a monorepo; '' is the whole repository. */
  target: z.string().max(500),
  at: Instant,
  /** When this row was written; the first row's `at` stays. */
  changedAt: Instant,
  requestedBy: Actor,
  labels: z.array(z.string()),
  /** Who owns the likely paths, as CODEOWNERS spells it; caps per owning team count these. */
  owners: z.array(z.string()),
  holder: z.string().max(500),
  /** Which agent works, for what is counted by agent; absent before an order. */
  agent: z.string().max(100).optional(),
  state: z.enum(['running', 'waiting', 'ended']),
  /** How it ended (`delivered`, `declined`, ...), and the closed code below it (a decline code, an exhaustion reason). */
  outcome: z.string().max(40).optional(),
  code: z.string().max(60).optional(),
  /** Held against budgets while the run lives; nothing for one that was never admitted. */
  reserved: Units,
  /** What was really used; counts instead of `reserved` when the run has ended. */
  spent: Units,
  /** A run that vanished holds its money and paths until then, and no longer. */
  expiresAt: Instant,
  /** Paths that the run is likely to write, then the paths it has written: the write-scope lease. */
  scope: z.array(z.string()).max(2000),
  /** Of the approved text, and of its words, to find the same work under another number. */
  snapshot: Digest.optional(),
  likeness: Likeness.optional(),
  /** Marks of the approvals it stood on; each is good for one delivered change. */
  approvals: z.array(Digest).max(50).optional(),
  /** The hash of the last line that the ledger keeps of this run: lines that were cut off are missed. */
  head: Digest.optional(),
  /** The hash of the last line of a trail that is about to be put where it waits; gone when the ledger has its lines. */
  promised: Digest.optional(),
  change: z.strictObject({ number: z.number().int().positive(), url: z.string(), branch: z.string() }).optional(),
});
export type Booking = z.infer<typeof Booking>;

export const NO_UNITS: Units = Units.parse({ cost: 0, tokens: 0, minutes: 0 });
