import { durationMs } from '../../config/duration.js';
import type { CheckDefinition } from '../../domain/check.js';
import type { Fault } from '../../domain/fault.js';
import type { CheckId, TreeSha } from '../../domain/ids.js';
import type { NotReplayed, TestReplay } from '../../domain/test-replay.js';
import { ok, type Result } from '../../kit/result.js';
import type { CheckRun } from '../../validation/check-run.js';
import { ended, judgeReplay } from '../../validation/judge-replay.js';
import { withNeeds } from '../../validation/stale-checks.js';
import { carryFor } from '../carry-for.js';
import { checkTree } from '../check-tree.js';
import type { Context } from '../context.js';
import type { RunFactOf } from '../event.js';
import type { RunState } from '../state.js';
import { comparable, onlyTests, planMixes, testChecks, type MixPlan } from './plan.js';

type Captured = Extract<RunState, { kind: 'captured' }>;
interface Runs { readonly base: readonly CheckRun[]; readonly candidate: readonly CheckRun[] }
type Outcome = TestReplay['outcome'];

/**
 * The execution half of the guard against weakened tests: tests of the base on the new code, tests of the change on the base.
 * Each on a fresh checkout of a tree of its own, in the sandbox, in the jobs that run the checks anyway. The candidate's tree stays
 * the one that is proven and delivered. Every answer is recorded, also that there is none and why.
 */
export async function replayTests(context: Context, state: Captured, runs: Runs): Promise<Result<void, Fault>> {
  const { tests } = context.settings.config.gates;
  const { files, tree } = state.candidate;
  // One clock for both: what the first takes is gone for the second.
  const timeout = AbortSignal.timeout(durationMs(tests.timeout));
  for (const plan of planMixes(files).filter(({ way }) => tests[way] === 'auto')) {
    const replay = await replayOne({ ...context, signal: AbortSignal.any([context.signal, timeout]) }, state, { plan, runs, cancelled: () => context.signal.aborted });
    if (!replay.ok) return replay;
    await context.trail.append({ type: 'tests-replayed', attempt: state.attempt, tree, ...replay.value });
  }
  return ok(undefined);
}

interface Ask { readonly plan: MixPlan; readonly runs: Runs; readonly cancelled: () => boolean }

async function replayOne(context: Context, state: Captured, ask: Ask): Promise<Result<TestReplay, Fault>> {
  const { plan, runs } = ask;
  const { candidate } = state;
  const about = { way: plan.way, paths: plan.over.slice(0, PATHS_MAX).map(({ path }) => path), files: plan.over.length };
  const not = (why: NotReplayed, words: string): Result<TestReplay, Fault> => ok({ ...about, outcome: { kind: 'not-run', why, words } });
  if (onlyTests(candidate.files)) return not('only-tests', 'the change is of tests alone; the code that they test is the same');
  const able = testChecks(state.checks, context.settings.config.gates.tests.checks, [...runs.base, ...runs.candidate].map(({ result }) => result));
  if (able.length === 0) return not('no-test-check', 'no check is known to run tests; name them in gates.tests.checks');
  const checks = able.filter(({ id }) => comparable(runs.base.find(({ check }) => check.id === id)));
  if (checks.length === 0) return not('base-fails', `${able.map(({ id }) => id).join(', ')} failed on the base without saying which tests`);
  const mixed = await context.ports.workspace.compose(plan.way === 'replay' ? candidate.tree : candidate.base, plan.over);
  if (!mixed.ok) return mixed;
  const known = knownOutcome(state, plan.way, mixed.value);
  if (known !== undefined) return ok({ ...about, mixed: mixed.value, outcome: known });
  const ran = await runMixed(context, state, { ...ask, mixed: mixed.value, checks: checks.map(({ id }) => id) });
  return ran.ok ? ok({ ...about, mixed: mixed.value, outcome: ran.value }) : ran;
}

const PATHS_MAX = 200;

/** The same tree gives the same answer: an attempt before made it, or a process that was cut off after it. */
function knownOutcome(state: Captured, way: TestReplay['way'], mixed: TreeSha): Outcome | undefined {
  const facts = state.attempts.flatMap(({ replays }): readonly RunFactOf<'tests-replayed'>[] => replays ?? []);
  const same = facts.find((fact) => fact.way === way && fact.mixed === mixed && fact.outcome.kind === 'ran');
  return same?.outcome.kind === 'ran' ? { ...same.outcome, reused: true } : undefined;
}

async function runMixed(context: Context, state: Captured, ask: Ask & { readonly mixed: TreeSha; readonly checks: readonly CheckId[] }): Promise<Result<Outcome, Fault>> {
  const { plan, runs } = ask;
  const { candidate, attempt } = state;
  const changed = plan.way === 'replay' ? candidate.files.map(({ path }) => path) : plan.over.map(({ path }) => path);
  const carried = await carryFor(context, state, changed);
  const run = async (wanted: readonly CheckDefinition[], place: string): Promise<Result<readonly CheckRun[], Fault>> =>
    checkTree(context, state, { attempt, tree: ask.mixed, checks: wanted, changedPaths: undefined, carry: carried.carry, aside: `${attempt}-${place}` });
  const stopped = (failed: Result<never, Fault>): Result<Outcome, Fault> => {
    if (failed.ok || ask.cancelled() || !context.signal.aborted) return failed;
    return ok({ kind: 'not-run', why: 'time', words: `it did not end within gates.tests.timeout (${context.settings.config.gates.tests.timeout})` });
  };
  const first = await run(withNeeds(carried.checks, ask.checks), plan.way);
  if (!first.ok) return stopped(first);
  const broken = first.value.filter((one) => ask.checks.includes(one.check.id) && !ended(one));
  // On the base a tree that does not even build is the plainest red; without a candidate's failure there is nothing to say.
  if (broken.length > 0) return ok({ kind: 'not-run', why: 'errored', words: `${broken.map(({ check }) => check.id).join(', ')} came to no end that says something` });
  const input = { base: runs.base, candidate: runs.candidate, mixed: first.value.filter((one) => ask.checks.includes(one.check.id)), without: plan.way === 'replay' ? added(state) : new Set<string>() };
  const judged = judgeReplay(input);
  if (plan.way === 'red' || judged.failed.length === 0) return ok({ kind: 'ran', checks: [...judged.checks], failed: [...judged.failed], truncated: judged.truncated, reused: false });
  const suspects = judged.failed.map(({ check }) => check);
  const second = await run(withNeeds(carried.checks, suspects), `${plan.way}-again`);
  if (!second.ok) return stopped(second);
  const sure = judgeReplay({ ...input, again: second.value });
  return ok({ kind: 'ran', checks: [...sure.checks], failed: [...sure.failed], truncated: sure.truncated, reused: false });
}

/** What the base does not have cannot be an old test. */
function added({ candidate }: Captured): ReadonlySet<string> {
  return new Set(candidate.files.filter(({ status }) => status === 'added').map(({ path }) => path));
}
