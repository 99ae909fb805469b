import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

export type ObjectFormat = 'sha1' | 'sha256';
type ObjectType = 'blob' | 'tree' | 'commit';

const CHUNK_BYTES = 65_536;

/** The name git gives to an object with these bytes (gitformat: hash over `TYPE SIZE\0` and the bytes). */
export function objectName(format: ObjectFormat, type: ObjectType, bytes: Uint8Array): string {
  return createHash(format).update(`${type} ${String(bytes.length)}\0`).update(bytes).digest('hex');
}

/** The name of an open file as a blob, read in pieces. `undefined` when it is not `size` bytes long any more. */
export function blobNameOfFile(format: ObjectFormat, descriptor: number, size: number): string | undefined {
  const hash = createHash(format).update(`blob ${String(size)}\0`);
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size + 1));
  let total = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, 0, buffer.length, total);
    if (count === 0) break;
    total += count;
    if (total > size) return undefined;
    hash.update(buffer.subarray(0, count));
  }
  return total === size ? hash.digest('hex') : undefined;
}

/**
 * Writes an object into our own bare clone as a loose object and answers its name. Under a temporary name first: a crash leaves no half object.
 */
export function writeObject(gitDir: string, format: ObjectFormat, type: ObjectType, bytes: Uint8Array): string {
  const name = objectName(format, type, bytes);
  const folder = join(gitDir, 'objects', name.slice(0, 2));
  const file = join(folder, name.slice(2));
  if (existsSync(file)) return name;
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `tmp_obj_${String(process.pid)}_${String(sequence += 1)}`);
  const descriptor = openSync(temporary, 'wx', 0o444);
  try {
    writeFileSync(descriptor, deflateSync(Buffer.concat([Buffer.from(`${type} ${String(bytes.length)}\0`), bytes]), { level: 1 }));
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  return name;
}
let sequence = 0;

const PACK_TYPES: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3 };

/**
 * New objects, collected in memory in git's pack format (gitformat-pack: header, entries, hash over all of it). Handing one
 * pack to `git index-pack` creates two files where loose objects would be one file each, which is what costs time; and
 * when the folder is refused nothing was written at all.
 */
export class ObjectPack {
  readonly format: ObjectFormat;
  private readonly names = new Set<string>();
  private readonly parts: Buffer[] = [];

  constructor(format: ObjectFormat) {
    this.format = format;
  }

  add(type: ObjectType, bytes: Uint8Array): string {
    const name = objectName(this.format, type, bytes);
    if (this.names.has(name)) return name;
    this.names.add(name);
    this.parts.push(entryHeader(PACK_TYPES[type], bytes.length), deflateSync(bytes, { level: 1 }));
    return name;
  }

  /** The whole pack, undefined when there is nothing in it. */
  bytes(): Buffer | undefined {
    if (this.names.size === 0) return undefined;
    const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1');
    header.writeUInt32BE(this.names.size, 8);
    const hash = createHash(this.format).update(header);
    for (const part of this.parts) hash.update(part);
    return Buffer.concat([header, ...this.parts, hash.digest()]);
  }
}

/** Four bits of the size beside the type, then seven at a time, the lowest first. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  bytes.push((type << 4) | (size % 16) | (rest > 0 ? 0x80 : 0));
  while (rest > 0) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(low | (rest > 0 ? 0x80 : 0));
  }
  return Buffer.from(bytes);
}

/** One entry of a tree object. */
export interface NewEntry { readonly name: string; readonly mode: string; readonly object: string }

/** The bytes of a tree object: entries in git's order, where a folder sorts as if its name ended in a slash. */
export function treeBytes(entries: readonly NewEntry[]): Buffer {
  const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.mode === '40000' ? `${entry.name}/` : entry.name) }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(keyed.flatMap(({ entry }) => [Buffer.from(`${entry.mode} ${entry.name}\0`), Buffer.from(entry.object, 'hex')]));
}
