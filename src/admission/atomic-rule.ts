import type { Grant, WaitKind } from '../domain/grant.js';
import type { DeclineCode } from '../domain/stop-reason.js';
import type { VerdictNode } from '../domain/verdict.js';

/** What a rule says that is judged inside `ledger.book`, on the newest rows of all runs. Pure: it may be asked several times. */
export interface AtomicAnswer {
  readonly node: VerdictNode;
  /** Set where the answer is no for good. */
  readonly code?: DeclineCode | undefined;
  /** Set where a person can change the answer. */
  readonly asks?: WaitKind | undefined;
}

/** A grant lifts the hold of exactly the rule it names. The rule goes on speaking, and says who lifted it and why. */
export function liftedByGrant(answer: AtomicAnswer, grants: readonly Grant[], now: string): AtomicAnswer {
  const { node } = answer;
  const grant = node.effect === 'hold' ? grants.find((one) => one.rule === node.rule && Date.parse(now) <= Date.parse(one.expiresAt)) : undefined;
  if (grant === undefined) return answer;
  const by = `${grant.by.login} (${grant.by.id})`;
  return { node: { ...node, effect: 'allow', words: `${node.words}; lifted by ${by}`, values: { ...node.values, liftedBy: by, reason: grant.reason, until: grant.expiresAt } } };
}
