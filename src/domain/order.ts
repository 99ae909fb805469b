import { z } from 'zod';
import { Actor } from './actor.js';
import { ApprovalWay } from './approval-way.js';
import { Assignment } from './assignment.js';
import { CommitSha, Digest, HeddleBranch, Instant, RunId } from './ids.js';
import { Limits } from './limits.js';
import { Rung } from './rung.js';
import { TicketRef } from './ticket.js';

/**
 * The admitted work. Written by admission alone; everything after it takes its orders from here and only data from
 * elsewhere. The brand is given by admission (sealing) and by its reader (digest checked against the trail).
 */
export const OrderFields = z.strictObject({
  version: z.literal(1),
  run: RunId,
  ticket: TicketRef,
  snapshot: Digest,
  /** `owner/name` on a forge, the folder's name on a laptop. */
  repository: z.string().min(1).max(300),
  base: z.strictObject({ branch: z.string().min(1).max(255), commit: CommitSha }),
  policy: Digest,
  limits: Limits,
  /** The limits that were approved, where budgets left less than those. */
  approvedLimits: Limits.optional(),
  agent: z.strictObject({ id: z.string(), model: z.string() }),
  minRung: Rung,
  /** Absent when neither directives nor routing bind the work further. */
  assignment: Assignment.optional(),
  branch: HeddleBranch,
  requestedBy: Actor,
  approvedBy: z.array(Actor),
  /** What was approved, and by which acts. Absent in orders of before approvals had a digest. */
  approval: z.strictObject({
    digest: Digest,
    acts: z.array(z.strictObject({ way: ApprovalWay, by: Actor, at: Instant, mark: Digest.optional() })).max(50),
  }).optional(),
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  admittedAt: Instant,
  expiresAt: Instant,
});
export type OrderFields = z.infer<typeof OrderFields>;

export const Order = OrderFields.brand<'Order'>();
export type Order = z.infer<typeof Order>;
