import { assertNever } from '../kit/assert-never.js';
import { planNext } from '../attempt/plan-repair.js';
import type { Instant } from '../domain/ids.js';
import type { Phase } from '../domain/phase.js';
import { historyOf } from './history.js';
import { bestOf } from './best-of.js';
import type { Command, Ending, In } from './command.js';
import { phaseCommand } from './decide-phase.js';
import { beforeSealing } from './decide-sealing.js';
import { spentBy } from './spent-by.js';
import { isTerminal, type Admitted, type RunState } from './state.js';

/** Pure: the same state and time give the same command, so that a run killed anywhere goes on where it stood. */
export function decide(state: RunState, at: { readonly now: Instant; readonly dryRun: boolean; readonly phase?: Phase | undefined; readonly propose?: boolean | undefined }): Command {
  if (isTerminal(state)) return { kind: 'rest', why: 'ended' };
  const own = at.phase === undefined ? undefined : phaseCommand(at.phase, state, at.propose);
  if (own !== undefined) return own.kind === 'rest' ? own : ('order' in state ? expired(state, at.now) : undefined) ?? own;
  switch (state.kind) {
    case 'new': throw new Error('a run begins with its request');
    case 'requested': return { kind: 'admit', state };
    case 'asked': return tooLate(state.question.expiresAt, at.now) ?? { kind: 'rest', why: 'waiting' };
    case 'turned-down':
      return { kind: 'conclude', fact: { type: 'exhausted', reason: 'human-denied', words: `${state.by} said no before the work began.` } };
    case 'admitted': return { kind: 'brief', state };
    case 'briefed': return at.dryRun ? { kind: 'rest', why: 'planned' } : expired(state, at.now) ?? { kind: 'baseline', state };
    case 'ready': return expired(state, at.now) ?? { kind: 'start-attempt', state };
    // The process that ran the agent is gone: whatever it left is taken as it is.
    case 'attempting': return { kind: 'recover', state };
    case 'reported': return { kind: 'capture', state };
    case 'barren': return afterAttempt(state, at);
    case 'captured': return { kind: 'validate', state };
    case 'validated': return { kind: 'judge', state };
    case 'judged': return afterAttempt(state, at);
    case 'waiting': return tooLate(state.expiresAt, at.now, bestOf(state)) ?? expired(state, at.now) ?? { kind: 'rest', why: 'waiting' };
    case 'answered':
      if (state.answer === 'allow') return expired(state, at.now) ?? beforeSealing(state, at);
      return { kind: 'conclude', fact: { type: 'exhausted', reason: 'human-denied', words: 'A person looked at the held change and said no.', ...bestOf(state) } };
    case 'sealed': return expired(state, at.now) ?? { kind: 'deliver', state };
    default: return assertNever(state);
  }
}

function afterAttempt(state: In<'barren'> | In<'judged'>, at: { readonly now: Instant; readonly phase?: Phase | undefined; readonly propose?: boolean | undefined }): Command {
  const elapsedMs = Date.parse(at.now) - Date.parse(state.order.admittedAt) - state.waitedMs;
  const next = planNext(historyOf(state), state.order.limits, { elapsedMs, spent: spentBy(state) });
  switch (next.kind) {
    case 'accept':
      if (state.kind !== 'judged') throw new Error('an attempt without a candidate was accepted');
      return beforeSealing(state, at);
    case 'repair':
      return { kind: 'record', fact: { type: 'repair-planned', attempt: state.attempt + 1, afterAttempt: state.attempt, because: next.because, findings: [...next.findings], soft: next.soft } };
    case 'stop':
      if (next.reason === 'agent-failed') return { kind: 'conclude', fact: failedAgent(state, next.words) };
      return { kind: 'conclude', fact: { type: 'exhausted', reason: next.reason, words: next.words, ...bestOf(state) } };
    default:
      return assertNever(next);
  }
}

/**
 * A session that failed and left nothing. When the gateway saw the provider refuse us or stay away, that is the fault, and the
 * exit code says whose it is; otherwise the agent itself gave up.
 */
function failedAgent(state: In<'barren'> | In<'judged'>, words: string): Ending {
  const ending = state.attempts.at(-1)?.ending;
  if (ending?.kind === 'failed' && !ending.fault.source.startsWith('agent/')) return { type: 'faulted', fault: ending.fault, during: 'attempt', ...bestOf(state) };
  return { type: 'exhausted', reason: 'agent-failed', words, ...bestOf(state) };
}

/** Nobody answered in time. What was made is kept, as at every end. */
function tooLate(expiresAt: Instant | undefined, now: Instant, kept: ReturnType<typeof bestOf> = {}): Command | undefined {
  if (expiresAt === undefined || Date.parse(now) <= Date.parse(expiresAt)) return undefined;
  return { kind: 'conclude', fact: { type: 'exhausted', reason: 'wait-expired', words: `Nobody answered until ${expiresAt}. Ask for the ticket again.`, ...kept } };
}

function expired(state: Admitted & { readonly kind: RunState['kind'] }, now: Instant): Command | undefined {
  if (Date.parse(now) <= Date.parse(state.order.expiresAt)) return undefined;
  return { kind: 'conclude', fact: { type: 'exhausted', reason: 'order-expired', words: `The order was valid until ${state.order.expiresAt}. Ask for the ticket again.`, ...bestOf(state as RunState) } };
}
