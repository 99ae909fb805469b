import { z } from 'zod';
import { DiffStats } from './candidate.js';
import { CommitSha, Digest, RunId, TreeSha } from './ids.js';
import { Rung } from './rung.js';
import { UntrustedText } from './text.js';
import { ModelUsage } from './usage.js';

const SUMMARY_CHARS_MAX = 20_000;

/** What the job that ran the agent says about its work. Shown to people as its claim; nothing is decided by it. */
export const ReportedWork = z.strictObject({
  agent: z.string().max(100),
  model: z.string().max(200),
  rung: Rung,
  attempts: z.number().int().positive().max(1000),
  usage: ModelUsage,
  summary: UntrustedText.refine((text) => text.length <= SUMMARY_CHARS_MAX),
  /** The end of that job's own trail, which is in its evidence. */
  trail: z.strictObject({ events: z.number().int().positive(), head: Digest }),
});
export type ReportedWork = z.infer<typeof ReportedWork>;

/** The summary as a manifest may carry it. */
export function summaryFor(text: UntrustedText): UntrustedText {
  return UntrustedText.parse(text.slice(0, SUMMARY_CHARS_MAX));
}

/** `bundle/manifest.json`: what `change.bundle` holds. Deliver checks every field and believes none. */
export const ManifestDocument = z.strictObject({
  version: z.literal(1),
  run: RunId,
  order: Digest,
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  attempt: z.number().int().positive(),
  base: CommitSha,
  tree: TreeSha,
  commit: CommitSha,
  ref: z.literal('refs/heddle/candidate'),
  bundle: Digest,
  patch: Digest,
  stats: DiffStats,
  /** The checks passed on exactly this tree and the gates let it through. */
  proven: z.boolean(),
  reported: ReportedWork,
});
export type ManifestDocument = z.infer<typeof ManifestDocument>;
