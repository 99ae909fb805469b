import type { PolicyBudget, PolicyOutcome, RequiredApproval } from '../domain/policy-outcome.js';
import type { VerdictEffect } from '../domain/verdict.js';
import type { CompiledLayer, CompiledPolicy } from './compile.js';
import type { JudgedRule } from './judged-rule.js';
import type { Rule } from './rule-schema.js';

/** A rule's wish that a built-in hold be lifted. */
export interface LiftWish { readonly gate: string; readonly by: string }

interface Decided { readonly effect: VerdictEffect; readonly decidedBy: string; readonly layers: readonly CompiledLayer[]; readonly sources: CompiledPolicy['sources'] }

/**
 * What the matched rules want beside the verdict. Labels, reviewers and approvals of all of them add up; of several budgets the
 * smallest counts; of several workflows the first, and a floor's rules come before all others.
 */
export function outcomeOf(rules: readonly JudgedRule[], decided: Decided): { readonly outcome: PolicyOutcome; readonly lifts: readonly LiftWish[] } {
  const matched = rules.filter(({ status }) => status === 'matched');
  const reviewers = matched.flatMap(({ compiled }) => compiled.rule.reviewers ?? []);
  const workflow = matched.find(({ compiled }) => compiled.rule.workflow !== undefined)?.compiled.rule.workflow;
  return {
    lifts: liftsOf(matched, decided.layers),
    outcome: {
      effect: decided.effect, decidedBy: decided.decidedBy, matched: matched.map(({ compiled }) => compiled.name),
      labels: distinct(matched.flatMap(({ compiled }) => compiled.rule.labels)),
      reviewers: { users: distinct(reviewers.flatMap(({ users }) => users)), teams: distinct(reviewers.flatMap(({ teams }) => teams)), owners: reviewers.some(({ owners }) => owners) },
      approvals: rules.filter(({ effect }) => effect === 'hold').map(approvalOf), budget: budgetOf(matched.flatMap(({ compiled }) => compiled.rule.budget ?? [])),
      ...(workflow === undefined ? {} : { workflow }), lifted: [], sources: decided.sources.map((source) => ({ ...source })),
    },
  };
}

/** Where there are floors, a hold is lifted only when every floor but the rule's own names it as liftable. */
function liftsOf(matched: readonly JudgedRule[], layers: readonly CompiledLayer[]): readonly LiftWish[] {
  const floors = layers.filter(({ kind }) => kind === 'floor');
  const wishes = matched.flatMap(({ compiled, layer }) => compiled.rule.lifts.map((gate) => ({ gate, by: compiled.name, layer })));
  return wishes.filter(({ gate, layer }) => floors.every((floor) => floor === layer || floor.mayLift.includes(gate))).map(({ gate, by }) => ({ gate, by }));
}

/** How many yeses a rule wants, and of whom. Without `require` nobody asked for two pairs of eyes: whoever may approve is enough. */
function approvalOf({ compiled: { rule, name } }: JudgedRule): RequiredApproval {
  const wanted = rule.require;
  return { rule: name, count: wanted?.count ?? 1, roles: wanted?.roles ?? [], teams: wanted?.teams ?? [], users: wanted?.users ?? [], notRequester: wanted?.not_requester ?? false };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function budgetOf(budgets: readonly NonNullable<Rule['budget']>[]): PolicyBudget {
  const smallest = (of: (budget: NonNullable<Rule['budget']>) => number | undefined): number | undefined => {
    const given = budgets.flatMap((budget) => of(budget) ?? []);
    return given.length === 0 ? undefined : Math.min(...given);
  };
  const runTimeMs = smallest(({ run_time: time }) => (time === undefined ? undefined : Number.parseInt(time, 10) * (UNIT_MS[time.replace(/^\d+/, '')] ?? 1)));
  const [attempts, costUsd, tokens] = [smallest((budget) => budget.attempts), smallest((budget) => budget.cost_usd), smallest((budget) => budget.tokens)];
  return { ...(attempts === undefined ? {} : { attempts }), ...(costUsd === undefined ? {} : { costUsd }), ...(tokens === undefined ? {} : { tokens }), ...(runTimeMs === undefined ? {} : { runTimeMs }) };
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}
