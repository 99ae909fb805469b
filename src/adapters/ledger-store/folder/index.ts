import { mkdir, open, readFile, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import type { TrailStore } from '../../../ports/trail-store.js';
import { err, ok, type Result } from '../../../kit/result.js';

export const id = 'folder';

/**
 * The trail as one file, `events.jsonl`, in the run folder. A lock file holds the writer's process id, so that `resume` never
 * writes beside a run that is still alive; a lock whose process is gone is taken over.
 */
export async function create(options: { readonly folder: string }): Promise<Result<TrailStore & { close(): Promise<void> }, Fault>> {
  await mkdir(options.folder, { recursive: true });
  const file = path.join(options.folder, 'events.jsonl');
  const lock = path.join(options.folder, '.lock');
  const holder = await takeLock(lock);
  if (holder !== undefined) {
    return err({ code: 'conflict', side: 'setup', retryable: false, source: 'ledger-store/folder', message: `The run folder ${options.folder} is in use by process ${holder}. Wait for it to end, or stop it, and try again.` });
  }
  return ok({
    read: async () => readFile(file).catch(missingIsEmpty),
    async append(lines) {
      const handle = await open(file, 'a', 0o644);
      try {
        await handle.writeFile(lines);
        await handle.datasync();
      } finally {
        await handle.close();
      }
    },
    truncate: async (length) => truncate(file, length),
    close: async () => rm(lock, { force: true }),
  });
}

function missingIsEmpty(error: NodeJS.ErrnoException): Uint8Array {
  if (error.code === 'ENOENT') return new Uint8Array();
  throw error;
}

/** Answers the holder's process id when it is alive, `undefined` when the lock is ours now. */
async function takeLock(lock: string): Promise<number | undefined> {
  for (let round = 0; round < 3; round += 1) {
    try {
      const handle = await open(lock, 'wx', 0o644);
      await handle.writeFile(String(process.pid));
      await handle.close();
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(lock, 'utf8').catch(() => '0'));
    if (holder > 0 && holder !== process.pid && isAlive(holder)) return holder;
    await rm(lock, { force: true });
  }
  return process.pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
