import type { GitStore } from './git-store.js';

/** Access levels as GitLab counts them: 10 guest, 15 planner, 20 reporter, 30 developer, 40 maintainer, 50 owner. */
export type Level = 0 | 5 | 10 | 15 | 20 | 30 | 40 | 50;

export interface Account { readonly id: number; readonly username: string; readonly name: string; readonly bot: boolean; readonly email: string; state: 'active' | 'blocked' }

export interface Token {
  readonly value: string;
  readonly account: Account;
  readonly kind: 'personal' | 'project' | 'group' | 'oauth' | 'job';
  readonly scopes: readonly string[];
  readonly expiresAt: string | undefined;
  revoked: boolean;
  /** Of a job's token: the only project it is for, and the job. */
  readonly project?: Project;
  readonly job?: Job;
}

export interface Note {
  readonly id: number; readonly author: Account; body: string; readonly createdAt: string; updatedAt: string;
  readonly system: boolean; readonly internal: boolean; resolved?: boolean; readonly position?: Readonly<Record<string, unknown>>;
  /** The discussion it belongs to; a note of its own has one of its own. */
  readonly discussion: string;
  readonly individual: boolean;
}
export interface LabelEvent { readonly id: number; readonly user: Account | null; readonly at: string; readonly label: string | null; readonly action: 'add' | 'remove' }
export interface StateEvent { readonly id: number; readonly user: Account | null; readonly at: string; readonly state: 'closed' | 'reopened' | 'merged' }

export interface Noteable {
  readonly id: number; readonly iid: number; title: string; description: string; labels: string[];
  readonly author: Account; assignees: Account[]; readonly createdAt: string; updatedAt: string;
  readonly notes: Note[]; readonly labelEvents: LabelEvent[]; readonly stateEvents: StateEvent[];
}
export interface Issue extends Noteable {
  state: 'opened' | 'closed';
  confidential: boolean;
  type: 'ISSUE' | 'TASK' | 'INCIDENT';
  /** Of title or description, by anybody; as GraphQL tells it. */
  editedAt: string | null;
}
export interface MergeRequest extends Noteable {
  state: 'opened' | 'closed' | 'merged' | 'locked';
  readonly sourceBranch: string;
  /** Another project, for changes from forks. */
  readonly sourceProject: Project;
  targetBranch: string;
  reviewers: Account[];
  approvedBy: { readonly user: Account; readonly at: string }[];
  autoMerge: boolean;
  inTrain: boolean;
  mergeCommit: string | null;
  squash: boolean;
  removeSourceBranch: boolean;
  /** Instead of what its rules give. */
  detailedStatus?: string;
}

export interface Job {
  readonly id: number; readonly name: string; readonly stage: string; status: string; readonly allowFailure: boolean;
  readonly pipeline: Pipeline; trace: string; readonly webPath: string; readonly user: Account; failureReason?: string; startedAt?: string; finishedAt?: string;
  /** The folder on disk with what the job's archive holds, and the level that may read it (`artifacts:access`). */
  artifacts?: { readonly folder: string; readonly level: Level };
}
export interface Pipeline {
  readonly id: number; readonly iid: number; readonly ref: string; readonly sha: string; status: string; readonly source: string; readonly createdAt: string; updatedAt: string;
  readonly user: Account; readonly variables: readonly { readonly key: string; readonly value: string; readonly variable_type: 'env_var' | 'file' }[];
  readonly inputs: Readonly<Record<string, unknown>>; readonly jobs: Job[]; testReport?: Readonly<Record<string, unknown>>;
}
export interface CommitStatus { readonly id: number; readonly sha: string; readonly ref: string; readonly name: string; status: string; description: string | null; targetUrl: string | null; readonly author: Account; readonly createdAt: string }
export interface Environment { readonly id: number; readonly name: string; readonly protected: boolean; readonly approvers: readonly number[]; readonly approvalsRequired: number }
export interface Deployment {
  readonly id: number; readonly iid: number; readonly environment: Environment; readonly sha: string; readonly ref: string; status: string; readonly user: Account; readonly job: Job | undefined;
  readonly createdAt: string; updatedAt: string; readonly approvals: { readonly user: Account; readonly status: 'approved' | 'rejected'; readonly createdAt: string; readonly comment: string }[];
}
export interface PackageFile { readonly id: number; readonly name: string; readonly version: string; readonly file: string; readonly bytes: Buffer; readonly createdAt: string; readonly packageId: number }
export interface ProtectedBranch { readonly id: number; readonly name: string; readonly push: Level; readonly merge: Level; readonly forcePush: boolean }

