import type { PolicyOutcome } from '../domain/policy-outcome.js';
import { strictest, type VerdictEffect, type VerdictNode, type VerdictStatus } from '../domain/verdict.js';
import type { CompiledLayer, CompiledPolicy, CompiledRule } from './compile.js';
import type { ConditionNode, Prepared } from './conditions.js';
import type { PolicyFacts } from './facts.js';
import type { JudgedRule } from './judged-rule.js';
import { outcomeOf, type LiftWish } from './outcome.js';
import { spellPaths } from './services.js';

/** What a policy says about one set of facts: the verdict with its evidence, and everything else its rules want. */
export interface PolicyVerdict {
  readonly effect: VerdictEffect;
  readonly tree: VerdictNode;
  readonly outcome: PolicyOutcome;
  /** Built-in holds that may be lifted, where the gate agrees. */
  readonly lifts: readonly LiftWish[];
}

/** `whole` keeps the evidence of rules that did not match as well; the trail keeps what mattered. */
export interface EvaluateOptions { readonly whole?: boolean }

/**
 * Asks every rule of every layer. Pure, total and deterministic: the same policy and facts give the same verdict, and there is
 * one for all facts.
 *
 * 1. A rule matches when its `match` and its `when` are true. What needs a fact that is not known is `unknown`: a rule that denies
 *    or holds then holds, any other is silent. An expression that cannot be evaluated makes the verdict `error`, whatever the rule.
 * 2. Within a layer error beats deny beats hold beats allow; the order of the rules decides nothing here. The default stands when
 *    no rule with an effect matched.
 * 3. The layers' verdicts are joined in the same way, so that no layer can loosen another.
 */
export function evaluatePolicy(policy: CompiledPolicy, facts: PolicyFacts, options: EvaluateOptions = {}): PolicyVerdict {
  const paths = spellPaths(facts);
  const judged = policy.layers.map((layer) => judgeLayer(layer, layer.services(facts, paths), options));
  const effect = strictest(judged.map((layer) => layer.effect));
  const deciding = judged.find((layer) => layer.effect === effect && layer.decidedBy !== DEFAULT) ?? judged.find((layer) => layer.effect === effect);
  const decidedBy = deciding?.decidedBy ?? DEFAULT;
  const main = judged.find(({ layer }) => layer.kind === 'policy');
  const floors = judged.filter(({ layer }) => layer.kind === 'floor');
  const decidingRule = deciding?.rules.find(({ compiled }) => compiled.name === decidedBy);
  const children = [...floors.map((floor): VerdictNode => ({ rule: `floor ${floor.layer.name}`, effect: floor.effect, words: floor.words, children: nodesOf(floor.rules, options) })), ...nodesOf(main?.rules ?? [], options)];
  const tree: VerdictNode = {
    rule: 'policy', effect, words: decidingRule === undefined ? deciding?.words ?? 'there are no rules' : `${decidedBy}: ${decidingRule.node.words}`,
    values: { decided_by: decidedBy, rules: judged.reduce((sum, { rules }) => sum + rules.length, 0) }, children,
  };
  const rules = judged.flatMap((layer) => layer.rules);
  const { outcome, lifts } = outcomeOf(rules, { effect, decidedBy, layers: policy.layers, sources: policy.sources });
  return { effect, tree, outcome, lifts };
}

const DEFAULT = 'default';

interface JudgedLayer { readonly layer: CompiledLayer; readonly effect: VerdictEffect; readonly decidedBy: string; readonly words: string; readonly rules: readonly JudgedRule[] }

