import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Issue } from '../../../src/domain/report.js';
import { SarifReader, type SarifReport } from '../../../src/validation/reports/sarif.js';
import type { Result } from '../../../src/kit/result.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures/reports', import.meta.url));
const FRAME = { roots: ['/builds/team/shop'], workdir: '' };

function read(text: string | Uint8Array, piece = 4096): Result<SarifReport, string> {
  const reader = new SarifReader(FRAME);
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  return reader.end();
}

function issuesOf(text: string | Uint8Array, piece?: number): SarifReport {
  const report = read(text, piece);
  if (!report.ok) throw new Error(report.error);
  return report.value;
}

const told = (issue: Issue): string => `${issue.file ?? '-'}:${issue.line ?? '-'} ${issue.rule} ${issue.concern} ${issue.severity} ${issue.level}${issue.suppressed === undefined ? '' : ` suppressed in ${issue.suppressed}`}`;
const fixture = (tool: string): Buffer => readFileSync(join(FIXTURES, tool, 'report.sarif'));

describe('SARIF as tools write it', () => {
  it.each<[string, string, string[]]>([
    ['eslint', 'ESLint', ['src/price.js:4 no-var maintainability medium warning', 'src/price.js:4 no-unused-vars maintainability medium warning', 'src/price.js:5 eqeqeq reliability high error', 'src/price.js:14 no-eval reliability high error']],
    ['codeql', 'CodeQL', ['src/price.js:14 js/code-injection security critical error', 'src/price.js:5 js/comparison-between-incompatible-types reliability medium warning', 'src/price.js:4 js/unused-local-variable maintainability low note']],
    ['semgrep', 'Semgrep OSS', ['src/price.js:14 javascript.browser.security.eval-detected.eval-detected security medium warning', 'src/price.js:5 javascript.lang.best-practice.eqeqeq maintainability medium warning suppressed in source']],
    ['trivy', 'Trivy', ['package-lock.json:12 CVE-2021-23337 security high error', 'package-lock.json:12 CVE-2020-28500 security medium warning']],
    ['gosec', 'gosec', ['cmd/run.go:9 G204 security medium error']],
    ['bandit', 'Bandit', ['shop/price.py:10 B307 security medium warning']],
    ['ruff', 'ruff', ['shop/price.py:1 F401 reliability high error', 'shop/price.py:10 S307 security high error', 'shop/price.py:3 E501 maintainability high error']],
    ['roslyn', 'Microsoft (R) Visual C# Compiler', ['src/Price.cs:9 CA2100 security medium warning', 'src/Price.cs:4 CA1822 maintainability low note suppressed in source', 'src/Price.cs:5 CS0168 maintainability medium warning']],
    ['sonarqube', 'SonarQube', ['src/price.js:14 javascript:S1523 security high error', 'src/price.js:9 javascript:S1264 maintainability low note', 'src/price.js:6 javascript:S905 reliability medium warning']],
  ])('reads the dialect of %s', (folder, tool, expected) => {
    const report = issuesOf(fixture(folder));
    expect(report.doubts).toEqual([]);
    expect(report.issues.map(told)).toEqual(expected);
    expect(new Set(report.issues.map((issue) => issue.tool))).toEqual(new Set([tool]));
    for (const issue of report.issues) expect(Issue.parse(issue)).toEqual(issue);
  });

  it('takes real fingerprints and not the words of a tool that has none to give', () => {
    expect(issuesOf(fixture('codeql')).issues[0]?.prints).toEqual(['primaryLocationLineHash=39fa2ee980eb94b0:1']);
    expect(issuesOf(fixture('semgrep')).issues.flatMap(({ prints }) => prints)).toEqual([]);
  });

  it('reads the same, however the bytes come', () => {
    const whole = issuesOf(fixture('codeql'));
    for (const piece of [1, 2, 7, 64]) expect(issuesOf(fixture('codeql'), piece)).toEqual(whole);
  });
});

