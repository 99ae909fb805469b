import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Issue } from '../../../src/domain/report.js';
import { newCode } from '../../../src/gates/quality/new-code.js';
import { newIssues } from '../../../src/gates/quality/match-issues.js';
import { strictest } from '../../../src/domain/verdict.js';
import { brief, changesOf, find, issue, judge, patchOf, reportsOf, type Files } from './quality-fixtures.js';
import { CommitSha, TreeSha } from '../../../src/domain/ids.js';
import { digestOf } from '../../../src/domain/digest.js';

const BODY = ['import a from "a";', '', 'export function f(text) {', '  const x = 1;', '  return eval(text);', '}', '', 'export function g(text) {', '  return eval(text) + 1;', '}'];
const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

async function fresh(base: Files, candidate: Files, before: readonly Issue[], after: readonly Issue[]): Promise<readonly string[]> {
  const textOf = (side: 'base' | 'candidate', path: string): Promise<string | undefined> => Promise.resolve((side === 'base' ? base : candidate)[path]);
  const code = await newCode({ candidate: { attempt: 1, base: CommitSha.parse('0'.repeat(40)), tree: TreeSha.parse('1'.repeat(40)), files: changesOf(base, candidate), stats: { files: 1, additions: 1, deletions: 1, bytes: 1 }, patchDigest: digestOf('') }, patch: patchOf(base, candidate), textOf });
  return (await newIssues({ base: before, candidate: after, code, textOf })).map(({ file, line, rule }) => `${file ?? '-'}:${line ?? '-'} ${rule}`).sort();
}

