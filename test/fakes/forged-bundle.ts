import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

/** Bundles made by hand, byte by byte, for what git itself would never write. */
export type Kind = 'commit' | 'tree' | 'blob' | 'tag';
const TYPE: Readonly<Record<Kind, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

export function nameOf(kind: Kind, bytes: Uint8Array): string {
  return createHash('sha1').update(`${kind} ${String(bytes.length)}\0`).update(bytes).digest('hex');
}

/** One entry of a pack as it lies in the file. */
export type Packed = Buffer;

export function packed(kind: Kind, bytes: Uint8Array): Packed {
  return Buffer.concat([head(TYPE[kind], bytes.length), deflateSync(bytes)]);
}

/** An entry that names another size than it unpacks to. */
export function lying(kind: Kind, size: number, bytes: Uint8Array): Packed {
  return Buffer.concat([head(TYPE[kind], size), deflateSync(bytes)]);
}

/** A delta on an object by its name; `delta` is the whole instruction text. */
export function nameDelta(base: string, delta: Buffer): Packed {
  return Buffer.concat([head(7, delta.length), Buffer.from(base, 'hex'), deflateSync(delta)]);
}

/** A delta on the entry that begins `back` bytes before this one. */
export function offsetDelta(back: number, delta: Buffer): Packed {
  const bytes = [back & 0x7f];
  for (let rest = Math.floor(back / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(((rest -= 1) & 0x7f) | 0x80);
  return Buffer.concat([head(6, delta.length), Buffer.from(bytes), deflateSync(delta)]);
}

/** A delta that puts `text` in the place of `size` bytes. At most 127 bytes each. */
export function replacing(size: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([size, text.length, text.length]), Buffer.from(text)]);
}

export function packOf(entries: readonly Packed[], count = entries.length): Buffer {
  const start = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1');
  start.writeUInt32BE(count, 8);
  const body = Buffer.concat([start, ...entries]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

function head(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  bytes.push((type << 4) | (size % 16) | (rest > 0 ? 0x80 : 0));
  for (; rest > 0; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
  return Buffer.from(bytes);
}

export interface TreeLine { readonly mode: string; readonly name: string | Buffer; readonly object: string }

/** A tree's bytes; in git's order unless they are to stand as they are given. */
export function treeOf(lines: readonly TreeLine[], sorted = true): Buffer {
  const keyed = lines.map(({ mode, name, object }) => ({ mode, name: Buffer.from(name as string), object }));
  const key = (line: { mode: string; name: Buffer }): Buffer => (/^0?40000$/.test(line.mode) ? Buffer.concat([line.name, Buffer.from('/')]) : line.name);
  if (sorted) keyed.sort((a, b) => Buffer.compare(key(a), key(b)));
  return Buffer.concat(keyed.flatMap(({ mode, name, object }) => [Buffer.from(`${mode} `), name, Buffer.from([0]), Buffer.from(object, 'hex')]));
}

/** The text of a candidate's commit as Heddle makes it. */
export function commitOf(parts: { readonly tree: string; readonly parents: readonly string[]; readonly at: string; readonly extra?: string; readonly message?: string }): Buffer {
  const who = `Heddle <heddle@localhost> ${String(Math.floor(Date.parse(parts.at) / 1000))} +0000`;
  return Buffer.from(`tree ${parts.tree}\n${parts.parents.map((parent) => `parent ${parent}\n`).join('')}author ${who}\ncommitter ${who}\n${parts.extra ?? ''}\n${parts.message ?? 'Heddle candidate\n'}`);
}

/** Writes a folder of the two files. The manifest is canonical unless its text is given. */
export function writeBundle(root: string, parts: { readonly manifest: string; readonly bundle: Uint8Array }): { readonly folder: string; readonly digest: string } {
  const folder = mkdtempSync(join(root, 'forged-'));
  writeFileSync(join(folder, 'manifest.json'), parts.manifest);
  writeFileSync(join(folder, 'change.bundle'), parts.bundle);
  return { folder, digest: sha256(parts.manifest) };
}
