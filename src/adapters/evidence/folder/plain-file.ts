import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** No document of a run comes near this; a larger one could not be a string any more. */
const TEXT_BYTES_MAX = 400 * 1024 * 1024;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The place of a document below `folder`, its folders made. A run folder may come from somebody else (`heddle resume`), so
 * nothing in it is followed: a link or a second name would let its maker choose what we overwrite.
 *
 * @throws Error when the way leads out of the folder, or through something that is no folder
 */
export async function placeBelow(folder: string, name: string): Promise<string> {
  const file = path.join(folder, ...name.split('/'));
  // Names come from check ids and attempt numbers; this is the last fence, not the first.
  if (!file.startsWith(folder + path.sep)) throw new Error(`a document outside the run folder was asked for: ${name}`);
  await mkdir(folder, { recursive: true });
  let at = folder;
  for (const part of path.relative(folder, path.dirname(file)).split(path.sep).filter((one) => one !== '')) {
    at = path.join(at, part);
    await mkdir(at).catch(ignoreExisting);
    if (!(await lstat(at)).isDirectory()) throw new Error(`${at} in the run folder is not a folder; a link there is never followed`);
  }
  const there = await lstat(file).catch(() => undefined);
  if (there !== undefined && (!there.isFile() || there.nlink > 1)) throw new Error(`${file} in the run folder is not a plain file of one name; it is never written through`);
  return file;
}

/** Written beside and renamed: a reader never meets half of it, and whatever had the name is replaced, not written to. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const beside = `${file}.${process.pid}.new`;
  await rm(beside, { force: true });
  const handle = await open(beside, 'wx', 0o644);
  try {
    await handle.writeFile(content);
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}

export async function appendToFile(file: string, text: string): Promise<void> {
  const handle = await open(file, APPEND, 0o644);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

/** `undefined` when there is no plain file of that name: a link, a pipe or a device is no document. */
export async function readPlainText(folder: string, name: string): Promise<string | undefined> {
  return (await readPlainBytes(folder, name))?.toString('utf8');
}

/** The same, as bytes. */
export async function readPlainBytes(folder: string, name: string): Promise<Buffer | undefined> {
  let at = folder;
  const parts = name.split('/');
  for (const part of parts.slice(0, -1)) {
    at = path.join(at, part);
    if ((await lstat(at).catch(() => undefined))?.isDirectory() !== true) return undefined;
  }
  const handle = await open(path.join(at, parts.at(-1) ?? ''), READ).catch(ignoreAbsent);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat().then((stats) => (stats.isFile() ? stats : { size: -1 }));
    if (size < 0) return undefined;
    if (size > TEXT_BYTES_MAX) throw new Error(`${name} in the run folder has ${size} bytes, more than a document can have`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ELOOP' || error.code === 'EMLINK') return undefined;
  throw error;
}
