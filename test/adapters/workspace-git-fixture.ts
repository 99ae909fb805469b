import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from '../../src/adapters/workspace/git/index.js';
import type { WorkspaceOptions } from '../../src/adapters/workspace/git/index.js';
import type { CommitSha, TreeSha } from '../../src/domain/ids.js';
import type { CaptureLimits, Workspace } from '../../src/ports/workspace.js';

/** A file to write: text, bytes, a link, a program. */
export type Content = string | Uint8Array | { readonly link: string } | { readonly run: string };
export type Files = Readonly<Record<string, Content>>;

export const LIMITS: CaptureLimits = { filesMax: 1000, diffBytesMax: 4_000_000, fileBytesMax: 1_000_000 };
export const BASE: Files = {
  'README.md': '# shop\n', 'src/total.ts': 'export const total = 1;\n', 'src/deep/er/file.txt': 'deep\n',
  'bin/tool': { run: '#!/bin/sh\n' }, 'link': { link: 'src/total.ts' }, '.gitignore': 'node_modules/\n*.log\n/dist\n',
};

export function writeFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(full, content);
    else if ('link' in content) symlinkSync(content.link, full);
    else {
      writeFileSync(full, content.run);
      chmodSync(full, 0o755);
    }
  }
}

const ENV = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin', GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_SYSTEM: devNull, GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Amy', GIT_AUTHOR_EMAIL: 'amy@example.com', GIT_AUTHOR_DATE: '2026-03-01T09:00:00Z',
  GIT_COMMITTER_NAME: 'Amy', GIT_COMMITTER_EMAIL: 'amy@example.com', GIT_COMMITTER_DATE: '2026-03-01T09:00:00Z',
};

/** An ordinary git in a folder that the test trusts. */
export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'safe.directory=*', '-c', 'protocol.file.allow=always', ...args], { cwd: folder, env: ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 28 }).trimEnd();
}

export interface Place {
  readonly root: string;
  /** The user's repository, one commit on main. */
  readonly repo: string;
  /** A path below the temporary folder. */
  path(name: string): string;
  close(): void;
}

export function makePlace(files: Files = BASE): Place {
  const root = mkdtempSync(join(tmpdir(), 'heddle-ws-'));
  const repo = join(root, 'repo');
  mkdirSync(repo);
  git(repo, 'init', '-q', '-b', 'main');
  writeFiles(repo, files);
  git(repo, 'add', '-A', '-f');
  git(repo, 'commit', '-q', '--allow-empty', '-m', 'base');
  return { root, repo, path: (name) => join(root, name), close: () => { rmSync(root, { recursive: true, force: true }); } };
}

export interface Opened { readonly workspace: Workspace; readonly base: CommitSha; readonly tree: TreeSha }

export async function openAt(place: Place, repo = place.repo, options: WorkspaceOptions = {}): Promise<Opened> {
  const opened = await create(options).open(repo, place.path('scratch'));
  if (!opened.ok) throw new Error(opened.error.message);
  const base = await opened.value.resolve('HEAD');
  if (!base.ok) throw new Error(base.error.message);
  return { workspace: opened.value, base: base.value, tree: await opened.value.treeOf(base.value) };
}

/** Opens, and writes the base tree into `work`. */
export async function checkedOut(place: Place, options: { readonly git?: boolean; readonly trust?: boolean } = {}): Promise<Opened & { readonly work: string }> {
  const opened = await openAt(place, place.repo, { trustStatTimes: options.trust ?? true });
  const work = place.path('work');
  const written = await opened.workspace.checkout(opened.tree, work, options.git === true ? { git: opened.base } : {});
  if (!written.ok) throw new Error(written.error.message);
  return { ...opened, work };
}

export type CaptureAnswer = Awaited<ReturnType<Workspace['capture']>>;

/** The tree that was captured; the base's own for an empty capture. Throws with the refusals otherwise. */
export function treeIn(answer: CaptureAnswer, base: string): string {
  if (answer.ok) return answer.value.kind === 'empty' ? base : answer.value.candidate.tree;
  throw new Error(JSON.stringify(answer.error));
}

export function codesIn(answer: CaptureAnswer): readonly string[] {
  if (answer.ok || !('refusals' in answer.error)) return [JSON.stringify(answer)];
  return answer.error.refusals.map((refusal) => `${refusal.code} ${refusal.path}`);
}
