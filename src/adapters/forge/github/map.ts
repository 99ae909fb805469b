import { Permission } from '../../../domain/actor.js';
import type { Change } from '../../../domain/change.js';
import { CommitSha } from '../../../domain/ids.js';
import type { RepositoryFacts } from '../../../ports/forge.js';
import type { PullAnswer, RepositoryAnswer } from './schema.js';

export function toRepository(answer: RepositoryAnswer): RepositoryFacts {
  return { slug: answer.full_name, defaultBranch: answer.default_branch, private: answer.private, url: answer.html_url };
}

/** `role_name` is finer (maintain, triage) but may be a role that an organisation made up; `permission` is its coarse rank. */
export function toPermission(answer: { readonly permission: string; readonly role_name?: string | undefined }): Permission {
  for (const name of [answer.role_name, answer.permission]) {
    const known = Permission.safeParse(name);
    if (known.success) return known.data;
  }
  return 'none';
}

export function toChange(pull: PullAnswer): Change {
  return {
    number: pull.number, url: pull.html_url, branch: pull.head.ref, base: pull.base.ref, head: CommitSha.parse(pull.head.sha),
    state: pull.state === 'open' ? 'open' : typeof pull.merged_at === 'string' ? 'merged' : 'closed', draft: pull.draft ?? false,
  };
}

/** GitHub's limit of 65,536 counts characters of the whole text. What is cut is said. */
export function cutBody(body: string, charsMax: number): string {
  if (body.length <= charsMax) return body;
  const note = '\n\n_The rest was cut: the text is longer than GitHub takes. The run\'s artifact has all of it._\n';
  const kept = body.slice(0, charsMax - note.length);
  // Half a surrogate pair would be refused by the API.
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}${note}`;
}

/** `@amy` is a person, `@acme/payments` a team, an e-mail address is neither for the API. */
export function splitReviewers(names: readonly string[]): { readonly people: readonly string[]; readonly teams: readonly string[] } {
  const bare = [...new Set(names.map((name) => name.replace(/^@/, '')))];
  return {
    people: bare.filter((name) => /^[A-Za-z0-9_-]+(\[bot\])?$/.test(name)),
    teams: bare.filter((name) => /^[A-Za-z0-9_-]+\/[A-Za-z0-9._-]+$/.test(name)).map((name) => name.slice(name.indexOf('/') + 1)),
  };
}
