import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { EgressRefusalReason } from '../../domain/egress.js';
import type { AddressRules } from './address-rules.js';
import { byteSource, written } from './byte-source.js';
import type { ByteSource } from './byte-source.js';
import type { EgressBook } from './egress-book.js';
import type { EgressLimits } from './egress-options.js';
import { HelloGuard } from './hello-guard.js';
import type { Host, HostRules } from './host-rules.js';
import { readRequestHead } from './request-head.js';
import type { RequestHead } from './request-head.js';

/** What all connections of a session share. */
export interface EgressDesk {
  readonly hosts: HostRules;
  readonly ports: ReadonlySet<number>;
  readonly addresses: AddressRules;
  readonly book: EgressBook;
  readonly limits: EgressLimits;
  /** What may still go up and come down; shared by all connections, and counted before a byte moves. */
  readonly left: { up: number; down: number };
  /** Loopback ports inside that the proxy hands on to a socket of ours: the model gateway. */
  readonly local: ReadonlyMap<number, string>;
  /** Aborts when the session ends: nothing is waited for then. */
  readonly closing: AbortSignal;
  resolve(name: string): Promise<readonly string[]>;
  connect(address: string, port: number, msMax: number): Promise<Duplex>;
}

type Asked = Extract<RequestHead, { kind: 'connect' | 'plain' }>;
type Way = { readonly kind: 'open'; readonly upstream: Duplex } | { readonly kind: 'refused'; readonly why: EgressRefusalReason };

/** Serves one connection of a program to its end. Never rejects: everything that comes is foreign. */
export async function serveConnection(desk: EgressDesk, client: Socket): Promise<void> {
  client.on('error', () => undefined);
  const watch = new Watch(() => client.destroy());
  watch.within(desk.limits.headMsMax);
  const source = byteSource(client);
  try {
    const head = await headOf(source);
    if (head === undefined) return;
    if (head.asked.kind === 'refused') {
      desk.book.refuse(head.asked.host, head.asked.port, head.asked.why);
      return await answer(client, head.asked.why);
    }
    watch.within(desk.limits.lookupMsMax + ADDRESSES_TRIED_MAX * desk.limits.connectMsMax);
    const socket = localSocket(desk, head.asked);
    if (socket !== undefined) {
      await handOn({ desk, client, source, rest: head.rest, watch, socket });
      return;
    }
    const way = await wayTo(desk, head.asked);
    if (way.kind === 'refused') {
      desk.book.refuse(head.asked.host.text, head.asked.port, way.why);
      return await answer(client, way.why);
    }
    await new Tunnel({ desk, client, source, watch, asked: head.asked, upstream: way.upstream }).run(head.rest);
  } finally {
    watch.stop();
    client.destroy();
  }
}

async function headOf(source: ByteSource): Promise<{ readonly asked: Exclude<RequestHead, { kind: 'more' }>; readonly rest: Buffer } | undefined> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = await source.next();
    if (chunk === undefined) return undefined;
    bytes = Buffer.concat([bytes, chunk]);
    const asked = readRequestHead(bytes);
    if (asked.kind !== 'more') return { asked, rest: asked.kind === 'refused' ? Buffer.alloc(0) : bytes.subarray(asked.bytes) };
  }
}

const ADDRESSES_MAX = 32;
const ADDRESSES_TRIED_MAX = 3;

/** Every check on the words of the request, then every address, then a connection to one of exactly these. */
async function wayTo(desk: EgressDesk, asked: Asked): Promise<Way> {
  const { host, port } = asked;
  if (!desk.hosts(host)) return refused(host.kind === 'address' ? 'ip-literal' : 'not-allowed');
  if (!desk.ports.has(port)) return refused('port');
  const addresses = await addressesOf(desk, host);
  if (addresses === undefined || addresses.length === 0) return refused('unresolved');
  if (addresses.length > ADDRESSES_MAX || !addresses.every((address) => desk.addresses(address))) return refused('private-address');
  for (const address of addresses.slice(0, ADDRESSES_TRIED_MAX)) {
    const upstream = await settled(desk.connect(address, port, desk.limits.connectMsMax), { signal: desk.closing, late: (socket) => { socket.destroy(); } });
    if (upstream !== undefined) return { kind: 'open', upstream };
  }
  return refused('unreachable');
}

