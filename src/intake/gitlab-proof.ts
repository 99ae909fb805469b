import type { Actor } from '../domain/actor.js';
import { RunRequest } from '../domain/request.js';
import type { CommentPlace, Trigger } from '../domain/request.js';
import type { Instant } from '../domain/ids.js';
import type { Ticket, TicketComment, TicketEvent, TicketRef } from '../domain/ticket.js';
import { err, ok } from '../kit/result.js';
import type { Result } from '../kit/result.js';
import { readComment } from './comment-command.js';
import type { GitlabAct, GitlabHint } from './gitlab-event.js';

/** What GitLab's own record says, asked with our token. */
export interface GitlabRecord {
  readonly ref: TicketRef;
  /** Missing where only a comment at a change is needed. */
  readonly ticket: Ticket | undefined;
  /** The comment at the change, as it stands now. */
  readonly changeComment: TicketComment | undefined;
  readonly at: Instant;
}

interface Proven { readonly trigger: Trigger; readonly actor: Actor }

/** The hidden first line of everything that Heddle writes at a ticket or a change. */
const OWN_MARK = '<!-- heddle:';

/**
 * Turns a hint into a request with the person that GitLab's record names for that act: the latest event of that label, assignment,
 * edit or state, or the author of the note. A hint that the record does not bear out is nothing, with the reason. The pipeline's
 * user (the owner of the trigger token) and the user of the payload are not looked at.
 */
export function proveGitlabAct(hint: GitlabHint, record: GitlabRecord): Result<RunRequest, { readonly why: string }> {
  const proven = provenBy(hint.act, record);
  if ('why' in proven) return err(proven);
  const request = RunRequest.safeParse({ ...proven, ticket: record.ref, fromFork: hint.fromFork, at: record.at });
  return request.success ? ok(request.data) : err({ why: 'GitLab\'s record of it cannot be read' });
}

function provenBy(act: GitlabAct, { ticket, changeComment }: GitlabRecord): Proven | { readonly why: string } {
  const events = ticket?.events ?? [];
  switch (act.kind) {
    case 'labeled': case 'unlabeled': {
      const event = latest(events, (one) => (one.kind === 'labeled' || one.kind === 'unlabeled') && one.label === act.label);
      return event?.kind === act.kind ? { trigger: { kind: act.kind, label: act.label }, actor: event.actor } : { why: `GitLab's history says that the label was ${event === undefined ? 'never' : 'meanwhile'} ${act.kind === 'labeled' ? (event === undefined ? 'added' : 'taken off') : (event === undefined ? 'there' : 'added again')}` };
    }
    case 'assigned': {
      const event = latest(events, (one) => one.kind === 'assigned' && one.assignee.login.toLowerCase() === act.login.toLowerCase());
      return event?.kind === 'assigned' ? { trigger: { kind: 'assigned', assignee: event.assignee }, actor: event.actor } : { why: 'GitLab\'s history says nothing of that assignment' };
    }
    case 'edited': {
      const event = latest(events, (one) => one.kind === 'edited');
      return event === undefined ? { why: 'GitLab\'s history says nothing of an edit' } : { trigger: { kind: 'edited' }, actor: event.actor };
    }
    case 'state': {
      const event = latest(events, (one) => one.kind === 'closed' || one.kind === 'reopened');
      return event?.kind === act.state ? { trigger: { kind: 'state', state: act.state }, actor: event.actor } : { why: 'GitLab\'s history says that the ticket is in another state by now' };
    }
    case 'note': return said(act.place, act.place.kind === 'ticket' ? ticket?.comments.find((one) => one.id === act.note) : changeComment);
  }
}

/** The act in a comment: a command, one that cannot be read, or, at a ticket, an answer in plain words. All of it as it stands at GitLab. */
function said(place: CommentPlace, comment: TicketComment | undefined): Proven | { readonly why: string } {
  if (comment === undefined) return { why: 'the comment is not there, or is an internal note' };
  const { author, body } = comment;
  const bot = author.kind === 'bot';
  // Our own words speak of commands all the time; whoever repeats them, or a machine that quotes them, would make a loop.
  if (body.startsWith(OWN_MARK) || (bot && body.includes(OWN_MARK))) return { why: 'it is a comment of Heddle itself' };
  const reading = readComment(body);
  if (reading.kind === 'none' && (place.kind !== 'ticket' || bot)) return { why: 'the comment has no line that is a command like `/heddle run`, outside of quotes and code' };
  if (comment.updatedAt !== comment.createdAt) return { why: 'the comment was edited; write the command in a new one' };
  const commentId = comment.id;
  const trigger: Trigger = reading.kind === 'none' ? { kind: 'answered', commentId }
    : reading.kind === 'command' ? { kind: 'command', commentId, place, command: reading.command }
      : { kind: 'misread', commentId, place, problem: reading.problem, word: reading.word };
  return { trigger, actor: author };
}

/** The latest by time; of two at one time the later one in GitLab's own order. */
function latest(events: readonly TicketEvent[], wanted: (event: TicketEvent) => boolean): TicketEvent | undefined {
  let found: TicketEvent | undefined;
  for (const event of events) if (wanted(event) && (found === undefined || event.at >= found.at)) found = event;
  return found;
}
