import type { Actor, Permission } from '../../../domain/actor.js';
import type { Change } from '../../../domain/change.js';
import { CommitSha } from '../../../domain/ids.js';
import type { RepositoryFacts } from '../../../ports/forge.js';
import type { AccountAnswer, MergeRequestAnswer, ProjectAnswer } from './schema.js';

/** Access levels (docs: "Roles and permissions"). What lies between two names counts as the lower one. */
const LEVELS = { guest: 10, planner: 15, developer: 30, maintainer: 40, owner: 50 } as const;
export const DEVELOPER = LEVELS.developer;

/** GitLab counts a description in characters, at most 1,048,576 of them. */
export const BODY_CHARS_MAX = 1_048_576;
export const TITLE_CHARS_MAX = 255;

export function toRepository(project: ProjectAnswer): RepositoryFacts {
  // «internal» is for everybody with an account: not public, so what is said about private repositories holds.
  return { slug: project.path_with_namespace, defaultBranch: project.default_branch ?? 'main', private: project.visibility !== 'public', url: project.web_url };
}

/** Planner and Reporter arrange tickets and change no code; Minimal access (5) is no role in a project. */
export function toPermission(level: number): Permission {
  if (level >= LEVELS.owner) return 'admin';
  if (level >= LEVELS.maintainer) return 'maintain';
  if (level >= LEVELS.developer) return 'write';
  if (level >= LEVELS.planner) return 'triage';
  return level >= LEVELS.guest ? 'read' : 'none';
}

export function roleName(level: number): string {
  if (level >= LEVELS.owner) return 'Owner';
  if (level >= LEVELS.maintainer) return 'Maintainer';
  if (level >= LEVELS.developer) return 'Developer';
  if (level >= 20) return 'Reporter';
  if (level >= LEVELS.planner) return 'Planner';
  return level >= LEVELS.guest ? 'Guest' : 'no role';
}

/** Of a branch of this project; a change from a fork is somebody else's, whatever its branch is called. */
export function isOwn(request: MergeRequestAnswer): boolean {
  return request.source_project_id === request.target_project_id;
}

/** `undefined` while GitLab has not yet found the head of a new merge request. */
export function toChange(request: MergeRequestAnswer): Change | undefined {
  if (request.sha === null) return undefined;
  return {
    number: request.iid, url: request.web_url, branch: request.source_branch, base: request.target_branch, head: CommitSha.parse(request.sha),
    state: request.state === 'opened' || request.state === 'locked' ? 'open' : request.state, draft: request.draft,
  };
}

const DRAFT = /^\s*(?:\[draft\]|\(draft\)|draft:)\s*/i;

/** The title with GitLab's own mark for drafts, or without any; a ticket's title must not make a draft by itself. */
export function titleOf(title: string, draft: boolean): string {
  let bare = title.replace(/[\r\n]+/g, ' ').trim();
  while (DRAFT.test(bare)) bare = bare.replace(DRAFT, '');
  const whole = draft ? `Draft: ${bare}` : bare;
  return whole.length <= TITLE_CHARS_MAX ? whole : `${whole.slice(0, TITLE_CHARS_MAX - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** What is cut is said. */
export function cutBody(body: string, charsMax: number): string {
  if (body.length <= charsMax) return body;
  const note = '\n\n_The rest was cut: the text is longer than GitLab takes. The run\'s artifact has all of it._\n';
  return `${body.slice(0, charsMax - note.length).replace(/[\ud800-\udbff]$/, '')}${note}`;
}

/** `@amy` is a person, `@acme/pay/team` a group, `@@maintainer` a role that nobody can be asked by. */
export function splitReviewers(names: readonly string[]): { readonly people: readonly string[]; readonly groups: readonly string[] } {
  const bare = [...new Set(names.map((name) => name.replace(/^@/, '')))];
  return { people: bare.filter(isUsername), groups: bare.filter((name) => /^[\w.-]{1,255}(?:\/[\w.-]{1,255}){1,20}$/.test(name) && name.split('/').every((part) => part !== '.' && part !== '..')) };
}

/** GitLab's form of user names. Also keeps `.` and `..` out of paths, which address another route. */
export function isUsername(login: string): boolean {
  return /^(?!\.{1,2}$)[\w.-]{1,255}$/.test(login);
}

/** Access tokens of projects and groups speak as accounts of this form, and so do service accounts. */
const BOT = /^(?:(?:project|group)_\d+_bot|service_account_)/;

export function toActor(account: AccountAnswer | null, bot = account?.bot): Actor {
  if (account === null) return { login: 'ghost', id: 'deleted', kind: 'unknown' };
  return { login: account.username, id: String(account.id), kind: bot === true || BOT.test(account.username) ? 'bot' : bot === false ? 'human' : 'unknown' };
}
