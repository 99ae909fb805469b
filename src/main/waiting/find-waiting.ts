import { rm } from 'node:fs/promises';
import path from 'node:path';
import { claimName } from '../../admission/claim-name.js';
import type { Fault } from '../../domain/fault.js';
import type { TicketRef } from '../../domain/ticket.js';
import { mayBeginWork, type RunRequest } from '../../domain/request.js';
import { noteTicket } from '../../delivery/notes.js';
import { ok, err, type Result } from '../../kit/result.js';
import type { Forge } from '../../ports/forge.js';
import type { StoredWait, WaitingStore } from '../../ports/waiting-store.js';
import { systemClock, systemIds } from '../clock.js';
import { EXIT } from '../exit-code.js';
import { createLedger } from '../ledgers.js';
import { scratchOf } from '../prepare.js';
import { faultProblem, type Problem } from '../problem.js';
import type { Ignored } from '../request-of.js';
import type { RunResult } from '../run-to-rest.js';
import { createTracker, trackerPlace } from '../trackers.js';
import { goOnWaiting, type GoOn } from './go-on-waiting.js';
import { openWaiting, type OpenedWait } from './open-waiting.js';

/** A run of the split that waits with its work done: the deliver job goes on with it, which alone can deliver. */
export interface HandedOn { readonly resume: string; readonly base: string; readonly words: string }

/**
 * The first thing a job does about a ticket: whether a run of it waits. Then what was done is about that run. Answers nothing when a
 * new run may begin: there is none, or the one that was there had ended, or is not believed.
 */
export async function goOnIfWaiting(input: GoOn & { readonly request: RunRequest }): Promise<Result<RunResult | Ignored | HandedOn | undefined, Problem>> {
  const stored = await waitOf(input.made, input.request.ticket);
  if (!stored.ok || stored.value === undefined) return stored.ok ? ok(undefined) : stored;
  return goOnWith(input, stored.value, { anew: mayBeginWork(input.request.trigger) });
}

/** The wait of a ticket. A forge without a store has none. */
export async function waitOf(forge: Forge, ticket: TicketRef): Promise<Result<StoredWait | undefined, Problem>> {
  const stored = await forge.waiting?.get(claimName(ticket));
  if (stored === undefined) return ok(undefined);
  return stored.ok ? ok(stored.value) : err(faultProblem(stored.error));
}

/** `anew`: when the run that waits is over, or not believed, a new one may begin in its place. */
export async function goOnWith(input: GoOn, stored: StoredWait, { anew }: { readonly anew: boolean }): Promise<Result<RunResult | Ignored | HandedOn | undefined, Problem>> {
  const { made } = input;
  if (made.waiting === undefined) return ok(undefined);
  const looked = await openBesideLedger(input, stored, made.waiting);
  if (!looked.ok) return looked;
  const opened = looked.value;
  if (!opened.ok) {
    // Another job took it away between the two looks: then this one begins or has nothing to do, as without it.
    if (opened.error.kind === 'fault') return opened.error.fault.code === 'not-found' ? ok(undefined) : err(faultProblem(opened.error.fault));
    return disbelieved(input, stored, { words: `${opened.error.refusal.code}: ${opened.error.refusal.words}`, anew });
  }
  if (input.phase === 'admit' && opened.value.state.kind === 'waiting') return ok(handedOn(opened.value));
  if (anew && systemClock.now() > stored.entry.expiresAt) {
    // Nobody answered in time, and now somebody asks anew: the old run ends in a folder of its own, and a new one begins.
    const ended = await goOnWaiting({ ...input, phase: undefined, request: undefined, answer: undefined, folder: path.join(input.folder, `expired-${stored.entry.run}`) }, opened.value);
    return !ended.ok || 'ignored' in ended.value ? ended : ok(undefined);
  }
  const phase = input.phase ?? (stored.entry.phase === 'deliver' ? 'deliver' : undefined);
  return goOnWaiting({ ...input, phase }, opened.value);
}

/** The ledger of today's policy: what a pack says about its own would be the forger's word. */
async function openBesideLedger({ now, invocation, progress, forge, phase }: GoOn, stored: StoredWait, store: WaitingStore): Promise<Result<Awaited<ReturnType<typeof openWaiting>>, Problem>> {
  const scratch = `${scratchOf(stored.entry.run)}-${systemIds.hex(4)}`;
  try {
    const ledger = await createLedger({ config: now.loaded.config.ledger, invocation, forge, phase, scratch });
    // A ledger that nobody asked for by name may be one that cannot be reached from here at all.
    const withoutLedger = now.loaded.config.ledger.store === 'auto' ? (fault: Fault): void => { progress.say(`The waiting run is not compared with the ledger: ${fault.message}`); } : undefined;
    return ledger.ok ? ok(await openWaiting(stored, { store, ledger: ledger.value, withoutLedger })) : ledger;
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

function handedOn({ stored, state }: OpenedWait): HandedOn {
  if (state.kind !== 'waiting') throw new Error('a run without work was handed to the deliver job');
  return { resume: stored.entry.run, base: state.order.base.commit, words: 'A run of this ticket waits with its work done: the deliver job goes on with it.' };
}

/** A pack that is not believed is never gone on with. Whoever may begin work begins anew, through the whole of admission; anybody else is told. */
async function disbelieved(input: GoOn, stored: StoredWait, why: { readonly words: string; readonly anew: boolean }): Promise<Result<Ignored | undefined, Problem>> {
  const { made, progress, invocation } = input;
  const { entry, name, version } = stored;
  const words = `What is kept of the waiting run ${entry.run} is not believed (${why.words}).`;
  if (why.anew) {
    progress.say(`${words} It is taken away, and a new run begins.`);
    await made.waiting?.remove(name, version);
    await made.claims.release(name, entry.run);
    return ok(undefined);
  }
  const next = 'Somebody with write permission starts the ticket again: a new comment with the line `/heddle run`.';
  const tracker = await createTracker(entry.ticket, trackerPlace(invocation, { ticketRoot: invocation.cwd, commentsFolder: `${input.folder}/comments`, origin: input.checkout.facts.origin }));
  if (tracker.ok) await noteTicket(tracker.value, entry.ticket, { markdown: `**Heddle did not go on.** ${words}\n\n**What to do:** ${next}\n` });
  return err({ exit: EXIT.usage, message: `${words} ${next}` });
}
