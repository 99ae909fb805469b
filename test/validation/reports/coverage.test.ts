import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FileCoverage, ReportFormat } from '../../../src/domain/report.js';
import { ReportCollector } from '../../../src/validation/reports/report-collector.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures/reports', import.meta.url));
const CHANGED = new Set(['src/price.js', 'shop/price.py', 'price.c', 'total.mjs', 'Price.java', 'Price.cs', 'src/Price.php']);

function collect(reports: readonly (readonly [ReportFormat, string])[], changed: ReadonlySet<string> = CHANGED): { readonly files: readonly FileCoverage[]; readonly problems: readonly string[]; readonly count: number } {
  const collector = new ReportCollector({ roots: ['/builds/team/shop'], workdir: '', changed });
  const problems: string[] = [];
  for (const [format, text] of reports) {
    const open = collector.open(format);
    open.push(Buffer.from(text));
    const ended = open.end();
    if (!ended.ok) problems.push(ended.error);
  }
  return { files: collector.coverage.result(), problems, count: collector.coverage.fileCount };
}

const fixture = (path: string): string => readFileSync(join(FIXTURES, path), 'utf8');
const pairs = (flat: readonly number[], width: number): string => Array.from({ length: flat.length / width }, (_, at) => flat.slice(at * width, at * width + width).join(':')).join(' ');

describe('coverage as tools write it', () => {
  const istanbul = ['4:3 5:3 6:1 8:2 14:0 17:1', '5:2:2 8:1:2'] as const;
  it.each<[ReportFormat, string, string, string, string]>([
    ['lcov', 'jest/lcov.info', 'src/price.js', ...istanbul], ['cobertura', 'jest/cobertura.xml', 'src/price.js', ...istanbul], ['clover', 'jest/clover.xml', 'src/price.js', ...istanbul], ['lcov', 'nyc/lcov.info', 'src/price.js', ...istanbul],
    ['cobertura', 'coverage-py/cobertura.xml', 'shop/price.py', '1:1 2:1 3:1 4:0 5:0 6:0 9:1 10:0', '2:1:2 4:0:2'],
    ['lcov', 'coverage-py/lcov.info', 'shop/price.py', '1:1 2:1 3:1 4:0 5:0 6:0 9:1 10:0', '3:1:1 4:0:1 5:0:1 6:0:1'],
    ['cobertura', 'gcovr/cobertura.xml', 'price.c', '3:1 4:1 5:1 6:0 9:1 10:1 11:1', '4:2:4'], ['lcov', 'geninfo/lcov.info', 'price.c', '3:1 4:1 5:1 6:0 9:1 10:1 11:1', '4:2:4'],
    ['lcov', 'node-test/lcov.info', 'total.mjs', '1:1 2:1 3:1', '1:2:2 2:1:1'],
    ['jacoco', 'jacoco/jacoco.xml', 'com/acme/shop/Price.java', '5:2 6:3 7:0', '6:1:2'],
    ['cobertura', 'coverlet/cobertura.xml', 'Shop/Price.cs', '5:3 6:0', '5:1:2'],
    ['clover', 'phpunit/clover.xml', 'src/Price.php', '7:3 9:3 10:0', ''],
  ])('reads %s of %s', (format, path, file, lines, branches) => {
    const { files, problems } = collect([[format, fixture(path)]]);
    expect(problems).toEqual([]);
    expect(files.map((one) => [one.file, pairs(one.lines, 2), pairs(one.branches, 3)])).toEqual([[file, lines, branches]]);
  });

  it('reads the lines of c8, which calls every line executable', () => {
    const { files } = collect([['lcov', fixture('c8/lcov.info')]]);
    expect(pairs(files[0]?.lines ?? [], 2)).toMatch(/^1:1 2:1 .* 13:0 14:0 15:0 /);
  });

  it('keeps only files with the name of a changed one, and counts all', () => {
    const { files, count } = collect([['lcov', fixture('node-test/lcov.info')]], new Set(['other.mjs']));
    expect({ files, count }).toEqual({ files: [], count: 2 });
  });

  it('says the same in any order of the reports, and when one is read twice', () => {
    const all: (readonly [ReportFormat, string])[] = [['lcov', fixture('jest/lcov.info')], ['cobertura', fixture('coverage-py/cobertura.xml')], ['lcov', 'SF:src/price.js\nDA:14,7\nBRDA:8,0,0,0\nBRDA:8,0,1,3\nend_of_record\n'], ['clover', fixture('jest/clover.xml')]];
    const expected = collect(all).files;
    fc.assert(fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (order) => {
      const some = order.map((at) => all[at] ?? all[0] as readonly [ReportFormat, string]);
      expect(collect([...some, some[0] as readonly [ReportFormat, string]]).files).toEqual(expected);
    }), { numRuns: 24 });
    expect(pairs(expected.find(({ file }) => file === 'src/price.js')?.lines ?? [], 2)).toContain('14:7');
  });
});

