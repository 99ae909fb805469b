import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { objectName, type ObjectFormat, type ObjectType } from '../../git-client/loose-objects.js';

const CHUNK_BYTES = 65_536;

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
