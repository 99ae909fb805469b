import type { Digest, TreeSha } from '../domain/ids.js';
import type { Limits } from '../domain/limits.js';
import type { ExhaustionReason } from '../domain/stop-reason.js';
import type { ModelUsage } from '../domain/usage.js';
import { diffSize, gateFindings, isAcceptable, isCaptured, isDenied, newFindings, type AttemptFacts, type AttemptHistory, type CapturedFacts } from './attempt-history.js';
import { progressStop, type Stop } from './stop-rules.js';

export type { AttemptFacts, AttemptHistory } from './attempt-history.js';

export type NextStep =
  | { readonly kind: 'accept'; readonly attempt: number; readonly tree: TreeSha }
  | { readonly kind: 'repair'; readonly because: 'findings' | 'agent-stopped' | 'capture-refused' | 'gate-denied' | 'empty-change'; readonly findings: readonly Digest[]; readonly soft: boolean }
  | { readonly kind: 'stop'; readonly reason: ExhaustionReason; readonly words: string };

/** What the run has used so far. `spent` is the gateway's own count over all attempts. */
export interface Used { readonly elapsedMs: number; readonly spent: ModelUsage }

const SOFT_SHARE = 0.8;

/**
 * What follows an attempt: accept it, repair it, or stop. Pure and total for a history of at least one attempt. The
 * loop ends after `attemptsMax` at the latest; progress rules end it sooner. `soft` tells the next attempt to land:
 * it is the last one, or a limit is used to 80 %.
 *
 * @throws TypeError for an empty history: before the first attempt there is nothing to plan.
 */
export function planNext(history: AttemptHistory, limits: Limits, now: Used): NextStep {
  const last = history.attempts.at(-1);
  if (last === undefined) throw new TypeError('planNext needs at least one attempt');
  const accepted = history.attempts.find(isAcceptable);
  if (accepted !== undefined) return { kind: 'accept', attempt: accepted.attempt, tree: accepted.captured.candidate.tree };
  const stop = uselessToRepair(last) ?? progressStop(history) ?? limitStop(history, limits, now);
  if (stop !== undefined) return { kind: 'stop', ...stop };
  return { kind: 'repair', because: because(last), findings: [...new Set([...newFindings(last), ...gateFindings(last.verdict)].map((finding) => finding.fingerprint))], soft: isSoft(history, limits, now) };
}

/**
 * The attempt to keep when the loop ends, whatever its reason: proven first, then one that no gate refuses, then the
 * fewest new findings, then the smaller change, then the earlier one. Undefined when nothing was ever captured.
 */
export function bestCandidate(history: AttemptHistory): { readonly attempt: number; readonly tree: TreeSha } | undefined {
  const best = history.attempts.filter(isCaptured).reduce<CapturedFacts | undefined>((kept, facts) => (kept === undefined || isBetter(facts, kept) ? facts : kept), undefined);
  return best === undefined ? undefined : { attempt: best.attempt, tree: best.captured.candidate.tree };
}

function isBetter(a: CapturedFacts, b: CapturedFacts): boolean {
  const rank = (facts: CapturedFacts): readonly number[] => [facts.proof?.ok === true ? 0 : 1, isDenied(facts) ? 1 : 0, newFindings(facts).length, diffSize(facts), facts.attempt];
  const [left, right] = [rank(a), rank(b)];
  const differs = left.findIndex((value, index) => value !== right[index]);
  return differs >= 0 && (left[differs] ?? 0) < (right[differs] ?? 0);
}

/** Endings that no further attempt can change, because the agent is not the cause. */
function uselessToRepair(last: AttemptFacts): Stop | undefined {
  if (last.ending.kind === 'stopped') {
    const { reason } = last.ending;
    if (reason === 'cost') return { reason: 'cost', words: 'The money for this run is used up.' };
    if (reason === 'tokens') return { reason: 'tokens', words: 'The tokens for this run are used up.' };
    if (reason === 'model-calls') return { reason: 'tokens', words: 'The model calls for this run are used up.' };
  }
  if (!isCaptured(last) || last.proof === undefined) return undefined;
  if (last.proof.why === 'no-checks') return { reason: 'no-checks', words: `Nothing can be proven: ${last.proof.words}.` };
  if (last.proof.why === 'checks-errored' || last.proof.why === 'cancelled') return { reason: 'checks-errored', words: `The checks gave no answer: ${last.proof.words}.` };
  return undefined;
}

function limitStop(history: AttemptHistory, limits: Limits, now: Used): Stop | undefined {
  const { elapsedMs, spent } = now;
  if (spent.cost >= limits.costMicroUsdMax) return { reason: 'cost', words: 'The money for this run is used up.' };
  if (tokens(spent) >= limits.tokensMax) return { reason: 'tokens', words: 'The tokens for this run are used up.' };
  if (spent.calls >= limits.modelCallsMax) return { reason: 'tokens', words: 'The model calls for this run are used up.' };
  if (elapsedMs >= limits.runWallMsMax) return { reason: 'wall', words: 'The time for this run is used up.' };
  if (history.attempts.length >= limits.attemptsMax) return { reason: 'attempts', words: `All ${limits.attemptsMax} attempts are used.` };
  return undefined;
}

function because(last: AttemptFacts): 'findings' | 'agent-stopped' | 'capture-refused' | 'gate-denied' | 'empty-change' {
  if (last.captured.kind === 'refused') return 'capture-refused';
  if (last.captured.kind === 'empty') return last.ending.kind === 'completed' ? 'empty-change' : 'agent-stopped';
  if (newFindings(last).length > 0) return 'findings';
  if (isDenied(last)) return 'gate-denied';
  return last.ending.kind === 'completed' ? 'findings' : 'agent-stopped';
}

function isSoft(history: AttemptHistory, limits: Limits, now: Used): boolean {
  const shares = [now.spent.cost / limits.costMicroUsdMax, tokens(now.spent) / limits.tokensMax, now.spent.calls / limits.modelCallsMax, now.elapsedMs / limits.runWallMsMax];
  return history.attempts.length + 1 >= limits.attemptsMax || shares.some((share) => share >= SOFT_SHARE);
}

function tokens(spent: ModelUsage): number {
  return spent.inputTokens + spent.cacheReadTokens + spent.cacheWriteTokens + spent.outputTokens;
}
