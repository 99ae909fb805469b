import { execFileSync } from 'node:child_process';
import { devNull } from 'node:os';
import type { Description } from './description.js';

export type Role = 'owner' | 'admin' | 'write' | 'read' | 'none';
/** `read:repository`, `write:issue`, …; `all` has every one. */
export type Scope = string;

export interface Account { readonly id: number; readonly login: string }
export interface Token { readonly value: string; readonly account: Account; readonly scopes: readonly Scope[] }
export interface Label { readonly id: number; readonly name: string }
export interface Comment { readonly id: number; readonly author: Account; body: string; readonly createdAt: string; updatedAt: string }

/** An entry of the timeline, in Gitea's kinds. */
export interface Entry {
  readonly id: number;
  readonly type: 'label' | 'assignees' | 'close' | 'reopen' | 'change_title' | 'commit_ref';
  readonly actor: Account;
  readonly at: string;
  /** `undefined` for a label that was deleted since. */
  readonly label?: Label | undefined;
  readonly removed?: boolean;
  readonly assignee?: Account;
}

export interface Review { readonly id: number; readonly author: Account; readonly body: string; readonly commit: string; readonly state: 'COMMENT' | 'APPROVED' | 'REQUEST_CHANGES'; readonly comments: readonly { readonly path: string; readonly line: number; readonly body: string }[]; readonly at: string }

export interface Pull {
  readonly head: string;
  base: string;
  merged: boolean;
  readonly reviewers: Account[];
  readonly teams: string[];
  readonly reviews: Review[];
  /** The head stands in a fork. */
  readonly fork?: boolean;
  /** Put off until the checks are through. */
  autoMerge?: { readonly style: string; readonly head: string };
}

/** An issue, or a pull request when `pull` is there: the two share their numbers. */
export interface Issue {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  readonly labels: Label[];
  readonly author: Account;
  readonly createdAt: string;
  updatedAt: string;
  readonly comments: Comment[];
  readonly entries: Entry[];
  readonly pull?: Pull;
}

export interface Status { readonly id: number; readonly commit: string; readonly context: string; readonly state: string; readonly description: string; readonly by: Account; readonly at: string }
export interface WorkflowRun { readonly id: number; readonly file: string; readonly branch: string; readonly commit: string; readonly event: string }
export interface Protection { readonly contexts: readonly string[]; readonly approvals: number }

export interface Repository {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  archived: boolean;
  /** A real bare repository. */
  readonly gitDir: string;
  readonly roles: Map<string, Role>;
  readonly labels: Label[];
  readonly issues: Map<number, Issue>;
  readonly statuses: Status[];
  readonly runs: WorkflowRun[];
  readonly protections: Map<string, Protection>;
  /** False: a dispatch is accepted and no run ever appears. */
  dispatchStartsRuns: boolean;
}

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly user: Account;
  readonly repository: Repository;
}
export interface Reply { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
export type Handler = (world: World, call: Call) => Reply;

/** Jobs of Gitea's Actions act as this account; it is in no list of users. */
export const ACTIONS_ID = -2;

/** Everything the fake Gitea knows. Its clock moves one second with every look, so that orders are never by chance. */
export class World {
  readonly accounts = new Map<string, Account>();
  readonly tokens: Token[] = [];
  readonly repositories = new Map<string, Repository>();
  /** `organisation/team` to the logins of its members. */
  readonly teams = new Map<string, { readonly id: number; readonly members: Set<string> }>();
  readonly description: Description;
  /** `http://127.0.0.1:PORT`. */
  url = '';
  private lastId = 1000;
  private at = Date.parse('2026-03-01T12:00:00Z');

  constructor(description: Description) {
    this.description = description;
  }

  id(): number {
    this.lastId += 1;
    return this.lastId;
  }

  now(): string {
    this.at += 1000;
    return isoSeconds(this.at);
  }

