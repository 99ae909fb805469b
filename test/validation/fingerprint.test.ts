import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CheckId } from '../../src/domain/ids.js';
import { Finding } from '../../src/domain/finding.js';
import { fingerprint, fingerprintAll, stableText, type RawFinding } from '../../src/validation/fingerprint.js';

const check = CheckId.parse('test');
const raw = (more: Partial<RawFinding>): RawFinding => ({ from: 'log', severity: 'error', message: 'bad', ...more });

describe('fingerprint', () => {
  it.each([
    ['places', 'failed at src/a.ts:3:5', 'failed at src/a.ts:99:1'],
    ['places in brackets', 'see a.cs(3,5)', 'see a.cs(4,1)'],
    ['line words', 'error on line 12', 'error on line 13'],
    ['durations', 'took 12.5ms', 'took 1 ms'],
    ['times', 'at 2026-01-02T03:04:05.678Z', 'at 2027-11-12T13:14:15Z'],
    ['addresses', 'object at 0x7f12ab34cd', 'object at 0x55aa66bb77'],
    ['uuids', 'id 123e4567-e89b-42d3-a456-426614174000', 'id 00000000-0000-4000-8000-000000000000'],
    ['temporary folders', 'no /tmp/heddle-Ab12/x.json', 'no /var/folders/zz/q/T/y.json'],
    ['ports', 'refused 127.0.0.1:45123', 'refused 127.0.0.1:9'.concat('999')],
    ['processes', 'killed pid 1234', 'killed pid 5'],
    ['hashes', `got ${'a'.repeat(40)}`, `got ${'b'.repeat(40)}`],
    ['white space', 'a  b\n c', 'a b c'],
  ])('does not change with %s', (_what, one, other) => {
    expect(fingerprint(check, raw({ message: one }))).toBe(fingerprint(check, raw({ message: other })));
    expect(stableText(one)).not.toBe('');
  });

  it.each([
    ['plain numbers', { message: 'expected 3' }, { message: 'expected 4' }],
    ['files', { file: 'a.ts' }, { file: 'b.ts' }],
    ['rules', { rule: 'x' }, { rule: 'y' }],
    ['tests', { test: 'x' }, { test: 'y' }],
  ])('changes with %s', (_what, one, other) => {
    expect(fingerprint(check, raw(one))).not.toBe(fingerprint(check, raw(other)));
  });

  it('never looks at line and column', () => {
    fc.assert(fc.property(fc.nat(), fc.nat(), fc.string(), (line, column, message) => {
      expect(fingerprint(check, raw({ message, line, column }))).toBe(fingerprint(check, raw({ message })));
    }));
  });

  it('tells the same mistake made twice apart, and a repetition of one not', () => {
    const twice = fingerprintAll(check, [raw({ file: 'a.ts', line: 3 }), raw({ file: 'a.ts', line: 9 }), raw({ file: 'a.ts', line: 3 })]);
    expect(new Set(twice.map((finding) => finding.fingerprint)).size).toBe(2);
    const moved = fingerprintAll(check, [raw({ file: 'a.ts', line: 30 }), raw({ file: 'a.ts', line: 90 })]);
    expect(moved.map((finding) => finding.fingerprint)).toEqual(twice.map((finding) => finding.fingerprint));
  });

  it('always gives findings that the events accept', () => {
    const text = fc.string({ unit: 'binary', maxLength: 3000 });
    fc.assert(fc.property(fc.array(fc.record({ from: fc.constant('log' as const), severity: fc.constant('error' as const), message: text, file: text, rule: text, test: text, line: fc.integer(), column: fc.double() }), { maxLength: 5 }), (raws) => {
      for (const finding of fingerprintAll(check, raws)) expect(Finding.safeParse(finding).success).toBe(true);
    }), { numRuns: 50 });
  });
});
