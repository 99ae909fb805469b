import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { request as httpRequest, createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { connect as tlsConnect, createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EgressReport } from '../../../src/domain/egress.js';
import type { EgressLimits } from '../../../src/containment/egress/egress-options.js';
import { createEgress } from '../../../src/containment/egress/egress.js';
import type { EgressRules, EgressSession } from '../../../src/ports/egress.js';
import type { Program, Relay, Sandbox } from '../../../src/ports/sandbox.js';
import { CHANGE_CIPHER, hello } from './hello-bytes.js';

/** No certificates: the programs and the server share a key. */
const PSK = { ciphers: 'PSK', pskCallback: () => ({ psk: Buffer.from('0123456789abcdef'), identity: 'test' }) };
const socketDir = mkdtempSync('/tmp/hdl-e-');
const received: Buffer[] = [];
let counter = 0;
const ids = { hex: (bytes: number): string => (counter += 1).toString(16).padStart(bytes * 2, '0') };

/** An echo over TLS that also asks for another key share first, and the raw bytes it was sent. */
const raws = new Set<Socket>();
let server: Server;
let port = 0;
beforeAll(async () => {
  const secure = createTlsServer({ ciphers: 'PSK', ecdhCurve: 'P-256', pskCallback: () => Buffer.from('0123456789abcdef') }, (socket) => { socket.on('error', () => undefined).pipe(socket); });
  server = createServer((raw) => {
    raws.add(raw);
    raw.on('data', (bytes) => { received.push(Buffer.from(bytes)); }).on('error', () => undefined);
    secure.emit('connection', raw);
  });
  secure.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => { for (const each of raws) each.destroy(); server.close(); });

interface Place { readonly session: EgressSession; readonly proxy: number; readonly socket: string; readonly env: Readonly<Record<string, string>>; readonly lookups: string[]; readonly dialled: string[]; report(): Promise<EgressReport> }

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'a.example': ['93.184.216.34'], 'b.example': ['93.184.216.35'], 'mixed.n.example': ['93.184.216.34', '10.0.0.1'], 'loop.n.example': ['127.0.0.1'],
  'meta.n.example': ['169.254.169.254'], 'mapped.n.example': ['::ffff:93.184.216.34'], 'nat.n.example': ['64:ff9b::5db8:d822'], 'corp.n.example': ['10.20.0.5'], 'dead.n.example': ['93.184.216.99'],
};

/** The proxy as a program behind a relay would see it. Every address that is dialled leads to our server, or to `target`. */
async function open(over: Partial<EgressRules> = {}, more: { limits?: Partial<EgressLimits>; closed?: boolean; own?: readonly Relay[]; target?: () => number; resolve?: (name: string) => Promise<readonly string[]> } = {}): Promise<Place> {
  const lookups: string[] = [];
  const dialled: string[] = [];
  const egress = createEgress({
    socketDir, ids, ownAddresses: () => [], ...(more.limits === undefined ? {} : { limits: more.limits }),
    resolve: async (name) => {
      lookups.push(name);
      return more.resolve === undefined ? NAMES[name] ?? Promise.reject(new Error('ENOTFOUND')) : more.resolve(name);
    },
    connect: async (address, wanted) => {
      dialled.push(`${address}:${wanted}`);
      if (address === '93.184.216.99') throw new Error('ECONNREFUSED');
      const socket = connect({ host: '127.0.0.1', port: more.target?.() ?? port, allowHalfOpen: true });
      await once(socket, 'connect');
      return socket;
    },
  });
  const opened = await egress.open({ allow: ['a.example', '*.n.example'], ports: [443], private: [], bytesUpMax: 1e6, bytesDownMax: 1e6, ...over });
  if (!opened.ok) throw new Error(opened.error.message);
  const session = opened.value;
  let seen: Program | undefined;
  const inner: Sandbox = { rung: 'bubblewrap', form: 'user namespace', workdir: '/ws', home: '/home/agent', networkClosed: more.closed ?? true, start: (program) => { seen = program; return { output: (async function* () { /* nothing */ })(), ended: Promise.resolve({ ending: { kind: 'exited', code: 0 }, outputBytes: 0, durationMs: 0, memoryBytesPeak: 0 }) }; } };
  session.through(inner, more.own).start({ command: 'x', args: [], env: { OWN: '1' }, cwd: '', stdin: undefined, relays: [{ socket: '/gateway', port: 1 }] }, { wallMsMax: 1, idleMsMax: undefined, outputBytesMax: 1, processesMax: 1, memoryBytesMax: 1, cpuMsMax: 1, writtenFileBytesMax: 1, diskBytesMax: 1 });
  const relay = seen?.relays.at(-1);
  if (seen === undefined || relay === undefined || relay.port === 1) {
    await session.close();
    throw new Error('there is no way out');
  }
  return { session, proxy: relay.port, socket: relay.socket, env: seen.env, lookups, dialled, report: () => session.close() };
}

/** A cut connection may end by a reset. */
const gone = (socket: Socket): Promise<void> => new Promise((resolve) => { if (socket.destroyed) resolve(); else socket.once('close', () => { resolve(); }); });

interface Spoken { readonly socket: Socket; readonly status: string; readonly rest: Buffer }

/** Says `head` to the proxy; the status line of its answer, or '' when it hung up. */
async function say(at: Place, head: string | Buffer): Promise<Spoken> {
  const socket = connect({ path: at.socket });
  socket.on('error', () => undefined);
  socket.write(head);
  let bytes = Buffer.alloc(0);
  for (;;) {
    const chunk = await new Promise<Buffer | undefined>((resolve) => { socket.once('data', resolve); void gone(socket).then(() => { resolve(undefined); }); });
    if (chunk === undefined) return { socket, status: bytes.toString('latin1').split('\r\n')[0] ?? '', rest: bytes };
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end >= 0) return { socket, status: bytes.toString('latin1').split('\r\n')[0] ?? '', rest: bytes.subarray(end + 4) };
  }
}

