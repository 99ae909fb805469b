import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chainLine, verifyChain } from '../../src/ledger/chain.js';
import type { RunEvent } from '../../src/flow/event.js';
import type { Digest } from '../../src/domain/ids.js';
import { deliveredAfterOneRepair } from '../fixtures/run-events.js';

const OTHER = `sha256:${'0'.repeat(64)}` as Digest;

function trailOf(events: readonly RunEvent[]): { bytes: Buffer; head: Digest } {
  let previous: Digest | null = null;
  let text = '';
  for (const event of events) {
    const { line, hash } = chainLine({ ...event, previous });
    text += line;
    previous = hash;
  }
  return { bytes: Buffer.from(text), head: previous ?? OTHER };
}

const { bytes, head } = trailOf(deliveredAfterOneRepair());

describe('verifyChain', () => {
  it('accepts a whole trail and names its head', () => {
    expect(verifyChain(bytes)).toEqual({ ok: true, value: { events: deliveredAfterOneRepair().length, head, run: deliveredAfterOneRepair()[0]?.run } });
  });

  it('finds any flipped bit of any byte', () => {
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      return !verifyChain(changed).ok;
    }), { numRuns: 3000 });
  });

  it('finds every single removed or doubled line, and every swapped pair', () => {
    const lines = bytes.toString('utf8').split('\n').slice(0, -1);
    for (let at = 0; at < lines.length - 1; at += 1) {
      const without = [...lines.slice(0, at), ...lines.slice(at + 1)];
      const doubled = [...lines.slice(0, at + 1), ...lines.slice(at)];
      const swapped = [...lines.slice(0, at), lines[at + 1], lines[at], ...lines.slice(at + 2)];
      for (const changed of [without, doubled, swapped]) {
        const result = verifyChain(Buffer.from(`${changed.join('\n')}\n`));
        expect(result.ok).toBe(false);
        if (!result.ok) expect(result.error.line).toBeGreaterThanOrEqual(at + 1);
      }
    }
  });

  it('finds a cut end only with the head, and says so', () => {
    const cut = bytes.subarray(0, bytes.lastIndexOf(0x0a, bytes.length - 2) + 1);
    expect(verifyChain(cut).ok).toBe(true);
    expect(verifyChain(cut, head)).toMatchObject({ ok: false, error: { code: 'head-mismatch' } });
    expect(verifyChain(bytes, head).ok).toBe(true);
  });

  it('tells a torn last line from damage', () => {
    expect(verifyChain(bytes.subarray(0, bytes.length - 5))).toMatchObject({ ok: false, error: { code: 'torn-tail' } });
    expect(verifyChain(new Uint8Array())).toMatchObject({ ok: false, error: { code: 'empty' } });
    expect(verifyChain(Buffer.from('not a trail\n'))).toMatchObject({ ok: false, error: { code: 'malformed-line', line: 1 } });
  });

  it('refuses a line of another run, also when it is chained well', () => {
    const [first, second] = deliveredAfterOneRepair();
    if (first === undefined || second === undefined) throw new Error('the fixture has events');
    const spliced = trailOf([first, { ...second, run: 'anotherrun12' as RunEvent['run'] }]);
    expect(verifyChain(spliced.bytes)).toMatchObject({ ok: false, error: { code: 'other-run', line: 2 } });
  });
});
