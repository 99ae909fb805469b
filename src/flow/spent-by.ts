import { addUsage, NO_USAGE, type ModelUsage } from '../domain/usage.js';
import type { Work } from './state.js';

/** What the run has used so far, all attempts added. */
export function spentBy(work: Pick<Work, 'attempts'>): ModelUsage {
  return work.attempts.reduce((sum, record) => addUsage(sum, record.usage), NO_USAGE);
}