function refused(why: EgressRefusalReason): Way {
  return { kind: 'refused', why };
}

/** Looked up once; what is connected to is what was checked, whatever the name leads to a moment later. */
function addressesOf(desk: EgressDesk, host: Host): Promise<readonly string[] | undefined> {
  if (host.kind === 'address') return Promise.resolve([host.text]);
  return settled(desk.resolve(host.text), { signal: desk.closing, msMax: desk.limits.lookupMsMax });
}

/** The value, or undefined when it fails, is late, or the session ends; a value that comes too late is given to `late`. */
function settled<T>(promise: Promise<T>, bounds: { readonly signal: AbortSignal; readonly msMax?: number; readonly late?: (value: T) => void }): Promise<T | undefined> {
  const { signal, msMax, late } = bounds;
  return new Promise((resolve) => {
    let open = true;
    const end = (value: T | undefined): void => {
      open = false;
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(value);
    };
    const giveUp = (): void => { end(undefined); };
    const timer = msMax === undefined ? undefined : setTimeout(giveUp, msMax);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    promise.then((value) => { (open ? end : late)?.(value); }, () => { if (open) giveUp(); });
  });
}

function localSocket(desk: EgressDesk, asked: Asked): string | undefined {
  const loopback = asked.host.text === '127.0.0.1' || asked.host.text === 'localhost';
  return asked.kind === 'connect' && loopback ? desk.local.get(asked.port) : undefined;
}

/** Some programs send loopback addresses to a proxy as well. The gateway has its own rules and counts by itself. */
async function handOn(input: { readonly desk: EgressDesk; readonly client: Socket; readonly source: ByteSource; readonly rest: Buffer; readonly watch: Watch; readonly socket: string }): Promise<void> {
  const { client, source, watch } = input;
  const upstream = createConnection({ path: input.socket, allowHalfOpen: true });
  upstream.on('error', () => undefined);
  watch.idle(Number.MAX_SAFE_INTEGER);
  watch.onEnd(() => upstream.destroy());
  await written(client, ESTABLISHED);
  await Promise.all([
    copy(withFirst(input.rest, source), upstream, async (bytes) => bytes),
    copy(byteSource(upstream), client, async (bytes) => bytes),
  ]);
  upstream.destroy();
}

const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

interface TunnelInput {
  readonly desk: EgressDesk;
  readonly client: Socket;
  readonly source: ByteSource;
  readonly watch: Watch;
  readonly asked: Asked;
  readonly upstream: Duplex;
}

/** One connection that was let through, in both directions, with what both together may use. */
class Tunnel {
  readonly #input: TunnelInput;

  constructor(input: TunnelInput) {
    this.#input = input;
  }

