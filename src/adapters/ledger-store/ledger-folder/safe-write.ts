import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const JOURNAL = '.writing.json';
const FILE_BYTES_MAX = 64 * 1024 * 1024;
const Journal = z.strictObject({ version: z.literal(1), files: z.array(z.strictObject({ path: z.string().regex(/^(?!\/)(?!.*\.\.)[\w./-]{1,300}$/), base64: z.string() })) });

/**
 * Replaces files so that all of them are new or none is, whenever the process is killed: what is to be written stands whole in
 * one file first, and whoever finds that file writes it again.
 */
export async function replaceAll(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  if (files.size === 0) return;
  const journal = { version: 1, files: [...files].map(([name, bytes]) => ({ path: name, base64: Buffer.from(bytes).toString('base64') })) };
  await replaceOne(path.join(folder, JOURNAL), Buffer.from(JSON.stringify(journal)), true);
  await finishWriting(folder);
}

/** Writes what a process that is gone had decided to write. Repeating it is harmless. Called under the lock. */
export async function finishWriting(folder: string): Promise<void> {
  const file = path.join(folder, JOURNAL);
  const bytes = await readPlain(file);
  if (bytes === undefined) return;
  const journal = journalOf(bytes.toString('utf8'));
  if (journal === undefined) throw Object.assign(new Error(`${file} is not what Heddle writes there; remove it when no run is writing`), { code: 'EINVAL' });
  for (const one of journal.files) {
    const target = path.join(folder, one.path);
    await mkdir(path.dirname(target), { recursive: true });
    await replaceOne(target, Buffer.from(one.base64, 'base64'), false);
  }
  await rm(file, { force: true });
}

function journalOf(text: string): z.infer<typeof Journal> | undefined {
  try {
    return Journal.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The bytes of a plain file; `undefined` when there is none. A link, a pipe or a huge file is no file of ours. */
export async function readPlain(file: string): Promise<Buffer | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > FILE_BYTES_MAX) throw Object.assign(new Error(`${file} is no file of a ledger`), { code: stats.isFile() ? 'EFBIG' : 'EINVAL' });
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function replaceOne(file: string, bytes: Uint8Array, durable: boolean): Promise<void> {
  const temporary = `${file}.${String(process.pid)}.new`;
  const handle = await open(temporary, 'w', 0o644);
  try {
    await handle.writeFile(bytes);
    if (durable) await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