const tunnel = (at: Place, host: string, to = 443): Promise<Spoken> => say(at, `CONNECT ${host}:${to} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);

async function secured(at: Place, host: string, servername = host): Promise<TLSSocket | undefined> {
  const { socket, status } = await tunnel(at, host);
  if (!status.includes(' 200 ')) return undefined;
  const client = tlsConnect({ socket, servername, ...PSK, checkServerIdentity: () => undefined });
  client.on('error', () => undefined);
  const won = await new Promise<boolean>((resolve) => { client.once('secureConnect', () => { resolve(true); }); void gone(client).then(() => { resolve(false); }); });
  return won ? client : undefined;
}

async function echoed(client: TLSSocket, text: string): Promise<string> {
  client.write(text);
  const [chunk] = await once(client, 'data') as [Buffer];
  return chunk.toString();
}

describe('the egress proxy', () => {
  it('lets an allowed name through, to the address it checked, also when the server asks for a second hello', async () => {
    const at = await open();
    const client = await secured(at, 'A.Example.', 'a.example');
    expect(client && await echoed(client, 'words')).toBe('words');
    client?.destroy();
    const report = await at.report();
    expect(at.dialled).toEqual(['93.184.216.34:443']);
    expect(report).toMatchObject({ enforced: true, allowed: ['a.example', '*.n.example'], refused: [], reached: [{ host: 'a.example', port: 443, connections: 1 }] });
    expect(report.reached[0]?.bytesUp).toBeGreaterThan(200);
    expect(report.reached[0]?.bytesDown).toBeGreaterThan(100);
  });

  it.each<[string, string, number, string, string]>([
    ['another name', 'evil.test', 443, 'not-allowed', '403'], ['a suffix trick', 'a.example.evil.test', 443, 'not-allowed', '403'], ['two labels below a wildcard', 'x.y.n.example', 443, 'not-allowed', '403'],
    ['another port', 'a.example', 22, 'port', '403'], ['an address', '93.184.216.34', 443, 'ip-literal', '403'], ['an address in another spelling', '0x5db8d822', 443, 'ip-literal', '403'],
    ['loopback', '127.0.0.1', 443, 'ip-literal', '403'], ['localhost', 'localhost', 443, 'not-allowed', '403'], ['somebody at a host', 'a.example@evil.test', 443, 'malformed', '400'],
    ['a name that leads nowhere', 'none.n.example', 443, 'unresolved', '502'], ['a name that leads to loopback', 'loop.n.example', 443, 'private-address', '403'],
    ['a name that leads to the metadata service', 'meta.n.example', 443, 'private-address', '403'], ['a name with one private address among others', 'mixed.n.example', 443, 'private-address', '403'],
    ['a mapped address', 'mapped.n.example', 443, 'private-address', '403'], ['a translated address', 'nat.n.example', 443, 'private-address', '403'],
    ['a private address', 'corp.n.example', 443, 'private-address', '403'], ['a server that is down', 'dead.n.example', 443, 'unreachable', '502'],
  ])('refuses %s (%s:%i, %s)', async (_, host, to, why, status) => {
    const at = await open();
    const { status: said } = await tunnel(at, host, to);
    const report = await at.report();
    expect(said).toContain(` ${status} `);
    expect(report.refused.map((one) => one.why)).toEqual([why]);
    expect(report.reached).toEqual([]);
    expect(at.dialled).toEqual(why === 'unreachable' ? ['93.184.216.99:443'] : []);
    // A lookup carries data out as well: none for what is not allowed.
    expect(at.lookups).toEqual(['unresolved', 'private-address', 'unreachable'].includes(why) ? [host] : []);
  });

  it('a name that changes its address after the check is not looked up again', async () => {
    let turn = 0;
    const at = await open({}, { resolve: async () => ((turn += 1) === 1 ? ['93.184.216.34'] : ['127.0.0.1']) });
    const first = await secured(at, 'a.example');
    expect(first).toBeDefined();
    expect((await tunnel(at, 'a.example')).status).toContain('403');
    expect(at.dialled).toEqual(['93.184.216.34:443']);
    first?.destroy();
    await at.report();
  });

  it('a private range that was asked for is reached, and nothing else private', async () => {
    const at = await open({ private: ['10.20.0.0/16'] });
    const client = await secured(at, 'corp.n.example');
    expect(client).toBeDefined();
    client?.destroy();
    expect((await tunnel(at, 'mixed.n.example')).status).toContain('403');
    await at.report();
  });

  it.each<[string, readonly Buffer[], string]>([
    ['fronting: another name in the hello', [hello('b.example')], 'other-server-name'], ['no name in the hello', [hello(undefined)], 'no-server-name'],
    ['plain text in the tunnel', [Buffer.from('GET / HTTP/1.1\r\nHost: b.example\r\n\r\n')], 'not-tls'], ['an encrypted hello', [hello('a.example', { extensions: [[0xfe0d, Buffer.alloc(9)]] })], 'hidden-name'],
    ['a second hello with another name', [hello('a.example'), CHANGE_CIPHER, hello('b.example')], 'other-server-name'],
  ])('cuts %s before it goes up', async (_, chunks, why) => {
    const at = await open();
    const before = received.length;
    const { socket, status } = await tunnel(at, 'a.example');
    expect(status).toContain(' 200 ');
    for (const chunk of chunks) socket.write(chunk);
    await gone(socket.resume());
    expect((await at.report()).refused).toEqual([{ host: 'a.example', port: 443, why, count: 1 }]);
    const up = Buffer.concat(received.slice(before));
    expect(up.includes('b.example')).toBe(false);
    if (chunks.length === 1) expect(up.length).toBe(0);
  });

  it('cuts at the bytes that may go up, and at those that may come down, over all connections together', async () => {
    const up = await open({ bytesUpMax: 50_000 });
    const before = received.reduce((sum, each) => sum + each.length, 0);
    const client = await secured(up, 'a.example');
    client?.resume().write(Buffer.alloc(3_000_000));
    if (client !== undefined) await gone(client);
    expect((await up.report()).refused).toEqual([{ host: 'a.example', port: 443, why: 'bytes-up', count: 1 }]);
    expect(received.reduce((sum, each) => sum + each.length, 0) - before).toBeLessThanOrEqual(50_000);
    const down = await open({ bytesDownMax: 3_000 });
    const second = await secured(down, 'a.example');
    let came = 0;
    second?.on('data', (bytes: Buffer) => { came += bytes.length; }).write(Buffer.alloc(200_000));
    if (second !== undefined) await gone(second);
    expect(came).toBeLessThanOrEqual(3_000);
    expect(await secured(down, 'a.example')).toBeUndefined();
    expect((await down.report()).refused).toEqual([{ host: 'a.example', port: 443, why: 'bytes-down', count: 2 }]);
  });

  it('bounds connections, silence, and slow or endless heads', async () => {
    const at = await open({}, { limits: { connectionsMax: 2, idleMsMax: 100, headMsMax: 100, helloMsMax: 100 } });
    const [one, two] = [connect({ path: at.socket }), connect({ path: at.socket })];
    for (const each of [one, two]) each.on('error', () => undefined);
    await Promise.all([once(one, 'connect'), once(two, 'connect')]);
    expect((await tunnel(at, 'a.example')).status).toBe('');
    await Promise.all([gone(one.resume()), gone(two.resume())]);
    const silent = await tunnel(at, 'a.example');
    await gone(silent.socket.resume());
    const client = await secured(at, 'a.example');
    if (client !== undefined) await gone(client.resume());
    expect((await say(at, `CONNECT ${'a'.repeat(10_000)}`)).status).toContain('400');
    expect((await at.report()).refused.map((each) => each.why).sort()).toEqual(['connections', 'idle', 'malformed']);
  });

  it('records a bounded number of hosts, whatever they are called', async () => {
    const at = await open();
    for (let index = 0; index < 130; index += 1) await tunnel(at, `h${index}.evil.test`);
    await tunnel(at, 'h0.evil.test');
    await say(at, `CONNECT \u0007${'x'.repeat(400)}:443 HTTP/1.1\r\n\r\n`);
    const report = await at.report();
    expect([report.refused.length, report.refused[0]?.count, report.unlisted]).toEqual([100, 2, 31]);
    expect(report.refused.every((each) => /^[\x21-\x7e]{0,123}$/.test(each.host))).toBe(true);
  });

  it('plain http: only when the port is allowed, only the first request, with the host that was checked', async () => {
    const seen: string[] = [];
    const web = createHttpServer((incoming, outgoing) => { seen.push(`${incoming.method ?? ''} ${incoming.url ?? ''} ${incoming.headers.host ?? ''}`); outgoing.end('body'); }).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const target = (): number => (web.address() as AddressInfo).port;
    const shut = await open({}, { target });
    expect((await say(shut, 'GET http://a.example/x HTTP/1.1\r\n\r\n')).status).toContain('403');
    expect((await shut.report()).refused).toEqual([{ host: 'a.example', port: 80, why: 'port', count: 1 }]);
    const at = await open({ ports: [80] }, { target });
    const two = await say(at, 'GET http://a.example/x HTTP/1.1\r\nHost: b.example\r\n\r\nGET /y HTTP/1.1\r\nHost: b.example\r\n\r\n');
    expect(two.status).toBe('HTTP/1.1 200 OK');
    await gone(two.socket.resume());
    expect((await say(at, 'POST http://a.example/x HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody')).status).toContain('403');
    expect((await tunnel(at, 'a.example', 80)).status).toContain('200');
    expect((await at.report()).refused).toEqual([{ host: 'a.example', port: 80, why: 'plain-http', count: 1 }]);
    expect(seen).toEqual(['GET /x a.example']);
    web.close();
  });

  it('hands loopback calls to the gateway on, and to nothing else on loopback', async () => {
    const socket = join(socketDir, 'gw');
    const gateway = createHttpServer((_, outgoing) => { outgoing.end('model'); }).listen(socket);
    await once(gateway, 'listening');
    const at = await open({ allow: [] }, { own: [{ port: 8787, socket }] });
    const { socket: spoken, status } = await tunnel(at, '127.0.0.1', 8787);
    expect(status).toContain(' 200 ');
    const answer = await new Promise<string>((resolve, reject) => {
      httpRequest({ createConnection: () => spoken, path: '/v1', headers: { connection: 'close' } }, (incoming) => { incoming.setEncoding('utf8').on('data', resolve); }).on('error', reject).end();
    });
    expect(answer).toBe('model');
    expect((await tunnel(at, '127.0.0.1', 8788)).status).toContain('403');
    expect((await at.report()).refused).toEqual([{ host: '127.0.0.1', port: 8788, why: 'ip-literal', count: 1 }]);
    gateway.close();
  });

  it('gives programs the variables of a proxy for a list, and quiet settings of single tools without one', async () => {
    const listed = await open();
    const url = `http://127.0.0.1:${listed.proxy}`;
    expect(listed.env).toMatchObject({ OWN: '1', HTTPS_PROXY: url, https_proxy: url, HTTP_PROXY: url, ALL_PROXY: url, NODE_USE_ENV_PROXY: '1', NO_PROXY: 'localhost,127.0.0.1,::1' });
    expect(listed.session.mounts).toEqual([]);
    const empty = await open({ allow: [] });
    expect(Object.keys(empty.env).filter((name) => /^https?_proxy$/i.test(name))).toEqual([]);
    expect(empty.env['CURL_HOME']).toBe(empty.session.mounts[0]?.from);
    expect(readdirSync(empty.env['CURL_HOME'] ?? '').sort()).toEqual(['.curlrc', 'wgetrc']);
    expect(await empty.report()).toMatchObject({ allowed: [], enforced: true });
    expect(await (await open({}, { closed: false })).report()).toMatchObject({ enforced: false });
    await expect(open({ allow: [] }, { closed: false })).rejects.toThrow('there is no way out');
    await listed.report();
    expect(existsSync(empty.env['CURL_HOME'] ?? '')).toBe(false);
  });

  it('ends everything when it is closed, also what still waits for a lookup', async () => {
    const at = await open({}, { resolve: () => new Promise(() => undefined) });
    const waiting = connect({ path: at.socket });
    waiting.write('CONNECT a.example:443 HTTP/1.1\r\n\r\n');
    while (at.lookups.length === 0) await new Promise((resolve) => { setImmediate(resolve); });
    await at.report();
    if (!waiting.destroyed) await gone(waiting.resume());
    expect(existsSync(at.socket)).toBe(false);
  });

  it.each<[Partial<EgressRules>, string]>([[{ allow: ['https://a.example'] }, 'https://a.example'], [{ private: ['10.0.0.0/99'] }, '10.0.0.0/99']])('refuses rules that say nothing clear: %j', async (over, named) => {
    const opened = await createEgress({ socketDir, ids }).open({ allow: [], ports: [443], private: [], bytesUpMax: 1, bytesDownMax: 1, ...over });
    expect(opened).toMatchObject({ ok: false, error: { side: 'setup' } });
    expect(opened.ok ? '' : opened.error.message).toContain(named);
  });
});
