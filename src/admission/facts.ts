import type { Configuration } from '../config/configuration.js';
import type { Actor, Permission } from '../domain/actor.js';
import type { Change } from '../domain/change.js';
import type { Fault } from '../domain/fault.js';
import type { Grant } from '../domain/grant.js';
import type { Instant } from '../domain/ids.js';
import type { RunRequest } from '../domain/request.js';
import type { Removal, Snapshot, Ticket } from '../domain/ticket.js';
import { ok } from '../kit/result.js';
import type { Result } from '../kit/result.js';
import type { OpenChanges } from '../domain/open-change.js';
import type { ForgeReader } from '../ports/forge.js';
import type { TrackerCapabilities } from '../ports/tracker.js';
import { findApproval } from './approval.js';
import type { Approval } from './approval.js';
import { isBranchOf } from './branch.js';
import { openWork } from './open-work.js';

export interface AdmissionInput {
  readonly request: RunRequest;
  /** Fetched again just now, never from the event. */
  readonly ticket: Ticket;
  readonly snapshot: Snapshot;
  readonly tracker: { readonly id: string; readonly capabilities: TrackerCapabilities };
  readonly config: Configuration;
  /** A person at a keyboard started this with the command line. */
  readonly localUser: boolean;
  /** Rules that authorised people lifted for this run. */
  readonly grants?: readonly Grant[] | undefined;
  /** Grants end by it; without one they have not ended. */
  readonly now?: Instant | undefined;
}

/** What the forge said about an account. A call that failed is `unknown` and never counts as a permission. */
export type PermissionFact =
  | { readonly kind: 'known'; readonly permission: Permission }
  | { readonly kind: 'unknown'; readonly why: string };

/** Everything the judge looks at. Plain data: the same facts always give the same verdict. */
export interface AdmissionFacts {
  readonly request: RunRequest;
  readonly ticket: Pick<Ticket, 'ref' | 'url' | 'state' | 'author' | 'contentEditedAt'>;
  readonly empty: boolean;
  /** What hid something from a reader of the ticket. Images, caps and normal forms are not among it. */
  readonly hiding: readonly Removal[];
  readonly tracker: { readonly id: string; readonly history: boolean; readonly editTime: boolean };
  readonly approval: Approval;
  /** The person at the keyboard; see `judgeAdmission` for why that person is believed. */
  readonly trustedLocally: boolean;
  /** By account: `permissionKey`. */
  readonly permissions: Readonly<Record<string, PermissionFact>>;
  readonly changes: readonly Change[];
  readonly changeOfTicket: Change | undefined;
  /** Everybody's open changes, where the forge can list them. */
  readonly open?: OpenChanges | undefined;
  /** Those that have not ended. */
  readonly grants: readonly Grant[];
  readonly rules: { readonly bots: readonly string[]; readonly hiddenContent: 'hold' | 'allow'; readonly openChangesMax: number };
}

const NOT_HIDING: ReadonlySet<Removal['kind']> = new Set(['normalised', 'cut-at-cap', 'image', 'entity']);

/**
 * Asks the forge what the judge needs. A failed question about a permission becomes a fact (`unknown`, never allowed); a
 * failed question about open changes is a fault of the service, because asking again later may answer it.
 */
export async function gatherAdmissionFacts(input: AdmissionInput, ports: { readonly reader: ForgeReader }, signal?: AbortSignal): Promise<Result<AdmissionFacts, Fault>> {
  const { request, ticket, snapshot, tracker, config } = input;
  const approval = findApproval(request, ticket, tracker.capabilities);
  const hiding = snapshot.removals.filter((removal) => !NOT_HIDING.has(removal.kind));
  const trustedLocally = input.localUser && request.trigger.kind === 'cli';
  const sameAccounts = tracker.id === ports.reader.id;
  const permissions: Record<string, PermissionFact> = {};
  const ask = async (actor: Actor): Promise<void> => {
    permissions[permissionKey(actor)] ??= await permissionOf(actor, ports.reader, signal);
  };
  // Asked for beside the permissions: it waits for none of them.
  const asked = openWork(ports.reader, signal);
  asked.catch(() => undefined);
  if (!trustedLocally) {
    await ask(request.actor);
    if (request.rerunBy !== undefined) await ask(request.rerunBy);
    if (approval.kind === 'found') {
      if (sameAccounts || approval.provenBy === 'own-act' || approval.provenBy === 'ticket') await ask(approval.by);
      else permissions[permissionKey(approval.by)] ??= foreign(tracker.id, ports.reader.id);
    }
  }
  if (hiding.length > 0) {
    if (sameAccounts) await ask(ticket.author);
    else permissions[permissionKey(ticket.author)] ??= foreign(tracker.id, ports.reader.id);
  }
  const changes = await asked;
  if (!changes.ok) return changes;
  return ok({
    request, approval, hiding, trustedLocally, permissions,
    grants: (input.grants ?? []).filter((grant) => input.now === undefined || Date.parse(input.now) <= Date.parse(grant.expiresAt)),
    ticket: { ref: ticket.ref, url: ticket.url, state: ticket.state, author: ticket.author, contentEditedAt: ticket.contentEditedAt },
    empty: snapshot.title.trim() === '' || (snapshot.body.trim() === '' && snapshot.criteria.length === 0),
    tracker: { id: tracker.id, history: tracker.capabilities.history, editTime: tracker.capabilities.editTime },
    changes: changes.value.heddle, open: changes.value.all,
    changeOfTicket: changes.value.heddle.find((change) => isBranchOf(ticket.ref, change.branch)),
    rules: { bots: config.admission.bots, hiddenContent: config.admission.hidden_content, openChangesMax: config.limits.open_changes },
  });
}

/** Login and id together: an account that took over a login never gets the answer of the one before it. */
export function permissionKey(actor: Actor): string {
  return `${actor.id}/${actor.login.toLowerCase()}`;
}

async function permissionOf(actor: Actor, reader: ForgeReader, signal: AbortSignal | undefined): Promise<PermissionFact> {
  const answer = await reader.permissionOf(actor.login, signal);
  return answer.ok ? { kind: 'known', permission: answer.value } : { kind: 'unknown', why: answer.error.code };
}

function foreign(tracker: string, forge: string): PermissionFact {
  return { kind: 'unknown', why: `accounts of ${tracker} are not accounts of ${forge}` };
}
