import { create } from '../../src/adapters/forge/github/index.js';
import { CommitSha } from '../../src/domain/ids.js';
import type { Forge } from '../../src/ports/forge.js';
import type { ForgeHarness, SeenBranch } from '../contract/forge-contract.js';
import { makeGitFixture } from '../contract/forge-git-fixture.js';
import type { GitFixture, SeedFile } from '../contract/forge-git-fixture.js';
import { FakeGitHub } from '../fakes/github/fake-github.js';
import type { Repository, Settings } from '../fakes/github/world.js';

export interface GithubHarness extends ForgeHarness {
  readonly fake: FakeGitHub;
  readonly repository: Repository;
  /** A connection with the token of somebody, `github-actions[bot]` for a workflow's own. */
  as(login: string, deps?: { readonly requestTimeoutMs?: number }): Forge;
}

/** The real adapter against the fake, which was seeded from a real repository; one that is given is shared and stays. */
export async function makeGithubHarness(given: { readonly files?: Readonly<Record<string, SeedFile>>; readonly settings?: Partial<Settings>; readonly git?: GitFixture } = {}): Promise<GithubHarness> {
  const git = given.git ?? await makeGitFixture(given.files);
  const fake = await FakeGitHub.start();
  const repository = fake.addRepository({
    slug: 'acme/shop', gitDir: git.gitDir, commit: git.base, roles: { 'heddle-admin': 'admin', amy: 'write', tom: 'triage', rita: 'read' },
    ...(given.settings === undefined ? {} : { settings: given.settings }),
  });
  const as: GithubHarness['as'] = (login, deps = {}) => create(
    { apiUrl: fake.url, token: fake.tokenOf(login), repository: 'acme/shop', serverUrl: 'https://github.example' }, { backoffUnitMs: 1, ...deps });
  return {
    fake, repository, git, as, forge: as('heddle-admin'), accounts: { writer: 'amy', unknown: 'nobody-at-all' },
    connect: () => Promise.resolve(as('heddle-admin')),
    connectReadOnly: () => Promise.resolve(as('rita')),
    branch: (name) => Promise.resolve(seenBranch(repository, name)),
    heddleBranches: () => Promise.resolve([...repository.refs.keys()].filter((ref) => ref.startsWith('refs/heads/heddle/')).map((ref) => ref.slice('refs/heads/'.length))),
    pushForeign: (name, commit) => {
      repository.git.seedFrom(git.gitDir, commit);
      repository.refs.set(`refs/heads/${name}`, commit);
      return Promise.resolve();
    },
    openForeign: (branch, commit, { reviewer }) => {
      repository.git.seedFrom(git.gitDir, commit);
      repository.refs.set(`refs/heads/${branch}`, commit);
      fake.world.addIssue(repository, { title: 'By hand', author: fake.world.account('tom'), pull: { head: branch, base: 'main', draft: false, merged: false, reviewers: [fake.world.account(reviewer)], teams: [] } });
      return Promise.resolve();
    },
    changes: () => Promise.resolve([...repository.issues.values()].flatMap((issue) => (issue.pull === undefined ? [] : [{
      number: issue.number, branch: issue.pull.head, base: issue.pull.base, title: issue.title, body: issue.body, labels: issue.labels,
      state: issue.pull.merged ? 'merged' as const : issue.state,
    }]))),
    closeByPerson: (number) => {
      const issue = repository.issues.get(number);
      if (issue === undefined) throw new Error(`no #${String(number)}`);
      issue.state = 'closed';
      return Promise.resolve();
    },
    close: async () => {
      await fake.stop().finally(() => (given.git === undefined ? git.close() : undefined));
    },
  };
}

function seenBranch(repository: Repository, name: string): SeenBranch | undefined {
  const sha = repository.refs.get(`refs/heads/${name}`);
  const commit = sha === undefined ? undefined : repository.git.commit(sha);
  return sha === undefined || commit === undefined ? undefined : { commit: CommitSha.parse(sha), tree: commit.tree, parents: commit.parents, message: commit.message };
}
