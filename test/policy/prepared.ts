import type { Prepared } from '../../src/policy/conditions.js';
import type { PolicyFacts } from '../../src/policy/facts.js';
import { compileServices, spellPaths } from '../../src/policy/services.js';

/** The facts as a layer without services of its own sees them. */
export function prepared(facts: PolicyFacts): Prepared {
  return compileServices({})(facts, spellPaths(facts));
}