export interface Settings {
  /** Paid tiers: approval rules, several reviewers, merge trains, protected environments, artifacts for a job's token. */
  premium: boolean;
  approvalsRequired: number;
  onlyMergeIfPipelineSucceeds: boolean;
  mergeTrains: boolean;
  /** "Allow Git push requests to the repository" with a job's token. */
  jobTokenMayPush: boolean;
  /** A push or a merge request starts a pipeline, where there is a `.gitlab-ci.yml`. */
  pipelinesStart: boolean;
  variablesRole: 'no_one_allowed' | 'developer' | 'maintainer' | 'owner';
  squash: 'never' | 'always' | 'default_on' | 'default_off';
}

export interface Project {
  readonly id: number;
  /** `group/sub/project`. */
  path: string;
  readonly name: string;
  readonly visibility: 'private' | 'internal' | 'public';
  readonly defaultBranch: string;
  readonly git: GitStore;
  /** Direct members; those of the groups above count as well. */
  readonly members: Map<string, Level>;
  readonly issues: Map<number, Issue>;
  readonly mergeRequests: Map<number, MergeRequest>;
  readonly labels: Map<string, number>;
  readonly pipelines: Pipeline[];
  readonly statuses: CommitStatus[];
  readonly environments: Environment[];
  readonly deployments: Deployment[];
  readonly packages: PackageFile[];
  readonly protectedBranches: ProtectedBranch[];
  readonly triggerTokens: Map<string, Account>;
  readonly settings: Settings;
}
export interface Group { readonly id: number; readonly path: string; readonly members: Map<string, Level>; readonly visibility: 'private' | 'internal' | 'public' }

/** Everything the fake GitLab knows. Its clock moves one second with every look, so that orders are never by chance. */
export class World {
  readonly accounts = new Map<string, Account>();
  readonly tokens = new Map<string, Token>();
  readonly projects = new Map<string, Project>();
  readonly groups = new Map<string, Group>();
  private lastId = 1000;
  private at = Date.parse('2026-03-01T12:00:00Z');
  /** `http://127.0.0.1:PORT[/prefix]`, for links. */
  url = '';
  version = '18.6.0';

  id(): number {
    this.lastId += 1;
    return this.lastId;
  }

  now(): string {
    this.at += 1000;
    return new Date(this.at).toISOString();
  }

  /** For whole programs, whose own clock is the real one: an approval of long ago is none. */
  setClock(ms: number): void {
    this.at = Math.floor(ms / 1000) * 1000;
  }

  account(username: string, given: { readonly id?: number; readonly bot?: boolean } = {}): Account {
    const known = this.accounts.get(username);
    if (known !== undefined) return known;
    const account: Account = {
      id: given.id ?? this.id(), username, name: username, state: 'active', email: `${username.replace(/[^\w.-]/g, '')}@example.com`,
      bot: given.bot ?? /^(project|group)_\d+_bot|^service_account_|\[bot\]$/.test(username),
    };
    this.accounts.set(username, account);
    this.token({ account });
    return account;
  }

