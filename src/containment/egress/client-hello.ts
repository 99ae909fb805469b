/** What the first handshake message of a TLS client says about where it goes. */
export type ClientHello =
  | { readonly kind: 'more' }
  | { readonly kind: 'hello'; readonly serverName: string | undefined; readonly hides: boolean; readonly bytes: number }
  | { readonly kind: 'bad' };

/** A hello with post-quantum keys has about 2 kB; more than this is somebody playing. */
export const HELLO_BYTES_MAX = 16 * 1024;

/**
 * Reads a ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3) from the handshake messages of a client, records
 * already joined. Hostile bytes: every length is checked against what is there, nothing is read twice, and a message that
 * is not exactly as long as it says is bad. `hides` = Encrypted Client Hello (its inner name cannot be seen, and an empty
 * one looks the same) or early data (which may come before a second hello).
 */
export function readClientHello(bytes: Buffer): ClientHello {
  const declared = declaredLength(bytes);
  if (declared === undefined) return bytes.length > 0 && bytes[0] !== CLIENT_HELLO ? BAD : { kind: 'more' };
  if (bytes[0] !== CLIENT_HELLO || declared > HELLO_BYTES_MAX) return BAD;
  if (bytes.length < 4 + declared) return { kind: 'more' };
  const reader = new Reader(bytes.subarray(4, 4 + declared));
  const version = reader.take(2);
  const random = reader.take(32);
  const session = reader.vector(1);
  const ciphers = reader.vector(2);
  const compression = reader.vector(1);
  if (version?.[0] !== 3 || random === undefined || session === undefined || session.length > 32 || ciphers === undefined || ciphers.length < 2 || ciphers.length % 2 !== 0) return BAD;
  if (compression === undefined || compression.length < 1) return BAD;
  // TLS 1.0 may end here: then there is no name.
  const found = reader.empty() ? { serverName: undefined, hides: false } : extensionsOf(reader.vector(2));
  return found === undefined || !reader.empty() ? BAD : { kind: 'hello', ...found, bytes: 4 + declared };
}

/** The length that the message at the beginning says it has, without its own four bytes; undefined when those are not there yet. */
export function declaredLength(bytes: Buffer): number | undefined {
  return bytes.length < 4 ? undefined : bytes.readUIntBE(1, 3);
}

export const CLIENT_HELLO = 1;
const BAD = { kind: 'bad' } as const;
const SERVER_NAME = 0;
const EARLY_DATA = 42;
/** RFC 9849, and the older drafts that are in use: ESNI, and ECH 7 to 9 with its outer extension. */
const HIDING = new Set([EARLY_DATA, 0xfe0d, 0xfd00, 0xffce, 0xff02, 0xff03, 0xfe08, 0xfe09, 0xfe0a]);

function extensionsOf(block: Buffer | undefined): { readonly serverName: string | undefined; readonly hides: boolean } | undefined {
  if (block === undefined) return undefined;
  const reader = new Reader(block);
  const seen = new Set<number>();
  let serverName: string | undefined;
  let hides = false;
  while (!reader.empty()) {
    const type = reader.take(2)?.readUInt16BE(0);
    const body = reader.vector(2);
    // A type given twice: two programs may believe two of them.
    if (type === undefined || body === undefined || seen.has(type)) return undefined;
    seen.add(type);
    if (HIDING.has(type)) hides = true;
    if (type === SERVER_NAME) {
      serverName = nameOf(body);
      if (serverName === undefined) return undefined;
    }
  }
  return { serverName, hides };
}

/** A list with exactly one name of type host_name. */
function nameOf(body: Buffer): string | undefined {
  const outer = new Reader(body);
  const list = outer.vector(2);
  if (list === undefined || !outer.empty()) return undefined;
  const reader = new Reader(list);
  const type = reader.take(1);
  const name = reader.vector(2);
  if (type?.[0] !== 0 || name === undefined || name.length === 0 || name.length > 255 || !reader.empty()) return undefined;
  return name.every((byte) => byte > 0x20 && byte < 0x7f) ? name.toString('latin1') : undefined;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  empty(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(count: number): Buffer | undefined {
    if (count > this.#bytes.length - this.#at) return undefined;
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Bytes with their length before them, in `width` bytes. */
  vector(width: 1 | 2): Buffer | undefined {
    const length = this.take(width)?.readUIntBE(0, width);
    return length === undefined ? undefined : this.take(length);
  }
}
