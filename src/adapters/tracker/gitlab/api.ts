import type { Actor } from '../../../domain/actor.js';
import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { withoutQuickActions } from '../../gitlab-client/quick-actions.js';
import { isUnsure } from '../../gitlab-client/fault.js';
import { COMMENTS_MAX, assignedIn, commentText, isComment, markerLine, toActor, type TicketParts } from './map.js';
import { AccountAnswer, AccountsAnswer, EditedAnswer, IssueAnswer, LabelEventsAnswer, NoteAnswer, NotesAnswer, StateEventsAnswer } from './schema.js';
import type { LabelEventAnswer, StateEventAnswer, UserAnswer } from './schema.js';

/** History decides who approved, and GitLab lists it oldest first: one that is longer cannot be judged. */
const EVENTS_MAX = 5000;
const NOTES_SEARCHED_MAX = 10_000;
/** Accounts that are looked up for one ticket, newest events first; more are of an unknown kind. */
const ACCOUNTS_MAX = 60;
const EDITED = 'query($path: ID!, $iid: String!) { project(fullPath: $path) { visibility workItems(iid: $iid) { nodes { widgets { ... on WorkItemWidgetDescription { lastEditedAt } } } } } }';

type Read = Omit<TicketParts, 'ref'>;

/** The issue with all that is told of it. */
export async function readIssue(client: GitlabClient, number: number, signal: AbortSignal | undefined): Promise<Result<Read, Fault>> {
  const { project } = client;
  const issue = await client.call({ ask: (api) => api('Issues').show(number, { projectId: project }), schema: IssueAnswer, signal });
  if (!issue.ok) return issue;
  const labels = await client.pages({ ask: (api) => api('IssueLabelEvents').all(project, number, { perPage: 100 }), schema: LabelEventsAnswer, signal }, (page) => page, EVENTS_MAX);
  if (!labels.ok) return labels;
  const states = await client.pages({ ask: (api) => api('IssueStateEvents').all(project, number, { perPage: 100 }), schema: StateEventsAnswer, signal }, (page) => page, EVENTS_MAX);
  if (!states.ok) return states;
  const notes = await client.pages({ ask: (api) => api('IssueNotes').all(project, number, { perPage: 100, sort: 'asc', orderBy: 'created_at' }), schema: NotesAnswer, signal }, (page) => page, EVENTS_MAX);
  if (!notes.ok) return notes;
  if (labels.value.cut || states.value.cut || notes.value.cut) return err({ code: 'rejected', side: 'theirs', retryable: false, source: client.source, message: `${project}#${String(number)} has more than ${String(EVENTS_MAX)} history entries, so who approved it cannot be told. Open a new issue for the work.` });
  const edited = await client.graphql(EDITED, { path: project, iid: String(number) }, EditedAnswer, signal);
  // A passing failure is a fault; only a server that does not answer the question makes the time unknown.
  if (!edited.ok && edited.error.retryable && edited.error.code !== 'invalid-answer') return edited;
  const known = { issue: issue.value, labels: labels.value.items, states: states.value.items, notes: notes.value.items, edited: edited.ok ? edited.value : undefined };
  const bots = await whichAreBots(client, known, signal);
  if (!bots.ok) return bots;
  const accounts = await assignees(client, known.notes, signal);
  return accounts.ok ? ok({ ...known, bots: bots.value, accounts: accounts.value }) : accounts;
}

/** Events and notes do not say whether somebody is a machine; the account does. Where it may not be asked, that stays unknown. */
async function whichAreBots(client: GitlabClient, { issue, labels, states, notes }: Pick<Read, 'issue' | 'labels' | 'states' | 'notes'>, signal: AbortSignal | undefined): Promise<Result<Readonly<Record<string, boolean>>, Fault>> {
  const whoDid = (one: LabelEventAnswer | StateEventAnswer): UserAnswer | null => one.user;
  const people = [...labels.map(whoDid).reverse(), issue.author, ...states.map(whoDid).reverse(), ...notes.filter(isComment).slice(0, COMMENTS_MAX).map((note) => note.author).reverse(), ...notes.filter((note) => note.system).map((note) => note.author)];
  const ids = [...new Set(people.flatMap((user) => (user === null ? [] : [user.id])))].slice(0, ACCOUNTS_MAX);
  const bots: Record<string, boolean> = {};
  for (const id of ids) {
    const account = await client.call({ ask: { method: 'GET', path: `users/${String(id)}` }, schema: AccountAnswer, signal });
    if (!account.ok && account.error.retryable) return account;
    if (account.ok && typeof account.value.bot === 'boolean') bots[String(id)] = account.value.bot;
  }
  return ok(bots);
}

