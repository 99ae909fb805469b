// The guard against weakened tests over made changes: half tests, half code, both sides of every file parsed.
import { cpuTimed } from '../lib/measure.mjs';

const CASES = 25;
const ADDED_LINES = 50;

export async function rows() {
  const [{ readFiles }, { findTampering }] = await Promise.all([import('../../build/gates/tamper/read-files.js'), import('../../build/gates/tamper/find-tampering.js')]);
  const judge = async (sides) => {
    const files = [...sides.keys()].map((path) => ({ path, status: 'modified', oldMode: '100644', newMode: '100644', additions: ADDED_LINES, deletions: 0, binary: false }));
    const read = await readFiles({ candidate: { files } }, (side, path) => Promise.resolve(sides.get(path)?.[side]));
    const found = findTampering(read.files);
    if (read.files.length !== sides.size || found.length > 0) throw new Error('the made change is read whole and weakens nothing');
  };
  const small = change(10);
  await judge(small);
  const few = [];
  for (let round = 0; round < 15; round += 1) few.push(await cpuTimed(() => judge(small)));
  const many = await cpuTimed(() => judge(change(1000)));
  // No code file without a condition can be told harmless from its text, so here every file is parsed.
  const parsed = await cpuTimed(() => judge(change(1000, true)));
  return [
    { what: 'guard against weakened tests, change of 10 files, grammars loaded, median (CPU time)', ours: few.sort((a, b) => a - b)[7], baseline: undefined, unit: 'ms', goal: 150, of: 'ours' },
    { what: 'guard against weakened tests, change of 1,000 files and 50,000 lines (CPU time)', ours: many / 1000, baseline: undefined, unit: 's', goal: 3, of: 'ours' },
    { what: 'the same, a condition in every function of the code', ours: parsed / 1000, baseline: undefined, unit: 's', goal: 3, of: 'ours' },
  ];
}

function change(count, conditions = false) {
  return new Map(Array.from({ length: count }, (_, at) => {
    const test = at % 2 === 1;
    const piece = (name, one) => (test ? `it('${name} ${one}', () => {\n  expect(run${one}(${one})).toBe(${one + at});\n});\n` : `export function ${name}${one}(x: number): number {\n  return ${conditions ? `x > limit ? limit : x + ${one}` : `x + ${one}`};\n}\n`);
    const base = Array.from({ length: CASES }, (__, one) => piece('first', one)).join('');
    const more = Array.from({ length: Math.ceil(ADDED_LINES / 3) }, (__, one) => piece('second', one)).join('');
    return [test ? `test/m${at}.test.ts` : `src/m${at}.ts`, { base, candidate: base + more }];
  }));
}
