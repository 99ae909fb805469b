import { digestOf, digestOfJson } from '../domain/digest.js';
import type { Fault } from '../domain/fault.js';
import type { VerdictNode } from '../domain/verdict.js';
import type { RunFact, RunFactOf } from '../flow/event.js';

/** What is left of a fact for the ledger. */
export interface BareFact { readonly type: string; readonly [member: string]: unknown }

/**
 * A fact without contents: texts of tickets, agents, findings and services become digests or go; our own words, closed codes,
 * names of people, amounts and digests stay. What an authorised person gave as the reason of an act of theirs stays too: it is
 * the reason. A type that has no rule here is a digest.
 */
export function withoutContents(fact: RunFact): BareFact {
  switch (fact.type) {
    case 'requested': case 'reconsidered': case 'override-granted': case 'approval-given': case 'check-started': case 'repair-planned': case 'verification-confirmed': case 'packet-sealed': case 'cancelled': case 'superseded': return { ...fact };
    case 'declined': return { type: fact.type, code: fact.code, verdict: bareVerdict(fact.verdict) };
    case 'admitted': return { type: fact.type, order: fact.order, orderDigest: fact.orderDigest, snapshot: fact.snapshot.digest, verdict: bareVerdict(fact.verdict) };
    case 'human-asked': return { type: fact.type, question: words(fact.question), why: bareVerdict(fact.why), ...(fact.asks === undefined ? {} : { asks: fact.asks }), ...(fact.expiresAt === undefined ? {} : { expiresAt: fact.expiresAt }) };
    case 'human-answered': return { type: fact.type, answer: fact.answer, by: fact.by, ...(fact.note === undefined ? {} : { note: words(fact.note) }) };
    case 'command-used': return { type: fact.type, command: fact.command, by: fact.by, allowed: fact.allowed, words: words(fact.words), ...(fact.commentId === undefined ? {} : { commentId: fact.commentId }), ...(fact.arguments === undefined ? {} : { arguments: Object.fromEntries(Object.entries(fact.arguments).map(([key, value]) => [key, words(value)])) }) };
    case 'exhausted': return { type: fact.type, reason: fact.reason, words: words(fact.words), ...(fact.refusal === undefined ? {} : { refusal: fact.refusal.code }), ...(fact.best === undefined ? {} : { best: fact.best }) };
    case 'faulted': return { type: fact.type, fault: bareFault(fact.fault), during: fact.during, ...(fact.best === undefined ? {} : { best: fact.best }) };
    case 'delivered': return { type: fact.type, attempt: fact.attempt, tree: fact.tree, commit: fact.commit, branch: fact.branch, change: { number: fact.change.number, url: fact.change.url, branch: fact.change.branch }, reviewers: fact.reviewers, ci: fact.ci.kind, warnings: fact.warnings.length };
    case 'gate-evaluated': return { type: fact.type, attempt: fact.attempt, tree: fact.tree, verdict: bareVerdict(fact.verdict) };
    default: return work(fact);
  }
}

type WorkFact = Exclude<RunFact, RunFactOf<'requested' | 'reconsidered' | 'override-granted' | 'approval-given' | 'check-started' | 'repair-planned' | 'verification-confirmed' | 'packet-sealed' | 'cancelled' | 'superseded' | 'declined' | 'admitted' | 'human-asked' | 'human-answered' | 'command-used' | 'exhausted' | 'faulted' | 'delivered' | 'gate-evaluated'>>;

