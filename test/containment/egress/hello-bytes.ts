/** ClientHellos made by hand, and cut into records. Written from RFC 8446, not from the code under test. */
export interface HelloParts {
  readonly name?: string | undefined;
  readonly extensions?: readonly (readonly [type: number, body: Buffer])[];
  readonly padding?: number;
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const vector16 = (body: Buffer): Buffer => Buffer.concat([u16(body.length), body]);

export function serverNameBody(name: string, type = 0): Buffer {
  return vector16(Buffer.concat([Buffer.from([type]), vector16(Buffer.from(name, 'latin1'))]));
}

/** The handshake message, without records. */
export function helloMessage({ name, extensions = [], padding = 0 }: HelloParts): Buffer {
  const all: (readonly [number, Buffer])[] = [
    ...(padding > 0 ? [[21, Buffer.alloc(padding)] as const] : []),
    ...(name === undefined ? [] : [[0, serverNameBody(name)] as const]),
    [43, Buffer.from([2, 3, 4])], ...extensions,
  ];
  const block = Buffer.concat(all.map(([type, body]) => Buffer.concat([u16(type), vector16(body)])));
  const body = Buffer.concat([
    Buffer.from([3, 3]), Buffer.alloc(32, 7), Buffer.from([32]), Buffer.alloc(32, 9), vector16(Buffer.from([0x13, 0x01, 0x13, 0x02])), Buffer.from([1, 0]), vector16(block),
  ]);
  return Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 0xff]), body]);
}

export function record(type: number, body: Buffer, version: readonly [number, number] = [3, 1]): Buffer {
  return Buffer.concat([Buffer.from([type, ...version]), vector16(body)]);
}

/** The message in records of at most `size` bytes. */
export function inRecords(message: Buffer, size = 16_384): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) records.push(record(22, message.subarray(at, at + size)));
  return Buffer.concat(records);
}

export const hello = (name: string | undefined, more: Omit<HelloParts, 'name'> = {}): Buffer => inRecords(helloMessage({ name, ...more }));
export const CHANGE_CIPHER = record(20, Buffer.from([1]), [3, 3]);
