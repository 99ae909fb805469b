/** A frame that cannot be one: wrong sums, impossible lengths. */
export class FrameError extends Error {}

export interface Frame {
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Buffer;
}

const PRELUDE = 12;
const FRAME_MIN = 16;

/**
 * Cuts a byte stream into frames of `application/vnd.amazon.eventstream`: total length, length of the headers, a CRC-32
 * of both, headers, payload, a CRC-32 of everything. Bytes of an unfinished frame are kept as they came and joined once
 * its length is there, so the work is linear in the bytes.
 */
export class FrameReader {
  readonly #frameBytesMax: number;
  #parts: Buffer[] = [];
  #size = 0;
  #wanted = PRELUDE;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** @throws FrameError when the bytes are no frames, or one is longer than the cap. */
  *push(chunk: Buffer): Generator<Frame, void, undefined> {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#wanted) {
      const bytes = this.#parts.length === 1 && this.#parts[0] !== undefined ? this.#parts[0] : Buffer.concat(this.#parts);
      this.#parts = [bytes];
      if (this.#wanted === PRELUDE) {
        const length = bytes.readUInt32BE(0);
        if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw new FrameError('the prelude of a frame has a wrong sum');
        if (length < FRAME_MIN || length > this.#frameBytesMax || bytes.readUInt32BE(4) > length - FRAME_MIN) throw new FrameError('the lengths of a frame cannot be');
        this.#wanted = length;
        continue;
      }
      const frame = bytes.subarray(0, this.#wanted);
      const rest = bytes.subarray(this.#wanted);
      this.#parts = rest.length === 0 ? [] : [rest];
      this.#size = rest.length;
      this.#wanted = PRELUDE;
      yield readFrame(frame);
    }
  }

  /** True in the middle of a frame: a stream that ends now was cut. */
  unfinished(): boolean {
    return this.#size > 0;
  }
}

function readFrame(frame: Buffer): Frame {
  const end = frame.length - 4;
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end)) throw new FrameError('a frame has a wrong sum');
  const headersEnd = PRELUDE + frame.readUInt32BE(4);
  const headers = new Map<string, string>();
  let at = PRELUDE;
  while (at < headersEnd) {
    const nameEnd = at + 1 + frame.readUInt8(at);
    if (nameEnd >= headersEnd) throw new FrameError('a header of a frame is cut');
    const type = frame.readUInt8(nameEnd);
    const name = frame.toString('utf8', at + 1, nameEnd);
    const value = nameEnd + 1;
    const width = SIZES[type] ?? (type === 6 || type === 7 ? (value + 2 <= headersEnd ? 2 + frame.readUInt16BE(value) : undefined) : undefined);
    if (width === undefined || value + width > headersEnd) throw new FrameError('a header of a frame is cut or unknown');
    if (type === 7) headers.set(name, frame.toString('utf8', value + 2, value + width));
    at = value + width;
  }
  return { headers, payload: frame.subarray(headersEnd, end) };
}

/** Bytes of the values of fixed width: true, false, byte, short, integer, long, timestamp, UUID. */
const SIZES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };

const TABLE = Uint32Array.from({ length: 256 }, (_, at) => {
  let value = at;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ 0xed_b8_83_20 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 as in gzip. Node has one only from 20.15 on. */
export function crc32(bytes: Uint8Array): number {
  let sum = 0xff_ff_ff_ff;
  for (const byte of bytes) sum = (TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xff_ff_ff_ff) >>> 0;
}
