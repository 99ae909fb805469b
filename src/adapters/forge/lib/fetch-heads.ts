import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import type { CommitSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { HeadsRequest, WantedHead } from '../../../ports/forge.js';
import { runGit, type GitCall, type GitEnding } from '../../git-client/git-process.js';

/** Where the commits are. The token goes to exactly this address, in the environment of the one git process, never in an argument. */
export interface HeadsRemote {
  readonly url: string;
  readonly token?: string | undefined;
  /** The account's name that goes with the token; `x-access-token` when left out. */
  readonly user?: string | undefined;
  readonly proxy?: string | undefined;
  readonly source: string;
  /** The name of a head on this forge: `refs/pull/12/head`. */
  refOf(head: WantedHead): string;
}

/** How much history is asked for where ours is cut off: enough for a branch of some weeks, and not the whole of a large one. */
const DEPTH = 200;
const HERE = 'refs/heddle/heads/';
const HEADS_MAX = 200;

/**
 * Fetches heads into a bare repository of ours: objects checked by git, no tags, no submodules, no redirects, no program of this
 * machine. A head that is gone or moved fails the whole fetch, so what exists is asked then, and fetched again without it.
 */
export async function fetchHeads(remote: HeadsRemote, request: HeadsRequest, signal: AbortSignal | undefined): Promise<Result<readonly CommitSha[], Fault>> {
  const transport = transportOf(remote.url);
  if (transport === undefined) return err(fault(remote, 'unsupported', 'Its git address is neither https nor a folder.'));
  const until = Date.now() + request.wallMsMax;
  const call = (args: readonly string[], outputBytesMax?: number): Promise<GitEnding> => runGit({
    gitDir: request.gitDir, args, transport, settings: settingsOf(remote), signal, wallMsMax: Math.max(1, until - Date.now()), outputBytesMax,
  } satisfies GitCall);
  const wanted = request.heads.slice(0, HEADS_MAX).filter((head) => isPlainRef(remote.refOf(head)));
  if (wanted.length === 0) return ok([]);
  const depth = existsSync(join(request.gitDir, 'shallow')) ? [`--depth=${String(DEPTH)}`] : [];
  const fetch = (heads: readonly WantedHead[]): Promise<GitEnding> => call([
    'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-show-forced-updates', '--no-auto-maintenance', ...depth, '--end-of-options', 'origin',
    ...heads.map((head) => `+${remote.refOf(head)}:${HERE}${head.kind === 'branch' ? 'base' : String(head.number)}`),
  ]);
  let ending = await fetch(wanted);
  if (ending.kind === 'ended' && ending.code !== 0) {
    const listing = await call(['ls-remote', '--refs', '--end-of-options', 'origin', ...wanted.map(remote.refOf)], 4 * 1024 * 1024);
    if (listing.kind !== 'ended' || listing.code !== 0) return err(toFault(remote, ending));
    const there = new Set(listing.stdout.toString('utf8').split('\n').map((line) => line.split('\t')[1] ?? ''));
    const present = wanted.filter((head) => there.has(remote.refOf(head)));
    if (present.length === wanted.length || present.length === 0) return present.length === 0 ? ok([]) : err(toFault(remote, ending));
    ending = await fetch(present);
  }
  if (ending.kind !== 'ended' || ending.code !== 0) return err(toFault(remote, ending));
  const here = await runGit({ gitDir: request.gitDir, args: ['cat-file', '--batch-check=%(objectname) %(objecttype)'], input: wanted.map((head) => `${head.commit}\n`).join('') });
  const found = here.kind === 'ended' ? here.stdout.toString('latin1') : '';
  return ok(wanted.map((head) => head.commit).filter((commit) => found.includes(`${commit} commit`)));
}

function settingsOf({ url, token, user = 'x-access-token', proxy }: HeadsRemote): Readonly<Record<string, string>> {
  return {
    'remote.origin.url': url,
    ...(token === undefined ? {} : { [`http.${url}.extraHeader`]: `Authorization: Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` }),
    ...(proxy === undefined ? {} : { 'http.proxy': proxy }),
  };
}

/** Plain http only to this machine: a token would be read on the way. */
function transportOf(url: string): 'https' | 'http' | 'file' | undefined {
  if (url.startsWith('/')) return 'file';
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return undefined;
  if (protocol === 'https:') return 'https';
  return protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname) ? 'http' : undefined;
}

/** A branch's name comes from outside: no pattern, no second name, nothing that git would read as more than a name. */
function isPlainRef(ref: string): boolean {
  return ref.length <= 500 && /^refs\/[^\u0000-\u0020~^:?*[\\\u007f]+$/.test(ref) && !ref.includes('..') && !ref.includes('@{') && !ref.includes('//');
}

function toFault(remote: HeadsRemote, ending: GitEnding): Fault {
  if (ending.kind === 'timed-out') return fault(remote, 'timed-out', 'Fetching them took too long.');
  if (ending.kind === 'not-started') return fault(remote, 'not-installed', 'git could not be started.');
  return fault(remote, 'unreachable', ending.kind === 'ended' ? ending.stderr.trim().replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 300) : ending.kind);
}

function fault(remote: HeadsRemote, code: Fault['code'], words: string): Fault {
  return { code, side: code === 'not-installed' ? 'setup' : 'theirs', retryable: code === 'timed-out' || code === 'unreachable', source: remote.source, message: `The heads of open changes could not be fetched. ${words}` };
}
