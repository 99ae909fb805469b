import { type Rung, rungAtLeast } from '../domain/rung.js';
import type { VerdictNode } from '../domain/verdict.js';
import type { ProvedRung } from '../ports/sandbox.js';

/** Names what this runner lacks for every rung that would have been enough, and the fix of each. */
export function tooWeak(proved: ProvedRung, wanted: Rung): VerdictNode {
  const refused = proved.refused.filter(({ rung }) => rungAtLeast(rung, wanted)).map(({ rung, form, why, fix }) => `${rung}${form === 'any' ? '' : ` (${form})`}: ${why} ${fix}`);
  return { rule: 'sandbox', effect: 'deny', words: `This runner reaches the isolation level ${proved.rung}; sandbox.min_rung wants ${wanted}. ${refused.join(' ')}`.trim(), values: { reached: proved.rung, wanted, refused } };
}
