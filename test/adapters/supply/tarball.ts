import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** One entry of an archive, hostile ones included. */
export interface Entry {
  readonly name: string;
  readonly body?: string;
  readonly mode?: number;
  /** ustar type flag; `0` is a file. */
  readonly type?: string;
  readonly link?: string;
  /** Records of an extended header that comes before. */
  readonly pax?: Readonly<Record<string, string>>;
  /** Another size than the body has. */
  readonly size?: number;
  readonly badChecksum?: boolean;
}

/** A gzipped ustar archive. Only what these tests need of the format, and nothing is made safe. */
export function tarball(entries: readonly Entry[]): Buffer {
  return gzipSync(Buffer.concat([...entries.flatMap(blocks), Buffer.alloc(1024)]));
}

export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

function blocks(entry: Entry): Buffer[] {
  const before = entry.pax === undefined ? [] : blocks({ name: 'PaxHeader/x', type: 'x', body: Object.entries(entry.pax).map(([key, value]) => record(key, value)).join('') });
  const body = Buffer.from(entry.body ?? '');
  return [...before, header(entry, body.length), Buffer.concat([body, Buffer.alloc((512 - (body.length % 512)) % 512)])];
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return `${length}${rest}`;
}

function header(entry: Entry, bytes: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(entry.name, 0, 100);
  block.write(`${(entry.mode ?? 0o644).toString(8).padStart(7, '0')}\0`, 100);
  block.write(`${(entry.size ?? bytes).toString(8).padStart(11, '0')}\0`, 124);
  block.write('        ', 148);
  block.write(entry.type ?? '0', 156);
  block.write(entry.link ?? '', 157, 100);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0) + (entry.badChecksum === true ? 1 : 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
