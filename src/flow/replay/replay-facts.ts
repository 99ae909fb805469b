import type { GateInput } from '../../gates/gate-facts.js';
import type { Context } from '../context.js';
import type { RunState } from '../state.js';
import { planMixes } from './plan.js';

/** What is known of the tests of both sides: from this very trail, or in the job that delivers from the verify job's own word. */
export function replayFacts(context: Context, state: Extract<RunState, { kind: 'validated' }>): Pick<GateInput, 'replays' | 'replayHeld'> {
  const { phase, config } = context.settings;
  const record = state.attempts.find(({ attempt }) => attempt === state.attempt);
  if (phase !== 'deliver') return { replays: record?.replays ?? [] };
  if (record?.held !== undefined) return { replayHeld: record.held };
  const matters = planMixes(state.candidate.files).some(({ way }) => config.gates.tests[way] === 'auto');
  return matters ? { replayHeld: 'unknown' } : {};
}
