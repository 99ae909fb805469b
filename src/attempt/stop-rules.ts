import type { ExhaustionReason } from '../domain/stop-reason.js';
import type { Verdict, VerdictNode } from '../domain/verdict.js';
import { diffSize, isCaptured, isDenied, newFindings, type AttemptFacts, type AttemptHistory, type CapturedFacts } from './attempt-history.js';

export interface Stop { readonly reason: ExhaustionReason; readonly words: string }

/** A diff below this many lines is never called growing: twice of little is still little. */
const GROWTH_LINES_MIN = 40;

/**
 * The progress rules, each a pure look at the history whose last attempt did not succeed: a repair that learns nothing
 * new is not worth its money. The first that speaks ends the loop.
 */
export function progressStop(history: AttemptHistory): Stop | undefined {
  const last = history.attempts.at(-1);
  if (last === undefined || wasCutOff(last)) return undefined;
  const earlier = history.attempts.slice(0, -1).filter((facts) => !wasCutOff(facts));
  // What a gate refuses is said before the tree that came back with it: it is what a person can mend.
  if (last.ending.kind === 'failed' && leftNothingNew(last, earlier)) return agentFailed(last, earlier);
  for (const rule of [emptyTwice, refusedTwice, deniedTwice, oscillating, repeatedFindings, growing]) {
    const stop = rule(last, earlier);
    if (stop !== undefined) return stop;
  }
  return undefined;
}

/** The process that ran the session died with it: what it left says nothing about progress. The number of attempts still bounds it. */
function wasCutOff({ ending }: AttemptFacts): boolean {
  return ending.kind === 'stopped' && ending.reason === 'cancelled';
}

type Rule = (last: AttemptFacts, earlier: readonly AttemptFacts[]) => Stop | undefined;

/** No candidate, or one that was there before: a failed session in an untouched folder. */
function leftNothingNew(last: AttemptFacts, earlier: readonly AttemptFacts[]): boolean {
  if (!isCaptured(last)) return true;
  const { tree } = last.captured.candidate;
  return earlier.some((facts) => isCaptured(facts) && facts.captured.candidate.tree === tree);
}

/** A session that failed and left nothing new: once more if its fault says that waiting helps, else the end. */
const agentFailed: Rule = (last, earlier) => {
  if (last.ending.kind !== 'failed') return undefined;
  const { fault } = last.ending;
  const before = earlier.at(-1);
  const again = before?.ending.kind === 'failed' && leftNothingNew(before, earlier.slice(0, -1));
  if (fault.retryable && !again) return undefined;
  return { reason: 'agent-failed', words: `The agent failed${again ? ' twice in a row' : ''} and left no new change: ${fault.message}` };
};

const emptyTwice: Rule = (last, earlier) => {
  const empty = (facts: AttemptFacts): boolean => facts.captured.kind === 'empty';
  const before = earlier.find(empty);
  if (!empty(last) || before === undefined) return undefined;
  return { reason: 'empty-change', words: `Attempts ${before.attempt} and ${last.attempt} changed nothing.` };
};

const refusedTwice: Rule = (last, earlier) => {
  const codes = refusalCodes(last);
  const before = codes === undefined ? undefined : earlier.find((facts) => refusalCodes(facts) === codes);
  if (before === undefined) return undefined;
  return { reason: 'capture-refused', words: `Attempts ${before.attempt} and ${last.attempt} left files that are refused for the same reasons (${codes}).` };
};

const oscillating: Rule = (last, earlier) => {
  if (!isCaptured(last)) return undefined;
  const before = earlier.find((facts) => isCaptured(facts) && facts.captured.candidate.tree === last.captured.candidate.tree);
  if (before === undefined) return undefined;
  return { reason: 'oscillating-tree', words: `Attempt ${last.attempt} came back to the very tree of attempt ${before.attempt}.` };
};

const repeatedFindings: Rule = (last, earlier) => {
  const key = findingsKey(last);
  const before = key === undefined ? undefined : earlier.find((facts) => findingsKey(facts) === key);
  if (before === undefined) return undefined;
  const count = newFindings(last).length;
  return { reason: 'repeated-findings', words: `Attempts ${before.attempt} and ${last.attempt} ended with the same ${count === 1 ? 'finding' : `${count} findings`}.` };
};

const deniedTwice: Rule = (last, earlier) => {
  const key = denialKey(last);
  const before = key === undefined ? undefined : earlier.find((facts) => denialKey(facts) === key);
  if (before === undefined) return undefined;
  return { reason: 'gate-denied', words: `Attempts ${before.attempt} and ${last.attempt} were refused by the same gate rules.` };
};

const growing: Rule = (last, earlier) => {
  if (!isCaptured(last)) return undefined;
  const smallest = earlier.filter(isCaptured).reduce<CapturedFacts | undefined>((least, facts) => (least === undefined || diffSize(facts) < diffSize(least) ? facts : least), undefined);
  if (smallest === undefined) return undefined;
  const [before, now] = [diffSize(smallest), diffSize(last)];
  if (now < GROWTH_LINES_MIN || now <= before * 2 || newFindings(last).length < newFindings(smallest).length) return undefined;
  return { reason: 'growing-diff', words: `The change grew from ${before} lines (attempt ${smallest.attempt}) to ${now} (attempt ${last.attempt}) with no fewer findings.` };
};

/** The set of new findings and why the proof failed; undefined for an attempt that the checks do not hold back. */
function findingsKey(facts: AttemptFacts): string | undefined {
  if (!isCaptured(facts) || facts.proof === undefined || facts.proof.ok) return undefined;
  return [facts.proof.why, ...new Set(newFindings(facts).map((finding) => finding.fingerprint))].sort().join('\n');
}

/** Which rules refused, and for which values; undefined when none did or when the checks are the matter. */
function denialKey(facts: AttemptFacts): string | undefined {
  if (!isCaptured(facts) || facts.proof?.ok !== true || !isDenied(facts)) return undefined;
  return denials(facts.verdict).sort().join('\n');
}

function denials(verdict: Verdict | undefined): string[] {
  const refusing = (node: VerdictNode): readonly VerdictNode[] => {
    if (node.effect !== 'deny' && node.effect !== 'error') return [];
    const below = (node.children ?? []).flatMap(refusing);
    return below.length > 0 ? below : [node];
  };
  return verdict === undefined ? [] : refusing(verdict.tree).map((node) => JSON.stringify([node.rule, node.values ?? {}]));
}

function refusalCodes(facts: AttemptFacts): string | undefined {
  if (facts.captured.kind !== 'refused') return undefined;
  return [...new Set(facts.captured.refusals.map((refusal) => refusal.code))].sort().join(', ');
}
