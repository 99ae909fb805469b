import type { Actor } from '../../../domain/actor.js';
import { Instant } from '../../../domain/ids.js';
import { untrusted } from '../../../domain/text.js';
import type { Ticket, TicketComment, TicketEvent, TicketRef } from '../../../domain/ticket.js';
import type { CommentAnswer, EventAnswer, IssueAnswer, UserAnswer } from './schema.js';

export const COMMENT_CHARS_MAX = 65_536;

/** The repository and number of `acme/shop#12`; undefined for anything else, also for parts that would lead out of a path. */
export function parseKey(key: string): { readonly repository: string; readonly number: number } | undefined {
  const found = /^([A-Za-z0-9_-]{1,100}\/(?!\.{1,2}#)[A-Za-z0-9_.-]{1,100})#([1-9][0-9]{0,9})$/.exec(key);
  return found?.[1] === undefined ? undefined : { repository: found[1], number: Number(found[2]) };
}

export function toTicket(parts: {
  readonly ref: TicketRef; readonly issue: IssueAnswer; readonly timeline: readonly EventAnswer[]; readonly comments: readonly CommentAnswer[];
  /** When the body was last edited; `undefined` = GitHub could not be asked. */
  readonly bodyEditedAt: string | null | undefined;
  readonly restricted?: boolean | undefined;
}): Ticket {
  const { issue, timeline } = parts;
  const events = timeline.flatMap(toEvent);
  return {
    ref: parts.ref, url: issue.html_url, title: untrusted(issue.title), body: untrusted(issue.body ?? ''), criteria: [],
    labels: issue.labels.flatMap((label) => (typeof label === 'string' ? [label] : typeof label.name === 'string' ? [label.name] : [])),
    state: issue.state, author: toActor(issue.user), createdAt: toInstant(issue.created_at), updatedAt: toInstant(issue.updated_at),
    contentEditedAt: contentEditedAt(parts.bodyEditedAt, timeline), events, comments: parts.comments.map(toComment),
    ...(parts.restricted === undefined ? {} : { restricted: parts.restricted }),
  };
}

/** GraphQL's `lastEditedAt` speaks of the body alone; a new title is a `renamed` event. */
function contentEditedAt(bodyEditedAt: string | null | undefined, timeline: readonly EventAnswer[]): Instant | null | undefined {
  if (bodyEditedAt === undefined) return undefined;
  const times = timeline.flatMap((event) => (event.event === 'renamed' ? [toInstant(event.created_at)] : []));
  if (bodyEditedAt !== null) times.push(toInstant(bodyEditedAt));
  return times.sort().at(-1) ?? null;
}

function toEvent(event: EventAnswer): readonly TicketEvent[] {
  const common = { actor: toActor(event.actor), at: toInstant(event.created_at) };
  switch (event.event) {
    case 'labeled': case 'unlabeled': return [{ kind: event.event, label: event.label.name, ...common }];
    case 'assigned': return [{ kind: 'assigned', assignee: toActor(event.assignee), ...common }];
    case 'renamed': return [{ kind: 'edited', ...common }];
    case 'closed': case 'reopened': return [{ kind: event.event, ...common }];
  }
}

function toComment(comment: CommentAnswer): TicketComment {
  return { id: String(comment.id), author: toActor(comment.user), body: untrusted(comment.body), createdAt: toInstant(comment.created_at), updatedAt: toInstant(comment.updated_at) };
}

/** A deleted account comes as null: nobody, who may do nothing. */
export function toActor(user: UserAnswer | null | undefined): Actor {
  if (user === null || user === undefined) return { login: 'ghost', id: 'deleted', kind: 'unknown' };
  return { login: user.login, id: String(user.id), kind: user.type === 'User' ? 'human' : user.type === 'Bot' ? 'bot' : 'unknown' };
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
  const note = '\n\n_The rest was cut: the text is longer than GitHub takes._\n';
  const kept = text.slice(0, COMMENT_CHARS_MAX - note.length);
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}${note}`;
}
