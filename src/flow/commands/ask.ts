import type { Fault } from '../../domain/fault.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import type { RunFactOf } from '../event.js';
import type { RunState } from '../state.js';
import { tellTicket } from './tell-ticket.js';

/** A gate holds the candidate until a person says yes: ask at the ticket, record the question, and rest. */
export async function ask(context: Context, state: Extract<RunState, { kind: 'judged' }>): Promise<Result<void, Fault>> {
  const held = (state.verdict.tree.children ?? []).filter((node) => node.effect === 'hold').map((node) => node.words);
  const fact: RunFactOf<'human-asked'> = { type: 'human-asked', question: `May this change be delivered? ${held.join(' ')}`.trim(), why: state.verdict };
  await tellTicket(context, state.order.ticket, fact);
  await context.trail.append(fact);
  return ok(undefined);
}
