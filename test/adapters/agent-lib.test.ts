import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { clipText, jsonText } from '../../src/adapters/agent/lib/clip-text.js';
import { outputLines } from '../../src/adapters/agent/lib/output-lines.js';
import { parseJsonLine } from '../../src/adapters/agent/lib/parse-json-line.js';
import { stopReason } from '../../src/adapters/agent/lib/stop-reason.js';

async function lines(chunks: readonly Uint8Array[], max?: number): Promise<readonly { text: string; cut: boolean }[]> {
  async function* output(): AsyncGenerator<{ stream: 'stdout'; bytes: Uint8Array }> {
    for (const bytes of chunks) yield await Promise.resolve({ stream: 'stdout' as const, bytes });
  }
  const found: { text: string; cut: boolean }[] = [];
  for await (const { text, cut } of outputLines(output(), max)) found.push({ text, cut });
  return found;
}

describe('lines of a program', () => {
  it('are the same however the bytes are cut', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: fc.constantFrom('a', 'ß', '😀', '\n', '{') }), fc.array(fc.nat(40), { maxLength: 6 }), async (text, cuts) => {
      const bytes = Buffer.from(text);
      const places = [0, ...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
      const expected = text.split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect((await lines(chunks)).map((line) => line.text)).toEqual(expected);
    }));
  });

  it('keep the beginning of one that is too long, and the next one whole', async () => {
    expect(await lines([Buffer.from('abcdef'), Buffer.from('ghi\nshort\r\nlast'), Buffer.from(' one is long')], 5)).toEqual([
      { text: 'abcde', cut: true }, { text: 'short', cut: true }, { text: 'last ', cut: true },
    ]);
  });

  it('hold no more than the cap of a line without an end', async () => {
    const found = await lines(Array.from({ length: 200 }, () => new Uint8Array(65_536).fill(120)), 1000);
    expect(found.map((line) => [line.text.length, line.cut])).toEqual([[1000, true]]);
  });
});

describe('a JSON line', () => {
  it.each(['', 'null', '1', '[]', '"x"', '{', '{"a":', '[['.repeat(60_000), `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, 'noise {"a":1}'])('is none: %#', (text) => {
    expect(parseJsonLine(text)).toBeUndefined();
  });

  it('is an object; brackets in strings are no depth', () => {
    expect(parseJsonLine(` {"a":"${'['.repeat(500)}\\"{"} `)).toEqual({ a: `${'['.repeat(500)}"{` });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => { parseJsonLine(text); }));
  });
});

describe('texts of events', () => {
  it('are cut with a count and no half character', () => {
    expect(clipText('abcdef', 3)).toBe('abc… [3 more]');
    expect(clipText('ab😀', 3)).toBe('ab… [2 more]');
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(jsonText(loop, 10)).toBe('[not writa… [12 more]');
    expect(jsonText(undefined, 10)).toBe('');
  });
});

describe('the one reason of a stop', () => {
  const given = (reason?: unknown): AbortSignal => AbortSignal.abort(reason);
  const open = new AbortController().signal;
  it.each([
    ['a bound of the sandbox was first', { kind: 'stopped', reason: 'idle' }, given('cost'), 'idle'],
    ['the signal carries it', { kind: 'stopped', reason: 'cancelled' }, given('cost'), 'cost'],
    ['the program ended while it was being stopped', { kind: 'exited', code: 0 }, given('tokens'), 'tokens'],
    ['the signal carries something else', { kind: 'stopped', reason: 'cancelled' }, given(), 'cancelled'],
    ['it ended by itself', { kind: 'exited', code: 0 }, open, undefined],
    ['it was killed by somebody else', { kind: 'signalled', signal: 'SIGKILL' }, open, undefined],
  ] as const)('%s', (_name, ending, signal, reason) => {
    expect(stopReason(ending, signal)).toBe(reason);
  });
});
