import { link, mkdir, readFile, readdir, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { Fault, FaultCode } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';

export function fault(code: FaultCode, side: Fault['side'], message: string): Fault {
  return { code, side, retryable: false, source: 'forge/local', message: message.slice(0, 4000) };
}

/** Turns what the disk throws into a fault; everything else is a bug and goes on. */
export async function onDisk<T>(what: string, work: () => Promise<Result<T, Fault>>): Promise<Result<T, Fault>> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const forbidden = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    return err(fault(forbidden ? 'forbidden' : 'io', forbidden ? 'setup' : 'ours', `The local forge could not ${what} (${code}). Check the folder and its rights, or name another with --forge-dir.`));
  }
}

/** Creates a file with its whole content at once, only if there is none: false = somebody was first. */
export async function createOnly(file: string, text: string): Promise<boolean> {
  const temporary = await writeBeside(file, text);
  try {
    // A hard link appears complete or not at all, and never replaces: `wx` alone would show others an empty file.
    await link(temporary, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
}

export async function replace(file: string, text: string): Promise<void> {
  await rename(await writeBeside(file, text), file);
}

/** The numbers of `<n>.json` in a folder, rising. */
export async function numbersIn(folder: string): Promise<readonly number[]> {
  try {
    return (await readdir(folder)).flatMap((name) => (/^[1-9][0-9]{0,8}\.json$/.test(name) ? [Number.parseInt(name, 10)] : [])).sort((a, b) => a - b);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A record of ours, which a person may have edited. `undefined` = there is none. */
export async function readRecord<T>(file: string, schema: z.ZodType<T>): Promise<Result<T | undefined, Fault>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ok(undefined);
    throw error;
  }
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return err(fault('invalid-answer', 'setup', `${file} is not what was written there: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}. Mend or remove the file.`));
}

/** Shown to people, so readable. */
export function textOf(record: unknown): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

async function writeBeside(file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = join(dirname(file), `.${randomBytes(8).toString('hex')}.tmp`);
  await writeFile(temporary, text, { flag: 'wx' });
  return temporary;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
