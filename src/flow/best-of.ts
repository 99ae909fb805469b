import { bestCandidate } from '../attempt/plan-repair.js';
import type { RunFactOf } from './event.js';
import { historyOf } from './history.js';
import type { RunState } from './state.js';

/** The candidate worth keeping, for every ending: paid work is never lost. */
export function bestOf(state: RunState): { best?: { attempt: number; tree: RunFactOf<'packet-sealed'>['tree'] } } {
  if (!('attempts' in state)) return {};
  const best = bestCandidate(historyOf(state));
  return best === undefined ? {} : { best };
}