describe('what is new', () => {
  const old = [issue({ file: 'a.js', line: 5 })];
  it.each<[string, Files, Issue[], string[]]>([
    ['nothing, when nothing changed', { 'a.js': text(BODY) }, old, []],
    ['nothing, when lines above push it down', { 'a.js': text(['// one', '// two', ...BODY]) }, [issue({ file: 'a.js', line: 7 })], []],
    ['nothing, when its line is indented anew', { 'a.js': text(BODY.map((line) => (line.includes('eval(text);') ? '      return  eval(text);' : line))) }, old, []],
    ['nothing, when the file is renamed and changed a little', { 'src/b.js': text(['// moved', ...BODY]) }, [issue({ file: 'src/b.js', line: 6 })], []],
    ['nothing, when the function goes to another file', { 'a.js': text(BODY.slice(7)), 'lib/c.js': text(BODY.slice(2, 6)) }, [issue({ file: 'lib/c.js', line: 3 })], []],
    ['nothing, when the message counts otherwise', { 'a.js': text(BODY) }, [issue({ file: 'a.js', line: 5, message: 'eval runs any text, 12 times' })], []],
    ['a second one in the same file', { 'a.js': text(BODY) }, [...old, issue({ file: 'a.js', line: 9 })], ['a.js:9 no-eval']],
    ['a copy of an old one', { 'a.js': text([...BODY, '', 'export const h = (text) => {', '  return eval(text);', '};']) }, [...old, issue({ file: 'a.js', line: 13 })], ['a.js:13 no-eval']],
    ['another rule on the same line', { 'a.js': text(BODY) }, [...old, issue({ file: 'a.js', line: 5, rule: 'other' })], ['a.js:5 other']],
    ['the same rule of another tool', { 'a.js': text(BODY) }, [issue({ file: 'a.js', line: 5, tool: 'second' })], ['a.js:5 no-eval']],
    ['one that came when the old one was mended', { 'a.js': text(BODY.map((line, at) => (at === 4 ? '  return text;' : line))) }, [issue({ file: 'a.js', line: 9 })], ['a.js:9 no-eval']],
  ])('is %s', async (_what, candidate, after, expected) => {
    expect(await fresh({ 'a.js': text(BODY) }, candidate, old, after)).toEqual(expected);
  });

  it('believes fingerprints of the tool for a line that was rewritten', async () => {
    const print = { prints: ['hash/v1=0123456789abcdef'] };
    const base = { 'a.js': text(BODY) };
    const candidate = { 'a.js': text(BODY.map((line, at) => (at === 4 ? '  return globalThis.eval(text.trim());' : line))) };
    expect(await fresh(base, candidate, [issue({ file: 'a.js', line: 5, ...print })], [issue({ file: 'a.js', line: 5, ...print })])).toEqual([]);
    expect(await fresh(base, candidate, [issue({ file: 'a.js', line: 5 })], [issue({ file: 'a.js', line: 5 })])).toEqual(['a.js:5 no-eval']);
  });

  it('follows what has no line by its words', async () => {
    expect(await fresh({}, {}, [issue({ message: 'lodash 4.17.20 is old' })], [issue({ message: 'lodash 4.17.21 is old' }), issue({ message: 'ajv is old' })])).toEqual(['-:- no-eval']);
  });

  it('is nothing, wherever code is moved to', async () => {
    const functions = fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 8 });
    const code = (numbers: readonly number[]): string[] => numbers.flatMap((number) => [`export function f${number}(value) {`, `  const part${number} = value * ${number};`, `  return eval(part${number});`, '}', '']);
    const evals = (file: string, lines: readonly string[]): Issue[] => lines.flatMap((line, at) => (line.includes('eval(') ? [issue({ file, line: at + 1 })] : []));
    await fc.assert(fc.asyncProperty(functions, fc.infiniteStream(fc.nat(2)), fc.nat(5), async (numbers, places, blanks) => {
      const before = code(numbers);
      const parts: number[][] = [[], [], []];
      for (const number of [...numbers].reverse()) (parts[places.next().value ?? 0] as number[]).push(number);
      const after = Object.fromEntries(parts.map((part, at): [string, string[]] => [`src/part${at}.js`, [...new Array<string>(blanks).fill('// note'), ...code(part)]]));
      const candidate = Object.fromEntries(Object.entries(after).map(([path, lines]) => [path, text(lines)]));
      expect(await fresh({ 'a.js': text(before) }, candidate, evals('a.js', before), Object.entries(after).flatMap(([path, lines]) => evals(path, lines)))).toEqual([]);
    }), { numRuns: 60 });
  });

  const anyIssue = fc.record({ file: fc.constantFrom('a.js', 'b.js'), line: fc.integer({ min: 1, max: 10 }), rule: fc.constantFrom('r1', 'r2'), severity: fc.constantFrom('critical', 'high', 'medium', 'low'), concern: fc.constantFrom('security', 'reliability', 'maintainability'), suppressed: fc.option(fc.constant('source'), { nil: undefined }) }).map((given) => issue(given));
  const files: Files = { 'a.js': text(BODY), 'b.js': text(BODY.slice(2)) };
  const changed: Files = { 'a.js': text(['// x', ...BODY]), 'b.js': text(BODY.slice(3)) };

  it('never relaxes when an issue is added, and says the same for any order of issues and reports', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyIssue, { maxLength: 8 }), fc.array(anyIssue, { maxLength: 8 }), anyIssue, async (before, after, more) => {
      const verdict = async (issues: readonly Issue[], old: readonly Issue[] = before) => judge(files, changed, { reports: { base: [reportsOf({ issues: old })], candidate: [reportsOf({ issues })] } });
      const plain = await verdict(after);
      const added = await verdict([...after, more]);
      expect(strictest([plain.effect, added.effect])).toBe(added.effect);
      expect(await verdict([...after].reverse(), [...before].reverse())).toEqual(plain);
      expect(await verdict([...after, ...after])).toEqual(plain);
    }), { numRuns: 60 });
  });
});

