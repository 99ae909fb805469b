import type { PolicyOutcome } from '../domain/policy-outcome.js';
import type { Verdict, VerdictNode } from '../domain/verdict.js';
import { gateFacts } from '../gates/join-policy.js';
import { err, ok, type Result } from '../kit/result.js';
import type { PolicyFacts } from '../policy/facts.js';
import type { RunEvent } from './event.js';
import { evolve } from './evolve.js';
import { policyFactsOf } from './policy-facts.js';
import type { RunState } from './state.js';

/** What a recorded run knew when its candidate was judged the last time, and what was said. */
export interface PastJudgement {
  readonly run: string;
  /** Of the ticket: foreign text. */
  readonly title: string;
  readonly at: string;
  readonly attempt: number;
  readonly facts: PolicyFacts;
  readonly verdict: Verdict;
  readonly policy: PolicyOutcome | undefined;
}

/** The last judgement in a trail; undefined when no candidate was ever judged. Pure: the trail is folded again up to that point. */
export function pastJudgement(events: readonly RunEvent[]): Result<PastJudgement | undefined, string> {
  let state: RunState = { kind: 'new' };
  let found: PastJudgement | undefined;
  for (const event of events) {
    const { fact } = event;
    if (fact.type === 'gate-evaluated' && 'candidate' in state) {
      found = { run: event.run, title: state.snapshot.title, at: event.at, attempt: fact.attempt, facts: { ...policyFactsOf(state, event.at), ...gateFacts(gateNodes(fact.verdict, fact.policy)) }, verdict: fact.verdict, policy: fact.policy };
    }
    const next = evolve(state, fact);
    if (!next.ok) return err(`event ${event.sequence}: ${next.error}`);
    state = next.value;
  }
  return ok(found);
}

/** What the gates themselves said: without the policy's own node, and with the holds that it had lifted. */
export function gateNodes(verdict: Verdict, policy: PolicyOutcome | undefined): readonly VerdictNode[] {
  const lifted = new Set(policy?.lifted.map(({ gate }) => gate));
  return (verdict.tree.children ?? []).filter(({ rule }) => rule !== 'policy').map((node) => (lifted.has(node.rule) ? { ...node, effect: 'hold' as const, liftable: true as const } : node));
}
