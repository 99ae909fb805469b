import { statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { TicketRef } from '../domain/ticket.js';
import { err, ok } from '../kit/result.js';
import type { Result } from '../kit/result.js';
import { parseTicketName } from './ticket-name.js';
import type { TicketHome } from './ticket-name.js';

/**
 * The ticket that a person named on the command line: every form of `parseTicketName`, or a path to a Markdown file.
 * A text that ends in `.md` or `.markdown`, or that begins with `.` or `/`, is always a path. The key of a file is its
 * path from `cwd` with forward slashes, or its absolute path when it lies outside.
 */
export function parseTicketRef(text: string, options: { readonly repository: string; readonly cwd: string; readonly home?: TicketHome | undefined }): Result<TicketRef, { readonly message: string }> {
  const name = text.trim();
  if (name === '') return err({ message: `No ticket was named. ${ALLOWED}` });
  if (/\.(md|markdown)$/i.test(name) && !/^https?:\/\//i.test(name)) return fileRef(name, options.cwd);
  if (/^[./\\]/.test(name)) return err({ message: `${quoted(name)} is not a Markdown file: a ticket file ends in .md. ${ALLOWED}` });
  const ref = parseTicketName(name, options.repository, options.home);
  if (ref === undefined) return err({ message: `${quoted(name)} names no ticket. ${ALLOWED}` });
  if (ref.key.startsWith('#')) return err({ message: `${quoted(name)} needs a repository. Write owner/repo${name}, or run inside a clone of it.` });
  return ok(ref);
}

const ALLOWED = 'Allowed are #12, owner/repo#12, group/sub/project#12, PROJ-123, the URL of a ticket, or the path of a Markdown file (bugs/total.md).';

function fileRef(name: string, cwd: string): Result<TicketRef, { readonly message: string }> {
  const path = resolve(cwd, name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return err({ message: `There is no ticket file ${quoted(name)} in ${cwd}. Check the spelling, or give the path from that folder.` });
  if (!stat.isFile()) return err({ message: `${quoted(name)} is not a file. Give the path of the Markdown file itself.` });
  const inside = relative(cwd, path);
  const key = inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside;
  if (key.length > 500) return err({ message: 'The path of the ticket file is longer than 500 characters. Move the file nearer.' });
  return ok({ tracker: 'file', key: key.split(sep).join('/') });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
