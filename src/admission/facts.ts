import type { Configuration } from '../config/configuration.js';
import type { Actor } from '../domain/actor.js';
import type { RiskLevel } from '../domain/approval-way.js';
import type { Booking } from '../domain/booking.js';
import type { Change } from '../domain/change.js';
import type { Fault } from '../domain/fault.js';
import { standingGrants, type Grant } from '../domain/grant.js';
import type { Digest, Instant } from '../domain/ids.js';
import type { Readiness } from '../domain/readiness.js';
import type { RunRequest } from '../domain/request.js';
import type { TicketCommand } from '../domain/slash-command.js';
import type { Removal, Snapshot, Ticket, TicketComment } from '../domain/ticket.js';
import { ok } from '../kit/result.js';
import type { Result } from '../kit/result.js';
import type { OpenChanges } from '../domain/open-change.js';
import type { EnvironmentReview, ForgeReader } from '../ports/forge.js';
import type { TrackerCapabilities } from '../ports/tracker.js';
import { approvalDigest, type ApprovalSubject } from './approval-digest.js';
import { approvalActs, missingApproval, withdrawnRequest, type ApprovalSources } from './approval.js';
import type { Approval, ApprovalAct } from './approval.js';
import { judgeApproval, type ApprovalAnswer, type ApprovalFacts } from './approval-rule.js';
import { AskAccounts } from './ask-accounts.js';
import { isBranchOf } from './branch.js';
import { commandWho, mayUse } from './command-rule.js';
import { isBot, isListed, type Accounts, type PermissionFact } from './people.js';
import { openWork } from './open-work.js';
import type { PlacingFact } from './placing.js';

export interface AdmissionInput {
  /** What was asked first, when a run has waited since; the same as `request` otherwise. */
  readonly first?: RunRequest | undefined;
  /** The newest act. */
  readonly request: RunRequest;
  /** Fetched again just now, never from the event. */
  readonly ticket: Ticket;
  /** The commands in the ticket's comments, as intake reads them. */
  readonly commands?: readonly TicketCommand[] | undefined;
  readonly snapshot: Snapshot;
  readonly tracker: { readonly id: string; readonly capabilities: TrackerCapabilities };
  readonly config: Configuration;
  /** A person at a keyboard started this with the command line. */
  readonly localUser: boolean;
  /** Rules that authorised people lifted for this run. */
  readonly grants?: readonly Grant[] | undefined;
  /** Grants and approvals end by it; without one they have not ended. */
  readonly now?: Instant | undefined;
  /** What is approved. Without it no digest can be named. */
  readonly subject?: ApprovalSubject | undefined;
  /** Files that the work touches: likely ones before it, real ones after it. */
  readonly paths?: readonly string[] | undefined;
  readonly risk?: RiskLevel | undefined;
  /** This CI run, as the forge numbers it, to ask who let it into a protected environment. */
  readonly ciRun?: string | undefined;
  /** Rows of the ledger about this ticket, when there is one. */
  readonly rows?: readonly Booking[] | undefined;
}

/** Everything the judge looks at. Plain data: the same facts always give the same verdict. */
export interface AdmissionFacts {
  readonly request: RunRequest;
  /** Whose wish it is: who asked first. */
  readonly asked: RunRequest;
  readonly ticket: Pick<Ticket, 'ref' | 'url' | 'state' | 'author' | 'contentEditedAt'>;
  readonly empty: boolean;
  /** What hid something from a reader of the ticket. Images, caps and normal forms are not among it. */
  readonly hiding: readonly Removal[];
  readonly tracker: { readonly id: string; readonly history: boolean; readonly editTime: boolean };
  readonly approval: Approval;
  /** What the rule about approvals said, with the acts that it counted. */
  readonly approved: ApprovalAnswer;
  /** What an approval must name. */
  readonly digest: Digest | undefined;
  /** The words of a ticket that not everybody may read would stand in a public place. `unknown`: the forge did not say. */
  readonly publishes: 'no' | 'yes' | 'unknown';
  /** The person at the keyboard; see `judgeAdmission` for why that person is believed. */
  readonly trustedLocally: boolean;
  /** By account: `permissionKey`. */
  readonly permissions: Readonly<Record<string, PermissionFact>>;
  readonly accounts: Accounts;
  readonly changes: readonly Change[];
  readonly changeOfTicket: Change | undefined;
  /** Everybody's open changes, where the forge can list them. */
  readonly open?: OpenChanges | undefined;
  /** How clear the ticket is, and where it belongs; absent where that was not asked, as before a delivery. */
  readonly readiness?: Readiness | undefined;
  readonly placing?: PlacingFact | undefined;
  /** Those that have not ended, of people who may still give them. */
  readonly grants: readonly Grant[];
  readonly now: Instant | undefined;
  readonly rows: readonly Booking[];
  readonly config: Pick<Configuration, 'admission' | 'roles'>;
  readonly rules: { readonly bots: readonly string[]; readonly hiddenContent: 'hold' | 'allow'; readonly openChangesMax: number };
}

