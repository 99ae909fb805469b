import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitPathOf } from '../lib/git-http.js';
import { forbidden, notFound, unauthorized } from './call.js';
import type { Handler, Reply } from './call.js';
import { match, requestProblems, responseProblems } from './description.js';
import type { Matched } from './description.js';
import { ForcedErrors, forcedAnswer, hasEffect } from './forced.js';
import type { Forced } from './forced.js';
import { GitStore } from './git-store.js';
import { answerGraphql } from './graphql.js';
import { ciHandlers } from './handle-ci.js';
import { issueHandlers } from './handle-issues.js';
import { mergeRequestHandlers } from './handle-merge-requests.js';
import { mergingHandlers } from './handle-merging.js';
import { peopleHandlers } from './handle-people.js';
import { repositoryHandlers } from './handle-repository.js';
import { ruleHandlers } from './handle-rules.js';
import { readRequest } from './read-request.js';
import type { ReadRequest } from './read-request.js';
import { serveProjectGit } from './serve-git.js';
import { World } from './world.js';
import type { Level, Project, ProtectedBranch, Settings, Token } from './world.js';

const HANDLERS: Readonly<Record<string, Handler>> = { ...peopleHandlers, ...repositoryHandlers, ...issueHandlers, ...mergeRequestHandlers, ...mergingHandlers, ...ruleHandlers, ...ciHandlers };

export interface RequestRecord { readonly route: string; readonly method: string; readonly path: string; readonly body: unknown; readonly user: string; readonly token: string; readonly status: number; readonly forced: string | undefined }

export interface ProjectSeed {
  /** `group/sub/project`; the groups are made. */
  readonly path: string;
  /** A real repository on disk, of which a commit becomes the default branch. */
  readonly gitDir?: string;
  readonly commit?: string;
  readonly branch?: string;
  readonly visibility?: Project['visibility'];
  /** Access levels of the project's own members, by user name. */
  readonly members?: Readonly<Record<string, Level>>;
  readonly protectedBranches?: readonly Partial<ProtectedBranch>[];
  readonly settings?: Partial<Settings>;
}

export interface FakeGitlabOptions {
  /** The server lies below a path: `/gitlab`. */
  readonly prefix?: string;
}

/**
 * A GitLab that remembers, on loopback. Every request and every answer is judged by a description of the API; what is wrong is
 * collected, and `close()` throws it, so a test cannot pass beside it. Repositories are real ones, also behind git's own protocol.
 */
export class FakeGitlab {
  readonly world = new World();
  readonly requests: RequestRecord[] = [];
  private readonly forced = new ForcedErrors();
  private readonly found: string[] = [];
  private readonly prefix: string;
  private readonly folder: string;
  private readonly server: Server;

