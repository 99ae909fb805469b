import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { Instant, RunId } from '../../../domain/ids.js';
import { canonicalJson } from '../../../kit/canonical-json.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Claim, ClaimStore } from '../../../ports/forge.js';
import type { GithubClient } from '../../github-client/client.js';
import { isUnsure } from '../../github-client/fault.js';
import { CommitAnswer, NewObject, Nothing, RefAnswer, RefsAnswer, RepositoryAnswer } from './schema.js';

const ClaimRecord = z.strictObject({ version: z.literal(1), run: RunId, holder: z.string().max(500), expiresAt: Instant, released: z.boolean() });
type ClaimRecord = z.infer<typeof ClaimRecord>;
interface Entry { readonly number: number; readonly commit: string }

const TRIES_MAX = 6;

/**
 * Claims as numbered refs, `refs/heddle/claims/<name>/<n>`, each create-only; the highest number is the claim that counts.
 *
 * GitHub has no compare-and-swap on a ref: PATCH overwrites, and delete-then-create lets a slow rival delete the claim
 * that was made meanwhile, so both would win. Here nothing that counts is ever changed or deleted. Whoever finds the
 * highest entry n expired (or n is given back, or of the same holder) creates n+1, and creating decides: of many that try,
 * one gets 201 and the others 422, and those look again. Giving back is such an entry too, marked as released. Entries
 * below the highest are swept by the winner. A rival that slept so long that its n+1 was swept meanwhile can still create
 * it; so after creating everybody looks again, and only the owner of the highest entry has the claim. The highest entry
 * is never swept, so two owners can never both see themselves highest.
 *
 * The claim's data is the message of a commit without parents, on no branch, of a tree that is there anyway. One small
 * hidden ref per ticket stays behind; it starts no workflow and shows in no list of branches.
 */
export class GithubClaims implements ClaimStore {
  private readonly client: GithubClient;
  private tree: string | undefined;
  private unlikely = false;
  private readonly likelyTree: (() => Promise<string | undefined>) | undefined;
  /** What this process wrote, by the name of the commit: it never changes, so it is not asked for again. */
  private readonly written = new Map<string, ClaimRecord>();

  /** `likelyTree`: a tree that is on the forge most probably, as that of the base commit; it saves asking for one. */
  constructor(client: GithubClient, likelyTree?: () => Promise<string | undefined>) {
    this.client = client;
    this.likelyTree = likelyTree;
  }

