import type { Configuration } from '../config/configuration.js';
import type { Assignment } from '../domain/assignment.js';
import { durationMs } from '../config/duration.js';
import type { PolicyBudget } from '../domain/policy-outcome.js';
import type { AdmissionBounds } from '../policy/bounds-at-admission.js';
import type { RouteDecision } from '../domain/route.js';
import type { Snapshot } from '../domain/ticket.js';
import type { VerdictNode } from '../domain/verdict.js';
import { readDirectives, type DirectiveProblem, type ReadDirectives } from './directives/read-directives.js';
import { resolveDirectives, type PathKind } from './directives/resolve-directives.js';
import { readText } from './readiness/read-text.js';
import type { Component } from './routing/catalogue.js';
import { chooseTarget, withTarget } from './routing/choose-target.js';
import { repositoryNamed, routeTicket } from './routing/route-ticket.js';
import type { RuleAnswer } from './rule.js';

export interface PlacingFacts {
  readonly here: string;
  readonly sentHere: boolean;
  readonly snapshot: Snapshot;
  readonly config: Configuration;
  readonly components: readonly Component[];
  readonly kindOf: PathKind;
  /** What the rules of the team bind the run to. */
  readonly bounds?: AdmissionBounds | undefined;
}

/** Where the work belongs and what it is bound to. With problems nothing of the block counts, and nothing is admitted. */
export interface Placing {
  readonly decision: RouteDecision;
  readonly problems: readonly DirectiveProblem[];
  readonly config: Configuration;
  /** The branch that a directive chose. */
  readonly base: string | undefined;
  readonly assignment: Assignment | undefined;
  readonly bounds?: AdmissionBounds | undefined;
}

/** Reads directives, finds the repository and the sub-project, and applies both to the configuration. Pure and total. */
export function placeTicket(facts: PlacingFacts): Placing {
  const { snapshot, config, here } = facts;
  const read = readDirectives(snapshot.directives);
  const directives = read.ok ? read.value : undefined;
  const routed = routeTicket({ ...facts, directives, routing: config.routing });
  const text = Object.keys(config.targets).length === 0 ? undefined : readText(snapshot);
  const chosen = chooseTarget({ targets: config.targets, labels: snapshot.labels, directives, named: text?.names ?? [], exists: (path) => facts.kindOf(path) !== undefined });
  const target = chosen.ok ? chosen.value : { target: undefined, because: '', candidates: [] };
  const decision = decided(routed, target, here);
  const targeted = withTarget(config, decision.target);
  const foreign = directives === undefined || facts.sentHere ? [] : foreignRepository(directives, { here, routing: config.routing });
  const resolved = resolveDirectives(directives, { config: targeted, target: decision.target, kindOf: facts.kindOf, workflow: facts.bounds?.workflow });
  // A ticket of another repository names folders and files of that one: they are judged there.
  const elsewhere = decision.outcome === 'elsewhere';
  const problems = [...(read.ok ? [] : read.error), ...foreign, ...(elsewhere || chosen.ok ? [] : chosen.error), ...(elsewhere || resolved.ok ? [] : resolved.error)];
  if (problems.length > 0 || !resolved.ok) return { decision, problems, config, base: undefined, assignment: undefined };
  const { bounds } = facts;
  const bound = bounds !== undefined && bounds.rules.length > 0;
  return { decision, problems, ...resolved.value, ...(bound ? { bounds, config: { ...resolved.value.config, limits: tightened(resolved.value.config.limits, bounds.budget) } } : {}) };
}

/** A budget of a rule is an upper end: nothing that the ticket asks for goes beyond it, and it raises nothing. */
function tightened(limits: Configuration['limits'], budget: PolicyBudget): Configuration['limits'] {
  const time = budget.runTimeMs !== undefined && budget.runTimeMs < durationMs(limits.run_time) ? `${budget.runTimeMs}ms` : limits.run_time;
  return { ...limits, run_time: time, attempts: Math.min(limits.attempts, budget.attempts ?? Infinity), cost_usd: Math.min(limits.cost_usd, budget.costUsd ?? Infinity), tokens: Math.min(limits.tokens, budget.tokens ?? Infinity) };
}

