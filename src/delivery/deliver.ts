import type { Candidate } from '../domain/candidate.js';
import type { Change } from '../domain/change.js';
import type { OwnerRule } from '../domain/codeowners.js';
import type { Fault } from '../domain/fault.js';
import type { CommitSha, HeddleBranch, Instant, TreeSha } from '../domain/ids.js';
import type { Order } from '../domain/order.js';
import { err, ok, type Result } from '../kit/result.js';
import type { SealedPacket } from '../packet/seal.js';
import type { CandidateSource, CheckRunReport, CommitMessage, ForgeWriter, LineNote } from '../ports/forge.js';
import type { Tracker } from '../ports/tracker.js';
import { ciSection } from './ci-section.js';
import { deliveredNote, noteTicket } from './notes.js';
import { reviewersFor } from './reviewers.js';

export interface DeliveryInput {
  readonly order: Order;
  readonly candidate: Candidate;
  readonly sealed: SealedPacket;
  readonly message: CommitMessage;
  /** From the briefed event: CODEOWNERS of the base commit, never of the candidate. */
  readonly owners: readonly OwnerRule[];
  /** Check runs on the commit, each under its own name. */
  readonly reports: readonly CheckRunReport[];
  readonly lineNotes?: readonly LineNote[] | undefined;
  /** The forge may merge it by itself, in this way. */
  readonly mergeBy?: 'merge' | 'squash' | 'rebase' | undefined;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly reviewers: 'codeowners' | 'none';
  /** Named by the rules of the team: people as `login`, teams as `org/team`. They are asked before the owners. */
  readonly namedReviewers?: readonly string[] | undefined;
  readonly startCi: boolean;
  readonly now: Instant;
  /** What people should know beside the packet, e.g. that the base branch moved meanwhile. */
  readonly warnings?: readonly string[];
  /** Where a person finds the evidence of the run, if anywhere. */
  readonly evidenceUrl?: string | undefined;
}

export interface DeliveryPorts {
  readonly writer: ForgeWriter;
  readonly tracker: Tracker | undefined;
  readonly source: CandidateSource;
  /** Checks that must be green on the pushed commit before anything may merge by itself; answers what is against it, in words. */
  readonly headGates?: ((commit: CommitSha) => Promise<readonly string[]>) | undefined;
  /** Told before each step begins. */
  readonly onStep?: (step: DeliveryStep) => void;
  readonly signal?: AbortSignal;
}

/** What GitHub takes at most. */
const REVIEWERS_MAX = 15;

export type DeliveryStep = 'publish' | 'open-change' | 'request-reviews' | 'report-check' | 'note-lines' | 'ask-head-gates' | 'merge-when-ready' | 'start-ci' | 'note-ticket';

/** The fields of the `delivered` fact. */
export interface DeliveredPart {
  attempt: number;
  tree: TreeSha;
  commit: CommitSha;
  branch: HeddleBranch;
  change: Change;
  /** Those whom the forge accepted as reviewers. */
  reviewers: string[];
  /** Addresses of what was written at the ticket. */
  notes: string[];
  ci: { kind: 'started'; runs: { name: string; url: string }[] } | { kind: 'none'; why: string };
  /** What is not there but would have been nice, in words. */
  warnings: string[];
}

/**
 * Brings the sealed tree to the forge: branch, change, reviewers, check, CI, ticket. Refuses any tree but the sealed one,
 * and an order that has expired. Branch and change are essential; what fails after them is a warning. Each write is keyed
 * by its port, so that the whole of this may be repeated after a crash at any place.
 */
