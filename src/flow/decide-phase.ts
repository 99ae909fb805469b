import type { Phase } from '../domain/phase.js';
import { assertNever } from '../kit/assert-never.js';
import { bestOf } from './best-of.js';
import type { Command } from './command.js';
import { beforeSealing } from './decide-sealing.js';
import { historyOf } from './history.js';
import type { RunState } from './state.js';

/**
 * Where one phase of the split goes another way than a run in one process; nothing = it goes the same way. Each ends where its
 * rights end: admit with the order, work with a sealed bundle, verify with a judgement of its own, deliver with the change.
 */
export function phaseCommand(phase: Phase, state: RunState, propose?: boolean): Command | undefined {
  switch (phase) {
    case 'admit': return state.kind === 'admitted' ? { kind: 'rest', why: 'admitted' } : undefined;
    case 'work': return work(state);
    case 'verify': return verify(state);
    case 'deliver': return deliver(state, propose);
    default: return assertNever(phase);
  }
}

/** What a gate holds goes into the bundle all the same: whether a person must be asked is judged again by deliver, which alone can ask. */
function work(state: RunState): Command | undefined {
  if (state.kind === 'sealed') return { kind: 'rest', why: 'worked' };
  if (state.kind === 'judged' && state.verdict.effect === 'hold' && proofOf(state)) return { kind: 'seal', state };
  return undefined;
}

function verify(state: RunState): Command | undefined {
  if (state.kind === 'ready') return { kind: 'receive', state };
  if (state.kind === 'judged') return { kind: 'rest', why: proofOf(state) && (state.verdict.effect === 'allow' || state.verdict.effect === 'hold') ? 'verified' : 'refuted' };
  return undefined;
}

function deliver(state: RunState, propose: boolean | undefined): Command | undefined {
  if (state.kind === 'briefed') return { kind: 'receive', state };
  if (state.kind === 'captured') return { kind: 'confirm', state };
  if (state.kind !== 'judged') return undefined;
  if (state.verdict.effect === 'allow' || state.verdict.effect === 'hold') return beforeSealing(state, { phase: 'deliver', propose });
  return { kind: 'conclude', fact: { type: 'exhausted', reason: 'gate-denied', words: `Judged again before delivery: ${state.verdict.tree.words}.`, ...bestOf(state) } };
}

/** The checks proved the last candidate, by the results in this very trail. */
function proofOf(state: Extract<RunState, { kind: 'judged' }>): boolean {
  return historyOf(state).attempts.at(-1)?.proof?.ok === true;
}
