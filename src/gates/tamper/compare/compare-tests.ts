import type { Assertion } from '../assertion/assertion.js';
import type { TamperFinding, TamperRule } from '../findings.js';
import type { Mark, Quantity, TestCase, TestInventory } from '../inventory/test-inventory.js';
import { fitness, judgeAssertion } from './judge-assertion.js';
import { Keeping } from './keeping.js';
import { textOf } from '../syntax/syntax-node.js';
import { matchTests, type TestPair } from './match-tests.js';
import { compareRows } from './compare-rows.js';
import { compareNearness, compareSamples } from './compare-samples.js';
import type { Surroundings } from './surroundings.js';

/** Compares all tests of both sides, over all files at once. */
export function compareTests(base: readonly TestInventory[], candidate: readonly TestInventory[], around: Surroundings): readonly TamperFinding[] {
  const all = matchTests(base.flatMap((one) => one.tests), candidate.flatMap((one) => one.tests));
  const tests = { ...all, pairs: all.pairs.filter(differs(base, candidate)) };
  const helpers = matchTests(base.flatMap((one) => one.helpers), candidate.flatMap((one) => one.helpers));
  // Asked only once something went away or is weaker: it reads every test of both sides.
  let known: Keeping | undefined;
  const keeping: Kept = () => (known ??= new Keeping({ tests: all, helpers, helpersOf: { base: base.flatMap((one) => one.helpers), candidate: candidate.flatMap((one) => one.helpers) }, freshRows: freshRows(base, candidate) }));
  const found: TamperFinding[] = [];
  for (const pair of tests.pairs) found.push(...comparePair(pair, keeping, around));
  for (const pair of helpers.pairs) found.push(...compareAssertions(pair, keeping, around), ...skipped(pair));
  found.push(...compareRows(tests, around), ...compareSamples(tests.pairs, base, candidate), ...compareNearness(base, candidate));
  for (const test of tests.gone) {
    if (isSuiteRunner(test) && !candidate.some((one) => one.tests.some((other) => other.node.type === 'method_declaration' && other.language.id === 'go'))) continue;
    const lost = gone(test, keeping, around);
    if (lost !== undefined) found.push(lost);
  }
  for (const test of tests.added) found.push(...added(test));
  for (const one of [...tests.pairs]) found.push(...quantities(one.candidate, one.base, one.candidate));
  found.push(...outside(base, candidate));
  return found;
}

