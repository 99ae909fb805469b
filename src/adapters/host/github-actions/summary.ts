import { appendFile, stat } from 'node:fs/promises';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';

/** GitHub drops the whole page of a step when its file is larger. */
export const SUMMARY_BYTES_MAX = 1024 * 1024;
const NOTE = '\n\n_The rest was cut: a job summary holds 1 MiB. The run\'s artifact has all of it._\n';

/** Adds to the step's page, never beyond what GitHub shows; a cut is said. */
export async function appendSummary(file: string | undefined, markdown: string): Promise<Result<void, Fault>> {
  if (file === undefined) return err(fault('unsupported', 'setup', 'GITHUB_STEP_SUMMARY is not set, so there is no place for the job summary. Runners from version 2.297 on set it.'));
  try {
    const used = (await stat(file).catch(() => undefined))?.size ?? 0;
    await appendFile(file, cutToBytes(markdown, SUMMARY_BYTES_MAX - used));
    return ok(undefined);
  } catch (cause) {
    return err(fault('io', 'ours', `The job summary could not be written to ${file}: ${cause instanceof Error ? cause.message : String(cause)}.`));
  }
}

/** The longest beginning that fits with the note, without half a character; nothing when not even the note fits. */
export function cutToBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= bytesMax) return text;
  const room = bytesMax - Buffer.byteLength(NOTE);
  if (room < 0) return '';
  let end = room;
  // A byte 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8') + NOTE;
}

function fault(code: Fault['code'], side: Fault['side'], message: string): Fault {
  return { code, side, retryable: false, source: 'host/github-actions', message };
}
