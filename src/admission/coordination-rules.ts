import { capRules } from './caps.js';
import type { CoordinationFacts, Known } from './coordination.js';
import { nearDuplicateRule } from './near-duplicate.js';
import { overlapRule } from './overlap.js';
import { lifted, type RuleAnswer } from './rule.js';

/**
 * All rules about the work of others, for one atomic step over the newest rows: the answers in order, grants applied. Pure.
 * Who is let through must have its scope in its row in that very step; who waits has none there (see `holdsLease`).
 */
export function coordinationRules(known: Known, facts: CoordinationFacts): readonly RuleAnswer[] {
  return [...capRules(known.rows, facts), nearDuplicateRule(known.rows, facts), ...overlapRule(known, facts)].map((answer) => lifted(answer, facts.grants));
}
