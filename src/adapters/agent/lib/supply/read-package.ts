import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

/** What a package may hold. Above the largest agent of today by half. */
export interface PackageBounds { readonly bytesMax: number; readonly filesMax: number }
export const PACKAGE_BOUNDS: PackageBounds = { bytesMax: 1024 * 1024 * 1024, filesMax: 20_000 };

/** Takes the files of a package as they are read. `begin` opens one, then come its bytes, then its end. */
export interface PackageSink {
  begin(file: { readonly path: string; readonly executable: boolean; readonly bytes: number }): Promise<void>;
  bytes(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** Lets go of what is open. Always called last, also after a refusal. */
  done?(): Promise<void>;
}

/** The package is not one that we unpack; the words say which rule it breaks. */
export class BadPackage extends Error {
  override readonly name = 'BadPackage';
}

const BLOCK = 512;
const PAX_BYTES_MAX = 65_536;
const DEPTH_MAX = 32;

interface Header { readonly path: string; readonly bytes: number; readonly type: string; readonly executable: boolean }

/**
 * Reads an npm package (a gzipped ustar or pax archive) strictly: plain files and folders only, no links, devices or
 * sparse files, no absolute or climbing paths, no path twice, everything counted against the bounds. The first folder of
 * each path is dropped, as npm does.
 *
 * @throws BadPackage for an archive that breaks a rule or is cut short; what reading or the sink throws otherwise.
 */
export async function readPackage(archive: string, sink: PackageSink, bounds: PackageBounds = PACKAGE_BOUNDS): Promise<void> {
  const source = new Blocks(archive, bounds.bytesMax + bounds.filesMax * 4 * BLOCK);
  try {
    const [seen, folders] = [new Set<string>(), new Set<string>()];
    let total = 0;
    let pax: PaxFields = {};
    for (let block = await source.take(BLOCK); block !== undefined && block.some((byte) => byte !== 0); block = await source.take(BLOCK)) {
      const header = headerOf(block, pax);
      if (header.type === 'x' || header.type === 'g') {
        if (header.bytes > PAX_BYTES_MAX) throw new BadPackage('an extended header is too long');
        const text = await source.padded(header.bytes);
        // A global header (git writes its commit there) says nothing about a file that we would obey.
        if (header.type === 'x') pax = paxFields(text);
        continue;
      }
      pax = {};
      if (header.type === '5') continue;
      if (header.type !== '0') throw new BadPackage(`${JSON.stringify(header.path)} is ${KINDS[header.type] ?? 'of an unknown kind'}, not a file`);
      const path = safePath(header.path);
      claim(path, seen, folders);
      total += header.bytes;
      if (seen.size > bounds.filesMax) throw new BadPackage(`it holds more than ${bounds.filesMax} files`);
      if (total > bounds.bytesMax) throw new BadPackage(`it holds more than ${bounds.bytesMax} bytes`);
      await sink.begin({ path, executable: header.executable, bytes: header.bytes });
      await source.each(header.bytes, (chunk) => sink.bytes(chunk));
      await sink.end();
    }
    if (seen.size === 0) throw new BadPackage('it holds no file');
  } finally {
    source.close();
    await sink.done?.();
  }
}

/** One file for each path, and no path that is a file and a folder. */
function claim(path: string, files: Set<string>, folders: Set<string>): void {
  if (files.has(path) || folders.has(path)) throw new BadPackage(`${JSON.stringify(path)} is in it twice`);
  files.add(path);
  for (let end = path.lastIndexOf('/'); end !== -1; end = path.lastIndexOf('/', end - 1)) {
    const folder = path.slice(0, end);
    if (files.has(folder)) throw new BadPackage(`${JSON.stringify(folder)} is a file and a folder in it`);
    folders.add(folder);
  }
}

const KINDS: Readonly<Record<string, string>> = { 1: 'a hard link', 2: 'a symbolic link', 3: 'a character device', 4: 'a block device', 6: 'a named pipe', 7: 'a contiguous file', L: 'a GNU long name', K: 'a GNU long link', S: 'a sparse file' };

function headerOf(block: Uint8Array, pax: PaxFields): Header {
  const bytes = Buffer.from(block);
  if (octal(bytes, 148, 8) !== checksum(bytes)) throw new BadPackage('a header\'s checksum is wrong');
  const text = (at: number, length: number): string => {
    const field = bytes.subarray(at, at + length);
    const end = field.indexOf(0);
    return field.subarray(0, end === -1 ? length : end).toString('utf8');
  };
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  const name = text(0, 100);
  const flag = text(156, 1);
  return {
    path: pax.path ?? (prefix === '' ? name : `${prefix}/${name}`),
    bytes: pax.size ?? octal(bytes, 124, 12),
    type: flag === '' ? '0' : flag,
    executable: (octal(bytes, 100, 8) & 0o111) !== 0,
  };
}

/** The sum of the header's bytes, its own field taken as blanks (POSIX.1, ustar). */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += at >= 148 && at < 156 ? 32 : header[at] ?? 0;
  return sum;
}