  /** For whole programs, whose own clock is the real one: an approval of long ago is none. */
  setClock(ms: number): void {
    this.at = Math.floor(ms / 1000) * 1000;
  }

  account(login: string, id?: number): Account {
    const known = this.accounts.get(login);
    if (known !== undefined) return known;
    const account: Account = { id: id ?? this.id(), login };
    this.accounts.set(login, account);
    this.tokens.push({ value: `token-${login}`, account, scopes: ['all'] });
    return account;
  }

  addTeam(name: string, members: readonly string[]): void {
    this.teams.set(name, { id: this.id(), members: new Set(members) });
  }

  label(repository: Repository, name: string): Label {
    const known = repository.labels.find((one) => one.name === name);
    if (known !== undefined) return known;
    const label: Label = { id: this.id(), name };
    repository.labels.push(label);
    return label;
  }

  addIssue(repository: Repository, issue: Partial<Omit<Issue, 'labels'>> & { readonly title: string; readonly author: Account; readonly labels?: readonly string[] }): Issue {
    const at = issue.createdAt ?? this.now();
    const { labels, ...rest } = issue;
    const added: Issue = {
      id: this.id(), number: Math.max(0, ...repository.issues.keys()) + 1, body: '', state: 'open', createdAt: at, updatedAt: at, comments: [], entries: [], ...rest,
      labels: (labels ?? []).map((name) => this.label(repository, name)),
    };
    repository.issues.set(added.number, added);
    return added;
  }

  addComment(issue: Issue, author: Account, body: string): Comment {
    const at = this.now();
    const comment: Comment = { id: this.id(), author, body, createdAt: at, updatedAt: at };
    issue.comments.push(comment);
    return comment;
  }

  addEntry(issue: Issue, entry: Omit<Entry, 'id'>): void {
    issue.entries.push({ id: this.id(), ...entry });
  }
}

/** Only what stands in the repository on disk. */
export function git(repository: Pick<Repository, 'gitDir'>, args: readonly string[], input?: string): string | undefined {
  try {
    return execFileSync('git', ['--git-dir', repository.gitDir, ...args], {
      encoding: 'utf8', input: input ?? '', maxBuffer: 64 * 1024 * 1024, stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull, GIT_NO_REPLACE_OBJECTS: '1', LC_ALL: 'C' },
    }).replace(/\n$/, '');
  } catch {
    return undefined;
  }
}

export function headOf(repository: Repository, branch: string): string | undefined {
  return git(repository, ['rev-parse', '--verify', '--quiet', '--end-of-options', `refs/heads/${branch}^{commit}`]);
}

export function mayWriteRole(role: Role | undefined): boolean {
  return role === 'owner' || role === 'admin' || role === 'write';
}

export function isAdminRole(role: Role | undefined): boolean {
  return role === 'owner' || role === 'admin';
}

export const isoSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

export function problem(status: number, message: string): Reply {
  return { status, body: { message, url: 'https://example.com/api/swagger' } };
}
export const notFound = (): Reply => problem(404, 'The target couldn\'t be found.');

/** One page of a list, with the count of all and the `Link` that leads to the next. Never more than 50, whatever is asked. */
export function page(world: World, call: Call, path: string, items: readonly unknown[], wrap: (items: readonly unknown[]) => unknown = (all) => all): Reply {
  const size = Math.min(50, Number(call.query['limit'] ?? '30'));
  const number = Math.max(1, Number(call.query['page'] ?? '1'));
  const more = number * size < items.length;
  const query = new URLSearchParams({ ...call.query, page: String(number + 1) }).toString();
  return {
    status: 200, body: wrap(items.slice((number - 1) * size, number * size)),
    headers: { 'x-total-count': String(items.length), ...(more ? { link: `<${world.url}/api/v1${path}?${query}>; rel="next",<${world.url}/api/v1${path}?page=9>; rel="last"` } : {}) },
  };
}