/** Go's `func TestCart(t) { suite.Run(t, new(CartSuite)) }`: it proves nothing when no suite is left that it could run. */
const isSuiteRunner = (test: TestCase): boolean => test.language.id === 'go' && test.assertions.length === 0 && /^suite Run /.test(test.body.replace(/^[{\s]+/, ''));

type Kept = () => Keeping;

/** Whether anything about a pair can have changed: its text, what stands around it, or what else its file says. */
function differs(base: readonly TestInventory[], candidate: readonly TestInventory[]): (pair: TestPair) => boolean {
  const [before, after] = [base, candidate].map((side) => new Map(side.map((one) => [one.path, one.frame])));
  return ({ base: one, candidate: two }) => one !== two && (one.path !== two.path || one.name !== two.name || one.skip?.shown !== two.skip?.shown || one.focus?.shown !== two.focus?.shown || before?.get(one.path) !== after?.get(two.path) || textOf(one.tree, one.node) !== textOf(two.tree, two.node));
}

/** Rows of tables that no file had before, in a test or beside it. */
function freshRows(base: readonly TestInventory[], candidate: readonly TestInventory[]): readonly string[] {
  const known = new Set(base.flatMap((one) => one.rows));
  return candidate.flatMap((one) => one.rows).filter((row) => !known.has(row));
}

const at = (test: TestCase, line: number): { readonly path: string; readonly line: number } => ({ path: test.path, line });

function comparePair(pair: TestPair, keeping: Kept, around: Surroundings): readonly TamperFinding[] {
  const { base, candidate } = pair;
  const marks = [...skipped(pair), ...focused(candidate, base)];
  if (marks.some((one) => one.rule === 'skipped-test')) return marks;
  const before = base.assertions.filter((one) => one.demand !== 'nothing');
  if (before.length > 0 && candidate.assertions.every((one) => one.demand === 'nothing') && (candidate.body.length < base.body.length * 0.4 || [...candidate.calls].every((name) => base.calls.has(name))) && !keeping().keepsAll(base)) {
    const rule: TamperRule = candidate.assertions.length > 0 ? 'vacuous-assertion' : 'emptied-test';
    return [...marks, { rule, ...at(candidate, candidate.line), words: `the test «${base.own}» has nothing left that checks`, before: before[0]?.shown, after: candidate.assertions[0]?.shown ?? '' }];
  }
  return [...marks, ...compareAssertions(pair, keeping, around), ...keeping().lostHelpers(pair)];
}

function skipped({ base, candidate }: TestPair): readonly TamperFinding[] {
  if (candidate.skip === undefined || base.skip !== undefined) return [];
  return [{ rule: 'skipped-test', ...at(candidate, candidate.skip.line), words: `the test «${candidate.own}» does not run any more, or not always`, after: candidate.skip.shown }];
}

function focused(test: TestCase, base: TestCase | undefined): readonly TamperFinding[] {
  if (test.focus === undefined || base?.focus !== undefined) return [];
  return [{ rule: 'focused-test', ...at(test, test.focus.line), words: `only the test «${test.own}» runs, all others of the file do not`, after: test.focus.shown }];
}

function added(test: TestCase): readonly TamperFinding[] {
  const found: TamperFinding[] = [...focused(test, undefined)];
  if (test.skip !== undefined) found.push({ rule: 'new-skipped-test', ...at(test, test.skip.line), words: `the new test «${test.own}» does not run`, after: test.skip.shown });
  else if (test.assertions.length > 0 && test.assertions.every((one) => one.demand === 'nothing')) found.push({ rule: 'vacuous-assertion', ...at(test, test.line), words: `the new test «${test.own}» holds whatever the code does`, after: test.assertions[0]?.shown });
  return found;
}

function gone(test: TestCase, keeping: Kept, around: Surroundings): TamperFinding | undefined {
  if (test.skip !== undefined && test.assertions.length === 0) return undefined;
  if (keeping().keepsAll(test)) return undefined;
  if (around.deletedWithCode(test)) return { rule: 'deleted-with-code', ...at(test, test.line), words: `the test «${test.own}» went with the code it was about`, before: test.assertions[0]?.shown };
  return { rule: 'deleted-test', ...at(test, test.line), words: `the test «${test.own}» is gone (${test.assertions.length} assertions)`, before: test.assertions[0]?.shown };
}

/** What became of each assertion of a test that is still there. */
function compareAssertions(pair: TestPair, keeping: Kept, around: Surroundings): readonly TamperFinding[] {
  const { base, candidate } = pair;
  const found: TamperFinding[] = [];
  const { same, before, after } = exactly(base.assertions, candidate.assertions);
  for (const [one, two] of same) found.push(...muted(candidate, one, two));
  const open = before.filter((one) => one.demand !== 'nothing');
  const left = [...after];
  const paired: [Assertion, Assertion][] = [];
  // The best partner first, so that a near miss does not take the place of a better one.
  const ranked = open.flatMap((one) => left.map((two) => ({ one, two, score: fitness(one, two) }))).filter((entry) => entry.score > 0).sort((a, b) => b.score - a.score);
  const taken = new Set<Assertion>();
  for (const { one, two } of ranked) {
    if (taken.has(one) || taken.has(two) || keeping().movedExactly(one, base)) continue;
    taken.add(one).add(two);
    paired.push([one, two]);
  }
  for (const [one, two] of paired) {
    const judgement = judgeAssertion(one, two);
    found.push(...muted(candidate, one, two));
    if (judgement === undefined || keeping().covered(one, candidate)) continue;
    const explained = judgement.rule === 'changed-expectation' && around.explains(candidate, one.shown, two.shown);
    if (judgement.rule !== 'vacuous-assertion' && keeping().keeps(one, pair, two)) continue;
    found.push({ rule: explained ? 'updated-expectation' : judgement.rule, ...at(candidate, two.line), words: `«${candidate.own}»: ${judgement.words}`, before: one.shown, after: two.shown });
  }
  const lost = open.filter((one) => !taken.has(one) && !keeping().keeps(one, pair));
  const first = lost[0];
  if (first !== undefined) found.push({ rule: 'removed-assertion', ...at(candidate, candidate.line), words: `«${candidate.own}»: ${lost.length === 1 ? 'an assertion is' : `${lost.length} assertions are`} gone`, before: lost.slice(0, 3).map((one) => one.shown).join('; ') });
  const hollow = after.find((one) => one.demand === 'nothing' && !taken.has(one));
  if (hollow !== undefined && (lost.length > 0 || candidate.assertions.every((one) => one.demand === 'nothing'))) found.push({ rule: 'vacuous-assertion', ...at(candidate, hollow.line), words: `«${candidate.own}»: an assertion holds whatever the code does`, after: hollow.shown });
  for (const one of after) if (!taken.has(one) && one.needsAwait && !one.awaited) found.push({ rule: 'unawaited-assertion', ...at(candidate, one.line), words: `«${candidate.own}»: a new expectation on a promise is not awaited, so it cannot fail the test`, after: one.shown });
  return found;
}

function exactly(base: readonly Assertion[], candidate: readonly Assertion[]): { readonly same: readonly (readonly [Assertion, Assertion])[]; readonly before: readonly Assertion[]; readonly after: readonly Assertion[] } {
  const waiting = new Map<string, Assertion[]>();
  for (const one of candidate) waiting.set(one.key, [...(waiting.get(one.key) ?? []), one]);
  const same: [Assertion, Assertion][] = [];
  const before = base.filter((one) => {
    const list = waiting.get(one.key);
    const found = list?.shift();
    if (found !== undefined) same.push([one, found]);
    return found === undefined;
  });
  const used = new Set(same.map(([, two]) => two));
  return { same, before, after: candidate.filter((one) => !used.has(one)) };
}

/** The assertion is still there, but what stands around it lets it pass. */
function muted(test: TestCase, base: Assertion, later: Assertion): readonly TamperFinding[] {
  const place = { ...at(test, later.line), before: base.shown, after: later.shown };
  if (later.muted !== undefined && base.muted === undefined) {
    const said = later.muted === 'swallowed' ? 'a failing assertion is caught and forgotten' : 'an assertion is never reached';
    return [{ rule: later.muted === 'swallowed' ? 'swallowed-failure' : 'skipped-test', ...place, words: `«${test.own}»: ${said}` }];
  }
  if (base.needsAwait && later.needsAwait && base.awaited && !later.awaited) return [{ rule: 'unawaited-assertion', ...place, words: `«${test.own}»: an expectation on a promise is not awaited any more, so it cannot fail the test` }];
  const fresh = later.conditions.filter((one) => !base.conditions.includes(one) && !test.assertions.some((other) => other !== later && other.conditions.length === 0 && one.includes(other.subject) && other.subject !== ''));
  if (later.conditions.length > base.conditions.length && fresh.length > 0) return [{ rule: 'conditional-assertion', ...place, words: `«${test.own}»: an assertion now runs only under a condition (${fresh[0]?.slice(0, 80) ?? ''})` }];
  return [];
}

/** Waits that grew and repetitions that came. */
function quantities(test: TestCase | { readonly path: string; readonly own?: string; readonly language: TestCase['language'] }, base: Pick<TestCase, 'timeouts' | 'retries'>, candidate: Pick<TestCase, 'timeouts' | 'retries'>): readonly TamperFinding[] {
  const found: TamperFinding[] = [];
  const raised = grown(base.timeouts, candidate.timeouts, test.language.defaultTimeoutMs);
  const label = test.own === undefined ? '' : `«${test.own}»: `;
  if (raised !== undefined) found.push({ rule: 'raised-timeout', path: test.path, line: raised.after.line, words: `${label}more time is allowed`, before: raised.before?.shown, after: raised.after.shown });
  const again = grown(base.retries, candidate.retries, 0);
  if (again !== undefined) found.push({ rule: 'added-retry', path: test.path, line: again.after.line, words: `${label}a failing test is tried again`, before: again.before?.shown, after: again.after.shown });
  return found;
}

/** The first quantity that has no equal before, and is more than what went away or than the default. */
export function grown(base: readonly Quantity[], candidate: readonly Quantity[], fallback: number | undefined): { readonly before: (Mark & { readonly value: number }) | undefined; readonly after: Quantity } | undefined {
  const waiting = [...base];
  const fresh = candidate.filter((one) => {
    const found = waiting.findIndex((other) => other.value === one.value);
    if (found >= 0) waiting.splice(found, 1);
    return found < 0;
  });
  const biggest = Math.max(-1, ...waiting.map((one) => one.value));
  const after = fresh.find((one) => (waiting.length > 0 ? one.value > biggest : fallback !== undefined && one.value > fallback));
  return after === undefined ? undefined : { before: waiting[0], after };
}

/** Quantities that belong to no test. A value that any test had before is only given a name. */
function outside(base: readonly TestInventory[], candidate: readonly TestInventory[]): readonly TamperFinding[] {
  const telling = candidate.filter((one) => one.timeouts.length + one.retries.length > 0);
  if (telling.length === 0) return [];
  const known = { timeouts: base.flatMap((one) => [...one.timeouts, ...one.tests.flatMap((test) => test.timeouts)]), retries: base.flatMap((one) => [...one.retries, ...one.tests.flatMap((test) => test.retries)]) };
  const fresh = (quantities: readonly Quantity[], old: readonly Quantity[]): readonly Quantity[] => quantities.filter((one) => !old.some((other) => other.value === one.value));
  return telling.flatMap((one) => {
    const before = base.find((other) => other.path === one.path);
    if (before === undefined && one.tests.length === 0) return [];
    const later = { timeouts: fresh(one.timeouts, known.timeouts), retries: fresh(one.retries, known.retries) };
    const gone = (quantities: readonly Quantity[], now: readonly Quantity[]): readonly Quantity[] => quantities.filter((old) => !now.some((other) => other.value === old.value));
    return quantities(one, before === undefined ? known : { timeouts: gone(before.timeouts, one.timeouts), retries: gone(before.retries, one.retries) }, later);
  });
}
