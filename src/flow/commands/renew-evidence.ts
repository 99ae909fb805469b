import type { BaseLook, RenewedCheck } from '../../domain/freshness.js';
import type { Fault } from '../../domain/fault.js';
import type { CheckId, TreeSha } from '../../domain/ids.js';
import { standingGrants } from '../../domain/grant.js';
import { lifted } from '../../admission/rule.js';
import { ok, type Result } from '../../kit/result.js';
import type { CheckRun } from '../../validation/check-run.js';
import { withNeeds } from '../../validation/stale-checks.js';
import { carryFor } from '../carry-for.js';
import { checkTree } from '../check-tree.js';
import type { Context } from '../context.js';
import { asVerdict, judgeRenewal } from '../coordinate/judge-surroundings.js';
import type { RunState } from '../state.js';

type Judged = Extract<RunState, { kind: 'judged' | 'answered' }>;

/**
 * Runs again what the base branch's move made stale, and nothing else, on a fresh checkout of the candidate and the base branch
 * together. What fails there runs on the base branch alone too: a branch that others broke is not held against this change.
 * The candidate's tree and commit stay as they are: the proof of the merged tree stands beside theirs, and never in its place.
 */
export async function renewEvidence(context: Context, state: Judged): Promise<Result<void, Fault>> {
  const record = state.attempts.find((one) => one.attempt === state.attempt);
  const base = record?.seen?.base;
  if (record === undefined || base?.kind !== 'moved') throw new Error('evidence was about to be renewed that nothing made stale');
  const about = { type: 'evidence-expired' as const, attempt: state.attempt, tree: state.candidate.tree, head: base.head };
  await context.trail.append({ ...about, checks: base.stale });
  const round = (record.renewals?.length ?? 0) + 1;
  const wanted = base.stale.map((one) => one.check);
  const trees = await bothTrees(context, state, base);
  if (!trees.ok) return trees;
  const merged = await runOn(context, state, { tree: trees.value?.merged, wanted, place: `${state.attempt}-merged-${round}` });
  if (!merged.ok) return merged;
  const suspects = wanted.filter((check) => fails(merged.value, check) && passedHere(record.judged.results, check));
  const alone = await runOn(context, state, { tree: trees.value?.alone, wanted: suspects, place: `${state.attempt}-base-${round}` });
  if (!alone.ok) return alone;
  const checks = wanted.map((check): RenewedCheck => ({
    check, durationMs: runOf(merged.value, check)?.result.durationMs ?? 0, standing: standingOf(check, { merged: merged.value, alone: alone.value, suspect: suspects.includes(check) }),
  }));
  await context.trail.append({ ...about, type: 'evidence-renewed', merged: base.merged, checks, verdict: asVerdict([lifted(judgeRenewal(checks, context.settings.config), standingGrants(state.grants, context.ports.clock.now()))]) });
  return ok(undefined);
}

function standingOf(check: CheckId, runs: { readonly merged: readonly CheckRun[]; readonly alone: readonly CheckRun[]; readonly suspect: boolean }): RenewedCheck['standing'] {
  if (passes(runs.merged, check)) return 'passed';
  const outcome = runOf(runs.merged, check)?.result.outcome.kind;
  if (outcome === undefined || outcome === 'errored' || outcome === 'skipped') return 'not-run';
  if (!runs.suspect) return 'failed-before';
  return passes(runs.alone, check) ? 'broken-together' : 'base-broken';
}

/** Nothing is run for no check, or where the trees are gone (the branch was rewritten meanwhile): then nothing is known. */
async function runOn(context: Context, state: Judged, at: { readonly tree: TreeSha | undefined; readonly wanted: readonly CheckId[]; readonly place: string }): Promise<Result<readonly CheckRun[], Fault>> {
  if (at.tree === undefined || at.wanted.length === 0) return ok([]);
  const carried = await carryFor(context, state, await changedSince(context, state, at.tree));
  const checks = withNeeds(carried.checks, at.wanted);
  return checkTree(context, state, { attempt: state.attempt, tree: at.tree, checks, changedPaths: undefined, carry: carried.carry, aside: at.place });
}

/**
 * Makes the two trees again, in this process: the one that looked may have been another. Merging the order's commit with what
 * comes from it gives the base branch's own tree, by the same road.
 */
async function bothTrees(context: Context, state: Judged, base: Extract<BaseLook, { kind: 'moved' }>): Promise<Result<{ readonly merged: TreeSha; readonly alone: TreeSha } | undefined, Fault>> {
  const { ports, signal } = context;
  const room = ports.workspace.openMergeRoom();
  try {
    const fetched = await ports.reader.fetchHeads?.({ gitDir: room.gitDir, wallMsMax: FETCH_MS_MAX, heads: [{ kind: 'branch', branch: state.order.base.branch, commit: base.head }] }, signal);
    if (fetched?.ok === false && fetched.error.retryable) return fetched;
    const from = state.order.base.commit;
    const [merged, alone] = await room.merge([{ ours: room.commit(state.candidate.tree, from), theirs: base.head }, { ours: from, theirs: base.head }], { wallMsMax: FETCH_MS_MAX });
    if (merged?.kind !== 'clean' || merged.tree !== base.merged || alone?.kind !== 'clean') return ok(undefined);
    for (const tree of [merged.tree, alone.tree]) {
      const kept = await room.keep(tree, [from]);
      if (!kept.ok) return kept;
    }
    return ok({ merged: merged.tree, alone: alone.tree });
  } finally {
    room.close();
  }
}

const FETCH_MS_MAX = 120_000;

async function changedSince({ ports }: Context, state: Judged, tree: TreeSha): Promise<readonly string[]> {
  const [before, after] = await Promise.all([ports.workspace.list(state.order.base.commit), ports.workspace.list(tree)]);
  const known = new Map(before.map((entry) => [entry.path, `${entry.mode} ${entry.blob}`]));
  const changed = after.filter((entry) => known.get(entry.path) !== `${entry.mode} ${entry.blob}`).map((entry) => entry.path);
  const now = new Set(after.map((entry) => entry.path));
  return [...changed, ...before.map((entry) => entry.path).filter((path) => !now.has(path))];
}

function runOf(runs: readonly CheckRun[], check: CheckId): CheckRun | undefined {
  return runs.find((run) => run.check.id === check);
}

function passes(runs: readonly CheckRun[], check: CheckId): boolean {
  return runOf(runs, check)?.result.outcome.kind === 'passed';
}

/** It ran, and did not pass. */
function fails(runs: readonly CheckRun[], check: CheckId): boolean {
  const outcome = runOf(runs, check)?.result.outcome.kind;
  return outcome !== undefined && outcome !== 'passed' && outcome !== 'errored' && outcome !== 'skipped';
}

function passedHere(results: Judged['baseline']['results'], check: CheckId): boolean {
  return results.find((result) => result.check === check)?.outcome.kind === 'passed';
}
