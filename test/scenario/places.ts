import { join } from 'node:path';
import { create as createGiteaForge } from '../../src/adapters/forge/gitea/index.js';
import { create as createGithubForge } from '../../src/adapters/forge/github/index.js';
import { create as createGitlabForge } from '../../src/adapters/forge/gitlab/index.js';
import { create as createGiteaTracker } from '../../src/adapters/tracker/gitea/index.js';
import { create as createGithubTracker } from '../../src/adapters/tracker/github/index.js';
import { create as createGitlabTracker } from '../../src/adapters/tracker/gitlab/index.js';
import { Instant } from '../../src/domain/ids.js';
import type { RunRequest } from '../../src/domain/request.js';
import type { RunPorts } from '../../src/flow/run-ports.js';
import { git } from '../adapters/workspace-git-fixture.js';
import { startFakeGitea } from '../fakes/gitea/fake-gitea.js';
import { git as inRepository } from '../fakes/gitea/world.js';
import { FakeGitHub } from '../fakes/github/fake-github.js';
import { FakeGitlab } from '../fakes/gitlab/fake-gitlab.js';
import { temporaryFolder } from '../temporary-folder.js';
import type { Composition } from './in-process.js';
import { put, seeComments, seeForge, type Scene } from './rig.js';

/** The same run at every place that has tickets and changes: what a scenario says once is played at each of them. */
export const PLACES = ['local', 'github', 'gitlab', 'gitea', 'forgejo'] as const;
export type PlaceId = (typeof PLACES)[number];

export interface SeenChange { readonly number: number; readonly title: string; readonly body: string; readonly draft: boolean; readonly labels: readonly string[]; readonly branch: string; readonly tree: string }

export interface Place {
  readonly id: PlaceId;
  /** Mila, who may write, put the label on the ticket; at the keyboard she asked for it. */
  readonly asked: Composition;
  /** Rita put it on, who may only read. No such thing at the keyboard. */
  readonly askedByReader: Composition | undefined;
  /** For a job of its own that goes on with the run. */
  readonly again: Composition;
  /** The person at the keyboard asks, and the change is opened here. */
  readonly delivering: Composition;
  changes(): Promise<readonly SeenChange[]>;
  /** What a reviewer finds at the changes, line by line. */
  seen(): readonly string[];
  /** What we said at the ticket. */
  comments(): readonly string[];
  /** The next call that opens a change is answered with 500; nothing happens where there is no service. */
  stumble(): void;
  /** The service's word on a call that its own description does not know. */
  problems(): readonly string[];
  close(): Promise<void>;
}

export interface TicketText { readonly title: string; readonly body: string }

export async function placeOf(id: PlaceId, scene: Scene, ticket: TicketText): Promise<Place> {
  switch (id) {
    case 'local': return atTheKeyboard(scene, ticket);
    case 'github': return github(scene, ticket);
    case 'gitlab': return gitlab(scene, ticket);
    case 'gitea': case 'forgejo': return gitea(scene, ticket, id);
  }
}

const LABEL = 'heddle';
const SLUG = 'acme/shop';
const PROJECT = 'acme/web/shop';
const now = (): Instant => Instant.parse(new Date().toISOString());

function composition(ports: Pick<RunPorts, 'tracker' | 'reader' | 'writer' | 'claims' | 'waiting'>, at: { readonly repository: string; readonly request?: RunRequest }): Composition {
  return {
    wrap: (made) => ({ ...made, ...ports }), wrapSettings: (settings) => ({ ...settings, repository: at.repository, localUser: false }),
    ...(at.request === undefined ? {} : { request: at.request }),
  };
}

/** Only the forge is real; ticket and person are at the keyboard. */
function delivering({ reader, writer, claims }: Pick<RunPorts, 'reader' | 'writer' | 'claims'>, repository: string): Composition {
  return { wrap: (made) => ({ ...made, reader, writer, claims }), wrapSettings: (settings) => ({ ...settings, repository }) };
}

/** The people of the shop whose verdicts are looked at: owners, and one team. */
const OWNERS = ['olga', 'otto', 'maria'] as const;

function labelled(tracker: string, key: string, by: { readonly login: string; readonly id: number }): RunRequest {
  return { trigger: { kind: 'labeled', label: LABEL }, ticket: { tracker: tracker as RunRequest['ticket']['tracker'], key }, actor: { login: by.login, id: String(by.id), kind: 'human' }, fromFork: false, at: now() };
}

