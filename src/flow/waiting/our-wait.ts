import type { StoredWait } from '../../ports/waiting-store.js';
import type { Trail } from '../trail.js';

/** What is stored is this run in an earlier state: the last line there is a line of this trail. */
export function ourWait(trail: Pick<Trail, 'run' | 'events' | 'head'>, stored: StoredWait): boolean {
  const { run, head } = stored.entry;
  return run === trail.run && (head === trail.head || trail.events.some((event) => event.previous === head));
}
