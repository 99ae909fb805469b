import type { z } from 'zod';
import type { CommentPlace } from '../domain/request.js';
import type { TicketRef } from '../domain/ticket.js';
import { err, ok } from '../kit/result.js';
import type { Result } from '../kit/result.js';
import { IssuePayload, NotePayload } from './gitlab-event-schema.js';

export interface GitlabEventInput {
  /** `object_kind` of the payload. */
  readonly name: string;
  readonly payload: unknown;
  /** `group/sub/project` of the project that the pipeline belongs to. */
  readonly repository: string;
  readonly label: string;
  readonly assignee: string | undefined;
}

/** What is said to have happened. Nobody is named: who it was, GitLab's own record must say. */
export type GitlabAct =
  | { readonly kind: 'labeled' | 'unlabeled'; readonly label: string }
  | { readonly kind: 'assigned'; readonly login: string }
  | { readonly kind: 'edited' }
  | { readonly kind: 'state'; readonly state: 'closed' | 'reopened' }
  | { readonly kind: 'note'; readonly note: string; readonly place: CommentPlace };

/** `ticket` is missing for a note at a merge request: which ticket that is for, the forge must say. */
export interface GitlabHint { readonly act: GitlabAct; readonly ticket: TicketRef | undefined; readonly fromFork: boolean }

/** `ignored`: a normal event that is none of our business. `malformed`: one that names us and cannot be read. */
export type GitlabEventRefusal = { readonly kind: 'ignored'; readonly why: string } | { readonly kind: 'malformed'; readonly message: string };

type Read = Result<GitlabHint, GitlabEventRefusal>;

/**
 * Reads a webhook of GitLab as a hint: which ticket, by what act. It comes through a trigger token, and whoever has that token can
 * send what they like; so neither the person, nor a comment's text, nor a command is taken from it (`proveGitlabAct`).
 * One event may change several things: the label counts first, then the assignee, then the text.
 */
export function readGitlabEvent(input: GitlabEventInput): Read {
  switch (input.name) {
    case 'issue': case 'work_item': return readIssue(input);
    case 'note': return readNote(input);
    default: return ignored('this event starts no run; the ones that may are issue (and work_item) and note. An approval of a merge request counts in GitLab itself');
  }
}

function readIssue(input: GitlabEventInput): Read {
  const parsed = IssuePayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const act = actOf(parsed.data, input);
  if (act === undefined) return ignored(`of an issue only the label ${JSON.stringify(input.label)}${input.assignee === undefined ? '' : `, the assignee ${JSON.stringify(input.assignee)}`}, an edit, closing and opening again matter`);
  const path = parsed.data.project.path_with_namespace;
  return ok({ act, ticket: { tracker: 'gitlab', key: `${path}#${String(parsed.data.object_attributes.iid)}` }, fromFork: isElsewhere(path, input) });
}

function actOf(payload: IssuePayload, { label, assignee }: GitlabEventInput): GitlabAct | undefined {
  const { action } = payload.object_attributes;
  if (action === 'close') return { kind: 'state', state: 'closed' };
  if (action === 'reopen') return { kind: 'state', state: 'reopened' };
  const opened = action === 'open';
  if (!opened && action !== 'update') return undefined;
  const { labels, assignees, title, description } = payload.changes ?? {};
  const [had, has] = opened ? [false, holds(payload.labels, label)] : [holds(labels?.previous, label), holds(labels?.current, label)];
  if (has !== had) return { kind: has ? 'labeled' : 'unlabeled', label };
  if (assignee !== undefined) {
    const [before, after] = opened ? [false, names(payload.assignees, assignee)] : [names(assignees?.previous, assignee), names(assignees?.current, assignee)];
    if (after && !before) return { kind: 'assigned', login: assignee };
  }
  return !opened && (title != null || description != null) ? { kind: 'edited' } : undefined;
}

function readNote(input: GitlabEventInput): Read {
  const parsed = NotePayload.safeParse(input.payload);
  if (!parsed.success) return malformed(input.name, parsed.error);
  const { object_attributes: note, issue, merge_request: change, project } = parsed.data;
  if (note.system === true) return ignored('GitLab wrote this note itself');
  // Whoever edits may put words into another person's mouth: only new comments count.
  if ((note.action ?? 'create') !== 'create') return ignored('only a new comment counts; write the command in a new one');
  const path = project.path_with_namespace;
  if (note.noteable_type === 'Issue' && issue != null) {
    return ok({ act: { kind: 'note', note: String(note.id), place: { kind: 'ticket' } }, ticket: { tracker: 'gitlab', key: `${path}#${String(issue.iid)}` }, fromFork: isElsewhere(path, input) });
  }
  if (note.noteable_type !== 'MergeRequest' || change == null) return ignored('it is a comment at neither an issue nor a merge request');
  const fork = change.source_project_id != null && change.target_project_id != null && change.source_project_id !== change.target_project_id;
  const place: CommentPlace = { kind: note.type === 'DiffNote' ? 'review-comment' : 'change', change: change.iid };
  return ok({ act: { kind: 'note', note: String(note.id), place }, ticket: undefined, fromFork: fork || isElsewhere(path, input) });
}

function isElsewhere(path: string, { repository }: GitlabEventInput): boolean {
  return path.toLowerCase() !== repository.toLowerCase();
}

function holds(labels: readonly { readonly title: string }[] | null | undefined, label: string): boolean {
  return (labels ?? []).some((one) => one.title === label);
}

function names(accounts: readonly { readonly username: string }[] | null | undefined, login: string): boolean {
  return (accounts ?? []).some((one) => one.username.toLowerCase() === login.toLowerCase());
}

function ignored(why: string): Read {
  return err({ kind: 'ignored', why });
}

/** Names the places that do not fit, never the values: they are foreign text. */
function malformed(name: string, error: z.ZodError): Read {
  const places = error.issues.slice(0, 5).map((issue) => issue.path.join('.') || 'the payload').join(', ');
  return err({ kind: 'malformed', message: `${name}: the event does not have the form that GitLab documents, at: ${places}. Let the webhook call the trigger's URL itself, so that its whole body arrives unchanged as TRIGGER_PAYLOAD.` });
}
