import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { WaitingEntry } from '../../../domain/waiting.js';
import { canonicalJson } from '../../../kit/canonical-json.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { StoredWait, WaitingStore } from '../../../ports/waiting-store.js';
import { isUnsurePush, type GitCommit, type GitPlace } from './git-place.js';

/** Below the size of a push that servers refuse by default, and of a single file on GitLab.com (100 MB). */
const BYTES_MAX = 64 * 1024 * 1024;
const LISTED_MAX = 1000;
const FOLDER = 'refs/heddle/waiting/';
const TRIES_MAX = 3;

const WaitingRecord = z.strictObject({ version: z.literal(1), entry: WaitingEntry, blob: z.string().regex(/^[0-9a-f]{40}$/) });
type WaitingRecord = z.infer<typeof WaitingRecord>;

/**
 * Waiting runs as hidden refs, `refs/heddle/waiting/<name>`: a commit whose tree is one file, the pack, and whose message is
 * the entry. They start no pipeline, show in no list of branches and come with no clone, but whoever may read the repository
 * can read them. Every write and the removal is a push that names the value the ref must have: git's compare-and-swap.
 */
export function gitWaiting(place: GitPlace, id: string): WaitingStore {
  return {
    id, bytesMax: BYTES_MAX,
    put: (name, kept, signal) => put(place, { name, ...kept }, signal),
    get: async (name, signal) => {
      const commit = await commitOf(place, name, signal);
      if (!commit.ok || commit.value === undefined) return commit.ok ? ok(undefined) : commit;
      const record = recordOf(commit.value.commit);
      return record === undefined ? err(damaged(place, name)) : ok({ name, version: commit.value.name, entry: record.entry });
    },
    pack: (stored, signal) => pack(place, stored, signal),
    list: (signal) => list(place, signal),
    remove: (name, version, signal) => remove(place, { name, version }, signal),
  };
}

async function put(place: GitPlace, { name, entry, pack: bytes, before }: { readonly name: string } & Parameters<WaitingStore['put']>[1], signal: AbortSignal | undefined): Promise<Result<string, Fault>> {
  if (bytes.length > BYTES_MAX) return err(place.fault('rejected', `The pack of the waiting run has ${String(bytes.length)} bytes; a push is given at most ${String(BYTES_MAX)}.`, { side: 'setup' }));
  const blob = place.blob(bytes);
  if (!blob.ok) return blob;
  const message = canonicalJson(WaitingRecord.parse({ version: 1, entry, blob: blob.value }));
  for (let tries = 1; ; tries += 1) {
    // Also brings the commit that ours is put on.
    const standing = await commitOf(place, name, signal);
    if (!standing.ok) return standing;
    const commit = await place.commit({ files: new Map([['pack', bytes]]), parent: before, at: entry.since, message }, signal);
    if (!commit.ok) return commit;
    if (standing.value?.name === commit.value.name) return ok(commit.value.name);
    if (standing.value?.name !== before) return err(conflict(place, name));
    const done = await place.push({ ref: refOf(name), to: commit.value.name, expected: before ?? null }, signal);
    if (done.ok && done.value.kind === 'done') return ok(commit.value.name);
    if (!done.ok && !isUnsurePush(done.error)) return done;
    // «Somebody was first», or the answer was lost: what stands there decides at the next look.
    if (tries >= TRIES_MAX) return done.ok ? err(place.fault('rejected', `The waiting run could not be written to ${refOf(name)}: ${done.value.kind === 'rejected' ? done.value.said : ''}. Let the token push refs below refs/heddle/.`, { side: 'setup' })) : done;
    await place.pause(tries, signal);
  }
}

async function remove(place: GitPlace, { name, version }: { readonly name: string; readonly version: string }, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  for (let tries = 1; ; tries += 1) {
    const there = await place.list([refOf(name)], signal);
    if (!there.ok) return there;
    if (there.value.get(refOf(name)) !== version) return ok(undefined);
    const done = await place.push({ ref: refOf(name), to: null, expected: version }, signal);
    if (done.ok && done.value.kind === 'done') return ok(undefined);
    if (!done.ok && !isUnsurePush(done.error)) return done;
    if (tries >= TRIES_MAX) return done.ok ? err(place.fault('rejected', `The waiting run at ${refOf(name)} could not be removed: ${done.value.kind === 'rejected' ? done.value.said : ''}`, { side: 'setup' })) : done;
    await place.pause(tries, signal);
  }
}

async function pack(place: GitPlace, stored: StoredWait, signal: AbortSignal | undefined): Promise<Result<Uint8Array, Fault>> {
  // The commit of a version that was listed or read is here; it was brought with it.
  const commit = await commitOf(place, stored.name, signal);
  if (!commit.ok) return commit;
  if (commit.value?.name !== stored.version) return err(place.fault('not-found', `The waiting run at ${refOf(stored.name)} is gone: another job went on with it.`));
  const record = recordOf(commit.value.commit);
  if (record === undefined) return err(damaged(place, stored.name));
  const objects = await place.objects([record.blob], signal);
  if (!objects.ok) return objects;
  const bytes = objects.value.get(record.blob);
  return bytes === undefined ? err(place.fault('invalid-answer', `The remote did not give the pack of the waiting run at ${refOf(stored.name)}.`, { retryable: true })) : ok(new Uint8Array(bytes));
}

async function list(place: GitPlace, signal: AbortSignal | undefined): Promise<Result<{ readonly waits: readonly StoredWait[]; readonly damaged: readonly string[] }, Fault>> {
  const commits = await place.commits([`${FOLDER}*`], false, signal);
  if (!commits.ok) return commits;
  const waits: StoredWait[] = [];
  const broken: string[] = [];
  for (const [ref, commit] of [...commits.value].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, LISTED_MAX)) {
    const name = ref.slice(FOLDER.length);
    const record = recordOf(commit);
    if (record === undefined || commit === undefined) broken.push(name);
    else waits.push({ name, version: commit.name, entry: record.entry });
  }
  return ok({ waits, damaged: broken });
}

/** `undefined`: nothing stands there. A ref that holds no commit has one without content. */
async function commitOf(place: GitPlace, name: string, signal: AbortSignal | undefined): Promise<Result<{ readonly name: string; readonly commit: GitCommit | undefined } | undefined, Fault>> {
  const ref = refOf(name);
  const commits = await place.commits([ref], false, signal);
  if (!commits.ok) return commits;
  if (!commits.value.has(ref)) return ok(undefined);
  const commit = commits.value.get(ref);
  return ok({ name: commit?.name ?? '', commit });
}

function recordOf(commit: GitCommit | undefined): WaitingRecord | undefined {
  try {
    return commit === undefined ? undefined : WaitingRecord.parse(JSON.parse(commit.message));
  } catch {
    return undefined;
  }
}

/** Names are those of claims (`ticket-` and hexadecimal digits): one part of a ref as they are. */
function refOf(name: string): string {
  if (!/^[A-Za-z0-9-]{1,100}$/.test(name)) throw new TypeError(`a waiting run cannot be kept under the name ${name}`);
  return `${FOLDER}${name}`;
}

function conflict(place: GitPlace, name: string): Fault {
  return place.fault('conflict', `Another job wrote the waiting run under ${refOf(name)} meanwhile; nothing was overwritten.`);
}

function damaged(place: GitPlace, name: string): Fault {
  return place.fault('invalid-answer', `The ref ${refOf(name)} holds no waiting run of Heddle. Delete it by hand, then start the ticket again.`, { side: 'setup' });
}