  token(given: { readonly account: Account; readonly value?: string; readonly kind?: Token['kind']; readonly scopes?: readonly string[]; readonly expiresAt?: string; readonly project?: Project; readonly job?: Job }): Token {
    const token: Token = {
      value: given.value ?? `glpat-${given.account.username}`, account: given.account, kind: given.kind ?? 'personal', scopes: given.scopes ?? ['api', 'write_repository'], expiresAt: given.expiresAt,
      revoked: false, ...(given.project === undefined ? {} : { project: given.project }), ...(given.job === undefined ? {} : { job: given.job }),
    };
    this.tokens.set(token.value, token);
    return token;
  }

  group(path: string): Group {
    const known = this.groups.get(path);
    if (known !== undefined) return known;
    const group: Group = { id: this.id(), path, members: new Map(), visibility: 'private' };
    this.groups.set(path, group);
    return group;
  }

  /** By number or by path, as the API takes both. */
  project(id: string): Project | undefined {
    return /^\d+$/.test(id) ? [...this.projects.values()].find((one) => String(one.id) === id) : [...this.projects.entries()].find(([path]) => path.toLowerCase() === id.toLowerCase())?.[1];
  }

  /** The highest level of a project's own members and of the groups above it; 0 is none. */
  levelOf(project: Project, username: string): Level {
    const above = project.path.split('/').slice(0, -1).map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    return [project.members.get(username), ...above.map((path) => this.groups.get(path)?.members.get(username))].reduce<Level>((most, level) => (level !== undefined && level > most ? level : most), 0);
  }

  addIssue(project: Project, given: Partial<Issue> & { readonly title: string; readonly author: Account }): Issue {
    const at = given.createdAt ?? this.now();
    const issue: Issue = {
      id: this.id(), iid: Math.max(0, ...project.issues.keys()) + 1, description: '', labels: [], assignees: [], createdAt: at, updatedAt: at, notes: [], labelEvents: [], stateEvents: [],
      state: 'opened', confidential: false, type: 'ISSUE', editedAt: null, ...given,
    };
    for (const label of issue.labels) this.label(project, label);
    project.issues.set(issue.iid, issue);
    return issue;
  }

  /** A label is made when it is first used. */
  label(project: Project, name: string): number {
    const id = project.labels.get(name) ?? this.id();
    project.labels.set(name, id);
    return id;
  }

  addNote(to: Noteable, author: Account, body: string, given: Partial<Note> = {}): Note {
    const at = given.createdAt ?? this.now();
    const id = this.id();
    const note: Note = { id, author, body, createdAt: at, updatedAt: at, system: false, internal: false, discussion: id.toString(16).padStart(40, '0'), individual: true, ...given };
    to.notes.push(note);
    return note;
  }

  /** Puts labels on or takes them off, with the events that the history keeps. */
  relabel(project: Project, to: Noteable, by: Account, labels: readonly string[], at = this.now()): void {
    for (const label of labels.filter((name) => !to.labels.includes(name))) to.labelEvents.push({ id: this.id(), user: by, at, label, action: 'add' });
    for (const label of to.labels.filter((name) => !labels.includes(name))) to.labelEvents.push({ id: this.id(), user: by, at, label, action: 'remove' });
    for (const label of labels) this.label(project, label);
    to.labels = [...labels];
    to.updatedAt = at;
  }

  /** A new title or description, with the line that GitLab itself writes about it. */
  edit(issue: Issue, by: Account, text: { readonly title?: string; readonly description?: string }, at = this.now()): void {
    if (text.title !== undefined && text.title !== issue.title) this.addNote(issue, by, `changed title from **${issue.title}** to **${text.title}**`, { system: true, createdAt: at });
    if (text.description !== undefined && text.description !== issue.description) this.addNote(issue, by, 'changed the description', { system: true, createdAt: at });
    issue.title = text.title ?? issue.title;
    issue.description = text.description ?? issue.description;
    issue.editedAt = at;
    issue.updatedAt = at;
  }
}
