import type { z } from 'zod';
import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/ids.js';
import { RunRequest } from '../domain/request.js';
import type { Trigger } from '../domain/request.js';
import type { TicketRef } from '../domain/ticket.js';
import { err, ok } from '../kit/result.js';
import type { Result } from '../kit/result.js';
import { hasRunCommand } from './comment-command.js';
import { IssueCommentPayload, IssuesPayload, RepositoryDispatchPayload, WorkflowDispatchPayload } from './github-event-schema.js';
import type { GithubAccount } from './github-event-schema.js';
import { parseTicketName } from './ticket-name.js';

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
  readonly at: Instant;
}

/** `ignored`: a normal event that is none of our business. `malformed`: one that names us and cannot be read. */
export type EventRefusal = { readonly kind: 'ignored'; readonly why: string } | { readonly kind: 'malformed'; readonly message: string };

type Read = Result<{ readonly trigger: Trigger; readonly ticket: TicketRef; readonly actor: GithubAccount; readonly payload: Common }, EventRefusal>;
interface Common { readonly repository: { readonly full_name: string; readonly fork?: boolean | undefined } }

/**
 * Reads a GitHub event as a hint: which ticket, which person, by what act. Nothing else of it is believed; permission,
 * approval and text are asked from the API later. `fromFork` is true when the event speaks of another repository than
 * the one this run belongs to, or of one that is itself a fork. `rerunBy` is set when another account than the actor
 * started this CI run (GitHub keeps the first actor on a re-run). Accounts are compared by id, by login where an id is missing.
 */
export function parseGithubEvent(input: GithubEventInput): Result<RunRequest, EventRefusal> {
  const read = readEvent(input);
  if (!read.ok) return read;
  const { trigger, ticket, payload } = read.value;
  const actor = actorOf(read.value.actor);
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
    case 'issue_comment': return readComment(input);
    case 'workflow_dispatch': return readWorkflowDispatch(input);
    case 'repository_dispatch': return readRepositoryDispatch(input);
    default: return ignored('this event starts no run; the ones that do are issues, issue_comment, workflow_dispatch and repository_dispatch');
  }
}

function readIssues(input: GithubEventInput): Read {
  const parsed = IssuesPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { action, issue, label, assignee, sender } = parsed.data;
  if (issue.pull_request !== undefined && issue.pull_request !== null) return ignored('it is about a pull request, not about an issue');
  const found = (trigger: Trigger): Read => ok({ trigger, ticket: issueRef(input.repository, issue.number), actor: sender, payload: parsed.data });
  if (action === 'labeled') {
    if (label?.name !== input.label) return ignored(`the label that was added is not the one of trigger.label (${JSON.stringify(input.label)})`);
    return found({ kind: 'labeled', label: input.label });
  }
  if (action !== 'assigned') return ignored('only adding the label or the assignee starts a run');
  if (input.assignee === undefined) return ignored('trigger.assignee is not set');
  if (assignee === undefined || assignee === null || assignee.login.toLowerCase() !== input.assignee.toLowerCase()) {
    return ignored(`the account that was assigned is not the one of trigger.assignee (${JSON.stringify(input.assignee)})`);
  }
  return found({ kind: 'assigned', assignee: actorOf(assignee) });
}

function readComment(input: GithubEventInput): Read {
  const parsed = IssueCommentPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { action, issue, comment, sender } = parsed.data;
  // On `edited` the sender is the editor, who may put words into another person's mouth: only new comments count.
  if (action !== 'created') return ignored('only a new comment starts a run; write the command in a new one');
  if (issue.pull_request !== undefined && issue.pull_request !== null) return ignored('it is about a pull request, not about an issue');
  if (!hasRunCommand(comment.body)) return ignored('the comment has no line that is `/heddle run`, outside of quotes and code');
  if (sender.id !== comment.user.id) return err({ kind: 'malformed', message: 'issue_comment: the sender of a new comment is not its author' });
  return ok({ trigger: { kind: 'comment', commentId: String(comment.id), command: 'run' }, ticket: issueRef(input.repository, issue.number), actor: comment.user, payload: parsed.data });
}

function readWorkflowDispatch(input: GithubEventInput): Read {
  const parsed = WorkflowDispatchPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const ticket = dispatchedTicket(parsed.data.inputs?.['ticket'], { place: 'workflow_dispatch: input `ticket`', repository: input.repository });
  return ticket.ok ? ok({ trigger: { kind: 'dispatch' }, ticket: ticket.value, actor: parsed.data.sender, payload: parsed.data }) : ticket;
}

function readRepositoryDispatch(input: GithubEventInput): Read {
  const parsed = RepositoryDispatchPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const ticket = dispatchedTicket(parsed.data.client_payload?.['ticket'], { place: 'repository_dispatch: client_payload.ticket', repository: input.repository });
  return ticket.ok ? ok({ trigger: { kind: 'repository-dispatch', eventType: parsed.data.action }, ticket: ticket.value, actor: parsed.data.sender, payload: parsed.data }) : ticket;
}

/** A dispatch names a ticket of a tracker, never a file: a path from outside would choose what is read on the runner. */
function dispatchedTicket(value: unknown, from: { readonly place: string; readonly repository: string }): Result<TicketRef, EventRefusal> {
  if (typeof value !== 'string' || value.trim() === '') {
    return err({ kind: 'malformed', message: `${from.place} must be a text that names a ticket, for example #12. Give it and start the run again.` });
  }
  const name = parseTicketName(value, from.repository);
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

function ignored(why: string): Read {
  return err({ kind: 'ignored', why });
}

/** Names the places that do not fit, never the values: they are foreign text. */
function malformed(name: string, error: z.ZodError): { readonly ok: false; readonly error: EventRefusal } {
  const places = error.issues.slice(0, 5).map((issue) => issue.path.join('.') || 'the payload').join(', ');
  return err({ kind: 'malformed', message: `${name}: the event does not have the form that GitHub documents, at: ${places}. Pass the file that GITHUB_EVENT_PATH names, unchanged.` });
}
