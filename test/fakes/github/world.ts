import type { Description } from './description.js';
import { GitObjects, isoSeconds } from './git-objects.js';

export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export interface Account { readonly id: number; readonly login: string; readonly type: 'User' | 'Bot'; readonly token: string }

export interface Comment { readonly id: number; readonly author: Account; body: string; readonly createdAt: string; updatedAt: string }

export interface IssueEvent {
  readonly id: number;
  readonly event: 'labeled' | 'unlabeled' | 'assigned' | 'closed' | 'reopened' | 'renamed';
  readonly actor: Account;
  readonly at: string;
  readonly label?: string;
  readonly assignee?: Account;
}

export interface Review { readonly id: number; readonly author: Account; readonly body: string; readonly commit: string; readonly state: string; readonly comments: readonly { readonly path: string; readonly line: number; readonly body: string }[] }

export interface Pull {
  readonly head: string;
  base: string;
  draft: boolean;
  merged: boolean;
  reviewers: Account[];
  teams: string[];
  /** Reviews, oldest first. */
  notes?: Review[];
  autoMerge?: 'MERGE' | 'SQUASH' | 'REBASE';
  /** What GraphQL says of it; `BLOCKED` when left out: something must be met before it can be merged. */
  mergeState?: 'CLEAN' | 'BLOCKED' | 'UNKNOWN';
  /** The head stands in a fork. */
  readonly fork?: boolean;
  /** Instead of what its commits say: for changes whose objects do not matter. */
  readonly files?: readonly string[];
  readonly reviews?: Comment[];
  readonly lineComments?: Comment[];
}

/** An issue, or a pull request when `pull` is there: the two share their numbers. */
export interface Issue {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  labels: string[];
  assignees: Account[];
  readonly author: Account;
  readonly createdAt: string;
  updatedAt: string;
  /** Of title or body, by anybody. */
  editedAt: string | null;
  readonly comments: Comment[];
  readonly events: IssueEvent[];
  readonly pull?: Pull;
}

export interface CheckRun { readonly id: number; readonly name: string; readonly headSha: string; status: string; conclusion: string | null; title: string; summary: string; readonly annotations: Record<string, unknown>[]; readonly by: Account }
export interface WorkflowRun { readonly id: number; readonly workflow: string; readonly name: string; readonly branch: string; readonly headSha: string; readonly event: string; readonly startedAt?: string; readonly reviews?: EnvironmentReview[] }

/** Who let the jobs of a run into a protected environment. */
export interface EnvironmentReview { readonly by: Account; readonly state: 'approved' | 'rejected'; readonly environment: string; readonly comment: string }

export interface Settings {
  /** "Allow GitHub Actions to create and approve pull requests". */
  actionsMayOpenChanges: boolean;
  drafts: boolean;
  /** "Allow auto-merge"; off where it is left out, as in a new repository. */
  autoMerge?: boolean;
  /** False: a dispatch is accepted and no run ever appears, as with an outage of the service. */
  dispatchStartsRuns: boolean;
  teams: string[];
}

export interface Repository {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly git: GitObjects;
  /** Full names: `refs/heads/main`. */
  readonly refs: Map<string, string>;
  readonly roles: Map<string, Role>;
  readonly issues: Map<number, Issue>;
  readonly checkRuns: CheckRun[];
  /** Commit statuses that others wrote. */
  statuses?: readonly { readonly sha: string; readonly context: string; readonly state: 'success' | 'failure' | 'pending' | 'error' }[];
  readonly runs: WorkflowRun[];
  readonly settings: Settings;
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

/** Everything the fake GitHub knows. Its clock moves one second with every look, so that orders are never by chance. */
export class World {
  readonly accounts = new Map<string, Account>();
  readonly repositories = new Map<string, Repository>();
  /** `organisation/team` to login to the state of the membership. */
  readonly teams = new Map<string, Map<string, 'active' | 'pending'>>();
  /** Logins whose token may not read teams. */
  readonly hiddenTeamsFrom = new Set<string>();
  private lastId = 1000;
  private at = Date.parse('2026-03-01T12:00:00Z');

  readonly description: Description;
  /** `http://127.0.0.1:PORT`, for links. */
  url = '';

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

  account(login: string, given: Partial<Account> = {}): Account {
    const known = this.accounts.get(login);
    if (known !== undefined) return known;
    const account: Account = { id: given.id ?? this.id(), login, type: given.type ?? (login.endsWith('[bot]') ? 'Bot' : 'User'), token: given.token ?? `token-${login}` };
    this.accounts.set(login, account);
    return account;
  }

  addIssue(repository: Repository, issue: Partial<Issue> & { readonly title: string; readonly author: Account }): Issue {
    const at = issue.createdAt ?? this.now();
    const number = Math.max(0, ...repository.issues.keys()) + 1;
    const added: Issue = {
      id: this.id(), number, body: '', state: 'open', labels: [], assignees: [], createdAt: at, updatedAt: at, editedAt: null, comments: [], events: [], ...issue,
    };
    repository.issues.set(added.number, added);
    return added;
  }

  addComment(issue: Issue, author: Account, body: string, at = this.now()): Comment {
    const comment: Comment = { id: this.id(), author, body, createdAt: at, updatedAt: at };
    issue.comments.push(comment);
    return comment;
  }

  addEvent(issue: Issue, event: Omit<IssueEvent, 'id'>): void {
    issue.events.push({ id: this.id(), ...event });
  }
}

export function mayWriteRole(role: Role | undefined): boolean {
  return role === 'admin' || role === 'maintain' || role === 'write';
}

export function basicError(status: number, message: string, more: Readonly<Record<string, unknown>> = {}): Reply {
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status), ...more } };
}

export const notFound = (): Reply => basicError(404, 'Not Found');

/** 422 as GitHub writes it. */
export function unprocessable(message: string, errors: readonly Readonly<Record<string, unknown>>[] = []): Reply {
  return basicError(422, message, errors.length === 0 ? {} : { errors });
}

/** One page of a list, with the `Link` header that leads to the next one. */
export function page(world: World, call: Call, path: string, items: readonly unknown[], wrap: (items: readonly unknown[]) => unknown = (all) => all): Reply {
  const size = Number(call.query['per_page'] ?? '30');
  const number = Number(call.query['page'] ?? '1');
  const more = number * size < items.length;
  const query = new URLSearchParams({ ...call.query, page: String(number + 1) }).toString();
  return {
    status: 200, body: wrap(items.slice((number - 1) * size, number * size)),
    ...(more ? { headers: { link: `<${world.url}${path}?${query}>; rel="next"` } } : {}),
  };
}
