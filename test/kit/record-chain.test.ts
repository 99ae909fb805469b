import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkRecords, linkRecord } from '../../src/kit/record-chain.js';
import type { ChainEnd, Link } from '../../src/kit/record-chain.js';

const chain = (count: number): readonly Link[] => {
  const records: Link[] = [];
  for (let at = 0; at < count; at += 1) records.push(linkRecord({ sequence: at + 1, model: 'm', refused: at % 2 === 0 ? undefined : 'path' }, records.at(-1)?.hash ?? null));
  return records;
};
const written = (records: readonly unknown[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');
const endOf = (records: readonly Link[]): ChainEnd => ({ count: records.length, head: records.at(-1)?.hash ?? null });

const RECORDS = chain(12);
const TEXT = written(RECORDS);

describe('a chain of records', () => {
  it('is whole as it was written, in any order of members, and when there is nothing', () => {
    expect(checkRecords(TEXT, endOf(RECORDS))).toEqual({ ok: true, value: endOf(RECORDS) });
    expect(checkRecords(written(RECORDS.map((record) => Object.fromEntries(Object.entries(record).reverse()))), endOf(RECORDS)).ok).toBe(true);
    expect(checkRecords('', { count: 0, head: null }).ok).toBe(true);
  });

  it('shows every flipped bit that changes what is said', () => {
    fc.assert(fc.property(fc.nat(Buffer.byteLength(TEXT) - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const bytes = Buffer.from(TEXT);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const changed = bytes.toString('utf8');
      const same = (() => { try { return JSON.stringify(changed.trimEnd().split('\n').map((line): unknown => JSON.parse(line))) === JSON.stringify(TEXT.trimEnd().split('\n').map((line): unknown => JSON.parse(line))); } catch { return false; } })();
      return same || !checkRecords(changed, endOf(RECORDS)).ok;
    }), { numRuns: 2000 });
  });

  it('shows every record that is missing, doubled or swapped, at the end as well', () => {
    for (let at = 0; at < RECORDS.length; at += 1) {
      const [one, two] = [RECORDS[at], RECORDS[at + 1]];
      const changes = [RECORDS.toSpliced(at, 1), RECORDS.toSpliced(at, 0, ...(one === undefined ? [] : [one])), ...(one === undefined || two === undefined ? [] : [RECORDS.toSpliced(at, 2, two, one)])];
      for (const changed of changes) expect(checkRecords(written(changed), endOf(RECORDS)).ok).toBe(false);
    }
    expect(checkRecords(written(RECORDS.slice(0, -1)), endOf(RECORDS))).toMatchObject({ ok: false, error: { code: 'head-mismatch' } });
    expect(checkRecords('', endOf(RECORDS))).toMatchObject({ ok: false, error: { code: 'head-mismatch' } });
  });

  it('says where and what: a changed figure, a cut line, an old record', () => {
    expect(checkRecords(TEXT.replace('"sequence":5', '"sequence":6'), endOf(RECORDS))).toMatchObject({ ok: false, error: { line: 5, code: 'hash-mismatch' } });
    expect(checkRecords(TEXT.slice(0, -20), endOf(RECORDS))).toMatchObject({ ok: false, error: { line: 12, code: 'malformed-line' } });
    expect(checkRecords('{"sequence":1}\n', endOf(RECORDS))).toMatchObject({ ok: false, error: { line: 1, code: 'not-chained' } });
  });
});