function judgeLayer(layer: CompiledLayer, prepared: Prepared, options: EvaluateOptions): JudgedLayer {
  const rules = layer.rules.map((rule) => judgeRule(rule, layer, prepared, options));
  const effects = rules.flatMap((rule) => (rule.effect === undefined ? [] : [rule.effect]));
  // A rule that cannot be decided asks for a person, and does not stand in for the default, which may be stricter.
  const decided = rules.some((rule) => rule.effect !== undefined && rule.status !== 'unknown');
  const effect = strictest(decided ? effects : [...effects, layer.default]);
  const by = rules.find((rule) => rule.effect === effect)?.compiled.name ?? DEFAULT;
  const none = `no rule with an effect applies; the default of ${layer.kind === 'floor' ? `the floor ${layer.name}` : 'the policy'} is ${layer.default}`;
  return { layer, rules, effect, decidedBy: by, words: by === DEFAULT ? none : `${by} says ${effect}` };
}

function judgeRule(compiled: CompiledRule, layer: CompiledLayer, prepared: Prepared, options: EvaluateOptions): JudgedRule {
  const { rule, name } = compiled;
  const base = { compiled, layer, overridden: false };
  if (compiled.off) return { ...base, status: 'off', effect: undefined, node: { rule: name, effect: 'allow', status: 'off', words: 'switched off by `disable`' } };
  const parts = askConditions(compiled, prepared);
  const status = statusOf(parts);
  const said = wordsOf(rule.message ?? rule.description, parts);
  const node = (effect: VerdictEffect, words: string): VerdictNode => ({ rule: name, effect, status, words, ...(status === 'not-matched' && options.whole !== true ? {} : { children: parts }) });
  switch (status) {
    case 'failed': return { ...base, status, effect: 'error', node: node('error', parts.find((part) => part.status === 'failed')?.words ?? '') };
    case 'unknown': {
      const words = `cannot be decided: ${parts.filter((part) => part.status === 'unknown').map((part) => part.words).join('; ')}`;
      if (rule.effect !== 'deny' && rule.effect !== 'hold') return { ...base, status, effect: undefined, node: node('allow', words) };
      return liftedOr({ ...base, status, effect: 'hold', node: node('hold', words) }, prepared);
    }
    case 'matched': return liftedOr({ ...base, status, effect: rule.effect, node: node(rule.effect ?? 'allow', said) }, prepared);
    default: return { ...base, status, effect: undefined, node: node('allow', parts.filter((part) => part.status === 'not-matched').map((part) => part.words).join('; ') || 'does not match') };
  }
}

/** A condition that does not hold spares the expression; an unknown one does not, since an error in it must be seen. */
function askConditions({ rule, match, when }: CompiledRule, prepared: Prepared): readonly ConditionNode[] {
  if (when !== undefined && rule.match === undefined) return [when(prepared)];
  const matched = match(prepared);
  if (when === undefined) return [matched];
  return matched.status === 'not-matched' ? [matched] : [matched, when(prepared)];
}

function statusOf(parts: readonly ConditionNode[]): VerdictStatus {
  return (['failed', 'not-matched', 'unknown'] as const).find((status) => parts.some((part) => part.status === status)) ?? 'matched';
}

function wordsOf(message: string | undefined, parts: readonly ConditionNode[]): string {
  return message ?? parts.map((part) => part.words).filter((words) => words !== '').join('; ');
}

/** An authorised person may lift a hold for one run; a deny never, and a floor's hold only where its rule says so. */
function liftedOr(judged: JudgedRule, { facts }: Prepared): JudgedRule {
  const { compiled, layer, effect, node } = judged;
  if (effect !== 'hold' || !facts.overrides.includes(compiled.name) || !(compiled.rule.overridable ?? layer.kind === 'policy')) return judged;
  return { ...judged, effect: 'allow', overridden: true, node: { ...node, effect: 'allow', words: `lifted by an authorised person; it said: ${node.words}` } };
}

function nodesOf(rules: readonly JudgedRule[], options: EvaluateOptions): readonly VerdictNode[] {
  return rules.map((rule) => (rule.status === 'not-matched' && options.whole !== true ? { ...rule.node, words: rule.node.words.slice(0, 300) } : rule.node));
}
