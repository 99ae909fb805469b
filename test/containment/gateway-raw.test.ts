import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GatewaySession } from '../../src/ports/model-gateway.js';
import { ask, Bench, message, MODEL } from './gateway-support.js';

const bench = new Bench();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await bench.close();
  for (const end of ends.splice(0)) await end();
});

const BODY = JSON.stringify(message());
const portOf = (session: GatewaySession): number => Number(new URL(session.url).port);

/** Everything that is said on a connection until it is closed, after these bytes. */
const say = (session: GatewaySession, bytes: string | Buffer, options: { readonly end: boolean } = { end: true }): Promise<string> => new Promise((resolve) => {
  const socket = connect(portOf(session), '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => { said += chunk.toString('latin1'); });
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(said));
  if (options.end) socket.end(bytes);
  else socket.write(bytes);
});

/** A provider that answers with bytes, and goes on as it likes. */
const rawUpstream = async (serve: (socket: Socket) => void): Promise<string> => {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => serve(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  ends.push(() => new Promise((done) => {
    for (const socket of open) socket.destroy();
    server.close(done);
  }));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
/** Writes without end, as fast as it is taken. */
const forever = (socket: Socket, text: string): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', more);
  more();
};

describe('a provider on the wire', () => {
  const OK = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';
  it.each<readonly [string, (socket: Socket) => void, string]>([
    ['headers without end', (socket: Socket): void => { socket.write('HTTP/1.1 200 OK\r\n'); forever(socket, `x-a: ${'b'.repeat(1000)}\r\n`); }, 'invalid-answer'],
    ['one header without end', (socket: Socket): void => { socket.write('HTTP/1.1 200 OK\r\nx-a: '); forever(socket, 'b'.repeat(1000)); }, 'invalid-answer'],
    ['a status line without end', (socket: Socket): void => { socket.write('HTTP/1.1 200 '); forever(socket, 'b'.repeat(1000)); }, 'invalid-answer'],
    ['interim answers without an answer', (socket: Socket): void => void socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)), 'timed-out'],
    ['two lengths', (socket: Socket): void => void socket.end(`${OK}content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef`), 'invalid-answer'],
    ['a length and chunks', (socket: Socket): void => void socket.end(`${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`), 'invalid-answer'],
    ['a chunk size that is none', (socket: Socket): void => void socket.end(`${OK}transfer-encoding: chunked\r\n\r\nxyz\r\nabc\r\n`), 'invalid-answer'],
    ['a chunk extension without end', (socket: Socket): void => { socket.write(`${OK}transfer-encoding: chunked\r\n\r\n1;`); forever(socket, 'b'.repeat(1000)); }, 'invalid-answer'],
    ['trailers without end', (socket: Socket): void => { socket.write(`${OK}transfer-encoding: chunked\r\n\r\n0\r\n`); forever(socket, `x-a: ${'b'.repeat(1000)}\r\n`); }, 'invalid-answer'],
    ['less than it promised', (socket: Socket): void => void socket.end(`${OK}content-length: 50\r\n\r\ndata: {}\n\n`), 'unreachable'],
    ['an upgrade', (socket: Socket): void => void socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'), 'invalid-answer'],
    ['silence after the head', (socket: Socket): void => void socket.write(`${OK}\r\n`), 'timed-out'],
    ['one byte at a time, and never the end', (socket: Socket): void => { socket.write(`${OK}\r\n`); const timer = setInterval(() => socket.write('d'), 20); socket.on('close', () => clearInterval(timer)); }, 'timed-out'],
  ])('sends %s: the call ends with a fault and the session goes on', async (_name, serve, code) => {
    const session = await bench.session(await bench.live({ url: await rawUpstream(serve) }, { limits: { idleMsMax: 300, callMsMax: 1200, triesMax: 1, lineBytesMax: 100_000, responseBytesMax: 1_000_000 } }));
    const answer = await ask(session, { body: message({ stream: true }) }).catch((error: unknown) => error);
    expect(answer).toBeDefined();
    expect(session.upstreamFault()?.code ?? 'none').toBe(code);
    expect((await ask(session, { path: '/nothing' })).status).toBe(403);
    expect((await session.close())[0]?.refused).toMatch(/^upstream:/);
  });

  it.each([['gzip', gzipSync('{}')], ['deflate', deflateSync('{}')], ['br', brotliCompressSync('{}')], ['zstd', Buffer.from('28b52ffd', 'hex')], ['identity, gzip', gzipSync('{}')]] as const)('sends %s unasked: refused, since what cannot be read cannot be metered', async (coding, raw) => {
    const model = await bench.model({ steps: [{ raw: [raw], headers: { 'content-encoding': coding } }] });
    const session = await bench.session(await bench.live(model));
    expect((await ask(session)).status).toBe(502);
    expect(model.requests[0]?.headers['accept-encoding']).toBe('identity');
    expect(session.upstreamFault()).toMatchObject({ code: 'invalid-answer' });
  });

  it.each([301, 302, 303, 307, 308])('redirects with %i: the key goes nowhere else', async (status) => {
    const other = await bench.model({ steps: [{ text: 'never' }] });
    const model = await bench.model({ steps: [{ status, headers: { location: `${other.url}/v1/messages` }, raw: '' }], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model));
    expect((await ask(session)).status).toBe(400);
    expect([model.requests.length, other.requests.length]).toEqual([1, 0]);
    expect(session.upstreamFault()).toMatchObject({ side: 'setup' });
  });
});

