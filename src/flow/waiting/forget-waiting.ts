import { claimName } from '../../admission/claim-name.js';
import type { Context } from '../context.js';
import { ourWait } from './our-wait.js';

/**
 * A run that waited has ended: nobody can go on with it. Answers what went wrong, in words; a pack that stays behind is harmless,
 * since whoever goes on with it repeats keyed writes, and the next job that looks ends it.
 */
export async function forgetWaiting({ ports, settings, trail }: Context): Promise<string | undefined> {
  const { waiting } = ports;
  const first = trail.events[0]?.fact;
  if (waiting === undefined || settings.dryRun || first?.type !== 'requested' || !trail.events.some(({ fact }) => fact.type === 'human-asked')) return undefined;
  const name = claimName(first.request.ticket);
  const stored = await waiting.get(name);
  if (!stored.ok) return `What is kept of the waiting run could not be looked at: ${stored.error.message}`;
  if (stored.value === undefined || !ourWait(trail, stored.value)) return undefined;
  const removed = await waiting.remove(name, stored.value.version);
  return removed.ok ? undefined : `What is kept of the waiting run could not be taken away: ${removed.error.message}`;
}
