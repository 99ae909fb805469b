import type { Actor } from '../../../domain/actor.js';
import { Instant } from '../../../domain/ids.js';
import { untrusted } from '../../../domain/text.js';
import type { Ticket, TicketComment, TicketEvent, TicketRef } from '../../../domain/ticket.js';
import type { EditedAnswer, IssueAnswer, LabelEventAnswer, NoteAnswer, StateEventAnswer, UserAnswer } from './schema.js';

/** GitLab's limit of a note. */
export const COMMENT_CHARS_MAX = 1_000_000;
export const COMMENTS_MAX = 500;

/** The project and number of `group/sub/project#12`; undefined for anything else, also for parts that would lead out of a path. */
export function parseKey(key: string): { readonly project: string; readonly number: number } | undefined {
  const hash = key.lastIndexOf('#');
  const parts = key.slice(0, Math.max(0, hash)).split('/');
  const isName = (part: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/.test(part) && !part.endsWith('.');
  if (parts.length < 2 || parts.length > 25 || !parts.every(isName) || !/^[1-9][0-9]{0,9}$/.test(key.slice(hash + 1))) return undefined;
  return { project: parts.join('/'), number: Number(key.slice(hash + 1)) };
}

export interface TicketParts {
  readonly ref: TicketRef;
  readonly issue: IssueAnswer;
  readonly labels: readonly LabelEventAnswer[];
  readonly states: readonly StateEventAnswer[];
  /** Oldest first, GitLab's own lines included. */
  readonly notes: readonly NoteAnswer[];
  /** What GraphQL said; `undefined` = it could not be asked. */
  readonly edited: EditedAnswer | undefined;
  /** Accounts by name, as far as they were looked up. */
  readonly accounts: Readonly<Record<string, Actor>>;
  /** Whether an account is a machine, by id; missing = unknown. */
  readonly bots: Readonly<Record<string, boolean>>;
}

export function toTicket(parts: TicketParts): Ticket {
  const { issue, notes, edited } = parts;
  const actor = (user: UserAnswer | null): Actor => toActor(user, parts.bots);
  const restricted = issue.confidential === true ? true : edited?.data.project?.visibility == null ? undefined : edited.data.project.visibility !== 'public';
  return {
    ref: parts.ref, url: issue.web_url, title: untrusted(issue.title), body: untrusted(issue.description ?? ''), criteria: [], labels: issue.labels, state: issue.state === 'opened' ? 'open' : 'closed',
    author: actor(issue.author), createdAt: toInstant(issue.created_at), updatedAt: toInstant(issue.updated_at), contentEditedAt: contentEditedAt(edited, notes),
    events: eventsOf(parts, actor), comments: notes.filter(isComment).slice(0, COMMENTS_MAX).map((note) => toComment(note, actor)),
    ...(restricted === undefined ? {} : { restricted }),
  };
}

/** What a person wrote for everybody. An internal note is for members only, and what we make of a ticket may be public. */
export function isComment(note: NoteAnswer): boolean {
  return !note.system && note.internal !== true && note.confidential !== true;
}

/** GraphQL's time is of title and description alike. GitLab's own lines can only make it later. */
function contentEditedAt(edited: EditedAnswer | undefined, notes: readonly NoteAnswer[]): Instant | null | undefined {
  const widget = edited?.data.project?.workItems?.nodes[0]?.widgets?.find((one) => one.lastEditedAt !== undefined);
  if (widget?.lastEditedAt === undefined) return undefined;
  const times = notes.filter((note) => note.system && isEdit(note.body)).map((note) => toInstant(note.created_at));
  if (widget.lastEditedAt !== null) times.push(toInstant(widget.lastEditedAt));
  return times.sort().at(-1) ?? null;
}

/** GitLab writes these lines itself, in English on every server, and no person can write a system note. */
function isEdit(line: string): boolean {
  return line.startsWith('changed the description') || line.startsWith('changed title from ');
}

/** All that happened, oldest first; of one moment in the order of the numbers. */
function eventsOf({ labels, states, notes, accounts }: TicketParts, actor: (user: UserAnswer | null) => Actor): readonly TicketEvent[] {
  const all: { readonly id: number; readonly event: TicketEvent }[] = [];
  for (const { id, user, created_at: at, label, action } of labels) {
    if (label !== null) all.push({ id, event: { kind: action === 'add' ? 'labeled' : 'unlabeled', label: label.name, actor: actor(user), at: toInstant(at) } });
  }
  for (const { id, user, created_at: at, state } of states) {
    if (state === 'closed' || state === 'reopened') all.push({ id, event: { kind: state, actor: actor(user), at: toInstant(at) } });
  }
  for (const note of notes.filter((one) => one.system)) {
    const common = { actor: actor(note.author), at: toInstant(note.created_at) };
    if (isEdit(note.body)) all.push({ id: note.id, event: { kind: 'edited', ...common } });
    for (const name of assignedIn(note.body)) all.push({ id: note.id, event: { kind: 'assigned', assignee: accounts[name.toLowerCase()] ?? { login: name, id: '', kind: 'unknown' }, ...common } });
  }
  return all.sort((a, b) => (a.event.at === b.event.at ? a.id - b.id : a.event.at < b.event.at ? -1 : 1)).map((one) => one.event);
}

/** The names in GitLab's own line `assigned to @amy, @bob and unassigned @carl`; nothing of any other line. */
export function assignedIn(line: string): readonly string[] {
  if (!line.startsWith('assigned to @')) return [];
  const [assigned = ''] = line.slice(0, 10_000).split(' and unassigned ');
  return assigned.slice('assigned to '.length).split(/, and |, | and /).flatMap((part) => {
    const name = /^@([A-Za-z0-9_][A-Za-z0-9_.-]{0,254})$/.exec(part.trim())?.[1];
    return name === undefined ? [] : [name];
  });
}

function toComment(note: NoteAnswer, actor: (user: UserAnswer | null) => Actor): TicketComment {
  return { id: String(note.id), author: actor(note.author), body: untrusted(note.body), createdAt: toInstant(note.created_at), updatedAt: toInstant(note.updated_at) };
}

/** A deleted account comes as null: nobody, who may do nothing. The names of token accounts are GitLab's own and taken by nobody. */
export function toActor(user: UserAnswer | null, bots: Readonly<Record<string, boolean>>): Actor {
  if (user === null) return { login: 'ghost', id: 'deleted', kind: 'unknown' };
  const bot = /^(?:project|group)_[0-9]+_bot/.test(user.username) ? true : bots[String(user.id)];
  return { login: user.username, id: String(user.id), kind: bot === undefined ? 'unknown' : bot ? 'bot' : 'human' };
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
  const note = '\n\n_The rest was cut: the text is longer than GitLab takes._\n';
  const kept = text.slice(0, COMMENT_CHARS_MAX - note.length);
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}${note}`;
}
