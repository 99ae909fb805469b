import type { z } from 'zod';
import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/ids.js';
import { RunRequest } from '../domain/request.js';
import type { CommentPlace, Trigger } from '../domain/request.js';
import type { TicketRef } from '../domain/ticket.js';
import { err, ok } from '../kit/result.js';
import type { Result } from '../kit/result.js';
import { readComment } from './comment-command.js';
import { IssueCommentPayload, IssuesPayload, RepositoryDispatchPayload, ReviewCommentPayload, ReviewPayload, WorkflowDispatchPayload } from './github-event-schema.js';
import type { GithubAccount } from './github-event-schema.js';
import { parseTicketName, type TicketHome } from './ticket-name.js';

export interface GithubEventInput {
  /** The event's name, e.g. `issues`. */
  readonly name: string;
  readonly payload: unknown;
  /** `owner/name` of the repository that the CI run belongs to. */
  readonly repository: string;
  /** Who started this very CI run; undefined when the host does not say. */
  readonly triggeringActor: Actor | undefined;
  readonly label: string;
  readonly assignee: string | undefined;
  /** Which tracker short names of tickets mean; GitHub when it is left out. */
  readonly home?: TicketHome | undefined;
  readonly at: Instant;
}

/**
 * `ignored`: a normal event that is none of our business. `malformed`: one that names us and cannot be read. `at-change`: a command
 * at a change; which ticket that is of, the event does not say. Whoever finds out calls `about` with it.
 */
export type EventRefusal =
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'malformed'; readonly message: string }
  | { readonly kind: 'at-change'; readonly change: number; readonly about: (ticket: TicketRef) => Result<RunRequest, EventRefusal> };

type Read = Result<Act & { readonly ticket: TicketRef }, EventRefusal>;
interface Act { readonly trigger: Trigger; readonly actor: GithubAccount; readonly payload: Common }
interface Common { readonly repository: { readonly full_name: string; readonly fork?: boolean | undefined } }

/**
 * Reads a GitHub event as a hint: which ticket, which person, by what act. Nothing else of it is believed; permission,
 * approval and text are asked from the API later. `fromFork` is true when the event speaks of another repository than
 * the one this run belongs to, or of one that is itself a fork. `rerunBy` is set when another account than the actor
 * started this CI run (GitHub keeps the first actor on a re-run). Accounts are compared by id, by login where an id is missing.
 */
export function parseGithubEvent(input: GithubEventInput): Result<RunRequest, EventRefusal> {
  const read = readEvent(input);
  return read.ok ? requestOf(input, read.value) : read;
}

function requestOf(input: GithubEventInput, { trigger, ticket, payload, ...act }: Act & { readonly ticket: TicketRef }): Result<RunRequest, EventRefusal> {
  const actor = actorOf(act.actor);
  const rerunner = input.triggeringActor;
  const request = RunRequest.safeParse({
    trigger, ticket, actor,
    ...(rerunner !== undefined && !sameAccount(actor, rerunner) ? { rerunBy: rerunner } : {}),
    fromFork: payload.repository.fork === true || payload.repository.full_name.toLowerCase() !== input.repository.toLowerCase(),
    at: input.at,
  });
  return request.success ? ok(request.data) : malformed(input.name, request.error);
}

function readEvent(input: GithubEventInput): Read {
  switch (input.name) {
    case 'issues': return readIssues(input);
    case 'issue_comment': return readIssueComment(input);
    case 'pull_request_review': return readReview(input);
    case 'pull_request_review_comment': return readReviewComment(input);
    case 'workflow_dispatch': return readWorkflowDispatch(input);
    case 'repository_dispatch': return readRepositoryDispatch(input);
    default: return ignored('this event starts no run; the ones that may are issues, issue_comment, pull_request_review, pull_request_review_comment, workflow_dispatch and repository_dispatch');
  }
}

function readIssues(input: GithubEventInput): Read {
  const parsed = IssuesPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { action, issue, label, assignee, sender } = parsed.data;
  if (issue.pull_request !== undefined && issue.pull_request !== null) return ignored('it is about a pull request, not about an issue');
  const found = (trigger: Trigger): Read => ok({ trigger, ticket: issueRef(input.repository, issue.number), actor: sender, payload: parsed.data });
  switch (action) {
    case 'labeled':
    case 'unlabeled':
      if (label?.name !== input.label) return ignored(`the label is not the one of trigger.label (${JSON.stringify(input.label)})`);
      return found({ kind: action, label: input.label });
    case 'assigned': return readAssignee(input, { assignee, found });
    // What was edited is not always told; looking again answers it.
    case 'edited': return found({ kind: 'edited' });
    case 'closed':
    case 'reopened': return found({ kind: 'state', state: action });
    default: return ignored('of an issue only the label, the assignee, an edit, closing and opening again matter');
  }
}

function readAssignee(input: GithubEventInput, { assignee, found }: { readonly assignee: GithubAccount | null | undefined; readonly found: (trigger: Trigger) => Read }): Read {
  if (input.assignee === undefined) return ignored('trigger.assignee is not set');
  if (assignee === undefined || assignee === null || assignee.login.toLowerCase() !== input.assignee.toLowerCase()) {
    return ignored(`the account that was assigned is not the one of trigger.assignee (${JSON.stringify(input.assignee)})`);
  }
  return found({ kind: 'assigned', assignee: actorOf(assignee) });
}

function readIssueComment(input: GithubEventInput): Read {
  const parsed = IssueCommentPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { action, issue, comment } = parsed.data;
  const atChange = issue.pull_request !== undefined && issue.pull_request !== null;
  const place: CommentPlace = atChange ? { kind: 'change', change: issue.number } : { kind: 'ticket' };
  const said = readSaid(input, { payload: parsed.data, isNew: action === 'created', comment, place });
  if (!said.ok) return said;
  return atChange ? laterAbout(input, issue.number, said.value) : ok({ ...said.value, ticket: issueRef(input.repository, issue.number) });
}

