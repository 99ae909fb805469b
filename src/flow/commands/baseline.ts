import type { Fault } from '../../domain/fault.js';
import { ok, type Result } from '../../kit/result.js';
import { baselineFindings } from '../../validation/judge-findings.js';
import { checkTree } from '../check-tree.js';
import type { Context } from '../context.js';
import { FINDINGS_MAX, saveRuns } from '../saved-runs.js';
import { saveReports } from '../saved-reports.js';
import type { RunState } from '../state.js';

/**
 * The same checks on the base commit, before any money is spent: what fails here was there before and is never charged to the
 * agent. It also prepares the dependency folders that later checkouts carry over.
 */
export async function baseline(context: Context, state: Extract<RunState, { kind: 'briefed' }>): Promise<Result<void, Fault>> {
  const tree = await context.ports.workspace.treeOf(state.order.base.commit);
  const runs = await checkTree(context, state, { attempt: 0, tree, checks: state.checks, changedPaths: undefined, carry: [] });
  if (!runs.ok) return runs;
  await saveRuns(context, 0, runs.value);
  await saveReports(context, 0, runs.value);
  const found = baselineFindings(runs.value);
  await context.trail.append({ type: 'findings-collected', attempt: 0, tree, findings: found.slice(0, FINDINGS_MAX), fixed: [], truncated: Math.max(0, found.length - FINDINGS_MAX) });
  return ok(undefined);
}
