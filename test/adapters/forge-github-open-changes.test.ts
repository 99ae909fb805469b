import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { value } from '../contract/forge-contract.js';
import { makeGitFixture, type GitFixture } from '../contract/forge-git-fixture.js';
import { makeGithubHarness, type GithubHarness } from './forge-github-harness.js';

let git: GitFixture;
let harness: GithubHarness;
beforeAll(async () => { git = await makeGitFixture(); });
afterAll(async () => { await git.close(); });
beforeEach(async () => { harness = await makeGithubHarness({ git }); });
afterEach(async () => { await harness.close(); });

function open(n: number, more: { readonly head?: string; readonly fork?: boolean; readonly files?: readonly string[] } = {}): void {
  const { world } = harness.fake;
  const head = more.head ?? `topic/${String(n)}`;
  harness.repository.refs.set(`refs/heads/${head}`, git.base);
  world.addIssue(harness.repository, {
    title: `Change ${String(n)}`, author: world.account('tom'), labels: ['bug'],
    pull: { head, base: 'main', draft: false, merged: false, reviewers: [world.account('amy')], teams: ['pay'], ...(more.fork === undefined ? {} : { fork: more.fork }), files: more.files ?? [`src/${String(n)}.ts`] },
  });
}
const listed = async (login = 'heddle-admin') => value(await (harness.as(login).reader.openChanges?.() ?? Promise.reject(new Error('cannot list'))));

describe('open changes on GitHub', () => {
  it('are three calls for five hundred, with files, labels and reviewers, each once', async () => {
    for (let n = 1; n <= 500; n += 1) open(n);
    const before = harness.fake.requests.length;
    const { changes, cut } = await listed();
    expect(harness.fake.requests.length - before).toBe(3);
    expect(cut).toBe(false);
    expect(changes.map((change) => change.number)).toEqual(Array.from({ length: 500 }, (_, at) => 500 - at));
    expect(changes[0]).toMatchObject({ number: 500, branch: 'topic/500', author: 'tom', labels: ['bug'], reviewers: ['amy', 'acme/pay'], paths: ['src/500.ts'], pathsCut: false });
  });

  it.each([99, 100, 101, 200, 201, 299, 300, 301, 402])('are all there, newest first, when there are %i, whichever way the two ends meet', async (count) => {
    for (let n = 1; n <= count; n += 1) open(n, { files: [] });
    const { changes, cut } = await listed();
    expect({ cut, numbers: changes.map((change) => change.number) }).toEqual({ cut: false, numbers: Array.from({ length: count }, (_, at) => count - at) });
  });

  it('are not taken for complete by their number when some are closed while they are read', async () => {
    for (let n = 1; n <= 301; n += 1) open(n, { files: [] });
    // Two that were read are closed before the next page: by the number alone, what was seen would then be all that is open.
    harness.fake.afterNext('graphql', () => {
      for (const n of [301, 300]) (harness.repository.issues.get(n) ?? { state: '' }).state = 'closed';
    });
    const numbers = (await listed()).changes.map((change) => change.number);
    expect(numbers.filter((n) => n < 300)).toEqual(Array.from({ length: 299 }, (_, at) => 299 - at));
  });

  it('are read a hundred at a time where two hundred are too much at once, with their files', async () => {
    for (let n = 1; n <= 301; n += 1) open(n);
    harness.fake.force({ route: 'graphql', kind: '500', times: 4, after: 1 });
    const { changes } = await listed();
    expect(changes).toHaveLength(301);
    expect(changes.every(({ paths }) => paths?.length === 1)).toBe(true);
  });

  it('say when there are more than are read, and when a change has more files than one answer holds', async () => {
    open(1, { files: Array.from({ length: 130 }, (_, at) => `src/${String(at)}.ts`) });
    for (let n = 2; n <= 1001; n += 1) open(n, { files: [] });
    const { changes, cut } = await listed();
    expect({ cut, count: changes.length }).toEqual({ cut: true, count: 1000 });
    harness.repository.issues.forEach((issue) => { if (issue.number > 1) issue.state = 'closed'; });
    expect((await listed()).changes.map(({ paths, pathsCut }) => ({ files: paths?.length, pathsCut }))).toEqual([{ files: 100, pathsCut: true }]);
  });

  it('from a fork are not ours, whatever their branch is called', async () => {
    open(1, { head: 'heddle/shop-1-0123abcd', fork: true });
    open(2, { head: 'heddle/shop-2-0123abcd' });
    expect((await listed()).changes.map(({ branch, ours }) => ({ branch, ours }))).toEqual([{ branch: 'heddle/shop-2-0123abcd', ours: true }, { branch: 'heddle/shop-1-0123abcd', ours: false }]);
  });

  it('are asked for without their files where GitHub cannot put the page together, and the files are then unknown, not none', async () => {
    open(1);
    harness.fake.force({ route: 'graphql', kind: '500', times: 4 });
    expect((await listed()).changes.map(({ number, paths }) => ({ number, paths }))).toEqual([{ number: 1, paths: undefined }]);
  });

  it('are listed for the token of a workflow too, which sees no teams', async () => {
    open(1);
    expect((await listed('github-actions[bot]')).changes[0]?.reviewers).toEqual(['amy']);
  });

  it('of a repository that the token may not see are a fault that says what to do', async () => {
    harness.repository.roles.delete('tom');
    harness.fake.world.repositories.delete('acme/shop');
    const answer = await harness.as('tom').reader.openChanges?.();
    expect(answer).toMatchObject({ ok: false, error: { code: 'not-found', side: 'setup', retryable: false } });
  });
});