function readReview(input: GithubEventInput): Read {
  const parsed = ReviewPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { action, pull_request: { number }, review } = parsed.data;
  const said = readSaid(input, { payload: parsed.data, isNew: action === 'submitted', comment: { ...review, body: review.body ?? '' }, place: { kind: 'review', change: number } });
  return said.ok ? laterAbout(input, number, said.value) : said;
}

function readReviewComment(input: GithubEventInput): Read {
  const parsed = ReviewCommentPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { action, pull_request: { number }, comment } = parsed.data;
  const said = readSaid(input, { payload: parsed.data, isNew: action === 'created', comment, place: { kind: 'review-comment', change: number } });
  return said.ok ? laterAbout(input, number, said.value) : said;
}

interface Said { readonly payload: Common & { readonly sender: GithubAccount }; readonly isNew: boolean; readonly comment: { readonly id: number; readonly body: string; readonly user: GithubAccount }; readonly place: CommentPlace }

/** The act in a comment: a command, one that cannot be read, or, at a ticket, an answer in plain words. */
function readSaid(input: GithubEventInput, { payload, isNew, comment, place }: Said): Result<Act, EventRefusal> {
  // On `edited` the sender is the editor, who may put words into another person's mouth: only new comments count.
  if (!isNew) return ignored('only a new comment counts; write the command in a new one');
  const bot = actorOf(comment.user).kind === 'bot';
  // Our own words speak of commands all the time. A bot with this mark is us, or one that repeats us: both would make a loop.
  if (bot && comment.body.includes(OWN_MARK)) return ignored('it is a comment of Heddle itself');
  const reading = readComment(comment.body);
  if (reading.kind === 'none' && (place.kind !== 'ticket' || bot)) return ignored('the comment has no line that is a command like `/heddle run`, outside of quotes and code');
  if (payload.sender.id !== comment.user.id) return err({ kind: 'malformed', message: `${input.name}: the sender of a new comment is not its author` });
  const commentId = String(comment.id);
  const trigger: Trigger = reading.kind === 'none' ? { kind: 'answered', commentId }
    : reading.kind === 'command' ? { kind: 'command', commentId, place, command: reading.command }
      : { kind: 'misread', commentId, place, problem: reading.problem, word: reading.word };
  return ok({ trigger, actor: comment.user, payload });
}

/** The hidden first line of everything that Heddle writes at a ticket or a change. */
const OWN_MARK = '<!-- heddle:';

function laterAbout(input: GithubEventInput, change: number, act: Act): { readonly ok: false; readonly error: EventRefusal } {
  return err({ kind: 'at-change', change, about: (ticket) => requestOf(input, { ...act, ticket }) });
}

function readWorkflowDispatch(input: GithubEventInput): Read {
  const parsed = WorkflowDispatchPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const ticket = dispatchedTicket(parsed.data.inputs?.['ticket'], { place: 'workflow_dispatch: input `ticket`', repository: input.repository, home: input.home });
  return ticket.ok ? ok({ trigger: { kind: 'dispatch' }, ticket: ticket.value, actor: parsed.data.sender, payload: parsed.data }) : ticket;
}

function readRepositoryDispatch(input: GithubEventInput): Read {
  const parsed = RepositoryDispatchPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const ticket = dispatchedTicket(parsed.data.client_payload?.['ticket'], { place: 'repository_dispatch: client_payload.ticket', repository: input.repository, home: input.home });
  return ticket.ok ? ok({ trigger: { kind: 'repository-dispatch', eventType: parsed.data.action }, ticket: ticket.value, actor: parsed.data.sender, payload: parsed.data }) : ticket;
}

/** A dispatch names a ticket of a tracker, never a file: a path from outside would choose what is read on the runner. */
function dispatchedTicket(value: unknown, from: { readonly place: string; readonly repository: string; readonly home: TicketHome | undefined }): Result<TicketRef, EventRefusal> {
  if (typeof value !== 'string' || value.trim() === '') {
    return err({ kind: 'malformed', message: `${from.place} must be a text that names a ticket, for example #12. Give it and start the run again.` });
  }
  const name = parseTicketName(value, from.repository, from.home);
  return name === undefined ? err({ kind: 'malformed', message: `${from.place} names no ticket. Allowed are #12, owner/repo#12, PROJ-123 or the ticket's URL.` }) : ok(name);
}

function issueRef(repository: string, number: number): TicketRef {
  return { tracker: 'github', key: `${repository}#${number}` };
}

function actorOf(account: GithubAccount): Actor {
  const kind = account.type === 'Bot' || account.login.endsWith('[bot]') ? 'bot' : account.type === 'User' ? 'human' : 'unknown';
  return { login: account.login, id: String(account.id), kind };
}

function sameAccount(a: Actor, b: Actor): boolean {
  const numeric = /^[0-9]+$/;
  if (numeric.test(a.id) && numeric.test(b.id)) return a.id === b.id;
  return a.login.toLowerCase() === b.login.toLowerCase();
}

function ignored(why: string): { readonly ok: false; readonly error: EventRefusal } {
  return err({ kind: 'ignored', why });
}

/** Names the places that do not fit, never the values: they are foreign text. */
function malformed(name: string, error: z.ZodError): { readonly ok: false; readonly error: EventRefusal } {
  const places = error.issues.slice(0, 5).map((issue) => issue.path.join('.') || 'the payload').join(', ');
  return err({ kind: 'malformed', message: `${name}: the event does not have the form that GitHub documents, at: ${places}. Pass the file that GITHUB_EVENT_PATH names, unchanged.` });
}