/** What the rules of the team bound, for whoever reads the order. It stops nothing. */
export function boundsRule({ placing }: { readonly placing?: PlacingFact | undefined }): RuleAnswer | undefined {
  const bounds = placing?.bounds;
  if (bounds === undefined) return undefined;
  const { budget, workflow, rules } = bounds;
  const parts = [
    ...(budget.attempts === undefined ? [] : [`at most ${budget.attempts} attempts`]), ...(budget.costUsd === undefined ? [] : [`at most $${budget.costUsd}`]),
    ...(budget.tokens === undefined ? [] : [`at most ${budget.tokens} tokens`]), ...(budget.runTimeMs === undefined ? [] : [`at most ${Math.round(budget.runTimeMs / 1000)} s`]), ...(workflow === undefined ? [] : [`workflow ${workflow}`]),
  ];
  return { node: node('allow', 'policy-bounds', `rules of the team bind this run: ${parts.join(', ')}`, { rules }) };
}

function decided(routed: ReturnType<typeof routeTicket>, target: { readonly target: string | undefined; readonly because: string; readonly candidates: readonly string[] }, here: string): RouteDecision {
  if (routed.outcome !== 'here') return { ...routed, dispatched: false };
  if (target.candidates.length > 0) return { outcome: 'unroutable', repository: here, candidates: target.candidates.slice(0, 50), because: target.because, dispatched: false };
  if (target.target === undefined) return { ...routed, dispatched: false };
  return { ...routed, target: target.target, because: `${routed.because}; the target by ${target.because}`, dispatched: false };
}

function foreignRepository(read: ReadDirectives, about: { readonly here: string; readonly routing: Configuration['routing'] }): readonly DirectiveProblem[] {
  const wanted = read.directives.repository;
  if (wanted === undefined || repositoryNamed(wanted, about) !== undefined) return [];
  return [{ line: read.lineOf(['repository']), words: `repository: ${JSON.stringify(wanted.slice(0, 100))} is not allowed here. Allowed are: ${['here', ...Object.keys(about.routing.aliases)].slice(0, 20).join(', ')}.` }];
}

export type PlacingFact = Pick<Placing, 'decision' | 'problems' | 'bounds'>;

/** The rule about the ticket's block: what it asks for must be readable and allowed. */
export function directivesRule({ placing }: { readonly placing?: PlacingFact | undefined }): RuleAnswer | undefined {
  if (placing === undefined) return undefined;
  const { problems } = placing;
  if (problems.length === 0) return { node: node('allow', 'directives', 'the ticket has no block, or one that can be followed') };
  return { node: node('deny', 'directives', 'the heddle block of the ticket cannot be followed', { problems: problems.map(problemText) }), code: 'directive-invalid' };
}

/** The rule about the place: the ticket belongs to this repository, and to one sub-project at most. */
export function routedRule({ placing }: { readonly placing?: PlacingFact | undefined }): RuleAnswer | undefined {
  if (placing === undefined) return undefined;
  const { decision } = placing;
  const values = { ...(decision.repository === undefined ? {} : { repository: decision.repository }), ...(decision.target === undefined ? {} : { target: decision.target }), because: decision.because, candidates: decision.candidates };
  switch (decision.outcome) {
    case 'here': return { node: node('allow', 'routed', 'the ticket belongs to this repository', values) };
    case 'elsewhere': return { node: node('deny', 'routed', 'the ticket belongs to another repository', values), code: 'routed-elsewhere' };
    case 'unroutable': return { node: node('deny', 'routed', 'it cannot be told where the ticket belongs', values), code: 'unroutable' };
  }
}

/** `line 3 of the block: unknown key ...`. Foreign text: it is shown through a renderer. */
export function problemText({ line, words }: DirectiveProblem): string {
  return `line ${line} of the block: ${words}`;
}

function node(effect: VerdictNode['effect'], rule: string, words: string, values?: VerdictNode['values']): VerdictNode {
  return { rule, effect, words, ...(values === undefined ? {} : { values }) };
}
