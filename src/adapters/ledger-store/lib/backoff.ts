/** How long a writer that was too late stays away, so that rivals do not meet again: a random time in a window that doubles. */
export function backoffMs(losses: number, tripMs: number, random: () => number): number {
  const window = Math.min(WINDOW_MS_MAX, Math.max(TRIP_MS_MIN, tripMs) * RIVALS * 2 ** (losses - 1));
  return Math.floor(random() * window);
}

/** Room for this many writers that start at the same moment, each with one round of its own. */
const RIVALS = 8;
const TRIP_MS_MIN = 5;
const WINDOW_MS_MAX = 20_000;
