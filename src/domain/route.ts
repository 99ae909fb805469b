import { z } from 'zod';

/** Where a ticket belongs, and what said so. Names and words are our own; repositories come from the configuration. */
export const RouteDecision = z.strictObject({
  outcome: z.enum(['here', 'elsewhere', 'unroutable']),
  /** `owner/name`; the repository of this run when it stays here, absent when nobody can say. */
  repository: z.string().max(300).optional(),
  candidates: z.array(z.string().max(300)).max(50),
  /** Name in `targets:`. */
  target: z.string().max(100).optional(),
  because: z.string().max(500),
  /** Another repository is told: recorded before it is sent, so that it is never sent twice. */
  dispatched: z.boolean(),
});
export type RouteDecision = z.infer<typeof RouteDecision>;
