import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Instant } from '../domain/ids.js';
import type { Clock, Ids } from '../ports/clock.js';

export const systemClock: Clock = {
  now: () => Instant.parse(new Date().toISOString()),
  monotonicMs: () => performance.now(),
};

export const systemIds: Ids = { hex: (bytes) => randomBytes(bytes).toString('hex') };

/** Waits, unless the run is cancelled first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
