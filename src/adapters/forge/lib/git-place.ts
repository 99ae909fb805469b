import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import { commitBytes, readCommit } from '../../git-client/objects.js';
import { remoteFault, type RemoteSpeaker } from '../../git-client/remote-fault.js';
import { openRemote, type PushOutcome, type RefUpdate, type RemoteRepository } from '../../git-client/remote-repository.js';

/** Where a forge's repository is for git, and what Heddle shows there. */
export interface GitPlaceOptions {
  readonly url: string;
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly proxy?: string | undefined;
  readonly caFile?: string | undefined;
  /** Our own folder is made in it, when it is first needed. */
  readonly scratch: string;
  readonly speaker: RemoteSpeaker;
  /** Milliseconds that stand for one second of waiting between tries; 1000 when left out. */
  readonly unitMs?: number | undefined;
  /** In whose name commits are made: `Amy <amy@example.com>`. Rules of a server may ask for the token's own account. */
  who(signal: AbortSignal | undefined): Promise<string>;
}

export interface GitCommit { readonly name: string; readonly tree: string; readonly parents: readonly string[]; readonly message: string }

const FAILURE_RETRIES_MAX = 3;

/**
 * The git side of a forge, for what its API cannot do atomically or exactly. Reads are tried again when the way fails for a
 * moment; a push is sent once, because whoever pushes looks afterwards anyway. One call at a time: git's own locks would fail.
 */
export class GitPlace {
  readonly options: GitPlaceOptions;
  #remote: RemoteRepository | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: GitPlaceOptions) {
    this.options = options;
  }

  get unitMs(): number { return this.options.unitMs ?? 1000; }

  /** The newest commits of these refs; patterns end in `*`, and refs that do not exist are left out. */
  commits(refs: readonly string[], contents: boolean, signal: AbortSignal | undefined): Promise<Result<ReadonlyMap<string, GitCommit | undefined>, Fault>> {
    return this.#inTurn(async () => {
      const remote = this.#open();
      if (!remote.ok) return remote;
      const fetched = await this.#patient(() => remote.value.fetch({ refs, contents }, signal), signal);
      if (!fetched.ok) return fetched;
      const objects = await remote.value.read([...fetched.value.values()]);
      if (!objects.ok) return objects;
      return ok(new Map([...fetched.value].map(([ref, name]) => {
        const bytes = objects.value.get(name);
        const commit = bytes === undefined ? undefined : readCommit(bytes);
        return [ref, commit === undefined ? undefined : { name, ...commit }] as const;
      })));
    });
  }

  /** Where refs point now, by their whole names. */
  list(refs: readonly string[], signal: AbortSignal | undefined): Promise<Result<ReadonlyMap<string, string>, Fault>> {
    return this.#inTurn(async () => {
      const remote = this.#open();
      return remote.ok ? this.#patient(() => remote.value.list(refs, signal), signal) : remote;
    });
  }

  /** The bytes of objects of the remote. */
  objects(names: readonly string[], signal: AbortSignal | undefined): Promise<Result<ReadonlyMap<string, Buffer>, Fault>> {
    return this.#inTurn(async () => {
      const remote = this.#open();
      if (!remote.ok) return remote;
      const here = await remote.value.read(names);
      if (!here.ok) return here;
      const missing = names.filter((name) => !here.value.has(name));
      if (missing.length === 0) return here;
      const fetched = await this.#patient(() => remote.value.fetchObjects(missing, signal), signal);
      return fetched.ok ? remote.value.read(names) : fetched;
    });
  }

  /** Writes a commit of one tree, which is on no ref of the remote before it is pushed. */
  async commit(wanted: { readonly files: ReadonlyMap<string, Uint8Array>; readonly parent: string | undefined; readonly at: string; readonly message: string }, signal: AbortSignal | undefined): Promise<Result<{ readonly name: string; readonly blobs: ReadonlyMap<string, string> }, Fault>> {
    const remote = this.#open();
    if (!remote.ok) return remote;
    const who = await this.options.who(signal);
    const blobs = new Map([...wanted.files].map(([name, bytes]) => [name, remote.value.write('blob', bytes)] as const));
    const entries = [...blobs].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, blob]) => [Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]);
    const tree = remote.value.write('tree', Buffer.concat(entries));
    return ok({ name: remote.value.write('commit', commitBytes({ tree, parent: wanted.parent, at: wanted.at, message: wanted.message, who })), blobs });
  }

  /** The object name that `bytes` will have as a blob; nothing is sent. */
  blob(bytes: Uint8Array): Result<string, Fault> {
    const remote = this.#open();
    return remote.ok ? ok(remote.value.write('blob', bytes)) : remote;
  }

  push(update: RefUpdate, signal: AbortSignal | undefined): Promise<Result<PushOutcome, Fault>> {
    return this.#inTurn(async () => {
      const remote = this.#open();
      return remote.ok ? remote.value.push([update], signal) : remote;
    });
  }

  /** Waits before a next try, longer each time. */
  async pause(tries: number, signal: AbortSignal | undefined): Promise<void> {
    await sleep(tries ** 2 * this.unitMs * Math.random(), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }

  fault(code: Fault['code'], message: string, more: { readonly side?: Fault['side']; readonly retryable?: boolean } = {}): Fault {
    return remoteFault(this.options.speaker, code, message, more);
  }

  #open(): Result<RemoteRepository, Fault> {
    if (this.#remote !== undefined) return ok(this.#remote);
    const { url, token, user, proxy, caFile, speaker } = this.options;
    mkdirSync(this.options.scratch, { recursive: true });
    const opened = openRemote({ url, token, user, proxy, caFile, speaker, scratch: mkdtempSync(join(this.options.scratch, 'refs-')) });
    if (opened.ok) this.#remote = opened.value;
    return opened;
  }

  async #patient<T>(call: () => Promise<Result<T, Fault>>, signal: AbortSignal | undefined): Promise<Result<T, Fault>> {
    for (let tries = 1; ; tries += 1) {
      const answer = await call();
      if (answer.ok || !answer.error.retryable || tries > FAILURE_RETRIES_MAX || signal?.aborted === true) return answer.ok ? answer : err(answer.error);
      await sleep(tries ** 2 * this.unitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** True when a push may or may not have happened: then the caller looks. */
export function isUnsurePush(error: Fault): boolean {
  return error.retryable;
}
