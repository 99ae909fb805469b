import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectOf } from '../../src/main/gitlab/gitlab-forge.js';
import { failure, value } from '../contract/forge-contract.js';
import { makeGitFixture, type GitFixture } from '../contract/forge-git-fixture.js';
import { addMergeRequest, BOT, makeGitlabHarness, type GitlabHarness } from './forge-gitlab-harness.js';

let git: GitFixture;
let harness: GitlabHarness;
beforeAll(async () => {
  git = await makeGitFixture();
  harness = await makeGitlabHarness({ git, prefix: '/gitlab' });
});
afterAll(async () => {
  await harness.close().finally(() => git.close());
});
const reader = (): GitlabHarness['forge']['reader'] => harness.forge.reader;

describe('people of GitLab', () => {
  it('have the highest role of the project and of the groups above it', async () => {
    const { world } = harness.fake;
    world.account('zoe');
    world.group('acme').members.set('zoe', 50);
    world.group('acme/web').members.set('rita', 30);
    harness.project.members.set('gus', 10).set('pat', 15).set('min', 5);
    for (const name of ['gus', 'pat', 'min']) world.account(name);
    const found: string[] = [];
    for (const name of [BOT, 'amy', 'tom', 'zoe', 'rita', 'gus', 'pat', 'min', 'nobody', '..', 'a/b', '']) found.push(value(await reader().permissionOf(name)));
    expect(found).toEqual(['maintain', 'write', 'triage', 'admin', 'write', 'read', 'triage', 'none', 'none', 'none', 'none', 'none']);
    expect(value(await reader().repository())).toEqual({ slug: 'acme/web/shop', defaultBranch: 'main', private: true, url: `${harness.fake.url}/acme/web/shop` });
    expect((await harness.withToken({ kind: 'job', value: 'none' }).reader.permissionOf('amy')).ok).toBe(false);
  });

  it('are members of the group itself; a group that cannot be seen says nothing about anybody', async () => {
    const { world } = harness.fake;
    world.group('acme').members.set('top', 40);
    world.account('top');
    world.group('acme/release').members.set('amy', 30).set(BOT, 20);
    const asked = async (login: string): Promise<boolean> => value(await (reader().memberOf?.('acme/release', login) ?? Promise.reject(new Error('cannot'))));
    expect([await asked('amy'), await asked('top'), await asked('tom'), await asked('nobody')]).toEqual([true, false, false, false]);
    expect(failure(await (reader().memberOf?.('acme/secret', 'amy') ?? Promise.reject(new Error('cannot')))).message).toContain('acme/secret');
  });

  it('approve deployments of a pipeline, and no other pipeline counts', async () => {
    const { world } = harness.fake;
    const amy = world.account('amy');
    const at = world.now();
    const pipeline = (id: number) => ({ id, iid: id, ref: 'main', sha: git.base, status: 'running', source: 'trigger', createdAt: at, updatedAt: at, user: amy, variables: [], inputs: {}, jobs: [] });
    const job = (id: number) => ({ id: id + 1000, name: 'deliver', stage: 'x', status: 'running', allowFailure: false, pipeline: pipeline(id), trace: '', webPath: '', user: amy });
    harness.project.pipelines.push(pipeline(501), pipeline(502));
    const environment = { id: 9, name: 'production', protected: true, approvers: [], approvalsRequired: 1 };
    for (const [id, who] of [[501, 'amy'], [502, 'tom']] as const) {
      const now = world.now();
      harness.project.deployments.push({ id: id + 2000, iid: id, environment, sha: git.base, ref: 'main', status: 'running', user: amy, job: job(id), createdAt: now, updatedAt: now, approvals: [{ user: world.account(who), status: 'approved', createdAt: now, comment: 'go' }] });
    }
    const { reviews, since } = value(await (reader().environmentReviews?.('501') ?? Promise.reject(new Error('cannot'))));
    expect(reviews).toEqual([{ by: { login: 'amy', id: String(amy.id), kind: 'human' }, state: 'approved', environments: ['production'], comment: 'go' }]);
    expect(Date.parse(since)).toBe(Date.parse(at));
    expect((await reader().environmentReviews?.('no-number'))?.ok).toBe(false);
  });

  it('comment at merge requests; what GitLab writes itself is no comment, and a fork\'s change is none of ours', async () => {
    const { fake, project } = harness;
    const own = addMergeRequest(fake, project, { sourceBranch: 'main', title: 'Own' });
    const said = fake.world.addNote(own, fake.world.account('amy'), '/heddle retry');
    const machine = fake.world.addNote(own, fake.world.account(BOT), 'beep');
    const system = fake.world.addNote(own, fake.world.account('amy'), 'added 1 commit', { system: true });
    const comment = async (id: number | string) => value(await (reader().changeComment?.({ kind: 'change', change: own.iid }, String(id)) ?? Promise.reject(new Error('cannot'))));
    expect(await comment(said.id)).toMatchObject({ body: '/heddle retry', author: { login: 'amy', kind: 'human' } });
    expect(await comment(machine.id)).toMatchObject({ author: { kind: 'bot' } });
    expect([await comment(system.id), await comment(999_999), await comment('x')]).toEqual([undefined, undefined, undefined]);
    expect(await reader().changeAt?.(own.iid)).toMatchObject({ ok: true, value: { change: { number: own.iid, branch: 'main' }, message: expect.stringContaining('Start the shop') } });
    const fork = await fake.addProject({ path: 'mallory/shop', gitDir: git.gitDir, commit: git.base, members: { [BOT]: 20 } });
    const foreign = addMergeRequest(fake, project, { sourceBranch: 'main', sourceProject: fork });
    expect([await reader().changeAt?.(foreign.iid), await reader().changeAt?.(9999)]).toEqual([{ ok: true, value: undefined }, { ok: true, value: undefined }]);
  });

  it('bring their commits with git, also of merge requests that are gone meanwhile', async () => {
    const gitDir = (await git.git(['rev-parse', '--absolute-git-dir'])).trim();
    const heads = value(await (reader().fetchHeads?.({ gitDir, wallMsMax: 20_000, heads: [{ kind: 'branch', branch: 'main', commit: git.base }, { kind: 'change', number: 4711, branch: 'x', commit: git.base }] }) ?? Promise.reject(new Error('cannot'))));
    expect(heads).toEqual([git.base, git.base]);
  });
});

