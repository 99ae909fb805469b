import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FileCoverage } from '../../../src/domain/report.js';
import { locateCoverage } from '../../../src/gates/quality/locate-coverage.js';
import { brief, find, judge, reportsOf } from './quality-fixtures.js';

/** Thirty new lines of code after two old ones; lines 3 to 32 are new. */
const OLD = 'old();\nolder();\n';
const NEW = `${OLD}${Array.from({ length: 30 }, (_, at) => `if (step(${at})) { run(${at}); }`).join('\n')}\n`;
const hits = (uncovered: readonly number[], lines: readonly number[] = Array.from({ length: 32 }, (_, at) => at + 1)): number[] => lines.flatMap((line) => [line, uncovered.includes(line) ? 0 : 1]);
const measured = (file: Partial<FileCoverage>): FileCoverage => ({ file: 'src/a.js', lines: [], branches: [], ...file });

async function run(coverage: readonly FileCoverage[], config: object = {}, candidate: Readonly<Record<string, string>> = { 'src/a.js': NEW }) {
  return judge({ 'src/a.js': OLD }, candidate, { quality: { coverage: config, duplication: { effect: 'off' } }, reports: { base: [], candidate: [reportsOf({ coverage })] } });
}

describe('coverage of new lines', () => {
  it.each<[string, number[], object, string]>([
    ['all', [], {}, 'allow: 100 % of 30 new executable lines are covered, gates.quality.coverage.lines is 80'],
    ['old lines do not count', [1, 2], {}, 'allow: 100 % of 30 new executable lines are covered, gates.quality.coverage.lines is 80'],
    ['just enough', [3, 4, 5, 9, 10, 20], {}, 'allow: 80 % of 30 new executable lines are covered, gates.quality.coverage.lines is 80; not run: src/a.js 3-5, 9-10, 20'],
    ['one too few', [3, 4, 5, 9, 10, 20, 32], {}, 'deny: 76.6 % of 30 new executable lines are covered, gates.quality.coverage.lines is 80; not run: src/a.js 3-5, 9-10, 20, 32'],
    ['held by wish', [3, 4, 5, 6, 7, 8, 9], { effect: 'hold' }, 'hold: 76.6 % of 30 new executable lines are covered, gates.quality.coverage.lines is 80; not run: src/a.js 3-9'],
    ['off', [3, 4, 5, 6, 7, 8, 9], { effect: 'off' }, 'allow: this rule is off'],
  ])('%s', async (_what, uncovered, config, expected) => {
    expect(brief(find(await run([measured({ lines: hits(uncovered) })], config), 'new-lines'))).toBe(expected);
  });

  it('counts only lines that the report calls executable', async () => {
    expect(brief(find(await run([measured({ lines: hits([3], [3, 4]) })]), 'new-lines'))).toBe('deny: 50 % of 2 new executable lines are covered, gates.quality.coverage.lines is 80; not run: src/a.js 3');
    expect(brief(find(await run([measured({ lines: hits([1], [1, 2]) })]), 'new-lines'))).toBe('allow: no new line can be executed');
  });

  it('tells branches by line, and holds when too few are taken', async () => {
    const node = find(await run([measured({ lines: hits([]), branches: [1, 0, 2, 3, 1, 2, 4, 2, 2, 9, 0, 4] })]), 'new-branches');
    expect(brief(node)).toBe('hold: 37.5 % of 8 branches in new lines are taken, gates.quality.coverage.branches is 80; not taken: src/a.js 3 (1 of 2), 9 (0 of 4)');
    expect(node?.values).toMatchObject({ files: ['src/a.js: 30/30 lines; 3/8 branches, not taken: 3 (1 of 2), 9 (0 of 4)'] });
  });

  it('gives the next attempt the lines of each file', async () => {
    expect(find(await run([measured({ lines: hits([3, 4, 5, 6, 7, 8, 9]) })]), 'new-lines')?.findings).toMatchObject([{ source: 'gate:quality.coverage', file: 'src/a.js', line: 3, message: 'No test runs the new lines 3-9. Write tests that run them, or take them out.' }]);
  });

  it('holds a source file that no report speaks of, and leaves tests, types and other kinds alone', async () => {
    const names = ['src/new.js', 'src/new.test.js', 'src/types.d.ts', 'docs/a.py', 'src/names.js', 'vendor/x.js'];
    const candidate = { 'src/a.js': NEW, ...Object.fromEntries(names.map((name) => [name, name === 'src/names.js' ? '// only words\n\nexport * from "./a.js";\n' : 'export function f(x) {\n  return x;\n}\n'])) };
    expect(brief(find(await run([measured({ lines: hits([]) })], {}, candidate), 'unmeasured'))).toBe('hold: no coverage report speaks of src/new.js, so nobody knows whether a test runs it');
    expect(find(await run([measured({ lines: hits([]) })], { exclude: ['src/new.js'] }, candidate), 'unmeasured')?.effect).toBe('allow');
  });

  it('exempts a small change, aloud', async () => {
    const node = find(await run([measured({ lines: hits([3]), branches: [3, 0, 2] })], {}, { 'src/a.js': `${OLD}if (x) y();\n` }), 'coverage');
    expect(brief(node)).toBe('allow: coverage is said only, since the change has 1 new lines and gates.quality.small_change is 20');
    expect(node?.children?.[0]?.words).toContain('0 % of 1 new executable line is covered');
  });

  it('does not call the lines of a renamed file new', async () => {
    const node = await judge({ 'src/a.js': NEW }, { 'lib/b.js': NEW }, { reports: { base: [], candidate: [reportsOf({ coverage: [measured({ file: 'lib/b.js', lines: hits([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) })] })] } });
    expect(find(node, 'coverage')?.effect).toBe('allow');
  });

  it('says that nothing was measured when no report was read', async () => {
    expect(brief(find(await judge({}, { 'src/a.js': NEW }, { reports: { base: [], candidate: [] } }), 'coverage'))).toBe('allow: no coverage report of the candidate was read, so the new lines are not measured');
  });

  it('never gets better when a line is not run', async () => {
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 3, max: 32 })), fc.integer({ min: 3, max: 32 }), async (uncovered, more) => {
      const percent = async (lines: readonly number[]): Promise<number> => Number(find(await run([measured({ lines: hits(lines) })]), 'new-lines')?.values?.['percent']);
      expect(await percent([...uncovered, more])).toBeLessThanOrEqual(await percent(uncovered));
    }), { numRuns: 40 });
  });
});

describe('the file of a reported path', () => {
  const tree = ['src/a.js', 'lib/src/a.js', 'a.js', 'api/src/main/java/com/acme/Price.java', 'web/src/main/java/com/acme/Cart.java', 'one/src/main/java/com/acme/Twin.java', 'two/src/main/java/com/acme/Twin.java'];
  it.each([
    ['src/a.js', ['src/a.js']], ['lib/src/a.js', ['lib/src/a.js']], ['a.js', ['a.js']], ['com/acme/Price.java', ['api/src/main/java/com/acme/Price.java']], ['com/acme/Twin.java', []],
    ['home/ci/work/lib/src/a.js', ['lib/src/a.js']], ['home/ci/work/src/a.js', ['src/a.js']], ['dist/a.js', []], ['other/Price.java', []], ['b.js', []],
  ])('%s', (reported, expected) => {
    expect([...locateCoverage([measured({ file: reported, lines: [1, 1] })], tree, tree).keys()]).toEqual(expected);
  });
});
