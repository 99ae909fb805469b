import { durationMs } from '../../config/duration.js';
import type { Fault } from '../../domain/fault.js';
import type { Verdict, VerdictNode } from '../../domain/verdict.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import { foundAround } from '../decide-sealing.js';
import { namesOf } from '../held-rules.js';
import type { RunState } from '../state.js';
import { instantAfter } from '../instant-after.js';

/** A gate holds the candidate until a person says yes: record the question and until when. The ticket is told when the run lies where an answer finds it. */
export async function ask(context: Context, state: Extract<RunState, { kind: 'judged' | 'answered' }>): Promise<Result<void, Fault>> {
  const { ports, settings, trail } = context;
  const { why, gates } = whyHeld(state);
  const held = (why.tree.children ?? []).filter((node) => node.effect === 'hold').map((node) => node.words);
  const until = instantAfter(ports.clock.now(), durationMs(settings.config.waiting.expires_after));
  // What may not be delivered any more cannot be allowed either.
  const expiresAt = until < state.order.expiresAt ? until : state.order.expiresAt;
  await trail.append({ type: 'human-asked', question: `May this change be delivered? ${held.join(' ')}`.trim(), why, asks: gates ? 'delivery' : 'overlap', expiresAt });
  return ok(undefined);
}

/** What the gates hold, and what was found around the work, as one verdict: a person is asked once. What was agreed to stays out of it. */
function whyHeld(state: Extract<RunState, { kind: 'judged' | 'answered' }>): { readonly why: Verdict; readonly gates: boolean } {
  const record = state.attempts.find((one) => one.attempt === state.attempt);
  if (record?.verdict === undefined) throw new Error('a candidate without a verdict was about to be asked about');
  const fresh = (node: VerdictNode): boolean => node.effect === 'allow' || namesOf(node).some((rule) => record.agreed?.includes(rule) !== true);
  const gates = record.verdict.effect === 'hold' && namesOf(record.verdict.tree).some((rule) => record.agreed?.includes(rule) !== true);
  const around = foundAround(record).filter(fresh);
  const { tree } = record.verdict;
  return { gates, why: { effect: 'hold', tree: { ...tree, effect: 'hold', children: [...(tree.children ?? []).filter(fresh), ...around] } } };
}