describe('the issues of a change', () => {
  const base = { 'a.js': text(BODY) };
  const candidate = { 'a.js': text([...BODY, 'export const z = eval("1");']) };
  const added = { file: 'a.js', line: 11 };
  const run = async (given: object, config: object = {}) => judge(base, candidate, { quality: config, reports: { base: [reportsOf({})], candidate: [reportsOf({ issues: [issue({ ...added, ...given })] })] } });

  it.each<[object, object, string, string]>([
    [{}, {}, 'new-security', 'deny: 1 new security issue: a.js:11 no-eval (toy, high)'],
    [{ severity: 'low' }, {}, 'new-security', 'deny: 1 new security issue: a.js:11 no-eval (toy, low)'],
    [{ severity: 'low' }, { issues: { security_from: 'medium' } }, 'new-security', 'allow: no new security issue of severity medium or worse (1 milder than medium not counted)'],
    [{ concern: 'reliability' }, {}, 'new-reliability', 'deny: 1 new reliability issue: a.js:11 no-eval (toy, high)'],
    [{ concern: 'maintainability', severity: 'medium' }, {}, 'new-maintainability', 'hold: 1 new maintainability issue: a.js:11 no-eval (toy, medium)'],
    [{ concern: 'maintainability', severity: 'low' }, {}, 'new-maintainability', 'allow: no new maintainability issue of severity medium or worse (1 milder than medium not counted)'],
    [{}, { issues: { security: 'hold' } }, 'new-security', 'hold: 1 new security issue: a.js:11 no-eval (toy, high)'],
    [{}, { issues: { security: 'note' } }, 'new-security', 'allow: 1 new security issue: a.js:11 no-eval (toy, high)'],
    [{}, { issues: { security: 'off' } }, 'new-security', 'allow: this rule is off'],
    [{}, { issues: { exclude: ['a.js'] } }, 'new-security', 'allow: no new security issue of severity low or worse'],
    [{ suppressed: 'source' }, {}, 'new-suppressed', 'allow: the change suppresses 1 new issue of its own: a.js:11 no-eval (toy, high)'],
    [{ suppressed: 'source' }, { issues: { suppressed: 'deny' } }, 'new-suppressed', 'deny: the change suppresses 1 new issue of its own: a.js:11 no-eval (toy, high)'],
  ])('%j under %j', async (given, config, rule, expected) => {
    expect(brief(find(await run(given, config), rule))).toBe(expected);
  });

  it('gives the place for the repair, under a name that does not move with its line', async () => {
    const place = async (line: number) => find(await run({ line }), 'new-security')?.findings?.[0];
    expect(await place(11)).toMatchObject({ source: 'gate:quality.security', from: 'gate', severity: 'error', file: 'a.js', line: 11, rule: 'no-eval', message: 'toy (high): eval runs any text' });
    expect((await place(11))?.fingerprint).toBe((await place(9))?.fingerprint);
  });

  it('counts only new lines where the base has no report to compare with, and says so', async () => {
    const node = await judge(base, candidate, { reports: { base: [], candidate: [reportsOf({ issues: [issue(added), issue({ file: 'a.js', line: 5 })] })] } });
    expect(find(node, 'new-security')?.values).toMatchObject({ count: 1 });
    expect(find(node, 'issues-compared')?.words).toContain('the base has no report of scan');
  });

  it('refuses what it would hold where nobody can be asked', async () => {
    const node = await judge(base, candidate, { holdsAreDenials: true, reports: { base: [reportsOf({})], candidate: [reportsOf({ issues: [issue({ ...added, concern: 'maintainability' })] })] } });
    expect(brief(find(node, 'new-maintainability'))).toMatch(/^deny: .*could not ask; set the rule to note or deny/);
  });
});

describe('reports that are not as they should be', () => {
  const state = (of: 'read' | 'broken' | 'missing') => reportsOf({ states: [{ format: 'sarif', path: 's.sarif', state: of, ...(of === 'broken' ? { words: 'report s.sarif was not read: it is no JSON' } : {}) }] });
  it.each<[string, Parameters<typeof judge>[2], string, string]>([
    ['vanished', { reports: { base: [state('read')], candidate: [state('missing')] } }, 'reports-vanished', 'deny: scan writes its sarif report s.sarif on the base, and did not write it here'],
    ['missing', { reports: { base: [state('missing')], candidate: [state('missing')] } }, 'reports-missing', 'allow: scan did not write its sarif report s.sarif, here or on the base'],
    ['broken', { reports: { base: [state('read')], candidate: [state('broken')] } }, 'reports-broken', 'hold: scan: report s.sarif was not read: it is no JSON'],
    ['broken by wish', { quality: { reports: { broken: 'deny' } }, reports: { base: [state('read')], candidate: [state('broken')] } }, 'reports-broken', 'deny: scan: report s.sarif was not read: it is no JSON'],
    ['of a check that is gone', { reports: { base: [state('read')], candidate: [] } }, 'reports-vanished', 'deny: scan did not run to its end here, and its reports (sarif) are missing'],
    ['of a check that had no reason to run', { reports: { base: [state('read')], candidate: [], idle: ['scan'] } }, 'reports-vanished', 'allow: no report is vanished'],
    ['emptied', { reports: { base: [reportsOf({ coverage: [], coverageFiles: 40 })], candidate: [reportsOf({ coverage: [], coverageFiles: 0 })] } }, 'reports-vanished', 'deny: the coverage report of scan speaks of 40 files on the base and of none here'],
    ['with more than can be compared', { reports: { base: [state('read')], candidate: [reportsOf({ leftOut: 7 })] } }, 'reports-broken', 'hold: scan reports 7 more issues than can be compared with the base'],
  ])('%s', async (_what, setting, rule, expected) => {
    expect(brief(find(await judge({}, {}, setting), rule))).toBe(expected);
  });

  it('are judged by the job that had them where there are none', async () => {
    expect(brief(find(await judge({}, {}, { reports: undefined }), 'reports'))).toBe('allow: issues and coverage were judged by the job that ran the checks');
  });
});
