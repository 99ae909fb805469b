import { describe, expect, it } from '@jest/globals';
import { OutputQueue } from '../../../src/containment/process/output-queue.js';

const chunk = (size: number, fill = 1): { stream: 'stdout'; bytes: Uint8Array } => ({ stream: 'stdout', bytes: new Uint8Array(size).fill(fill) });

describe('the queue of output', () => {
  it('holds the writer back while a reader is slow, and lets it go on when it caught up', async () => {
    const held: boolean[] = [];
    const queue = new OutputQueue((each) => { held.push(each); });
    const reader = queue[Symbol.asyncIterator]();
    for (let index = 0; index < 3; index += 1) queue.push(chunk(600_000, index));
    expect(held).toEqual([true]);
    const first = await reader.next();
    const second = await reader.next();
    expect([first.value, second.value].map((each: { bytes: Uint8Array } | undefined) => each?.bytes[0])).toEqual([0, 1]);
    expect(held).toEqual([true, false]);
  });

  it('holds nobody back before it is read, and after its reader left', async () => {
    const held: boolean[] = [];
    const queue = new OutputQueue((each) => { held.push(each); });
    queue.push(chunk(3_000_000));
    expect(held).toEqual([]);
    for await (const each of queue) {
      expect(each.bytes.length).toBe(3_000_000);
      break;
    }
    queue.push(chunk(3_000_000));
    expect(held.at(-1) ?? false).toBe(false);
  });

  it('has one reader', () => {
    const queue = new OutputQueue(() => undefined);
    queue[Symbol.asyncIterator]();
    expect(() => queue[Symbol.asyncIterator]()).toThrow('one reader');
  });
});
