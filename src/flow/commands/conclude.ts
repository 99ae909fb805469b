import type { Fault } from '../../domain/fault.js';
import type { Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import type { Ending } from '../command.js';
import { giveBack } from '../give-back.js';
import { keepCandidate } from '../keep-candidate.js';
import type { WorkState } from '../state.js';
import { giveApprovalsBack } from '../use-approvals.js';
import { warn } from '../warn.js';
import { tellTicket } from './tell-ticket.js';

/**
 * Ends a run that delivers nothing: tells the people at the ticket, gives the claim back, then records the end. Telling
 * comes first and is keyed, so that a crash between repeats it harmlessly; it is best effort, since the end must be
 * recorded even when the forge is away.
 */
export async function conclude(context: Context, fact: Ending): Promise<Result<void, Fault>> {
  const { settings, trail } = context;
  const state = trail.state;
  if ('attempts' in state && fact.best !== undefined) await keepBest(context, state, fact.best.attempt);
  if ('request' in state) {
    await tellTicket(context, state.request.ticket, fact);
    const kept = await giveBack(context, state.request.ticket);
    if (kept !== undefined) await warn(context, kept);
    if (state.kind === 'sealed' && (settings.phase === undefined || settings.phase === 'deliver')) await giveApprovalsBack(context, state.order);
  }
  await trail.append(fact);
  return { ok: true, value: undefined };
}

/** Paid work is never lost. A bundle that cannot be written must not keep the end from being recorded: the patch is there. */
async function keepBest(context: Context, state: WorkState, attempt: number): Promise<void> {
  const captured = state.attempts.find((record) => record.attempt === attempt)?.captured;
  if (captured?.kind !== 'captured') return;
  try {
    const proven = context.trail.events.some(({ fact }) => fact.type === 'packet-sealed' && fact.tree === captured.candidate.tree);
    await keepCandidate(context, state, captured.candidate, proven);
  } catch (cause) {
    await context.ports.evidence.writeText('change.lost.txt', `The best candidate could not be kept: ${String(cause)}\n`);
  }
}
