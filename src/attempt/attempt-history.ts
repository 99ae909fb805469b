import type { Candidate, CaptureRefusal } from '../domain/candidate.js';
import type { Fault } from '../domain/fault.js';
import type { JudgedFinding } from '../domain/finding.js';
import type { AttemptStop } from '../domain/stop-reason.js';
import type { Verdict, VerdictNode } from '../domain/verdict.js';

/** What the repair loop knows of one attempt. The fields are those that the fold of the events keeps, and the proof. */
export interface AttemptFacts {
  readonly attempt: number;
  readonly ending: { readonly kind: 'completed' } | { readonly kind: 'stopped'; readonly reason: AttemptStop } | { readonly kind: 'failed'; readonly fault: Fault };
  readonly captured: { readonly kind: 'captured'; readonly candidate: Candidate } | { readonly kind: 'empty' } | { readonly kind: 'refused'; readonly refusals: readonly CaptureRefusal[] };
  readonly findings: readonly JudgedFinding[];
  /** Whether the checks prove the candidate, and if not why; undefined when nothing was captured. */
  readonly proof: { readonly ok: boolean; readonly why: string; readonly words: string } | undefined;
  /** The gates' verdict on the candidate; undefined when nothing was captured. */
  readonly verdict: Verdict | undefined;
}

/** All attempts of a run so far, oldest first. */
export interface AttemptHistory { readonly attempts: readonly AttemptFacts[] }

export type CapturedFacts = AttemptFacts & { readonly captured: { readonly kind: 'captured' } };

export function isCaptured(facts: AttemptFacts): facts is CapturedFacts {
  return facts.captured.kind === 'captured';
}

/** Proven by the checks and not refused by a gate. A hold counts: a person is asked, the work itself is done. */
export function isAcceptable(facts: AttemptFacts): facts is CapturedFacts {
  return isCaptured(facts) && facts.proof?.ok === true && !isDenied(facts);
}

/** A missing verdict counts as denied: nothing is accepted that no gate has seen. */
export function isDenied(facts: AttemptFacts): boolean {
  return facts.verdict === undefined || facts.verdict.effect === 'deny' || facts.verdict.effect === 'error';
}

export function newFindings(facts: AttemptFacts): readonly JudgedFinding[] {
  return facts.findings.filter((finding) => finding.standing === 'new');
}

/** Changed lines; a binary file counts as one. */
export function diffSize(facts: CapturedFacts): number {
  const { stats, files } = facts.captured.candidate;
  return stats.additions + stats.deletions + files.filter((file) => file.binary).length;
}

/** The places that the refusing rules name: what they hold for a person is not the agent's to mend. */
export function gateFindings(verdict: Verdict | undefined): readonly JudgedFinding[] {
  const under = (node: VerdictNode): readonly JudgedFinding[] => {
    if (node.effect !== 'deny' && node.effect !== 'error') return [];
    return [...(node.findings ?? []).map((finding): JudgedFinding => ({ ...finding, standing: 'new' })), ...(node.children ?? []).flatMap(under)];
  };
  return verdict === undefined ? [] : under(verdict.tree);
}
