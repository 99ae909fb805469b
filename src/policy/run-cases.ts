import type { CompiledPolicy } from './compile.js';
import { evaluatePolicy, type PolicyVerdict } from './evaluate.js';
import { factsOfCase, type PolicyCase } from './policy-case.js';

export interface CaseResult {
  readonly name: string;
  readonly ok: boolean;
  /** What came out otherwise than expected, in words; empty when the case passed. */
  readonly wrong: readonly string[];
  readonly verdict: PolicyVerdict;
}

/** Runs the cases of a team against its policy. Pure: nothing is asked, nothing is run. */
export function runCases(policy: CompiledPolicy, cases: readonly PolicyCase[]): readonly CaseResult[] {
  return cases.map((one) => {
    const verdict = evaluatePolicy(policy, factsOfCase(one), { whole: true });
    const wrong = differences(one.expect, verdict);
    return { name: one.name, ok: wrong.length === 0, wrong, verdict };
  });
}

function differences(wanted: PolicyCase['expect'], { effect, outcome }: PolicyVerdict): string[] {
  const { users, teams, owners } = outcome.reviewers;
  const reviewers = [...users, ...teams, ...(owners ? ['owners'] : [])];
  const approvals = Math.max(0, ...outcome.approvals.map(({ count }) => count));
  const equal = (what: string, expected: string | number | undefined, got: string | number | undefined): string[] => (expected === undefined || expected === got ? [] : [`${what}: expected ${expected}, got ${got ?? 'none'}`]);
  const among = (what: string, expected: readonly string[] | undefined, got: readonly string[]): string[] => {
    const missing = (expected ?? []).filter((one) => !got.includes(one));
    return missing.length === 0 ? [] : [`${what}: ${missing.join(', ')} not among ${got.join(', ') || 'none'}`];
  };
  const unwanted = (wanted.not_matched ?? []).filter((one) => outcome.matched.includes(one));
  return [
    ...equal('effect', wanted.effect, effect), ...equal('rule', wanted.rule, outcome.decidedBy), ...among('matched', wanted.matched, outcome.matched),
    ...(unwanted.length === 0 ? [] : [`matched, but should not: ${unwanted.join(', ')}`]),
    ...among('labels', wanted.labels, outcome.labels), ...among('reviewers', wanted.reviewers, reviewers), ...equal('approvals', wanted.approvals, approvals), ...equal('workflow', wanted.workflow, outcome.workflow), ...equal('attempts', wanted.attempts, outcome.budget.attempts),
  ];
}