function atTheKeyboard(scene: Scene, { title, body }: TicketText): Place {
  put(join(scene.root, 'ticket.md'), `---\ntitle: ${title}\n---\n${body}`);
  const changes = (): readonly SeenChange[] => seeForge(scene.forge).changes.map(({ number, title: named, body: text, branch, ...more }) => ({
    number, title: named, body: text, branch, draft: (more as unknown as { readonly draft: boolean }).draft, labels: (more as unknown as { readonly labels: readonly string[] }).labels,
    tree: git(join(scene.forge, 'forge.git'), 'rev-parse', `${branch}^{tree}`).trim(),
  }));
  return {
    id: 'local', asked: {}, askedByReader: undefined, again: {}, delivering: {}, seen: () => changes().map((one) => `change: ${one.draft ? 'draft' : 'open for review'}; labels ${one.labels.join(', ')}`), changes: () => Promise.resolve(changes()), comments: () => seeComments(scene.out),
    stumble: () => undefined, problems: () => [], close: () => Promise.resolve(),
  };
}

const base = (scene: Scene): { readonly gitDir: string; readonly commit: string } => ({ gitDir: join(scene.repo, '.git'), commit: git(scene.repo, 'rev-parse', 'HEAD').trim() });

async function github(scene: Scene, text: TicketText): Promise<Place> {
  const fake = await FakeGitHub.start();
  fake.world.setClock(Date.now() - 60_000);
  const bot = 'github-actions[bot]';
  const repository = fake.addRepository({ slug: SLUG, ...base(scene), roles: { mila: 'write', rita: 'read', ...Object.fromEntries(OWNERS.map((login) => [login, 'write' as const])) } });
  const issue = fake.world.addIssue(repository, { number: 12, ...text, author: fake.world.account('rita') });
  const connection = { apiUrl: fake.url, token: fake.tokenOf(bot) };
  const ports = { ...createGithubForge({ ...connection, repository: SLUG, serverUrl: fake.url }, { backoffUnitMs: 1 }), tracker: createGithubTracker(connection, { backoffUnitMs: 1 }) };
  const asked = (login: string): Composition => {
    const by = fake.world.account(login);
    if (!issue.labels.includes(LABEL)) issue.labels.push(LABEL);
    fake.world.addEvent(issue, { event: 'labeled', actor: by, at: fake.world.now(), label: LABEL });
    return composition(ports, { repository: SLUG, request: labelled('github', `${SLUG}#12`, by) });
  };
  return {
    id: 'github', get asked() { return asked('mila'); }, get askedByReader() { return asked('rita'); }, again: composition(ports, { repository: SLUG }), delivering: delivering(ports, SLUG),
    seen: () => [...repository.issues.values()].flatMap(({ labels, pull }) => (pull === undefined ? [] : [`change: ${pull.draft ? 'draft' : 'open for review'}; labels ${labels.join(', ')}`])),
    changes: () => Promise.resolve([...repository.issues.values()].flatMap((one) => (one.pull === undefined ? [] : [{
      number: one.number, title: one.title, body: one.body, draft: one.pull.draft, labels: one.labels, branch: one.pull.head,
      tree: repository.git.commit(repository.refs.get(`refs/heads/${one.pull.head}`) ?? '')?.tree ?? 'none',
    }]))),
    comments: () => issue.comments.filter((one) => one.author.login === bot).map((one) => one.body),
    stumble: () => { fake.force({ route: 'pulls/create', times: 1, kind: '500' }); }, problems: () => fake.problems(), close: () => fake.stop(),
  };
}

