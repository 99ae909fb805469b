import { constants } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import type { TrailStore } from '../../../ports/trail-store.js';
import { err, ok, type Result } from '../../../kit/result.js';
import { takeLock } from '../lib/lock.js';

export const id = 'folder';

/** Far above what a run can write; a larger file is not a trail of ours and must not fill the memory. */
const TRAIL_BYTES_MAX = 1024 * 1024 * 1024;
/** The folder may come from somebody else: a link or a pipe in the trail's place is not followed and not waited for. */
const CAREFUL = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The trail as one file, `events.jsonl`, in the run folder. A lock file holds the writer's process id, so that `resume` never
 * writes beside a run that is still alive; a lock whose process is gone is taken over.
 */
export async function create(options: { readonly folder: string }): Promise<Result<TrailStore & { close(): Promise<void> }, Fault>> {
  await mkdir(options.folder, { recursive: true });
  const file = path.join(options.folder, 'events.jsonl');
  const lock = path.join(options.folder, '.lock');
  const holder = await takeLock(lock);
  if (holder !== undefined) return err(inUse(options.folder, lock, holder));
  const problem = await problemOf(file);
  if (problem !== undefined) {
    await rm(lock, { force: true });
    return err(fault('rejected', `${file} is no trail: ${problem}. Give the folder of a run, as Heddle wrote it.`));
  }
  return ok({
    read: async () => {
      const handle = await open(file, constants.O_RDONLY | CAREFUL).catch(missingIsEmpty);
      if (handle === undefined) return new Uint8Array();
      try {
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    },
    async append(lines) {
      const handle = await open(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | CAREFUL, 0o644);
      try {
        await handle.writeFile(lines);
        await handle.datasync();
      } finally {
        await handle.close();
      }
    },
    truncate: async (length) => {
      const handle = await open(file, constants.O_WRONLY | CAREFUL);
      try {
        await handle.truncate(length);
      } finally {
        await handle.close();
      }
    },
    close: async () => rm(lock, { force: true }),
  });
}

/** What keeps a file from being our trail, before anything of it is read or written; `undefined` when nothing does. */
async function problemOf(file: string): Promise<string | undefined> {
  const handle = await open(file, constants.O_RDONLY | CAREFUL).catch((error: NodeJS.ErrnoException) => error.code ?? 'unknown');
  if (handle === 'ENOENT') return undefined;
  if (typeof handle === 'string') return handle === 'ELOOP' ? 'it is a link' : `it cannot be opened (${handle})`;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return 'it is no plain file';
    if (stats.nlink > 1) return 'it has a second name elsewhere (a hard link), which would be written as well';
    return stats.size > TRAIL_BYTES_MAX ? `it has ${stats.size} bytes` : undefined;
  } finally {
    await handle.close();
  }
}

function inUse(folder: string, lock: string, holder: number): Fault {
  if (holder === 0) return fault('conflict', `The lock file ${lock} does not say who holds it, or is being taken over. Remove it when no run works there, and try again.`);
  return fault('conflict', `The run folder ${folder} is in use by process ${holder}. Wait for it to end, or stop it, and try again.`);
}

function fault(code: Fault['code'], message: string): Fault {
  return { code, side: 'setup', retryable: false, source: 'ledger-store/folder', message };
}

function missingIsEmpty(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
