import { z } from 'zod';
import type { RunRequest } from '../domain/request.js';
import type { TicketRef } from '../domain/ticket.js';
import { err, ok, type Result } from '../kit/result.js';
import { parseGithubEvent, type EventRefusal, type GithubEventInput } from './github-event.js';

/** What is read of the payloads of Gitea and Forgejo (`modules/structs/hook.go`); everything else in them is left unread on purpose. */
const account = z.object({ login: z.string().max(200), id: z.number().int() });
const label = z.object({ name: z.string() });
const issue = z.object({ number: z.number().int().positive(), labels: z.array(label).nullish(), assignees: z.array(account).nullish(), pull_request: z.unknown().optional() });
const base = { repository: z.object({ full_name: z.string().max(300), fork: z.boolean().optional() }), sender: account };
const IssuesPayload = z.object({
  ...base, action: z.string(), issue,
  /** Only newer servers say which labels were put on and taken off. */
  changes: z.object({ added_labels: z.array(label).nullish(), removed_labels: z.array(label).nullish() }).nullish(),
});
const CommentPayload = z.object({ ...base, action: z.string(), issue, is_pull: z.boolean().optional(), comment: z.object({ id: z.number().int().positive(), body: z.string(), user: account }) });
const DispatchPayload = z.object({ ...base, inputs: z.record(z.string(), z.unknown()).nullish() });

/**
 * Reads an event of Gitea or Forgejo as a hint, like one of GitHub: the payload is put into GitHub's form where it differs, and one
 * reader judges both. Nothing that the payload does not say is made up.
 *
 * - A change of labels says `label_updated` and lists the labels that are there now, not the one that was set.
 * - An assignment lists all who are assigned.
 * - A comment at a pull request says `is_pull`.
 * - A review says its type and its words, but not its number: nobody could look it up again, so it starts nothing.
 */
export function parseGiteaEvent(input: GithubEventInput): Result<RunRequest, EventRefusal> {
  const payload = inGithubForm(input);
  return payload.ok ? ofGitea(parseGithubEvent({ home: { tracker: 'gitea' }, ...input, payload: payload.value })) : payload;
}

type Form = Result<unknown, EventRefusal>;

function inGithubForm(input: GithubEventInput): Form {
  switch (input.name) {
    case 'issues': return issuesForm(input);
    case 'issue_comment': return commentForm(input);
    case 'workflow_dispatch': return dispatchForm(input);
    case 'pull_request_review': case 'pull_request_review_comment': case 'pull_request_comment':
    case 'pull_request_review_approved': case 'pull_request_review_rejected':
      return ignored('this forge does not say the number of a review, so its words cannot be looked up again; write the command as a comment of the pull request');
    default: return ignored('this event starts no run; the ones that may are issues, issue_comment and workflow_dispatch');
  }
}

function issuesForm(input: GithubEventInput): Form {
  const parsed = IssuesPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { action, issue: about, changes, sender, repository } = parsed.data;
  if (sender.id <= 0) return ignored(BY_THE_SERVER);
  const common = { repository, sender: person(sender), issue: { number: about.number, pull_request: about.pull_request } };
  const named = (labels: readonly { readonly name: string }[] | null | undefined): boolean => labels?.some((one) => one.name === input.label) === true;
  switch (action) {
    case 'label_updated': case 'label_cleared': {
      const told = changes?.added_labels ?? changes?.removed_labels;
      if (told !== undefined && told !== null && !named(changes?.added_labels) && !named(changes?.removed_labels)) return ignored(`the label is not the one of trigger.label (${JSON.stringify(input.label)})`);
      return ok({ ...common, action: action === 'label_updated' && named(about.labels) ? 'labeled' : 'unlabeled', label: { name: input.label } });
    }
    case 'assigned': {
      const assignee = about.assignees?.find((one) => one.login.toLowerCase() === input.assignee?.toLowerCase());
      return ok({ ...common, action, ...(assignee === undefined ? {} : { assignee: person(assignee) }) });
    }
    default: return ok({ ...common, action });
  }
}

function commentForm(input: GithubEventInput): Form {
  const parsed = CommentPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { action, issue: about, is_pull: isPull, comment, sender, repository } = parsed.data;
  if (sender.id <= 0 || comment.user.id <= 0) return ignored(BY_THE_SERVER);
  const pull = isPull === true || (about.pull_request !== undefined && about.pull_request !== null);
  return ok({ action, repository, sender: person(sender), issue: { number: about.number, ...(pull ? { pull_request: {} } : {}) }, comment: { id: comment.id, body: comment.body, user: person(comment.user) } });
}

function dispatchForm(input: GithubEventInput): Form {
  const parsed = DispatchPayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { sender, repository, inputs } = parsed.data;
  return sender.id <= 0 ? ignored(BY_THE_SERVER) : ok({ repository, sender: person(sender), inputs: inputs ?? {} });
}

const BY_THE_SERVER = 'the account that acted is one of the forge itself, as its own jobs have';

/** Whether a program is behind an account the forge does not say. */
function person(who: z.infer<typeof account>): object {
  return { login: who.login, id: who.id, type: 'User' };
}

/** Short names and addresses of issues mean this forge here. */
function ofGitea(read: Result<RunRequest, EventRefusal>): Result<RunRequest, EventRefusal> {
  if (read.ok) return ok({ ...read.value, ticket: homeTicket(read.value.ticket) });
  const refusal = read.error;
  return err(refusal.kind === 'at-change' ? { ...refusal, about: (ticket) => ofGitea(refusal.about(ticket)) } : refusal);
}

/** The ticket that a name means at this forge: what GitHub's short forms would mean there. */
export function homeTicket(ticket: TicketRef): TicketRef {
  return ticket.tracker === 'github' ? { tracker: 'gitea', key: ticket.key } : ticket;
}

function ignored(why: string): { readonly ok: false; readonly error: EventRefusal } {
  return err({ kind: 'ignored', why });
}

/** Names the places that do not fit, never the values: they are foreign text. */
function malformed(name: string, error: z.ZodError): { readonly ok: false; readonly error: EventRefusal } {
  const places = error.issues.slice(0, 5).map((one) => one.path.join('.') || 'the payload').join(', ');
  return err({ kind: 'malformed', message: `${name}: the event does not have the form that Gitea documents, at: ${places}. Pass the file that GITHUB_EVENT_PATH names, unchanged.` });
}
