import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { realpathSync } from 'node:fs';
import type { Fault } from '../../../domain/fault.js';
import type { CommitSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import { fault, oneLine } from './fault.js';
import { createGit } from './git.js';
import type { Git, GitOptions } from './git.js';
import { locate } from './locate.js';
import type { Located } from './locate.js';
import type { ObjectFormat } from '../../git-client/loose-objects.js';
import { makeGitFolder, objectFolders } from './own-clone.js';
import { readReferences } from './references.js';
import type { References } from './references.js';

/** What the command line tells a person about the checkout it was started in. */
export interface CheckoutFacts {
  readonly head: CommitSha;
  /** undefined: HEAD is detached, as in most CI checkouts. */
  readonly branch: string | undefined;
  /** Tracked files differ from HEAD's index. A run works on the commit and never sees them. */
  readonly dirty: boolean;
  readonly root: string;
  /** The given folder below the root; '' = the root. */
  readonly subfolder: string;
  readonly bare: boolean;
  readonly shallow: boolean;
  /** What `origin/HEAD` points at, or `main`/`master` if there is one, or the current branch. */
  readonly defaultBranch: string | undefined;
  /** The address of `origin` without user name and password. */
  readonly origin: string | undefined;
}

/** Describes a user's checkout. Nothing the repository configures is started: the index is compared from a folder of our own. */
export async function describeCheckout(repository: string, options: GitOptions = {}): Promise<Result<CheckoutFacts, Fault>> {
  const found = locate(repository);
  if (!found.ok) return found;
  const git = createGit(options);
  const references = await readReferences(git, found.value.gitDir);
  if (!references.ok) return references;
  const { head, branch } = references.value;
  if (head === undefined) return err(emptyRepository(found.value.root));
  return ok({
    head, branch, root: found.value.root, bare: found.value.bare,
    dirty: found.value.bare ? false : await isDirty(git, found.value, head),
    subfolder: found.value.bare ? '' : relative(found.value.root, realpathSync(resolve(repository))),
    shallow: existsSync(join(found.value.commonDir, 'shallow')),
    defaultBranch: defaultBranchOf(references.value),
    origin: await originOf(git, found.value),
  });
}

export function emptyRepository(root: string): Fault {
  return fault('rejected', 'setup', `The repository ${oneLine(root)} has no commit yet. Make a first commit (git add . && git commit), then run again.`);
}

/** SHA-1 or SHA-256, read from the one file without following its includes. */
export async function objectFormatOf(git: Git, located: Located): Promise<ObjectFormat> {
  const ending = await git.run({ args: ['config', '--no-includes', '--file', join(located.commonDir, 'config'), '--get', 'extensions.objectFormat'] });
  return ending.kind === 'ended' && ending.stdout.toString('utf8').trim() === 'sha256' ? 'sha256' : 'sha1';
}

/**
 * Compares files with a copy of the index under a git folder of our own, so that no filter, hook or file-system monitor of
 * the repository is known to git. A file that a filter converts (Git LFS) may therefore be called changed; this is a hint
 * for a person, nothing is decided by it.
 */
async function isDirty(git: Git, located: Located, head: CommitSha): Promise<boolean> {
  const index = join(located.gitDir, 'index');
  if (!existsSync(index)) return false;
  const gitDir = mkdtempSync(join(tmpdir(), 'heddle-status-'));
  try {
    makeGitFolder({ gitDir, format: await objectFormatOf(git, located), borrowed: objectFolders(located.commonDir), references: [], head, shallowFile: undefined, workTree: true });
    copyFileSync(index, join(gitDir, 'index'));
    for (const name of readdirSync(located.gitDir)) if (name.startsWith('sharedindex.')) copyFileSync(join(located.gitDir, name), join(gitDir, name));
    const refresh = await git.run({ gitDir, workTree: located.root, args: ['update-index', '-q', '--refresh', '--ignore-submodules'] });
    if (refresh.kind !== 'ended') return false;
    const diff = await git.run({ gitDir, workTree: located.root, args: ['diff-index', '--quiet', '--ignore-submodules', '--no-ext-diff', '--no-textconv', head, '--'] });
    return diff.kind === 'ended' && diff.code === 1;
  } finally {
    rmSync(gitDir, { recursive: true, force: true });
  }
}

function defaultBranchOf(references: References): string | undefined {
  const pointer = references.all.find((one) => one.name === 'refs/remotes/origin/HEAD')?.symbolic;
  if (pointer?.startsWith('refs/remotes/origin/') === true) return pointer.slice('refs/remotes/origin/'.length);
  const usual = ['main', 'master'].find((name) => references.all.some((one) => one.name === `refs/heads/${name}` || one.name === `refs/remotes/origin/${name}`));
  return usual ?? references.branch;
}

async function originOf(git: Git, located: Located): Promise<string | undefined> {
  const ending = await git.run({ args: ['config', '--no-includes', '--file', join(located.commonDir, 'config'), '--get', 'remote.origin.url'] });
  const text = ending.kind === 'ended' && ending.code === 0 ? ending.stdout.toString('utf8').trim() : '';
  if (text === '') return undefined;
  return text.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');
}
