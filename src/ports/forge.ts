import type { Actor, Permission } from '../domain/actor.js';
import type { Change } from '../domain/change.js';
import type { OpenChanges } from '../domain/open-change.js';
import type { FileChange } from '../domain/candidate.js';
import type { Fault } from '../domain/fault.js';
import type { ForgeCheck } from '../domain/forge-check.js';
import type { CommitSha, HeddleBranch, Instant, RunId, TreeSha } from '../domain/ids.js';
import type { TicketRef } from '../domain/ticket.js';
import type { CheckResult } from '../domain/check.js';
import type { UntrustedText } from '../domain/text.js';
import type { TicketComment } from '../domain/ticket.js';
import type { Result } from '../kit/result.js';
import type { WaitingStore } from './waiting-store.js';

export interface RepositoryFacts {
  /** `owner/name`. */
  readonly slug: string;
  readonly defaultBranch: string;
  readonly private: boolean;
  readonly url: string;
}

/** The read side of a forge. Admission and doctor get only this. */
export interface ForgeReader {
  readonly id: string;
  readonly capabilities: ForgeCapabilities;
  repository(signal?: AbortSignal): Promise<Result<RepositoryFacts, Fault>>;
  /** The commit a branch points at now. */
  headOf(branch: string, signal?: AbortSignal): Promise<Result<CommitSha, Fault>>;
  /** What an account may do here. An account the forge does not know is `none`; a failed call is a fault, never an answer. */
  permissionOf(login: string, signal?: AbortSignal): Promise<Result<Permission, Fault>>;
  /**
   * Whether an account is an active member of a team, written `organisation/team`. A team that does not exist, or that this
   * token may not see, is a fault and never an answer. Absent on forges without teams.
   */
  memberOf?(team: string, login: string, signal?: AbortSignal): Promise<Result<boolean, Fault>>;
  /** Who let the jobs of a CI run into protected environments, and who refused: the forge's own record. Absent where there is none. */
  environmentReviews?(run: string, signal?: AbortSignal): Promise<Result<{ readonly reviews: readonly EnvironmentReview[]; /** When this attempt of the run began. */ readonly since: Instant }, Fault>>;
  /** A comment at a change of this repository, as it stands now; `undefined` when it is not there. Absent where changes have none. */
  changeComment?(place: { readonly kind: 'change' | 'review' | 'review-comment'; readonly change: number }, id: string, signal?: AbortSignal): Promise<Result<TicketComment | undefined, Fault>>;
  /** The change with this number and the text that was delivered with it; `undefined` when there is none, or when its branch is of a fork. */
  changeAt?(number: number, signal?: AbortSignal): Promise<Result<ChangeWithText | undefined, Fault>>;
  /** All open changes whose branch starts with `heddle/`. */
  openHeddleChanges(signal?: AbortSignal): Promise<Result<readonly Change[], Fault>>;
  /** All open changes, ours and people's, newest first; bounded in number. One call for a hundred of them. */
  openChanges?(signal?: AbortSignal): Promise<Result<OpenChanges, Fault>>;
  /**
   * Brings commits of the forge into a bare repository of ours: objects only, no tags, no configuration. What does not come is
   * left out of the answer. Bounded in time and depth.
   */
  fetchHeads?(request: HeadsRequest, signal?: AbortSignal): Promise<Result<readonly CommitSha[], Fault>>;
  /** What the forge knows of the checks with this name on a commit, the newest of each; none when it knows no such check. Absent where a forge has no checks. */
  checksAt?(commit: CommitSha, name: string, signal?: AbortSignal): Promise<Result<readonly ForgeCheck[], Fault>>;
  /** What this token and repository lack for a delivery, in words; empty = nothing. Reads only. */
  missingForDelivery(signal?: AbortSignal): Promise<Result<readonly string[], Fault>>;
}

/** One decision about one or more protected environments of a CI run. When it was made is not told by every forge. */
export interface EnvironmentReview {
  readonly by: Actor;
  readonly state: 'approved' | 'rejected';
  readonly environments: readonly string[];
  readonly comment: UntrustedText;
}

export interface ChangeWithText { readonly change: Change; readonly message: UntrustedText }

export interface HeadsRequest {
  readonly gitDir: string;
  readonly heads: readonly WantedHead[];
  readonly wallMsMax: number;
}

/** A branch of the repository, or the head of a change, which may come from a fork. */
export type WantedHead =
  | { readonly kind: 'branch'; readonly branch: string; readonly commit: CommitSha }
  | { readonly kind: 'change'; readonly number: number; readonly branch: string; readonly commit: CommitSha };

/** The claim on a ticket: at most one live holder, by a create-only ref on the forge. */
export interface Claim {
  readonly run: RunId;
  /** The CI run that holds it, so that its own re-run may take over at once. */
  readonly holder: string;
  readonly expiresAt: Instant;
}

