import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Description, isRecord } from './description.js';
import { ForcedErrors, forcedAnswer, hasEffect } from './forced.js';
import type { Forced } from './forced.js';
import { GitObjects } from './git-objects.js';
import { answerGraphql } from './graphql.js';
import { gitHandlers, notAccessible } from './handle-git.js';
import { issueHandlers } from './handle-issues.js';
import { peopleHandlers } from './handle-people.js';
import { pullHandlers } from './handle-pulls.js';
import { repositoryHandlers } from './handle-repositories.js';
import { renderUser } from './render.js';
import { basicError, mayWriteRole, notFound, World } from './world.js';
import type { Account, Handler, Reply, Repository, Role, Settings } from './world.js';

const HANDLERS: Readonly<Record<string, Handler>> = {
  ...gitHandlers, ...issueHandlers, ...pullHandlers, ...repositoryHandlers, ...peopleHandlers,
  // Installation tokens, as the one of a workflow, are no user.
  'users/get-authenticated': (world, call) => (call.user.type === 'Bot' ? notAccessible()
    : { status: 200, body: world.description.fill('private-user', { ...renderUser(world, call.user), user_view_type: 'private' }) }),
};

export interface RequestRecord { readonly route: string; readonly method: string; readonly path: string; readonly body: unknown; readonly user: string; readonly status: number; readonly forced: string | undefined }

export interface RepositorySeed {
  readonly slug: string;
  /** A real repository on disk whose objects and `main` (or `branch`) are taken over. */
  readonly gitDir?: string;
  readonly branch?: string;
  readonly commit?: string;
  readonly private?: boolean;
  readonly roles?: Readonly<Record<string, Role>>;
  readonly settings?: Partial<Settings>;
}

let loaded: Promise<Description> | undefined;

/**
 * A GitHub that remembers, on loopback. Every request and every response is judged by GitHub's own description; what is
 * wrong is collected, and `stop()` throws it, so a test cannot pass beside it.
 */
export class FakeGitHub {
  readonly world: World;
  readonly requests: RequestRecord[] = [];
  private readonly forced = new ForcedErrors();
  private readonly meantime: { readonly is: (request: RequestRecord) => boolean; readonly act: () => Promise<void> }[] = [];
  private readonly found: string[] = [];
  private readonly server: Server;

