import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Actor } from '../../src/domain/actor.js';
import { Instant } from '../../src/domain/ids.js';
import { untrusted } from '../../src/domain/text.js';
import type { Ticket, TicketComment, TicketEvent } from '../../src/domain/ticket.js';
import { readGitlabEvent } from '../../src/intake/gitlab-event.js';
import type { GitlabHint } from '../../src/intake/gitlab-event.js';
import { proveGitlabAct } from '../../src/intake/gitlab-proof.js';

const PATH = 'acme/platform/shop';
const at = (minute: number): Instant => Instant.parse(`2026-03-01T10:${String(minute).padStart(2, '0')}:00.000Z`);
const person = (login: string, kind: Actor['kind'] = 'human'): Actor => ({ login, id: `id-${login}`, kind });
const AMY = person('amy');
const BOB = person('bob');
/** The user that every payload claims: nothing may ever be decided by it. */
const FORGED = { id: 1, username: 'mallory', name: 'Mallory' };

const issue = (over: { readonly action?: string; readonly changes?: unknown; readonly labels?: readonly string[]; readonly assignees?: readonly string[]; readonly kind?: string; readonly path?: string } = {}): Record<string, unknown> => ({
  object_kind: over.kind ?? 'issue', event_type: 'issue', user: FORGED, project: { id: 1, path_with_namespace: over.path ?? PATH, web_url: 'https://gitlab.example.com/x' },
  object_attributes: { id: 301, iid: 12, action: over.action ?? 'update', title: 'forged title', description: '/heddle run', state: 'opened' },
  labels: (over.labels ?? []).map((title) => ({ id: 1, title })), assignees: (over.assignees ?? []).map((username) => ({ name: username, username })), changes: over.changes ?? {},
});
const labels = (previous: readonly string[], current: readonly string[]): unknown => ({ labels: { previous: previous.map((title) => ({ id: 1, title })), current: current.map((title) => ({ id: 1, title })) } });
const note = (over: Readonly<Record<string, unknown>> = {}, at_: Readonly<Record<string, unknown>> = { issue: { iid: 12 } }): Record<string, unknown> => ({
  object_kind: 'note', event_type: 'note', user: FORGED, project: { path_with_namespace: PATH }, object_attributes: { id: 1241, note: '/heddle approve 0123456789ab', noteable_type: 'issue' in at_ ? 'Issue' : 'MergeRequest', author_id: 1, system: false, action: 'create', ...over }, ...at_,
});
const read = (payload: Record<string, unknown>, more: { readonly assignee?: string; readonly repository?: string } = {}): ReturnType<typeof readGitlabEvent> =>
  readGitlabEvent({ name: String(payload['object_kind']), payload, repository: more.repository ?? PATH, label: 'heddle', assignee: more.assignee });

const TICKET = { tracker: 'gitlab', key: `${PATH}#12` } as const;

