import type { Assertion } from '../assertion/assertion.js';
import type { TamperFinding } from '../findings.js';
import type { TestCase } from '../inventory/test-inventory.js';
import { isContrary, overlap } from './judge-assertion.js';
import type { Matched, TestPair } from './match-tests.js';
import { isGround, tellsAll } from './tells-all.js';

interface Sides { readonly base: readonly TestCase[]; readonly candidate: readonly TestCase[] }

/**
 * Where the demands of the earlier tests went: into other tests (split, merged, moved), into tables, into helpers. It looks
 * only at what is NEW on the later side, so that a demand that was there twice cannot stand for one that is gone.
 */
export class Keeping {
  private readonly fresh: Assertion[];
  private readonly freshKeys: Map<string, number>;
  private readonly freshRows: readonly string[];
  private readonly helpers: ReadonlyMap<string, TestCase>;
  private readonly baseHelpers: ReadonlyMap<string, TestCase>;
  private readonly oldCalls: ReadonlyMap<TestCase, ReadonlySet<string>>;
  private readonly claimed = new Map<Assertion, boolean>();

  private readonly matched: { readonly tests: Matched; readonly helpers: Matched; readonly helpersOf: Sides; readonly freshRows: readonly string[] };

  constructor(matched: { readonly tests: Matched; readonly helpers: Matched; readonly helpersOf: Sides; readonly freshRows: readonly string[] }) {
    this.matched = matched;
    const { tests, helpers, helpersOf } = matched;
    const called = new Set([...tests.pairs.map((pair) => pair.candidate), ...tests.added, ...helpersOf.candidate].flatMap((one) => [...one.calls]));
    this.fresh = [...tests.pairs, ...helpers.pairs].flatMap(({ base, candidate }) => without(candidate.assertions, base.assertions)).concat([...tests.added, ...helpers.added.filter((one) => called.has(one.own))].filter((one) => one.skip === undefined).flatMap((one) => one.assertions)).filter((one) => one.demand !== 'nothing' && one.muted === undefined);
    this.freshKeys = new Map();
    for (const one of this.fresh) this.freshKeys.set(one.key, (this.freshKeys.get(one.key) ?? 0) + 1);
    this.freshRows = [...matched.freshRows, ...tests.pairs.flatMap(({ base, candidate }) => candidate.rows.filter((row) => !base.rows.includes(row))), ...tests.added.flatMap((one) => one.rows)];
    this.helpers = new Map(helpersOf.candidate.map((one) => [one.own, one]));
    this.baseHelpers = new Map(helpersOf.base.map((one) => [one.own, one]));
    this.oldCalls = new Map(tests.pairs.map(({ base, candidate }) => [candidate, base.calls]));
  }

  /** The very same demand is new in some other test. Each one stands for one only. */
  movedExactly(one: Assertion, owner: TestCase): boolean {
    const known = this.claimed.get(one);
    if (known !== undefined) return known;
    const pair = this.matched.tests.pairs.find((entry) => entry.base === owner)?.candidate;
    if (pair?.assertions.some((other) => other.key === one.key) === true) return false;
    const left = this.freshKeys.get(one.key) ?? 0;
    if (left > 0) this.freshKeys.set(one.key, left - 1);
    this.claimed.set(one, left > 0);
    return left > 0;
  }

  /** Every demand of a test that is gone lives on somewhere. */
  keepsAll(test: TestCase): boolean {
    const strict = test.assertions.filter((one) => one.demand !== 'nothing');
    const called = [...test.calls].filter((name) => this.baseHelpers.has(name));
    if (strict.length === 0 && called.length === 0) return false;
    return strict.every((one) => this.keeps(one, { base: test, candidate: undefined })) && (strict.length > 0 || called.every((name) => this.isCalledAnew(name)));
  }

  /** The demand lives on elsewhere. `except` is what stands in its place now and was found wanting. */
  keeps(one: Assertion, pair: { readonly base: TestCase; readonly candidate: TestCase | undefined }, except?: Assertion): boolean {
    if (this.movedExactly(one, pair.base)) return true;
    if (pair.candidate !== undefined && this.covered(one, pair.candidate)) return true;
    if (pair.candidate !== undefined && (isSpread(one, pair.candidate) || isGround(one, pair.base, pair.candidate))) return true;
    return this.inOther(one, except) || this.inTable(one, pair.base) || this.inHelper(one, pair.candidate);
  }