export async function deliver(input: DeliveryInput, ports: DeliveryPorts): Promise<Result<DeliveredPart, Fault>> {
  const refusal = refuse(input, ports.source);
  if (refusal !== undefined) return err(refusal);
  const { order, candidate, sealed } = input;
  const { writer, signal } = ports;

  ports.onStep?.('publish');
  const published = await writer.publish(order.branch, ports.source, input.message, signal);
  if (!published.ok) return published;
  const commit = published.value;

  ports.onStep?.('open-change');
  const opened = await writer.upsertChange(order.branch, order.base.branch, { title: sealed.title, body: sealed.markdown, labels: [...input.labels], draft: input.draft }, signal);
  if (!opened.ok) return opened;
  const change = opened.value;

  const warnings: string[] = [...input.warnings ?? []];
  const reviewers = await requestReviews(input, ports, { change, warnings });
  await reportChecks(input, ports, { commit, warnings });
  await noteLines(input, ports, { change, warnings });
  const ci = await startCi(input, ports, { commit, warnings });
  await describeCi(input, ports, { ci, warnings });
  await mergeWhenReady(input, ports, { change, commit, warnings });
  const part: DeliveredPart = { attempt: candidate.attempt, tree: sealed.tree, commit, branch: order.branch, change, reviewers, notes: [], ci, warnings };
  const notes = await tellTicket(input, ports, part);
  return ok({ ...part, notes });
}

function refuse(input: DeliveryInput, source: CandidateSource): Fault | undefined {
  const { order, candidate, sealed, now } = input;
  const fault = (message: string, side: Fault['side'] = 'ours', code: Fault['code'] = 'bug'): Fault => ({ code, side, retryable: false, source: 'delivery', message });
  for (const [name, tree] of [['candidate', candidate.tree], ['source', source.tree]] as const) {
    if (tree !== sealed.tree) return fault(`The ${name} is tree ${tree}, but the packet was sealed for ${sealed.tree}. Nothing was delivered.`);
  }
  for (const [name, base] of [['candidate', candidate.base], ['source', source.base]] as const) {
    if (base !== order.base.commit) return fault(`The ${name} stands on ${base}, but the order says ${order.base.commit}. Nothing was delivered.`);
  }
  // Both are ISO 8601 in UTC with milliseconds: the order of the text is the order in time.
  if (now >= order.expiresAt) return fault(`The order expired at ${order.expiresAt}. Approve the ticket again to start a new run; the change is kept in the evidence.`, 'setup', 'rejected');
  return undefined;
}

async function requestReviews(input: DeliveryInput, ports: DeliveryPorts, at: { readonly change: Change; readonly warnings: string[] }): Promise<string[]> {
  const requester = input.order.requestedBy.login;
  const owners = input.reviewers === 'none' ? [] : reviewersFor(input.owners, input.candidate.files, requester);
  const named = (input.namedReviewers ?? []).filter((name) => name.toLowerCase() !== requester.toLowerCase());
  const wanted = [...new Set([...named, ...owners])].slice(0, REVIEWERS_MAX);
  if (wanted.length === 0) return [];
  if (ports.writer.requestReviews === undefined) {
    at.warnings.push('This forge cannot be asked for reviews; the owners are named in the packet.');
    return [];
  }
  ports.onStep?.('request-reviews');
  const asked = await ports.writer.requestReviews(at.change, wanted, ports.signal);
  if (!asked.ok) {
    at.warnings.push(`Reviews could not be requested: ${asked.error.message}`);
    return [];
  }
  // Nobody waits for a review that was never asked for without knowing it.
  const left = wanted.filter((name) => !asked.value.some((one) => bare(one) === bare(name)));
  if (left.length > 0) at.warnings.push(`The forge did not take ${left.join(', ')} as ${left.length === 1 ? 'a reviewer' : 'reviewers'}: ask yourself, or give the token the right to ask teams.`);
  return [...asked.value];
}

const bare = (name: string): string => name.replace(/^@/, '').toLowerCase();

async function reportChecks(input: DeliveryInput, ports: DeliveryPorts, at: { readonly commit: CommitSha; readonly warnings: string[] }): Promise<void> {
  if (ports.writer.reportCheck === undefined) return;
  ports.onStep?.('report-check');
  for (const report of input.reports) {
    const reported = await ports.writer.reportCheck(at.commit, report, ports.signal);
    if (!reported.ok) at.warnings.push(`The check run «${report.name}» could not be written: ${reported.error.message}`);
  }
}

