import type { Finding } from '../domain/finding.js';
import type { FailedThere, ReplayedCheck } from '../domain/test-replay.js';
import { judgeFindings } from './judge-findings.js';
import type { CheckRun } from './check-run.js';

export interface ReplayJudgeInput {
  /** The same checks on the base, on the candidate, and on the tree that is made of both. */
  readonly base: readonly CheckRun[];
  readonly candidate: readonly CheckRun[];
  readonly mixed: readonly CheckRun[];
  /** A second run of the mixed tree for what failed in the first: a test that passes there is flaky and proves nothing. */
  readonly again?: readonly CheckRun[] | undefined;
  /** Test files whose failures say nothing here, e.g. those that the base does not have. */
  readonly without: ReadonlySet<string>;
}

export interface ReplayJudgement {
  readonly checks: readonly ReplayedCheck[];
  readonly failed: readonly FailedThere[];
  readonly truncated: number;
}

const FAILED_MAX = 100;

/**
 * What fails on the mixed tree and neither on the base nor on the candidate. Where a report counts the tests, only failed tests
 * are looked at: a threshold of coverage is not a test. Where nothing names a test, the check's own ending is all that is known.
 */
export function judgeReplay(input: ReplayJudgeInput): ReplayJudgement {
  const fresh = judgeFindings({ baseline: input.base, candidate: input.mixed, rerun: input.again }).findings.filter(({ standing }) => standing === 'new');
  const known = new Set(input.candidate.flatMap((run) => run.findings.map(({ fingerprint }) => fingerprint)));
  const failed: FailedThere[] = [];
  let truncated = 0;
  for (const run of input.mixed) {
    if (!ended(run)) continue;
    const own = fresh.filter((finding) => finding.source === run.check.id && !known.has(finding.fingerprint) && !(finding.file !== undefined && input.without.has(finding.file)));
    const tests = own.filter(({ test }) => test !== undefined);
    const shown = tests.length > 0 || perTest(run) ? tests : own.slice(0, 1);
    truncated += perTest(run) ? run.truncated : 0;
    for (const finding of shown) failed.push(asFailed(finding));
  }
  return { checks: input.mixed.map(asChecked), failed: failed.slice(0, FAILED_MAX), truncated: truncated + Math.max(0, failed.length - FAILED_MAX) };
}

/** It ran to an end that says something about the tree. */
export function ended({ result }: CheckRun): boolean {
  return result.outcome.kind === 'passed' || result.outcome.kind === 'failed';
}

/** A report counted the tests: then nothing else of the check is a test. */
function perTest({ result }: CheckRun): boolean {
  return result.tests !== undefined;
}

function asFailed({ source, test, file, line, message }: Finding): FailedThere {
  return { check: source, message, ...(test === undefined ? {} : { test }), ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) };
}

function asChecked(run: CheckRun): ReplayedCheck {
  const { check, outcome, tests } = run.result;
  return { check, outcome, perTest: perTest(run) || run.findings.some(({ test }) => test !== undefined), ...(tests === undefined ? {} : { tests }) };
}
