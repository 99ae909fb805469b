import type { PolicyBudget } from '../domain/policy-outcome.js';
import type { CompiledPolicy, CompiledRule } from './compile.js';
import { evaluatePolicy } from './evaluate.js';
import type { FileFact, PolicyFacts } from './facts.js';
import type { Match } from './rule-schema.js';

/** What the rules of the team bind a run to before it begins. */
export interface AdmissionBounds {
  readonly budget: PolicyBudget;
  readonly workflow?: string | undefined;
  /** The rules that say so, as the verdict tree names them. */
  readonly rules: readonly string[];
}

export type TicketKnown = Pick<PolicyFacts, 'ticket' | 'requester' | 'agent' | 'model'>;

/**
 * Budget and workflow of the rules that can be decided before there is a change: those that ask for nothing but the ticket, who
 * asked, and agent and model. A rule about files, risk or gates is not guessed at; it speaks when the candidate is judged. Pure.
 */
export function boundsAtAdmission(policy: CompiledPolicy, known: TicketKnown): AdmissionBounds {
  const layers = policy.layers.map((layer) => ({ ...layer, rules: layer.rules.filter(bindsEarly) }));
  const { outcome } = evaluatePolicy({ ...policy, layers }, { ...known, change: { files: [ANY_FILE], bytes: 0 }, approvers: [], stops: [], gates: [], checks: [], overrides: [] });
  return { budget: outcome.budget, ...(outcome.workflow === undefined ? {} : { workflow: outcome.workflow }), rules: outcome.matched };
}

/** Stands for whatever will change: the rules that are asked look at no file, and a change of none has no rule. */
const ANY_FILE: FileFact = { path: 'any', changes: ['modified'], kinds: ['other'], additions: 0, deletions: 0, oldMode: '100644', newMode: '100644', services: [], tiers: [], data: [], owners: [] };

const KNOWN: ReadonlySet<string> = new Set(['labels', 'source', 'agent', 'model', 'files']);
const LATER = /\b(?:change|risk|gates|checks|tests|attempts|stops|approvers)\b/;

function bindsEarly({ rule }: CompiledRule): boolean {
  if (rule.budget === undefined && rule.workflow === undefined) return false;
  return (rule.match === undefined || asksEarly(rule.match)) && !(rule.when !== undefined && LATER.test(rule.when));
}

function asksEarly(match: Match): boolean {
  return Object.entries(match).every(([key, value]) => {
    if (value === undefined) return true;
    if (key === 'all' || key === 'any') return (value as readonly Match[]).every(asksEarly);
    return key === 'not' ? asksEarly(value as Match) : KNOWN.has(key);
  });
}