describe('events of GitLab, as hints', () => {
  it.each<[string, Record<string, unknown>, GitlabHint['act']]>([
    ['a label that was added', issue({ changes: labels(['bug'], ['bug', 'heddle']) }), { kind: 'labeled', label: 'heddle' }],
    ['a label that was taken off', issue({ changes: labels(['heddle'], []) }), { kind: 'unlabeled', label: 'heddle' }],
    ['an issue that was opened with the label', issue({ action: 'open', labels: ['heddle'] }), { kind: 'labeled', label: 'heddle' }],
    ['a task', issue({ kind: 'work_item', changes: labels([], ['heddle']) }), { kind: 'labeled', label: 'heddle' }],
    ['the assignee', issue({ changes: { assignees: { previous: [], current: [{ username: 'Helper' }] } } }), { kind: 'assigned', login: 'helper' }],
    ['an issue that was opened for the assignee', issue({ action: 'open', assignees: ['helper'] }), { kind: 'assigned', login: 'helper' }],
    ['a new text', issue({ changes: { description: { previous: 'a', current: 'b' } } }), { kind: 'edited' }],
    ['a new title', issue({ changes: { title: { previous: 'a', current: 'b' } } }), { kind: 'edited' }],
    ['the label before the text', issue({ changes: { ...labels([], ['heddle']) as object, description: { previous: 'a', current: 'b' } } }), { kind: 'labeled', label: 'heddle' }],
    ['a closed issue', issue({ action: 'close' }), { kind: 'state', state: 'closed' }],
    ['one that was opened again', issue({ action: 'reopen' }), { kind: 'state', state: 'reopened' }],
    ['a note', note(), { kind: 'note', note: '1241', place: { kind: 'ticket' } }],
    ['a note of an old server', note({ action: null }), { kind: 'note', note: '1241', place: { kind: 'ticket' } }],
  ])('reads %s', (_name, payload, act) => {
    expect(read(payload, { assignee: 'helper' })).toEqual({ ok: true, value: { act, ticket: TICKET, fromFork: false } });
  });

  it.each([
    ['at a merge request', {}, 'change'], ['at a line of one', { type: 'DiffNote' }, 'review-comment'],
  ] as const)('reads a note %s without a ticket', (_name, more, kind) => {
    const read_ = read(note(more, { merge_request: { iid: 7, source_project_id: 1, target_project_id: 1 } }));
    expect(read_).toEqual({ ok: true, value: { act: { kind: 'note', note: '1241', place: { kind, change: 7 } }, ticket: undefined, fromFork: false } });
  });

  it.each([
    ['another project', issue({ path: 'acme/other', changes: labels([], ['heddle']) })],
    ['a merge request from a fork', note({}, { merge_request: { iid: 7, source_project_id: 2, target_project_id: 1 } })],
  ])('says that it is about %s', (_name, payload) => {
    expect(read(payload)).toMatchObject({ ok: true, value: { fromFork: true } });
  });

  it.each([
    ['another label', issue({ changes: labels([], ['bug']) })], ['a label that stays', issue({ changes: labels(['heddle'], ['heddle', 'bug']) })], ['an issue without it', issue({ action: 'open', labels: ['bug'] })], ['nothing of interest', issue({ changes: { updated_at: {} } })],
    ['an assignee when none is configured', issue({ changes: { assignees: { previous: [], current: [{ username: 'helper' }] } } })], ['a note of GitLab itself', note({ system: true })], ['an edited note', note({ action: 'update' })],
    ['a note at a commit', note({ noteable_type: 'Commit' }, {})], ['a push', { object_kind: 'push' }], ['an approval of a merge request', { object_kind: 'merge_request', object_attributes: { action: 'approved' } }], ['a pipeline', { object_kind: 'pipeline' }],
  ])('passes over %s', (_name, payload) => {
    expect(read(payload)).toMatchObject({ ok: false, error: { kind: 'ignored' } });
  });

  it('names the places of a payload that does not fit, and none of its words', () => {
    const result = read({ object_kind: 'issue', project: { path_with_namespace: 7 }, object_attributes: { iid: '<script>' } });
    expect(result).toMatchObject({ ok: false, error: { kind: 'malformed', message: expect.stringContaining('project.path_with_namespace, object_attributes.iid') } });
    expect(JSON.stringify(result)).not.toContain('<script>');
  });

  it('takes anything without throwing', () => {
    fc.assert(fc.property(fc.constantFrom('issue', 'note', 'work_item', 'x'), fc.jsonValue(), (name, payload) => {
      readGitlabEvent({ name, payload, repository: PATH, label: 'heddle', assignee: undefined });
    }), { numRuns: 200 });
  });
});

const COMMENT: TicketComment = { id: '1241', author: AMY, body: untrusted('/heddle run'), createdAt: at(1), updatedAt: at(1) };
function ticket(events: readonly TicketEvent[], comments: readonly TicketComment[] = []): Ticket {
  return { ref: TICKET, url: undefined, title: untrusted('t'), body: untrusted('b'), criteria: [], labels: ['heddle'], state: 'open', author: BOB, createdAt: at(0), updatedAt: at(0), contentEditedAt: null, events, comments };
}
const prove = (act: GitlabHint['act'], found: { readonly ticket?: Ticket; readonly changeComment?: TicketComment }): ReturnType<typeof proveGitlabAct> =>
  proveGitlabAct({ act, ticket: TICKET, fromFork: false }, { ref: TICKET, ticket: found.ticket, changeComment: found.changeComment, at: at(30) });
const labeled = (actor: Actor, minute: number, kind: 'labeled' | 'unlabeled' = 'labeled', label = 'heddle'): TicketEvent => ({ kind, label, actor, at: at(minute) });

