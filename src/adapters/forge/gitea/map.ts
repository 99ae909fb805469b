import type { Actor, Permission } from '../../../domain/actor.js';
import type { Change } from '../../../domain/change.js';
import { CommitSha, Instant } from '../../../domain/ids.js';
import type { RepositoryFacts } from '../../../ports/forge.js';
import type { AccountAnswer, PullAnswer, RepositoryAnswer } from './schema.js';

/** Gitea has no limit of its own; this is what a person still reads and every proxy lets through. */
export const BODY_CHARS_MAX = 65_536;
/** The first of the prefixes that mark a draft where nobody changed the setting `WORK_IN_PROGRESS_PREFIXES`. */
export const DRAFT_PREFIX = 'WIP: ';

export function toRepository(answer: RepositoryAnswer): RepositoryFacts {
  return { slug: answer.full_name, defaultBranch: answer.default_branch, private: answer.private, url: answer.html_url };
}

/** Gitea's own ranks: owner, admin, write, read, none. There is no triage and no maintain. */
export function toPermission(name: string): Permission {
  switch (name) {
    case 'owner': case 'admin': return 'admin';
    case 'write': return 'write';
    case 'read': return 'read';
    default: return 'none';
  }
}

export function toChange(pull: PullAnswer): Change {
  return {
    number: pull.number, url: pull.html_url, branch: pull.head.ref, base: pull.base.ref, head: CommitSha.parse(pull.head.sha),
    state: pull.state === 'open' ? 'open' : pull.merged ? 'merged' : 'closed', draft: pull.draft,
  };
}

/** A fork may call its branch what it likes; only branches of this repository are ours. */
export function isOurs(pull: PullAnswer, slug: string): boolean {
  return pull.head.ref.startsWith('heddle/') && isOf(pull, slug);
}

export function isOf(pull: PullAnswer, slug: string): boolean {
  return pull.head.repo?.full_name.toLowerCase() === slug.toLowerCase();
}

export function cutBody(body: string, charsMax: number): string {
  if (body.length <= charsMax) return body;
  const note = '\n\n_The rest was cut: the text is too long for a description. The run\'s artifact has all of it._\n';
  const kept = body.slice(0, charsMax - note.length);
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}${note}`;
}

/** `@amy` is a person, `@acme/payments` a team of the owner. */
export function splitReviewers(names: readonly string[], owner: string): { readonly people: readonly string[]; readonly teams: readonly string[] } {
  const bare = [...new Set(names.map((name) => name.replace(/^@/, '')))];
  const own = `${owner.toLowerCase()}/`;
  return {
    people: bare.filter((name) => isLogin(name)),
    teams: bare.filter((name) => name.toLowerCase().startsWith(own) && isLogin(name.slice(own.length))).map((name) => name.slice(own.length)),
  };
}

/** Also keeps `.` and `..` out of a path, which address another route. */
export function isLogin(name: string): boolean {
  return /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/.test(name);
}

/** As the tracker reads accounts: those of the server itself have numbers below zero, -1 is one that is gone. */
export function toActor(user: AccountAnswer | null | undefined): Actor {
  if (user === null || user === undefined || user.id === -1 || user.id === 0) return { login: 'ghost', id: 'deleted', kind: 'unknown' };
  return { login: user.login, id: String(user.id), kind: user.id > 0 ? 'human' : 'bot' };
}

export function toInstant(time: string): Instant {
  return Instant.parse(new Date(time).toISOString());
}
