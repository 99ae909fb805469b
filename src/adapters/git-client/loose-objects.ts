import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

export type ObjectFormat = 'sha1' | 'sha256';
export type ObjectType = 'blob' | 'tree' | 'commit';

/** A bare repository of ours. `level` of the compression: 1 for what is read again soon and here, 6 for what is sent and kept. */
export interface ObjectPlace { readonly gitDir: string; readonly format: ObjectFormat; readonly level: 1 | 6 }

/** One entry of a git tree. `mode` as git writes it: `100644` or `40000`. */
export interface TreeEntry { readonly name: string; readonly mode: string; readonly object: string }

export const FILE_MODE = '100644';
export const FOLDER_MODE = '40000';

/** The name git gives to an object with these bytes (gitformat: hash over `TYPE SIZE\0` and the bytes). */
export function objectName(format: ObjectFormat, type: ObjectType, bytes: Uint8Array): string {
  return createHash(format).update(`${type} ${String(bytes.length)}\0`).update(bytes).digest('hex');
}

/** Writes a loose object and answers its name. Under a temporary name first: a process that is killed leaves no half object. */
export function writeObject({ gitDir, format, level }: ObjectPlace, type: ObjectType, bytes: Uint8Array): string {
  const name = objectName(format, type, bytes);
  const folder = join(gitDir, 'objects', name.slice(0, 2));
  const file = join(folder, name.slice(2));
  if (existsSync(file)) return name;
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `tmp_obj_${String(process.pid)}_${String(sequence += 1)}`);
  const descriptor = openSync(temporary, 'wx', 0o444);
  try {
    writeFileSync(descriptor, deflateSync(Buffer.concat([Buffer.from(`${type} ${String(bytes.length)}\0`), bytes]), { level }));
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  return name;
}
let sequence = 0;

/** The bytes of a tree object: entries in git's order, where a folder sorts as if its name ended in a slash. */
export function treeBytes(entries: Iterable<TreeEntry>): Buffer {
  const keyed = [...entries].map((entry) => ({ entry, key: Buffer.from(entry.mode === FOLDER_MODE ? `${entry.name}/` : entry.name) }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(keyed.flatMap(({ entry }) => [Buffer.from(`${entry.mode} ${entry.name}\0`), Buffer.from(entry.object, 'hex')]));
}
