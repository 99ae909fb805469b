import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForcedErrors, hasEffect } from '../github/forced.js';
import type { Forced } from '../github/forced.js';
import { basicCredentials, gitPathOf, serveGit, wantsToWrite } from '../lib/git-http.js';
import { Description, isRecord } from './description.js';
import type { Flavour } from './description.js';
import { issueHandlers } from './handle-issues.js';
import { pullHandlers } from './handle-pulls.js';
import { peopleHandlers, repositoryHandlers } from './handle-repositories.js';
import { ACTIONS_ID, isAdminRole, mayWriteRole, notFound, problem, World } from './world.js';
import type { Handler, Reply, Repository, Role, Token } from './world.js';

const HANDLERS: Readonly<Record<string, Handler>> = { ...issueHandlers, ...pullHandlers, ...repositoryHandlers, ...peopleHandlers };
const ROOT = '/api/v1';

export interface RequestRecord { readonly route: string; readonly method: string; readonly path: string; readonly body: unknown; readonly user: string; readonly status: number; readonly forced: string | undefined }

export interface RepositorySeed {
  readonly slug: string;
  /** A real repository on disk whose commit is taken over as `main` (or `branch`). */
  readonly gitDir?: string;
  readonly branch?: string;
  readonly commit?: string;
  readonly private?: boolean;
  readonly roles?: Readonly<Record<string, Role>>;
}

const loaded = new Map<Flavour, Description>();

/**
 * A Gitea or a Forgejo that remembers, on loopback, with git over HTTP. Every request and every answer is judged by the server's own
 * description; what is wrong is collected, and `close()` throws it, so a test cannot pass beside it.
 */
export async function startFakeGitea(options: { readonly flavour?: Flavour } = {}): Promise<FakeGitea> {
  const flavour = options.flavour ?? 'gitea';
  const description = loaded.get(flavour) ?? new Description(flavour);
  loaded.set(flavour, description);
  const fake = new FakeGitea(description);
  await fake.listen();
  return fake;
}

