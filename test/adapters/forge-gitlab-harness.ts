import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '../../src/adapters/forge/gitlab/index.js';
import { CommitSha } from '../../src/domain/ids.js';
import type { Forge } from '../../src/ports/forge.js';
import type { ForgeHarness, SeenBranch } from '../contract/forge-contract.js';
import { makeGitFixture } from '../contract/forge-git-fixture.js';
import type { GitFixture, SeedFile } from '../contract/forge-git-fixture.js';
import { FakeGitlab } from '../fakes/gitlab/fake-gitlab.js';
import type { ProjectSeed } from '../fakes/gitlab/fake-gitlab.js';
import type { MergeRequest, Project, Settings } from '../fakes/gitlab/world.js';

export const PROJECT = 'acme/web/shop';
export const BOT = 'project_7_bot_0123456789abcdef0123456789abcdef';

export interface GitlabHarness extends ForgeHarness {
  readonly fake: FakeGitlab;
  readonly project: Project;
  /** A connection with a token of somebody. */
  as(who: string, deps?: { readonly requestTimeoutMs?: number; readonly triggerToken?: string }): Forge;
  /** A connection with any token. */
  withToken(token: { readonly kind: 'private' | 'job' | 'oauth'; readonly value: string }): Forge;
  /** git in the project's own repository. */
  git2(...args: readonly string[]): Promise<string>;
}

export interface GitlabGiven {
  readonly files?: Readonly<Record<string, SeedFile>>;
  readonly settings?: Partial<Settings>;
  readonly git?: GitFixture;
  readonly prefix?: string;
  readonly seed?: Partial<ProjectSeed>;
}

/** The real adapter against the fake, whose repository is a real one behind git's own protocol. A git fixture that is given stays. */
export async function makeGitlabHarness(given: GitlabGiven = {}): Promise<GitlabHarness> {
  const git = given.git ?? await makeGitFixture(given.files);
  const scratch = await mkdtemp(join(tmpdir(), 'heddle-gitlab-'));
  const fake = await FakeGitlab.start(given.prefix === undefined ? {} : { prefix: given.prefix });
  const project = await fake.addProject({
    path: PROJECT, gitDir: git.gitDir, commit: git.base, members: { [BOT]: 40, amy: 30, tom: 20, rita: 20 },
    ...(given.settings === undefined ? {} : { settings: given.settings }), ...given.seed,
  });
  const made = (token: { readonly kind: 'private' | 'job' | 'oauth'; readonly value: string }, deps: { readonly requestTimeoutMs?: number; readonly triggerToken?: string } = {}): Forge => {
    const { triggerToken, ...rest } = deps;
    return create({ apiUrl: fake.url, token, project: PROJECT, scratch, ...(triggerToken === undefined ? {} : { triggerToken }) }, { backoffUnitMs: 1, ...rest });
  };
  const as: GitlabHarness['as'] = (who, deps) => made({ kind: 'private', value: fake.tokenOf(who) }, deps);
  const git2 = async (...args: readonly string[]): Promise<string> => (await project.git.git(args)).toString('utf8').trimEnd();
  return {
    fake, project, git, as, withToken: (token) => made(token), git2, forge: as(BOT), accounts: { writer: 'amy', unknown: 'nobody-at-all' },
    connect: () => Promise.resolve(as(BOT)),
    connectReadOnly: () => Promise.resolve(as('rita')),
    branch: (name) => seenBranch(git2, name),
    heddleBranches: async () => (await git2('for-each-ref', '--format=%(refname)', 'refs/heads/heddle/')).split('\n').filter((ref) => ref !== '').map((ref) => ref.slice('refs/heads/'.length)),
    pushForeign: async (name, commit) => { await push(project, { from: git, name, commit }); },
    openForeign: async (branch, commit, { reviewer }) => {
      await push(project, { from: git, name: branch, commit });
      addMergeRequest(fake, project, { sourceBranch: branch, reviewers: [fake.world.account(reviewer)] });
    },
    changes: () => Promise.resolve([...project.mergeRequests.values()].map((one) => ({
      number: one.iid, branch: one.sourceBranch, base: one.targetBranch, title: one.title.replace(/^Draft: /, ''), body: one.description, labels: one.labels,
      state: one.state === 'opened' || one.state === 'locked' ? 'open' as const : one.state,
    }))),
    closeByPerson: (number) => {
      const one = project.mergeRequests.get(number);
      if (one === undefined) throw new Error(`no !${String(number)}`);
      one.state = 'closed';
      return Promise.resolve();
    },
    close: async () => {
      await fake.close().finally(async () => {
        await rm(scratch, { recursive: true, force: true });
        if (given.git === undefined) await git.close();
      });
    },
  };
}

async function push(project: Project, { from, name, commit }: { readonly from: GitFixture; readonly name: string; readonly commit: CommitSha }): Promise<void> {
  await project.git.git(['-c', 'protocol.file.allow=always', 'fetch', '--quiet', '--no-tags', from.gitDir, `+${commit}:refs/heads/${name}`]);
}

/** A merge request as a person opens it. */
export function addMergeRequest(fake: FakeGitlab, project: Project, given: Partial<MergeRequest> & { readonly sourceBranch: string }): MergeRequest {
  const { world } = fake;
  const at = world.now();
  const request: MergeRequest = {
    id: world.id(), iid: Math.max(0, ...project.mergeRequests.keys()) + 1, title: 'By hand', description: '', labels: [], author: world.account('tom'), assignees: [], createdAt: at, updatedAt: at, notes: [], labelEvents: [], stateEvents: [],
    state: 'opened', sourceProject: project, targetBranch: project.defaultBranch, reviewers: [], approvedBy: [], autoMerge: false, inTrain: false, mergeCommit: null, squash: false, removeSourceBranch: false, ...given,
  };
  project.mergeRequests.set(request.iid, request);
  return request;
}

async function seenBranch(git: GitlabHarness['git2'], name: string): Promise<SeenBranch | undefined> {
  const found = await git('for-each-ref', '--format=%(objectname) %(tree) %(parent)', `refs/heads/${name}`);
  const [sha, tree, ...parents] = found.split(' ').filter((word) => word !== '');
  if (sha === undefined || tree === undefined) return undefined;
  return { commit: CommitSha.parse(sha), tree, parents, message: await git('log', '-1', '--format=%B', sha) };
}
