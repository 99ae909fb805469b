import { z } from 'zod';
import { CheckResult } from '../../../domain/check.js';
import { CommitSha, Instant, RunId } from '../../../domain/ids.js';

/** `changes/<n>.json`. A person may set `state` to closed or merged; nobody else changes it. */
export const ChangeRecord = z.strictObject({
  version: z.literal(1),
  number: z.number().int().positive(),
  branch: z.string().min(1).max(255),
  base: z.string().min(1).max(255),
  head: CommitSha,
  state: z.enum(['open', 'merged', 'closed']),
  draft: z.boolean(),
  title: z.string(),
  body: z.string(),
  labels: z.array(z.string()),
  /** Written by people alone, for a change that is not Heddle's. */
  author: z.string().max(200).optional(),
  reviewers: z.array(z.string().max(200)).max(100).optional(),
});
export type ChangeRecord = z.infer<typeof ChangeRecord>;

/** `claims/<name>/<n>.json`; the highest number counts. */
export const ClaimRecord = z.strictObject({ version: z.literal(1), run: RunId, holder: z.string().max(500), expiresAt: Instant, released: z.boolean() });
export type ClaimRecord = z.infer<typeof ClaimRecord>;

const CheckRecord = z.strictObject({
  name: z.string(),
  conclusion: z.enum(['success', 'failure', 'neutral']),
  title: z.string(),
  summary: z.string(),
  annotations: z.array(z.strictObject({ path: z.string(), line: z.number(), level: z.enum(['notice', 'warning', 'failure']), message: z.string() })),
  results: z.array(CheckResult),
});

/** `changes/<n>.checks.json`: the check runs of the change's head, by name. */
export const ChecksRecord = z.strictObject({ version: z.literal(1), commit: CommitSha, checks: z.array(CheckRecord) });
export type ChecksRecord = z.infer<typeof ChecksRecord>;
