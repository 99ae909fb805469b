import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { Instant, RunId } from '../../../domain/ids.js';
import { canonicalJson } from '../../../kit/canonical-json.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { Claim, ClaimStore } from '../../../ports/forge.js';
import { isUnsurePush, type GitPlace } from './git-place.js';

const ClaimRecord = z.strictObject({ version: z.literal(1), run: RunId, holder: z.string().max(500), expiresAt: Instant, released: z.boolean() });
type ClaimRecord = z.infer<typeof ClaimRecord>;
interface Standing { readonly commit: string; readonly record: ClaimRecord }

const TRIES_MAX = 8;
const NO_FILES: ReadonlyMap<string, Uint8Array> = new Map();

/**
 * Claims as hidden refs, `refs/heddle/claims/<name>/holder`, written by compare-and-swap: git's own push names the value that
 * the ref must have (`--force-with-lease`, the old value in the push's own protocol), and the server changes it under its lock
 * or not at all. So of many that take a free or an expired claim exactly one is first, and the others look again.
 *
 * The record is the message of a commit without files. A take-over is a commit on the one before, so that it is a plain fast
 * forward, which no server refuses; giving back deletes the ref, and is only written as `released` where deleting is refused.
 * Nothing of it is a branch: no pipeline starts, no list shows it, no clone brings it.
 */
export function gitClaims(place: GitPlace): ClaimStore {
  return {
    claim: (name, claim, now, signal) => take(place, { name, claim, now }, signal),
    release: (name, run, signal) => giveBack(place, { name, run }, signal),
  };
}

async function take(place: GitPlace, { name, claim, now }: { readonly name: string; readonly claim: Claim; readonly now: Instant }, signal: AbortSignal | undefined): ReturnType<ClaimStore['claim']> {
  let refused = '';
  const seen = new Set<string>();
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const standing = await standingOf(place, name, signal);
    if (!standing.ok) return standing;
    const held = standing.value?.record;
    if (held !== undefined && !held.released) {
      if (held.run === claim.run && held.expiresAt >= claim.expiresAt) return ok({ kind: 'taken' });
      const free = held.run === claim.run || held.holder === claim.holder || held.expiresAt <= now;
      if (!free) return ok({ kind: 'held', by: { run: held.run, holder: held.holder, expiresAt: held.expiresAt } });
    }
    seen.add(standing.value?.commit ?? '');
    const written = await write(place, { name, standing: standing.value, record: { version: 1, ...claim, released: false }, at: now }, signal);
    // Look again whatever came back of an unsure push: ours is taken, anything else goes through the rules above.
    if (!written.ok && !isUnsurePush(written.error)) return written;
    if (written.ok && written.value === undefined) return ok({ kind: 'taken' });
    refused = written.ok ? written.value ?? '' : written.error.message;
    await place.pause(tries, signal);
    if (signal?.aborted === true) break;
  }
  return err(unsettled(place, { name, refused, moved: seen.size > 1 }));
}

async function giveBack(place: GitPlace, { name, run }: { readonly name: string; readonly run: RunId }, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  let refused = '';
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const standing = await standingOf(place, name, signal);
    if (!standing.ok) return standing;
    const held = standing.value;
    if (held === undefined || held.record.released || held.record.run !== run) return ok(undefined);
    // Some servers refuse to delete; the second way is only taken after a refusal.
    const done = tries % 2 === 1
      ? await pushed(place, { ref: refOf(name), to: null, expected: held.commit }, signal)
      : await write(place, { name, standing: held, record: { ...held.record, released: true }, at: held.record.expiresAt }, signal);
    if (!done.ok && !isUnsurePush(done.error)) return done;
    if (done.ok && done.value === undefined) return ok(undefined);
    refused = done.ok ? done.value ?? '' : done.error.message;
    await place.pause(tries, signal);
    if (signal?.aborted === true) break;
  }
  return err(unsettled(place, { name, refused, moved: false }));
}

function unsettled(place: GitPlace, { name, refused, moved }: { readonly name: string; readonly refused: string; readonly moved: boolean }): Fault {
  if (moved) return place.fault('conflict', `The claim «${name}» changed hands each of the ${String(TRIES_MAX)} times that this run tried. Run again later.`, { retryable: true });
  return place.fault('rejected', `The claim «${name}» could not be written to the hidden ref ${refOf(name)}: ${refused} Let the token push refs below refs/heddle/.`.slice(0, 1500), { side: 'setup' });
}

/** What the ref says now; `undefined` when nobody has written it. */
async function standingOf(place: GitPlace, name: string, signal: AbortSignal | undefined): Promise<Result<Standing | undefined, Fault>> {
  const ref = refOf(name);
  // A pattern: a ref that is not there is then no failure of the call, and needs no second one.
  const commits = await place.commits([`${ref.slice(0, -'holder'.length)}*`], true, signal);
  if (!commits.ok) return commits;
  if (!commits.value.has(ref)) return ok(undefined);
  const commit = commits.value.get(ref);
  const record = commit === undefined ? undefined : parseRecord(commit.message);
  if (commit !== undefined && record !== undefined) return ok({ commit: commit.name, record });
  return err(place.fault('invalid-answer', `The ref ${ref} holds no claim of Heddle. Delete it by hand when no run works on the ticket.`, { side: 'setup' }));
}

function write(place: GitPlace, wanted: { readonly name: string; readonly standing: Standing | undefined; readonly record: ClaimRecord; readonly at: string }, signal: AbortSignal | undefined): Promise<Result<string | undefined, Fault>> {
  const { name, standing, record, at } = wanted;
  return place.commit({ files: NO_FILES, parent: standing?.commit, at, message: canonicalJson(record) }, signal).then((commit) => (
    commit.ok ? pushed(place, { ref: refOf(name), to: commit.value.name, expected: standing?.commit ?? null }, signal) : commit));
}

/** `undefined`: it is done; otherwise what the server said. */
async function pushed(place: GitPlace, update: { readonly ref: string; readonly to: string | null; readonly expected: string | null }, signal: AbortSignal | undefined): Promise<Result<string | undefined, Fault>> {
  const outcome = await place.push(update, signal);
  if (!outcome.ok) return outcome;
  return ok(outcome.value.kind === 'done' ? undefined : outcome.value.said);
}

/** Any name becomes one part of a ref: everything but letters, digits and hyphens is written as `_` and its hexadecimal code. */
export function refOf(name: string): string {
  const part = name.replace(/[^A-Za-z0-9-]/gu, (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`);
  return `refs/heddle/claims/${part}/holder`;
}

function parseRecord(message: string): ClaimRecord | undefined {
  try {
    return ClaimRecord.parse(JSON.parse(message));
  } catch {
    return undefined;
  }
}
