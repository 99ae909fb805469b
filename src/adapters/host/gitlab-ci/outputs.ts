import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';

/** GitLab takes 5 KiB of a dotenv report. */
export const DOTENV_BYTES_MAX = 5120;
const PLAIN = /^[A-Za-z0-9:/._~%?=&+#@,-]{0,1000}$/;

/**
 * The outputs as lines of a dotenv report: `HEDDLE_RUN_ID=…`. What is no plain word is left out, since GitLab makes variables of
 * later jobs out of it, and a second line would be a second variable.
 */
export function dotenvOf(outputs: Readonly<Record<string, string>>): { readonly text: string; readonly leftOut: readonly string[] } {
  const leftOut: string[] = [];
  let text = '';
  for (const [name, value] of Object.entries(outputs)) {
    const line = `HEDDLE_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}=${value}\n`;
    if (PLAIN.test(value) && Buffer.byteLength(text + line) <= DOTENV_BYTES_MAX) text += line;
    else leftOut.push(name);
  }
  return { text, leftOut };
}

/** Writes a file of the run folder, which is made when it is not there. */
export async function writeIn(folder: string, name: string, text: string): Promise<Result<void, Fault>> {
  const file = join(folder, name);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return ok(undefined);
  } catch (cause) {
    return err({ code: 'io', side: 'ours', retryable: false, source: 'host/gitlab-ci', message: `${file} could not be written: ${cause instanceof Error ? cause.message : String(cause)}. Name another folder with --out; GitLab keeps only artifacts below the project folder.` });
  }
}
