import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf } from '../../src/domain/digest.js';
import { WaitingEntry } from '../../src/domain/waiting.js';
import type { WaitingStore } from '../../src/ports/waiting-store.js';
import { failure, value } from './forge-contract.js';

export interface WaitingHarness {
  readonly store: WaitingStore;
  /** Another connection to the same place, as another CI job would have. */
  connect(): Promise<WaitingStore>;
  /** A connection that may read and not write. Left out where the place knows no such thing. */
  connectReadOnly?(): Promise<WaitingStore>;
  close(): Promise<void>;
}

const NAME = 'ticket-0123456789abcdef0123456789abcdef';
const OTHER = 'ticket-ffffffffffffffffffffffffffffffff';

const packOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
function entryOf(pack: Uint8Array, run = '00000000aaaaaaaa'): WaitingEntry {
  return WaitingEntry.parse({
    version: 1, run, ticket: { tracker: 'github', key: 'acme/shop#12' }, since: '2026-03-01T12:00:00.000Z', expiresAt: '2026-03-05T12:00:00.000Z',
    head: digestOf('head'), digest: digestOf(pack), bytes: pack.length,
  });
}
const kept = (text: string, before?: string): Parameters<WaitingStore['put']>[1] => ({ entry: entryOf(packOf(text)), pack: packOf(text), before });

/** The ONE suite that every waiting store passes. */
export function waitingStoreContract(name: string, makeHarness: () => Promise<WaitingHarness>): void {
  describe(`waiting store contract: ${name}`, () => {
    let harness: WaitingHarness;
    beforeEach(async () => { harness = await makeHarness(); });
    afterEach(async () => { await harness.close(); });

    it('has nothing at first, and removing nothing is no fault', async () => {
      expect(value(await harness.store.get(NAME))).toBeUndefined();
      expect(value(await harness.store.list())).toEqual({ waits: [], damaged: [] });
      value(await harness.store.remove(NAME, '1'));
    });

    it('gives another job every byte of what was put', async () => {
      const every = packOf(String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code)));
      const version = value(await harness.store.put(NAME, { entry: entryOf(every), pack: every, before: undefined }));
      const there = await harness.connect();
      const stored = value(await there.get(NAME));
      expect(stored).toEqual({ name: NAME, version, entry: entryOf(every) });
      if (stored === undefined) throw new Error('nothing is stored');
      expect(Buffer.from(value(await there.pack(stored))).equals(Buffer.from(every))).toBe(true);
    });

    it('replaces only the version that the writer has seen', async () => {
      const first = value(await harness.store.put(NAME, kept('one')));
      const second = value(await harness.store.put(NAME, kept('two', first)));
      expect(failure(await harness.store.put(NAME, kept('late', first))).code).toBe('conflict');
      expect(failure(await harness.store.put(NAME, kept('unseen'))).code).toBe('conflict');
      const stored = value(await harness.store.get(NAME));
      expect(stored?.version).toBe(second);
      if (stored !== undefined) expect(Buffer.from(value(await harness.store.pack(stored))).toString()).toBe('two');
    });

    it('lets exactly one of many first writers in, and exactly one of many next ones', async () => {
      const stores = await Promise.all(Array.from({ length: 8 }, () => harness.connect()));
      const firsts = await Promise.all(stores.map((store, index) => store.put(NAME, kept(`first ${String(index)}`))));
      const won = firsts.filter((result) => result.ok);
      expect(won).toHaveLength(1);
      expect(firsts.filter((result) => !result.ok).map((result) => (result.ok ? '' : result.error.code))).toEqual(Array(7).fill('conflict'));
      const before = won[0]?.ok === true ? won[0].value : '';
      const nexts = await Promise.all(stores.map((store, index) => store.put(NAME, kept(`next ${String(index)}`, before))));
      expect(nexts.filter((result) => result.ok)).toHaveLength(1);
    });

    it('removes exactly the version that was seen, and takes a new run afterwards', async () => {
      const first = value(await harness.store.put(NAME, kept('one')));
      const second = value(await harness.store.put(NAME, kept('two', first)));
      value(await harness.store.remove(NAME, first));
      expect(value(await harness.store.get(NAME))?.version).toBe(second);
      value(await harness.store.remove(NAME, second));
      value(await harness.store.remove(NAME, second));
      expect(value(await harness.store.get(NAME))).toBeUndefined();
      expect(failure(await harness.store.put(NAME, kept('ghost', second))).code).toBe('conflict');
      value(await harness.store.put(NAME, kept('three')));
      expect(value(await harness.store.get(NAME))?.entry.digest).toBe(digestOf(packOf('three')));
    });

    it('lists what waits, each under its name', async () => {
      value(await harness.store.put(NAME, kept('one')));
      const version = value(await harness.store.put(OTHER, { ...kept('two'), entry: entryOf(packOf('two'), '00000000bbbbbbbb') }));
      const { waits } = value(await harness.store.list());
      expect(waits.map((wait) => [wait.name, wait.entry.run])).toEqual([[NAME, '00000000aaaaaaaa'], [OTHER, '00000000bbbbbbbb']]);
      value(await harness.store.remove(OTHER, version));
      expect(value(await harness.store.list()).waits.map((wait) => wait.name)).toEqual([NAME]);
    });

    it('tells a token that may only read that it may not write', async () => {
      if (harness.connectReadOnly === undefined) return;
      const readOnly = await harness.connectReadOnly();
      expect(failure(await readOnly.put(NAME, kept('one'))).side).toBe('setup');
      value(await harness.store.put(NAME, kept('one')));
      expect(value(await readOnly.get(NAME))?.entry.run).toBe('00000000aaaaaaaa');
    });
  });
}