describe('hostile coverage', () => {
  const bomb = '<!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><coverage><packages/></coverage>';
  it.each<[ReportFormat, string, RegExp]>([
    ['cobertura', bomb, /document type and entity/], ['jacoco', bomb, /document type and entity/], ['clover', `<?xml version="1.0"?>${bomb}`, /document type and entity/],
    ['cobertura', '<!DOCTYPE coverage SYSTEM "x"><coverage><packages>', /ends inside/], ['cobertura', '<report name="x"></report>', /no coverage element of Cobertura/], ['clover', '<coverage><packages/></coverage>', /no coverage element of Clover/],
    ['cobertura', '<coverage><project/></coverage>', /no coverage element of Cobertura/], ['jacoco', '<coverage/>', /no report element/], ['lcov', '', /no SF line/], ['lcov', 'DA:1,1\n', /outside of a record/], ['lcov', '<html>', /no SF line/],
    ['jacoco', '<report><!DOCTYPE x></report>', /document type and entity/],
  ])('refuses %s %j', (format, text, words) => {
    const { files, problems } = collect([[format, text]]);
    expect(files).toEqual([]);
    expect(problems.join()).toMatch(words);
  });

  it('adds nothing of a report that breaks in its middle', () => {
    expect(collect([['cobertura', '<coverage><classes><class filename="src/price.js"><lines><line number="1" hits="1"/></lines></class></oops></coverage>']]).files).toEqual([]);
  });

  it.each(['NaN', '-1', '1e9', '99999999999999999999', '', 'x', '0x10'])('passes over the number %j', (number) => {
    const { files } = collect([['lcov', `SF:src/price.js\nDA:${number},1\nDA:2,${number}\nDA:3,1\nend_of_record\n`]]);
    expect(pairs(files[0]?.lines ?? [], 2)).toBe('3:1');
  });

  it('never names a file outside of the repository', () => {
    const { files } = collect([['lcov', 'SF:../../../etc/price.js\nDA:1,1\nend_of_record\nSF:/etc/../price.js\nDA:1,1\nend_of_record\n']]);
    for (const { file } of files) expect(file).not.toMatch(/^\/|(?:^|\/)\.\.(?:\/|$)/);
  });
});

describe('CTRF', () => {
  it('counts the tests itself and tells failures like JUnit', () => {
    const collector = new ReportCollector({ roots: [], workdir: '', changed: undefined });
    const open = collector.open('ctrf');
    open.push(Buffer.from(fixture('ctrf/report.json')));
    expect(open.end().ok).toBe(true);
    expect(collector.tests).toEqual({ total: 3, failed: 1, skipped: 1 });
    expect(collector.findings).toEqual([{ from: 'ctrf', severity: 'error', rule: 'failed', file: 'test/price.test.js', line: 4, test: 'price > fails on purpose', message: 'expected 2, got 1' }]);
  });

  it.each(['', '{}', '{"results":{"tests":[{"name":1}]}}'])('refuses %j', (text) => {
    const open = new ReportCollector({ roots: [], workdir: '', changed: undefined }).open('ctrf');
    open.push(Buffer.from(text));
    expect(open.end().ok).toBe(false);
  });
});

describe('JUnit of more tools', () => {
  it.each([['jest/junit.xml', { total: 3, failed: 1, skipped: 1 }], ['pytest/junit.xml', { total: 1, failed: 0, skipped: 0 }]])('counts %s', (path, totals) => {
    const collector = new ReportCollector({ roots: [], workdir: '', changed: undefined });
    const open = collector.open('junit');
    open.push(Buffer.from(fixture(path)));
    expect(open.end().ok).toBe(true);
    expect(collector.tests).toEqual(totals);
  });
});