async function gitlab(scene: Scene, text: TicketText): Promise<Place> {
  const fake = await FakeGitlab.start();
  fake.world.setClock(Date.now() - 60_000);
  const bot = 'project_7_bot_0123456789abcdef0123456789abcdef';
  const project = await fake.addProject({ path: PROJECT, ...base(scene), members: { mila: 30, rita: 20, [bot]: 30, ...Object.fromEntries(OWNERS.map((login) => [login, 30 as const])) } });
  fake.world.group('acme/payments').members.set('otto', 30);
  const issue = fake.world.addIssue(project, { iid: 12, title: text.title, description: text.body, author: fake.world.account('rita') });
  const connection = { apiUrl: fake.apiUrl, token: { kind: 'private' as const, value: fake.tokenOf(bot) } };
  const ports = { ...createGitlabForge({ ...connection, project: PROJECT, scratch: temporaryFolder('heddle-pl-') }, { backoffUnitMs: 1 }), tracker: createGitlabTracker(connection, { backoffUnitMs: 1 }) };
  const asked = (login: string): Composition => {
    const by = fake.world.account(login);
    fake.world.relabel(project, issue, by, [LABEL]);
    return composition(ports, { repository: PROJECT, request: labelled('gitlab', `${PROJECT}#12`, { login, id: by.id }) });
  };
  return {
    id: 'gitlab', get asked() { return asked('mila'); }, get askedByReader() { return asked('rita'); }, again: composition(ports, { repository: PROJECT }), delivering: delivering(ports, PROJECT),
    seen: () => [...project.mergeRequests.values()].flatMap((one) => [
      `change: ${one.title.startsWith('Draft: ') ? 'draft' : 'open for review'}; labels ${one.labels.join(', ')}`, `reviewers: ${one.reviewers.map(({ username }) => username).join(', ')}`, `merges by itself: ${one.autoMerge ? 'yes' : 'no'}`,
      ...project.statuses.map(({ name, status, description }) => `status ${name}: ${status}; ${description ?? ''}`),
      ...one.notes.flatMap(({ body, position }) => (position === undefined ? [] : [`note ${String(position['new_path'])}:${String(position['new_line'])} ${body}`])),
    ]),
    changes: () => Promise.all([...project.mergeRequests.values()].map(async (one) => ({
      number: one.iid, title: one.title.replace(/^Draft: /, ''), body: one.description, draft: one.title.startsWith('Draft: '), labels: one.labels, branch: one.sourceBranch,
      tree: (await project.git.git(['rev-parse', `refs/heads/${one.sourceBranch}^{tree}`])).toString('utf8').trim(),
    }))),
    comments: () => issue.notes.filter((one) => one.author.username === bot && !one.system).map((one) => one.body),
    stumble: () => { fake.force({ route: 'merge_requests.create', times: 1, kind: '500' }); }, problems: () => fake.problems(), close: () => fake.close(),
  };
}

async function gitea(scene: Scene, text: TicketText, flavour: 'gitea' | 'forgejo'): Promise<Place> {
  const fake = await startFakeGitea({ flavour });
  fake.world.setClock(Date.now() - 60_000);
  const bot = 'heddle-bot';
  const repository = fake.addRepository({ slug: SLUG, ...base(scene), roles: { [bot]: 'admin', mila: 'write', rita: 'read', ...Object.fromEntries(OWNERS.map((login) => [login, 'write' as const])) } });
  fake.world.addTeam('acme/payments', ['otto']);
  const issue = fake.world.addIssue(repository, { number: 12, ...text, author: fake.world.account('rita') });
  const connection = { apiUrl: fake.apiUrl, token: fake.tokenOf(bot) };
  const ports = { ...createGiteaForge({ ...connection, serverUrl: fake.url, repository: SLUG, scratch: temporaryFolder('heddle-pl-') }, { backoffUnitMs: 1 }), tracker: createGiteaTracker(connection, { backoffUnitMs: 1 }) };
  const asked = (login: string): Composition => {
    const by = fake.world.account(login);
    const label = fake.world.label(repository, LABEL);
    if (!issue.labels.includes(label)) issue.labels.push(label);
    fake.world.addEntry(issue, { type: 'label', actor: by, at: fake.world.now(), label });
    return composition(ports, { repository: SLUG, request: labelled('gitea', `${SLUG}#12`, by) });
  };
  return {
    id: flavour, get asked() { return asked('mila'); }, get askedByReader() { return asked('rita'); }, again: composition(ports, { repository: SLUG }), delivering: delivering(ports, SLUG),
    seen: () => [...repository.issues.values()].flatMap(({ title, labels, pull }) => (pull === undefined ? [] : [
      `change: ${title.startsWith('WIP: ') ? 'draft' : 'open for review'}; labels ${labels.map(({ name }) => name).join(', ')}`, `reviewers: ${[...pull.reviewers.map(({ login }) => login), ...pull.teams.map((team) => `team ${team}`)].join(', ')}`,
      `merges by itself: ${pull.autoMerge?.style ?? 'no'}`, ...repository.statuses.map(({ context, state, description }) => `status ${context}: ${state}; ${description}`),
      ...pull.reviews.flatMap(({ state, comments }) => comments.map((one) => `note (${state}) ${one.path}:${String(one.line)} ${one.body}`)),
    ])),
    changes: () => Promise.resolve([...repository.issues.values()].flatMap((one) => (one.pull === undefined ? [] : [{
      number: one.number, title: one.title.replace(/^WIP: /, ''), body: one.body, draft: one.title.startsWith('WIP: '), labels: one.labels.map(({ name }) => name), branch: one.pull.head,
      tree: inRepository(repository, ['rev-parse', `refs/heads/${one.pull.head}^{tree}`]) ?? 'none',
    }]))),
    comments: () => issue.comments.filter((one) => one.author.login === bot).map((one) => one.body),
    stumble: () => { fake.force({ route: 'repoCreatePullRequest', times: 1, kind: '500' }); }, problems: () => fake.problems(), close: () => fake.close(),
  };
}
