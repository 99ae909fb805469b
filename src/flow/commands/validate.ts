import type { Fault } from '../../domain/fault.js';
import { err, ok, type Result } from '../../kit/result.js';
import { judgeFindings, shouldRerun } from '../../validation/judge-findings.js';
import type { CheckRun } from '../../validation/check-run.js';
import { proven } from '../../validation/proven.js';
import { replayTests } from '../replay/replay-tests.js';
import { carryFor, type Carried } from '../carry-for.js';
import { checkTree } from '../check-tree.js';
import type { Context } from '../context.js';
import { FINDINGS_MAX, savedRuns, saveRuns } from '../saved-runs.js';
import { saveReports } from '../saved-reports.js';
import type { RunState } from '../state.js';

/** Runs the checks on a fresh checkout of exactly the captured tree, and judges what they found against the base. */
export async function validate(context: Context, state: Extract<RunState, { kind: 'captured' }>): Promise<Result<void, Fault>> {
  const { candidate, attempt } = state;
  const base = await savedRuns(context, 0);
  if (base === undefined) return err({ code: 'io', side: 'ours', retryable: false, source: 'flow', message: `checks/0/findings.json in ${context.ports.evidence.folder} is missing: the baseline cannot be compared. Start a new run.` });
  const carried = await carryFor(context, state, candidate.files.map((file) => file.path));
  const changedPaths = candidate.files.map((file) => file.path);
  const runs = await checkTree(context, state, { attempt, tree: candidate.tree, checks: carried.checks, changedPaths, carry: carried.carry });
  if (!runs.ok) return runs;
  const rerun = await rerunSuspects(context, state, { base, runs: runs.value, carried });
  if (!rerun.ok) return rerun;
  await saveRuns(context, attempt, runs.value);
  await saveReports(context, attempt, runs.value);
  const judged = judgeFindings({ baseline: base, candidate: runs.value, rerun: rerun.value });
  // A candidate that is going to be mended says nothing yet about the tests that it changed.
  if (proven({ baseline: base, candidate: runs.value, judged: judged.findings }).ok) {
    const replayed = await replayTests(context, state, { base, candidate: runs.value });
    if (!replayed.ok) return replayed;
  }
  await context.trail.append({
    type: 'findings-collected', attempt, tree: candidate.tree, findings: judged.findings.slice(0, FINDINGS_MAX), fixed: judged.fixed,
    truncated: Math.max(0, judged.findings.length - FINDINGS_MAX),
  });
  return ok(undefined);
}

/** A check that passed on the base and fails here for no visible reason runs once more on the same tree: flaky or not. */
async function rerunSuspects(context: Context, state: Extract<RunState, { kind: 'captured' }>, input: { base: readonly CheckRun[]; runs: readonly CheckRun[]; carried: Carried }): Promise<Result<readonly CheckRun[], Fault>> {
  const touched = state.candidate.files.map((file) => file.path);
  const suspects = new Set(input.runs.filter((run) => shouldRerun(run, input.base, touched)).map((run) => run.result.check));
  if (suspects.size === 0) return ok([]);
  const checks = input.carried.checks.filter((check) => suspects.has(check.id) || check.role === 'setup').map((check) => ({ ...check, needs: [] }));
  return checkTree(context, state, { attempt: state.attempt, tree: state.candidate.tree, checks, changedPaths: undefined, carry: input.carried.carry });
}
