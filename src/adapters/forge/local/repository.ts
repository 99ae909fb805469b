import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import type { HeddleBranch } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { CandidateSource, CommitMessage } from '../../../ports/forge.js';
import { codeOf, fault, replace } from './files.js';
import { commitText } from '../lib/commit-text.js';
import { runGit } from './git.js';
import type { GitEnding } from './git.js';

export interface Seed { readonly folder: string; readonly defaultBranch: string; readonly seedFrom: string; readonly baseCommit: string }

/** The bare repository of the forge. */
export interface Repository { readonly gitDir: string }

/**
 * Makes `forge.git`, or brings an existing one up to date: the default branch stands where the user's repository has it. It
 * borrows the objects of that repository (not of our clone, which goes away after the run) and holds the changes itself.
 */
export async function openRepository(seed: Seed): Promise<Result<Repository, Fault>> {
  const gitDir = join(seed.folder, 'forge.git');
  await mkdir(seed.folder, { recursive: true });
  if (!existsSync(join(gitDir, 'HEAD'))) {
    const made = await initialize(seed, gitDir);
    if (made !== undefined) return err(made);
  }
  await borrow(gitDir, seed.seedFrom);
  const base = await runGit({ gitDir, args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${seed.baseCommit}^{commit}`] });
  if (base.code !== 0) return err(fault('not-found', 'setup', `The base commit ${seed.baseCommit} is not in the repository that the local forge ${gitDir} borrows from.`));
  const reference = `refs/heads/${seed.defaultBranch}`;
  const now = await runGit({ gitDir, args: ['rev-parse', '--verify', '--quiet', '--end-of-options', reference] });
  if (now.stdout.toString().trim() === seed.baseCommit) return ok({ gitDir });
  const moved = await runGit({ gitDir, args: ['update-ref', reference, seed.baseCommit] });
  const after = moved.code === 0 ? moved : await runGit({ gitDir, args: ['rev-parse', '--verify', '--quiet', '--end-of-options', reference] });
  return after.code === 0 ? ok({ gitDir }) : err(gitFault('set the default branch', moved));
}

/** Under another name first: whoever comes second finds a whole repository or none. */
async function initialize(seed: Seed, gitDir: string): Promise<Fault | undefined> {
  const temporary = await mkdtemp(join(seed.folder, '.forge-'));
  try {
    const format = await runGit({ gitDir: seed.seedFrom, args: ['rev-parse', '--show-object-format'] });
    if (format.code !== 0) return gitFault('read the repository to begin from', format);
    const made = await runGit({ gitDir: temporary, args: ['init', '--quiet', '--bare', '--template=', `--object-format=${format.stdout.toString().trim()}`, `--initial-branch=${seed.defaultBranch}`] });
    if (made.code !== 0) return gitFault('make its repository', made);
    await rename(temporary, gitDir);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return undefined;
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function borrow(gitDir: string, seedFrom: string): Promise<void> {
  const own = join(gitDir, 'objects/info/alternates');
  const folders = await linesOf(join(seedFrom, 'objects/info/alternates'));
  const wanted = folders.length > 0 ? folders.map((line) => (line.startsWith('"') || isAbsolute(line) ? line : resolve(seedFrom, 'objects', line))) : [resolve(seedFrom, 'objects')];
  const known = await linesOf(own);
  const all = [...new Set([...known.filter((line) => line.startsWith('"') || existsSync(line)), ...wanted])];
  if (all.join('\n') !== known.join('\n')) await replace(own, all.map((line) => `${line}\n`).join(''));
  const shallow = join(seedFrom, 'shallow');
  if (existsSync(shallow)) await replace(join(gitDir, 'shallow'), await readFile(shallow, 'utf8'));
}

async function linesOf(file: string): Promise<readonly string[]> {
  return existsSync(file) ? (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '') : [];
}

/** The commit of a branch; whole names only, no expression of git's. */
export async function headOf({ gitDir }: Repository, branch: string): Promise<CommitSha | undefined> {
  if (!/^[^\u0000-\u0020~^:?*[\\\u007f]+$/.test(branch) || branch.includes('..') || branch.includes('@{')) return undefined;
  const ending = await runGit({ gitDir, args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `refs/heads/${branch}`] });
  const commit = CommitSha.safeParse(ending.stdout.toString().trim());
  return ending.code === 0 && commit.success ? commit.data : undefined;
}

/** The files that a change touches since it left its base; `undefined` when its commits are not here. */
export async function touchedPaths({ gitDir }: Repository, change: { readonly base: string; readonly head: CommitSha }): Promise<readonly string[] | undefined> {
  const base = await headOf({ gitDir }, change.base);
  if (base === undefined) return undefined;
  const fork = await runGit({ gitDir, args: ['merge-base', base, change.head] });
  const diff = fork.code === 0 ? await runGit({ gitDir, args: ['diff-tree', '-r', '-z', '--name-only', '--no-renames', fork.stdout.toString().trim(), change.head] }) : fork;
  return diff.code === 0 ? diff.stdout.toString('utf8').split('\0').filter((path) => path !== '') : undefined;
}

/** One commit of exactly the candidate's tree, and a branch that is only ever created. */
export async function publish(repository: Repository, branch: HeddleBranch, source: CandidateSource, message: CommitMessage): Promise<Result<CommitSha, Fault>> {
  const { gitDir } = repository;
  const there = await existing(repository, branch, source);
  if (!there.ok || there.value !== undefined) return there.ok ? ok(there.value as CommitSha) : there;
  const taken = await takeObjects(gitDir, source);
  if (taken !== undefined) return err(taken);
  const commit = await runGit({ gitDir, args: ['commit-tree', source.tree, '-p', source.base, '-F', '-'], input: `${commitText(message)}\n` });
  const name = CommitSha.safeParse(commit.stdout.toString().trim());
  if (commit.code !== 0 || !name.success) return err(gitFault('make the commit', commit));
  const created = await runGit({ gitDir, args: ['update-ref', `refs/heads/${branch}`, name.data, '0'.repeat(name.data.length)] });
  if (created.code === 0) return ok(name.data);
  // Somebody was first: what the branch holds now decides.
  const after = await existing(repository, branch, source);
  return !after.ok ? after : after.value === undefined ? err(gitFault(`make the branch ${branch}`, created)) : ok(after.value);
}

async function existing(repository: Repository, branch: HeddleBranch, source: CandidateSource): Promise<Result<CommitSha | undefined, Fault>> {
  const head = await headOf(repository, branch);
  if (head === undefined) return ok(undefined);
  const commit = await runGit({ gitDir: repository.gitDir, args: ['cat-file', 'commit', head] });
  const header = commit.stdout.toString('utf8').split('\n\n', 1)[0]?.split('\n') ?? [];
  const parents = header.filter((line) => line.startsWith('parent '));
  if (header[0] === `tree ${source.tree}` && parents.length === 1 && parents[0] === `parent ${source.base}`) return ok(head);
  return err(fault('conflict', 'theirs', `The branch ${branch} already exists in ${repository.gitDir} and holds something else (commit ${head}). It was left alone. Delete it, or start a new run.`));
}

/** Copies what the candidate adds to its base as one pack, then proves that the tree is whole here. */
async function takeObjects(gitDir: string, source: CandidateSource): Promise<Fault | undefined> {
  const type = await runGit({ gitDir: source.gitDir, args: ['cat-file', '-t', source.tree] });
  if (type.stdout.toString().trim() !== 'tree') return fault('conflict', 'ours', `There is no tree ${source.tree} in ${source.gitDir}; nothing was published. Only the validated tree may be delivered.`);
  const pack = await runGit({ gitDir: source.gitDir, args: ['pack-objects', '--revs', '--thin', '--stdout', '--quiet'], input: `${source.tree}\n^${source.base}\n` });
  if (pack.code !== 0) return gitFault('read the objects of the candidate', pack);
  const stored = await runGit({ gitDir, args: ['index-pack', '--stdin', '--fix-thin'], input: pack.stdout });
  if (stored.code !== 0) return gitFault('store the objects of the candidate', stored);
  const whole = await runGit({ gitDir, args: ['rev-list', '--objects', '--quiet', source.tree, `^${source.base}`] });
  return whole.code === 0 ? undefined : gitFault('find all objects of the candidate', whole);
}

function gitFault(what: string, ending: GitEnding): Fault {
  const words = ending.stderr.trim().replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 600);
  return fault(ending.code === -1 ? 'not-installed' : 'io', ending.code === -1 ? 'setup' : 'ours', `The local forge could not ${what}: ${words}`);
}

