import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fault } from '../../domain/fault.js';
import { err, ok, type Result } from '../../kit/result.js';
import { runGit, type GitCall, type GitEnding } from './git-process.js';
import { writeObject } from './loose-objects.js';
import { fromEnding, oneLine, remoteFault, type RemoteSpeaker } from './remote-fault.js';

export interface RemoteOptions {
  /** `https://…`, `http://…` of this very machine, `file:///…` or an absolute path. Never with a password in it. */
  readonly url: string;
  /** Who asks and for what: the words of its faults. */
  readonly speaker: RemoteSpeaker;
  /** A folder of our own; what is in it can be fetched again. It is made when it is first needed. */
  readonly scratch: string;
  /** A bare repository that is there already, to push from; `scratch` is then not used, and nothing but objects is written to it. */
  readonly gitDir?: string | undefined;
  /** Sent to exactly this address, and nowhere a server may redirect to. */
  readonly token?: string | undefined;
  /** The account's name that goes with the token; `x-access-token` when left out. GitLab knows a job's token by it. */
  readonly user?: string | undefined;
  /** The address of the proxy, when the machine has one. */
  readonly proxy?: string | undefined;
  /** A file with more certificate authorities. */
  readonly caFile?: string | undefined;
  readonly program?: { readonly command?: string | undefined; readonly path?: string | undefined } | undefined;
}

export interface RefUpdate {
  readonly ref: string;
  /** `null` deletes it. */
  readonly to: string | null;
  /** What it must point at for this to happen; `null`: it must not exist. */
  readonly expected: string | null;
}

export type PushOutcome = { readonly kind: 'done' } | { readonly kind: 'rejected'; readonly said: string };

/**
 * Refs and objects of a git remote as data: nothing is checked out, nothing of the remote is run. Objects are written into a
 * bare repository of our own and pushed by compare-and-swap. `roundTrips` counts the calls that went to the remote.
 */
export interface RemoteRepository {
  readonly url: string;
  readonly roundTrips: number;
  /** Where the remote's refs point now; patterns end in `*`. */
  list(patterns: readonly string[], signal?: AbortSignal): Promise<Result<ReadonlyMap<string, string>, Fault>>;
  /** Brings the newest commits of these refs here, without their history; `contents: false` leaves files out where the remote can do that. Refs that do not exist are left out. */
  fetch(wanted: { readonly refs: readonly string[]; readonly contents: boolean }, signal?: AbortSignal): Promise<Result<ReadonlyMap<string, string>, Fault>>;
  /** Brings single objects here that were left out. */
  fetchObjects(names: readonly string[], signal?: AbortSignal): Promise<Result<void, Fault>>;
  /** The objects that are here, by their own names; others are left out. A folder may also be asked for as `COMMIT:folder`, the topmost as `COMMIT^{tree}`. */
  read(names: readonly string[]): Promise<Result<ReadonlyMap<string, Buffer>, Fault>>;
  write(type: 'blob' | 'tree' | 'commit', bytes: Uint8Array): string;
  /** All or none where there are several. `rejected`: somebody else was faster, or the remote does not want it; look at the refs to know. */
  push(updates: readonly RefUpdate[], signal?: AbortSignal): Promise<Result<PushOutcome, Fault>>;
}

/** A filter that leaves nothing out: git then knows that files which were left out earlier may be missing, and does not refuse the rest. */
const WITH_CONTENTS = 'blob:limit=1g';
const OBJECT = /^[0-9a-f]{40}$/;
const HERE = 'refs/remote/';
const PLAIN_REF = /^refs\/[A-Za-z0-9_./-]+$/;
/** An object by its name, or by its place below a commit: `COMMIT^{tree}`, `COMMIT:folder`. */
const NAMED = /^[0-9a-f]{40}(\^\{tree\}|:[a-z0-9/-]+)?$/;

/** Opens the remote; nothing is asked before the first call. */
export function openRemote(options: RemoteOptions): Result<RemoteRepository, Fault> {
  const transport = transportOf(options.url);
  if (transport === undefined) return err(remoteFault(options.speaker, 'unsupported', `The git address ${oneLine(options.url)} of ${options.speaker.what} cannot be used. Give an https address, a file address or an absolute path, without a password in it.`));
  return ok(new Remote(options, transport));
}

class Remote implements RemoteRepository {
  roundTrips = 0;
  readonly url: string;
  readonly #options: RemoteOptions;
  readonly #transport: 'https' | 'http' | 'file';
  readonly #gitDir: string;
  /** The same objects without the promise of more: reading here can never go to the network by itself. */
  readonly #readDir: string;

