import { ownerMatcher, type OwnerRule } from '../domain/codeowners.js';
import type { FileChange } from '../domain/candidate.js';

/**
 * Who is asked to review: the owners of the changed files, those of most files first, as `login` or `org/team`. Never the
 * person who asked for the work, and nobody who is only known by an e-mail address.
 */
export function reviewersFor(rules: readonly OwnerRule[], files: readonly Pick<FileChange, 'path'>[], requester: string): string[] {
  const owners = ownerMatcher(rules);
  const counts = new Map<string, number>();
  for (const file of files) {
    for (const owner of owners(file.path)) {
      // A role of GitLab's (`@@maintainer`) is nobody whom one could ask.
      if (owner.startsWith('@') && !owner.startsWith('@@')) counts.set(owner.slice(1), (counts.get(owner.slice(1)) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([owner]) => owner.toLowerCase() !== requester.toLowerCase())
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, REVIEWERS_MAX)
    .map(([owner]) => owner);
}

/** GitHub takes 15; more than a handful means that nobody feels asked. */
const REVIEWERS_MAX = 5;