describe('a GitLab that fails', () => {
  it('is a fault for each question, and never an answer', async () => {
    for (const [route, ask] of [
      ['projects.show', () => reader().repository()], ['branches.show', () => reader().headOf('main')], ['members.show', () => reader().permissionOf('amy')], ['users.list', () => reader().permissionOf('amy')],
      ['groups.own_member', () => reader().memberOf?.('acme/release', 'amy')], ['pipelines.show', () => reader().environmentReviews?.('501')], ['merge_requests.show', () => reader().changeAt?.(1)], ['merge_requests.list', () => reader().openHeddleChanges()],
    ] as const) {
      for (const kind of ['500', '403'] as const) {
        harness.fake.force({ route, kind, times: 99 });
        expect([route, kind, (await ask())?.ok]).toEqual([route, kind, false]);
        harness.fake.calm();
      }
    }
    harness.fake.force({ route: 'graphql', kind: '500', times: 4 });
    expect(value(await (reader().openChanges?.() ?? Promise.reject(new Error('cannot')))).changes.every((change) => change.paths === undefined)).toBe(true);
  });
});

describe('the project of a checkout', () => {
  it.each([
    ['https://gitlab.com/acme/web/shop.git', 'https://gitlab.com', 'acme/web/shop'], ['git@gitlab.com:acme/shop.git', 'https://gitlab.com', 'acme/shop'], ['ssh://git@gl.example:2222/acme/shop.git', 'https://gl.example', 'acme/shop'],
    ['https://gl.example/code/acme/shop/', 'https://gl.example/code', 'acme/shop'], ['https://gl.example/acme/shop', 'https://gl.example/code', undefined], ['https://github.com/acme/shop.git', 'https://gitlab.com', undefined],
    ['https://gitlab.com.evil.example/acme/shop', 'https://gitlab.com', undefined], ['https://gitlab.com/acme', 'https://gitlab.com', undefined], ['https://gitlab.com/acme/../x/y', 'https://gitlab.com', 'x/y'], [undefined, 'https://gitlab.com', undefined],
  ])('%s on %s is %s', (origin, server, project) => { expect(projectOf(origin, server)).toBe(project); });
});
