import { z } from 'zod';
import { EgressReport } from './egress.js';
import { CheckId, Digest } from './ids.js';
import { Fault } from './fault.js';
import { ReportFormat } from './report.js';

/** One node of the validation graph: a command of the repository. */
export const CheckDefinition = z.strictObject({
  id: CheckId,
  /** Shell text of the repository's own, from the base commit; run as data by a fixed `sh -e` argument list in the sandbox. */
  run: z.string().min(1).max(20_000),
  needs: z.array(CheckId),
  /** Folder below the repository's root; '' is the root. */
  workdir: z.string(),
  timeoutMs: z.number().int().positive(),
  reports: z.array(z.strictObject({ format: ReportFormat, path: z.string() })),
  /** All of the runner's network, none, or hosts through the egress proxy. */
  network: z.union([z.boolean(), z.array(z.string())]),
  /** Globs: the check is skipped when nothing that the candidate changed matches. Empty = always. */
  paths: z.array(z.string()),
  /** Globs of what the check reads; without them `paths`, and without those all that is below its folder. */
  inputs: z.array(z.string()).optional(),
  /** Setup checks (installing dependencies) prepare the tree; their failure is an error, not a finding. */
  role: z.enum(['setup', 'check']),
  /** Where it was found, for people: `.heddle.yml:12`, `package.json scripts.test`. */
  origin: z.string(),
});
export type CheckDefinition = z.infer<typeof CheckDefinition>;

export const TestTotals = z.strictObject({
  total: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  skipped: z.number().int().nonnegative(),
});
export type TestTotals = z.infer<typeof TestTotals>;

/** How a check ended. There is no `passed: boolean`: each ending owns what is true only then. */
export const CheckOutcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('passed') }),
  z.strictObject({ kind: z.literal('failed'), exitCode: z.number().int() }),
  z.strictObject({ kind: z.literal('timed-out'), afterMs: z.number().int().positive() }),
  z.strictObject({ kind: z.literal('output-exceeded'), bytes: z.number().int().positive() }),
  z.strictObject({ kind: z.literal('skipped'), reason: z.enum(['need-failed', 'no-path-matched', 'cancelled']) }),
  z.strictObject({ kind: z.literal('errored'), fault: Fault }),
]);
export type CheckOutcome = z.infer<typeof CheckOutcome>;

/** The result of one check on one tree. */
export const CheckResult = z.strictObject({
  check: CheckId,
  outcome: CheckOutcome,
  durationMs: z.number().int().nonnegative(),
  outputBytes: z.number().int().nonnegative(),
  logDigest: Digest.optional(),
  tests: TestTotals.optional(),
  findings: z.number().int().nonnegative(),
  /** There when the check had a list of hosts. */
  egress: EgressReport.optional(),
});
export type CheckResult = z.infer<typeof CheckResult>;