export class FakeGitea {
  readonly world: World;
  readonly requests: RequestRecord[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'heddle-gitea-'));
  private readonly forced = new ForcedErrors();
  private readonly found: string[] = [];
  private readonly server: Server;

  constructor(description: Description) {
    this.world = new World(description);
    this.world.account(`${description.flavour}-actions`, ACTIONS_ID);
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((cause: unknown) => {
        this.found.push(`the fake threw: ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}`);
        response.destroy();
      });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
    this.world.url = `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** Of the site; the API is below `/api/v1`. */
  get url(): string { return this.world.url; }
  get apiUrl(): string { return `${this.world.url}${ROOT}`; }

  /** The token of a job of the server's own Actions. */
  get actionsToken(): string { return this.tokenOf(`${this.world.description.flavour}-actions`); }

  tokenOf(login: string): string {
    this.world.account(login);
    return `token-${login}`;
  }

  /** A token of the account that may do less than the account. */
  scoped(login: string, scopes: readonly string[]): string {
    const token: Token = { value: `scoped-${login}-${scopes.join('-').replaceAll(':', '_')}`, account: this.world.account(login), scopes };
    this.world.tokens.push(token);
    return token.value;
  }

  addRepository(seed: RepositorySeed): Repository {
    const [owner = '', name = ''] = seed.slug.split('/');
    const branch = seed.branch ?? 'main';
    const gitDir = join(this.folder, owner, `${name}.git`);
    mkdirSync(join(this.folder, owner), { recursive: true });
    const git = (args: readonly string[]): void => { execFileSync('git', args, { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull } }); };
    git(['init', '--quiet', '--bare', `--initial-branch=${branch}`, gitDir]);
    const roles = new Map<string, Role>(Object.entries({ [`${this.world.description.flavour}-actions`]: 'write', ...seed.roles }));
    for (const login of roles.keys()) this.world.account(login);
    const repository: Repository = {
      id: this.world.id(), owner: this.world.account(owner), name, private: seed.private ?? false, defaultBranch: branch, archived: false, gitDir, roles, labels: [], issues: new Map(), statuses: [], runs: [],
      protections: new Map(), dispatchStartsRuns: true,
    };
    this.world.repositories.set(seed.slug, repository);
    if (seed.gitDir !== undefined && seed.commit !== undefined) this.takeCommit(repository, { gitDir: seed.gitDir, commit: seed.commit, branch });
    return repository;
  }

  /** Puts a commit of a repository on disk here as a branch, as somebody's push would. */
  takeCommit(repository: Repository, from: { readonly gitDir: string; readonly commit: string; readonly branch: string }): void {
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull };
    execFileSync('git', ['--git-dir', from.gitDir, 'push', '--quiet', '--force', repository.gitDir, `${from.commit}:refs/heads/${from.branch}`], { stdio: 'ignore', env });
  }

  force(forced: Forced): void { this.forced.add(forced); }
  calm(): void { this.forced.clear(); }
  /** How often a route was asked, forced answers included. `git` is every call of git. */
  count(route: string): number { return this.requests.filter((request) => request.route === route).length; }
  problems(): readonly string[] { return this.found; }

  /** @throws when a request or an answer broke the description, with all of them in words. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => { resolve(); });
      this.server.closeAllConnections();
    });
    rmSync(this.folder, { recursive: true, force: true });
    const unused = this.forced.unused().map((one) => `the forced ${one.kind} on ${one.route} was never reached`);
    if (this.found.length + unused.length > 0) throw new Error(`fake ${this.world.description.flavour}:\n${[...this.found, ...unused].join('\n')}`);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const method = request.method ?? 'GET';
    const overGit = gitPathOf(url.pathname);
    if (overGit !== undefined) return this.serveGit({ request, response, url, ...overGit });
    const matched = url.pathname.startsWith(`${ROOT}/`) ? this.world.description.match(method, url.pathname.slice(ROOT.length)) : undefined;
    if (matched === undefined) {
      this.found.push(`unknown route ${method} ${url.pathname}`);
      return send(response, notFound());
    }
    const body = await bodyOf(request);
    const query = Object.fromEntries(url.searchParams);
    for (const wrong of this.world.description.requestProblems(matched.operationId, { query, body })) this.found.push(`request ${matched.operationId}: ${wrong}`);
    const token = this.world.tokens.find((one) => one.value === (request.headers.authorization ?? '').replace(/^(token|bearer) /i, ''));
    const forced = this.forced.take(matched.operationId);
    const act = (): Reply => (token === undefined ? problem(401, 'token is required') : this.act(matched.operationId, { method, params: matched.params, query, body, token }));
    const reply = forced === undefined || hasEffect(forced) ? act() : undefined;
    this.requests.push({ route: matched.operationId, method, path: url.pathname, body, user: token?.account.login ?? '', status: reply?.status ?? 0, forced: forced?.kind });
    return forced === undefined ? send(response, reply ?? notFound()) : spoil(response, forced, reply);
  }

  private async serveGit({ request, response, url, repository: slug, rest }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly url: URL; readonly repository: string; readonly rest: string }): Promise<void> {
    const { user, password } = basicCredentials(request.headers.authorization);
    const token = this.world.tokens.find((one) => one.value === password || one.value === user);
    const repository = this.world.repositories.get(slug);
    const query = url.search.slice(1);
    const forced = wantsToWrite(rest, query) && rest !== '/git-receive-pack' ? undefined : this.forced.take(rest === '/git-receive-pack' ? 'git-push' : 'git-fetch');
    this.requests.push({ route: 'git', method: request.method ?? 'GET', path: `${url.pathname}${url.search}`, body: undefined, user: token?.account.login ?? '', status: 0, forced: forced?.kind });
    if (repository === undefined) return send(response, notFound());
    if (forced !== undefined && !hasEffect(forced)) return spoil(response, forced, undefined);
    const mayWrite = token !== undefined && mayWriteRole(repository.roles.get(token.account.login)) && hasScope(token, 'write:repository') && !repository.archived;
    if (forced !== undefined) {
      // The push happens and its answer is lost.
      await serveGit({ request, response: deaf(response), gitDir: repository.gitDir, path: rest, query, user: token?.account.login, mayWrite });
      return spoil(response, forced, undefined);
    }
    return serveGit({ request, response, gitDir: repository.gitDir, path: rest, query, user: token?.account.login, mayWrite });
  }

  private act(route: string, call: { readonly method: string; readonly params: Readonly<Record<string, string>>; readonly query: Readonly<Record<string, string>>; readonly body: unknown; readonly token: Token }): Reply {
    const handler = HANDLERS[route];
    if (handler === undefined) throw new Error(`no handler for ${route}`);
    const { account } = call.token;
    const repository = this.world.repositories.get(`${call.params['owner'] ?? ''}/${call.params['repo'] ?? ''}`);
    const role = repository?.roles.get(account.login) ?? (repository?.private === false ? 'read' : 'none');
    const scope = `${call.method === 'GET' ? 'read' : 'write'}:${categoryOf(route)}`;
    let reply: Reply;
    if (!hasScope(call.token, scope)) reply = problem(403, `token does not have at least one of required scope(s), required=[${scope}], token scope=${call.token.scopes.join(',')}`);
    else if (repository === undefined && 'repo' in call.params) reply = notFound();
    else if (repository !== undefined && role === 'none') reply = notFound();
    else if (repository !== undefined && call.method !== 'GET' && !mayDo(route, role)) reply = problem(403, 'user should have a permission to write to a repo');
    else reply = handler(this.world, { params: call.params, query: call.query, body: isRecord(call.body) ? call.body : {}, user: account, repository: repository as Repository });
    const told: unknown = reply.body === undefined ? undefined : JSON.parse(JSON.stringify(reply.body));
    // A folder is answered as a list, which the description leaves out.
    const judged = route === 'repoGetContents' && Array.isArray(told) ? (told as unknown[])[0] : told;
    for (const wrong of this.world.description.responseProblems(route, reply.status, judged)) this.found.push(`answer ${String(reply.status)} of ${route}: ${wrong}`);
    return reply;
  }
}

/** Whoever may read an issue may write a comment; the rest of the writes need the role. */
function mayDo(route: string, role: Role): boolean {
  return route === 'issueCreateComment' || mayWriteRole(role) || isAdminRole(role);
}

function categoryOf(route: string): string {
  if (route.startsWith('issue') || route === 'repoGetIssue') return 'issue';
  if (route === 'userGetCurrent') return 'user';
  if (route === 'teamSearch' || route.startsWith('org')) return 'organization';
  return route === 'getVersion' ? 'misc' : 'repository';
}

/** A scope to write contains the one to read. */
function hasScope(token: Token, wanted: string): boolean {
  return wanted.endsWith(':misc') || token.scopes.includes('all') || token.scopes.includes(wanted) || token.scopes.includes(wanted.replace(/^read:/, 'write:'));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

function spoil(response: ServerResponse, forced: Forced, reply: Reply | undefined): void {
  const seconds = String(forced.resetInSeconds ?? 1);
  switch (forced.kind) {
    case '429': return send(response, { ...problem(429, 'Too Many Requests'), headers: { 'retry-after': seconds } });
    case '403-secondary': case '403': return send(response, problem(403, 'forbidden'));
    case '404': return send(response, notFound());
    case '500': return send(response, problem(500, 'Internal Server Error'));
    case 'cut': response.destroy(); return undefined;
    case 'truncated-page': {
      const text = JSON.stringify(reply?.body ?? []);
      response.writeHead(reply?.status ?? 200, { 'content-type': 'application/json; charset=utf-8' }).end(text.slice(0, Math.max(1, Math.floor(text.length / 2))));
      return undefined;
    }
    // `slow` answers never: the client gives up, or `close()` cuts the line.
    case 'slow': return undefined;
  }
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.body === undefined) response.writeHead(reply.status, reply.headers).end();
  else response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...reply.headers }).end(JSON.stringify(reply.body));
}

/** Takes an answer and tells nobody. */
function deaf(response: ServerResponse): ServerResponse {
  const stand = { writeHead: () => stand, end: () => stand };
  return stand as unknown as ServerResponse & typeof response;
}
