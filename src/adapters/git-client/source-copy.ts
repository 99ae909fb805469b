import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../domain/fault.js';
import { err, ok, type Result } from '../../kit/result.js';
import { runGit, type GitEnding } from './git-process.js';
import { fromEnding, remoteFault, type RemoteSpeaker } from './remote-fault.js';

export interface SourceWanted {
  /** `https://…`, or `http://…` of this very machine. Never with a password in it. */
  readonly url: string;
  readonly token: string | undefined;
  /** The account's name that goes with the token. */
  readonly user: string;
  /** A new folder of ours: a bare repository when this succeeds. */
  readonly folder: string;
  /** What HEAD points at. */
  readonly branch: string;
  /** A commit that must be there. Branches move on, and a plan stands on the commit of its day. */
  readonly commit?: string | undefined;
  /** Commits of each branch; all when it is absent. */
  readonly depth?: number | undefined;
  readonly proxy?: string | undefined;
  readonly caFile?: string | undefined;
  readonly path: string;
  readonly wallMsMax: number;
}

const SPEAKER: RemoteSpeaker = { source: 'git-client', what: 'the repository', refused: 'The token may not read the repository: it needs read_repository, or in a GitLab job the job\'s own token and a role of the pipeline\'s user.' };

/**
 * A copy of a remote repository, for jobs that have no checkout, or none that may be believed. The token goes along in the
 * environment of the one git process and is written nowhere; no setting, hook or program of the machine takes part. Branches of
 * runs are left out: nothing starts from them.
 */
export async function copySource(wanted: SourceWanted): Promise<Result<void, Fault>> {
  const transport = transportOf(wanted.url);
  if (transport === undefined) return err(remoteFault(SPEAKER, 'unsupported', `The address ${wanted.url.slice(0, 300)} of the repository cannot be used: give an https address without a password in it.`));
  makeBare(wanted);
  const depth = wanted.depth === undefined ? [] : [`--depth=${wanted.depth}`];
  const fetched = await fetching(wanted, transport, [...depth, '--end-of-options', 'origin', '+refs/heads/*:refs/heads/*', '^refs/heads/heddle/*']);
  if (fetched.kind !== 'ended' || fetched.code !== 0) return err(fromEnding(SPEAKER, 'fetch', fetched));
  if (wanted.commit === undefined || await has(wanted, wanted.commit)) return ok(undefined);
  const alone = await fetching(wanted, transport, [...depth, '--end-of-options', 'origin', `+${wanted.commit}:refs/heddle/base`]);
  return alone.kind === 'ended' && alone.code === 0 ? ok(undefined) : err(fromEnding(SPEAKER, `fetch the commit ${wanted.commit} of`, alone));
}

function fetching(wanted: SourceWanted, transport: 'https' | 'http', more: readonly string[]): Promise<GitEnding> {
  const { url, token, user, proxy, caFile } = wanted;
  return runGit({
    gitDir: wanted.folder, transport, wallMsMax: wanted.wallMsMax,
    args: ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-show-forced-updates', ...more],
    settings: {
      'remote.origin.url': url,
      ...(token === undefined ? {} : { [`http.${url}.extraHeader`]: `Authorization: Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` }),
      ...(proxy === undefined ? {} : { 'http.proxy': proxy }),
      ...(caFile === undefined ? {} : { 'http.sslCAInfo': caFile }),
    },
  }, { path: wanted.path });
}

async function has({ folder, path }: SourceWanted, commit: string): Promise<boolean> {
  const ending = await runGit({ gitDir: folder, args: ['cat-file', '-e', '--end-of-options', `${commit}^{commit}`] }, { path });
  return ending.kind === 'ended' && ending.code === 0;
}

/** Written by hand: `git init` would look at templates. The address is kept for people, without anything secret. */
function makeBare({ folder, branch, url }: SourceWanted): void {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads']) mkdirSync(join(folder, part), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'config'), `[core]\n\trepositoryformatversion = 0\n\tbare = true\n[remote "origin"]\n\turl = ${JSON.stringify(url)}\n`);
  writeFileSync(join(folder, 'HEAD'), `ref: refs/heads/${branch}\n`);
}

function transportOf(url: string): 'https' | 'http' | undefined {
  if (!URL.canParse(url)) return undefined;
  const { username, password, protocol, hostname } = new URL(url);
  if (username !== '' || password !== '') return undefined;
  if (protocol === 'https:') return 'https';
  return protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname) ? 'http' : undefined;
}
