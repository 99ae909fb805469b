import { z } from 'zod';
import { Actor } from './actor.js';
import { Instant } from './ids.js';

/** What a waiting run waits for. `answers`: the ticket is not clear enough. `delivery`: a gate holds finished work. */
export const WaitKind = z.enum(['answers', 'approval', 'hidden-content', 'budget', 'overlap', 'delivery']);
export type WaitKind = z.infer<typeof WaitKind>;

/**
 * An authorised person lifts one rule for one run, with a reason and an end. It lifts that rule's hold and nothing else: the
 * rule still speaks, and says by whom it was lifted. `rule` is the name of a verdict node.
 */
export const Grant = z.strictObject({
  rule: z.string().min(1).max(200),
  by: Actor,
  reason: z.string().min(1).max(2000),
  at: Instant,
  expiresAt: Instant,
});
export type Grant = z.infer<typeof Grant>;

/** Those that have not run out. */
export function standingGrants(grants: readonly Grant[], now: Instant): readonly Grant[] {
  return grants.filter((grant) => Date.parse(now) <= Date.parse(grant.expiresAt));
}
