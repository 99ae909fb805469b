import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import { err, ok, type Result } from '../../../kit/result.js';
import { fault, gitFault } from './fault.js';
import { createGit, type Git, type GitCall, type GitOptions } from './git.js';

export interface PinnedFile {
  /** `https://…` or `file:///…`, without a password in it. */
  readonly url: string;
  /** A commit, or a branch or tag that is resolved once. */
  readonly ref: string;
  readonly path: string;
  /** A folder of ours for what is fetched; it is removed again. */
  readonly scratch: string;
  /** Sent to exactly this address, and nowhere a server may redirect to. */
  readonly token?: string | undefined;
}

const BYTES_MAX = 1024 * 1024;
const WALL_MS_MAX = 60_000;

/**
 * Reads one file of another repository at one commit, as data: a shallow fetch into a bare folder of our own, nothing checked
 * out, nothing run. A `ref` that is a commit must be the one that arrives.
 */
export async function readPinnedFile(wanted: PinnedFile, options: GitOptions = {}): Promise<Result<{ readonly commit: CommitSha; readonly text: string }, Fault>> {
  const transport = wanted.url.startsWith('https://') ? 'https' : wanted.url.startsWith('file:///') ? 'file' : undefined;
  if (transport === undefined || (transport === 'https' && hasCredentials(wanted.url))) return err(fault('unsupported', 'setup', `The address ${wanted.url} cannot be used; give an https address without a password in it.`));
  mkdirSync(wanted.scratch, { recursive: true });
  const gitDir = mkdtempSync(join(wanted.scratch, 'policy-'));
  try {
    makeBare(gitDir);
    return await fetchAndRead(createGit(options), { wanted, gitDir, transport });
  } finally {
    rmSync(gitDir, { recursive: true, force: true });
  }
}

async function fetchAndRead(git: Git, { wanted, gitDir, transport }: { readonly wanted: PinnedFile; readonly gitDir: string; readonly transport: 'https' | 'file' }): Promise<Result<{ readonly commit: CommitSha; readonly text: string }, Fault>> {
  const place = `${wanted.path} of ${wanted.url} at ${wanted.ref}`;
  const fetch: GitCall = {
    gitDir, transport, wallMsMax: WALL_MS_MAX, settings: settingsFor(wanted),
    args: ['fetch', '--depth=1', '--no-tags', '--quiet', '--no-write-fetch-head', '--no-recurse-submodules', '--end-of-options', 'origin', `+${wanted.ref}:refs/heddle/policy`],
  };
  const fetched = await git.run(fetch);
  if (fetched.kind === 'timed-out') return err({ ...fault('timed-out', 'theirs', `${place} did not come in time.`), retryable: true });
  if (fetched.kind !== 'ended' || fetched.code !== 0) return err({ ...gitFault(`read ${place}`, fetched), side: 'setup' });
  const named = await git.run({ gitDir, args: ['rev-parse', '--verify', '--quiet', 'refs/heddle/policy^{commit}'] });
  const commit = CommitSha.safeParse(named.kind === 'ended' ? named.stdout.toString('utf8').trim() : '');
  if (!commit.success) return err(fault('invalid-answer', 'setup', `${wanted.ref} of ${wanted.url} is no commit.`));
  if (/^[0-9a-f]{40}$/.test(wanted.ref) && commit.data !== wanted.ref) return err(fault('invalid-answer', 'theirs', `${wanted.url} answered commit ${commit.data} for ${wanted.ref}.`));
  const listed = await git.run({ gitDir, args: ['ls-tree', '-z', commit.data, '--', wanted.path] });
  const mode = listed.kind === 'ended' ? /^(\d{6}) blob ([0-9a-f]{40})\t/.exec(listed.stdout.toString('utf8')) : null;
  if (mode === null || (mode[1] !== '100644' && mode[1] !== '100755')) return err(fault('not-found', 'setup', `There is no file ${place}.`));
  const read = await git.run({ gitDir, args: ['cat-file', 'blob', mode[2] ?? ''], outputBytesMax: BYTES_MAX });
  if (read.kind === 'output-exceeded') return err(fault('unsupported', 'setup', `${place} is larger than ${BYTES_MAX} bytes.`));
  if (read.kind !== 'ended' || read.code !== 0) return err(gitFault(`read ${place}`, read));
  return ok({ commit: commit.data, text: read.stdout.toString('utf8') });
}

function settingsFor({ url, token }: PinnedFile): Readonly<Record<string, string>> {
  return {
    'remote.origin.url': url, 'fetch.fsckObjects': 'true',
    ...(token === undefined ? {} : { [`http.${url}.extraHeader`]: `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}` }),
  };
}

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

function makeBare(gitDir: string): void {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads']) mkdirSync(join(gitDir, part), { recursive: true });
  writeFileSync(join(gitDir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  writeFileSync(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
}
