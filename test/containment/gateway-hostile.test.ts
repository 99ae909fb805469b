import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GatewaySession } from '../../src/ports/model-gateway.js';
import type { FakeStep } from '../fakes/model/fake-model.js';
import { ask, Bench, KEY, message, MODEL } from './gateway-support.js';
import type { Answer } from './gateway-support.js';

const bench = new Bench();
afterEach(() => bench.close());

/** Everything the service says on a raw connection until it closes it. */
function raw(session: GatewaySession, text: string, over: 'tcp' | 'unix' = 'tcp'): Promise<string> {
  return new Promise((resolve) => {
    const socket = over === 'tcp' ? connect(Number(new URL(session.url).port), '127.0.0.1') : connect(session.socket);
    let said = '';
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => { said += chunk.toString('latin1'); });
    socket.on('error', () => resolve(said));
    socket.on('close', () => resolve(said));
    socket.end(text);
  });
}

const keyNowhere = (answer: Answer): void => {
  const all = JSON.stringify(answer.headers) + answer.text;
  expect(all).not.toContain(KEY);
  expect(all).not.toContain(Buffer.from(KEY).toString('base64'));
};

describe('a provider that misbehaves', () => {
  const cases: readonly (readonly [string, FakeStep, { readonly status: number; readonly code: string; readonly side: string } | undefined])[] = [
    ['a redirect', { status: 307, headers: { location: `https://evil.example/?k=${KEY}` }, raw: '' }, { status: 400, code: 'invalid-answer', side: 'setup' }],
    ['a 401 that echoes the key', { status: 401, raw: JSON.stringify({ error: `bad key ${KEY} ${Buffer.from(KEY).toString('base64')}` }), headers: { 'x-request-id': KEY, 'set-cookie': `k=${KEY}` } }, { status: 401, code: 'unauthorized', side: 'setup' }],
    ['an answer that echoes the key', { text: `your key is ${KEY}`, headers: { 'set-cookie': 'a=b' } }, undefined],
    ['gzip', { raw: [gzipSync('{"a":1}')], headers: { 'content-encoding': 'gzip' } }, { status: 502, code: 'invalid-answer', side: 'theirs' }],
    ['a broken event', { raw: 'event: x\ndata: {"type":\n\ndata: no json\n\n' }, undefined],
    ['half a character between chunks', { raw: [Buffer.from('data: {"type":"x","t":"\xc3', 'latin1'), Buffer.from('\xa4"}\r', 'latin1'), '\n\r\n'] }, undefined],
    ['no line feed at all', { raw: 'data: {"type":"content_block_delta"' }, undefined],
    ['a 500 for ever', { status: 500 }, { status: 500, code: 'service-error', side: 'theirs' }],
    ['a 529 for ever', { status: 529 }, { status: 529, code: 'service-error', side: 'theirs' }],
    ['a 429 with a long wait', { status: 429, headers: { 'retry-after': '3600' } }, { status: 429, code: 'rate-limited', side: 'theirs' }],
    ['a 404', { status: 404 }, { status: 404, code: 'not-found', side: 'setup' }],
  ];
  it.each(cases)('%s: the key stays here and the fault is named', async (_name, step, fault) => {
    const model = await bench.model({ steps: [step], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model));
    const answer = await ask(session, { body: message({ stream: true }) });
    keyNowhere(answer);
    expect(answer.status).toBe(fault?.status ?? 200);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers).not.toHaveProperty('location');
    if (fault === undefined) expect(session.upstreamFault()).toBeUndefined();
    else expect(session.upstreamFault()).toMatchObject({ code: fault.code, side: fault.side });
    expect(JSON.stringify(session.upstreamFault() ?? {})).not.toContain(KEY);
    expect(await session.close()).toHaveLength(1);
  });

  it('passes bytes on unchanged, however they were split', async () => {
    const text = `event: a\r\ndata: {"type":"x","text":"\u00e4\u{1f600}"}\r\n\r\n: comment\n\ndata: {"type":"y"}`;
    const bytes = Buffer.from(text);
    const model = await bench.model({ steps: [{ raw: Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)) }] });
    const session = await bench.session(await bench.live(model));
    expect((await ask(session, { body: message({ stream: true }) })).text).toBe(text);
  });

  it('is asked again after 429, 5xx and a cut, a bounded number of times, and counts as one call', async () => {
    const model = await bench.model({ steps: [{ status: 429, headers: { 'retry-after': '2' } }, { status: 503 }, { text: 'at last' }, { status: 500 }], afterwards: 'repeat' });
    const waits: number[] = [];
    const session = await bench.session(await bench.live(model, { sleep: (ms) => { waits.push(ms); return Promise.resolve(); } }));
    expect((await ask(session)).text).toContain('at last');
    expect(waits).toEqual([2000, 1000]);
    expect(session.usage().calls).toBe(1);
    expect(session.upstreamFault()).toBeUndefined();
    expect((await ask(session)).status).toBe(500);
    expect(model.requests).toHaveLength(3 + 4);
  });

  it('is not there: the fault says so', async () => {
    const model = await bench.model({ steps: [] });
    await model.close();
    const session = await bench.session(await bench.live(model));
    const answer = await ask(session);
    expect(answer.status).toBe(502);
    expect(session.upstreamFault()).toMatchObject({ code: 'unreachable', side: 'theirs', retryable: true });
    expect(session.usage()).toMatchObject({ cost: 0 });
  });

  it.each([['silent', 'timed-out', 502], ['hang', 'timed-out', 200], ['cut', 'unreachable', 200]] as const)('%s: the call ends with a fault', async (ending, code, status) => {
    const model = await bench.model({ steps: [{ text: 'a', ending }] });
    const session = await bench.session(await bench.live(model, { limits: { idleMsMax: 60 } }));
    const answer = await ask(session, { body: message({ stream: true }) });
    expect(answer.status).toBe(status);
    expect(answer.cut).toBe(status === 200);
    const [record] = await session.close();
    expect(session.upstreamFault()).toMatchObject({ code });
    expect(record?.refused).toBe(`upstream:${code}`);
    expect(record?.inputTokens).toBeGreaterThan(0);
  });

  it('sends a giant line or a giant answer: both are cut', async () => {
    const model = await bench.model({ steps: [{ raw: `data: ${'x'.repeat(200_000)}` }, { raw: 'data: {}\n\n'.repeat(50_000) }, { raw: 'y'.repeat(300_000) }] });
    const session = await bench.session(await bench.live(model, { limits: { lineBytesMax: 100_000, responseBytesMax: 250_000 } }));
    for (const stream of [true, true, false]) {
      const answer = await ask(session, { body: message({ stream }) });
      expect(stream ? answer.cut : answer.status === 502).toBe(true);
    }
    expect(session.upstreamFault()).toMatchObject({ code: 'invalid-answer' });
  });

  it('reports an error inside a stream that began well', async () => {
    const model = await bench.model({ steps: [{ raw: 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n' }] });
    const session = await bench.session(await bench.live(model));
    await ask(session, { body: message({ stream: true }) });
    expect(session.upstreamFault()).toMatchObject({ code: 'service-error', side: 'theirs' });
  });
});

describe('a client that misbehaves', () => {
  const body = JSON.stringify(message());
  const head = (session: GatewaySession, lines: readonly string[]): string => ['POST /v1/messages HTTP/1.1', 'host: x', `x-api-key: ${session.token}`, ...lines, '', ''].join('\r\n');
  const smuggled: readonly (readonly [string, (session: GatewaySession) => string])[] = [
    ['two lengths', (s) => `${head(s, [`content-length: ${body.length}`, 'content-length: 1'])}${body}`],
    ['two equal lengths', (s) => `${head(s, [`content-length: ${body.length}`, `content-length: ${body.length}`])}${body}`],
    ['a list of lengths', (s) => `${head(s, [`content-length: ${body.length}, ${body.length}`])}${body}`],
    ['length and chunks', (s) => `${head(s, [`content-length: ${body.length}`, 'transfer-encoding: chunked'])}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
    ['an odd coding', (s) => `${head(s, ['transfer-encoding: xchunked'])}0\r\n\r\n`],
    ['chunked not last', (s) => `${head(s, ['transfer-encoding: chunked, identity'])}0\r\n\r\n`],
    ['a length with a sign', (s) => `${head(s, ['content-length: +5'])}${body}`],
    ['a chunk size with trash', (s) => `${head(s, ['transfer-encoding: chunked'])}0x${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
    ['a folded header', (s) => `${head(s, ['x-a: b', ' transfer-encoding: chunked', `content-length: ${body.length}`])}${body}`],
    ['a header with a lone carriage return', (s) => `${head(s, [`x-a: b\rcontent-length: 3`, `content-length: ${body.length}`])}${body}`],
    ['white space before the colon', (s) => `${head(s, [`content-length : ${body.length}`])}${body}`],
    ['a compressed body', (s) => `${head(s, [`content-length: ${body.length}`, 'content-encoding: gzip'])}${body}`],
    ['an upgrade', (s) => head(s, ['connection: upgrade', 'upgrade: websocket', 'content-length: 0'])],
    ['CONNECT', () => 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['absolute form', (s) => head(s, ['content-length: 0']).replace('/v1/messages', 'http://127.0.0.1:1/v1/messages')],
    ['huge headers', (s) => head(s, [`x-a: ${'b'.repeat(100_000)}`, 'content-length: 0'])],
    ['no HTTP', () => '\x16\x03\x01\x02\x00\x01\x00garbage\r\n\r\n'],
  ];
  it.each(smuggled.flatMap(([name, text]) => (['tcp', 'unix'] as const).map((over) => [name, over, text] as const)))('is refused for %s over %s', async (_name, over, text) => {
    const model = await bench.model({ steps: [{ text: 'never' }] });
    const session = await bench.session(await bench.live(model));
    const said = await raw(session, text(session), over);
    expect(said).not.toMatch(/HTTP\/1\.1 2/);
    expect(model.requests).toHaveLength(0);
    expect((await ask(session, { over })).status).toBe(200);
    // Each leaves one record, also where the parser refused it and no request ever was.
    expect((await session.close()).map((record) => record.refused)).toEqual([expect.stringMatching(/^(?:framing|path|upgrade|connect|malformed|body-cut)$/), undefined]);
  });

  it('sends more than allowed: refused by its length, and by its bytes', async () => {
    const model = await bench.model({ steps: [] });
    const session = await bench.session(await bench.live(model, { limits: { requestBytesMax: 1000 } }));
    const big = JSON.stringify(message({ messages: 'x'.repeat(2000) }));
    expect((await ask(session, { raw: big })).status).toBe(413);
    expect((await ask(session, { raw: big, headers: { 'transfer-encoding': 'chunked' } })).status).toBe(413);
    expect(model.requests).toHaveLength(0);
  });

  it('floods: connections, calls and records stay bounded, and the session still works', async () => {
    const model = await bench.model({ steps: [{ text: 'a' }], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model, { limits: { connectionsMax: 20, inFlightMax: 4, refusalsRecordedMax: 10 } }));
    const sockets: Socket[] = [];
    let turnedAway = 0;
    const enough = new Promise<void>((done) => {
      for (let at = 0; at < 100; at += 1) {
        const socket = connect(Number(new URL(session.url).port), '127.0.0.1');
        socket.on('error', () => undefined);
        socket.on('close', () => {
          turnedAway += 1;
          if (turnedAway === 80) done();
        });
        sockets.push(socket.resume());
      }
    });
    // All but the 20 that are allowed are closed by the gateway.
    await enough;
    for (const socket of sockets) socket.destroy();
    for (let at = 0; at < 30; at += 1) await ask(session, { over: 'unix', path: '/nothing' });
    expect((await ask(session, { over: 'unix' })).status).toBe(200);
    const records = await session.close();
    expect(records).toHaveLength(12);
    expect(records.at(-1)?.refused).toBe('20 more requests were refused');
  });

  it('asks too much at once: the rest is told to come back', async () => {
    const model = await bench.model({ steps: [{ ending: 'silent' }], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model, { limits: { inFlightMax: 2 } }));
    const hanging = [ask(session), ask(session)].map((call) => call.then(() => false, () => true));
    await model.received(2);
    expect((await ask(session)).status).toBe(429);
    await session.close();
    expect(await Promise.all(hanging)).toEqual([true, true]);
  });

  it('never reads its answer: the call ends by its own bound', async () => {
    const model = await bench.model({ steps: [{ ending: 'endless', text: 'word '.repeat(2000) }] });
    const session = await bench.session(await bench.live(model, { limits: { idleMsMax: 500, responseBytesMax: 1e9 } }), { tokensMax: 1e9, costMax: 1e12 as never });
    const socket = connect(Number(new URL(session.url).port), '127.0.0.1');
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.on('error', () => undefined);
    const text = JSON.stringify(message({ stream: true, max_tokens: 1e8 }));
    socket.pause();
    socket.write(`${head(session, [`content-length: ${text.length}`])}${text}`);
    await model.received(1);
    // The stream stops here for want of a reader; resuming afterwards shows that the gateway gave it up.
    await new Promise<void>((done) => {
      const look = (): void => (session.usage().outputTokens > 0 ? done() : void setTimeout(look, 5));
      look();
    });
    socket.resume();
    await closed;
    expect((await session.close())[0]).toMatchObject({ refused: 'client-gone' });
  });

  it('breaks off in the middle of its request: nothing is sent and nothing spent', async () => {
    const model = await bench.model({ steps: [{ text: 'a' }] });
    const session = await bench.session(await bench.live(model));
    await raw(session, `${head(session, ['content-length: 500'])}{"model":`);
    expect((await ask(session)).status).toBe(200);
    expect(model.requests).toHaveLength(1);
    expect((await session.close())[0]).toMatchObject({ refused: 'body-cut', cost: 0 });
  });
});

describe('the base URL', () => {
  it.each([['', '/v1/messages'], ['/', '/v1/messages'], ['/v1', '/v1/messages'], ['/private/route', '/private/route/v1/messages'], ['/private/v1/', '/private/v1/messages']])('%s leads to %s', async (base, path) => {
    const model = await bench.model({ steps: [{ text: 'a' }] });
    const session = await bench.session(await bench.live(model, { baseUrl: `${model.url}${base}` }));
    await ask(session);
    expect(model.requests[0]?.path).toBe(path);
  });

  it('of an OpenAI-style provider may be any root', async () => {
    const model = await bench.model({ steps: [{ text: 'a' }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-chat', baseUrl: `${model.url}/v1beta/openai` }), { api: 'openai-chat' });
    await ask(session, { path: '/v1/chat/completions', body: { model: MODEL, messages: [] } });
    expect(model.requests[0]?.path).toBe('/v1beta/openai/chat/completions');
  });

  it('that speaks no HTTP is a fault', async () => {
    const server = createServer((socket) => void socket.once('data', () => socket.end('220 mail ready\r\n')).on('error', () => undefined));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const session = await bench.session(await bench.live({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
    expect((await ask(session)).status).toBe(502);
    expect(session.upstreamFault()).toMatchObject({ code: 'invalid-answer', side: 'theirs' });
    await new Promise((done) => server.close(done));
  });
});
