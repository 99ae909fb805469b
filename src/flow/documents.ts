import { z } from 'zod';
import { Candidate } from '../domain/candidate.js';
import { Change } from '../domain/change.js';
import { CheckResult } from '../domain/check.js';
import { JudgedFinding } from '../domain/finding.js';
import { CommitSha, Digest, HeddleBranch, Instant, RunId, TreeSha } from '../domain/ids.js';
import { MicroUsd } from '../domain/money.js';
import { UntrustedText } from '../domain/text.js';
import { Verdict } from '../domain/verdict.js';

/** `run.json`: what this folder is, where the run stands, and how it was asked for; enough to go on with `heddle resume`. */
export const RunDocument = z.strictObject({
  version: z.literal(1),
  run: RunId,
  heddle: z.string(),
  outcome: z.enum(['running', 'interrupted', 'waiting', 'planned', 'admitted', 'worked', 'verified', 'refuted', 'delivered', 'declined', 'exhausted', 'cancelled', 'superseded', 'faulted']),
  startedAt: Instant,
  endedAt: Instant.optional(),
  head: Digest.nullable(),
  events: z.number().int().nonnegative(),
  invocation: z.strictObject({
    forge: z.string(), forgeDir: z.string().optional(), repository: z.string(), folder: z.string(), ticketRoot: z.string(),
    base: z.strictObject({ branch: z.string(), commit: CommitSha }), cassette: z.string().optional(), localUser: z.boolean(), holder: z.string(),
  }),
});
export type RunDocument = z.infer<typeof RunDocument>;

/** `verification.json`: what was proved about which tree. */
export const VerificationDocument = z.strictObject({
  version: z.literal(1),
  run: RunId,
  order: Digest,
  candidate: Candidate,
  baseline: z.array(CheckResult),
  checks: z.array(CheckResult),
  findings: z.array(JudgedFinding),
  fixed: z.array(Digest),
  gates: Verdict,
});
export type VerificationDocument = z.infer<typeof VerificationDocument>;

/** `delivery.json`: what was opened where. */
export const DeliveryDocument = z.strictObject({
  version: z.literal(1),
  run: RunId,
  tree: TreeSha,
  commit: CommitSha,
  branch: HeddleBranch,
  change: Change,
  reviewers: z.array(z.string()),
  ci: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('started'), runs: z.array(z.strictObject({ name: z.string(), url: z.string() })) }),
    z.strictObject({ kind: z.literal('none'), why: z.string() }),
  ]),
  warnings: z.array(z.string()),
});
export type DeliveryDocument = z.infer<typeof DeliveryDocument>;

const foreign = UntrustedText;

/** A line of `agent/<attempt>/events.jsonl`: what the agent said and did, in its own words, cut to a bound. */
export const AgentLogLine = z.discriminatedUnion('type', [
  z.strictObject({ at: Instant, type: z.literal('session'), session: z.string() }),
  z.strictObject({ at: Instant, type: z.literal('said'), text: foreign }),
  z.strictObject({
    at: Instant, type: z.literal('tool-called'), tool: z.string(), input: foreign,
    action: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('command'), command: foreign }),
      z.strictObject({ kind: z.literal('edit'), paths: z.array(foreign) }),
      z.strictObject({ kind: z.literal('mcp'), server: z.string() }),
      z.strictObject({ kind: z.literal('other') }),
    ]).optional(),
  }),
  z.strictObject({ at: Instant, type: z.literal('tool-answered'), tool: z.string(), ok: z.boolean(), output: foreign }),
  z.strictObject({ at: Instant, type: z.literal('noted'), text: foreign }),
  z.strictObject({ at: Instant, type: z.literal('used'), claim: z.strictObject({ inputTokens: z.number().nonnegative(), outputTokens: z.number().nonnegative(), of: z.enum(['session', 'step']) }) }),
  z.strictObject({ at: Instant, type: z.literal('erred'), text: foreign }),
]);
export type AgentLogLine = z.infer<typeof AgentLogLine>;

const count = z.number().int().nonnegative();

/** A line of `agent/<attempt>/model-calls.jsonl`: one call as the gateway counted it; digests, never contents. */
export const ModelCallLine = z.strictObject({
  sequence: count, api: z.enum(['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini']), model: z.string(),
  requestDigest: z.string(), responseDigest: z.string(), status: count, inputTokens: count, cacheReadTokens: count, cacheWriteTokens: count,
  outputTokens: count, cost: MicroUsd, costKnown: z.boolean(), refused: z.string().optional(), stripped: z.array(z.string()), durationMs: z.number().nonnegative(),
  source: z.enum(['upstream', 'cassette']),
  // Absent in folders that were written before the calls were chained.
  previous: z.string().nullable().optional(), hash: z.string().optional(),
});
export type ModelCallLine = z.infer<typeof ModelCallLine>;
