import type { CaptureRefusal, Candidate } from '../domain/candidate.js';
import type { CheckDefinition, CheckResult } from '../domain/check.js';
import type { Fault } from '../domain/fault.js';
import type { Grant } from '../domain/grant.js';
import type { JudgedFinding } from '../domain/finding.js';
import type { Digest, Instant } from '../domain/ids.js';
import type { Order } from '../domain/order.js';
import type { RunRequest } from '../domain/request.js';
import type { ExhaustionReason } from '../domain/stop-reason.js';
import type { Snapshot } from '../domain/ticket.js';
import type { ModelUsage } from '../domain/usage.js';
import type { Verdict } from '../domain/verdict.js';
import type { AgentEnding, RunFactOf } from './event.js';

/**
 * Where a run stands: the fold of its events and nothing else. Each variant owns only what is true then.
 *
 *         asked <-> requested; asked -> turned-down
 *                |
 *   new -> requested -> admitted -> briefed -> ready -> attempting -> reported -> captured -> validated -> judged
 *                |                 |             ^            ^                                             |
 *                |                 |             |            | bundle-received (verify: from ready)        |
 *                v                               +------------- repair-planned -----------------------------+
 *             declined                     sealed <- answered <- waiting <------ human-asked ---------------+
 *                                            |
 *                                            v
 *                                        delivered        exhausted, cancelled, superseded, faulted: from anywhere
 */
export type RunState =
  | { readonly kind: 'new' }
  | ({ readonly kind: 'requested' } & Requested)
  | ({ readonly kind: 'asked'; readonly question: RunFactOf<'human-asked'> } & Requested)
  | ({ readonly kind: 'turned-down'; readonly by: string } & Requested)
  | ({ readonly kind: 'admitted' } & Admitted)
  | ({ readonly kind: 'briefed' } & Work)
  | ({ readonly kind: 'ready'; readonly next: number; readonly plan: RunFactOf<'repair-planned'> | undefined } & Work)
  | ({ readonly kind: 'attempting'; readonly attempt: number } & Work)
  | ({ readonly kind: 'reported'; readonly attempt: number } & Work)
  | ({ readonly kind: 'captured'; readonly attempt: number; readonly candidate: Candidate } & Work)
  | ({ readonly kind: 'barren'; readonly attempt: number } & Work)
  | ({ readonly kind: 'validated'; readonly attempt: number; readonly candidate: Candidate } & Work)
  | ({ readonly kind: 'judged'; readonly attempt: number; readonly candidate: Candidate; readonly verdict: Verdict } & Work)
  | ({ readonly kind: 'waiting'; readonly attempt: number; readonly candidate: Candidate; readonly question: string; readonly expiresAt?: Instant | undefined } & Work)
  | ({ readonly kind: 'answered'; readonly attempt: number; readonly candidate: Candidate; readonly answer: 'allow' | 'deny' } & Work)
  | ({ readonly kind: 'sealed'; readonly attempt: number; readonly candidate: Candidate; readonly packetDigest: Digest } & Work)
  | TerminalState;

export type TerminalState =
  | { readonly kind: 'delivered'; readonly delivery: RunFactOf<'delivered'> }
  | { readonly kind: 'declined'; readonly decline: RunFactOf<'declined'> }
  | { readonly kind: 'exhausted'; readonly reason: ExhaustionReason; readonly words: string }
  | { readonly kind: 'cancelled'; readonly by: string }
  | { readonly kind: 'superseded'; readonly by: string }
  | { readonly kind: 'faulted'; readonly fault: Fault; readonly during: string };

const TERMINAL: ReadonlySet<RunState['kind']> = new Set(['delivered', 'declined', 'exhausted', 'cancelled', 'superseded', 'faulted']);

export function isTerminal(state: RunState): state is TerminalState {
  return TERMINAL.has(state.kind);
}

/** True while an attempt, a baseline or a delivery may still happen: the state owns an order. */
export type WorkState = Extract<RunState, Work>;

/** Before an order: what was asked for first, what was done last about it, and which rules a person lifted. */
export interface Requested {
  readonly request: RunRequest;
  /** The newest act: an edit, a comment, a label. The same as `request` until something happened. */
  readonly latest: RunRequest;
  readonly grants: readonly Grant[];
  /** What opinions about the ticket cost; absent when none was asked for. */
  readonly advice?: ModelUsage | undefined;
}

export interface Admitted {
  readonly request: RunRequest;
  readonly grants: readonly Grant[];
  readonly advice?: ModelUsage | undefined;
  readonly order: Order;
  readonly orderDigest: Digest;
  readonly snapshot: Snapshot;
}

export interface Work extends Admitted {
  /** How long the run waited for people since its order; no limit counts it. */
  readonly waitedMs: number;
  readonly briefed: RunFactOf<'briefed'>;
  readonly checks: readonly CheckDefinition[];
  readonly baseline: Judged;
  readonly attempts: readonly AttemptRecord[];
}

/** Checks and findings of one tree; attempt 0 is the base commit. */
export interface Judged {
  readonly results: readonly CheckResult[];
  readonly findings: readonly JudgedFinding[];
  readonly fixed: readonly Digest[];
  /** The findings were collected: all checks of this tree are done. */
  readonly complete: boolean;
}

export interface AttemptRecord {
  readonly attempt: number;
  readonly ending: AgentEnding | undefined;
  readonly usage: ModelUsage;
  readonly session: string | undefined;
  readonly captured: Captured | undefined;
  readonly judged: Judged;
  readonly verdict: Verdict | undefined;
  /** What the tests of one side said about the code of the other; at most one for each way. */
  readonly replays?: readonly RunFactOf<'tests-replayed'>[] | undefined;
  /** Phase deliver: what the verify job holds about running the tests; absent = not known. */
  readonly held?: readonly string[] | undefined;
  /** Who said yes to this candidate while it was held, and for which demands it counts. */
  readonly approvals?: readonly RunFactOf<'approval-given'>[] | undefined;
  /** The newest look at the base branch and at the changes of others; none after somebody answered, since time went by. */
  readonly seen?: RunFactOf<'surroundings-seen'> | undefined;
  readonly renewals?: readonly RunFactOf<'evidence-renewed'>[] | undefined;
  /** Rules whose hold a person was asked about, and those that a person said yes to. */
  readonly asked?: readonly string[] | undefined;
  readonly agreed?: readonly string[] | undefined;
}

export type Captured =
  | { readonly kind: 'captured'; readonly candidate: Candidate }
  | { readonly kind: 'empty' }
  | { readonly kind: 'refused'; readonly refusals: readonly CaptureRefusal[] };
