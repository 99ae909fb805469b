import type { RuleAnswer } from '../../admission/rule.js';
import type { DeclineFacts } from '../../admission/words.js';
import type { Fault } from '../../domain/fault.js';
import type { WaitKind } from '../../domain/grant.js';
import type { Digest } from '../../domain/ids.js';
import type { DeclineCode } from '../../domain/stop-reason.js';
import { strictest, type Verdict, type VerdictNode } from '../../domain/verdict.js';
import { ok, type Result } from '../../kit/result.js';

/** Admission goes no further: the request is declined for good, the run waits until a person did something, or it has ended and told so already. */
export type Stop =
  | { readonly kind: 'ended' }
  | { readonly kind: 'decline'; readonly code: DeclineCode; readonly verdict: Verdict; readonly known: DeclineFacts; readonly detail?: string | undefined }
  | { readonly kind: 'ask'; readonly asks: WaitKind; readonly verdict: Verdict; readonly approval?: AskedApproval | undefined };

/** What a person is asked to approve: the digest that names the text with its bounds, and which text that is. */
export interface AskedApproval { readonly digest: Digest; readonly snapshot: Digest }

/** What a stage of admission answers: what it found, for the next one, or the stop. A fault leaves everything open. */
export type Staged<T> = Result<{ readonly kind: 'on'; readonly value: T } | Stop, Fault>;

export function on<T>(value: T): Staged<T> {
  return ok({ kind: 'on', value });
}

/** Hands what one stage found to the next; a stop or a fault goes past all that would follow. */
export async function then<A, B>(before: Staged<A>, next: (value: A) => Staged<B> | Promise<Staged<B>>): Promise<Staged<B>> {
  if (!before.ok) return before;
  return before.value.kind === 'on' ? next(before.value.value) : ok(before.value);
}

/** The verdict with one more rule that forbids. */
export function denied(verdict: Verdict, node: VerdictNode): Verdict {
  return { effect: 'deny', tree: { ...verdict.tree, effect: 'deny', words: `not admitted: ${node.rule}`, children: [...verdict.tree.children ?? [], node] } };
}

/** The verdict with more rules that were asked later: allowed when all allow, else the stop that the first of them asks for. */
export function settled<T extends { readonly verdict: Verdict }>(before: T, answers: readonly RuleAnswer[], known: DeclineFacts): Staged<T> {
  const nodes = answers.map((answer) => answer.node);
  const stopping = nodes.filter((node) => node.effect !== 'allow');
  const effect = strictest([before.verdict.effect, ...nodes.map((node) => node.effect)]);
  const words = stopping.length === 0 ? before.verdict.tree.words : `not admitted: ${stopping.map((node) => node.rule).join(', ')}`;
  const verdict: Verdict = { effect, tree: { ...before.verdict.tree, effect, words, children: [...before.verdict.tree.children ?? [], ...nodes] } };
  const decline = answers.find((answer) => answer.node.effect !== 'allow' && answer.asks === undefined);
  if (decline?.code !== undefined) return ok({ kind: 'decline', code: decline.code, verdict, known, detail: decline.node.words });
  const asks = answers.find((answer) => answer.asks !== undefined && answer.node.effect === 'hold')?.asks;
  return asks === undefined ? on({ ...before, verdict }) : ok({ kind: 'ask', asks, verdict });
}
