import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '../../src/adapters/forge/gitea/index.js';
import { CommitSha } from '../../src/domain/ids.js';
import type { Forge } from '../../src/ports/forge.js';
import type { ForgeHarness, SeenBranch } from '../contract/forge-contract.js';
import { makeGitFixture } from '../contract/forge-git-fixture.js';
import type { GitFixture, SeedFile } from '../contract/forge-git-fixture.js';
import type { Flavour } from '../fakes/gitea/description.js';
import { startFakeGitea } from '../fakes/gitea/fake-gitea.js';
import type { FakeGitea } from '../fakes/gitea/fake-gitea.js';
import { renderCommit } from '../fakes/gitea/render.js';
import { git as inRepository, headOf } from '../fakes/gitea/world.js';
import type { Repository } from '../fakes/gitea/world.js';

export interface GiteaHarness extends ForgeHarness {
  readonly fake: FakeGitea;
  readonly repository: Repository;
  /** A connection by a token. */
  by(token: string, deps?: { readonly requestTimeoutMs?: number }): Forge;
}

/** The real adapter against the fake, which was seeded from a real repository; one that is given is shared and stays. */
export async function makeGiteaHarness(given: { readonly flavour?: Flavour; readonly files?: Readonly<Record<string, SeedFile>>; readonly git?: GitFixture } = {}): Promise<GiteaHarness> {
  const git = given.git ?? await makeGitFixture(given.files);
  const fake = await startFakeGitea({ flavour: given.flavour ?? 'gitea' });
  const scratch = mkdtempSync(join(tmpdir(), 'heddle-gitea-git-'));
  const repository = fake.addRepository({ slug: 'acme/shop', gitDir: git.gitDir, commit: git.base, roles: { 'heddle-admin': 'admin', amy: 'write', rita: 'read' } });
  const by: GiteaHarness['by'] = (token, deps = {}) => create({ serverUrl: fake.url, apiUrl: fake.apiUrl, token, repository: 'acme/shop', scratch }, { backoffUnitMs: 1, ...deps });
  const admin = (): Forge => by(fake.tokenOf('heddle-admin'));
  return {
    fake, repository, git, by, forge: admin(), accounts: { writer: 'amy', unknown: 'nobody-at-all' },
    connect: () => Promise.resolve(admin()),
    connectReadOnly: () => Promise.resolve(by(fake.tokenOf('rita'))),
    branch: (name) => Promise.resolve(seenBranch(fake, repository, name)),
    heddleBranches: () => Promise.resolve((inRepository(repository, ['for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads/heddle/']) ?? '').split('\n').filter((name) => name !== '')),
    pushForeign: (name, commit) => {
      fake.takeCommit(repository, { gitDir: git.gitDir, commit, branch: name });
      return Promise.resolve();
    },
    openForeign: (branch, commit, { reviewer }) => {
      fake.takeCommit(repository, { gitDir: git.gitDir, commit, branch });
      fake.world.addIssue(repository, { title: 'By hand', author: fake.world.account('tom'), pull: { head: branch, base: 'main', merged: false, reviewers: [fake.world.account(reviewer)], teams: [], reviews: [] } });
      return Promise.resolve();
    },
    // A person sees the mark of a draft apart from the title.
    changes: () => Promise.resolve([...repository.issues.values()].flatMap((issue) => (issue.pull === undefined ? [] : [{
      number: issue.number, branch: issue.pull.head, base: issue.pull.base, title: issue.title.replace(/^WIP: /, ''), body: issue.body, labels: issue.labels.map((label) => label.name), state: issue.pull.merged ? 'merged' as const : issue.state,
    }]))),
    closeByPerson: (number) => {
      const issue = repository.issues.get(number);
      if (issue === undefined) throw new Error(`no #${String(number)}`);
      issue.state = 'closed';
      return Promise.resolve();
    },
    close: async () => {
      rmSync(scratch, { recursive: true, force: true });
      await fake.close().finally(() => (given.git === undefined ? git.close() : undefined));
    },
  };
}

function seenBranch(fake: FakeGitea, repository: Repository, name: string): SeenBranch | undefined {
  const sha = headOf(repository, name);
  const found = sha === undefined ? undefined : renderCommit(fake.world, repository, sha) as { readonly commit: { readonly message: string; readonly tree: { readonly sha: string } }; readonly parents: readonly { readonly sha: string }[] } | undefined;
  return sha === undefined || found === undefined ? undefined : { commit: CommitSha.parse(sha), tree: found.commit.tree.sha, parents: found.parents.map((parent) => parent.sha), message: found.commit.message };
}
