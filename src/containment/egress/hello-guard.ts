import type { EgressRefusalReason } from '../../domain/egress.js';
import { CLIENT_HELLO, declaredLength, HELLO_BYTES_MAX, readClientHello } from './client-hello.js';
import { parseHost } from './host-rules.js';
import type { Host } from './host-rules.js';

/** What may go up now (nothing yet = no bytes), or why the connection ends. */
export type GuardStep = { readonly kind: 'pass'; readonly bytes: Buffer } | { readonly kind: 'refused'; readonly why: EgressRefusalReason };

/**
 * Holds what a client sends until its TLS hello names the host that it asked the proxy for. Goes on looking until the
 * first encrypted data: after a hello-retry-request a client says hello again, in plain text, and some servers believe
 * the second name. Hostile bytes; at most 32 kB are held before the first hello, and one more
 * hello in records after it.
 */
export class HelloGuard {
  readonly #host: Host;
  #phase: 'hello' | 'watching' | 'open' = 'hello';
  #held: Buffer = NOTHING;
  #passed = 0;
  /** The plain handshake message that is being joined from records. */
  #message: Buffer = NOTHING;
  #skip = 0;
  #cipherChanged = false;

  constructor(host: Host) {
    this.#host = host;
  }

  /** False while nothing of the client has been let up. */
  get greeted(): boolean {
    return this.#phase !== 'hello';
  }

  push(chunk: Buffer): GuardStep {
    if (this.#phase === 'open') return { kind: 'pass', bytes: chunk };
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      if (this.#isOpen()) return this.#release(this.#held.length);
      const record = nextRecord(this.#held, this.#passed);
      if (record === 'bad') return NOT_TLS;
      if (record === undefined) return this.#phase === 'hello' && this.#held.length > HELD_BYTES_MAX ? NOT_TLS : this.#release(this.#phase === 'hello' ? 0 : this.#clear());
      const why = this.#take(record);
      if (why !== undefined) return { kind: 'refused', why };
      this.#passed = record.end;
    }
  }

  #isOpen(): boolean {
    return this.#phase === 'open';
  }

  /** Whole records that are no part of a hello that is still to be judged. */
  #clear(): number {
    return this.#message.length > 0 && this.#message[0] === CLIENT_HELLO ? 0 : this.#passed;
  }

  #release(count: number): GuardStep {
    const bytes = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    this.#passed = Math.max(0, this.#passed - count);
    return { kind: 'pass', bytes };
  }

  #take({ type, body }: TlsRecord): EgressRefusalReason | undefined {
    if (this.#phase === 'hello') return type === HANDSHAKE ? this.#join(body) : 'not-tls';
    if (type === APPLICATION_DATA) this.#phase = 'open';
    else if (type === CHANGE_CIPHER) this.#cipherChanged = true;
    else if (type === HANDSHAKE) {
      // After the change everything is encrypted, but for a second hello, which TLS 1.3 puts behind a change that means nothing.
      const atBoundary = this.#message.length === 0 && this.#skip === 0;
      if (this.#cipherChanged && atBoundary && !mayBeHello(body)) this.#phase = 'open';
      else return this.#join(body);
    } else if (type !== ALERT) return 'not-tls';
    return undefined;
  }

  #join(body: Buffer): EgressRefusalReason | undefined {
    let rest = body;
    while (rest.length > 0) {
      const skipped = Math.min(this.#skip, rest.length);
      this.#skip -= skipped;
      rest = rest.subarray(skipped);
      if (rest.length === 0) break;
      this.#message = this.#message.length === 0 ? rest : Buffer.concat([this.#message, rest]);
      rest = NOTHING;
      if (this.#message[0] === CLIENT_HELLO || this.#phase === 'hello') return this.#judge();
      const length = declaredLength(this.#message);
      if (length === undefined) break;
      rest = this.#message.subarray(4);
      this.#message = NOTHING;
      this.#skip = length;
    }
    return undefined;
  }

  #judge(): EgressRefusalReason | undefined {
    const hello = readClientHello(this.#message);
    if (hello.kind === 'more') return undefined;
    if (hello.kind === 'bad' || hello.bytes !== this.#message.length) return 'not-tls';
    if (hello.hides) return 'hidden-name';
    const why = wrongName(hello.serverName, this.#host);
    if (why !== undefined) return why;
    this.#message = NOTHING;
    // There is no third hello.
    this.#phase = this.#phase === 'hello' ? 'watching' : 'open';
    return undefined;
  }
}

/** The name must be there and be the host. An address has no name of this kind (RFC 6066): then there must be none. */
function wrongName(serverName: string | undefined, host: Host): EgressRefusalReason | undefined {
  if (host.kind === 'address') return serverName === undefined ? undefined : 'other-server-name';
  if (serverName === undefined) return 'no-server-name';
  return parseHost(serverName)?.text === host.text ? undefined : 'other-server-name';
}

const NOTHING = Buffer.alloc(0);
const NOT_TLS = { kind: 'refused', why: 'not-tls' } as const;
/** A hello in pieces: each record costs five bytes. */
const HELD_BYTES_MAX = 2 * HELLO_BYTES_MAX;
const RECORD_BYTES_MAX = 16_384;
const CHANGE_CIPHER = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

interface TlsRecord { readonly type: number; readonly body: Buffer; readonly end: number }

/** The next whole record; undefined when it is not all there yet. Application data is told by its first bytes already. */
function nextRecord(bytes: Buffer, at: number): TlsRecord | 'bad' | undefined {
  const type = bytes[at];
  if (type === undefined) return undefined;
  if (type < CHANGE_CIPHER || type > APPLICATION_DATA || (bytes[at + 1] ?? 3) !== 3) return 'bad';
  if (type === APPLICATION_DATA) return { type, body: NOTHING, end: at };
  if (bytes.length < at + 5) return undefined;
  const length = bytes.readUInt16BE(at + 3);
  if (length === 0 || length > RECORD_BYTES_MAX) return 'bad';
  const end = at + 5 + length;
  return bytes.length < end ? undefined : { type, body: bytes.subarray(at + 5, end), end };
}

/** Encrypted bytes begin like a hello once in some hundred thousand connections of old ciphers; those few are cut. */
function mayBeHello(body: Buffer): boolean {
  return body[0] === CLIENT_HELLO && (declaredLength(body) ?? 0) <= HELLO_BYTES_MAX;
}
