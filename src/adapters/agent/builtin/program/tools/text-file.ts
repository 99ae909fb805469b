import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ToolRefusal } from './tool.js';

const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** The text of an ordinary file. Special files, binary ones and very large ones are refused in words. */
export async function readText(path: string, shown: string): Promise<string> {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => { throw refusalFor(error, shown); });
  try {
    const facts = await file.stat();
    if (facts.isDirectory()) throw new ToolRefusal(`${shown} is a folder; use list_files.`);
    if (!facts.isFile()) throw new ToolRefusal(`${shown} is not an ordinary file.`);
    if (facts.size > FILE_BYTES_MAX) throw new ToolRefusal(`${shown} has ${facts.size} bytes, too many to read whole; use search or run_command.`);
    const bytes = await file.readFile();
    if (bytes.subarray(0, 8000).includes(0)) throw new ToolRefusal(`${shown} is a binary file.`);
    return bytes.toString('utf8');
  } finally {
    await file.close();
  }
}

/** Writes a file whole, making its folders; a link in its place is never followed, its mode is kept. */
export async function writeText(path: string, shown: string, content: string): Promise<void> {
  if (Buffer.byteLength(content) > FILE_BYTES_MAX) throw new ToolRefusal(`${shown} would be larger than ${FILE_BYTES_MAX} bytes.`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o644);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw refusalFor(error, shown);
  }
}

export function refusalFor(error: unknown, shown: string): Error {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
  if (code === undefined) return error instanceof Error ? error : new Error(String(error));
  if (code === 'ENOENT') return new ToolRefusal(`${shown} does not exist. Use list_files or search to find the right path.`);
  return new ToolRefusal(`${shown} could not be used (${code}).`);
}
