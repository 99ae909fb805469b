import { liftedNode } from '../domain/lifted-node.js';
import { strictest, type Verdict, type VerdictNode } from '../domain/verdict.js';
import type { Gate, GateInput } from './gate-facts.js';
import { GUARD_GATES } from './guard/guard-gates.js';
import { quality } from './quality/judge-quality.js';
import { riskNode } from './risk/risk-gate.js';
import type { RiskFacts } from './risk/risk-facts.js';
import { scoreRisk } from './risk/score-risk.js';
import { testReplay } from './tamper/replay-gate.js';
import { testTampering } from './tamper/tamper-gate.js';
import { binaries, disguised, hiddenText, links, notEmpty, size, submodules } from './rules/content-gates.js';
import { builtInProtected, configuredProtected, focusPaths, holdPaths, scope } from './rules/scope-gates.js';

export { TEXT_BYTES_MAX, type GateInput, type TextReader, type TextSide } from './gate-facts.js';
export type { QualityFacts, ReportFacts } from './quality/quality-facts.js';

/** In the order a reader wants them: what refuses, what asks, what is only told. */
const GATES: readonly Gate[] = [
  notEmpty, builtInProtected, configuredProtected, scope, submodules, links, size, hiddenText, holdPaths, binaries, disguised, ...GUARD_GATES, testTampering, testReplay, quality, focusPaths,
];

/**
 * All gates over the facts of one candidate: a tree with one node for each rule, also for those that had nothing to
 * say. It has no effects: all it reads comes from the input. The paths in `values` are foreign text; whoever shows them escapes them.
 */
export async function evaluateGates(input: GateInput): Promise<Verdict> {
  const children: VerdictNode[] = [];
  for (const gate of GATES) children.push(await gate(input));
  if (input.risk !== undefined) children.push(judgeRisk(input, input.risk, children));
  const lifted = children.map((child) => liftedNode(child, input.grants ?? []));
  const effect = strictest(lifted.map((child) => child.effect));
  const speaking = lifted.filter((child) => child.effect === effect).map((child) => child.rule);
  const words = effect === 'allow' ? 'no gate objects' : `${speaking.join(', ')} ${speaking.length === 1 ? 'says' : 'say'} ${effect}`;
  return { effect, tree: { rule: 'gates', effect, words, children: lifted } };
}

/** After the others: a gate that objects is a fact about the change as well. */
function judgeRisk({ config }: GateInput, facts: RiskFacts, nodes: readonly VerdictNode[]): VerdictNode {
  const { weights, levels, actions } = config.gates.risk;
  const speaking = nodes.filter((node) => node.effect !== 'allow').map((node) => node.rule);
  return riskNode(scoreRisk({ ...facts, speaking }, { weights, levels }), actions, config.delivery.review);
}

/** The paths that `gates.focus` puts first for the reviewer, from a recorded verdict. */
export function focusOf(verdict: Verdict): readonly string[] {
  const paths = verdict.tree.children?.find((child) => child.rule === 'focus-paths')?.values?.['paths'];
  return Array.isArray(paths) ? paths : [];
}
