import { z } from 'zod';
import { FileChange } from '../domain/candidate.js';
import { CheckOutcome, TestTotals } from '../domain/check.js';
import { EgressReport } from '../domain/egress.js';
import { JudgedFinding } from '../domain/finding.js';
import { CheckId, CommitSha, Digest, Instant, RunId, TreeSha } from '../domain/ids.js';
import { ReportedWork } from '../domain/manifest.js';
import { Rung } from '../domain/rung.js';
import { UntrustedText } from '../domain/text.js';
import { Removal, TicketRef } from '../domain/ticket.js';
import { ModelUsage } from '../domain/usage.js';
import { VerdictEffect } from '../domain/verdict.js';

const count = z.number().int().nonnegative();

/** How far a criterion is proven, computed from check results alone. */
export const CriterionProof = z.discriminatedUnion('kind', [
  /** The named check failed on the base commit and passes on the candidate; with `by`, it was the tests of the change that failed there. */
  z.strictObject({ kind: z.literal('red-to-green'), check: CheckId, by: z.literal('new-tests').optional() }),
  /** The named check passes on the candidate; it passed before as well, or was not run there. */
  z.strictObject({ kind: z.literal('check-passed'), check: CheckId, onBase: z.enum(['passed', 'not-run']) }),
  z.strictObject({ kind: z.literal('unproven'), why: z.string() }),
]);
export type CriterionProof = z.infer<typeof CriterionProof>;

export const PacketFile = z.strictObject({
  ...FileChange.pick({ path: true, status: true, oldMode: true, newMode: true, additions: true, deletions: true, binary: true }).shape,
  /** Among the files that the briefing held for likely. */
  likely: z.boolean(),
  owners: z.array(z.string()),
});
export type PacketFile = z.infer<typeof PacketFile>;

export const PacketCheck = z.strictObject({
  id: CheckId,
  run: z.string(),
  origin: z.string(),
  network: z.union([z.boolean(), z.array(z.string())]),
  base: CheckOutcome.optional(),
  candidate: CheckOutcome.optional(),
  durationMs: count.optional(),
  tests: TestTotals.optional(),
  logDigest: Digest.optional(),
});
export type PacketCheck = z.infer<typeof PacketCheck>;

export const PacketAttempt = z.strictObject({
  attempt: z.number().int().positive(),
  agent: z.string(),
  model: z.string(),
  rung: Rung,
  isolation: z.string().max(200).optional(),
  /** Why there was another attempt after the one before. */
  because: z.string().optional(),
  /** In words: `finished`, `stopped at the wall limit`, ... */
  ending: z.string(),
  capture: z.enum(['captured', 'empty', 'refused', 'none']),
  tree: TreeSha.optional(),
  checksFailed: z.array(CheckId),
  findingsNew: count,
  verdict: VerdictEffect.optional(),
  usage: ModelUsage,
  durationMs: count,
});
export type PacketAttempt = z.infer<typeof PacketAttempt>;

/** Everything a reviewer needs, rendered from recorded events and never from the agent's claims. A published document. */
export const ReviewPacket = z.strictObject({
  version: z.literal(1),
  run: RunId,
  /** The hash of the last event that this packet knows, and how many there were. */
  trail: z.strictObject({ head: Digest, events: count, at: Instant }),
  ticket: z.strictObject({ ref: TicketRef, url: z.string().optional(), title: UntrustedText, author: z.string(), snapshot: Digest, removals: z.array(Removal) }),
  repository: z.string(),
  base: z.strictObject({ branch: z.string(), commit: CommitSha }),
  order: Digest,
  policy: Digest,
  requestedBy: z.string(),
  approvedBy: z.array(z.string()),
  agent: z.strictObject({ id: z.string(), model: z.string() }),
  /** `split`: four jobs with own rights; what the work job says of itself stands here as its claim, and nowhere else as a fact. */
  mode: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('one-job') }),
    z.strictObject({ kind: z.literal('split'), reported: ReportedWork, manifest: Digest, bundle: Digest }),
  ]),
  isolation: z.strictObject({ rung: Rung, form: z.string().max(200).optional(), required: Rung }),
  candidate: z.strictObject({ attempt: z.number().int().positive(), tree: TreeSha, patchDigest: Digest, files: z.array(PacketFile), additions: count, deletions: count, bytes: count }),
  /** The agent's own last words, quoted and never relied on. */
  summary: UntrustedText,
  criteria: z.array(z.strictObject({ id: z.string(), text: UntrustedText, proof: CriterionProof })),
  checks: z.array(PacketCheck),
  findings: z.strictObject({ fresh: z.array(JudgedFinding), preExisting: z.array(JudgedFinding), flaky: z.array(JudgedFinding), fixed: count, truncated: count }),
  attempts: z.array(PacketAttempt),
  usage: ModelUsage,
  /** Where the prices came from, with their date; null when no model was asked. */
  priceSource: z.string().nullable(),
  verdict: z.strictObject({ effect: VerdictEffect, notes: z.array(z.strictObject({ rule: z.string(), effect: VerdictEffect, words: z.string() })) }).optional(),
  /** How risky the change is, with every part of the score that counted, largest first. Absent in packets of before there was a score. */
  risk: z.strictObject({
    level: z.enum(['low', 'medium', 'high', 'critical']), score: z.number().int(), raised: z.string().optional(),
    parts: z.array(z.strictObject({ feature: z.string(), words: z.string(), points: z.number() })),
  }).optional(),
  /** Rules that a person lifted for this run. Shown for ever. */
  overrides: z.array(z.strictObject({ rule: z.string(), by: z.string(), reason: z.string(), at: Instant, expiresAt: Instant })).optional(),
  /** Who should say yes to the change, by the rules of the team and the level of risk. */
  approvals: z.array(z.strictObject({ rule: z.string(), count: z.number().int().positive(), from: z.array(z.string()), notRequester: z.boolean() })).optional(),
  answers: z.array(z.strictObject({ question: z.string(), answer: z.enum(['allow', 'deny']), by: z.string() })),
  /** Where a reviewer should look first, and why. */
  focus: z.array(z.strictObject({ why: z.string(), paths: z.array(z.string()) })),
  /** What agent and checks did with the ways out that they were given; only those who had one or tried. */
  egress: z.array(z.strictObject({ by: z.string(), report: EgressReport })).optional(),
  /** What happened around the work: the base branch, open changes in the same files. */
  meanwhile: z.array(z.string()).optional(),
  /** What this packet does not prove, in words. */
  gaps: z.array(z.string()),
});
export type ReviewPacket = z.infer<typeof ReviewPacket>;