/** GitLab's line about an assignment has names only; admission compares numbers. A name that was changed since is nobody's. */
async function assignees(client: GitlabClient, notes: Read['notes'], signal: AbortSignal | undefined): Promise<Result<Readonly<Record<string, Actor>>, Fault>> {
  const names = [...new Set(notes.filter((note) => note.system).flatMap((note) => assignedIn(note.body)).map((name) => name.toLowerCase()))].reverse().slice(0, ACCOUNTS_MAX);
  const accounts: Record<string, Actor> = {};
  for (const name of names) {
    const found = await client.call({ ask: { method: 'GET', path: 'users', query: { username: name } }, schema: AccountsAnswer, signal });
    if (!found.ok && found.error.retryable) return found;
    const account = found.ok ? found.value.find((one) => one.username.toLowerCase() === name) : undefined;
    if (account !== undefined) accounts[name] = toActor(account, typeof account.bot === 'boolean' ? { [String(account.id)]: account.bot } : {});
  }
  return ok(accounts);
}

/**
 * Creates or updates the one note with the marker. A note that was written is seen by people and mailed, so it is sent once; when
 * the answer is lost, the list tells whether it is there.
 */
export async function upsertComment(client: GitlabClient, number: number, text: { readonly marker: string; readonly markdown: string }, signal: AbortSignal | undefined): Promise<Result<string, Fault>> {
  const { project } = client;
  const self = await client.call({ ask: { method: 'GET', path: 'user' }, schema: AccountAnswer, signal });
  if (!self.ok) return client.isJobToken && self.error.code === 'unauthorized' ? err({ ...self.error, message: 'A job\'s own token (CI_JOB_TOKEN) cannot write comments. Give a project access token with the scope api and the role Reporter or higher as GITLAB_TOKEN.' }) : self;
  const body = commentText(text.marker, withoutQuickActions(text.markdown));
  const urlOf = (id: number): string => `${client.serverUrl}/${project}/-/issues/${String(number)}#note_${String(id)}`;
  for (let tries = 1; ; tries += 1) {
    const found = await findOwn(client, number, { marker: markerLine(text.marker), self: self.value.id }, signal);
    if (!found.ok) return found;
    const id = found.value?.id;
    if (found.value?.body === body && id !== undefined) return ok(urlOf(id));
    const written = id === undefined
      ? await client.call({ ask: (api) => api('IssueNotes').create(project, number, body), schema: NoteAnswer, signal })
      : await client.call({ ask: (api) => api('IssueNotes').edit(project, number, id, { body }), repeat: 'safe', schema: NoteAnswer, signal });
    if (written.ok) return ok(urlOf(written.value.id));
    if (!isUnsure(written.error) || tries >= 3) return written;
  }
}

/** The oldest of our own notes with exactly this first line. What others wrote is never taken over, whatever it says. */
async function findOwn(client: GitlabClient, number: number, { marker, self }: { readonly marker: string; readonly self: number }, signal: AbortSignal | undefined): Promise<Result<NoteAnswer | undefined, Fault>> {
  const notes = await client.pages({ ask: (api) => api('IssueNotes').all(client.project, number, { perPage: 100, sort: 'asc', orderBy: 'created_at' }), schema: NotesAnswer, signal }, (page) => page, NOTES_SEARCHED_MAX);
  if (!notes.ok) return notes;
  return ok(notes.value.items.find((note) => !note.system && note.author?.id === self && (note.body === marker || note.body.startsWith(`${marker}\n`) || note.body.startsWith(`${marker}\r\n`))));
}
