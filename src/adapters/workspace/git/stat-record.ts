import { closeSync, lstatSync, openSync, realpathSync, unlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TreeIndex } from './tree-index.js';

/** What we knew about a folder at the moment we had written it, before any agent saw it. */
export interface StatRecord {
  /** The blob that the file surely still holds, or undefined when it must be read again. */
  blobIfUntouched(path: string, stat: Stats): { readonly mode: string; readonly blob: string } | undefined;
}

interface Known { readonly mode: string; readonly blob: string; readonly stat: Stats }

/**
 * Remembers inode, size, mode and both times of every file, so that an untouched file needs no reading later.
 *
 * Why this is safe: the change time of a file is set by the kernel; a program without privileges cannot set it back. A file
 * that changed in the same tick of the clock as our own writing would look untouched, so a marker file is made
 * afterwards on the same file system, and every file whose change time is not BEFORE the marker's is not remembered.
 * That holds for every granularity of time. root, or whoever may set the clock, can forge change times: where the
 * agent runs as root without isolation the caller switches this off and every file is read.
 *
 * @returns the record, or the path of a file that is not what the tree says
 */
export function recordStats(folder: string, index: TreeIndex): StatRecord | { readonly differs: string } {
  const known = new Map<string, Known>();
  for (const [path, file] of index.files) {
    if (file.mode === '160000') continue;
    const stat = lstatSync(join(folder, path), { throwIfNoEntry: false });
    if (stat === undefined || !isAsTold(stat, file.mode, file.size)) return { differs: path };
    if (file.mode !== '120000') known.set(path, { mode: file.mode, blob: file.blob, stat });
  }
  const marked = markerTime(folder);
  for (const [path, { stat }] of known) if (stat.ctimeMs >= marked) known.delete(path);
  return {
    blobIfUntouched(path, stat) {
      const before = known.get(path);
      return before !== undefined && sameStat(before.stat, stat) ? before : undefined;
    },
  };
}

export function folderKey(folder: string): string {
  const stat = lstatSync(folder);
  return `${realpathSync(folder)}\0${String(stat.dev)}\0${String(stat.ino)}`;
}

function isAsTold(stat: Stats, mode: string, size: number): boolean {
  if (mode === '120000') return stat.isSymbolicLink();
  return stat.isFile() && stat.size === size && ((stat.mode & 0o100) !== 0) === (mode === '100755');
}

function sameStat(a: Stats, b: Stats): boolean {
  return a.ctimeMs === b.ctimeMs && a.mtimeMs === b.mtimeMs && a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mode === b.mode && a.nlink === b.nlink;
}

function markerTime(folder: string): number {
  const marker = join(folder, `.heddle-marker-${randomBytes(8).toString('hex')}`);
  closeSync(openSync(marker, 'wx'));
  const { ctimeMs } = lstatSync(marker);
  unlinkSync(marker);
  return ctimeMs;
}