function work(fact: WorkFact): BareFact {
  switch (fact.type) {
    case 'briefed': return { type: fact.type, briefDigest: fact.briefDigest, checks: fact.checks.map((check) => check.id), likelyFiles: fact.likelyFiles.length, instructionFiles: fact.instructionFiles.map((file) => file.digest) };
    case 'attempt-started': return { ...fact };
    case 'agent-reported': {
      const { ending, usage, toolCalls, outputBytes, durationMs, transcriptDigest, modelCalls, priceSource } = fact;
      const bare = ending.kind === 'failed' ? { kind: ending.kind, fault: bareFault(ending.fault) } : ending;
      return { type: fact.type, attempt: fact.attempt, ending: bare, usage, toolCalls, outputBytes, durationMs, transcriptDigest, summary: digestOf(fact.summary), ...(modelCalls === undefined ? {} : { modelCalls }), ...(priceSource === undefined ? {} : { priceSource }), ...(fact.egress === undefined ? {} : { egress: digestOfJson(fact.egress) }) };
    }
    case 'candidate-captured': {
      const { outcome } = fact;
      if (outcome.kind === 'captured') return { type: fact.type, attempt: fact.attempt, outcome: { kind: outcome.kind, base: outcome.candidate.base, tree: outcome.candidate.tree, stats: outcome.candidate.stats, patchDigest: outcome.candidate.patchDigest } };
      return { type: fact.type, attempt: fact.attempt, outcome: outcome.kind === 'empty' ? outcome : { kind: outcome.kind, refusals: outcome.refusals.map((refusal) => refusal.code) } };
    }
    case 'check-finished': {
      const { check, outcome, durationMs, tests, findings, logDigest } = fact.result;
      const bare = outcome.kind === 'errored' ? { kind: outcome.kind, fault: bareFault(outcome.fault) } : outcome;
      return { type: fact.type, attempt: fact.attempt, tree: fact.tree, result: { check, outcome: bare, durationMs, findings, ...(tests === undefined ? {} : { tests }), ...(logDigest === undefined ? {} : { logDigest }) } };
    }
    case 'findings-collected': return { type: fact.type, attempt: fact.attempt, tree: fact.tree, findings: fact.findings.slice(0, FINDINGS_MAX).map((finding) => ({ fingerprint: finding.fingerprint, source: finding.source, severity: finding.severity, standing: finding.standing })), count: fact.findings.length, fixed: fact.fixed.length, truncated: fact.truncated };
    case 'bundle-received': return { type: fact.type, attempt: fact.attempt, base: fact.candidate.base, tree: fact.candidate.tree, stats: fact.candidate.stats, manifest: fact.manifest, bundle: fact.bundle, reported: { ...fact.reported, summary: digestOf(fact.reported.summary) } };
    case 'follow-up-filed': return { type: fact.type, ticket: fact.ticket, url: fact.url, title: digestOf(fact.title) };
    default: return bareOther(fact);
  }
}

/** Facts that this file has no rule for yet: that they happened, and their digest. Scores and codes at their top stay. */
function bareOther(fact: { readonly type: string }): BareFact {
  const plain = Object.entries(fact).filter(([, value]) => typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && /^[a-z0-9][a-z0-9:._-]{0,79}$/.test(value)));
  return { ...Object.fromEntries(plain), type: fact.type, digest: digestOfJson(fact) };
}

/** The tree of a verdict: rules, effects, our words and the values they saw. Places in files are only counted. */
function bareVerdict(verdict: { readonly effect: string; readonly tree: VerdictNode }): { readonly effect: string; readonly tree: BareNode } {
  return { effect: verdict.effect, tree: bareNode(verdict.tree, 0) };
}

interface BareNode { readonly rule: string; readonly effect: string; readonly words: string; readonly values?: VerdictNode['values']; readonly children?: readonly BareNode[] }

function bareNode(node: VerdictNode, depth: number): BareNode {
  const values = node.values === undefined ? undefined : Object.fromEntries(Object.entries(node.values).filter(([key]) => !OF_TICKETS.has(key)).slice(0, VALUES_MAX).map(([key, value]) => [key, typeof value === 'string' ? words(value) : typeof value === 'object' ? value.slice(0, LIST_MAX).map(words) : value]));
  const children = depth < DEPTH_MAX ? node.children?.slice(0, CHILDREN_MAX).map((child) => bareNode(child, depth + 1)) : undefined;
  return { rule: node.rule, effect: node.effect, words: words(node.words), ...(values === undefined ? {} : { values }), ...(children === undefined ? {} : { children }) };
}

function bareFault({ code, side, retryable, source }: Fault): Omit<Fault, 'message'> {
  return { code, side, retryable, source };
}

function words(text: string): string {
  return text.length <= WORDS_CHARS_MAX ? text : `${text.slice(0, WORDS_CHARS_MAX - 1)}…`;
}

/** Values that hold words of tickets: people at the ticket see them, and the ledger does not. */
const OF_TICKETS: ReadonlySet<string> = new Set(['shared']);

const WORDS_CHARS_MAX = 500;
const VALUES_MAX = 30;
const LIST_MAX = 30;
const CHILDREN_MAX = 200;
const DEPTH_MAX = 8;
const FINDINGS_MAX = 500;