async function noteLines(input: DeliveryInput, ports: DeliveryPorts, at: { readonly change: Change; readonly warnings: string[] }): Promise<void> {
  const notes = input.lineNotes ?? [];
  if (ports.writer.noteLines === undefined || notes.length === 0) return;
  ports.onStep?.('note-lines');
  const noted = await ports.writer.noteLines(at.change, notes, `${input.order.run}-${input.sealed.tree.slice(0, 12)}`, ports.signal);
  if (!noted.ok) at.warnings.push(`The notes on changed lines could not be written; they stand in the packet and in the check run: ${noted.error.message}`);
}

/** Last of all: everything that a person would want to see is there before anything can be merged. */
async function mergeWhenReady(input: DeliveryInput, ports: DeliveryPorts, at: { readonly change: Change; readonly commit: CommitSha; readonly warnings: string[] }): Promise<void> {
  if (input.mergeBy === undefined || at.change.draft) return;
  if (ports.writer.mergeWhenReady === undefined) {
    at.warnings.push('This forge cannot be asked to merge by itself; a person merges the change.');
    return;
  }
  if (ports.headGates !== undefined) {
    ports.onStep?.('ask-head-gates');
    const against = await ports.headGates(at.commit);
    if (against.length > 0) {
      at.warnings.push(`The change will not merge by itself; a person merges it: ${against.join('; ')}.`);
      return;
    }
  }
  ports.onStep?.('merge-when-ready');
  const asked = await ports.writer.mergeWhenReady(at.change, { head: at.commit, method: input.mergeBy }, ports.signal);
  if (!asked.ok) at.warnings.push(`The change will not merge by itself; a person merges it: ${asked.error.message}`);
}

async function startCi(input: DeliveryInput, ports: DeliveryPorts, at: { readonly commit: CommitSha; readonly warnings: string[] }): Promise<DeliveredPart['ci']> {
  if (!input.startCi) return { kind: 'none', why: 'the setting delivery.start_ci is off' };
  if (ports.writer.startCi === undefined) return { kind: 'none', why: 'this forge starts its own CI, or has none' };
  ports.onStep?.('start-ci');
  const started = await ports.writer.startCi(input.order.branch, at.commit, ports.signal);
  if (!started.ok) {
    at.warnings.push(`The repository's own CI could not be started: ${started.error.message}`);
    return { kind: 'none', why: 'starting it failed' };
  }
  return started.value.runs.length === 0 ? { kind: 'none', why: started.value.why } : { kind: 'started', runs: started.value.runs.map(({ name, url }) => ({ name, url })) };
}

/** Says in the change which CI runs really exist; known only after they were started, and that can take a while. */
async function describeCi(input: DeliveryInput, ports: DeliveryPorts, at: { readonly ci: DeliveredPart['ci']; readonly warnings: string[] }): Promise<void> {
  if (ports.writer.startCi === undefined) return;
  const { order, sealed } = input;
  const text = { title: sealed.title, body: sealed.markdown + ciSection(at.ci, at.warnings), labels: [...input.labels], draft: input.draft };
  const described = await ports.writer.upsertChange(order.branch, order.base.branch, text, ports.signal);
  if (!described.ok) at.warnings.push(`The change does not say which CI runs exist: ${described.error.message}`);
}

async function tellTicket(input: DeliveryInput, ports: DeliveryPorts, part: DeliveredPart): Promise<string[]> {
  if (ports.tracker === undefined || !ports.tracker.capabilities.comments) return [];
  ports.onStep?.('note-ticket');
  const markdown = deliveredNote(part, { run: input.order.run, evidenceUrl: input.evidenceUrl });
  const noted = await noteTicket(ports.tracker, input.order.ticket, { markdown, signal: ports.signal });
  if (!noted.ok) {
    part.warnings.push(`The ticket could not be told: ${noted.error.message}`);
    return [];
  }
  return noted.value === undefined ? [] : [noted.value];
}