  /** Another assertion of the same test says at least as much about the same thing. */
  covered(one: Assertion, candidate: TestCase): boolean {
    return candidate.assertions.some((other) => {
      if (other.muted !== undefined || other.demand === 'nothing' || isContrary(one, other) || other.conditions.length > one.conditions.length) return false;
      if (tellsAll(one, other)) return true;
      const related = other.subject === one.subject || (one.subject !== '' && `${other.subject} `.startsWith(`${one.subject} `));
      if (candidate.language.id === 'javascript' && /^err(?:or)?$/.test(one.subject) && one.expected === 'null' && other.strictness >= 60) return true;
      if (one.strictness <= 40 && related && other.strictness > one.strictness) return true;
      // All members one by one say how many there are.
      if (other.subject === one.subject && other.demand === 'equal' && /^[1-9]\d?$/.test(one.expected) && other.literals.length === Number(one.expected) && other.expected !== one.expected) return true;
      if (other.subject !== one.subject || other.demand === one.demand || contrary(one, other)) return false;
      return other.strictness >= one.strictness && one.literals.every((literal) => other.literals.includes(literal) || other.demand === 'equal');
    });
  }

  /** A new, strict assertion has all of its values: `a == 1` and `b == 2` became `(a, b) == (1, 2)`. */
  private inOther(one: Assertion, except: Assertion | undefined): boolean {
    return this.fresh.some((other) => other !== except && asStrict(one, other) && (
      one.literals.length > 0 ? one.literals.every((literal) => other.literals.includes(literal) || other.subject.includes(literal)) && (other.expected === one.expected || other.literals.length > one.literals.length || namesValue(one, other) || subjectsMeet(one, other) || (other.demand === 'throws' && ANNOUNCED.test(one.subject)) || (one.demand === 'called-with' && /^(?:equal|called-with)$/.test(other.demand) && overlap(one.expected, other.expected) >= 0.3))
        : (other.expected === one.expected && other.demand === one.demand && subjectsMeet(one, other)) || namesValue(one, other) || (one.demand === 'throws' && other.demand === 'throws' && one.expected !== '' && `${other.expected} `.startsWith(`${one.expected} `) && (subjectsMeet(one, other) || ANNOUNCED.test(one.subject)))
    ));
  }

  /** Its values stand in a new row, so that the test runs over a table now. */
  private inTable(one: Assertion, base: TestCase): boolean {
    const values = one.literals.length > 0 ? one.literals : [...base.literals].filter((literal) => one.subject.includes(literal));
    const wanted = values.length > 0 ? values : /^(?:true|false|null)$/.test(one.expected) ? [one.expected] : [];
    if (wanted.length === 0) return this.freshRows.length > 0 && this.fresh.some((other) => other.demand === one.demand);
    return this.freshRows.some((row) => wanted.every((value) => row.includes(value.replace(/^"|"$/g, '')))) && this.fresh.some((other) => other.strictness >= one.strictness - 4);
  }

  /** A helper that the test newly calls asserts as strictly. */
  private inHelper(one: Assertion, candidate: TestCase | undefined): boolean {
    const callers = candidate === undefined ? this.matched.tests.added : [candidate];
    return callers.some((caller) => [...caller.calls].some((name) => {
      const helper = this.helpers.get(name);
      if (this.oldCalls.get(caller)?.has(name) === true) return false;
      if (helper === undefined) return /^(?:assert|expect|verify|should|check|ensure)[A-Z_]/.test(name) && one.literals.every((literal) => caller.literals.has(literal)) && caller.assertions.some((other) => other.demand === 'state' && other.subject + other.expected !== '');
      return this.deep(helper).some((other) => other.muted === undefined && other.strictness >= one.strictness - 4) && one.literals.every((literal) => caller.literals.has(literal) || helper.literals.has(literal));
    }));
  }

  /** The assertions of a helper and of those it calls. */
  private deep(helper: TestCase, depth = 0): readonly Assertion[] {
    if (depth > 4) return helper.assertions;
    return [...helper.assertions, ...[...helper.calls].flatMap((name) => {
      const next = this.helpers.get(name);
      return next === undefined || next === helper ? [] : this.deep(next, depth + 1);
    })];
  }