const NOT_HIDING: ReadonlySet<Removal['kind']> = new Set(['normalised', 'cut-at-cap', 'image', 'entity']);

/**
 * Asks the forge what the judge needs. A failed question about a permission becomes a fact (`unknown`, never allowed); a
 * failed question about open changes is a fault of the service, because asking again later may answer it.
 */
export async function gatherAdmissionFacts(input: AdmissionInput, ports: { readonly reader: ForgeReader }, signal?: AbortSignal): Promise<Result<AdmissionFacts, Fault>> {
  const { request, ticket, snapshot, tracker, config } = input;
  const asked = input.first ?? request;
  const trustedLocally = input.localUser && asked.trigger.kind === 'cli';
  const hiding = snapshot.removals.filter((removal) => !NOT_HIDING.has(removal.kind));
  // Asked for beside the permissions: it waits for none of them.
  const opened = openWork(ports.reader, signal);
  opened.catch(() => undefined);
  const reviews = await reviewsOf(input, ports.reader, signal);
  const digest = input.subject === undefined ? undefined : approvalDigest(input.subject, { startingLabel: config.trigger.label });
  const sources: ApprovalSources = {
    requests: asked === request ? [request] : [asked, request], ticket, commands: input.commands ?? [], history: tracker.capabilities.history, label: config.trigger.label,
    reviews, changeComments: await changeComments([asked, request], ports.reader, signal), environments: config.admission.approval.environments,
  };
  const acts = worthAsking(approvalActs(sources), digest);
  const asking = new AskAccounts(ports.reader, config.roles.named, signal);
  await askAll({ input, asked, acts, asking, trustedLocally, hides: hiding.length > 0, sameAccounts: tracker.id === ports.reader.id });
  const { known } = asking;
  const approved = judgeApproval(approvalFacts({ input, asked, acts, accounts: known, digest, missing: missingApproval(sources), withdrawn: withdrawnRequest(sources), trustedLocally }));
  const changes = await opened;
  if (!changes.ok) return changes;
  const grants = input.now === undefined ? input.grants ?? [] : standingGrants(input.grants ?? [], input.now);
  return ok({
    request, asked, approved, digest, publishes: await publishes(input, ports.reader, signal), hiding, trustedLocally, accounts: known, permissions: known.permissions, now: input.now, rows: input.rows ?? [],
    approval: mainApproval(approved, acts, missingApproval(sources)), config: { admission: config.admission, roles: config.roles },
    grants: grants.filter((grant) => input.localUser || mayUse('override', grant.by, { accounts: known, roles: config.roles, bots: config.admission.bots, author: ticket.author }).allowed),
    ticket: { ref: ticket.ref, url: ticket.url, state: ticket.state, author: ticket.author, contentEditedAt: ticket.contentEditedAt },
    empty: snapshot.title.trim() === '' || (snapshot.body.trim() === '' && snapshot.criteria.length === 0),
    tracker: { id: tracker.id, history: tracker.capabilities.history, editTime: tracker.capabilities.editTime },
    changes: changes.value.heddle, open: changes.value.all,
    changeOfTicket: changes.value.heddle.find((change) => isBranchOf(ticket.ref, change.branch)),
    rules: { bots: config.admission.bots, hiddenContent: config.admission.hidden_content, openChangesMax: config.limits.open_changes },
  });
}

/** Each account costs a call. Whoever floods a ticket with approvals must not make us ask without end, nor hide the one that counts. */
const ACTS_ASKED_MAX = 12;

function worthAsking(acts: readonly ApprovalAct[], digest: Digest | undefined): readonly ApprovalAct[] {
  const names = (act: ApprovalAct): boolean => act.digest === undefined || digest?.slice('sha256:'.length).startsWith(act.digest) === true;
  const sorted = [...acts].sort((a, b) => Number(names(b)) - Number(names(a)) || (a.at < b.at ? 1 : -1));
  return sorted.slice(0, ACTS_ASKED_MAX);
}

interface Asking {
  readonly input: AdmissionInput;
  readonly asked: RunRequest;
  readonly acts: readonly ApprovalAct[];
  readonly asking: AskAccounts;
  readonly trustedLocally: boolean;
  readonly hides: boolean;
  readonly sameAccounts: boolean;
}

