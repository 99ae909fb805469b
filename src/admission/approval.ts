import type { ApprovalWay } from '../domain/approval-way.js';
import type { Actor } from '../domain/actor.js';
import { digestOfJson } from '../domain/digest.js';
import type { Digest, Instant } from '../domain/ids.js';
import type { RunRequest } from '../domain/request.js';
import type { TicketCommand } from '../domain/slash-command.js';
import type { Ticket, TicketComment, TicketEvent } from '../domain/ticket.js';
import type { EnvironmentReview } from '../ports/forge.js';

/** One yes: who said it, by what act, and when. Whether it counts is judged elsewhere. */
export interface ApprovalAct {
  readonly way: ApprovalWay;
  readonly by: Actor;
  /** For an environment: a time that the act came after, since its own is not told. */
  readonly at: Instant;
  /** For people. */
  readonly act: string;
  readonly provenBy: 'history' | 'own-act' | 'forge-record' | 'front-matter' | 'ticket';
  /** What the act names as approved: the first digits of a digest. */
  readonly digest?: string | undefined;
  /** Names the act wherever it is met again; absent for one that cannot be met again. */
  readonly mark?: Digest | undefined;
}

/** The approval that people are told of: the newest one that counts, else the newest at all. */
export type Approval =
  | ({ readonly kind: 'found' } & ApprovalAct)
  | { readonly kind: 'missing'; readonly why: string };

export interface ApprovalSources {
  /** What was asked first, and the newest act; the same for a run that never waited. */
  readonly requests: readonly RunRequest[];
  readonly ticket: Ticket;
  readonly commands: readonly TicketCommand[];
  /** Comments at the change of the ticket that the requests speak of, as the forge shows them now. */
  readonly changeComments?: readonly TicketComment[] | undefined;
  readonly history: boolean;
  readonly label: string;
  /** Of this CI run, and when it began. */
  readonly reviews?: { readonly reviews: readonly EnvironmentReview[]; readonly since: Instant } | undefined;
  readonly environments: readonly string[];
}

/**
 * Every act at a ticket that says yes. For a label or an assignment the tracker's history decides: the LATEST such event, whoever
 * sent the CI event, because a later one replaces an earlier one. A comment must be there still and unedited. A dispatch or a
 * command line is the actor's own act. A tracker without history cannot prove who labelled: the label on the ticket is then all
 * there is, and the verdict says so.
 */
export function approvalActs(sources: ApprovalSources): readonly ApprovalAct[] {
  const acts = [...byLabel(sources), ...sources.requests.flatMap((request) => byRequest(request, sources)), ...byComment(sources), ...byEnvironment(sources), ...byTracker(sources)];
  return acts.filter((act, index) => act.mark === undefined || acts.findIndex((other) => other.mark === act.mark) === index);
}

/** Why there is none, for the act that set the run off. */
export function missingApproval({ requests, ticket }: ApprovalSources): string {
  const trigger = requests[0]?.trigger;
  if (trigger?.kind === 'labeled') return ticket.labels.includes(trigger.label) ? 'the ticket\'s history has no event that added the label' : 'the label is not on the ticket any more';
  if (trigger?.kind === 'assigned') return 'the ticket\'s history has no event that assigned the account';
  return 'nobody has approved the ticket';
}

/** Whether the comment that asked for the run still says so. Nothing = it does, or no comment asked. */
export function withdrawnRequest(sources: ApprovalSources): string | undefined {
  const [request] = sources.requests;
  const trigger = request?.trigger;
  if (request === undefined || (trigger?.kind !== 'comment' && trigger?.kind !== 'command')) return undefined;
  const comment = commentOf(sources, trigger.commentId);
  if (comment === undefined) return 'the comment with the command is not there any more';
  if (comment.author.id !== request.actor.id) return 'the comment with the command is of another account';
  return comment.updatedAt === comment.createdAt ? undefined : 'the comment with the command was edited';
}

function commentOf({ ticket, changeComments = [] }: ApprovalSources, id: string): TicketComment | undefined {
  return [...ticket.comments, ...changeComments].find((one) => one.id === id);
}

function byLabel({ requests, ticket, label, history }: ApprovalSources): readonly ApprovalAct[] {
  if (!ticket.labels.includes(label)) return [];
  if (!history) {
    const request = requests.find((one) => one.trigger.kind === 'labeled');
    return request === undefined ? [] : [marked(ticket, { way: 'label', by: request.actor, at: request.at, act: 'the label is on the ticket', provenBy: 'ticket' })];
  }
  const event = latest(ticket.events, (item) => (item.kind === 'labeled' || item.kind === 'unlabeled') && item.label === label);
  return event?.kind === 'labeled' ? [marked(ticket, { way: 'label', by: event.actor, at: event.at, act: 'added the label', provenBy: 'history' })] : [];
}

