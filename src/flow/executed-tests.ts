import type { ExecutedTests } from '../gates/gate-facts.js';
import type { CheckResult } from '../domain/check.js';
import type { RunState } from './state.js';

/** Tests that each check ran on the base and on the candidate, for the checks whose reports count them on both. */
export function executedTests(state: Extract<RunState, { kind: 'validated' }>): readonly ExecutedTests[] {
  const after = state.attempts.find(({ attempt }) => attempt === state.attempt)?.judged.results ?? [];
  return state.baseline.results.flatMap((base) => {
    const [was, is] = [ran(base), ran(after.find(({ check }) => check === base.check))];
    return was === undefined || is === undefined ? [] : [{ check: base.check, before: was, after: is }];
  });
}

const ran = (result: CheckResult | undefined): number | undefined => (result?.tests === undefined ? undefined : result.tests.total - result.tests.skipped);
