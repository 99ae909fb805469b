import { describe, expect, it } from '@jest/globals';
import type { VerdictNode } from '../../../src/domain/verdict.js';
import { judgeFiles, type CorpusFile } from './read-corpus.js';
import { parse } from '../../../src/gates/tamper/syntax/parse.js';

const skipped: CorpusFile = { path: 'a.test.js', before: "it('a', () => { expect(f()).toBe(1); });\n", after: "it.skip('a', () => { expect(f()).toBe(1); });\n" };
const rules = (node: VerdictNode): readonly string[] => (node.children ?? []).map((child) => `${child.rule} ${child.effect}`);

describe('the guard against weakened tests', () => {
  it('names the rule, the place, and what was there before', async () => {
    const node = await judgeFiles([{ path: 'src/a.spec.ts', before: "it('adds', () => {\n  expect(add(1, 2)).toBe(3);\n});\n", after: "it('adds', () => {\n  expect(add(1, 2)).toBeDefined();\n});\n" }]);
    expect(node).toMatchObject({ rule: 'test-tampering', effect: 'hold', children: [{ rule: 'test-tampering/weakened-assertion', effect: 'hold', values: { count: 1, places: ['src/a.spec.ts:2'] } }] });
    expect(node.children?.[0]?.values?.['findings']).toEqual(['src/a.spec.ts:2: «adds»: an assertion demands less: equal became present · before: expect(add(1, 2)).toBe(3) · after: expect(add(1, 2)).toBeDefined()']);
  });

  it.each([['off', 'allow', []], ['note', 'allow', ['test-tampering/skipped-test allow']], ['hold', 'hold', ['test-tampering/skipped-test hold']], ['deny', 'deny', ['test-tampering/skipped-test deny']]] as const)('gives a rule the effect that is configured: %s', async (effect, verdict, children) => {
    const node = await judgeFiles([skipped], { tamper: { rules: { 'skipped-test': effect } } });
    expect(node.effect).toBe(verdict);
    expect(rules(node)).toEqual(children);
  });

  it('takes an unknown rule as an error, with the names that there are', async () => {
    const node = await judgeFiles([skipped], { tamper: { rules: { 'skiped-test': 'off' } } });
    expect(node.effect).toBe('error');
    expect(node.words).toContain('skipped-test');
  });

  it('holds what it cannot read', async () => {
    const deep = `${'['.repeat(3000)}1${']'.repeat(3000)}`;
    expect(rules(await judgeFiles([{ path: 'tests/test_a.py', before: 'def test_a():\n    assert f() == 1\n', after: `def test_a():\n    assert f() == ${deep}\n` }]))).toContain('test-tampering/unread hold');
    expect(rules(await judgeFiles([{ path: 'tests/test_a.py', before: 'x = 1\n', after: `x = "${'a'.repeat(1_600_000)}"\n` }]))).toContain('test-tampering/unread hold');
    expect(rules(await judgeFiles([{ path: 'a.test.js', before: "it('a', () => { expect(f()).toBe(1); });\n", after: `it('a', () => ${'}} ) ( {{ '.repeat(40)}\n` }]))).toContain('test-tampering/unread hold');
  });

  it.each(['javascript', 'typescript', 'tsx', 'python', 'java', 'kotlin', 'go', 'ruby', 'rust', 'c-sharp', 'php'] as const)('comes to an end on hostile %s', async (grammar) => {
    for (const text of ['('.repeat(50_000), '{[('.repeat(20_000), '"'.repeat(20_001), '/*'.repeat(2_000), '\0\u202e'.repeat(1000), 'a.'.repeat(8_000), '{[('.repeat(330), 'x'.repeat(100_000)]) {
      const tree = await parse(grammar, text);
      // A parser that broke would say so from then on.
      expect(tree).not.toBe('parser-failed');
    }
  });

  it('does not take words in texts for commands to a checker', async () => {
    const node = await judgeFiles([{ path: 'src/rules.ts', before: 'export const a = 1;\n', after: "export const a = 'eslint-disable-next-line no-console // @ts-ignore';\n" }]);
    expect(node.effect).toBe('allow');
  });

  it('holds a count of executed tests that fell for no reason, and tells of one that fell with its tests', async () => {
    const touched: CorpusFile = { path: 'src/a.js', before: 'export const a = 1;\n', after: 'export const a = 2;\n' };
    const fell = await judgeFiles([touched], {}, [{ check: 'unit', before: 12, after: 10 }]);
    expect(fell.children).toMatchObject([{ rule: 'test-tampering/fewer-tests', effect: 'hold', words: 'the check unit ran 10 tests; on the base it ran 12, and the change does not show why' }]);
    expect((await judgeFiles([touched], {}, [{ check: 'unit', before: 12, after: 12 }])).effect).toBe('allow');
    const merged = await judgeFiles([
      { path: 'src/old.js', before: 'export function old(x) {\n  return x;\n}\n', after: undefined },
      { path: 'test/old.test.js', before: "it('a', () => { expect(old(1)).toBe(1); });\n", after: undefined },
    ], {}, [{ check: 'unit', before: 12, after: 11 }]);
    expect(rules(merged)).toEqual(['test-tampering/deleted-with-code allow', 'test-tampering/fewer-tests-explained allow']);
  });

  it.each([
    ['a return', '{\n  return g(x);\n}', '{\n  return 42;\n}'], ['a comment before it', '{\n  return g(x);\n}', '{ /* so */ return /* it is */ 42; }'], ['an object', '{ return g(x); }', '{ return { a: 42 }; }'],
    ['a word before it', '{ return g(x); }', '{ return true && 42; }'], ['brackets', '{ return g(x); }', '{ return (\n42\n); }'],
  ])('sees a function that became a constant in a file without a condition: %s', async (_, before, after) => {
    expect(rules(await judgeFiles([{ path: 'src/a.js', before: `export function f(x) ${before}\n`, after: `export function f(x) ${after}\n` }]))).toEqual(['test-tampering/hard-coded-result hold']);
    const arrow = [before, after].map((body) => `export const f = (x) => ${body};\n`);
    expect(rules(await judgeFiles([{ path: 'src/a.js', before: arrow[0], after: arrow[1] }]))).toEqual(['test-tampering/hard-coded-result hold']);
  });

  it('compares a test whose own text is the same when something around it is not', async () => {
    const own = "it('a', () => { expect(f()).toBe(WANTED); });\n";
    const around = (before: string, after: string): Promise<VerdictNode> => judgeFiles([{ path: 'a.test.js', before, after }]);
    expect(rules(await around(`const WANTED = 'a b';\n${own}`, `const WANTED = 'ab';\n${own}`))).toEqual(['test-tampering/changed-expectation hold']);
    expect(rules(await around(`if (process.env.SLOW) {\n}\n${own}`, `if (process.env.SLOW) {\n${own}}\n`))).toEqual(['test-tampering/skipped-test hold']);
    expect(rules(await around(`const WANTED = 1;\n${own}`, `const WANTED = 1;\n${own}it('b', () => { expect(f(2)).toBe(3); });\n`))).toEqual([]);
  });
});
