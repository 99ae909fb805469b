import type { FileChange } from '../../domain/candidate.js';
import type { CheckDefinition, CheckResult } from '../../domain/check.js';
import type { ReplayWay } from '../../domain/test-replay.js';
import { isTestPath } from '../../gates/tamper/test-paths.js';
import { fileKinds } from '../../policy/file-kinds.js';
import type { TreePatch } from '../../ports/workspace.js';
import type { CheckRun } from '../../validation/check-run.js';

/** One mixed tree: which side it starts from, and the test files of the other that are laid over it. */
export interface MixPlan {
  readonly way: ReplayWay;
  readonly over: readonly TreePatch[];
}

/**
 * The trees to try for a change. Tests of the base come back where the change edited or deleted them; tests of the change go
 * onto the base where it added or edited them. A change that leaves the tests alone has none: there its own checks are the replay.
 */
export function planMixes(files: readonly FileChange[]): readonly MixPlan[] {
  const tests = files.filter(({ path }) => isTestPath(path));
  const back = tests.flatMap(({ path, oldMode, oldBlob }): readonly TreePatch[] => (oldBlob === undefined ? [] : [{ path, mode: oldMode, blob: oldBlob }]));
  const forth = tests.flatMap(({ path, newMode, newBlob }): readonly TreePatch[] => (newBlob === undefined ? [] : [{ path, mode: newMode, blob: newBlob }]));
  return [...(back.length > 0 ? [{ way: 'replay' as const, over: back }] : []), ...(forth.length > 0 ? [{ way: 'red' as const, over: forth }] : [])];
}

/** Nothing but tests and documents changed: both trees are known, and no test can prove new code. */
export function onlyTests(files: readonly FileChange[]): boolean {
  return files.every(({ path }) => isTestPath(path) || fileKinds(path).every((kind) => kind === 'docs' || kind === 'assets'));
}

const RUNNER = /(?:^|[\s/'"=:&|;(])(?:tests?|spec|specs|unittest|pytest|py\.test|jest|vitest|mocha|ava|tap|jasmine|karma|rspec|minitest|phpunit|pest|nextest|ctest|gotestsum|surefire|verify|tox|nose2?|nox)(?=$|[\s/'":;&|).,@_-])|--test\b/;

/** The checks that run tests: those that are named, or else those whose reports count tests or whose command is a test runner's. */
export function testChecks(checks: readonly CheckDefinition[], named: readonly string[], results: readonly CheckResult[]): readonly CheckDefinition[] {
  const real = checks.filter(({ role }) => role === 'check');
  if (named.length > 0) return real.filter(({ id }) => named.includes(id));
  const counted = new Set(results.filter(({ tests }) => tests !== undefined).map(({ check }) => check));
  return real.filter((check) => counted.has(check.id) || check.reports.some(({ format }) => format === 'junit' || format === 'ctrf') || RUNNER.test(check.run) || RUNNER.test(check.id));
}

/** A check can be compared when it passed on the base, or said there which tests failed. */
export function comparable(run: CheckRun | undefined): boolean {
  const outcome = run?.result.outcome.kind;
  return outcome === 'passed' || (outcome === 'failed' && run?.result.tests !== undefined);
}
