import type { Fault } from '../../domain/fault.js';
import { evaluateGates } from '../../gates/evaluate-gates.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import type { RunState } from '../state.js';

/** Judges the facts about the candidate. Pure rules; no model has a say. */
export async function judge(context: Context, state: Extract<RunState, { kind: 'validated' }>): Promise<Result<void, Fault>> {
  const verdict = evaluateGates({ candidate: state.candidate, config: context.settings.config, workdir: context.settings.config.workdir, limits: state.order.limits });
  await context.trail.append({ type: 'gate-evaluated', attempt: state.attempt, tree: state.candidate.tree, verdict });
  return ok(undefined);
}
