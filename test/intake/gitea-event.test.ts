import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Instant } from '../../src/domain/ids.js';
import { parseGiteaEvent } from '../../src/intake/gitea-event.js';
import type { EventRefusal, GithubEventInput } from '../../src/intake/github-event.js';

/** Payloads as the structures of the server's own code write them (`modules/structs/hook.go`, `issue.go`, `issue_comment.go`), shortened. */
const amy = { id: 7, login: 'amy', login_name: '', full_name: 'Amy', email: 'amy@example.com', avatar_url: '', html_url: 'https://git.example/amy', is_admin: false, username: 'amy' };
const carl = { ...amy, id: 8, login: 'carl', username: 'carl' };
const job = { ...amy, id: -2, login: 'gitea-actions', username: 'gitea-actions' };
const repository = { id: 3, owner: amy, name: 'shop', full_name: 'acme/shop', private: false, fork: false, html_url: 'https://git.example/acme/shop', default_branch: 'main' };
const labels = (...names: readonly string[]): object[] => names.map((name, id) => ({ id, name, exclusive: false, is_archived: false, color: 'ededed', description: '', url: '' }));
const issue = (more: object = {}): object => ({ id: 40, url: '', html_url: 'https://git.example/acme/shop/issues/12', number: 12, user: carl, title: 't', body: 'b', ref: '', labels: [], milestone: null, assignee: null, assignees: null, state: 'open', is_locked: false, pull_request: null, ...more });
const issues = (action: string, more: object = {}, about: object = {}): object => ({ action, number: 12, issue: issue(about), repository, sender: amy, commit_id: '', ...more });
const comment = (body: string, more: object = {}): object => ({ action: 'created', issue: issue(), comment: { id: 99, html_url: '', pull_request_url: '', issue_url: '', user: amy, body, assets: [] }, repository, sender: amy, is_pull: false, ...more });

const input = (name: string, payload: unknown, more: Partial<GithubEventInput> = {}): GithubEventInput => ({ name, payload, repository: 'acme/shop', triggeringActor: undefined, label: 'heddle', assignee: 'heddle-bot', at: Instant.parse('2026-03-01T12:00:00.000Z'), ...more });
const read = (name: string, payload: unknown, more: Partial<GithubEventInput> = {}): ReturnType<typeof parseGiteaEvent> => parseGiteaEvent(input(name, payload, more));
const refusal = (name: string, payload: unknown): EventRefusal => {
  const result = read(name, payload);
  if (result.ok) throw new Error(`read as ${JSON.stringify(result.value)}`);
  return result.error;
};
const ticket = { tracker: 'gitea', key: 'acme/shop#12' };
const actor = { login: 'amy', id: '7', kind: 'human' };

