import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { BookingStep, Ledger } from '../../../ports/ledger.js';
import { takeLock } from '../lib/lock.js';
import { findLines, planLines, planRows, readRows, type LedgerFiles, type NewFiles } from '../lib/steps.js';
import { viewOf } from '../lib/write-rows.js';
import { finishWriting, readPlain, replaceAll } from './safe-write.js';

export const id = 'ledger-folder';
const SOURCE = 'ledger-store/ledger-folder';

export interface LedgerFolderOptions { readonly folder: string }

export interface LedgerFolderDeps {
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly random: () => number;
}

/** As long as a rival may need for a write, many times over. */
const LOCK_TRIES_MAX = 2_000;
const LOCK_PAUSE_MS = 15;

/**
 * The ledger as a folder, in the same form as on a branch. One writer or reader at a time, by a lock file that dies with its
 * process; a write that was cut off is finished by whoever comes next.
 */
export function create(options: LedgerFolderOptions, deps: LedgerFolderDeps): Ledger {
  const folder = path.resolve(options.folder);
  const files = filesIn(folder);
  const locked = <T>(work: () => Promise<Result<T, Fault>>, signal: AbortSignal | undefined): Promise<Result<T, Fault>> => underLock({ folder, deps, signal }, work);
  const write = async (planned: Result<NewFiles, Fault>): Promise<Result<void, Fault>> => {
    if (planned.ok) await replaceAll(folder, planned.value);
    return planned.ok ? ok(undefined) : planned;
  };
  return {
    id, writable: true,
    read: (query, signal) => locked(async () => {
      const rows = await readRows(files, query);
      return rows.ok ? ok(viewOf(rows.value)) : rows;
    }, signal),
    book: <T>(query: Parameters<Ledger['book']>[0], step: BookingStep<T>, signal?: AbortSignal) => locked<T>(async () => {
      const read = await readRows(files, query);
      if (!read.ok) return read;
      const { rows, answer } = step(viewOf(read.value));
      const written = await write(await planRows(files, read.value, rows));
      return written.ok ? ok(answer) : written;
    }, signal),
    keep: (kept, signal) => locked(async () => {
      const planned = await planLines(files, kept);
      return planned.ok ? write(ok(planned.value.files)) : planned;
    }, signal),
    linesOf: (run, signal) => locked(() => findLines(files, run), signal),
  };
}

function filesIn(folder: string): LedgerFiles {
  return {
    source: SOURCE,
    list: async (below) => ok(await readdir(path.join(folder, below)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
      return [];
    })),
    async read(paths) {
      const found = new Map<string, Buffer>();
      for (const one of paths) {
        const bytes = await readPlain(path.join(folder, one));
        if (bytes !== undefined) found.set(one, bytes);
      }
      return ok(found);
    },
  };
}

async function underLock<T>(at: { readonly folder: string; readonly deps: LedgerFolderDeps; readonly signal: AbortSignal | undefined }, work: () => Promise<Result<T, Fault>>): Promise<Result<T, Fault>> {
  const { folder, deps, signal } = at;
  const lock = path.join(folder, '.lock');
  let held = false;
  try {
    await mkdir(folder, { recursive: true });
    let holder = await takeLock(lock);
    for (let tries = 1; holder !== undefined; tries += 1) {
      if (tries > LOCK_TRIES_MAX || signal?.aborted === true) return err(fault('conflict', 'theirs', `The ledger ${folder} is held by process ${String(holder)}. When that is gone, remove ${lock}.`, true));
      await deps.pause(1 + deps.random() * LOCK_PAUSE_MS, signal);
      holder = await takeLock(lock);
    }
    held = true;
    await finishWriting(folder);
    return await work();
  } catch (error) {
    // What the disk says is a fault of the place; everything else is a bug and goes on.
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    return err(fault('io', 'setup', `The ledger ${folder} cannot be used (${code}). Give another folder with \`ledger.folder\`, or set \`ledger.store\` to \`none\`.`));
  } finally {
    if (held) await rm(lock, { force: true });
  }
}

function fault(code: Fault['code'], side: Fault['side'], message: string, retryable = false): Fault {
  return { code, side, retryable, source: SOURCE, message };
}
