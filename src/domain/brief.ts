import { z } from 'zod';
import { CheckId, CommitSha, Digest } from './ids.js';
import { Criterion, Snapshot } from './ticket.js';

export const InstructionFile = z.strictObject({ path: z.string(), digest: Digest, text: z.string() });
export type InstructionFile = z.infer<typeof InstructionFile>;

export const LikelyFile = z.strictObject({
  path: z.string(),
  score: z.number(),
  /** In words: `path`, `identifier addTax`, `content 7 terms`. */
  reasons: z.array(z.string()),
});
export type LikelyFile = z.infer<typeof LikelyFile>;

/** What the agent is given. A document of the evidence: the prompt is rendered from it and from nothing else. */
export const Brief = z.strictObject({
  version: z.literal(1),
  /** The per-run random mark that encloses foreign text in the prompt. */
  mark: z.string().regex(/^[0-9a-f]{16,64}$/),
  base: CommitSha,
  ticket: Snapshot,
  criteria: z.array(Criterion),
  instructions: z.array(InstructionFile),
  likelyFiles: z.array(LikelyFile),
  owners: z.array(z.strictObject({ pattern: z.string(), owners: z.array(z.string()), section: z.string().optional(), exclude: z.literal(true).optional() })),
  checks: z.array(z.strictObject({ id: CheckId, run: z.string(), origin: z.string() })),
  constraints: z.array(z.string()),
  outOfScope: z.array(z.string()),
  /** Sub-folder of a monorepo that the work is bound to; '' = whole repository. */
  workdir: z.string(),
});
export type Brief = z.infer<typeof Brief>;