  async claim(name: string, claim: Claim, now: Instant, signal?: AbortSignal): Promise<Result<{ readonly kind: 'taken' } | { readonly kind: 'held'; readonly by: Claim }, Fault>> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      // What a new entry needs is found meanwhile; when that fails, `append` asks again and says so.
      const [top] = await Promise.all([this.top(name, signal), this.likely().then((tree) => (tree === undefined ? this.anyTree(signal) : undefined))]);
      if (!top.ok) return top;
      const held = top.value?.record;
      if (held !== undefined && !held.released) {
        if (held.run === claim.run && held.expiresAt >= claim.expiresAt) return ok({ kind: 'taken' });
        const free = held.run === claim.run || held.holder === claim.holder || held.expiresAt <= now;
        if (!free) return ok({ kind: 'held', by: { run: held.run, holder: held.holder, expiresAt: held.expiresAt } });
      }
      const written = await this.append(name, (top.value?.number ?? 0) + 1, { version: 1, ...claim, released: false }, signal);
      if (!written.ok && (!isUnsure(written.error) || tries > 0)) return written;
      // Look again whatever came back: highest and ours is taken, anything else goes through the rules above.
    }
    return err(this.restless(name));
  }

  async release(name: string, run: RunId, signal?: AbortSignal): Promise<Result<void, Fault>> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const top = await this.top(name, signal);
      if (!top.ok) return top;
      const held = top.value?.record;
      if (held === undefined || top.value === undefined || held.released || held.run !== run) return ok(undefined);
      const written = await this.append(name, top.value.number + 1, { ...held, released: true }, signal);
      if (!written.ok && (!isUnsure(written.error) || tries > 0)) return written;
    }
    return err(this.restless(name));
  }

  private restless(name: string): Fault {
    return { code: 'conflict', side: 'theirs', retryable: true, source: this.client.source, message: `The claim «${name}» could not be settled in ${String(TRIES_MAX)} tries: others write it at the same time, or GitHub does not show what was written. Run again later.` };
  }

  /** The entry that counts now, with what it says. Older ones are swept on the way; that fails silently, the next one sweeps again. */
  private async top(name: string, signal: AbortSignal | undefined): Promise<Result<(Entry & { readonly record: ClaimRecord }) | undefined, Fault>> {
    const prefix = refPrefix(name);
    const refs = await this.client.call({ route: 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}', with: { ref: prefix }, schema: RefsAnswer, signal });
    if (!refs.ok) return refs;
    const entries = refs.value.flatMap(({ ref, object }): readonly Entry[] => {
      const digits = ref.slice(`refs/${prefix}`.length);
      return /^[1-9][0-9]{0,8}$/.test(digits) ? [{ number: Number(digits), commit: object.sha }] : [];
    }).sort((a, b) => b.number - a.number);
    const [highest, ...older] = entries;
    if (highest === undefined) return ok(undefined);
    for (const entry of older) {
      await this.client.call({ route: 'DELETE /repos/{owner}/{repo}/git/refs/{ref}', with: { ref: `${prefix}${String(entry.number)}` }, schema: Nothing, signal });
    }
    const own = this.written.get(highest.commit);
    if (own !== undefined) return ok({ ...highest, record: own });
    const commit = await this.client.call({ route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', with: { commit_sha: highest.commit }, schema: CommitAnswer, signal });
    if (!commit.ok) return commit;
    const record = parseRecord(commit.value.message);
    if (record !== undefined) return ok({ ...highest, record });
    return err({ code: 'invalid-answer', side: 'setup', retryable: false, source: this.client.source, message: `The ref refs/${prefix}${String(highest.number)} in ${this.client.slug} holds no claim of Heddle. Delete it by hand when no run works on the ticket.` });
  }

  /** Creates the entry if its number is still free. Whether it was taken is for the next look to find out; so is, once, what became of a lost answer. */
  private async append(name: string, number: number, record: ClaimRecord, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
    const commit = await this.commitOf(record, signal);
    if (!commit.ok) return commit;
    this.written.set(commit.value.sha, record);
    const made = await this.client.call({ route: 'POST /repos/{owner}/{repo}/git/refs', with: { ref: `refs/${refPrefix(name)}${String(number)}`, sha: commit.value.sha }, schema: RefAnswer, signal });
    if (made.ok || made.error.code === 'rejected' || made.error.code === 'conflict') return ok(undefined);
    return made;
  }

  /** A commit that says the record. Where the forge has not got the likely tree (a base that was never pushed), it is asked for one. */
  private async commitOf(record: ClaimRecord, signal: AbortSignal | undefined): Promise<Result<{ readonly sha: string }, Fault>> {
    const likely = await this.likely();
    const made = likely === undefined ? undefined : await this.commitWith(record, likely, signal);
    if (made !== undefined && (made.ok || (made.error.code !== 'rejected' && made.error.code !== 'not-found'))) return made;
    this.unlikely = true;
    const tree = await this.anyTree(signal);
    return tree.ok ? this.commitWith(record, tree.value, signal) : tree;
  }

  private commitWith(record: ClaimRecord, tree: string, signal: AbortSignal | undefined): Promise<Result<{ readonly sha: string }, Fault>> {
    return this.client.call({ route: 'POST /repos/{owner}/{repo}/git/commits', with: { message: canonicalJson(record), tree, parents: [] }, schema: NewObject, signal });
  }

  /** The tree that was named, as long as the forge took it. */
  private async likely(): Promise<string | undefined> {
    return this.unlikely ? undefined : this.likelyTree?.();
  }

  /** The tree of the default branch: a commit needs one, and this one is surely there. */
  private async anyTree(signal: AbortSignal | undefined): Promise<Result<string, Fault>> {
    if (this.tree !== undefined) return ok(this.tree);
    const repository = await this.client.call({ route: 'GET /repos/{owner}/{repo}', schema: RepositoryAnswer, signal });
    if (!repository.ok) return repository;
    const head = await this.client.call({ route: 'GET /repos/{owner}/{repo}/git/ref/{ref}', with: { ref: `heads/${repository.value.default_branch}` }, schema: RefAnswer, signal });
    if (!head.ok) return head;
    const commit = await this.client.call({ route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', with: { commit_sha: head.value.object.sha }, schema: CommitAnswer, signal });
    if (!commit.ok) return commit;
    this.tree = commit.value.tree.sha;
    return ok(this.tree);
  }
}

/** Any name becomes one part of a ref: everything but letters, digits and hyphens is written as `_` and its hexadecimal code. */
export function refPrefix(name: string): string {
  const part = name.replace(/[^A-Za-z0-9-]/gu, (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`);
  return `heddle/claims/${part}/`;
}

function parseRecord(message: string): ClaimRecord | undefined {
  try {
    return ClaimRecord.parse(JSON.parse(message));
  } catch {
    return undefined;
  }
}