  private isCalledAnew(name: string): boolean {
    return this.matched.tests.added.some((test) => test.calls.has(name)) || this.matched.tests.pairs.some(({ base, candidate }) => candidate.calls.has(name) && !base.calls.has(name));
  }

  /** A call of an asserting helper went away, and nothing came for it. */
  lostHelpers({ base, candidate }: TestPair): readonly TamperFinding[] {
    const named = new Set(base.assertions.map((one) => one.shown));
    const lost = [...base.calls].filter((name) => (this.baseHelpers.get(name)?.assertions.length ?? 0) > 0 && !candidate.calls.has(name) && ![...named].some((shown) => shown.includes(`${name}(`)));
    const fresh = without(candidate.assertions, base.assertions).length + [...candidate.calls].filter((name) => !base.calls.has(name) && (this.helpers.get(name)?.assertions.length ?? 0) > 0).length;
    const first = lost[0];
    if (first === undefined || fresh > 0 || this.isCalledAnew(first)) return [];
    return [{ rule: 'removed-assertion', path: candidate.path, line: candidate.line, words: `«${candidate.own}»: it does not call ${first} any more, which asserts`, before: first }];
  }
}

/** At least as strict; or a partial match that takes in more than this one value. */
const asStrict = (one: Assertion, other: Assertion): boolean => (other.strictness >= one.strictness - 4 && (one.tolerance === undefined || other.tolerance === undefined || other.tolerance <= one.tolerance)) || (other.demand === 'partial' && other.literals.length > one.literals.length && one.strictness >= 60);

const contrary = (one: Assertion, other: Assertion): boolean => (/^(?:true|false)$/.test(one.demand) && /^(?:true|false)$/.test(other.demand)) || isContrary(one, other);

/** What a call was made with is looked at one by one: `verify(mailer).send(to.capture(), eq("done"))`, and what was captured is compared. */
function isSpread(one: Assertion, candidate: TestCase): boolean {
  // The type is asked for where it is thrown, and the text of what was thrown in a line of its own.
  if (one.demand === 'throws' && one.literals.length > 0) {
    const type = one.expected.split('"')[0]?.trim() ?? '';
    return candidate.assertions.some((other) => other.demand === 'throws' && other.muted === undefined && type !== '' && `${other.expected} `.startsWith(`${type} `))
      && one.literals.every((literal) => candidate.assertions.some((other) => /^(?:equal|partial)$/.test(other.demand) && other.muted === undefined && other.literals.includes(literal)));
  }
  if (one.demand !== 'called-with' || one.literals.length < 2) return false;
  const strict = candidate.assertions.filter((other) => other.muted === undefined && /^(?:called-with|equal)$/.test(other.demand));
  return strict.some((other) => other.demand === 'called-with' && other.subject === one.subject) && one.literals.every((literal) => strict.some((other) => other.literals.includes(literal)));
}

/** An exception that a rule, a mark or a line before the call announces: nothing says there what will throw it. */
const ANNOUNCED = /^(?:thrown|mark|exception|expect\w*)$/i;

/** `user.name == "x"` became a part of something larger: `user == { name: "x" }`. */
const namesValue = (one: Assertion, other: Assertion): boolean => one.demand === 'equal' && ` ${other.expected} `.includes(` ${one.subject.split(' ').at(-1) ?? ''} ${one.expected} `);

const subjectsMeet = (one: Assertion, other: Assertion): boolean => {
  // RSpec's subject, which the group names.
  if (other.subject === 'is_expected') return true;
  const words = new Set(other.subject.split(' '));
  return one.subject.split(' ').some((word) => /^[A-Za-z_]\w+$/.test(word) && words.has(word));
};

function without(from: readonly Assertion[], others: readonly Assertion[]): readonly Assertion[] {
  const counts = new Map<string, number>();
  for (const one of others) counts.set(one.key, (counts.get(one.key) ?? 0) + 1);
  return from.filter((one) => {
    const left = counts.get(one.key) ?? 0;
    if (left > 0) counts.set(one.key, left - 1);
    return left === 0;
  });
}
