import { addUsage, NO_USAGE, type ModelUsage } from '../domain/usage.js';
import type { Work } from './state.js';

/** What the run has used so far: opinions before the order, and all attempts. */
export function spentBy(work: Pick<Work, 'attempts' | 'advice'>): ModelUsage {
  return work.attempts.reduce((sum, record) => addUsage(sum, record.usage), work.advice ?? NO_USAGE);
}
