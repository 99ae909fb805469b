import { declineReason, declineWords } from '../../admission/words.js';
import type { Fault } from '../../domain/fault.js';
import type { RunRequest } from '../../domain/request.js';
import { ok, type Result } from '../../kit/result.js';
import { tellTicket } from '../commands/tell-ticket.js';
import type { Context } from '../context.js';
import type { RunFactOf } from '../event.js';
import { instantAfter } from '../instant-after.js';
import { ORDER_VALID_MS } from './seal-order.js';
import type { Stop } from './stage.js';

/** Records why admission went no further, and says it at the ticket. */
export async function stopAdmission(context: Context, request: RunRequest, stop: Stop): Promise<Result<void, Fault>> {
  return stop.kind === 'decline' ? decline(context, request, stop) : ask(context, request, stop);
}

/** Nothing forbids the work, and a person must do something first: the run waits, with everything it holds. */
async function ask(context: Context, request: RunRequest, held: Extract<Stop, { kind: 'ask' }>): Promise<Result<void, Fault>> {
  const words = (held.verdict.tree.children ?? []).filter((node) => node.effect === 'hold').map((node) => node.words);
  const fact: RunFactOf<'human-asked'> = { type: 'human-asked', question: words.join('; '), why: held.verdict, asks: held.asks, expiresAt: instantAfter(context.ports.clock.now(), ORDER_VALID_MS) };
  await tellTicket(context, request.ticket, fact);
  await context.trail.append(fact);
  return ok(undefined);
}

/** Declines with the one comment that says what to do; the detail (which command was skipped and why) is for the log and the trail. */
async function decline(context: Context, request: RunRequest, refusal: Extract<Stop, { kind: 'decline' }>): Promise<Result<void, Fault>> {
  const { why, next } = declineReason(refusal.code, refusal.known);
  const words = [why, refusal.detail, `What to do: ${next}`].filter(Boolean).join(' ');
  await tellTicket(context, request.ticket, declineWords(refusal.code, refusal.known));
  await context.trail.append({ type: 'declined', code: refusal.code, words, verdict: refusal.verdict });
  return ok(undefined);
}
