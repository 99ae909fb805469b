import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { gitRemote } from '../adapters/ledger-git-remote.js';
import { makeGitFixture } from '../contract/forge-git-fixture.js';
import { FakeGitHub } from '../fakes/github/fake-github.js';
import { openChanges, prepareDecision, SLUG } from './admission-at-scale.js';

/** What each call is for, so that one more is seen. The design allows 12. */
const CALLS: Readonly<Record<string, number>> = {
  // The history brings the comments along.
  'issues/get': 1, 'issues/list-events-for-timeline': 1, 'repos/get-collaborator-permission-level': 1,
  // The time of the last edit, and five hundred open changes: a hundred first, then twice a hundred from either end.
  graphql: 1 + 3,
  // The claim: who has it, a commit of the base's tree, the ref, and once more who has it.
  'git/list-matching-refs': 2, 'git/create-commit': 1, 'git/create-ref': 1,
};
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => { for (const close of closing.splice(0).reverse()) await close(); });

describe('an admission decision', () => {
  it('for a repository with 500 open changes asks GitHub nothing twice but who has the claim', async () => {
    const git = await makeGitFixture();
    closing.push(() => git.close());
    const github = await FakeGitHub.start();
    closing.push(() => github.stop());
    const remote = gitRemote(true);
    closing.push(() => remote.close());
    const repository = github.addRepository({ slug: SLUG, gitDir: git.gitDir, commit: git.base, roles: { amy: 'write', tom: 'write' } });
    openChanges(github, repository, 500);
    const decision = await prepareDecision({ github, repository, checkout: git.gitDir, ledgerUrl: `file://${remote.gitDir}`, folder: join(remote.folder, 'run') });
    closing.push(() => decision.close());
    expect(await decision.decide()).toBe('admitted');
    const counted: Record<string, number> = {};
    for (const { route } of github.requests) counted[route] = (counted[route] ?? 0) + 1;
    expect(counted).toEqual(CALLS);
    expect(github.requests.length).toBeLessThanOrEqual(12);
  }, 240_000);
});
