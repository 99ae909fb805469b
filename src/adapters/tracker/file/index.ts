import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import type { Ticket, TicketRef } from '../../../domain/ticket.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Tracker, TrackerCapabilities } from '../../../ports/tracker.js';
import { toTicket } from './map.js';
import { parseTicketFile } from './schema.js';

export const id = 'file';

export const optionSchema = z.strictObject({
  root: z.string().min(1).describe('Folder that the keys of tickets are paths below; an absolute key stands for itself.'),
  commentsDir: z.string().min(1).describe('Folder that comments are written to, one file per ticket and marker. Made when it is missing.'),
});
export type FileTrackerOptions = z.infer<typeof optionSchema>;

export const capabilities: TrackerCapabilities = { history: false, editTime: false, comments: true };

const SOURCE = 'tracker/file';
const FILE_BYTES_MAX = 10 * 1024 * 1024;

/** Tickets as Markdown files. The files are only ever read: their folder may be read-only, and it is the repository's. */
export function create(options: FileTrackerOptions): Tracker {
  return {
    id, capabilities,
    fetch: (ref, signal) => fetchTicket(ref, options, signal),
    upsertComment: async (ref, marker, markdown, signal) => {
      const there = await readTicket(ref, options, signal);
      return there.ok ? writeComment({ file: commentFile(ref, marker), folder: options.commentsDir, markdown }) : there;
    },
  };
}

async function fetchTicket(ref: TicketRef, options: FileTrackerOptions, signal: AbortSignal | undefined): Promise<Result<Ticket, Fault>> {
  const file = await readTicket(ref, options, signal);
  if (!file.ok) return file;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(file.value.bytes);
  } catch {
    return err(fault('rejected', `${shown(ref)} is not UTF-8 text. Save it as UTF-8.`));
  }
  const parsed = parseTicketFile(text, shown(ref));
  return parsed.ok ? ok(toTicket(ref, parsed.value, file.value.modified)) : err(fault('rejected', parsed.error.slice(0, 3900)));
}

async function readTicket(ref: TicketRef, options: FileTrackerOptions, signal: AbortSignal | undefined): Promise<Result<{ readonly bytes: Uint8Array; readonly modified: Date }, Fault>> {
  if (signal?.aborted === true) return err(fault('io', 'Reading the ticket file was cancelled.'));
  let handle;
  try {
    // Without O_NONBLOCK a pipe in the ticket's place would hold us here for ever.
    handle = await open(resolve(options.root, ref.key), constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) return err(fault('not-found', `${shown(ref)} is not a file. Give the path of a Markdown file.`));
    if (stat.size > FILE_BYTES_MAX) return err(fault('rejected', `${shown(ref)} has ${stat.size} bytes; a ticket file may have ${FILE_BYTES_MAX}. Shorten it.`));
    return ok({ bytes: await handle.readFile(), modified: stat.mtime });
  } catch (cause) {
    return err(readFault(cause, ref, options.root));
  } finally {
    await handle?.close();
  }
}

function readFault(cause: unknown, ref: TicketRef, root: string): Fault {
  const code = errorCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') return fault('not-found', `There is no ticket file ${shown(ref)} in ${root}. Check the spelling of the path.`);
  if (code === 'EACCES' || code === 'EPERM') return fault('forbidden', `The ticket file ${shown(ref)} may not be read. Allow it for the account that runs Heddle.`);
  return { ...fault('io', `The ticket file ${shown(ref)} could not be read (${code}).`), side: 'ours' };
}

/** Written beside and moved into place, so that a reader never sees half of it; the same text is not written again. */
async function writeComment(comment: { readonly file: string; readonly folder: string; readonly markdown: string }): Promise<Result<string, Fault>> {
  const path = join(comment.folder, comment.file);
  const text = comment.markdown.endsWith('\n') ? comment.markdown : `${comment.markdown}\n`;
  try {
    await mkdir(comment.folder, { recursive: true });
    if (await currentText(path) !== text) {
      // Never through a link: the folder lies in a run folder, which may come from somebody else.
      await rm(`${path}.part`, { force: true });
      await writeFile(`${path}.part`, text, { flag: 'wx' });
      await rename(`${path}.part`, path);
    }
    return ok(path);
  } catch (cause) {
    return err({ ...fault('io', `The comment could not be written to ${path} (${errorCode(cause)}). Choose a folder that may be written.`), side: 'ours' });
  }
}

/** What stands there, `undefined` when that is no plain file: it is replaced then, neither followed nor waited for. */
async function currentText(path: string): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    return stat.isFile() && stat.size <= FILE_BYTES_MAX ? await handle.readFile('utf8') : undefined;
  } catch (cause) {
    if (['ENOENT', 'ELOOP'].includes(errorCode(cause))) return undefined;
    throw cause;
  } finally {
    await handle?.close();
  }
}

/** Readable for a person, exact by the two digests: of the ticket's key and of the marker. */
function commentFile(ref: TicketRef, marker: string): string {
  return `${part(ref.key)}--${part(marker)}.md`;
}

function part(text: string): string {
  const words = text.toLowerCase().slice(-40).split(/[^a-z0-9]/).filter((word) => word !== '').join('-');
  return `${words === '' ? 'x' : words}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

function errorCode(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown error';
}

function shown(ref: TicketRef): string {
  return ref.key.slice(0, 300);
}

function fault(code: Fault['code'], message: string): Fault {
  return { code, side: 'setup', retryable: false, source: SOURCE, message };
}
