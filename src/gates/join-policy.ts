import type { PolicyOutcome } from '../domain/policy-outcome.js';
import { strictest, type Verdict, type VerdictNode } from '../domain/verdict.js';
import { isEmptyPolicy, type CompiledPolicy } from '../policy/compile.js';
import { evaluatePolicy, type EvaluateOptions } from '../policy/evaluate.js';
import { RiskLevel, type PolicyFacts } from '../policy/facts.js';
import type { LiftWish } from '../policy/outcome.js';

/** The gates' verdict with what the team's own rules say about it. */
export interface JoinedVerdict { readonly verdict: Verdict; readonly policy: PolicyOutcome | undefined }

/**
 * Asks the policy, with the gates' own answers among its facts, and joins both: the strictest counts. A rule that allows may lift
 * a hold of a gate where the gate says that it can be lifted; nothing lifts a refusal or an error. Pure.
 */
export function joinPolicy(gates: Verdict, policy: CompiledPolicy, facts: Omit<PolicyFacts, 'gates' | 'risk'>, options: EvaluateOptions = {}): JoinedVerdict {
  if (isEmptyPolicy(policy)) return { verdict: gates, policy: undefined };
  const nodes = gates.tree.children ?? [];
  const said = evaluatePolicy(policy, { ...facts, risk: riskOf(nodes), gates: nodes.map(({ rule, effect }) => ({ rule, effect })) }, options);
  const lifted = nodes.map((node) => liftedNode(node, said.lifts));
  const children = [...lifted.map(({ node }) => node), said.tree];
  const effect = strictest(children.map((child) => child.effect));
  const speaking = children.filter((child) => child.effect === effect).map((child) => child.rule);
  const words = effect === 'allow' ? 'no gate objects' : `${speaking.join(', ')} ${speaking.length === 1 ? 'says' : 'say'} ${effect}`;
  return {
    verdict: { effect, tree: { ...gates.tree, effect, words, children } },
    policy: { ...said.outcome, lifted: lifted.flatMap(({ node, by }) => (by === undefined ? [] : [{ gate: node.rule, by }])) },
  };
}

/** The level that the risk gate gave, for rules that ask for it. */
function riskOf(nodes: readonly VerdictNode[]): PolicyFacts['risk'] {
  const values = nodes.find((node) => node.rule === 'risk')?.values;
  const level = RiskLevel.safeParse(values?.['level']);
  const score = values?.['score'];
  return level.success && typeof score === 'number' ? { level: level.data, score } : undefined;
}

/** What the gates said, as facts that rules may ask about; the risk among them, when it was scored. */
export function gateFacts(nodes: readonly VerdictNode[]): Pick<PolicyFacts, 'gates' | 'risk'> {
  const values = nodes.find(({ rule }) => rule === 'risk')?.values;
  const level = RiskLevel.safeParse(values?.['level']);
  const score = values?.['score'];
  return {
    gates: nodes.map(({ rule, effect }) => ({ rule, effect })),
    ...(level.success && typeof score === 'number' ? { risk: { level: level.data, score } } : {}),
  };
}

function liftedNode(node: VerdictNode, wishes: readonly LiftWish[]): { readonly node: VerdictNode; readonly by?: string } {
  const wish = node.effect === 'hold' && node.liftable === true ? wishes.find(({ gate }) => gate === node.rule) : undefined;
  if (wish === undefined) return { node };
  return { by: wish.by, node: { ...node, effect: 'allow', words: `${node.words}; lifted by the rule ${wish.by}` } };
}
