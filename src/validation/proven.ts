import type { JudgedFinding } from '../domain/finding.js';
import type { CheckId } from '../domain/ids.js';
import type { CheckRun } from './check-run.js';
import { byCheck } from './judge-findings.js';

/** Whether the checks prove a candidate. `why` is closed; `words` and `checks` are for people. */
export interface Proof {
  readonly ok: boolean;
  readonly why: 'proven' | 'no-checks' | 'checks-errored' | 'cancelled' | 'check-failed' | 'new-findings' | 'tests-vanished' | 'too-many-findings';
  readonly words: string;
  readonly checks: readonly CheckId[];
}

/**
 * A candidate is proven when every check that passed on the base passes, checks that failed on the base show nothing
 * new, no check errored, at least one check ran, and no check that counted tests on the base counts none now. A check
 * whose findings are all flaky counts as passed: its second run was green.
 */
export function proven(input: { readonly baseline: readonly CheckRun[]; readonly candidate: readonly CheckRun[]; readonly judged: readonly JudgedFinding[] }): Proof {
  const { candidate, judged } = input;
  const base = byCheck(input.baseline);
  const real = candidate.filter((run) => run.check.role === 'check');
  const of = (kind: CheckRun['result']['outcome']['kind']): readonly CheckRun[] => candidate.filter((run) => run.result.outcome.kind === kind);
  const errored = of('errored');
  if (errored.length > 0) return failed('checks-errored', 'a check could not be run', errored);
  const cancelled = of('skipped').filter(({ result }) => result.outcome.kind === 'skipped' && result.outcome.reason === 'cancelled');
  if (cancelled.length > 0) return failed('cancelled', 'the checks were cancelled', cancelled);
  const ran = real.filter((run) => run.result.outcome.kind !== 'skipped');
  const blocked = candidate.filter(({ result }) => result.outcome.kind === 'skipped' && result.outcome.reason === 'need-failed');
  if (ran.length === 0 && blocked.length === 0) return failed('no-checks', 'no check ran on this tree', []);
  const fresh = (run: CheckRun): boolean => judged.some((finding) => finding.source === run.check.id && finding.standing === 'new');
  const withNew = candidate.filter((run) => fresh(run));
  if (withNew.length > 0) return failed('new-findings', 'there are findings that the base does not have', withNew);
  const bad = candidate.filter((run) => !noWorse(run, base.get(run.check.id), judged));
  if (bad.length > 0) return failed('check-failed', 'a check that passed on the base does not pass', bad);
  const cut = candidate.filter((run) => run.truncated > 0);
  if (cut.length > 0) return failed('too-many-findings', 'there are more findings than can be compared with the base', cut);
  const vanished = ran.filter((run) => (base.get(run.check.id)?.result.tests?.total ?? 0) > 0 && (run.result.tests?.total ?? 0) === 0);
  if (vanished.length > 0) return failed('tests-vanished', 'tests ran on the base and none ran here', vanished);
  return { ok: true, why: 'proven', words: 'every check is at least as good as on the base', checks: ran.map((run) => run.check.id) };
}

function noWorse(run: CheckRun, before: CheckRun | undefined, judged: readonly JudgedFinding[]): boolean {
  const { outcome } = run.result;
  if (outcome.kind === 'passed') return true;
  const base = before?.result.outcome;
  if (outcome.kind === 'skipped') return outcome.reason === 'no-path-matched' || base?.kind === 'skipped';
  const own = judged.filter((finding) => finding.source === run.check.id);
  if (own.length > 0 && own.every((finding) => finding.standing === 'flaky')) return true;
  const failedBefore = base !== undefined && base.kind !== 'passed' && base.kind !== 'errored' && base.kind !== 'skipped';
  return failedBefore && (outcome.kind === base.kind || outcome.kind === 'failed') && own.length > 0;
}

function failed(why: Exclude<Proof['why'], 'proven'>, words: string, runs: readonly CheckRun[]): Proof {
  const checks = runs.map((run) => run.check.id);
  return { ok: false, why, words: checks.length === 0 ? words : `${words}: ${checks.join(', ')}`, checks };
}