function byRequest(request: RunRequest, sources: ApprovalSources): readonly ApprovalAct[] {
  const { ticket, history } = sources;
  const { trigger } = request;
  switch (trigger.kind) {
    case 'assigned': {
      if (!history) return [marked(ticket, { way: 'assignee', by: request.actor, at: request.at, act: 'the account is assigned', provenBy: 'ticket' })];
      const event = latest(ticket.events, (item) => item.kind === 'assigned' && item.assignee.id === trigger.assignee.id);
      return event === undefined ? [] : [marked(ticket, { way: 'assignee', by: event.actor, at: event.at, act: 'assigned the account', provenBy: 'history' })];
    }
    case 'comment': return ownComment(request, sources, trigger.commentId);
    case 'command': return (trigger.command.name === 'run' || trigger.command.name === 'retry') ? ownComment(request, sources, trigger.commentId) : [];
    case 'dispatch': return [ownAct(request, 'started the workflow')];
    case 'repository-dispatch': return [ownAct(request, 'sent the repository dispatch')];
    case 'cli': return [byCommandLine(request, ticket)];
    default: return [];
  }
}

/** The comment is looked up again: one that was deleted, edited or is somebody else's approves nothing. */
function ownComment(request: RunRequest, sources: ApprovalSources, id: string): readonly ApprovalAct[] {
  const comment = commentOf(sources, id);
  if (comment?.author.id !== request.actor.id || comment.updatedAt !== comment.createdAt) return [];
  return [marked(sources.ticket, { way: 'run', by: comment.author, at: comment.createdAt, act: 'wrote the command', provenBy: 'own-act' }, id)];
}

/** `/heddle approve DIGEST`, whoever wrote it and whenever: what it names must be the ticket as it is now. */
function byComment({ ticket, commands }: ApprovalSources): readonly ApprovalAct[] {
  return commands.flatMap(({ command, by, at, edited, commentId }) => (command.name !== 'approve' || edited ? []
    : [marked(ticket, { way: 'approve', by, at, act: `approved ${command.digest.slice(0, 12)}`, provenBy: 'own-act', digest: command.digest }, commentId)]));
}

/**
 * What it proves: that account let a job of THIS CI run into the environment, after the run began. The forge does not say when, nor
 * what the reviewer had read, so an edit after the run began voids it. Digits of a digest in the reviewer's note bind it to them.
 */
function byEnvironment({ ticket, reviews, environments }: ApprovalSources): readonly ApprovalAct[] {
  return (reviews?.reviews ?? []).flatMap((review) => {
    const environment = review.environments.find((name) => environments.includes(name));
    if (environment === undefined || review.state !== 'approved' || reviews === undefined) return [];
    const digest = /(?<![0-9a-z])[0-9a-f]{12,64}(?![0-9a-z])/.exec(review.comment.slice(0, 2000))?.[0];
    return [marked(ticket, { way: 'environment', by: review.by, at: reviews.since, act: 'let the job into a protected environment', provenBy: 'forge-record', ...(digest === undefined ? {} : { digest }) }, environment)];
  });
}

/** Trackers with an approval of their own record it in their history. */
function byTracker({ ticket, history, requests }: ApprovalSources): readonly ApprovalAct[] {
  const event = latest(ticket.events, (item) => item.kind === 'approved');
  // The front matter of a file says who, and proves nothing; it comes with the command line.
  if (event === undefined || !history || requests.some((request) => request.trigger.kind === 'cli')) return [];
  return [marked(ticket, { way: 'state', by: event.actor, at: event.at, act: 'approved it in the tracker', provenBy: 'history' })];
}

function byCommandLine(request: RunRequest, ticket: Ticket): ApprovalAct {
  const event = latest(ticket.events, (item) => item.kind === 'approved');
  if (ticket.ref.tracker !== 'file' || event === undefined) return ownAct(request, 'started Heddle on the command line');
  return { way: 'start', by: event.actor, at: request.at, act: 'approved_by in the front matter', provenBy: 'front-matter' };
}

function ownAct(request: RunRequest, act: string): ApprovalAct {
  return { way: 'start', by: request.actor, at: request.at, act, provenBy: 'own-act' };
}

function marked(ticket: Ticket, act: ApprovalAct, id = ''): ApprovalAct {
  return { ...act, mark: digestOfJson([ticket.ref, act.way, act.by.id, act.at, id]) };
}

/** The latest by time; of two at one time the later one in the tracker's own order. */
function latest(events: readonly TicketEvent[], wanted: (event: TicketEvent) => boolean): TicketEvent | undefined {
  let found: TicketEvent | undefined;
  for (const event of events) if (wanted(event) && (found === undefined || event.at >= found.at)) found = event;
  return found;
}
