import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FileChange } from '../../src/domain/candidate.js';
import { CommitSha, TreeSha } from '../../src/domain/ids.js';
import type { CandidateSource } from '../../src/ports/forge.js';

/** One file of a seeded tree. `null` takes the path out of the base. */
export type SeedFile = string | Uint8Array | { readonly content: string | Uint8Array; readonly mode: '100644' | '100755' | '120000' } | null;

/** A real bare repository in a temporary folder, to seed a forge from and to make candidates in. */
export interface GitFixture {
  readonly gitDir: string;
  readonly base: CommitSha;
  readonly baseTree: TreeSha;
  /** A candidate on `base`, its files listed the way a capture lists them. */
  candidate(files: Readonly<Record<string, SeedFile>>): Promise<CandidateSource>;
  /** A commit of `tree` on `parent`, for branches that somebody else made. */
  commit(tree: string, parents: readonly string[], message: string): Promise<CommitSha>;
  git(args: readonly string[], input?: string | Uint8Array): Promise<string>;
  close(): Promise<void>;
}

const SEED: Readonly<Record<string, SeedFile>> = {
  'README.md': '# shop\n',
  'src/total.ts': 'export const total = (n: number): number => Math.floor(n);\n',
  'src/old.ts': 'export const old = 1;\n',
  'bin/run': { content: '#!/bin/sh\necho run\n', mode: '100755' },
  'logo.bin': new Uint8Array([0, 1, 2, 255, 254]),
};

/** Makes the repository with one commit on `main`. Author and dates are fixed, so its object names never change. */
export async function makeGitFixture(files: Readonly<Record<string, SeedFile>> = SEED): Promise<GitFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-forge-'));
  const gitDir = join(folder, 'repo.git');
  const git = (args: readonly string[], input?: string | Uint8Array): Promise<string> => runGit(gitDir, args, input);
  await git(['init', '--quiet', '--bare', '--initial-branch=main', gitDir]);
  const baseTree = await writeTree(gitDir, undefined, files);
  const commit = async (tree: string, parents: readonly string[], message: string): Promise<CommitSha> =>
    CommitSha.parse(await git(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', message]));
  const base = await commit(baseTree, [], 'Start the shop');
  await git(['update-ref', 'refs/heads/main', base]);
  const candidate = async (changed: Readonly<Record<string, SeedFile>>): Promise<CandidateSource> => {
    const tree = await writeTree(gitDir, baseTree, changed);
    return { gitDir, base, tree, files: await listChanges(git, baseTree, tree), readBlob: (blob) => readBlob(gitDir, blob) };
  };
  return { gitDir, base, baseTree, candidate, commit, git, close: () => rm(folder, { recursive: true, force: true }) };
}

async function writeTree(gitDir: string, from: string | undefined, files: Readonly<Record<string, SeedFile>>): Promise<TreeSha> {
  const index = { GIT_INDEX_FILE: join(gitDir, `fixture-index-${String(Math.random()).slice(2)}`) };
  if (from !== undefined) await runGit(gitDir, ['read-tree', from], undefined, index);
  const lines: string[] = [];
  for (const [path, file] of Object.entries(files)) {
    if (file === null) {
      lines.push(`0 ${'0'.repeat(40)}\t${path}\0`);
      continue;
    }
    const plain = typeof file === 'string' || file instanceof Uint8Array ? { content: file, mode: '100644' } : file;
    const blob = await runGit(gitDir, ['hash-object', '-w', '--stdin'], plain.content);
    lines.push(`${plain.mode} ${blob}\t${path}\0`);
  }
  await runGit(gitDir, ['update-index', '-z', '--index-info'], lines.join(''), index);
  const tree = TreeSha.parse(await runGit(gitDir, ['write-tree'], undefined, index));
  await rm(index.GIT_INDEX_FILE, { force: true });
  return tree;
}

/** `diff-tree --raw -z` without renames: `:OLDMODE NEWMODE OLDBLOB NEWBLOB STATUS\0PATH\0`. */
async function listChanges(git: GitFixture['git'], from: string, to: string): Promise<readonly FileChange[]> {
  const fields = (await git(['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', from, to])).split('\0');
  const changes: FileChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode, newMode, oldBlob, newBlob, letter] = (fields[at] ?? '').slice(1).split(' ');
    const status = { A: 'added', D: 'deleted', T: 'type-changed' }[letter ?? ''] ?? 'modified';
    const known = (blob: string | undefined): object | undefined => (blob === undefined || /^0+$/.test(blob) ? undefined : { blob });
    changes.push(FileChange.parse({
      path: fields[at + 1], status, oldMode, newMode, additions: 0, deletions: 0, binary: false,
      ...(known(oldBlob) === undefined ? {} : { oldBlob }), ...(known(newBlob) === undefined ? {} : { newBlob }),
    }));
  }
  return changes;
}

async function readBlob(gitDir: string, blob: string): Promise<Uint8Array> {
  const { stdout } = await promisify(execFile)('git', ['--git-dir', gitDir, 'cat-file', 'blob', blob], { encoding: 'buffer', env: cleanEnv(), maxBuffer: 2 ** 28 });
  return stdout;
}

function runGit(gitDir: string, args: readonly string[], input?: string | Uint8Array, env: Readonly<Record<string, string>> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['--git-dir', gitDir, ...args], { env: { ...cleanEnv(), ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const problems: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => problems.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString('utf8').replace(/\n$/, ''));
      else reject(new Error(`git ${args.join(' ')} ended with ${String(code)}: ${Buffer.concat(problems).toString('utf8')}`));
    });
    // A git that does not read its input may be gone before the pipe is closed; its exit code tells how it went.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}

function cleanEnv(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin', GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_SYSTEM: devNull, GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Amy', GIT_AUTHOR_EMAIL: 'amy@example.com', GIT_AUTHOR_DATE: '2026-03-01T09:00:00Z',
    GIT_COMMITTER_NAME: 'Amy', GIT_COMMITTER_EMAIL: 'amy@example.com', GIT_COMMITTER_DATE: '2026-03-01T09:00:00Z',
  };
}