const log = (run: object, more: object = {}): string => JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'toy', rules: [{ id: 'R1', messageStrings: { m: { text: 'calls {0} with {1}' } }, shortDescription: { text: 'short' }, defaultConfiguration: { level: 'note' } }] } }, ...run }], ...more });
const at = (uri: string, line = 1, more: object = {}): object => ({ locations: [{ physicalLocation: { artifactLocation: { uri, ...more }, region: { startLine: line } } }] });
const message = { message: { text: 'm' } };

describe('the meaning of SARIF', () => {
  it.each<[string, object, string[]]>([
    ['a level of the rule', { results: [{ ruleId: 'R1', ...message }] }, ['-:- R1 maintainability low note']],
    ['a level by override', { invocations: [{ ruleConfigurationOverrides: [{ descriptor: { id: 'R1' }, configuration: { level: 'error' } }] }], results: [{ ruleId: 'R1', ...message }] }, ['-:- R1 reliability high error']],
    ['no level at all', { results: [{ ruleId: 'other', ...message }] }, ['-:- other maintainability medium warning']],
    ['a hierarchical rule', { results: [{ ruleId: 'R1/2', ...message }] }, ['-:- R1/2 maintainability low note']],
    ['a rule by its place', { results: [{ ruleIndex: 0, ...message }] }, ['-:- R1 maintainability low note']],
    ['a place that holds another rule', { results: [{ ruleId: 'x', ruleIndex: 0, level: 'error', ...message }] }, ['-:- x reliability high error']],
    ['kinds that are no problems', { results: ['pass', 'notApplicable', 'informational'].map((kind) => ({ ruleId: 'R1', kind, ...message })) }, []],
    ['kinds that ask for review', { results: [{ ruleId: 'R1', kind: 'review', ...message }] }, ['-:- R1 maintainability medium warning']],
    ['the level none', { results: [{ ruleId: 'R1', level: 'none', ...message }] }, []],
    ['absent results', { results: [{ ruleId: 'R1', baselineState: 'absent', ...message }] }, []],
    ['unchanged results, which are not believed', { results: [{ ruleId: 'R1', baselineState: 'unchanged', ...message }] }, ['-:- R1 maintainability low note']],
    ['a refused suppression', { results: [{ ruleId: 'R1', suppressions: [{ kind: 'external', status: 'rejected' }], ...message }] }, ['-:- R1 maintainability low note']],
    ['no suppression', { results: [{ ruleId: 'R1', suppressions: [], ...message }] }, ['-:- R1 maintainability low note']],
    ['an external suppression', { results: [{ ruleId: 'R1', suppressions: [{ kind: 'external', status: 'accepted' }], ...message }] }, ['-:- R1 maintainability low note suppressed in elsewhere']],
    ['a score that is no number', { results: [{ ruleId: 'R1', properties: { 'security-severity': 'NaN' }, ...message }] }, ['-:- R1 maintainability low note']],
    ['a score out of range', { results: [{ ruleId: 'R1', properties: { 'security-severity': '99' }, ...message }] }, ['-:- R1 maintainability low note']],
    ['a base that stands on another', { originalUriBaseIds: { ROOT: { uri: 'file:///builds/team/shop/' }, SRC: { uri: 'src/', uriBaseId: 'ROOT' } }, results: [{ ruleId: 'R1', ...message, ...at('a%20b.js', 3, { uriBaseId: 'SRC' }) }] }, ['src/a b.js:3 R1 maintainability low note']],
    ['bases in a circle', { originalUriBaseIds: { A: { uri: 'a/', uriBaseId: 'B' }, B: { uri: 'b/', uriBaseId: 'A' } }, results: [{ ruleId: 'R1', ...message, ...at('x.js', 3, { uriBaseId: 'A' }) }] }, ['b/a/b/a/b/a/b/a/x.js:3 R1 maintainability low note']],
    ['a path that leaves the repository', { results: [{ ruleId: 'R1', ...message, ...at('../../../etc/passwd') }] }, ['-:- R1 maintainability low note']],
    ['an absolute path elsewhere', { results: [{ ruleId: 'R1', ...message, ...at('file:///etc/passwd') }] }, ['-:- R1 maintainability low note']],
    ['a line that cannot be', { results: [{ ruleId: 'R1', ...message, ...at('a.js', -4) }] }, ['a.js:- R1 maintainability low note']],
  ])('knows %s', (_what, run, expected) => {
    expect(issuesOf(log(run)).issues.map(told)).toEqual(expected);
  });

  it('puts messages together from their parts', () => {
    expect(issuesOf(log({ results: [{ ruleId: 'R1', message: { id: 'm', arguments: ['eval', 'text'] } }, { ruleId: 'R1', message: {} }] })).issues.map((issue) => issue.message)).toEqual(['calls eval with text', 'short']);
  });

  it('reads results that stand before their tool, and several runs', () => {
    const run = '{"results":[{"ruleId":"R","message":{"text":"m"}}],"tool":{"driver":{"name":"late","rules":[{"id":"R","properties":{"tags":["security"]}}]}}}';
    expect(issuesOf(`\ufeff{"version":"2.1.0","runs":[${run},${run.replace('late', 'second')}]}`).issues.map((issue) => `${issue.tool} ${issue.concern}`)).toEqual(['late security', 'second security']);
  });

  it('tells of a tool that did not come to its end and of results of another shape', () => {
    const report = issuesOf(log({ invocations: [{ executionSuccessful: false }], results: [7, { ruleId: 'R1', ...message }] }));
    expect(report.issues).toHaveLength(1);
    expect(report.doubts.join('\n')).toMatch(/did not come to its end[^]*a result has another shape/);
  });
});

