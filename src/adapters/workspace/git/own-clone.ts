import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { ObjectFormat } from '../../git-client/loose-objects.js';
import type { Reference } from './references.js';

/** The one set of attributes that git sees when it writes files for us: no conversion of any kind, ordinary text diffs. */
export const ATTRIBUTES = '* -text -eol -crlf -ident -filter -working-tree-encoding !diff !merge\n';

export interface OwnClone {
  readonly gitDir: string;
  readonly format: ObjectFormat;
  /** Object folders to borrow from, absolute. Nothing is copied. */
  readonly borrowed: readonly string[];
  readonly references: readonly Reference[];
  readonly head: string;
  /** The source's list of commits whose parents are missing. */
  readonly shallowFile: string | undefined;
  readonly workTree: boolean;
}

/**
 * Makes a git folder by hand: milliseconds whatever the size, and nothing of the source's configuration, hooks,
 * attributes, credentials or replacement objects can come along, because only object names are written.
 */
export function makeGitFolder(clone: OwnClone): void {
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'info']) mkdirSync(join(clone.gitDir, folder), { recursive: true });
  writeFileSync(join(clone.gitDir, 'HEAD'), `${clone.head}\n`);
  writeFileSync(join(clone.gitDir, 'config'), configText(clone));
  writeFileSync(join(clone.gitDir, 'objects/info/alternates'), clone.borrowed.map((path) => `${quoted(path)}\n`).join(''));
  writeFileSync(join(clone.gitDir, 'info/attributes'), ATTRIBUTES);
  if (clone.references.length > 0) writeFileSync(join(clone.gitDir, 'packed-refs'), packedReferences(clone.references));
  if (clone.shallowFile !== undefined && existsSync(clone.shallowFile)) copyFileSync(clone.shallowFile, join(clone.gitDir, 'shallow'));
}

/** The object folders that a git folder reads from: its own and all that it borrows. For mounts and for further borrowing. */
export function objectFolders(gitDir: string): readonly string[] {
  const found: string[] = [];
  const visit = (folder: string, depth: number): void => {
    if (depth > 5 || found.includes(folder) || !isObjectFolder(folder)) return;
    found.push(folder);
    const list = join(folder, 'info/alternates');
    if (!existsSync(list)) return;
    for (const line of readFileSync(list, 'utf8').split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const path = unquoted(line);
      visit(isAbsolute(path) ? path : resolve(folder, path), depth + 1);
    }
  };
  visit(join(gitDir, 'objects'), 0);
  return found;
}

/**
 * What is borrowed is mounted for the agent to read, and the list of what to borrow comes with the checkout: a line in it
 * must not show the agent a home folder, or the git folder around the objects with a token in its configuration.
 */
function isObjectFolder(folder: string): boolean {
  return existsSync(join(folder, 'pack')) && !existsSync(join(folder, 'HEAD')) && !existsSync(join(folder, 'config'));
}

function configText(clone: OwnClone): string {
  const version = clone.format === 'sha256' ? 1 : 0;
  const format = clone.format === 'sha256' ? '[extensions]\n\tobjectFormat = sha256\n' : '';
  return `[core]\n\trepositoryformatversion = ${String(version)}\n\tbare = ${String(!clone.workTree)}\n\tfilemode = true\n\tautocrlf = false\n\tsymlinks = true\n${format}`;
}

function packedReferences(references: readonly Reference[]): string {
  const lines = references.filter((one) => one.symbolic === '').map((one) => ({ key: Buffer.from(one.name), text: `${one.object} ${one.name}\n` }));
  lines.sort((a, b) => Buffer.compare(a.key, b.key));
  return `# pack-refs with: sorted \n${lines.map((line) => line.text).join('')}`;
}

/** git reads a line that begins with a quotation mark as a C string; every path can be written so. */
function quoted(path: string): string {
  if (/^[\w./ @+-]+$/.test(path)) return path;
  const octal = [...Buffer.from(path)].map((byte) => (byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte)));
  return `"${octal.join('')}"`;
}

function unquoted(line: string): string {
  if (!line.startsWith('"')) return line;
  const bytes: number[] = [];
  const body = Buffer.from(line.slice(1, line.lastIndexOf('"')));
  const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };
  for (let at = 0; at < body.length; at += 1) {
    const octal = /^\\([0-7]{3})/.exec(body.toString('latin1', at, at + 4));
    if (octal !== null) {
      bytes.push(Number.parseInt(octal[1] ?? '0', 8));
      at += 3;
    } else if (body[at] === 0x5c) {
      at += 1;
      bytes.push(ESCAPES[String.fromCharCode(body[at] ?? 0)] ?? body[at] ?? 0);
    } else {
      bytes.push(body[at] ?? 0);
    }
  }
  return Buffer.from(bytes).toString('utf8');
}
