import { z } from 'zod';
import { Actor } from '../domain/actor.js';
import { BundleRefusal } from '../domain/bundle-refusal.js';
import { AttemptStop, DeclineCode, ExhaustionReason } from '../domain/stop-reason.js';
import { Candidate, CaptureRefusal } from '../domain/candidate.js';
import { Change } from '../domain/change.js';
import { CheckDefinition, CheckResult } from '../domain/check.js';
import { EgressReport } from '../domain/egress.js';
import { Fault } from '../domain/fault.js';
import { BaseLook, Meeting, RenewedCheck, StaleCheck } from '../domain/freshness.js';
import { Grant, WaitKind } from '../domain/grant.js';
import { JudgedFinding } from '../domain/finding.js';
import { CheckId, CommitSha, Digest, HeddleBranch, Instant, RunId, TreeSha } from '../domain/ids.js';
import { ReportedWork } from '../domain/manifest.js';
import { MicroUsd } from '../domain/money.js';
import { Order } from '../domain/order.js';
import { Readiness } from '../domain/readiness.js';
import { PolicyOutcome } from '../domain/policy-outcome.js';
import { RunRequest } from '../domain/request.js';
import { RouteDecision } from '../domain/route.js';
import { Rung } from '../domain/rung.js';
import { CommandName } from '../domain/slash-command.js';
import { Snapshot } from '../domain/ticket.js';
import { UntrustedText } from '../domain/text.js';
import { ModelUsage } from '../domain/usage.js';
import { TestReplay } from '../domain/test-replay.js';
import { Verdict } from '../domain/verdict.js';

/**
 * The vocabulary of a run: one closed union in the past tense, plain data. State is only ever the fold of these; the
 * trail, the live log, the job summary, the packet and the reports are sinks of these. Attempt 0 is the base commit.
 */
const attempt = z.number().int().positive();
const attemptOrBase = z.number().int().nonnegative();

/** The agent's program, where it is one that is pinned: what it says of itself, and what it is made of. */
const AgentProgramFact = z.strictObject({ version: z.string().max(100), digest: Digest, origin: z.enum(['installed', 'found']) });

/** How an agent session ended, by our rules and never by its claim. */
export const AgentEnding = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('completed') }),
  z.strictObject({ kind: z.literal('stopped'), reason: AttemptStop }),
  z.strictObject({ kind: z.literal('failed'), fault: Fault }),
]);
export type AgentEnding = z.infer<typeof AgentEnding>;

/** What `/heddle approve` would approve, when that is asked: the digest, of which text, and the bounds that it covers. */
const AskedApproval = z.strictObject({ digest: Digest, snapshot: Digest, base: z.string().max(255), agent: z.string(), model: z.string(), policy: Digest, attempts: z.number().int().positive(), cost: MicroUsd, wallMs: z.number().int().positive() });

