import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/ids.js';
import type { RunRequest } from '../domain/request.js';
import type { Ticket, TicketEvent } from '../domain/ticket.js';

/** Who said yes, by what act, and when. `act` is for people. */
export type Approval =
  | { readonly kind: 'found'; readonly by: Actor; readonly at: Instant; readonly act: string; readonly provenBy: 'history' | 'own-act' | 'front-matter' | 'ticket' }
  | { readonly kind: 'missing'; readonly why: string };

/**
 * Finds the approval that a request stands on. For a label or an assignment the tracker's history decides: the LATEST
 * such event, whoever sent the CI event, because a later one replaces an earlier one. A comment, a dispatch or a command
 * line is the actor's own act. A tracker without history cannot prove who labelled: the label on the ticket is then all
 * there is, and the verdict says so.
 */
export function findApproval(request: RunRequest, ticket: Ticket, options: { readonly history: boolean }): Approval {
  switch (request.trigger.kind) {
    case 'labeled': return byLabel(request, ticket, { label: request.trigger.label, history: options.history });
    case 'assigned': return byAssignment(request, ticket, { assignee: request.trigger.assignee, history: options.history });
    case 'comment': return byComment(request, ticket, request.trigger.commentId);
    case 'dispatch': return ownAct(request, 'started the workflow');
    case 'repository-dispatch': return ownAct(request, 'sent the repository dispatch');
    case 'command': return request.trigger.command.name === 'run' || request.trigger.command.name === 'retry' ? byComment(request, ticket, request.trigger.commentId) : { kind: 'missing', why: 'this command approves nothing by itself' };
    case 'cli': return byCommandLine(request, ticket);
    case 'misread': case 'unlabeled': case 'edited': case 'answered': case 'environment': case 'state':
      return { kind: 'missing', why: 'this act approves nothing' };
  }
}

function byLabel(request: RunRequest, ticket: Ticket, how: { readonly label: string; readonly history: boolean }): Approval {
  if (!ticket.labels.includes(how.label)) return { kind: 'missing', why: 'the label is not on the ticket any more' };
  if (!how.history) return { kind: 'found', by: request.actor, at: request.at, act: 'the label is on the ticket', provenBy: 'ticket' };
  const event = latest(ticket.events, (item) => (item.kind === 'labeled' || item.kind === 'unlabeled') && item.label === how.label);
  if (event?.kind !== 'labeled') return { kind: 'missing', why: 'the ticket\'s history has no event that added the label' };
  return { kind: 'found', by: event.actor, at: event.at, act: 'added the label', provenBy: 'history' };
}

function byAssignment(request: RunRequest, ticket: Ticket, how: { readonly assignee: Actor; readonly history: boolean }): Approval {
  if (!how.history) return { kind: 'found', by: request.actor, at: request.at, act: 'the account is assigned', provenBy: 'ticket' };
  const event = latest(ticket.events, (item) => item.kind === 'assigned' && item.assignee.id === how.assignee.id);
  if (event === undefined) return { kind: 'missing', why: 'the ticket\'s history has no event that assigned the account' };
  return { kind: 'found', by: event.actor, at: event.at, act: 'assigned the account', provenBy: 'history' };
}

/** The comment is looked up again: one that was deleted, edited or is somebody else's approves nothing. */
function byComment(request: RunRequest, ticket: Ticket, id: string): Approval {
  const comment = ticket.comments.find((item) => item.id === id);
  if (comment === undefined) return { kind: 'missing', why: 'the comment with the command is not on the ticket' };
  if (comment.author.id !== request.actor.id) return { kind: 'missing', why: 'the comment with the command is of another account' };
  if (comment.updatedAt !== comment.createdAt) return { kind: 'missing', why: 'the comment with the command was edited' };
  return { kind: 'found', by: comment.author, at: comment.createdAt, act: 'wrote the command', provenBy: 'own-act' };
}

function byCommandLine(request: RunRequest, ticket: Ticket): Approval {
  const event = latest(ticket.events, (item) => item.kind === 'approved');
  if (ticket.ref.tracker === 'file' && event !== undefined) {
    return { kind: 'found', by: event.actor, at: request.at, act: 'approved_by in the front matter', provenBy: 'front-matter' };
  }
  return ownAct(request, 'started Heddle on the command line');
}

function ownAct(request: RunRequest, act: string): Approval {
  return { kind: 'found', by: request.actor, at: request.at, act, provenBy: 'own-act' };
}

/** The latest by time; of two at one time the later one in the tracker's own order. */
function latest(events: readonly TicketEvent[], wanted: (event: TicketEvent) => boolean): TicketEvent | undefined {
  let found: TicketEvent | undefined;
  for (const event of events) if (wanted(event) && (found === undefined || event.at >= found.at)) found = event;
  return found;
}
