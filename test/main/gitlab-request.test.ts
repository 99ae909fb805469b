import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { create as createForge } from '../../src/adapters/forge/gitlab/index.js';
import { branchFor } from '../../src/admission/branch.js';
import { RunId } from '../../src/domain/ids.js';
import { parseEvent } from '../../src/main/event-file.js';
import type { Invocation } from '../../src/main/invocation.js';
import { requestOf, type RequestAbout } from '../../src/main/request-of.js';
import { makeGitFixture, type GitFixture } from '../contract/forge-git-fixture.js';
import type { Result } from '../../src/kit/result.js';
import { startFakeGitlab, type FakeGitlab } from '../fakes/gitlab/fake-gitlab.js';
import type { Issue, Project } from '../fakes/gitlab/world.js';

const PATH = 'acme/platform/shop';
const TICKET = { tracker: 'gitlab', key: `${PATH}#1` } as const;

function value<T>(result: Result<T, { readonly message: string }>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** From the bytes of TRIGGER_PAYLOAD to a request, as the admit job does it: real adapters, a GitLab that remembers. */
describe('a webhook of GitLab through a trigger', () => {
  let git: GitFixture;
  let scratch: string;
  let fake: FakeGitlab;
  let project: Project;
  let issue: Issue;

  beforeAll(async () => {
    git = await makeGitFixture();
    scratch = await mkdtemp(join(tmpdir(), 'heddle-gl-'));
  });
  afterAll(async () => {
    await git.close();
    await rm(scratch, { recursive: true, force: true });
  });
  beforeEach(async () => {
    fake = await startFakeGitlab();
    project = await fake.addProject({ path: PATH, gitDir: git.gitDir, commit: git.base, members: { amy: 30, bob: 30, mallory: 10, helper: 30 } });
    issue = fake.world.addIssue(project, { title: 'Totals', author: fake.world.account('bob') });
  });
  afterEach(() => fake.close());

  const login = (name: string): { readonly id: number; readonly username: string } => fake.world.account(name);
  const invocation = (payload: unknown, more: Partial<Invocation> = {}): Invocation => ({
    options: new Map(), ticket: undefined, event: payload === undefined ? undefined : value(parseEvent(JSON.stringify(payload), 'TRIGGER_PAYLOAD')), secrets: { 'gitlab-token': fake.tokenOf('helper') }, cwd: scratch, localUser: undefined,
    // The pipeline is the trigger token's owner's: an admin, whose word must count for nothing.
    actor: { login: 'root', id: '1', kind: 'human' }, triggeringActor: undefined, forge: { id: 'gitlab', repository: PATH, apiUrl: fake.apiUrl, serverUrl: fake.url }, proxied: false, path: process.env['PATH'] ?? '', toolCache: { folder: scratch, registry: undefined },
    host: {} as Invocation['host'], ...more,
  });
  const about = (): RequestAbout => ({
    repository: PATH, label: 'heddle', assignee: undefined,
    reader: () => Promise.resolve(createForge({ apiUrl: fake.apiUrl, token: { kind: 'private', value: fake.tokenOf('helper') }, project: PATH, scratch: join(scratch, 'forge') }, { backoffUnitMs: 1 }).reader),
  });
  const ask = (payload: unknown, more?: Partial<Invocation>): ReturnType<typeof requestOf> => requestOf(invocation(payload, more), about());
  /** Every payload claims to be of mallory. */
  const issueHook = (over: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
    object_kind: 'issue', user: login('mallory'), project: { path_with_namespace: PATH }, object_attributes: { iid: issue.iid, action: 'update' },
    changes: { labels: { previous: [], current: [{ title: 'heddle' }] } }, ...over,
  });
  const noteHook = (id: number, over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
    object_kind: 'note', user: login('mallory'), project: { path_with_namespace: PATH }, object_attributes: { id, note: '/heddle run', noteable_type: 'Issue', action: 'create', system: false }, issue: { iid: issue.iid }, ...over,
  });

  it('names who labelled, not who sent the event, nor whose pipeline it is', async () => {
    fake.world.relabel(project, issue, fake.world.account('amy'), ['heddle']);
    const request = value(await ask(issueHook({})));
    expect(request).toMatchObject({ trigger: { kind: 'labeled', label: 'heddle' }, ticket: TICKET, actor: { login: 'amy', id: String(login('amy').id), kind: 'human' }, fromFork: false });
    expect(request).not.toHaveProperty('rerunBy');
  });

  it('starts nothing by a payload that somebody made up', async () => {
    expect(value(await ask(issueHook({})))).toMatchObject({ ignored: expect.stringContaining('never added') });
    expect(value(await ask(noteHook(4711)))).toMatchObject({ ignored: expect.stringContaining('not there') });
    expect(value(await ask(issueHook({ object_attributes: { iid: issue.iid, action: 'close' }, changes: {} })))).toMatchObject({ ignored: expect.stringContaining('another state') });
  });

  it('reads the command and its author from the note itself', async () => {
    const note = fake.world.addNote(issue, fake.world.account('amy'), '/heddle stop not now');
    expect(value(await ask(noteHook(note.id)))).toMatchObject({ trigger: { kind: 'command', commentId: String(note.id), command: { name: 'stop', reason: 'not now' } }, actor: { login: 'amy' } });
  });

  it('asks nothing about another project, whatever it says', async () => {
    expect(value(await ask(issueHook({ project: { path_with_namespace: 'acme/secret' } })))).toMatchObject({ ignored: expect.stringContaining('another project') });
    expect(fake.requests).toEqual([]);
  });

  it('finds the ticket of a merge request by branch and commit, and the author of the note there', async () => {
    const branch = branchFor(TICKET, RunId.parse('01arz3ndektsv4rrffq69g5fav'));
    const made = await project.git.commitActions(git.base, [{ action: 'create', path: 'a.txt', content: Buffer.from('a') }], { message: `Fix it\n\nTicket: ${PATH}#1\n`, author: 'x', email: 'x@example.com', date: '2026-03-01T12:00:00Z' });
    if ('refused' in made) throw new Error(made.refused);
    await project.git.git(['update-ref', `refs/heads/${branch}`, made.sha]);
    const at = fake.world.now();
    const change = {
      id: fake.world.id(), iid: 7, title: 'Draft: fix', description: '', labels: [], author: fake.world.account('helper'), assignees: [], createdAt: at, updatedAt: at, notes: [], labelEvents: [], stateEvents: [], state: 'opened' as const, sourceBranch: branch, sourceProject: project,
      targetBranch: 'main', reviewers: [], approvedBy: [], autoMerge: false, inTrain: false, mergeCommit: null, squash: false, removeSourceBranch: false,
    };
    project.mergeRequests.set(7, change);
    const note = fake.world.addNote(change, fake.world.account('bob'), '/heddle continue');
    const hook = noteHook(note.id, { object_attributes: { id: note.id, noteable_type: 'MergeRequest', action: 'create' }, issue: undefined, merge_request: { iid: 7, source_project_id: project.id, target_project_id: project.id } });
    expect(value(await ask(hook))).toMatchObject({ trigger: { kind: 'command', place: { kind: 'change', change: 7 }, command: { name: 'continue' } }, ticket: TICKET, actor: { login: 'bob' } });
    // Somebody pushed another commit: then the branch alone does not say whose ticket it is.
    const other = await project.git.commitActions(made.sha, [{ action: 'create', path: 'b.txt', content: Buffer.from('b') }], { message: 'mine', author: 'x', email: 'x@example.com', date: '2026-03-01T12:00:00Z' });
    if ('refused' in other) throw new Error(other.refused);
    await project.git.git(['update-ref', `refs/heads/${branch}`, other.sha]);
    expect(value(await ask(hook))).toMatchObject({ ignored: expect.stringContaining('none of Heddle') });
  });

  it.each([['#1', `${PATH}#1`], ['acme/other#3', 'acme/other#3'], ['acme/platform/shop#1', `${PATH}#1`]])('takes the input of a manual, an API or a scheduled pipeline by the person that GitLab names: %s', async (ticket, key) => {
    expect(value(await ask(undefined, { ticket }))).toMatchObject({ trigger: { kind: 'dispatch' }, ticket: { tracker: 'gitlab', key }, actor: { login: 'root', id: '1' } });
  });

  it('says what is malformed', async () => {
    expect(await ask({ object_kind: 'issue' })).toMatchObject({ ok: false, error: { message: expect.stringContaining('TRIGGER_PAYLOAD') } });
  });
});