async function askAll({ input, asked, acts, asking, trustedLocally, hides, sameAccounts }: Asking): Promise<void> {
  const { request, ticket, tracker, config: { admission: { approval, bots }, roles } } = input;
  const approvers = [approval.approve, ...approval.rules.flatMap((rule) => rule.approve ?? [])];
  const here = async (actor: Actor, people: Parameters<AskAccounts['about']>[1]): Promise<void> => {
    if (sameAccounts) await asking.about(actor, people);
    else asking.foreign(actor, tracker.id);
  };
  if (!trustedLocally) {
    await asking.about(asked.actor, [approval.request]);
    for (const rerunner of [asked.rerunBy, request.rerunBy]) if (rerunner !== undefined) await asking.about(rerunner, [approval.request]);
    for (const act of acts) {
      // Nobody asks about a bot that is not listed: what it may do here decides nothing.
      if (isBot(act.by) && !isListed(act.by, bots)) continue;
      if (act.provenBy === 'own-act' || act.provenBy === 'ticket' || act.provenBy === 'forge-record') await asking.about(act.by, approvers);
      else await here(act.by, approvers);
    }
    for (const denial of denials(input)) await here(denial.by, commandWho(denial.command.name, roles));
    for (const grant of input.grants ?? []) await asking.about(grant.by, commandWho('override', roles));
  }
  if (!hides) return;
  if (sameAccounts) await asking.permission(ticket.author);
  else asking.foreign(ticket.author, tracker.id);
}

const DENIALS_ASKED_MAX = 5;

/** A stop is a no as well: the run that is queued behind it must not start on what was approved before. */
function denials({ commands = [] }: AdmissionInput): readonly TicketCommand[] {
  return commands.filter(({ command, edited }) => (command.name === 'deny' || command.name === 'stop') && !edited).slice(-DENIALS_ASKED_MAX);
}

interface Gathered { readonly input: AdmissionInput; readonly asked: RunRequest; readonly acts: readonly ApprovalAct[]; readonly accounts: Accounts; readonly digest: Digest | undefined; readonly missing: string; readonly withdrawn: string | undefined; readonly trustedLocally: boolean }

function approvalFacts({ input, asked, acts, accounts, digest, missing, withdrawn, trustedLocally }: Gathered): ApprovalFacts {
  const { ticket, snapshot, tracker, config, request } = input;
  const known = { accounts, roles: config.roles, bots: config.admission.bots, author: ticket.author };
  return {
    acts, missing, withdrawn, digest, now: input.now, accounts, named: config.roles.named, config: config.admission.approval, bots: config.admission.bots, trustedLocally,
    denials: denials(input).filter((denial) => mayUse(denial.command.name, denial.by, known).allowed),
    used: (input.rows ?? []).flatMap((row) => (row.outcome === 'delivered' ? row.approvals ?? [] : [])),
    editedAt: ticket.contentEditedAt, editTime: tracker.capabilities.editTime, trackerId: tracker.id, author: ticket.author, labels: snapshot.labels,
    requesters: [asked.actor, ...[asked.rerunBy, request.rerunBy].filter((one) => one !== undefined)],
    paths: input.paths ?? (config.workdir === '' ? undefined : [config.workdir]), risk: input.risk,
  };
}

function mainApproval(approved: ApprovalAnswer, acts: readonly ApprovalAct[], why: string): Approval {
  const newest = [...approved.standing.length > 0 ? approved.standing : acts].sort((a, b) => (a.at < b.at ? 1 : -1))[0];
  return newest === undefined ? { kind: 'missing', why } : { kind: 'found', ...newest };
}

/** Asked for only where an environment counts. A forge that does not answer has no reviews for us: nothing is approved by silence. */
async function reviewsOf({ config, ciRun }: AdmissionInput, reader: ForgeReader, signal: AbortSignal | undefined): Promise<{ readonly reviews: readonly EnvironmentReview[]; readonly since: Instant } | undefined> {
  if (config.admission.approval.environments.length === 0 || ciRun === undefined || reader.environmentReviews === undefined) return undefined;
  const answer = await reader.environmentReviews(ciRun, signal);
  return answer.ok ? answer.value : undefined;
}

/** Commands at a change are looked up there: what cannot be found again was never said. */
async function changeComments(requests: readonly RunRequest[], reader: ForgeReader, signal: AbortSignal | undefined): Promise<readonly TicketComment[]> {
  const found: TicketComment[] = [];
  for (const { trigger } of requests) {
    if (trigger.kind !== 'command' || trigger.place.kind === 'ticket' || reader.changeComment === undefined) continue;
    const answer = await reader.changeComment(trigger.place, trigger.commentId, signal);
    if (answer.ok && answer.value !== undefined) found.push(answer.value);
  }
  return found;
}

/** A ticket of the very repository has the same readers as the change. Only for one of elsewhere the forge is asked. */
async function publishes({ ticket, subject }: AdmissionInput, reader: ForgeReader, signal: AbortSignal | undefined): Promise<AdmissionFacts['publishes']> {
  const { ref } = ticket;
  if (ticket.restricted !== true || (ref.tracker === reader.id && subject !== undefined && ref.key.toLowerCase().startsWith(`${subject.repository.toLowerCase()}#`))) return 'no';
  const answer = await reader.repository(signal);
  return !answer.ok ? 'unknown' : answer.value.private ? 'no' : 'yes';
}
