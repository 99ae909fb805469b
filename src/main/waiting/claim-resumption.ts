import { createHash } from 'node:crypto';
import type { Fault } from '../../domain/fault.js';
import { Instant, RunId } from '../../domain/ids.js';
import { ok, type Result } from '../../kit/result.js';
import type { ClaimStore } from '../../ports/forge.js';

export interface Resumption { release(): Promise<void> }

/**
 * The right to go on with one waiting run: of jobs that come at the same second exactly one gets it. The ticket's claim cannot say
 * it, since it is the run's own and both jobs come in its name; here the holder stands in the run's place. A job that dies with it
 * is overtaken when it ends, and its own re-run takes over at once.
 */
export async function claimResumption(claims: ClaimStore, wanted: { readonly run: RunId; readonly holder: string; readonly now: Instant; readonly forMs: number }): Promise<Result<Resumption | { readonly heldUntil: Instant }, Fault>> {
  const { run, holder, now, forMs } = wanted;
  const self = RunId.parse(createHash('sha256').update(holder).digest('hex').slice(0, 40));
  const name = `resume-${run}`;
  const claimed = await claims.claim(name, { run: self, holder, expiresAt: Instant.parse(new Date(Date.parse(now) + forMs).toISOString()) }, now);
  if (!claimed.ok) return claimed;
  if (claimed.value.kind === 'held') return ok({ heldUntil: claimed.value.by.expiresAt });
  return ok({ release: async () => { await claims.release(name, self); } });
}