describe('hostile SARIF', () => {
  it.each<[string, string, RegExp]>([
    ['nothing', '', /no JSON value/], ['no JSON', 'hello', /value is missing/], ['a cut text', log({ results: [] }).slice(0, -3), /ends too early/], ['a second value', `${log({})}{}`, /after the JSON value/],
    ['brackets that do not fit', '{"version":"2.1.0","runs":[{"x":[}]}', /brackets do not fit/], ['another version', '{"version":"1.0.0","runs":[]}', /only 2\.1\.0/], ['no runs', '{"version":"2.1.0"}', /no list of runs/],
    ['a result that is no JSON', '{"version":"2.1.0","runs":[{"results":[{"a":tru}]}]}', /is no JSON/], ['a missing comma', '{"version":"2.1.0" "runs":[]}', /comma is missing/], ['a missing colon', '{"version" "2.1.0"}', /colon is missing/], ['a list', '[]', /no list of runs/],
    ['a comma first', '{,"version":"2.1.0"}', /comma stands/], ['a value too large', `{"version":"${'x'.repeat(25 * 1024 * 1024)}"}`, /larger than/],
  ])('refuses %s', (_what, text, words) => {
    const report = read(text, 1024 * 1024);
    expect(report.ok ? 'read' : report.error).toMatch(words);
  });

  it('walks deep nesting without a stack', () => {
    expect(read(`{"version":"2.1.0","runs":[{"other":${'['.repeat(300_000)}${']'.repeat(300_000)}}]}`).ok).toBe(true);
  });

  it('finds a key that is hidden behind an escape', () => {
    expect(issuesOf('{"version":"2.1.0","run\\u0073":[{"result\\u0073":[{"ruleId":"R","message":{"text":"m"}}]}]}').issues).toHaveLength(1);
  });

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.json().map((text) => Buffer.from(`{"version":"2.1.0","runs":[{"tool":${text},"results":[${text}]}]}`))), fc.integer({ min: 1, max: 50 }), (bytes, piece) => {
      const report = read(bytes, piece);
      return report.ok || report.error.length > 0;
    }));
  });

  it('follows every JSON text that JSON.parse follows', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => read(JSON.stringify({ version: '2.1.0', other: value, runs: [] }), 5).ok));
  });
});
