import type { FileChange } from '../../../domain/candidate.js';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import { err, ok, type Result } from '../../../kit/result.js';
import { listChanges, runPatch } from './diff.js';
import { fault, gitFault } from './fault.js';
import { createGit, type Git } from './git.js';

/** One commit of a branch's first-parent line: a merged change, or a commit that was pushed there. Text and names are foreign. */
export interface PastCommit {
  readonly commit: CommitSha;
  readonly parent: CommitSha;
  readonly author: { readonly name: string; readonly email: string };
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly subject: string;
}

/** The newest commits of a first-parent line, the newest first. A commit without a parent here (the first one, the edge of a shallow clone) is left out. */
export async function pastCommits(gitDir: string, head: CommitSha, count: number): Promise<Result<{ readonly commits: readonly PastCommit[]; readonly shallow: boolean }, Fault>> {
  const git = createGit();
  const log = await git.run({ gitDir, args: ['log', '--first-parent', `--max-count=${String(count)}`, '-z', '--no-show-signature', '--no-decorate', '--no-color', '--no-notes', '--format=%H%x1f%P%x1f%an%x1f%ae%x1f%at%x1f%s', head] });
  if (log.kind !== 'ended' || log.code !== 0) return err(gitFault('read the history', log));
  const asked = await git.run({ gitDir, args: ['rev-parse', '--is-shallow-repository'] });
  const shallow = asked.kind === 'ended' && asked.stdout.toString('utf8').trim() === 'true';
  const commits = log.stdout.toString('utf8').split('\0').filter((record) => record !== '').flatMap((record): PastCommit[] => {
    const [hash = '', parents = '', name = '', email = '', at = '0', ...subject] = record.split('\x1f');
    const [commit, parent] = [CommitSha.safeParse(hash), CommitSha.safeParse(parents.split(' ')[0])];
    return commit.success && parent.success ? [{ commit: commit.data, parent: parent.data, author: { name, email }, at: new Date(Number(at) * 1000).toISOString(), subject: subject.join(' ') }] : [];
  });
  return ok({ commits, shallow });
}

/** What differs between two commits, as data: the files with their line counts, and the size of the patch. */
export async function changeBetween(gitDir: string, from: CommitSha, to: CommitSha): Promise<Result<{ readonly files: readonly FileChange[]; readonly bytes: number }, Fault>> {
  const git: Git = createGit();
  try {
    const [files, patch] = await Promise.all([listChanges(git, gitDir, from, to), runPatch(git, gitDir, [from, to])]);
    return ok({ files, bytes: patch.kind === 'ended' ? patch.stdout.length : 0 });
  } catch (cause) {
    return err(fault('io', 'ours', cause instanceof Error ? cause.message : String(cause)));
  }
}
