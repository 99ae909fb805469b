import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import { fault, gitFault, oneLine } from './fault.js';
import type { Git } from './git.js';

export interface Reference { readonly name: string; readonly object: string; readonly symbolic: string }
/** The references of a repository at one moment, HEAD resolved. */
export interface References { readonly head: CommitSha | undefined; readonly branch: string | undefined; readonly all: readonly Reference[] }

const KINDS = ['refs/heads/', 'refs/remotes/', 'refs/tags/'];
const NAMED_MAX = 12;

/** Reads branches, remote branches and tags, and HEAD. for-each-ref and rev-parse start no program whatever the configuration says. */
export async function readReferences(git: Git, gitDir: string): Promise<Result<References, Fault>> {
  const [listing, head, branch] = await Promise.all([
    git.run({ gitDir, args: ['for-each-ref', '--format=%(objectname) %(refname) %(symref)', ...KINDS] }),
    git.run({ gitDir, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'] }),
    git.run({ gitDir, args: ['symbolic-ref', '--quiet', 'HEAD'] }),
  ]);
  if (listing.kind !== 'ended' || listing.code !== 0) return err(gitFault('read the branches of the repository', listing));
  const all = listing.stdout.toString('utf8').split('\n').flatMap((line) => {
    const [object, name, symbolic = ''] = line.split(' ');
    return object === undefined || name === undefined ? [] : [{ object, name, symbolic }];
  });
  const commit = CommitSha.safeParse(textOf(head));
  return ok({ head: commit.success ? commit.data : undefined, branch: textOf(branch).replace(/^refs\/heads\//, '') || undefined, all });
}

function textOf(ending: Awaited<ReturnType<Git['run']>>): string {
  return ending.kind === 'ended' && ending.code === 0 ? ending.stdout.toString('utf8').trim() : '';
}

/**
 * Resolves a branch, remote branch, tag, object name or HEAD to a commit. A plain branch name means the local branch, then the
 * one of `origin`: a CI checkout has a detached HEAD and remote branches only.
 */
export async function resolveRevision(git: Git, gitDir: string, references: References, revision: string): Promise<Result<CommitSha, Fault>> {
  for (const candidate of candidatesOf(references, revision)) {
    const commit = CommitSha.safeParse(textOf(await git.run({ gitDir, args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`] })));
    if (commit.success) return ok(commit.data);
  }
  const names = references.all.map((one) => one.name.replace(/^refs\/(heads|remotes|tags)\//, '')).filter((name) => !name.endsWith('/HEAD'));
  const some = names.length === 0 ? 'It has no branches at all.' : `It has: ${names.slice(0, NAMED_MAX).map(oneLine).join(', ')}${names.length > NAMED_MAX ? `, and ${String(names.length - NAMED_MAX)} more` : ''}.`;
  return err(fault('not-found', 'setup', `The repository has no branch, tag or commit "${oneLine(revision)}". ${some} Fetch it first, or name another base branch.`));
}

/** Only whole names that exist, and object names: no `@{…}`, no `^`, no range, no leading dash can reach git. */
function candidatesOf(references: References, revision: string): readonly string[] {
  if (revision === 'HEAD') return references.head === undefined ? [] : [references.head];
  const known = new Map(references.all.map((one) => [one.name, one.object]));
  const names = ['refs/heads/', 'refs/remotes/origin/', 'refs/tags/', 'refs/remotes/', ''].map((prefix) => `${prefix}${revision}`);
  const objects = names.flatMap((name) => known.get(name) ?? []);
  return /^[0-9a-f]{7,64}$/.test(revision) ? [...objects, revision] : objects;
}
