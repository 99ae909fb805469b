import { z } from 'zod';
import { CheckId, CommitSha, TreeSha } from './ids.js';

const path = z.string().max(4096);
const paths = z.array(path).max(50);

/** A check whose result stands no more, and what it read that moved. */
export const StaleCheck = z.strictObject({ check: CheckId, because: z.array(path).max(10) });
export type StaleCheck = z.infer<typeof StaleCheck>;

/** Where the base branch stands, compared with the commit that the order names. `merged` is the tree of both together. */
export const BaseLook = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('same'), head: CommitSha }),
  z.strictObject({ kind: z.literal('moved'), head: CommitSha, files: z.number().int().nonnegative(), merged: TreeSha, stale: z.array(StaleCheck) }),
  z.strictObject({ kind: z.literal('conflict'), head: CommitSha, paths }),
  z.strictObject({ kind: z.literal('unknown'), head: CommitSha.optional(), why: z.string().max(500) }),
]);
export type BaseLook = z.infer<typeof BaseLook>;

/** An open change that touches the same files. `conflict`: the two do not merge, and that is not the fault of the other alone. */
export const Meeting = z.strictObject({
  change: z.number().int().positive(), url: z.string().max(2000), author: z.string().max(200), ours: z.boolean(),
  kind: z.enum(['conflict', 'clean', 'unknown']), paths, why: z.string().max(200).optional(),
});
export type Meeting = z.infer<typeof Meeting>;

/** How a check ended on the merged tree, seen beside what it said of the candidate and of the base branch alone. */
export const RenewedCheck = z.strictObject({
  check: CheckId,
  standing: z.enum(['passed', 'failed-before', 'base-broken', 'broken-together', 'not-run']),
  durationMs: z.number().int().nonnegative(),
});
export type RenewedCheck = z.infer<typeof RenewedCheck>;
