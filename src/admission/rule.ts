import type { Actor } from '../domain/actor.js';
import type { Grant, WaitKind } from '../domain/grant.js';
import { liftedNode } from '../domain/lifted-node.js';
import type { DeclineCode } from '../domain/stop-reason.js';
import type { VerdictNode } from '../domain/verdict.js';

/** What a rule says. A hold with `asks` makes the run wait for a person; anything else that does not allow declines it, for `code`. */
export interface RuleAnswer { readonly node: VerdictNode; readonly code?: DeclineCode; readonly asks?: WaitKind }

/** A grant lifts the hold of exactly the rule it names, also of one below it. The rule goes on speaking, and says who lifted it and why. */
export function lifted(answer: RuleAnswer, grants: readonly Grant[]): RuleAnswer {
  const node = liftedNode(answer.node, grants);
  if (node === answer.node) return answer;
  return node.effect === 'allow' ? { node } : { ...answer, node };
}

export function shownActor(actor: Actor): string {
  return `${actor.login} (${actor.id})`;
}