describe('who did it, by the record of GitLab', () => {
  it.each<[string, GitlabHint['act'], Parameters<typeof prove>[1], unknown, string]>([
    ['the latest label', { kind: 'labeled', label: 'heddle' }, { ticket: ticket([labeled(BOB, 1), labeled(BOB, 2, 'unlabeled'), labeled(AMY, 3), labeled(BOB, 9, 'labeled', 'bug')]) }, { kind: 'labeled', label: 'heddle' }, 'amy'],
    ['who took it off', { kind: 'unlabeled', label: 'heddle' }, { ticket: ticket([labeled(BOB, 1), labeled(AMY, 2, 'unlabeled')]) }, { kind: 'unlabeled', label: 'heddle' }, 'amy'],
    ['who assigned, and to whom by number', { kind: 'assigned', login: 'HELPER' }, { ticket: ticket([{ kind: 'assigned', assignee: person('helper', 'bot'), actor: AMY, at: at(2) }]) }, { kind: 'assigned', assignee: person('helper', 'bot') }, 'amy'],
    ['who edited last', { kind: 'edited' }, { ticket: ticket([{ kind: 'edited', actor: BOB, at: at(1) }, { kind: 'edited', actor: AMY, at: at(2) }]) }, { kind: 'edited' }, 'amy'],
    ['who closed', { kind: 'state', state: 'closed' }, { ticket: ticket([{ kind: 'closed', actor: AMY, at: at(1) }]) }, { kind: 'state', state: 'closed' }, 'amy'],
    ['who wrote the note, and what it says there', { kind: 'note', note: '1241', place: { kind: 'ticket' } }, { ticket: ticket([], [COMMENT]) }, { kind: 'command', commentId: '1241', place: { kind: 'ticket' }, command: { name: 'run' } }, 'amy'],
    ['an answer', { kind: 'note', note: '1241', place: { kind: 'ticket' } }, { ticket: ticket([], [{ ...COMMENT, body: untrusted('It is 42.') }]) }, { kind: 'answered', commentId: '1241' }, 'amy'],
    ['a note at a change', { kind: 'note', note: '1241', place: { kind: 'change', change: 7 } }, { changeComment: { ...COMMENT, body: untrusted('/heddle approve 0123456789ab') } }, { kind: 'command', commentId: '1241', place: { kind: 'change', change: 7 }, command: { name: 'approve', digest: '0123456789ab' } }, 'amy'],
  ])('%s', (_name, act, record, trigger, login) => {
    expect(prove(act, record)).toMatchObject({ ok: true, value: { trigger, actor: { login }, ticket: TICKET, fromFork: false } });
  });

  it.each<[string, GitlabHint['act'], Parameters<typeof prove>[1]]>([
    ['a label nobody added', { kind: 'labeled', label: 'heddle' }, { ticket: ticket([]) }],
    ['a label that was taken off since', { kind: 'labeled', label: 'heddle' }, { ticket: ticket([labeled(AMY, 1), labeled(AMY, 2, 'unlabeled')]) }],
    ['one taken off and put on again', { kind: 'unlabeled', label: 'heddle' }, { ticket: ticket([labeled(AMY, 1, 'unlabeled'), labeled(AMY, 2)]) }],
    ['an assignment nobody made', { kind: 'assigned', login: 'helper' }, { ticket: ticket([labeled(AMY, 1)]) }],
    ['an edit nobody made', { kind: 'edited' }, { ticket: ticket([]) }],
    ['a state that is another by now', { kind: 'state', state: 'closed' }, { ticket: ticket([{ kind: 'closed', actor: AMY, at: at(1) }, { kind: 'reopened', actor: AMY, at: at(2) }]) }],
    ['a note that is not there', { kind: 'note', note: '9', place: { kind: 'ticket' } }, { ticket: ticket([], [COMMENT]) }],
    ['a note that was edited', { kind: 'note', note: '1241', place: { kind: 'ticket' } }, { ticket: ticket([], [{ ...COMMENT, updatedAt: at(2) }]) }],
    ['our own note', { kind: 'note', note: '1241', place: { kind: 'ticket' } }, { ticket: ticket([], [{ ...COMMENT, body: untrusted('<!-- heddle:status -->\n/heddle run') }]) }],
    ['a machine that quotes it', { kind: 'note', note: '1241', place: { kind: 'ticket' } }, { ticket: ticket([], [{ ...COMMENT, author: person('copy', 'bot'), body: untrusted('look:\n<!-- heddle:status -->\n\n/heddle run') }]) }],
    ['a machine that chats', { kind: 'note', note: '1241', place: { kind: 'ticket' } }, { ticket: ticket([], [{ ...COMMENT, author: person('copy', 'bot'), body: untrusted('done') }]) }],
    ['plain words at a change', { kind: 'note', note: '1241', place: { kind: 'change', change: 7 } }, { changeComment: { ...COMMENT, body: untrusted('nice') } }],
  ])('believes nothing of %s', (_name, act, record) => {
    const result = prove(act, record);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.error.why.length).toBeGreaterThan(10);
  });
});
