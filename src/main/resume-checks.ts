import { z } from 'zod';
import { claimName } from '../admission/claim-name.js';
import { digestOfJson } from '../domain/digest.js';
import { Instant } from '../domain/ids.js';
import type { Order } from '../domain/order.js';
import type { RunDocument } from '../flow/documents.js';
import type { RunEvent } from '../flow/event.js';
import type { Trail } from '../flow/trail.js';
import { ourWait } from '../flow/waiting/our-wait.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Evidence } from '../ports/evidence.js';
import type { ClaimStore } from '../ports/forge.js';
import type { WaitingStore } from '../ports/waiting-store.js';
import { EXIT } from './exit-code.js';
import { faultProblem, usageProblem, type Problem } from './problem.js';

/**
 * What the files of a run folder say about one another must be one story: scratch folder, base and leftover processes are
 * found by `run.json`, all else by the trail. This finds a mixed-up or half-forged folder, not one that was forged as a
 * whole: a trail has no signature (see SECURITY.md).
 */
export function oneStory(record: RunDocument, events: readonly RunEvent[]): Result<Order | undefined, Problem> {
  const wrong = (what: string): Result<never, Problem> => err(usageProblem(`The run folder contradicts itself: ${what}. It was changed or put together from two runs; start a new run.`));
  const [first] = events;
  if (first?.run !== record.run) return wrong(`run.json is of run ${record.run}, the trail of ${first?.run ?? 'none'}`);
  const admitted = events.map((event) => event.fact).find((fact) => fact.type === 'admitted');
  if (admitted?.type !== 'admitted') return ok(undefined);
  const { order, orderDigest, snapshot } = admitted;
  if (digestOfJson(order) !== orderDigest) return wrong('the order does not have the digest that was recorded with it');
  if (order.run !== record.run) return wrong(`the order is of run ${order.run}`);
  if (order.snapshot !== snapshot.digest) return wrong('the order was given for another text of the ticket');
  const { base } = record.invocation;
  if (order.base.commit !== base.commit || order.base.branch !== base.branch) return wrong(`run.json stands on ${base.branch} at ${base.commit}, the order on ${order.base.branch} at ${order.base.commit}`);
  return ok(order);
}

/** A run that lay for longer than its claim may have been overtaken: it goes on only when it gets the ticket's claim (again). */
export async function claimAgain(order: Order, by: { readonly claims: ClaimStore; readonly holder: string; readonly claimMs: number; readonly now: Instant }): Promise<Result<void, Problem>> {
  const expiresAt = Instant.parse(new Date(Date.parse(by.now) + by.claimMs).toISOString());
  const claimed = await by.claims.claim(claimName(order.ticket), { run: order.run, holder: by.holder, expiresAt }, by.now);
  if (!claimed.ok) return err(faultProblem(claimed.error));
  if (claimed.value.kind === 'taken') return ok(undefined);
  const other = claimed.value.by;
  return err({ exit: EXIT.declined, message: `Run ${other.run} has taken the ticket ${order.ticket.key} over; its claim ends at ${other.expiresAt}. Two runs must not work on one ticket: let that one end, then resume or start anew.` });
}

const KeptWait = z.strictObject({ name: z.string(), version: z.string() });

/** A run that was put where any job finds it, and that one has gone on with: this folder is an old state of it. */
export async function goneElsewhere(trail: Pick<Trail, 'run' | 'events' | 'head'>, by: { readonly evidence: Evidence; readonly store: WaitingStore | undefined }): Promise<Result<void, Problem>> {
  const text = await by.evidence.readText('waiting.json');
  const kept = text === undefined ? undefined : KeptWait.safeParse(JSON.parse(text));
  if (kept?.success !== true || by.store === undefined) return ok(undefined);
  const stored = await by.store.get(kept.data.name);
  if (!stored.ok) return err(faultProblem(stored.error));
  if (stored.value !== undefined && ourWait(trail, stored.value)) return ok(undefined);
  return err({ exit: EXIT.declined, message: `Another job went on with the waiting run ${trail.run}: this folder is an old state of it. The comment at the ticket says where it stands${stored.value === undefined ? '; it does not wait any more' : ''}.` });
}