function octal(header: Buffer, at: number, length: number): number {
  const text = header.subarray(at, at + length).toString('latin1').replace(/[\0 ]+$/, '').replace(/^ +/, '');
  if (!/^[0-7]{0,11}$/.test(text)) throw new BadPackage('a number in a header is not octal');
  return text === '' ? 0 : Number.parseInt(text, 8);
}

interface PaxFields { readonly path?: string; readonly size?: number }

/** `LENGTH KEY=VALUE\n` records. Of these only a long path and a size say something that we take. */
function paxFields(bytes: Uint8Array): PaxFields {
  const buffer = Buffer.from(bytes);
  const fields: { path?: string; size?: number } = {};
  for (let at = 0; at < buffer.length;) {
    const blank = buffer.indexOf(32, at);
    const length = blank === -1 ? Number.NaN : Number(buffer.subarray(at, blank).toString('latin1'));
    if (!Number.isSafeInteger(length) || length < 5 || at + length > buffer.length || buffer[at + length - 1] !== 10) throw new BadPackage('an extended header is broken');
    const record = buffer.subarray(blank + 1, at + length - 1).toString('utf8');
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === 'path') fields.path = value;
    if (key === 'size') fields.size = sizeOf(value);
    if (key === 'linkpath' || key.startsWith('GNU.sparse')) throw new BadPackage('an extended header is about a link or a sparse file');
    at += length;
  }
  return fields;
}

function sizeOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new BadPackage('an extended header\'s size is no number');
  return Number(text);
}

/** The path below the first folder. Whatever could leave the folder it is unpacked into, or mean two things, is refused. */
function safePath(named: string): string {
  const bad = (why: string): BadPackage => new BadPackage(`${JSON.stringify(named.slice(0, 200))} ${why}`);
  if (named.startsWith('/')) throw bad('is an absolute path');
  const [, ...parts] = named.split('/');
  if (parts.length === 0 || parts.length > DEPTH_MAX) throw bad('is not below one folder');
  if (named.split('/').some((part) => part === '' || part === '.' || part === '..')) throw bad('is a path with empty or climbing parts');
  if (/[\u0000-\u001f\u007f\\\ufffd]/.test(named)) throw bad('holds a control character, a backslash or broken UTF-8');
  if (parts.some((part) => Buffer.byteLength(part) > 255)) throw bad('has too long a name');
  return parts.join('/');
}

/** Bytes of the unpacked archive, in the portions that are asked for. Holds one chunk at a time. */
class Blocks {
  private readonly file: ReturnType<typeof createReadStream>;
  private readonly gunzip = createGunzip();
  private readonly chunks: AsyncIterator<unknown>;
  private readonly bytesMax: number;
  private rest: Uint8Array = new Uint8Array(0);
  private read = 0;

  constructor(archive: string, bytesMax: number) {
    this.bytesMax = bytesMax;
    this.file = createReadStream(archive, { highWaterMark: 1024 * 1024 });
    this.file.on('error', (error) => { this.gunzip.destroy(error); });
    this.chunks = this.file.pipe(this.gunzip)[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes; undefined when the archive ended just before. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const chunk = await this.some(missing);
      if (chunk === undefined) {
        if (missing === length) return undefined;
        throw new BadPackage('it is cut short');
      }
      parts.push(chunk);
      missing -= chunk.length;
    }
    return Buffer.concat(parts);
  }

  /** Content of so many bytes with the padding behind it left out. For short ones. */
  async padded(length: number): Promise<Uint8Array> {
    const content: Uint8Array[] = [];
    await this.each(length, (chunk) => { content.push(chunk); return Promise.resolve(); });
    return Buffer.concat(content);
  }

  /** Content of so many bytes in chunks, then its padding thrown away. */
  async each(length: number, use: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    for (let missing = length; missing > 0;) {
      const chunk = await this.some(missing);
      if (chunk === undefined) throw new BadPackage('it is cut short');
      missing -= chunk.length;
      await use(chunk);
    }
    const padding = (BLOCK - (length % BLOCK)) % BLOCK;
    if (padding > 0 && await this.take(padding) === undefined) throw new BadPackage('it is cut short');
  }

  close(): void {
    this.file.destroy();
    this.gunzip.destroy();
  }

  private async some(max: number): Promise<Uint8Array | undefined> {
    if (this.rest.length === 0) {
      const next = await this.next();
      if (next === undefined) return undefined;
      this.rest = next;
    }
    const chunk = this.rest.subarray(0, max);
    this.rest = this.rest.subarray(chunk.length);
    return chunk;
  }

  private async next(): Promise<Uint8Array | undefined> {
    let next: IteratorResult<unknown>;
    try {
      next = await this.chunks.next();
    } catch (cause) {
      const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
      if (code.startsWith('Z_')) throw new BadPackage('it is not a whole gzip file');
      throw cause;
    }
    if (next.done === true) return undefined;
    if (!(next.value instanceof Uint8Array)) throw new TypeError('a stream of bytes gave something else');
    this.read += next.value.length;
    if (this.read > this.bytesMax) throw new BadPackage(`it unpacks to more than ${this.bytesMax} bytes`);
    return next.value;
  }
}
