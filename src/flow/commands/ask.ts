import { durationMs } from '../../config/duration.js';
import type { Fault } from '../../domain/fault.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import type { RunState } from '../state.js';
import { instantAfter } from '../instant-after.js';

/** A gate holds the candidate until a person says yes: record the question and until when. The ticket is told when the run lies where an answer finds it. */
export async function ask(context: Context, state: Extract<RunState, { kind: 'judged' }>): Promise<Result<void, Fault>> {
  const { ports, settings, trail } = context;
  const held = (state.verdict.tree.children ?? []).filter((node) => node.effect === 'hold').map((node) => node.words);
  const until = instantAfter(ports.clock.now(), durationMs(settings.config.waiting.expires_after));
  // What may not be delivered any more cannot be allowed either.
  const expiresAt = until < state.order.expiresAt ? until : state.order.expiresAt;
  await trail.append({ type: 'human-asked', question: `May this change be delivered? ${held.join(' ')}`.trim(), why: state.verdict, asks: 'delivery', expiresAt });
  return ok(undefined);
}
