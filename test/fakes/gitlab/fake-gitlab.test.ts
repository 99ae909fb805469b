import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeGitFixture, type GitFixture } from '../../contract/forge-git-fixture.js';
import { startFakeGitlab, type FakeGitlab } from './fake-gitlab.js';
import { gitEnv } from './git-store.js';
import type { Project } from './world.js';

const run = promisify(execFile);
const PATH = 'acme/platform/shop';

/** The fake must refuse as the real one does, or a test proves nothing. */
describe('the fake GitLab', () => {
  let git: GitFixture;
  let fake: FakeGitlab;
  let project: Project;
  let clone: string;

  beforeAll(async () => {
    git = await makeGitFixture({ 'a.txt': 'a\n', '.gitlab-ci.yml': 'test:\n  script: true\n' });
    fake = await startFakeGitlab({ prefix: '/gitlab' });
    project = await fake.addProject({ path: PATH, gitDir: git.gitDir, commit: git.base, members: { amy: 30, rep: 20, owner: 40 }, settings: { onlyMergeIfPipelineSucceeds: true } });
    fake.world.token({ account: fake.world.account('amy'), kind: 'job', value: 'job-amy', project });
    fake.world.token({ account: fake.world.account('amy'), value: 'glpat-read', scopes: ['read_api'] });
    clone = await mkdtemp(join(tmpdir(), 'fake-gitlab-clone-'));
  });
  afterAll(async () => {
    await fake.close();
    await git.close();
    await rm(clone, { recursive: true, force: true });
  });

  const call = async (method: string, path: string, how: { readonly token?: string; readonly job?: string; readonly body?: unknown } = {}): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }> => {
    const response = await fetch(`${fake.apiUrl}${path}`, {
      method, headers: { ...(how.token === undefined ? {} : { 'private-token': how.token }), ...(how.job === undefined ? {} : { 'job-token': how.job }), ...(how.body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(how.body === undefined ? {} : { body: JSON.stringify(how.body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: response.headers.get('content-type') === 'application/json' ? JSON.parse(text) as unknown : text };
  };
  const P = `/projects/${encodeURIComponent(PATH)}`;
  const url = (user: string, password: string): string => `${fake.url.replace('//', `//${user}:${password}@`)}/${PATH}.git`;
  const gitRun = (args: readonly string[]): Promise<{ stdout: string; stderr: string }> => run('git', [...args], { cwd: clone, env: { ...gitEnv(), GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' } });

  it.each([
    ['no token', {}, 'GET', P, 404], ['a wrong token', { token: 'glpat-wrong' }, 'GET', P, 401], ['a member', { token: 'glpat-amy' }, 'GET', P, 200], ['somebody else', { token: 'glpat-carl' }, 'GET', P, 404],
    ['a scope that only reads', { token: 'glpat-read', body: { body: 'x' } }, 'POST', `${P}/issues/1/notes`, 403], ['a reporter who writes to the repository', { token: 'glpat-rep', body: { branch: 'x', ref: 'main' } }, 'POST', `${P}/repository/branches`, 403],
    ['a job: merge requests', { job: 'job-amy' }, 'GET', `${P}/merge_requests`, 200], ['a job: issues', { job: 'job-amy' }, 'GET', `${P}/issues/1`, 404], ['a job: members', { job: 'job-amy' }, 'GET', `${P}/members/all`, 404],
    ['a job: a note', { job: 'job-amy', body: { body: 'x' } }, 'POST', `${P}/merge_requests/1/notes`, 404], ['a job: who am I', { job: 'job-amy' }, 'GET', '/user', 401], ['a job\'s token in the wrong header', { token: 'job-amy' }, 'GET', P, 401],
    ['what the token is', { token: 'glpat-read' }, 'GET', '/personal_access_tokens/self', 200],
  ] as const)('answers %s', async (_name, how, method, path, status) => {
    fake.world.account('carl');
    expect((await call(method, path, how)).status).toBe(status);
  });

  it('takes pushes of developers, keeps protected branches, and starts pipelines for people alone', async () => {
    await run('git', ['clone', '--quiet', url('oauth2', 'glpat-amy'), clone], { env: gitEnv() });
    await gitRun(['checkout', '--quiet', '-b', 'feature']);
    await gitRun(['commit', '--quiet', '--allow-empty', '-m', 'work']);
    await expect(gitRun(['push', '--quiet', url('oauth2', 'glpat-amy'), 'feature:main'])).rejects.toMatchObject({ stderr: expect.stringContaining('protected branches') });
    await expect(gitRun(['push', '--quiet', url('oauth2', 'glpat-rep'), 'feature'])).rejects.toMatchObject({ stderr: expect.stringContaining('403') });
    await expect(gitRun(['push', '--quiet', url('gitlab-ci-token', 'job-amy'), 'feature'])).rejects.toMatchObject({ stderr: expect.stringContaining('403') });
    project.settings.jobTokenMayPush = true;
    await gitRun(['push', '--quiet', url('gitlab-ci-token', 'job-amy'), 'feature']);
    expect(project.pipelines).toHaveLength(0);
    await gitRun(['commit', '--quiet', '--allow-empty', '-m', 'more']);
    await gitRun(['push', '--quiet', url('oauth2', 'glpat-amy'), 'feature']);
    expect(project.pipelines.map((one) => [one.ref, one.source])).toEqual([['feature', 'push']]);
  });

  it('opens one merge request for a branch, and merges it by the rules', async () => {
    const token = 'glpat-amy';
    const body = { source_branch: 'feature', target_branch: 'main', title: 'Draft: work', labels: 'a,b', reviewer_ids: [fake.world.account('owner').id, fake.world.account('rep').id] };
    const made = await call('POST', `${P}/merge_requests`, { token, body });
    expect(made).toMatchObject({ status: 201, body: { iid: 1, draft: true, labels: ['a', 'b'], detailed_merge_status: 'draft_status', reviewers: [{ username: 'owner' }, { username: 'rep' }] } });
    expect(await call('POST', `${P}/merge_requests`, { token, body })).toMatchObject({ status: 409 });
    expect(await call('PUT', `${P}/merge_requests/1/merge`, { token, body: {} })).toMatchObject({ status: 401 });
    expect(await call('PUT', `${P}/merge_requests/1/merge`, { token: 'glpat-owner', body: {} })).toMatchObject({ status: 405 });
    await call('PUT', `${P}/merge_requests/1`, { token, body: { title: 'work' } });
    expect(await call('PUT', `${P}/merge_requests/1/merge`, { token: 'glpat-owner', body: { sha: '0'.repeat(40) } })).toMatchObject({ status: 409 });
    expect(await call('PUT', `${P}/merge_requests/1/merge`, { token: 'glpat-owner', body: { auto_merge: true } })).toMatchObject({ status: 200, body: { state: 'opened', merge_when_pipeline_succeeds: true } });
    for (const pipeline of project.pipelines) pipeline.status = 'success';
    expect(await call('PUT', `${P}/merge_requests/1/merge`, { token: 'glpat-owner', body: {} })).toMatchObject({ status: 200, body: { state: 'merged' } });
  });

  it('hands a webhook that calls a trigger to the pipeline as it came, in the name of the token\'s owner', async () => {
    project.triggerTokens.set('glptt-1', fake.world.account('owner'));
    const payload = { object_kind: 'issue', user: { username: 'amy' } };
    expect(await call('POST', `${P}/ref/main/trigger/pipeline?token=glptt-1`, { body: payload })).toMatchObject({ status: 201, body: { source: 'trigger', user: { username: 'owner' } } });
    expect(project.pipelines.at(-1)?.variables).toEqual([{ key: 'TRIGGER_PAYLOAD', value: JSON.stringify(payload), variable_type: 'file' }]);
    expect(await call('POST', `${P}/ref/main/trigger/pipeline?token=wrong`, { body: payload })).toMatchObject({ status: 404 });
    expect(await call('POST', `${P}/ref/main/trigger/pipeline?token=glptt-1`, { body: { variables: { A: '1' } } })).toMatchObject({ status: 400 });
  });

  it('collects what no GitLab would take, and throws it at the end', async () => {
    const other = await startFakeGitlab();
    await other.addProject({ path: 'a/b', members: { amy: 30 } });
    await fetch(`${other.apiUrl}/projects/a%2Fb/issues?lables=x`, { headers: { 'private-token': other.tokenOf('amy') } });
    await fetch(`${other.apiUrl}/nothing/here`);
    other.force({ route: 'users.list', times: 1, kind: '500' });
    await expect(other.close()).rejects.toThrow(/unknown query parameter lables[^]*unknown route GET[^]*never reached/);
  });
});
