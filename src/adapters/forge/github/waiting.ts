import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { WaitingEntry } from '../../../domain/waiting.js';
import { canonicalJson } from '../../../kit/canonical-json.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { StoredWait, WaitingStore } from '../../../ports/waiting-store.js';
import type { GithubClient } from '../../github-client/client.js';
import { isUnsure } from '../../github-client/fault.js';
import { BlobAnswer, CommitAnswer, NewObject, Nothing, RefAnswer, RefsAnswer, sha } from './schema.js';

/** What one request may carry comfortably, with a third more in base64. */
const BYTES_MAX = 24 * 1024 * 1024;
const LISTED_MAX = 1000;
const FOLDER = 'heddle/waiting/';

const WaitingRecord = z.strictObject({ version: z.literal(1), entry: WaitingEntry, blob: sha });
type WaitingRecord = z.infer<typeof WaitingRecord>;

interface Place { readonly client: GithubClient; readonly signal: AbortSignal | undefined }

/**
 * Waiting runs as hidden refs, `refs/heddle/waiting/<name>`: a commit whose tree is one file, the pack, and whose message is
 * the entry. They start no workflow, show in no list of branches and come with no clone, but whoever may read the repository
 * can read them.
 *
 * The compare-and-swap: a first pack makes the ref, which only one of many can; a later one is a commit on top of the version
 * that the writer has seen, and an update without force takes only what grew out of what is there. A ref can only be deleted
 * unconditionally, so `remove` looks first; who removes holds the claim on the resumption, and a rival that slept through the
 * claim's end finds nothing to put its pack on.
 */
export function waitingRefs(client: GithubClient): WaitingStore {
  return {
    id: 'github', bytesMax: BYTES_MAX,
    put: async (name, kept, signal) => put({ client, signal }, name, kept),
    get: async (name, signal) => {
      const ref = await refOf({ client, signal }, name);
      if (!ref.ok || ref.value === undefined) return ref.ok ? ok(undefined) : ref;
      const record = await recordOf({ client, signal }, ref.value);
      if (!record.ok) return record;
      return record.value === undefined ? err(damaged(client, name)) : ok({ name, version: ref.value, entry: record.value.entry });
    },
    pack: async (stored, signal) => pack({ client, signal }, stored),
    list: async (signal) => list({ client, signal }),
    async remove(name, version, signal) {
      const ref = await refOf({ client, signal }, name);
      if (!ref.ok) return ref;
      if (ref.value !== version) return ok(undefined);
      const gone = await client.call({ route: 'DELETE /repos/{owner}/{repo}/git/refs/{ref}', with: { ref: refName(name) }, schema: Nothing, signal });
      return gone.ok || gone.error.code === 'rejected' || gone.error.code === 'not-found' ? ok(undefined) : gone;
    },
  };
}

async function put({ client, signal }: Place, name: string, kept: Parameters<WaitingStore['put']>[1]): Promise<Result<string, Fault>> {
  const { entry, before } = kept;
  if (kept.pack.length > BYTES_MAX) return err({ code: 'rejected', side: 'setup', retryable: false, source: client.source, message: `The pack of the waiting run has ${String(kept.pack.length)} bytes; GitHub is given at most ${String(BYTES_MAX)}.` });
  const blob = await client.call({ route: 'POST /repos/{owner}/{repo}/git/blobs', with: { content: Buffer.from(kept.pack).toString('base64'), encoding: 'base64' }, schema: NewObject, signal });
  if (!blob.ok) return blob;
  const tree = await client.call({ route: 'POST /repos/{owner}/{repo}/git/trees', with: { tree: [{ path: 'pack', mode: '100644', type: 'blob', sha: blob.value.sha }] }, schema: NewObject, signal });
  if (!tree.ok) return tree;
  const message = canonicalJson(WaitingRecord.parse({ version: 1, entry, blob: blob.value.sha }));
  const commit = await client.call({ route: 'POST /repos/{owner}/{repo}/git/commits', with: { message, tree: tree.value.sha, parents: before === undefined ? [] : [before] }, schema: NewObject, signal });
  if (!commit.ok) return commit;
  const version = commit.value.sha;
  const written = before === undefined
    ? await client.call({ route: 'POST /repos/{owner}/{repo}/git/refs', with: { ref: `refs/${refName(name)}`, sha: version }, schema: RefAnswer, signal })
    : await client.call({ route: 'PATCH /repos/{owner}/{repo}/git/refs/{ref}', with: { ref: refName(name), sha: version, force: false }, schema: RefAnswer, signal });
  if (written.ok) return ok(version);
  if (written.error.code !== 'rejected' && written.error.code !== 'conflict' && !isUnsure(written.error)) return written;
  // «Already exists», «not a fast forward», or the answer was lost: what stands there decides.
  const now = await refOf({ client, signal }, name);
  if (!now.ok) return now;
  if (now.value === version) return ok(version);
  if (isUnsure(written.error) && now.value === before) return written;
  return err({ code: 'conflict', side: 'theirs', retryable: false, source: client.source, message: `Another job wrote the waiting run under refs/${refName(name)} in ${client.slug} meanwhile; nothing was overwritten.` });
}

