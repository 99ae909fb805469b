import { z } from 'zod';
import { CommitSha } from './ids.js';

/** A pull request or merge request: "change" is the one word for both. */
export const Change = z.strictObject({
  /** The forge's own number. */
  number: z.number().int().positive(),
  url: z.string(),
  branch: z.string(),
  base: z.string(),
  head: CommitSha,
  state: z.enum(['open', 'merged', 'closed']),
  draft: z.boolean(),
});
export type Change = z.infer<typeof Change>;
