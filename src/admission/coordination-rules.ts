import { capRules } from './caps.js';
import type { CoordinationFacts, Rows } from './coordination.js';
import { nearDuplicateRule } from './near-duplicate.js';
import { overlapRule } from './overlap.js';
import { lifted, type RuleAnswer } from './rule.js';

/**
 * All rules about the work of others, for one atomic step over the newest rows: the answers in order, grants applied. Pure.
 * Who is let through must have its scope in its row in that very step; who waits has none there (see `holdsLease`).
 */
export function coordinationRules(rows: Rows, facts: CoordinationFacts): readonly RuleAnswer[] {
  return [...capRules(rows, facts), nearDuplicateRule(rows, facts), ...overlapRule(rows, facts)].map((answer) => lifted(answer, facts.grants));
}