async function refOf({ client, signal }: Place, name: string): Promise<Result<string | undefined, Fault>> {
  const ref = await client.call({ route: 'GET /repos/{owner}/{repo}/git/ref/{ref}', with: { ref: refName(name) }, schema: RefAnswer, signal });
  if (ref.ok) return ok(ref.value.object.sha);
  return ref.error.code === 'not-found' ? ok(undefined) : ref;
}

/** `undefined`: the commit is none of ours. */
async function recordOf({ client, signal }: Place, commit: string): Promise<Result<WaitingRecord | undefined, Fault>> {
  const answer = await client.call({ route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', with: { commit_sha: commit }, schema: CommitAnswer, signal });
  return answer.ok ? ok(parseRecord(answer.value.message)) : answer;
}

async function pack({ client, signal }: Place, stored: StoredWait): Promise<Result<Uint8Array, Fault>> {
  const record = await recordOf({ client, signal }, stored.version);
  if (!record.ok) return record;
  if (record.value === undefined) return err(damaged(client, stored.name));
  const blob = await client.call({ route: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}', with: { file_sha: record.value.blob }, schema: BlobAnswer, signal });
  return blob.ok ? ok(new Uint8Array(Buffer.from(blob.value.content, 'base64'))) : blob;
}

async function list({ client, signal }: Place): Promise<Result<{ readonly waits: readonly StoredWait[]; readonly damaged: readonly string[] }, Fault>> {
  const refs = await client.call({ route: 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}', with: { ref: FOLDER }, schema: RefsAnswer, signal });
  if (!refs.ok) return refs;
  const waits: StoredWait[] = [];
  const broken: string[] = [];
  for (const { ref, object } of refs.value.slice(0, LISTED_MAX)) {
    const name = ref.slice(`refs/${FOLDER}`.length);
    const record = await recordOf({ client, signal }, object.sha);
    if (!record.ok) return record;
    if (record.value === undefined) broken.push(name);
    else waits.push({ name, version: object.sha, entry: record.value.entry });
  }
  return ok({ waits, damaged: broken });
}

/** Names are those of claims (`ticket-` and hexadecimal digits): one part of a ref as they are. */
function refName(name: string): string {
  if (!/^[A-Za-z0-9-]{1,100}$/.test(name)) throw new TypeError(`a waiting run cannot be kept under the name ${name}`);
  return `${FOLDER}${name}`;
}

function damaged(client: GithubClient, name: string): Fault {
  return { code: 'invalid-answer', side: 'setup', retryable: false, source: client.source, message: `The ref refs/${refName(name)} in ${client.slug} holds no waiting run of Heddle. Delete it by hand, then start the ticket again.` };
}

function parseRecord(message: string): WaitingRecord | undefined {
  try {
    return WaitingRecord.parse(JSON.parse(message));
  } catch {
    return undefined;
  }
}
