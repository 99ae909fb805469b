import type { Finding, FindingStanding, JudgedFinding } from '../domain/finding.js';
import type { CheckId, Digest } from '../domain/ids.js';
import type { CheckRun } from './check-run.js';

export interface JudgeInput {
  readonly baseline: readonly CheckRun[];
  readonly candidate: readonly CheckRun[];
  /** The checks that ran a second time on the very same tree, after `shouldRerun`. */
  readonly rerun?: readonly CheckRun[] | undefined;
}

export interface Judgement {
  readonly findings: JudgedFinding[];
  /** Fingerprints of the base that are gone. */
  readonly fixed: Digest[];
}

/**
 * Says of every finding of the candidate whose it is: `pre-existing` when the base has it (a test that failed there
 * stays the base's even when its message changed), `flaky` when a second run of the same tree did not show it, `new`
 * otherwise. A base finding is fixed when its check ran to an end on the candidate and does not show it.
 */
export function judgeFindings(input: JudgeInput): Judgement {
  const findings: JudgedFinding[] = [];
  const fixed: Digest[] = [];
  const runs = byCheck(input.candidate);
  const base = byCheck(input.baseline);
  const again = byCheck(input.rerun ?? []);
  for (const run of input.candidate) {
    const before = new Set((base.get(run.check.id)?.findings ?? []).flatMap(names));
    const second = again.get(run.check.id);
    for (const finding of run.findings) findings.push({ ...finding, standing: standingOf(finding, before, second) });
  }
  for (const run of input.baseline) {
    const after = runs.get(run.check.id);
    if (after === undefined || !ranToAnEnd(after)) continue;
    const now = new Set(after.findings.flatMap(names));
    for (const finding of run.findings) if (!names(finding).some((name) => now.has(name)) && !fixed.includes(finding.fingerprint)) fixed.push(finding.fingerprint);
  }
  return { findings, fixed };
}

/** The findings of the base itself, for its own entry in the trail. */
export function baselineFindings(baseline: readonly CheckRun[]): JudgedFinding[] {
  return baseline.flatMap((run) => run.findings.map((finding): JudgedFinding => ({ ...finding, standing: 'pre-existing' })));
}

/**
 * Whether one more run of the same tree is worth its time: the check passed on the base, failed on the candidate, and
 * none of its findings lies in a file that the candidate touched. Asked once for each check.
 */
export function shouldRerun(run: CheckRun, baseline: readonly CheckRun[], changedPaths: readonly string[]): boolean {
  if (run.check.role === 'setup' || run.result.outcome.kind !== 'failed') return false;
  if (byCheck(baseline).get(run.check.id)?.result.outcome.kind !== 'passed') return false;
  const touched = new Set(changedPaths);
  const texts = run.findings.map((finding) => finding.message).join('\n');
  // A failure without a place (or one whose message names a touched file) is taken for real: a re-run would only cost time.
  if (run.findings.length === 0 || run.truncated > 0) return false;
  return run.findings.every((finding) => finding.file !== undefined && !touched.has(finding.file)) && !changedPaths.some((path) => texts.includes(path));
}

export function byCheck(runs: readonly CheckRun[]): ReadonlyMap<CheckId, CheckRun> {
  return new Map(runs.map((run) => [run.check.id, run]));
}

function standingOf(finding: Finding, before: ReadonlySet<string>, second: CheckRun | undefined): FindingStanding {
  if (names(finding).some((name) => before.has(name))) return 'pre-existing';
  if (second === undefined || !ranToAnEnd(second)) return 'new';
  return second.findings.some((other) => names(other).some((name) => names(finding).includes(name))) ? 'new' : 'flaky';
}

/** The names a finding is known by: its fingerprint, and for a test the test itself. */
function names(finding: Finding): readonly string[] {
  return finding.test === undefined ? [finding.fingerprint] : [finding.fingerprint, `test\0${finding.file ?? ''}\0${finding.test}`];
}

function ranToAnEnd(run: CheckRun): boolean {
  return run.result.outcome.kind === 'passed' || run.result.outcome.kind === 'failed';
}
