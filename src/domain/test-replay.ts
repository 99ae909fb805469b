import { z } from 'zod';
import { CheckOutcome, TestTotals } from './check.js';
import { CheckId, TreeSha } from './ids.js';
import { UntrustedText } from './text.js';

/** `replay`: the tests of the base on the new code. `red`: the tests of the change on the code of the base. */
export const ReplayWay = z.enum(['replay', 'red']);
export type ReplayWay = z.infer<typeof ReplayWay>;

/** A test that fails on the mixed tree and not on the base; a check as a whole where it does not say which test. Foreign text. */
export const FailedThere = z.strictObject({
  check: CheckId,
  test: z.string().max(500).optional(),
  file: z.string().max(1000).optional(),
  line: z.number().int().positive().optional(),
  message: UntrustedText,
});
export type FailedThere = z.infer<typeof FailedThere>;

/** One check on the mixed tree. `perTest` = its report or log names single tests; otherwise only its ending is known. */
export const ReplayedCheck = z.strictObject({ check: CheckId, outcome: CheckOutcome, perTest: z.boolean(), tests: TestTotals.optional() });
export type ReplayedCheck = z.infer<typeof ReplayedCheck>;

/** Why a mixed tree was not run. */
export const NotReplayed = z.enum(['no-test-check', 'base-fails', 'only-tests', 'time', 'errored']);
export type NotReplayed = z.infer<typeof NotReplayed>;

/** What the tests of one side said about the code of the other. The mixed tree is never what is delivered. */
export const TestReplay = z.strictObject({
  way: ReplayWay,
  /** Test files that were laid over, at most 200; `files` counts all. */
  paths: z.array(z.string()).max(200),
  files: z.number().int().positive(),
  /** Absent when no tree was made. */
  mixed: TreeSha.optional(),
  outcome: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('ran'), checks: z.array(ReplayedCheck).min(1), failed: z.array(FailedThere).max(100), truncated: z.number().int().nonnegative(), reused: z.boolean() }),
    z.strictObject({ kind: z.literal('not-run'), why: NotReplayed, words: z.string().max(1000) }),
  ]),
});
export type TestReplay = z.infer<typeof TestReplay>;
