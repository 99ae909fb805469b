import type { TamperFinding } from '../findings.js';
import type { TestCase } from '../inventory/test-inventory.js';
import type { Matched } from './match-tests.js';
import type { Surroundings } from './surroundings.js';

const VALUES = /"(?:[^"\\]|\\.)*"|(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])|\b(?:true|false|null|undefined)\b/g;
const valuesOf = (row: string): string => (row.match(VALUES) ?? []).sort().join(' ');
const holds = (row: string, values: string): boolean => {
  const have = new Set(row.match(VALUES) ?? []);
  return values === '' || values.split(' ').every((one) => have.has(one)) || (values.match(VALUES) ?? []).every((one) => have.has(one));
};

/** Rows of tables that went away or changed, unless another table or a test of its own has their values now. */
export function compareRows({ pairs, added }: Matched, around: Surroundings): readonly TamperFinding[] {
  const fresh = pairs.map(({ base, candidate }) => difference(candidate.rows, base.rows));
  let known: readonly string[] | undefined;
  const elsewhere = (): readonly string[] => (known ??= [...fresh.flat(), ...added.flatMap((test) => test.rows)].map(valuesOf));
  return pairs.flatMap(({ base, candidate }, at): readonly TamperFinding[] => {
    const gone = difference(base.rows, candidate.rows).filter((row) => {
      // A table that is taken apart leaves its values in the test.
      if (candidate.rows.length === 0 && inText(candidate, row)) return false;
      const values = valuesOf(row);
      const found = elsewhere().findIndex((other) => other === values || holds(other, values));
      return found < 0 && !added.some((test) => inText(test, row)) && !asAssertions(candidate, base, row);
    });
    const first = gone[0];
    if (first === undefined || candidate.skip !== undefined) return [];
    const came = fresh[at] ?? [];
    const place = { path: candidate.path, line: candidate.line, before: first.slice(0, 160) };
    if (came.length < gone.length) return [{ rule: around.deletedWithCode(base) ? 'deleted-with-code' : 'removed-case', ...place, words: `«${candidate.own}»: ${gone.length - came.length} of its cases ${gone.length - came.length === 1 ? 'is' : 'are'} gone` }];
    const after = came.find((row) => !difference([row], base.rows).every((one) => valuesOf(one) === '')) ?? came[0] ?? '';
    const explained = around.explains(candidate, first, after);
    return [{ rule: explained ? 'updated-expectation' : 'changed-expectation', ...place, words: `«${candidate.own}»: a case of its table was changed`, after: after.slice(0, 160) }];
  });
}

/** A table that became plain assertions again. */
function asAssertions(candidate: TestCase, base: TestCase, row: string): boolean {
  return candidate.assertions.length > base.assertions.length && inText(candidate, row);
}

const inText = (test: TestCase, row: string): boolean => (row.match(VALUES) ?? []).every((one) => test.literals.has(one) || /^(?:true|false|null|undefined)$/.test(one));

function difference(from: readonly string[], without: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const row of without) counts.set(valuesOf(row), (counts.get(valuesOf(row)) ?? 0) + 1);
  return from.filter((row) => {
    const left = counts.get(valuesOf(row)) ?? 0;
    if (left > 0) counts.set(valuesOf(row), left - 1);
    return left === 0;
  });
}