  private constructor(description: Description) {
    this.world = new World(description);
    this.world.account('github-actions[bot]', { id: 41_898_282, type: 'Bot', token: 'ghs_fakeTokenOfAWorkflowRun' });
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((cause: unknown) => {
        this.found.push(`the fake threw: ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}`);
        response.destroy();
      });
    });
  }

  static async start(): Promise<FakeGitHub> {
    loaded ??= Description.load();
    const fake = new FakeGitHub(await loaded);
    await new Promise<void>((resolve) => { fake.server.listen(0, '127.0.0.1', resolve); });
    fake.world.url = `http://127.0.0.1:${String((fake.server.address() as AddressInfo).port)}`;
    return fake;
  }

  get url(): string { return this.world.url; }

  /** The token of a workflow run: `github-actions[bot]`. */
  get actionsToken(): string { return this.tokenOf('github-actions[bot]'); }

  tokenOf(login: string): string { return this.world.account(login).token; }

  addRepository(seed: RepositorySeed): Repository {
    const [owner = '', name = ''] = seed.slug.split('/');
    const branch = seed.branch ?? 'main';
    const git = new GitObjects();
    const refs = new Map<string, string>();
    if (seed.gitDir !== undefined && seed.commit !== undefined) {
      git.seedFrom(seed.gitDir, seed.commit);
      refs.set(`refs/heads/${branch}`, seed.commit);
    }
    const roles = new Map<string, Role>(Object.entries({ 'github-actions[bot]': 'write', ...seed.roles }));
    for (const login of roles.keys()) this.world.account(login);
    const repository: Repository = {
      id: this.world.id(), owner: this.world.account(owner), name, private: seed.private ?? false, defaultBranch: branch, git, refs, roles,
      issues: new Map(), checkRuns: [], runs: [],
      settings: { actionsMayOpenChanges: true, drafts: true, dispatchStartsRuns: true, teams: [], ...seed.settings },
    };
    this.world.repositories.set(seed.slug, repository);
    return repository;
  }

  force(forced: Forced): void { this.forced.add(forced); }

  /** Between the effect of the next call that `is` tells and its answer, `act` happens: what another job does at that moment. */
  meanwhile(is: (request: RequestRecord) => boolean, act: () => Promise<void>): void { this.meantime.push({ is, act }); }

  /** Takes back the forced errors that are still to come. */
  calm(): void { this.forced.clear(); }

  /** Something that people do between two calls: right after the next answer of the route was made. */
  afterNext(route: string, act: () => void): void { this.meanwhile((request) => request.route === route, () => { act(); return Promise.resolve(); }); }

  /** How often a route was asked, forced answers included. */
  count(route: string): number { return this.requests.filter((request) => request.route === route).length; }

  problems(): readonly string[] { return this.found; }

  /** @throws when a request or a response broke the description, with all of them in words. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => { resolve(); });
      this.server.closeAllConnections();
    });
    const unused = this.forced.unused().map((one) => `the forced ${one.kind} on ${one.route} was never reached`);
    unused.push(...this.meantime.map(({ is }) => `no call was one of which something had to happen meanwhile: ${String(is)}`));
    if (this.found.length + unused.length > 0) throw new Error(`fake GitHub:\n${[...this.found, ...unused].join('\n')}`);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const method = request.method ?? 'GET';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const token = (request.headers.authorization ?? '').replace(/^(token|bearer) /i, '');
    const account = [...this.world.accounts.values()].find((one) => one.token === token);
    const path = url.pathname;
    const matched = path === '/graphql' && method === 'POST' ? { operationId: 'graphql', params: {} } : this.world.description.match(method, path);
    if (matched === undefined) {
      this.found.push(`unknown route ${method} ${path}`);
      this.send(response, notFound());
      return;
    }
    const query = Object.fromEntries(url.searchParams);
    if (matched.operationId !== 'graphql') {
      for (const problem of this.world.description.requestProblems(matched.operationId, { method, path, query, body })) this.found.push(`request ${matched.operationId}: ${problem}`);
    }
    const forced = this.forced.take(matched.operationId);
    const act = (): Reply => (account === undefined ? basicError(401, 'Bad credentials') : this.act(matched.operationId, { method, params: matched.params, query, body, account }));
    const reply = forced === undefined || hasEffect(forced) ? act() : undefined;
    const record: RequestRecord = { route: matched.operationId, method, path, body, user: account?.login ?? '', status: reply?.status ?? 0, forced: forced?.kind };
    this.requests.push(record);
    const awaited = this.meantime.findIndex(({ is }) => is(record));
    for (const { act: other } of awaited === -1 ? [] : this.meantime.splice(awaited, 1)) await other();
    if (forced === undefined) this.send(response, reply ?? notFound());
    else this.spoil(response, forced, reply);
  }

  private act(route: string, call: { method: string; params: Readonly<Record<string, string>>; query: Readonly<Record<string, string>>; body: unknown; account: Account }): Reply {
    if (route === 'graphql') {
      const answer = answerGraphql(this.world, call.account, call.body);
      if ('status' in answer) return answer;
      this.found.push(answer.problem);
      return basicError(400, answer.problem);
    }
    const repository = this.world.repositories.get(`${call.params['owner'] ?? ''}/${call.params['repo'] ?? ''}`);
    const role = repository?.roles.get(call.account.login);
    const handler = HANDLERS[route];
    if (handler === undefined) {
      this.found.push(`no handler for ${route}`);
      return notFound();
    }
    let reply: Reply;
    if (repository === undefined && route !== 'users/get-authenticated' && !route.startsWith('teams/')) reply = notFound();
    else if (repository?.private === true && (role === undefined || role === 'none')) reply = notFound();
    else if (call.method !== 'GET' && !mayWriteRole(role)) reply = { ...notAccessible(), headers: { 'x-accepted-github-permissions': 'contents=write' } };
    else reply = handler(this.world, { params: call.params, query: call.query, body: isRecord(call.body) ? call.body : {}, user: call.account, repository: repository as Repository });
    for (const problem of this.world.description.responseProblems(route, reply.status, reply.body)) this.found.push(`response ${String(reply.status)} of ${route}: ${problem}`);
    return reply;
  }

  private spoil(response: ServerResponse, forced: Forced, reply: Reply | undefined): void {
    const answer = forcedAnswer(forced);
    if (answer !== undefined) this.send(response, answer);
    else if (forced.kind === 'cut') response.destroy();
    else if (forced.kind === 'truncated-page') {
      const text = JSON.stringify(reply?.body ?? []);
      response.writeHead(reply?.status ?? 200, { 'content-type': 'application/json; charset=utf-8' }).end(text.slice(0, Math.max(1, Math.floor(text.length / 2))));
    }
    // `slow` answers never: the client gives up, or `stop()` cuts the line.
  }

  private send(response: ServerResponse, reply: Reply): void {
    if (reply.body === undefined) {
      response.writeHead(reply.status, reply.headers).end();
      return;
    }
    response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...reply.headers }).end(JSON.stringify(reply.body));
  }
}