describe('events of Gitea and Forgejo', () => {
  it.each([
    ['a label that is there', issues('label_updated', {}, { labels: labels('bug', 'heddle') }), { kind: 'labeled', label: 'heddle' }],
    ['a label that is there, and is named', issues('label_updated', { changes: { added_labels: labels('heddle'), removed_labels: null } }, { labels: labels('heddle') }), { kind: 'labeled', label: 'heddle' }],
    ['labels without ours', issues('label_updated', {}, { labels: labels('bug') }), { kind: 'unlabeled', label: 'heddle' }],
    ['labels that are all gone', issues('label_cleared'), { kind: 'unlabeled', label: 'heddle' }],
    ['an assignment to us', issues('assigned', {}, { assignees: [carl, { ...amy, id: 9, login: 'Heddle-Bot' }] }), { kind: 'assigned', assignee: { login: 'Heddle-Bot', id: '9', kind: 'human' } }],
    ['an edit', issues('edited', { changes: { title: { from: 'old' } } }), { kind: 'edited' }],
    ['an end', issues('closed'), { kind: 'state', state: 'closed' }],
    ['a new beginning', issues('reopened'), { kind: 'state', state: 'reopened' }],
  ])('issues: %s', (_what, payload, trigger) => {
    expect(read('issues', payload)).toEqual({ ok: true, value: { trigger, ticket, actor, fromFork: false, at: '2026-03-01T12:00:00.000Z' } });
  });

  it('a command at an issue, and plain words', () => {
    expect(read('issue_comment', comment('/heddle run'))).toMatchObject({ ok: true, value: { trigger: { kind: 'command', commentId: '99', place: { kind: 'ticket' }, command: { name: 'run' } }, ticket, actor } });
    expect(read('issue_comment', comment('Half up, please.'))).toMatchObject({ ok: true, value: { trigger: { kind: 'answered', commentId: '99' }, ticket } });
  });

  it('a command at a pull request wants to know its ticket, which is one of this forge', () => {
    const found = refusal('issue_comment', comment('/heddle stop', { is_pull: true }));
    if (found.kind !== 'at-change') throw new Error(found.kind);
    expect(found.change).toBe(12);
    expect(found.about({ tracker: 'github', key: 'acme/shop#3' })).toMatchObject({ ok: true, value: { ticket: { tracker: 'gitea', key: 'acme/shop#3' }, trigger: { kind: 'command', place: { kind: 'change', change: 12 } } } });
  });

  it('a dispatch names a ticket of this forge, or of another tracker', () => {
    const dispatch = (name: string): object => ({ workflow: 'heddle.yml', ref: 'refs/heads/main', inputs: { ticket: name }, repository, sender: amy });
    expect(read('workflow_dispatch', dispatch('#12'))).toMatchObject({ ok: true, value: { trigger: { kind: 'dispatch' }, ticket } });
    expect(read('workflow_dispatch', dispatch('https://git.example/acme/shop/issues/12'))).toMatchObject({ ok: true, value: { ticket } });
    expect(read('workflow_dispatch', dispatch('PROJ-7'))).toMatchObject({ ok: true, value: { ticket: { tracker: 'jira' } } });
    expect(refusal('workflow_dispatch', dispatch('bugs/total.md'))).toMatchObject({ kind: 'malformed' });
  });

  it.each([
    ['another label', 'issues', issues('label_updated', { changes: { added_labels: labels('bug') } }, { labels: labels('heddle', 'bug') })],
    ['an assignment to somebody else', 'issues', issues('assigned', {}, { assignees: [carl] })],
    ['a milestone', 'issues', issues('milestoned')],
    ['a label by a job of the forge', 'issues', issues('label_updated', { sender: job }, { labels: labels('heddle') })],
    ['a comment by a job of the forge', 'issue_comment', comment('/heddle run', { sender: job })],
    ['a review, which has no number', 'pull_request_review_approved', { action: 'reviewed', number: 4, pull_request: {}, review: { type: 'pull_request_review_approved', content: '/heddle approve' }, repository, sender: amy }],
    ['an edited comment', 'issue_comment', comment('/heddle run', { action: 'edited' })],
    ['a push', 'push', { ref: 'refs/heads/main', compare_url: '', repository, sender: amy }],
  ])('starts nothing: %s', (_what, name, payload) => {
    expect(refusal(name, payload).kind).toBe('ignored');
  });

  it('refuses a comment whose sender is not its author', () => {
    expect(refusal('issue_comment', comment('/heddle run', { sender: carl }))).toMatchObject({ kind: 'malformed' });
  });

  it('says that it speaks of another repository', () => {
    expect(read('issues', issues('label_updated', { repository: { ...repository, full_name: 'mallory/shop', fork: true } }, { labels: labels('heddle') }))).toMatchObject({ ok: true, value: { fromFork: true } });
  });

  it('never throws, and never names a value of a payload that does not fit', () => {
    fc.assert(fc.property(fc.constantFrom('issues', 'issue_comment', 'workflow_dispatch', 'pull_request_review'), fc.jsonValue(), (name, payload) => {
      const result = read(name, payload);
      return result.ok || result.error.kind !== 'at-change';
    }));
    expect(JSON.stringify(refusal('issues', { action: 'secret-value-x', issue: { number: 'secret-value-y' } }))).not.toContain('secret-value');
  });
});