  constructor(options: RemoteOptions, transport: 'https' | 'http' | 'file') {
    this.#options = options;
    this.url = options.url;
    this.#transport = transport;
    this.#gitDir = options.gitDir ?? join(options.scratch, 'remote.git');
    this.#readDir = options.gitDir ?? join(options.scratch, 'remote-read.git');
  }

  async list(patterns: readonly string[], signal?: AbortSignal): Promise<Result<ReadonlyMap<string, string>, Fault>> {
    const ending = await this.#outside(['ls-remote', '--refs', '--end-of-options', 'origin', ...patterns], { signal });
    if (ending.kind !== 'ended' || ending.code !== 0) return err(this.#failed('list', ending));
    return ok(new Map(ending.stdout.toString('utf8').split('\n').flatMap((line) => {
      const [object = '', ref = ''] = line.split('\t');
      // git matches a pattern at any slash; ours are whole names.
      return OBJECT.test(object) && patterns.some((pattern) => (pattern.endsWith('*') ? ref.startsWith(pattern.slice(0, -1)) : ref === pattern)) ? [[ref, object] as const] : [];
    })));
  }

  async fetch(wanted: { readonly refs: readonly string[]; readonly contents: boolean }, signal?: AbortSignal): Promise<Result<ReadonlyMap<string, string>, Fault>> {
    const spec = (ref: string): string => `+${ref}:${HERE}${ref.slice('refs/'.length)}`;
    const call = (refs: readonly string[]): Promise<GitEnding> => this.#outside(
      ['fetch', '--quiet', '--depth=1', '--no-tags', '--prune', '--no-write-fetch-head', '--no-show-forced-updates', `--filter=${wanted.contents ? WITH_CONTENTS : 'blob:none'}`, '--end-of-options', 'origin', ...refs.map(spec)], { signal },
    );
    let ending = await call(wanted.refs);
    if (ending.kind !== 'ended' || ending.code !== 0) {
      // A ref that does not exist fails the whole call, and so does a pattern that nothing matches; which ones exist is asked only
      // then. It may have been made meanwhile.
      const there = await this.list(wanted.refs, signal);
      if (!there.ok) return there;
      const present = wanted.refs.filter((ref) => (ref.endsWith('*') ? [...there.value.keys()].some((one) => one.startsWith(ref.slice(0, -1))) : there.value.has(ref)));
      if (present.length === 0) return ok(new Map());
      ending = await call(present);
      if (ending.kind !== 'ended' || ending.code !== 0) return err(this.#failed('fetch', ending));
    }
    return this.#fetched(wanted.refs);
  }

  async #fetched(refs: readonly string[]): Promise<Result<ReadonlyMap<string, string>, Fault>> {
    const plain = this.#plainRefs(refs);
    if (plain !== undefined) return ok(plain);
    const listing = await this.#inside(['for-each-ref', '--format=%(objectname) %(refname)', HERE], this.#gitDir);
    if (listing.kind !== 'ended' || listing.code !== 0) return err(this.#failed('read what was fetched of', listing));
    return ok(new Map(listing.stdout.toString('utf8').split('\n').flatMap((line) => {
      const [object = '', name = ''] = line.split(' ');
      const ref = `refs/${name.slice(HERE.length)}`;
      return OBJECT.test(object) && refs.some((one) => (one.endsWith('*') ? ref.startsWith(one.slice(0, -1)) : ref === one)) ? [[ref, object] as const] : [];
    })));
  }

  /** Refs that the fetch has just written as files of their own, which is what it does with whole names: one process less. */
  #plainRefs(refs: readonly string[]): ReadonlyMap<string, string> | undefined {
    const found = new Map<string, string>();
    for (const ref of refs) {
      if (!PLAIN_REF.test(ref) || ref.includes('..')) return undefined;
      const file = join(this.#gitDir, HERE, ref.slice('refs/'.length));
      const text = existsSync(file) ? readFileSync(file, 'latin1').trim() : '';
      if (!OBJECT.test(text)) return undefined;
      found.set(ref, text);
    }
    return found;
  }

  async fetchObjects(names: readonly string[], signal?: AbortSignal): Promise<Result<void, Fault>> {
    if (names.length === 0) return ok(undefined);
    const ending = await this.#outside(['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', '--quiet', 'origin', '--no-tags', '--no-write-fetch-head', '--filter=blob:none', '--stdin'], { signal, input: `${names.filter((name) => OBJECT.test(name)).join('\n')}\n` });
    return ending.kind === 'ended' && ending.code === 0 ? ok(undefined) : err(this.#failed('fetch parts of', ending));
  }

  async read(names: readonly string[]): Promise<Result<ReadonlyMap<string, Buffer>, Fault>> {
    const found = new Map<string, Buffer>();
    const asked = names.filter((name) => NAMED.test(name));
    if (asked.length === 0) return ok(found);
    const ending = await this.#inside(['cat-file', '--batch'], this.#readDir, `${asked.join('\n')}\n`);
    if (ending.kind !== 'ended' || ending.code !== 0) return err(this.#failed('read', ending));
    const out = ending.stdout;
    for (let at = 0; at < out.length;) {
      const end = out.indexOf(0x0a, at);
      const [name = '', , size] = out.toString('latin1', at, end).split(' ');
      at = end + 1;
      if (size === undefined) continue;
      found.set(name, out.subarray(at, at + Number(size)));
      at += Number(size) + 1;
    }
    return ok(found);
  }

  write(type: 'blob' | 'tree' | 'commit', bytes: Uint8Array): string {
    this.#make();
    // The remotes that Heddle writes to use SHA-1 names.
    return writeObject({ gitDir: this.#gitDir, format: 'sha1', level: 6 }, type, bytes);
  }

  async push(updates: readonly RefUpdate[], signal?: AbortSignal): Promise<Result<PushOutcome, Fault>> {
    const leases = updates.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`);
    const specs = updates.map(({ ref, to }) => `${to ?? ''}:${ref}`);
    const ending = await this.#outside(['push', '--porcelain', '--quiet', '--no-verify', '--no-thin', '--no-follow-tags', ...(updates.length > 1 ? ['--atomic'] : []), ...leases, '--end-of-options', 'origin', ...specs], { signal });
    if (ending.kind === 'ended' && ending.code === 0) return ok({ kind: 'done' });
    const refused = ending.kind === 'ended' ? ending.stdout.toString('utf8').split('\n').filter((line) => line.startsWith('!')) : [];
    return refused.length > 0 ? ok({ kind: 'rejected', said: oneLine(refused.join('; ')) }) : err(this.#failed('push', ending));
  }

  #failed(verb: string, ending: GitEnding): Fault {
    return fromEnding(this.#options.speaker, verb, ending);
  }

  #outside(args: readonly string[], more: Pick<GitCall, 'signal' | 'input'>): Promise<GitEnding> {
    this.#make();
    this.roundTrips += 1;
    return runGit({ args, gitDir: this.#gitDir, transport: this.#transport, settings: this.#settings(), ...more }, this.#options.program);
  }

  #inside(args: readonly string[], gitDir: string, input?: string): Promise<GitEnding> {
    this.#make();
    return runGit({ args, gitDir, input }, this.#options.program);
  }

  #settings(): Readonly<Record<string, string>> {
    const { url, token, user = 'x-access-token', proxy, caFile } = this.#options;
    return {
      'remote.origin.url': url,
      ...(token === undefined ? {} : { [`http.${url}.extraHeader`]: `Authorization: Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` }),
      ...(proxy === undefined ? {} : { 'http.proxy': proxy }),
      ...(caFile === undefined ? {} : { 'http.sslCAInfo': caFile }),
    };
  }

  #make(): void {
    if (existsSync(join(this.#readDir, 'HEAD'))) return;
    for (const folder of [this.#gitDir, this.#readDir]) {
      for (const part of ['objects/info', 'objects/pack', 'refs/heads']) mkdirSync(join(folder, part), { recursive: true });
      if (folder === this.#readDir) writeFileSync(join(folder, 'objects/info/alternates'), `${join(this.#gitDir, 'objects')}\n`);
      writeFileSync(join(folder, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
      writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/none\n');
    }
  }
}

/** The one transport of an address; `undefined` for addresses that are not taken. Plain http only to this machine: a token would be read on the way. */
function transportOf(url: string): 'https' | 'http' | 'file' | undefined {
  if (url.startsWith('/')) return 'file';
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (parsed.username !== '' || parsed.password !== '') return undefined;
  if (parsed.protocol === 'https:') return 'https';
  if (parsed.protocol === 'file:') return fileURLToPath(parsed) === '' ? undefined : 'file';
  return parsed.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(parsed.hostname) ? 'http' : undefined;
}
