import { claimName } from '../../admission/claim-name.js';
import type { Fault } from '../../domain/fault.js';
import type { Instant } from '../../domain/ids.js';
import { WaitingEntry } from '../../domain/waiting.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { StoredWait } from '../../ports/waiting-store.js';
import type { Context } from '../context.js';
import type { RunFactOf } from '../event.js';
import { tellTicket } from '../commands/tell-ticket.js';
import { bestOf } from '../best-of.js';
import { bundleCandidate } from '../keep-candidate.js';
import { ourWait } from './our-wait.js';
import { packFiles } from './pack.js';
import { promiseWait } from './promise-wait.js';

/**
 * A run that waits for a person leaves this machine: the ticket's claim is held until the wait ends, the run is put where any
 * later job finds it, and only then the ticket is told, so that nobody is asked a question whose answer would find nothing. All
 * of it may be repeated. Without a store (a trial without a forge folder) the run folder itself is what `heddle resume` takes.
 */
export async function keepWaiting(context: Context): Promise<Result<void, Fault>> {
  const { ports, settings, trail } = context;
  const asked = trail.events.map((event) => event.fact).findLast((fact) => fact.type === 'human-asked');
  const first = trail.events[0]?.fact;
  if (asked?.type !== 'human-asked' || first?.type !== 'requested') throw new Error('a run that asked nothing was about to wait');
  const { ticket } = first.request;
  if (!settings.dryRun && ports.waiting !== undefined) {
    const { state } = trail;
    const bundled = state.kind === 'waiting' ? await bundleCandidate(context, state, state.candidate) : ok(undefined);
    if (!bundled.ok) return bundled;
    const held = await holdTicket(context, asked.expiresAt);
    const put = held.ok ? await putRun(context, asked) : held;
    // Whoever was faster tells the ticket and keeps the claim: neither is ours to change any more.
    if (!put.ok && isOvertaken(put.error)) {
      await trail.append({ type: 'superseded', by: put.error.message, ...bestOf(state) });
      return ok(undefined);
    }
    if (!put.ok) return put;
  }
  await tellTicket(context, ticket, asked);
  return ok(undefined);
}

/** While a run waits its ticket stays claimed by it, whoever goes on with it: no other run can begin. */
export async function holdTicket({ ports, settings, trail, signal }: Pick<Context, 'ports' | 'settings' | 'trail' | 'signal'>, until: Instant | undefined): Promise<Result<void, Fault>> {
  const first = trail.events[0]?.fact;
  if (first?.type !== 'requested' || until === undefined) return ok(undefined);
  const claimed = await ports.claims.claim(claimName(first.request.ticket), { run: trail.run, holder: settings.holder, expiresAt: until }, ports.clock.now(), signal);
  if (!claimed.ok) return claimed;
  if (claimed.value.kind === 'taken') return ok(undefined);
  const { by } = claimed.value;
  return err({ code: 'conflict', side: 'theirs', retryable: false, source: 'flow/waiting', message: `Run ${by.run} has taken the ticket over; its claim ends at ${by.expiresAt}. This run cannot wait for an answer beside it.` });
}

async function putRun(context: Context, asked: RunFactOf<'human-asked'>): Promise<Result<void, Fault>> {
  const { ports, settings, trail, signal } = context;
  const { waiting } = ports;
  const first = trail.events[0];
  if (waiting === undefined || first?.fact.type !== 'requested' || trail.head === null) return ok(undefined);
  const { ticket } = first.fact.request;
  const name = claimName(ticket);
  const stored = await waiting.get(name, signal);
  if (!stored.ok) return stored;
  // What lies there is an earlier state of this very run, or nothing. A run that was overtaken must not bury the newer one.
  if (stored.value !== undefined && !ourWait(trail, stored.value)) return err(overtaken(stored.value));
  if (stored.value?.entry.head === trail.head) return ok(undefined);
  const { pack, digest } = await packFiles(ports.evidence);
  if (pack.length > waiting.bytesMax) return err({ code: 'rejected', side: 'setup', retryable: false, source: 'flow/waiting', message: `The run cannot wait: what a later job needs has ${pack.length} bytes, and at most ${waiting.bytesMax} can be kept. Lower limits.diff_kb or limits.file_mb, or answer on this machine with \`heddle resume\`.` });
  const entry = WaitingEntry.parse({
    version: 1, run: trail.run, ticket, since: trail.events.at(-1)?.at, expiresAt: asked.expiresAt ?? trail.events.at(-1)?.at,
    head: trail.head, digest, bytes: pack.length, ...(settings.phase === 'admit' || settings.phase === 'deliver' ? { phase: settings.phase } : {}),
  });
  await promiseWait(context, asked);
  const put = await waiting.put(name, { entry, pack, before: stored.value?.version }, signal);
  if (!put.ok) return put;
  // For whoever resumes from this very folder: when something else lies there by then, another job went on.
  await ports.evidence.writeJson('waiting.json', { name, version: put.value });
  return ok(undefined);
}

/** Our own words for it, or the store's. A conflict that may pass is only a crowd. */
function isOvertaken(fault: Fault): boolean {
  return fault.code === 'conflict' && !fault.retryable;
}

function overtaken({ entry }: StoredWait): Fault {
  return { code: 'conflict', side: 'theirs', retryable: false, source: 'flow/waiting', message: `Another job went on with the waiting run ${entry.run} of this ticket meanwhile. What this job did is in its evidence; the other one goes on.` };
}
