import type { TestCase } from '../inventory/test-inventory.js';

export interface TestPair { readonly base: TestCase; readonly candidate: TestCase }
export interface Matched { readonly pairs: readonly TestPair[]; readonly gone: readonly TestCase[]; readonly added: readonly TestCase[] }

/** Above this many comparisons of bodies only names and equal bodies are looked at. */
const COMPARISONS_MAX = 40_000;
const ALIKE = 0.5;

/** Finds each test again: by place and name, by name alone, by its body, by a body that is much alike. So a move or a new name is no deletion. */
export function matchTests(base: readonly TestCase[], candidate: readonly TestCase[]): Matched {
  const pairs: TestPair[] = [];
  // A side that was not parsed again has the very tests of the other one.
  const [early, late] = [new Set(base), new Set(candidate)];
  for (const test of base) if (late.has(test)) pairs.push({ base: test, candidate: test });
  let gone = base.filter((test) => !late.has(test));
  let added = candidate.filter((test) => !early.has(test));
  const by = (key: (test: TestCase) => string): void => {
    if (gone.length === 0 || added.length === 0) return;
    const waiting = new Map<string, TestCase[]>();
    for (const test of added) {
      const name = key(test);
      const same = waiting.get(name);
      if (same === undefined) waiting.set(name, [test]);
      else same.push(test);
    }
    const taken = new Set<TestCase>();
    gone = gone.filter((test) => {
      const found = waiting.get(key(test))?.shift();
      if (found === undefined) return true;
      pairs.push({ base: test, candidate: found });
      taken.add(found);
      return false;
    });
    added = added.filter((test) => !taken.has(test));
  };
  by((test) => `${test.path}\n${test.name}`);
  by((test) => `${test.path}\n${test.own}\n${test.body}`);
  by((test) => `${test.name}\n${test.body}`);
  by((test) => `${test.body === '' ? test.path + test.name : test.body}`);
  by((test) => `${test.path}\n${test.own}`);
  by((test) => test.name);
  by((test) => plainName(test.own));
  for (const pair of alike(gone, added)) {
    pairs.push(pair);
    gone = gone.filter((test) => test !== pair.base);
    added = added.filter((test) => test !== pair.candidate);
  }
  return { pairs, gone, added };
}

const plainName = (name: string): string => name.toLowerCase().replace(/^(?:test|should|it)[_\s]*/, '').replace(/[^a-z0-9]/g, '');

function alike(gone: readonly TestCase[], added: readonly TestCase[]): readonly TestPair[] {
  if (gone.length * added.length > COMPARISONS_MAX) return [];
  const scored = gone.flatMap((base) => added.map((candidate) => ({ base, candidate, score: likeness(base, candidate) }))).filter((one) => one.score >= ALIKE).sort((one, two) => two.score - one.score);
  const taken = new Set<TestCase>();
  return scored.filter(({ base, candidate }) => {
    if (taken.has(base) || taken.has(candidate)) return false;
    taken.add(base).add(candidate);
    return true;
  });
}

function likeness(base: TestCase, candidate: TestCase): number {
  if (base.language.id !== candidate.language.id && !(/^(?:java|kotlin)$/.test(base.language.id) && /^(?:java|kotlin)$/.test(candidate.language.id))) return 0;
  let shared = 0;
  for (const word of base.vocabulary) if (candidate.vocabulary.has(word)) shared += 1;
  const words = shared / Math.max(1, base.vocabulary.size + candidate.vocabulary.size - shared);
  const keys = new Set(candidate.assertions.map((one) => one.key));
  const kept = base.assertions.length === 0 ? 0 : base.assertions.filter((one) => keys.has(one.key)).length / base.assertions.length;
  return Math.max(words, kept * 0.9) + (base.path === candidate.path ? 0.05 : 0);
}
