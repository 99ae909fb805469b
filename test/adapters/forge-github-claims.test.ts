import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { create } from '../../src/adapters/forge/github/index.js';
import { Instant, RunId } from '../../src/domain/ids.js';
import type { Claim, Forge } from '../../src/ports/forge.js';
import { value } from '../contract/forge-contract.js';
import { makeGitFixture, type GitFixture } from '../contract/forge-git-fixture.js';
import { makeGithubHarness, type GithubHarness } from './forge-github-harness.js';

let git: GitFixture;
let harness: GithubHarness;
beforeAll(async () => { git = await makeGitFixture(); });
afterAll(async () => { await git.close(); });
beforeEach(async () => { harness = await makeGithubHarness({ git }); });
afterEach(async () => { await harness.close(); });

const NOW = Instant.parse('2026-03-01T12:00:00.000Z');
const claimOf = (run: string, holder: string): Claim => ({ run: RunId.parse(run.padEnd(16, '0')), holder, expiresAt: Instant.parse('2026-03-01T13:00:00.000Z') });
const knowing = (baseTree: () => Promise<string | undefined>): Forge => create(
  { apiUrl: harness.fake.url, token: harness.fake.tokenOf('amy'), repository: 'acme/shop', serverUrl: 'https://github.example' }, { backoffUnitMs: 1, baseTree });
const treeOfBase = (): Promise<string> => Promise.resolve(harness.repository.git.commit(git.base)?.tree ?? '');
const routes = (): readonly string[] => harness.fake.requests.map((request) => request.route);

describe('a claim on GitHub', () => {
  it('of a free ticket is four calls where the tree of the base is known', async () => {
    expect(value(await knowing(treeOfBase).claims.claim('t', claimOf('aaaa', 'ci/1'), NOW))).toEqual({ kind: 'taken' });
    expect(routes()).toEqual(['git/list-matching-refs', 'git/create-commit', 'git/create-ref', 'git/list-matching-refs']);
    // Who did not write it reads what it says.
    expect(value(await knowing(treeOfBase).claims.claim('t', claimOf('bbbb', 'ci/2'), NOW))).toEqual({ kind: 'held', by: claimOf('aaaa', 'ci/1') });
  });

  it.each([
    ['was never pushed', () => Promise.resolve('1'.repeat(40))], ['is not known', () => Promise.resolve(undefined)],
  ])('asks for a tree where the base %s, and once only', async (_, baseTree) => {
    const { claims } = knowing(baseTree);
    expect(value(await claims.claim('t', claimOf('aaaa', 'ci/1'), NOW))).toEqual({ kind: 'taken' });
    expect(value(await claims.claim('u', claimOf('aaaa', 'ci/1'), NOW))).toEqual({ kind: 'taken' });
    expect(routes().filter((route) => route === 'repos/get')).toHaveLength(1);
    expect([...harness.repository.refs.keys()].filter((ref) => ref.startsWith('refs/heddle/'))).toEqual(['refs/heddle/claims/t/1', 'refs/heddle/claims/u/1']);
  });

  it('is not believed to be ours because we wrote one, when a higher one stands', async () => {
    const slow = knowing(treeOfBase);
    // Another run, whose clock is a day ahead, takes the claim over.
    const rival = { ...claimOf('bbbb', 'ci/2'), expiresAt: Instant.parse('2026-03-03T00:00:00.000Z') };
    value(await slow.claims.claim('t', claimOf('aaaa', 'ci/1'), NOW));
    value(await knowing(treeOfBase).claims.claim('t', rival, Instant.parse('2026-03-02T12:00:00.000Z')));
    expect(value(await slow.claims.claim('t', claimOf('aaaa', 'ci/1'), NOW))).toEqual({ kind: 'held', by: rival });
  });
});
