import type { FailedThere, TestReplay } from '../../domain/test-replay.js';
import type { GateInput } from '../gate-facts.js';
import { readFiles } from './read-files.js';
import { isTestPath } from './test-paths.js';

/** `names` is empty where the files could not be read as tests: then `places` are files. */
export type PassingTests =
  | { readonly kind: 'none-new' }
  | { readonly kind: 'all-fail'; readonly count: number }
  | { readonly kind: 'some-pass'; readonly names: readonly string[]; readonly places: readonly string[] };

interface NewTest { readonly name: string; readonly own: string; readonly path: string; readonly line: number }

/**
 * The tests that are new in the change and that no failure on the base names. A failure that names no test of the change (a file
 * that does not load, a check that says nothing but its exit code) speaks for all tests of its file, or of the change.
 */
export async function newTestsThatPass(input: GateInput, replay: TestReplay, failed: readonly FailedThere[]): Promise<PassingTests> {
  const found = await newTestsOf(input, new Set(replay.paths));
  if (found === undefined) {
    const added = input.candidate.files.filter(({ path, status }) => status === 'added' && replay.paths.includes(path)).map(({ path }) => path);
    if (added.length === 0) return { kind: 'none-new' };
    return failed.length > 0 ? { kind: 'all-fail', count: added.length } : { kind: 'some-pass', names: [], places: added };
  }
  if (found.length === 0) return { kind: 'none-new' };
  const names = new Set(found.map(({ own }) => own));
  const broad = failed.filter(({ test }) => test === undefined || ![...names].some((own) => test.includes(own)));
  const fails = (one: NewTest): boolean =>
    failed.some(({ test, file }) => test !== undefined && test.includes(one.own) && (file === undefined || file === one.path))
    || broad.some(({ file, test }) => file === one.path || (file === undefined && (test === undefined || namesFile(test, one.path))));
  const passing = found.filter((one) => !fails(one));
  if (passing.length === 0) return { kind: 'all-fail', count: found.length };
  return { kind: 'some-pass', names: passing.map(({ name }) => name), places: passing.map(({ path, line }) => `${path}:${line}`) };
}

/** Runners name a file that does not load as if it were a test. */
function namesFile(test: string, path: string): boolean {
  return test.includes(path) || test.endsWith(path.split('/').at(-1) ?? path);
}

/** Undefined when no file of the change could be read as tests. */
async function newTestsOf(input: GateInput, paths: ReadonlySet<string>): Promise<readonly NewTest[] | undefined> {
  const { textOf, candidate } = input;
  if (textOf === undefined) return undefined;
  const files = candidate.files.filter(({ path }) => paths.has(path) || isTestPath(path));
  const { files: read } = await readFiles({ ...input, candidate: { ...candidate, files } }, textOf);
  const inventories = read.flatMap(({ candidate: side }) => side?.inventory ?? []);
  if (inventories.length === 0) return undefined;
  const before = new Set(read.flatMap(({ base }) => base?.inventory?.tests.map(({ name }) => name) ?? []));
  return inventories.flatMap(({ tests }) => tests).filter(({ name, skip }) => !before.has(name) && skip === undefined).map(({ name, own, path, line }) => ({ name, own, path, line }));
}
