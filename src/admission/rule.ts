import type { Actor } from '../domain/actor.js';
import type { Grant, WaitKind } from '../domain/grant.js';
import type { DeclineCode } from '../domain/stop-reason.js';
import type { VerdictNode } from '../domain/verdict.js';

/** What a rule says. A hold with `asks` makes the run wait for a person; anything else that does not allow declines it, for `code`. */
export interface RuleAnswer { readonly node: VerdictNode; readonly code?: DeclineCode; readonly asks?: WaitKind }

/** A grant lifts the hold of exactly the rule it names. The rule goes on speaking, and says who lifted it and why. */
export function lifted(answer: RuleAnswer, grants: readonly Grant[]): RuleAnswer {
  const grant = answer.node.effect === 'hold' ? grants.find((one) => one.rule === answer.node.rule) : undefined;
  if (grant === undefined) return answer;
  const { node } = answer;
  return { node: { ...node, effect: 'allow', words: `${node.words}; lifted by ${shownActor(grant.by)}`, values: { ...node.values, liftedBy: shownActor(grant.by), reason: grant.reason, until: grant.expiresAt } } };
}

export function shownActor(actor: Actor): string {
  return `${actor.login} (${actor.id})`;
}
