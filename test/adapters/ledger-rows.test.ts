import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { isPlainRow } from '../../src/adapters/ledger-store/lib/plain-row.js';
import { readRowLines, rowLine } from '../../src/adapters/ledger-store/lib/row-lines.js';
import { Booking } from '../../src/domain/booking.js';
import { row } from '../contract/ledger-contract.js';

const DIGEST = `sha256:${'0a'.repeat(32)}`;
/** Every member that a row can have. */
const FULL: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify({
  ...row('fullrow0', { state: 'ended' }), agent: 'builtin', outcome: 'exhausted', code: 'cost', snapshot: DIGEST, likeness: [0, 65_535], approvals: [DIGEST], head: DIGEST,
  change: { number: 7, url: 'https://forge.example/7', branch: 'heddle/seven-00000000' }, labels: ['heddle'], owners: ['@acme/pay'], scope: ['src/total.mjs'],
})) as Record<string, unknown>;
const NAMES = Object.keys(FULL);

/** What somebody may have written in place of a member, near to right more often than not. */
const wrong = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', 'x', 0, 1, -1, 1.5, -0, 2 ** 53, 1e300, [], {}, [null], [1.5], [-1], [''], ['a', 3], 'x'.repeat(41), 'x'.repeat(501), `${'x'.repeat(8)}\n`, DIGEST, `${DIGEST}\n`, DIGEST.toUpperCase(), [DIGEST], Array(51).fill(DIGEST), Array(129).fill(1), Array(2001).fill('a'),
    '2026-11-21T12:00:00.000Z', '2026-11-21T12:00:00Z', '9999-99-99T99:99:99.999Z', 'ended', 'waiting', 'human', { cost: 1, tokens: 1, minutes: 1 }, { cost: 1, tokens: 1 }, { cost: 1, tokens: 1, minutes: 1, more: 1 }, { cost: -1, tokens: 1, minutes: 1 },
    { tracker: 'github', key: 'a#1' }, { tracker: 'other', key: 'a#1' }, { tracker: 'github', key: '' }, { number: 0, url: '', branch: '' }, { number: 1, url: '', branch: '' }, { login: 'a', id: '1', kind: 'human' }, { login: 'a', id: '1', kind: 'admin' }),
  fc.jsonValue(),
);
const change = fc.record({ name: fc.oneof(fc.constantFrom(...NAMES), fc.constantFrom('more', '__proto__', 'constructor', 'toString')), value: fc.option(wrong, { nil: undefined }) });

/** As it comes from a line: `__proto__` is then a member like any other. */
function changed(changes: readonly { readonly name: string; readonly value: unknown }[]): unknown {
  const members = new Map<string, unknown>(Object.entries(FULL));
  for (const { name, value } of changes) {
    if (value === undefined) members.delete(name);
    else members.set(name, value);
  }
  return JSON.parse(`{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`);
}

describe('the quick look at a row', () => {
  it('says yes to what we write, so that the schema need not be asked', () => {
    expect([isPlainRow(FULL), Booking.safeParse(FULL).success]).toEqual([true, true]);
    expect(isPlainRow(JSON.parse(JSON.stringify(row('least000'))))).toBe(true);
  });

  it('never says yes to what the schema refuses, nor no to what it takes, and finds the same row', () => {
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
      const value = changed(changes);
      const parsed = Booking.safeParse(value);
      // A stricter one would only be slow, a looser one would let a damaged row count.
      expect(isPlainRow(value)).toBe(parsed.success);
      if (parsed.success) expect(parsed.data).toEqual(value);
    }), { numRuns: 1500 });
  });

  it.each(NAMES)('looks at `%s`', (name) => {
    expect(isPlainRow(changed([{ name, value: { of: 'another kind' } }]))).toBe(false);
  });

  it.each(['version', 'run', 'ticket', 'state', 'spent', 'reserved', 'scope', 'expiresAt'])('misses `%s`', (name) => {
    expect(isPlainRow(changed([{ name, value: undefined }]))).toBe(false);
  });

  it('reports a line whose row is none of ours as damage, with the words of the schema', () => {
    const { text } = rowLine({ ...FULL, spent: { cost: -1, tokens: 0, minutes: 0 } } as Booking);
    expect(readRowLines('living.jsonl', Buffer.from(`${text}\n`)).damage).toEqual([{ place: 'living.jsonl:1', problem: expect.stringContaining('spent.cost') }]);
  });
});
