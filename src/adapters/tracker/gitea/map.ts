import type { Actor } from '../../../domain/actor.js';
import { Instant } from '../../../domain/ids.js';
import { untrusted } from '../../../domain/text.js';
import type { Ticket, TicketComment, TicketEvent, TicketRef } from '../../../domain/ticket.js';
import type { CommentAnswer, EntryAnswer, IssueAnswer, UserAnswer } from './schema.js';

/** Gitea has no limit of its own; this is what a person still reads and every proxy lets through. */
export const COMMENT_CHARS_MAX = 65_536;

/** The repository and number of `acme/shop#12`; undefined for anything else, also for parts that would lead out of a path. */
export function parseKey(key: string): { readonly repository: string; readonly number: number } | undefined {
  const found = /^((?!\.{1,2}\/)[A-Za-z0-9_.-]{1,100}\/(?!\.{1,2}#)[A-Za-z0-9_.-]{1,100})#([1-9][0-9]{0,9})$/.exec(key);
  return found?.[1] === undefined ? undefined : { repository: found[1], number: Number(found[2]) };
}

export function toTicket(parts: { readonly ref: TicketRef; readonly issue: IssueAnswer; readonly timeline: readonly EntryAnswer[]; readonly comments: readonly CommentAnswer[]; readonly restricted: boolean }): Ticket {
  const { issue } = parts;
  return {
    ref: parts.ref, url: issue.html_url, title: untrusted(issue.title), body: untrusted(issue.body ?? ''), criteria: [],
    labels: issue.labels.map((label) => label.name), state: issue.state, author: toActor(issue.user), createdAt: toInstant(issue.created_at), updatedAt: toInstant(issue.updated_at),
    // A new title is in the timeline, a new body nowhere in the API: so nobody can say when the content was last edited.
    contentEditedAt: undefined, events: parts.timeline.flatMap(toEvent), comments: parts.comments.map(toComment), restricted: parts.restricted,
  };
}

function toEvent(entry: EntryAnswer): readonly TicketEvent[] {
  const common = { actor: toActor(entry.user), at: toInstant(entry.created_at) };
  switch (entry.type) {
    case 'label': return entry.label === null || entry.label === undefined ? [] : [{ kind: entry.body === '1' ? 'labeled' : 'unlabeled', label: entry.label.name, ...common }];
    case 'assignees': return entry.removed_assignee ? [] : [{ kind: 'assigned', assignee: toActor(entry.assignee), ...common }];
    case 'change_title': return [{ kind: 'edited', ...common }];
    case 'close': return [{ kind: 'closed', ...common }];
    case 'reopen': return [{ kind: 'reopened', ...common }];
  }
}

function toComment(comment: CommentAnswer): TicketComment {
  return { id: String(comment.id), author: toActor(comment.user), body: untrusted(comment.body), createdAt: toInstant(comment.created_at), updatedAt: toInstant(comment.updated_at) };
}

/**
 * Accounts of Gitea itself have negative numbers: -1 stands for one that was deleted, -2 for jobs of its Actions. Of all others it
 * does not say whether a person or a program is behind them.
 */
export function toActor(user: UserAnswer | null | undefined): Actor {
  if (user === null || user === undefined || user.id === -1 || user.id === 0) return { login: 'ghost', id: 'deleted', kind: 'unknown' };
  return { login: user.login, id: String(user.id), kind: user.id > 0 ? 'human' : 'bot' };
}

function toInstant(time: string): Instant {
  return Instant.parse(new Date(time).toISOString());
}

/** The hidden first line by which our own comment is found again. */
export function markerLine(marker: string): string {
  return `<!-- heddle:${marker.replace(/[^A-Za-z0-9:._/#-]/g, '_').replace(/-{2,}/g, '-')} -->`;
}

export function commentText(marker: string, markdown: string): string {
  const text = `${markerLine(marker)}\n${markdown}`;
  if (text.length <= COMMENT_CHARS_MAX) return text;
  const note = '\n\n_The rest was cut: the text is too long for a comment._\n';
  const kept = text.slice(0, COMMENT_CHARS_MAX - note.length);
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}${note}`;
}
