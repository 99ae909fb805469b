import type { BundleRefusal } from '../domain/bundle-refusal.js';
import type { Candidate, CaptureRefusal } from '../domain/candidate.js';
import type { Fault } from '../domain/fault.js';
import type { History } from '../domain/history.js';
import type { CommitSha, TreeSha } from '../domain/ids.js';
import type { Result } from '../kit/result.js';
import type { CandidateSource } from './forge.js';

export interface TreeEntry { readonly path: string; readonly mode: string; readonly blob: string; readonly size: number }

/** What a path becomes. */
export interface TreePatch { readonly path: string; readonly mode: string; readonly blob: string }

export interface CaptureLimits { readonly filesMax: number; readonly diffBytesMax: number; readonly fileBytesMax: number }

/** The objects of a change that another job made, as a pack whose outside was read already, and what they must turn out to be. */
export interface ReceiveOrder {
  readonly pack: Uint8Array;
  /** Objects that deltas of the pack build on: each must be in our copy already. */
  readonly borrowed: readonly string[];
  readonly commit: CommitSha;
  readonly base: CommitSha;
  readonly tree: TreeSha;
  /** The date that the one commit must have. */
  readonly at: Date;
  readonly attempt: number;
  readonly limits: CaptureLimits;
}

/** Our own copy of the repository: a bare clone that no agent ever sees for writing. git runs here and nowhere else. */
export interface Workspace {
  readonly gitDir: string;
  /** Folders that a checkout with `git` borrows objects from: the sandbox must show them, read-only. */
  readonly objectFolders: readonly string[];
  /** Resolves a branch, tag or commit of the source repository to a commit; `not-found` names what exists. */
  resolve(revision: string): Promise<Result<CommitSha, Fault>>;
  treeOf(commit: CommitSha): Promise<TreeSha>;
  /** All files of a tree below `under` ('' = all), submodules and links included, in path order. */
  list(tree: TreeSha | CommitSha, under?: string): Promise<readonly TreeEntry[]>;
  /** A file's bytes at a tree, `undefined` when there is none. Links are not followed. */
  read(tree: TreeSha | CommitSha, path: string): Promise<Uint8Array | undefined>;
  readBlob(blob: string): Promise<Uint8Array>;
  /** Writes exactly the tree's bytes (no filters, no hooks, no submodules) into a new or empty folder, with a read-only credential-free `.git` when asked. */
  checkout(tree: TreeSha, folder: string, options?: { readonly git?: CommitSha }): Promise<Result<void, Fault>>;
  /** Takes the folder's content as data. The agent must be dead. git is never run there; ignore rules come from the base commit alone. */
  capture(folder: string, base: CommitSha, attempt: number, limits: CaptureLimits): Promise<Result<{ readonly kind: 'captured'; readonly candidate: Candidate } | { readonly kind: 'empty' }, { readonly refusals: readonly CaptureRefusal[] } | { readonly fault: Fault }>>;
  /** The unified patch between two trees, without renames, external programs or text conversion. */
  patch(from: TreeSha | CommitSha, to: TreeSha | CommitSha): Promise<Uint8Array>;
  /** Writes `change.bundle` holding ONE commit of `tree` on `base` under a fixed ref, with fixed author and date. */
  bundle(base: CommitSha, tree: TreeSha, file: string, at: Date): Promise<Result<{ readonly commit: CommitSha }, Fault>>;
  /**
   * Takes foreign objects in through a quarantine: checked by git, the one commit compared byte for byte with the one we would
   * make, the tree walked by ourselves down to every entry that the base does not have. Only then the objects come into our copy.
   * The candidate that is answered is computed from the objects alone. Nothing of them is executed or written out.
   */
  receive(order: ReceiveOrder): Promise<Result<Candidate, { readonly refusal: BundleRefusal } | { readonly fault: Fault }>>;
  /** Makes the tree that `from` becomes with some of its paths replaced by blobs that our copy has. Nothing is written out. */
  compose(from: TreeSha | CommitSha, entries: readonly TreePatch[]): Promise<Result<TreeSha, Fault>>;
  source(candidate: Candidate): CandidateSource;
  /** A new room for trying merges. Close it. */
  openMergeRoom(): MergeRoom;
  /** What happened before `head`, newest first: only commits that touched `paths` (all when empty). Reads our own copy alone. */
  history(query: { readonly head: CommitSha; readonly paths: readonly string[]; readonly commitsMax: number; readonly since?: number | undefined; readonly lines?: boolean | undefined }): Promise<History>;
  /** Lines of a tree that hold one of the fixed words; `undefined` when that cannot be found out in a short time. */
  mentions(tree: TreeSha | CommitSha, words: readonly string[]): Promise<readonly { readonly path: string; readonly text: string }[] | undefined>;
  /** Commits on `branch` of the source repository since `base`: the base moved meanwhile. 0 = not. */
  drift(base: CommitSha, head: CommitSha): Promise<number | undefined>;
}

/** What git says of merging two commits. `unknown` is never taken for clean. */
export type MergeAnswer =
  | { readonly kind: 'clean'; readonly tree: TreeSha }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] }
  | { readonly kind: 'unknown'; readonly why: 'not-here' | 'no-common-history' | 'timed-out' | 'git-failed' };

/**
 * A bare repository of ours beside the clone, for trying merges: it borrows the clone's objects, and what is fetched or made in it
 * stays in it. Heads of strangers come here and nowhere else. Nothing of the commits is run or written out: no merge driver, filter
 * or hook, no text conversion.
 */
export interface MergeRoom {
  readonly gitDir: string;
  /** A commit of `tree` on `parent`, for merging what is no commit yet. The same input gives the same commit. */
  commit(tree: TreeSha, parent: CommitSha): CommitSha;
  /** Tries each pair, in their order. Bounded in time as a whole; pairs that were not reached are `unknown`. */
  merge(pairs: readonly { readonly ours: CommitSha; readonly theirs: CommitSha }[], bounds: { readonly wallMsMax: number }): Promise<readonly MergeAnswer[]>;
  /** The paths that differ between two commits, renames as both names; `undefined` when one of them is not here. */
  changedPaths(from: CommitSha, to: CommitSha): Promise<readonly string[] | undefined>;
  /** The one commit that both come from; `undefined` when there is none or it is not here. */
  forkPoint(a: CommitSha, b: CommitSha): Promise<CommitSha | undefined>;
  /** Takes a tree that a merge of our own work with the base branch made into the clone, so that it can be checked out. */
  keep(tree: TreeSha, known: readonly CommitSha[]): Promise<Result<void, Fault>>;
  close(): void;
}

export interface WorkspaceFactory {
  /**
   * Makes the bare clone of a local checkout (shallow ones too) without its configuration, hooks or credentials. `bundles`
   * are candidates of an earlier process: their objects are taken in, and nothing else of them.
   */
  open(repository: string, scratch: string, bundles?: readonly string[]): Promise<Result<Workspace, Fault>>;
}
