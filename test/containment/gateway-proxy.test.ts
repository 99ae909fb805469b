import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ProxySettings } from '../../src/containment/gateway/provider/wayfinder.js';
import { createWayfinder } from '../../src/containment/gateway/provider/wayfinder.js';
import type { GatewaySession } from '../../src/ports/model-gateway.js';
import { ask, Bench, KEY } from './gateway-support.js';

const bench = new Bench();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await bench.close();
  for (const end of ends.splice(0)) await end();
});

const claude = JSON.stringify({ content: [{ type: 'text', text: 'hi' }], usage: { input_tokens: 10, output_tokens: 5 } });
const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  ends.push(() => new Promise((done) => server.close(done)));
  return (server.address() as AddressInfo).port;
};

/** A proxy that opens tunnels to one place, whatever name was asked for, and notes what it saw. */
const startProxy = async (options: { readonly to: number; readonly answer?: string }): Promise<{ readonly port: number; readonly seen: string[]; readonly bytes: () => string }> => {
  const seen: string[] = [];
  const passed: Buffer[] = [];
  const open = new Set<Duplex>();
  const server = createHttp((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''} host=${request.headers.host ?? ''} auth=${request.headers['proxy-authorization'] ?? '-'}`);
    response.setHeader('content-type', 'application/json').end(claude);
  });
  server.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url ?? ''} auth=${request.headers['proxy-authorization'] ?? '-'}`);
    open.add(socket);
    socket.on('error', () => undefined);
    if (options.answer !== undefined) {
      socket.end(options.answer);
      return;
    }
    const onward = connect(options.to, '127.0.0.1');
    open.add(onward);
    onward.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.on('data', (chunk: Buffer) => passed.push(chunk));
    socket.pipe(onward).pipe(socket);
  });
  ends.push(() => {
    for (const socket of open) socket.destroy();
    server.closeAllConnections();
    return Promise.resolve();
  });
  return { port: await listen(server), seen, bytes: () => Buffer.concat(passed).toString('latin1') };
};

const session = async (baseUrl: string, proxy: Partial<ProxySettings>): Promise<GatewaySession> =>
  bench.session(await bench.gateway({ kind: 'live', baseUrl, key: KEY, headers: {}, api: 'anthropic-messages', proxy: { https: undefined, http: undefined, except: [], ...proxy } }, { limits: { connectMsMax: 5000, triesMax: 1 } }));

/** Whether this machine can make a certificate and trust it in a running process. */
const trusts = 'setDefaultCACertificates' in tls && spawnSync('openssl', ['version']).status === 0;
if (!trusts) process.stderr.write('skipped: no openssl, or a Node that cannot trust a certificate while it runs\n');

/** A certificate for one name. */
const certificate = async (): Promise<{ readonly key: string; readonly cert: string }> => {
  const folder = await bench.folder();
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=models.example', '-addext', 'subjectAltName=DNS:models.example', '-keyout', join(folder, 'k'), '-out', join(folder, 'c')], { stdio: 'ignore' });
  return { key: readFileSync(join(folder, 'k'), 'utf8'), cert: readFileSync(join(folder, 'c'), 'utf8') };
};

describe('the proxy of the company', () => {
  (trusts ? it : it.skip)('carries https in a tunnel, in which the provider itself is checked and the key is not seen', async () => {
    const made = await certificate();
    const names: (string | false)[] = [];
    const upstream = createHttps(made, (request, response) => {
      names.push((request.socket as tls.TLSSocket & { servername?: string }).servername ?? false);
      response.setHeader('content-type', 'application/json').end(request.headers['x-api-key'] === KEY ? claude : '{}');
    });
    const proxy = await startProxy({ to: await listen(upstream) });
    const untrusted = await session('https://models.example', { https: `http://127.0.0.1:${proxy.port}` });
    expect((await ask(untrusted)).status).toBe(502);
    expect(untrusted.upstreamFault()).toMatchObject({ code: 'unreachable' });
    expect(names).toEqual([]);
    const before = tls.getCACertificates('default');
    tls.setDefaultCACertificates([made.cert]);
    try {
      const trusted = await session('https://models.example', { https: `http://user:p%40ss-word-0123@127.0.0.1:${proxy.port}` });
      for (let time = 0; time < 2; time += 1) expect(await ask(trusted)).toMatchObject({ status: 200, text: claude });
      const other = await session('https://other.example', { https: `http://127.0.0.1:${proxy.port}` });
      expect((await ask(other)).status).toBe(502);
    } finally {
      tls.setDefaultCACertificates(before);
      upstream.closeAllConnections();
    }
    expect(names).toEqual(['models.example', 'models.example']);
    // Two calls shared one tunnel.
    expect(proxy.seen).toEqual(['CONNECT models.example:443 auth=-', `CONNECT models.example:443 auth=Basic ${Buffer.from('user:p@ss-word-0123').toString('base64')}`, 'CONNECT other.example:443 auth=-']);
    expect(proxy.bytes()).not.toContain(KEY);
  });

  it('is asked for http by the whole address', async () => {
    const proxy = await startProxy({ to: 1 });
    const opened = await session('http://models.example:8080/private', { http: `http://127.0.0.1:${proxy.port}` });
    expect((await ask(opened)).text).toBe(claude);
    expect(proxy.seen).toEqual(['POST http://models.example:8080/private/v1/messages host=models.example:8080 auth=-']);
  });

  it.each([
    ['refuses', 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n', { code: 'unreachable', side: 'setup', message: expect.stringContaining('status 407') }],
    ['is none', '220 mail ready\r\n', { code: 'invalid-answer', side: 'theirs' }],
    ['hangs up', '', { code: 'unreachable', side: 'theirs' }],
    ['smuggles bytes behind its answer', 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', { code: 'unreachable', side: 'setup' }],
  ] as const)('%s: the fault names it', async (_name, answer, fault) => {
    const proxy = await startProxy({ to: 1, answer });
    const opened = await session('https://models.example', { https: `http://127.0.0.1:${proxy.port}` });
    expect([400, 502]).toContain((await ask(opened)).status);
    expect(opened.upstreamFault()).toMatchObject(fault);
  });

  it.each([
    ['http://127.0.0.1:9/x', [], true], ['http://localhost:9/', [], true], ['http://169.254.170.2/creds', [], true], ['https://models.example/', [], false], ['https://models.example/', ['example'], true], ['https://models.example/', ['.models.example'], true],
    ['https://models.example/', ['*.example'], true], ['https://models.example/', [' MODELS.example '], true], ['https://models.example/', ['odels.example'], false], ['https://models.example/', ['*'], true], ['https://models.example/', ['models.example:443'], true],
    ['https://models.example:8443/', ['models.example:443'], false], ['http://127.0.0.1.example/', [], false], ['https://models.example/', ['', ' '], false],
  ] as const)('%s with the exceptions %j is reached directly: %p', (address, except, direct) => {
    const { ways, close } = createWayfinder({ proxy: { https: 'http://proxy.example:3128', http: 'http://proxy.example:3128', except }, socketsMax: 1, connectMsMax: 1000 });
    const plain = createWayfinder({ proxy: undefined, socketsMax: 1, connectMsMax: 1000 });
    const { options } = ways(new URL(address));
    const straight = plain.ways(new URL(address)).options;
    const same = options.hostname === straight.hostname && options.path === straight.path && !Object.hasOwn(options.agent as object, 'createConnection');
    expect(same).toBe(direct);
    close();
    plain.close();
  });
});