  private constructor(folder: string, prefix: string) {
    this.folder = folder;
    this.prefix = prefix;
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((cause: unknown) => {
        // Who goes away in the middle of a request has no answer to wait for.
        if (!request.complete) return;
        this.found.push(`the fake threw: ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}`);
        response.destroy();
      });
    });
  }

  static async start(options: FakeGitlabOptions = {}): Promise<FakeGitlab> {
    const fake = new FakeGitlab(await mkdtemp(join(tmpdir(), 'fake-gitlab-')), options.prefix ?? '');
    await new Promise<void>((resolve) => { fake.server.listen(0, '127.0.0.1', resolve); });
    fake.world.url = `http://127.0.0.1:${String((fake.server.address() as AddressInfo).port)}${fake.prefix}`;
    return fake;
  }

  /** Of the server: `http://127.0.0.1:PORT[/prefix]`. */
  get url(): string { return this.world.url; }

  /** As `CI_API_V4_URL` has it. */
  get apiUrl(): string { return `${this.url}/api/v4`; }

  /** The personal access token of an account, with the scopes `api` and `write_repository`. */
  tokenOf(username: string): string { return [...this.world.tokens.values()].find((token) => token.account === this.world.account(username) && token.kind !== 'job')?.value ?? ''; }

  async addProject(seed: ProjectSeed): Promise<Project> {
    const branch = seed.branch ?? 'main';
    const id = this.world.id();
    const git = await GitStore.make(join(this.folder, `${String(id)}.git`), branch, seed.gitDir === undefined || seed.commit === undefined ? undefined : { gitDir: seed.gitDir, commit: seed.commit });
    const groups = seed.path.split('/').slice(0, -1);
    groups.forEach((_, index) => this.world.group(groups.slice(0, index + 1).join('/')));
    for (const username of Object.keys(seed.members ?? {})) this.world.account(username);
    const project: Project = {
      id, path: seed.path, name: seed.path.split('/').at(-1) ?? '', visibility: seed.visibility ?? 'private', defaultBranch: branch, git, members: new Map(Object.entries(seed.members ?? {})), issues: new Map(), mergeRequests: new Map(), labels: new Map(),
      pipelines: [], statuses: [], environments: [], deployments: [], packages: [], triggerTokens: new Map(),
      protectedBranches: (seed.protectedBranches ?? [{ name: branch }]).map((one) => ({ id: this.world.id(), name: branch, push: 40, merge: 40, forcePush: false, ...one })),
      settings: { premium: true, approvalsRequired: 0, onlyMergeIfPipelineSucceeds: false, mergeTrains: false, jobTokenMayPush: false, pipelinesStart: true, variablesRole: 'no_one_allowed', squash: 'default_off', ...seed.settings },
    };
    this.world.projects.set(seed.path, project);
    return project;
  }

  force(forced: Forced): void { this.forced.add(forced); }

  /** Takes back the forced errors that are still to come. */
  calm(): void { this.forced.clear(); }

  /** How often an operation was asked, forced answers included. */
  count(route: string): number { return this.requests.filter((request) => request.route === route).length; }

  problems(): readonly string[] { return this.found; }

  /** @throws when a request or an answer broke the description, with all of them in words. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => { resolve(); });
      this.server.closeAllConnections();
    });
    await rm(this.folder, { recursive: true, force: true });
    const unused = this.forced.unused().map((one) => `the forced ${one.kind} on ${one.route} was never reached`);
    if (this.found.length + unused.length > 0) throw new Error(`fake GitLab:\n${[...this.found, ...unused].join('\n')}`);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const path = url.pathname.startsWith(this.prefix) ? url.pathname.slice(this.prefix.length) : '//';
    const git = gitPathOf(path);
    if (git !== undefined) {
      const forced = this.forced.take('git');
      const status = await serveProjectGit(this.world, { request, response, project: this.world.project(git.repository), rest: git.rest, query: url.search.slice(1), refused: forced === undefined ? undefined : forcedAnswer(forced)?.status ?? 500 });
      this.requests.push({ route: 'git', method: request.method ?? 'GET', path, body: undefined, user: status.user, token: '', status: status.status, forced: forced?.kind });
      return;
    }
    const read = await readRequest(request, url, this.world);
    const isGraphql = path === '/api/graphql' && read.method === 'POST';
    const matched = isGraphql || !path.startsWith('/api/v4/') ? undefined : match(read.method, path.slice('/api/v4'.length));
    if (matched === undefined && !isGraphql) {
      this.found.push(`unknown route ${read.method} ${path}`);
      this.send(response, notFound());
      return;
    }
    const name = matched?.operation.name ?? 'graphql';
    if (matched !== undefined) for (const problem of requestProblems(matched, read)) this.found.push(`request ${name}: ${problem}`);
    const forced = this.forced.take(name);
    const reply = forced === undefined || hasEffect(forced) ? await this.answer(matched, path.slice('/api/v4'.length), read) : undefined;
    this.requests.push({ route: name, method: read.method, path, body: read.body, user: read.token?.account.username ?? '', token: read.token?.value ?? '', status: reply?.status ?? 0, forced: forced?.kind });
    if (forced === undefined) this.send(response, reply ?? notFound());
    else this.spoil(response, forced, reply);
  }

  private async answer(matched: Matched | undefined, path: string, read: ReadRequest): Promise<Reply> {
    if (read.badToken) return unauthorized();
    if (matched === undefined) {
      const token = read.token?.kind === 'job' ? undefined : read.token;
      const answer = await answerGraphql(this.world, { user: token?.account, maySee: (project) => this.levelFor(project, token) !== undefined }, read.body);
      if ('answer' in answer) return { status: 200, body: answer.answer };
      this.found.push(answer.problem);
      return { status: 400, body: { message: answer.problem } };
    }
    const reply = await this.act(matched, path, read);
    for (const problem of responseProblems(matched, reply.status, reply.body)) this.found.push(`answer ${String(reply.status)} of ${matched.operation.name}: ${problem}`);
    return reply;
  }

  private async act(matched: Matched, path: string, read: ReadRequest): Promise<Reply> {
    const { operation, params } = matched;
    const handler = HANDLERS[operation.name];
    if (handler === undefined) {
      this.found.push(`no handler for ${operation.name}`);
      return notFound();
    }
    // A job's token counts only where it may be used; elsewhere it is as if there were none.
    const forJobs = typeof operation.job === 'number' ? Number.parseInt(this.world.version, 10) >= operation.job : operation.job;
    const token = read.token?.kind === 'job' && !forJobs ? undefined : read.token;
    const scopes = token?.scopes ?? [];
    if (token !== undefined && token.kind !== 'job' && !scopes.includes('api') && !(operation.read && scopes.includes('read_api')) && !(operation.name === 'tokens.self')) {
      return { status: 403, body: { error: 'insufficient_scope', error_description: 'The request requires higher privileges than provided by the access token.', scope: operation.read ? 'api read_api' : 'api' } };
    }
    const ofProject = operation.path.startsWith('/projects/');
    const project = ofProject ? this.world.project(params['id'] ?? '') : undefined;
    const level = project === undefined ? undefined : this.levelFor(project, token);
    const isTrigger = operation.name.startsWith('trigger.');
    if (ofProject && (project === undefined || (level === undefined && !isTrigger))) return notFound('Project');
    if (ofProject && !operation.read && !isTrigger && token === undefined) return unauthorized();
    // A job's token of another project reads at most, and only what it may see anyway.
    if (token?.kind === 'job' && project !== undefined && token.project !== project && !operation.read) return forbidden();
    const isOutsider = project?.visibility !== 'private' && (level ?? 0) < 10;
    if (ofProject && !isTrigger && (level ?? 0) < operation.level && !(isOutsider && operation.level === 10 && token !== undefined)) return token === undefined ? unauthorized() : forbidden();
    return handler(this.world, { name: operation.name, path, params, query: read.query, body: read.members, raw: read.raw, token, user: token?.account, project: project as Project, level: level ?? 0 });
  }

  /** The level at which a token stands in a project; nothing when it may not even see it. */
  private levelFor(project: Project, token: Token | undefined): Level | undefined {
    const level = token === undefined ? 0 : this.world.levelOf(project, token.account.username);
    if (level > 0 || project.visibility === 'public' || (project.visibility === 'internal' && token !== undefined)) return level;
    return undefined;
  }

  private spoil(response: ServerResponse, forced: Forced, reply: Reply | undefined): void {
    const answer = forcedAnswer(forced);
    if (answer !== undefined) this.send(response, answer);
    else if (forced.kind === 'cut') response.destroy();
    else if (forced.kind === 'truncated-page') {
      const text = JSON.stringify(reply?.body ?? []);
      response.writeHead(reply?.status ?? 200, { 'content-type': 'application/json' }).end(text.slice(0, Math.max(1, Math.floor(text.length / 2))));
    }
    // `slow` answers never: the client gives up, or `close()` cuts the line.
  }

  private send(response: ServerResponse, reply: Reply): void {
    const limits = { 'ratelimit-limit': '2000', 'ratelimit-name': 'throttle_authenticated_api', 'ratelimit-observed': '1', 'ratelimit-remaining': '1999', 'ratelimit-reset': String(Math.floor(Date.now() / 1000) + 60), 'x-request-id': 'fake' };
    const headers = { ...limits, ...reply.headers };
    if (reply.body === undefined) response.writeHead(reply.status, headers).end();
    else if (typeof reply.body === 'string' || Buffer.isBuffer(reply.body)) response.writeHead(reply.status, { 'content-type': 'text/plain', ...headers }).end(reply.body);
    else response.writeHead(reply.status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(reply.body));
  }
}

export function startFakeGitlab(options: FakeGitlabOptions = {}): Promise<FakeGitlab> {
  return FakeGitlab.start(options);
}