export const RunFact = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('requested'), request: RunRequest }),
  z.strictObject({ type: z.literal('declined'), code: DeclineCode, words: z.string(), verdict: Verdict }),
  z.strictObject({ type: z.literal('admitted'), order: Order, orderDigest: Digest, snapshot: Snapshot, verdict: Verdict }),
  z.strictObject({ type: z.literal('briefed'), briefDigest: Digest, checks: z.array(CheckDefinition), likelyFiles: z.array(z.string()), instructionFiles: z.array(z.strictObject({ path: z.string(), digest: Digest })), owners: z.array(z.strictObject({ pattern: z.string(), owners: z.array(z.string()), section: z.string().optional(), exclude: z.literal(true).optional() })) }),
  z.strictObject({ type: z.literal('attempt-started'), attempt, agent: z.string(), model: z.string(), rung: Rung, isolation: z.string().max(200).optional(), promptDigest: Digest, continued: z.boolean(), program: AgentProgramFact.optional() }),
  z.strictObject({ type: z.literal('agent-reported'), attempt, ending: AgentEnding, usage: ModelUsage, priceSource: z.string().max(200).optional(), session: z.string().max(200).optional(), summary: UntrustedText, toolCalls: z.number().int().nonnegative(), outputBytes: z.number().int().nonnegative(), durationMs: z.number().int().nonnegative(), transcriptDigest: Digest, modelCalls: z.strictObject({ count: z.number().int().nonnegative(), head: Digest.nullable() }).optional(), egress: EgressReport.optional() }),
  z.strictObject({ type: z.literal('candidate-captured'), attempt, outcome: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('captured'), candidate: Candidate }),
    z.strictObject({ kind: z.literal('empty') }),
    z.strictObject({ kind: z.literal('refused'), refusals: z.array(CaptureRefusal).min(1) }),
  ]) }),
  z.strictObject({ type: z.literal('check-started'), attempt: attemptOrBase, check: CheckId, tree: TreeSha }),
  z.strictObject({ type: z.literal('check-finished'), attempt: attemptOrBase, tree: TreeSha, result: CheckResult }),
  /** The tests of one side ran on the code of the other; `tree` is the candidate's, `mixed` the one that ran. */
  z.strictObject({ type: z.literal('tests-replayed'), attempt, tree: TreeSha, ...TestReplay.shape }),
  z.strictObject({ type: z.literal('findings-collected'), attempt: attemptOrBase, tree: TreeSha, findings: z.array(JudgedFinding), fixed: z.array(Digest), truncated: z.number().int().nonnegative() }),
  z.strictObject({ type: z.literal('repair-planned'), attempt, afterAttempt: attempt, because: z.enum(['findings', 'agent-stopped', 'capture-refused', 'gate-denied', 'empty-change']), findings: z.array(Digest), soft: z.boolean() }),
  /** Read from the bundle of another job by the strict reader: the candidate is what the objects are, `reported` what that job says. */
  z.strictObject({ type: z.literal('bundle-received'), attempt, candidate: Candidate, manifest: Digest, bundle: Digest, reported: ReportedWork }),
  /** The CI service says that the verify job ended with success on the bundle's tree. */
  z.strictObject({ type: z.literal('verification-confirmed'), attempt, tree: TreeSha, by: z.literal('ci-service'),
    /** Rules on running tests that the verify job wants a person to look at; absent = it was not handed over. */
    held: z.array(z.string().max(100)).max(20).optional() }),
  z.strictObject({ type: z.literal('gate-evaluated'), attempt, tree: TreeSha, verdict: Verdict, policy: PolicyOutcome.optional() }),
  /** `asks` is absent in trails of before there were other questions than a gate's. */
  z.strictObject({ type: z.literal('human-asked'), question: z.string(), why: Verdict, asks: WaitKind.optional(), expiresAt: Instant.optional(), approval: AskedApproval.optional() }),
  z.strictObject({ type: z.literal('human-answered'), answer: z.enum(['allow', 'deny']), by: Actor, note: z.string().max(2000).optional() }),
  /** One of several people said yes to a held change; `counts` are the demands that it counts for. The answer comes when all are met. */
  z.strictObject({ type: z.literal('approval-given'), attempt, tree: TreeSha, by: Actor, counts: z.array(z.string().max(300)).max(200), words: z.string().max(2000) }),
  /** How clear the ticket is, each time admission looked and the answer was another than before. */
  z.strictObject({ type: z.literal('readiness-scored'), ...Readiness.shape }),
  /** Which repository and which sub-project a ticket belongs to, and whether another repository was told. */
  z.strictObject({ type: z.literal('routed'), ...RouteDecision.shape }),
  /** Somebody did something that may change the answer (edited, commented, labelled): everything is asked again. */
  z.strictObject({ type: z.literal('reconsidered'), request: RunRequest }),
  z.strictObject({ type: z.literal('override-granted'), grant: Grant }),
  /** Another job goes on with a run that waited. The time between is not the run's own: no limit counts it. */
  z.strictObject({ type: z.literal('resumed'), waitedMs: z.number().int().nonnegative(), holder: z.string().max(500) }),
  /** Somebody used a command, allowed or not. It says what was asked and answered; what follows from it has events of its own. */
  z.strictObject({ type: z.literal('command-used'), command: CommandName.or(z.literal('misread')), by: Actor, allowed: z.boolean(), words: z.string().max(4000), commentId: z.string().max(100).optional(), arguments: z.record(z.string().max(40), z.string().max(2000)).optional() }),
  /** What happened around the work while it was done, looked at right before it is sealed; `round` counts the renewals before it. */
  z.strictObject({ type: z.literal('surroundings-seen'), attempt, tree: TreeSha, round: z.number().int().nonnegative(), base: BaseLook, meetings: z.array(Meeting), verdict: Verdict }),
  /** Results of checks that stand no more, since the base branch moved in what these checks read. They run again. */
  z.strictObject({ type: z.literal('evidence-expired'), attempt, tree: TreeSha, head: CommitSha, checks: z.array(StaleCheck) }),
  /** They ran again, on the tree of the candidate and the base branch together. The candidate's own tree stays what is delivered. */
  z.strictObject({ type: z.literal('evidence-renewed'), attempt, tree: TreeSha, head: CommitSha, merged: TreeSha, checks: z.array(RenewedCheck), verdict: Verdict }),
  z.strictObject({ type: z.literal('packet-sealed'), attempt, tree: TreeSha, packetDigest: Digest, verificationDigest: Digest, truncated: z.boolean() }),
  z.strictObject({ type: z.literal('delivered'), attempt, tree: TreeSha, commit: CommitSha, branch: HeddleBranch, change: Change, reviewers: z.array(z.string()), notes: z.array(z.string()), ci: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('started'), runs: z.array(z.strictObject({ name: z.string(), url: z.string() })) }),
    z.strictObject({ kind: z.literal('none'), why: z.string() }),
  ]), warnings: z.array(z.string()) }),
  z.strictObject({ type: z.literal('follow-up-filed'), ticket: z.string(), url: z.string(), title: z.string() }),
  z.strictObject({ type: z.literal('exhausted'), reason: ExhaustionReason, words: z.string(), refusal: BundleRefusal.optional(), best: z.strictObject({ attempt, tree: TreeSha }).optional() }),
  z.strictObject({ type: z.literal('cancelled'), by: z.string(), best: z.strictObject({ attempt, tree: TreeSha }).optional() }),
  z.strictObject({ type: z.literal('superseded'), by: z.string(), best: z.strictObject({ attempt, tree: TreeSha }).optional() }),
  z.strictObject({ type: z.literal('faulted'), fault: Fault, during: z.string(), best: z.strictObject({ attempt, tree: TreeSha }).optional() }),
]);
export type RunFact = z.infer<typeof RunFact>;
export type RunFactOf<T extends RunFact['type']> = Extract<RunFact, { type: T }>;

/** What the trail adds to every fact: which run, in which place, when, and after which line. */
export const EventEnvelope = z.strictObject({
  version: z.literal(1),
  run: RunId,
  sequence: z.number().int().nonnegative(),
  at: Instant,
  /** The hash of the line before; `null` on the first. */
  previous: Digest.nullable(),
});
export type EventEnvelope = z.infer<typeof EventEnvelope>;

export const RunEvent = z.strictObject({ ...EventEnvelope.shape, fact: RunFact });
export type RunEvent = z.infer<typeof RunEvent>;
