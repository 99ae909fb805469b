import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { WaitingEntry } from '../../../domain/waiting.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { StoredWait, WaitingStore } from '../../../ports/waiting-store.js';
import { codeOf, createOnly, fault, numbersIn, onDisk, readRecord, textOf } from './files.js';

const BYTES_MAX = 256 * 1024 * 1024;
const LISTED_MAX = 1000;

const WaitingRecord = z.discriminatedUnion('kind', [
  z.strictObject({ version: z.literal(1), kind: z.literal('kept'), entry: WaitingEntry, pack: z.base64() }),
  z.strictObject({ version: z.literal(1), kind: z.literal('removed') }),
]);

interface Top { readonly number: number; readonly record: z.infer<typeof WaitingRecord> | undefined }

/** Waiting runs as numbered create-only files, `waiting/<name>/<n>.json`; the highest number counts, and creating n+1 is the compare-and-swap. */
export function waitingIn(folder: string): WaitingStore {
  const place = (name: string): string => {
    if (!/^[A-Za-z0-9-]{1,100}$/.test(name)) throw new TypeError(`a waiting run cannot be kept under the name ${name}`);
    return join(folder, 'waiting', name);
  };
  const get: WaitingStore['get'] = (name) => onDisk('read the waiting run', async () => {
    const top = await topOf(place(name));
    return top.ok ? ok(storedOf(name, top.value)) : top;
  });
  return {
    id: 'local', bytesMax: BYTES_MAX, get,
    put: (name, kept) => onDisk('keep the waiting run', async () => {
      const top = await topOf(place(name));
      if (!top.ok) return top;
      const seen = storedOf(name, top.value)?.version;
      const number = top.value.number + 1;
      const record = { version: 1, kind: 'kept', entry: kept.entry, pack: Buffer.from(kept.pack).toString('base64') };
      if (seen !== kept.before || !await createOnly(fileOf(place(name), number), textOf(record))) return err(fault('conflict', 'theirs', `Another process wrote the waiting run in ${place(name)} meanwhile; nothing was overwritten.`));
      await sweep(place(name), number);
      return ok(String(number));
    }),
    pack: (stored) => onDisk('read the waiting run', async () => {
      const record = await readRecord(fileOf(place(stored.name), Number(stored.version)), WaitingRecord);
      if (!record.ok) return record;
      if (record.value?.kind !== 'kept') return err(fault('not-found', 'theirs', `The waiting run in ${place(stored.name)} is gone: another process went on with it.`));
      return ok(new Uint8Array(Buffer.from(record.value.pack, 'base64')));
    }),
    list: () => onDisk('list the waiting runs', async () => {
      const waits: StoredWait[] = [];
      const damaged: string[] = [];
      for (const name of (await namesIn(join(folder, 'waiting'))).slice(0, LISTED_MAX)) {
        const stored = await get(name);
        if (!stored.ok) damaged.push(name);
        else if (stored.value !== undefined) waits.push(stored.value);
      }
      return ok({ waits, damaged });
    }),
    remove: (name, version) => onDisk('remove the waiting run', async () => {
      const top = await topOf(place(name));
      if (!top.ok) return top;
      const { number, record } = top.value;
      if (record?.kind !== 'kept' || String(number) !== version) return ok(undefined);
      if (await createOnly(fileOf(place(name), number + 1), textOf({ version: 1, kind: 'removed' }))) await sweep(place(name), number + 1);
      return ok(undefined);
    }),
  };
}

function storedOf(name: string, { number, record }: Top): StoredWait | undefined {
  return record?.kind === 'kept' ? { name, version: String(number), entry: record.entry } : undefined;
}

async function topOf(folder: string): Promise<Result<Top, Fault>> {
  for (;;) {
    const number = (await numbersIn(folder)).at(-1);
    if (number === undefined) return ok({ number: 0, record: undefined });
    const record = await readRecord(fileOf(folder, number), WaitingRecord);
    if (!record.ok) return record;
    // Swept between the two looks: then there is a higher one.
    if (record.value !== undefined) return ok({ number, record: record.value });
  }
}

/** Older packs are of no use to anybody, and large. */
async function sweep(folder: string, top: number): Promise<void> {
  for (const number of await numbersIn(folder)) if (number < top) await rm(fileOf(folder, number), { force: true });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => /^[A-Za-z0-9-]{1,100}$/.test(name)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function fileOf(folder: string, number: number): string {
  return join(folder, `${String(number)}.json`);
}
