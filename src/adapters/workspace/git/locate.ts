import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import { fault, oneLine } from './fault.js';

/** Where the parts of a user's repository lie. */
export interface Located {
  /** The top folder of the checkout; the git folder itself when it is bare. */
  readonly root: string;
  /** Its own git folder: HEAD and index. */
  readonly gitDir: string;
  /** The git folder shared by all worktrees: objects and refs. */
  readonly commonDir: string;
  readonly bare: boolean;
}

/**
 * Finds the repository that a folder belongs to, by reading files alone. git's own search is not used: it refuses
 * folders of another owner (`safe.directory`), which is how CI mounts a checkout, and it reads configuration on the way.
 */
export function locate(repository: string): Result<Located, Fault> {
  let folder: string;
  try {
    folder = realpathSync(resolve(repository));
  } catch {
    return err(fault('not-found', 'setup', `There is no folder ${oneLine(repository)}. Give the folder of a git checkout with --repo.`));
  }
  for (let at = folder; ; at = dirname(at)) {
    const found = gitFolderOf(at);
    if (found !== undefined) return ok({ root: at, gitDir: found, commonDir: commonOf(found), bare: false });
    if (isGitFolder(at)) return ok({ root: at, gitDir: at, commonDir: commonOf(at), bare: true });
    if (dirname(at) === at) return err(fault('rejected', 'setup', `${oneLine(folder)} is not inside a git repository. Give the folder of a git checkout with --repo, or make one with git init, git add and git commit.`));
  }
}

/** `.git` is a folder, or a file `gitdir: PATH` in worktrees and submodules. */
function gitFolderOf(folder: string): string | undefined {
  const place = join(folder, '.git');
  if (isGitFolder(place)) return realpathSync(place);
  const text = textOf(place);
  if (text === undefined || !text.startsWith('gitdir: ')) return undefined;
  const target = text.slice('gitdir: '.length).trim();
  const path = isAbsolute(target) ? target : join(folder, target);
  return isGitFolder(path) ? realpathSync(path) : undefined;
}

function isGitFolder(path: string): boolean {
  if (textOf(join(path, 'HEAD')) === undefined) return false;
  const common = commonOf(path);
  return isFolder(join(common, 'objects')) && (isFolder(join(common, 'refs')) || isFolder(join(common, 'reftable')));
}

function commonOf(gitDir: string): string {
  const text = textOf(join(gitDir, 'commondir'))?.trim();
  if (text === undefined || text === '') return gitDir;
  return isAbsolute(text) ? text : join(gitDir, text);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** A small text file, or undefined. Big files are not what we look for. */
function textOf(path: string): string | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size < 65_536 ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