export interface ClaimStore {
  /**
   * Takes the claim named `name` atomically. Answers `taken` when it is ours now (also when it already was, for the same
   * run), or `held` with the other holder. A claim that has expired at `now`, or has the same `holder`, is taken over.
   */
  claim(name: string, claim: Claim, now: Instant, signal?: AbortSignal): Promise<Result<{ readonly kind: 'taken' } | { readonly kind: 'held'; readonly by: Claim }, Fault>>;
  /** Gives the claim back if it is held by `run`; otherwise does nothing. */
  release(name: string, run: RunId, signal?: AbortSignal): Promise<Result<void, Fault>>;
}

/** The bytes of the change, in our own bare repository; an adapter takes them as objects or as contents. */
export interface CandidateSource {
  readonly gitDir: string;
  readonly base: CommitSha;
  readonly tree: TreeSha;
  readonly files: readonly FileChange[];
  /** The content of a blob, by its object name. */
  readBlob(blob: string): Promise<Uint8Array>;
}

export interface CommitMessage { readonly subject: string; readonly body: string; readonly trailers: readonly (readonly [string, string])[] }

export interface ChangeText { readonly title: string; readonly body: string; readonly labels: readonly string[]; readonly draft: boolean }

export interface CheckRunReport {
  readonly name: string;
  readonly conclusion: 'success' | 'failure' | 'neutral';
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly { readonly path: string; readonly line: number; readonly level: 'notice' | 'warning' | 'failure'; readonly message: string }[];
  readonly results: readonly CheckResult[];
}

/** What is said about one added line, in Markdown that was made harmless. */
export interface LineNote { readonly path: string; readonly line: number; readonly markdown: string }

/** The write side. Given to `delivery` alone. Every write is create-only or keyed, so that repeating it is harmless. */
export interface ForgeWriter {
  /**
   * Makes ONE commit of exactly `source.tree` on top of `source.base` and a branch that points at it. The branch is only
   * ever created: when it exists with the same tree and parent that commit is the answer, with anything else it is `conflict`.
   * The adapter checks that the tree the forge made has the same object name.
   */
  publish(branch: HeddleBranch, source: CandidateSource, message: CommitMessage, signal?: AbortSignal): Promise<Result<CommitSha, Fault>>;
  /** Opens the change from `branch`, or updates the open one. A change that a person closed is `conflict`, never reopened. */
  upsertChange(branch: HeddleBranch, base: string, text: ChangeText, signal?: AbortSignal): Promise<Result<Change, Fault>>;
  /** Asks for reviews; answers those that were accepted. Unknown names are left out, never a fault. */
  requestReviews?(change: Change, reviewers: readonly string[], signal?: AbortSignal): Promise<Result<readonly string[], Fault>>;
  /** A check run or commit status on the head, created or updated by name. */
  reportCheck?(commit: CommitSha, report: CheckRunReport, signal?: AbortSignal): Promise<Result<void, Fault>>;
  /** Notes on lines of the change, all in one review that decides nothing. Keyed by `key`: what is there already is left as it is. Answers how many are there. */
  noteLines?(change: Change, notes: readonly LineNote[], key: string, signal?: AbortSignal): Promise<Result<number, Fault>>;
  /**
   * Asks the forge to merge the change by itself when all its rules are met, and only as long as its head is `head`. `rejected`
   * when nothing would have to be met: then it would be merged at once, which is nobody's wish.
   */
  mergeWhenReady?(change: Change, how: { readonly head: CommitSha; readonly method: 'merge' | 'squash' | 'rebase' }, signal?: AbortSignal): Promise<Result<void, Fault>>;
  /** Starts the repository's own workflows on the branch where our token cannot trigger them; answers runs that really exist. */
  startCi?(branch: HeddleBranch, commit: CommitSha, signal?: AbortSignal): Promise<Result<{ readonly runs: readonly { readonly name: string; readonly url: string }[]; readonly why: string }, Fault>>;
}

/** Tells another repository that a ticket is its own. */
export interface Dispatcher {
  /**
   * Sends an event of type `heddle` whose only content is the ticket's key. Sent once: it has no key of its own there, so a lost
   * answer is not tried again. `forbidden` or `not-found` when the token may not.
   */
  dispatch(repository: string, ticket: TicketRef, signal?: AbortSignal): Promise<Result<void, Fault>>;
}

export interface ForgeCapabilities {
  readonly checkRuns: boolean;
  readonly reviews: boolean;
  readonly drafts: boolean;
  readonly startsCi: boolean;
  /** Characters of a change's description, at most. */
  readonly bodyCharsMax: number;
}

/** What an adapter's `create` gives: one connection, seen from its sides. A forge that cannot keep waiting runs has no `waiting`. */
export interface Forge { readonly reader: ForgeReader; readonly writer: ForgeWriter; readonly claims: ClaimStore; readonly waiting?: WaitingStore | undefined; readonly dispatcher?: Dispatcher }