describe('a client on the wire', () => {
  const request = (session: GatewaySession, lines: readonly string[], target = '/v1/messages'): string => [`POST ${target} HTTP/1.1`, 'host: x', `x-api-key: ${session.token}`, ...lines, '', ''].join('\r\n');
  const sized = [`content-length: ${BODY.length}`];

  it.each([
    '/v1/./messages', '/v1/../v1/messages', '/v1//messages', '//v1/messages', '/v1/messages/', '/v1/messages/../files', '/V1/messages', '/v1/messages#a', '/v1/messages?a', '/v1/messages%00', '/v1/messages;a=b', '/v1%2fmessages', '\\v1\\messages',
    'v1/messages', '*', 'http://127.0.0.1/v1/messages', 'https://api.anthropic.com/v1/messages', '//127.0.0.1:1/v1/messages', '/v1/files', '/v1/messages/batches', '/v1/organizations', '/v1/fine_tuning/jobs', '/v1/models', '/',
  ])('asks for %s: refused', async (target) => {
    const model = await bench.model({ steps: [{ text: 'never' }] });
    const session = await bench.session(await bench.live(model));
    expect(await say(session, `${request(session, sized, target)}${BODY}`)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(model.requests).toHaveLength(0);
  });

  it('sends its request byte by byte and stops: the connection is closed, with the head unfinished or the body', async () => {
    const model = await bench.model({ steps: [{ text: 'never' }] });
    const session = await bench.session(await bench.live(model, { limits: { requestMsMax: 200 } }));
    const slow = [request(session, sized).slice(0, 40), `${request(session, sized)}${BODY.slice(0, 10)}`, ''].map((text) => say(session, text, { end: false }));
    // Nothing is waited for but the gateway's own bound.
    for (const said of await Promise.all(slow)) expect(said).not.toMatch(/HTTP\/1\.1 2/);
    expect(model.requests).toHaveLength(0);
  }, 120_000);

  it('opens ten thousand connections: few are held, and the other door still answers', async () => {
    const model = await bench.model({ steps: [{ text: 'a' }], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model, { limits: { connectionsMax: 50 } }));
    const held = new Set<Socket>();
    // The queue of a listening port holds 128; a wave that fits into it is never told to come again.
    for (let wave = 0; wave < 100; wave += 1) {
      const keep = wave === 0 ? 50 : 0;
      await new Promise<void>((settled) => {
        let left = 100 - keep;
        for (let at = 0; at < 100; at += 1) {
          const socket = connect(portOf(session), '127.0.0.1');
          held.add(socket.resume());
          socket.on('error', () => undefined);
          socket.on('close', () => {
            held.delete(socket);
            left -= 1;
            if (left === 0) settled();
          });
        }
      });
    }
    expect(held.size).toBe(50);
    expect((await ask(session, { over: 'unix' })).status).toBe(200);
    for (const socket of held) socket.destroy();
  }, 240_000);

  it('sends anything at all: nothing passes but whole requests for this model, at most as many as were written', async () => {
    const model = await bench.model({ steps: [{ text: 'a' }], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model), { callsMax: 1e6 });
    const good = `${request(session, [...sized, 'connection: close'])}${BODY}`;
    const change = fc.record({ at: fc.nat(good.length), remove: fc.integer({ min: 0, max: 6 }), insert: fc.oneof(
      fc.constantFrom('', '\r\n', '\n', '\r', ' ', '\t', '\0', ':', 'content-length: 1\r\n', 'transfer-encoding: chunked\r\n', 'Transfer-Encoding:\tchunked\r\n', '0\r\n\r\n', good, 'GET / HTTP/1.1\r\n\r\n', ' HTTP/1.1', '\u00ff'),
      fc.string({ maxLength: 8 }),
    ) });
    await fc.assert(fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = changes.reduce((text, { at, remove, insert }) => `${text.slice(0, at)}${insert}${text.slice(at + remove)}`, good);
      const before = model.requests.length;
      const said = await say(session, Buffer.from(bytes, 'latin1'));
      const passed = model.requests.slice(before);
      expect(passed.length).toBeLessThanOrEqual(bytes.split('POST ').length - 1);
      expect(passed.length).toBeGreaterThanOrEqual(said.split(/^HTTP\/1\.1 200 /m).length - 1);
      for (const one of passed) {
        expect([one.method, one.path]).toEqual(['POST', '/v1/messages']);
        expect(one.body).toMatchObject({ model: MODEL });
        expect(one.headers).not.toHaveProperty('transfer-encoding');
      }
    }), { numRuns: 300 });
    expect((await ask(session)).status).toBe(200);
  }, 240_000);

  it('sends noise: never more than a refusal', async () => {
    const model = await bench.model({ steps: [] });
    const session = await bench.session(await bench.live(model));
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), async (bytes) => {
      expect(await say(session, Buffer.from(bytes))).toMatch(/^(HTTP\/1\.1 4\d\d [\s\S]*)?$/);
    }), { numRuns: 100 });
    expect(model.requests).toHaveLength(0);
  });
});
