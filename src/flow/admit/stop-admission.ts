import { declineReason, declineWords, type DeclineFacts } from '../../admission/words.js';
import { durationMs } from '../../config/duration.js';
import type { Fault } from '../../domain/fault.js';
import { mayBeginWork, type RunRequest } from '../../domain/request.js';
import type { DeclineCode } from '../../domain/stop-reason.js';
import { ok, type Result } from '../../kit/result.js';
import { answerCommand } from '../commands/answer-command.js';
import { tellTicket } from '../commands/tell-ticket.js';
import type { Context } from '../context.js';
import type { RunFactOf } from '../event.js';
import { giveBack } from '../give-back.js';
import { instantAfter } from '../instant-after.js';
import { holdTicket } from '../waiting/keep-waiting.js';
import { warn } from '../warn.js';
import { denied, type Stop } from './stage.js';

type Decline = Extract<Stop, { kind: 'decline' }>;
type Ask = Extract<Stop, { kind: 'ask' }>;

/** Records why admission went no further. What is declined is said at the ticket at once, a question when the run lies where an answer finds it. */
export async function stopAdmission(context: Context, stop: Stop, { latest: request, claimed }: { readonly latest: RunRequest; readonly claimed: boolean }): Promise<Result<void, Fault>> {
  if (stop.kind === 'ended') return ok(undefined);
  if (stop.kind === 'decline') return decline(context, stop, { latest: request, claimed });
  const words = questionOf(stop);
  const expiresAt = instantAfter(context.ports.clock.now(), durationMs(context.settings.config.waiting.expires_after));
  // Held before the question is recorded: a run that cannot keep its ticket, or cannot be kept, must not say that it waits.
  const held = context.settings.dryRun || context.ports.waiting === undefined ? ok(undefined) : await holdTicket(context, expiresAt);
  if (!held.ok && held.error.code === 'forbidden') return decline(context, instead(stop, { code: 'cannot-wait', rule: 'may-wait', words: 'this job\'s token may not keep a waiting run', known: { question: words } }), { latest: request, claimed });
  if (!held.ok && held.error.code === 'conflict' && !held.error.retryable) return decline(context, instead(stop, { code: 'already-running', rule: 'claim', words: held.error.message, known: {} }), { latest: request, claimed: false });
  if (!held.ok) return held;
  const fact: RunFactOf<'human-asked'> = { type: 'human-asked', question: words, why: stop.verdict, asks: stop.asks, expiresAt, ...approvalOf(context, stop) };
  await context.trail.append(fact);
  return ok(undefined);
}

/** Where an approval is missing: the words that give it, and all that it covers. */
function approvalOf({ settings }: Context, { asks, approval }: Ask): Pick<RunFactOf<'human-asked'>, 'approval'> {
  if (asks !== 'approval' || approval === undefined) return {};
  const { base, config, policyDigest, limits } = settings;
  return { approval: { ...approval, base: base.branch, agent: config.agent.id, model: config.agent.model, policy: policyDigest, attempts: limits.attemptsMax, cost: limits.costMicroUsdMax, wallMs: limits.runWallMsMax } };
}

function questionOf(stop: Ask): string {
  return (stop.verdict.tree.children ?? []).filter((node) => node.effect === 'hold').map((node) => node.words).join('; ');
}

function instead(stop: Ask, why: { readonly code: DeclineCode; readonly rule: string; readonly words: string; readonly known: DeclineFacts }): Decline {
  return { kind: 'decline', code: why.code, verdict: denied(stop.verdict, { rule: why.rule, effect: 'deny', words: why.words }), known: why.known };
}

/** Declines with the one comment that says what to do; the detail (which command was skipped and why) is for the log and the trail. */
async function decline(context: Context, refusal: Decline, { latest: request, claimed }: { readonly latest: RunRequest; readonly claimed: boolean }): Promise<Result<void, Fault>> {
  const { why, next } = declineReason(refusal.code, refusal.known);
  const words = [why, refusal.detail, `What to do: ${next}`].filter(Boolean).join(' ');
  const note = declineWords(refusal.code, refusal.known);
  await tell(context, { request, note, known: refusal.known });
  // Taken by a stage before this one, or while the run waited; another run's claim is left alone.
  const kept = claimed || context.trail.events.some(({ fact }) => fact.type === 'human-asked') ? await giveBack(context, request.ticket) : undefined;
  if (kept !== undefined) await warn(context, kept);
  await context.trail.append({ type: 'declined', code: refusal.code, words, verdict: refusal.verdict });
  return ok(undefined);
}

/**
 * The one note of a ticket that has a change links it, and goes on doing so when that is merged or closed. While it is open only who
 * wrote a command gets an answer beside it; for any other act the note is the answer, and the refusal stands in the trail and in the
 * job summary. When it is not open any more, whoever wants new work is answered there too.
 */
async function tell(context: Context, { request, note, known }: { readonly request: RunRequest; readonly note: string; readonly known: DeclineFacts }): Promise<void> {
  const { trigger, ticket } = request;
  if (known.changeUrl === undefined && known.delivered === undefined) return tellTicket(context, ticket, note);
  const commanded = trigger.kind === 'command' || trigger.kind === 'comment';
  if (commanded || (known.changeUrl === undefined && mayBeginWork(trigger))) await answerCommand(context, ticket, note);
}