  async run(rest: Buffer): Promise<void> {
    const { desk, client, source, watch, asked, upstream } = this.#input;
    upstream.on('error', () => undefined);
    watch.onEnd(() => upstream.destroy());
    const tally = desk.book.reach(asked.host.text, asked.port);
    const move = (direction: 'up' | 'down') => async (bytes: Buffer): Promise<Buffer | undefined> => {
      if (desk.left[direction] < bytes.length) {
        desk.left[direction] = 0;
        return this.#cut(direction === 'up' ? 'bytes-up' : 'bytes-down');
      }
      desk.left[direction] -= bytes.length;
      tally.count(direction, bytes.length);
      watch.touch();
      return bytes;
    };
    const [up, down] = [move('up'), move('down')];
    if (asked.kind === 'plain') {
      watch.idle(desk.limits.idleMsMax, () => { this.#note('idle'); });
      const first = await up(Buffer.from(asked.head, 'latin1'));
      if (first === undefined || !await written(upstream, first)) return;
      // What follows the head is never sent on: a second request could name another host.
      await Promise.race([copy(byteSource(upstream), client, down), drain(source)]);
      upstream.destroy();
      return;
    }
    const guard = new HelloGuard(asked.host);
    watch.within(desk.limits.helloMsMax);
    if (!await written(client, ESTABLISHED)) return;
    const guarded = async (bytes: Buffer): Promise<Buffer | undefined> => {
      const step = guard.push(bytes);
      if (step.kind === 'refused') return this.#cut(step.why);
      if (guard.greeted) watch.idle(desk.limits.idleMsMax, () => { this.#note('idle'); });
      return up(step.bytes);
    };
    await Promise.all([copy(withFirst(rest, source), upstream, guarded), copy(byteSource(upstream), client, down)]);
    upstream.destroy();
  }

  #note(why: EgressRefusalReason): void {
    const { desk, asked } = this.#input;
    desk.book.refuse(asked.host.text, asked.port, why);
  }

  #cut(why: EgressRefusalReason): undefined {
    this.#note(why);
    this.#input.client.destroy();
    this.#input.upstream.destroy();
    return undefined;
  }
}

async function copy(from: ByteSource, to: Duplex, through: (bytes: Buffer) => Promise<Buffer | undefined>): Promise<void> {
  for (;;) {
    const chunk = await from.next();
    if (chunk === undefined) {
      to.end();
      return;
    }
    const bytes = await through(chunk);
    if (bytes === undefined) return;
    if (bytes.length > 0 && !await written(to, bytes)) return;
  }
}

/** Reads to the end and keeps nothing; ends when the program hangs up. */
async function drain(source: ByteSource): Promise<void> {
  while (await source.next() !== undefined);
}

function withFirst(first: Buffer, source: ByteSource): ByteSource {
  let sent = first.length === 0;
  return {
    next: () => {
      if (sent) return source.next();
      sent = true;
      return Promise.resolve(first);
    },
  };
}

const WORDS: Readonly<Partial<Record<EgressRefusalReason, string>>> = {
  'not-allowed': 'the host is not in the list sandbox.network.allow (or the list of the check)',
  'ip-literal': 'addresses are refused unless they are listed themselves',
  port: 'the port is not in the list sandbox.network.ports',
  'private-address': 'the name leads to an address that is not public',
  unresolved: 'the name leads nowhere', unreachable: 'no connection',
  'plain-http': 'over plain http only GET and HEAD without a body are let through',
  method: 'this is a proxy for CONNECT and for plain http in absolute form',
};

async function answer(client: Socket, why: EgressRefusalReason): Promise<void> {
  const status = why === 'malformed' ? '400 Bad Request' : why === 'unresolved' || why === 'unreachable' ? '502 Bad Gateway' : '403 Forbidden';
  const body = `Heddle let nothing through: ${WORDS[why] ?? why} (${why}). The attempt was recorded.\n`;
  await new Promise<void>((resolve) => {
    client.once('close', resolve);
    client.end(`HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => { client.destroySoon(); });
  });
}

/** The clock of one connection: one bound at a time, and what ends with it. */
class Watch {
  #timer: NodeJS.Timeout | undefined;
  #idleMs: number | undefined;
  readonly #ends: (() => void)[];
  #stopped = false;

  constructor(end: () => void) {
    this.#ends = [end];
  }

  onEnd(end: () => void): void {
    this.#ends.push(end);
    if (this.#stopped) end();
  }

  within(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.#end(); }, ms);
  }

  /** From now on only silence ends the connection. */
  idle(ms: number, note?: () => void): void {
    if (this.#idleMs !== undefined) return;
    this.#idleMs = ms;
    clearTimeout(this.#timer);
    if (ms <= TIMER_MS_MAX) this.#timer = setTimeout(() => { note?.(); this.#end(); }, ms);
  }

  touch(): void {
    if (this.#idleMs !== undefined) this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#end();
  }

  #end(): void {
    this.#stopped = true;
    for (const end of this.#ends) end();
  }
}

const TIMER_MS_MAX = 2 ** 31 - 1;
