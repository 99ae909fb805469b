import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createEgress } from '../../../src/containment/egress/egress.js';
import { createSandboxFactory } from '../../../src/containment/sandbox/sandbox-factory.js';
import type { EgressReport } from '../../../src/domain/egress.js';
import { LIMITS, finished, sandboxOptions } from '../fixtures/sandbox-options.js';

/** Real programs in the best rung that this machine has, and in the best without bubblewrap. */
jest.setTimeout(60_000);
const ways = await Promise.all([sandboxOptions(), sandboxOptions({ bubblewrap: '/nonexistent' })].map(async (options) => {
  const factory = createSandboxFactory(options);
  return { options, factory, rung: (await factory.probe()).rung };
}));
type Way = (typeof ways)[number];
const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const sockets = new Set<Socket>();
const heard: Buffer[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer((socket) => { sockets.add(socket); socket.on('error', () => undefined).on('data', (bytes) => { heard.push(Buffer.from(bytes)); socket.end(); }); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => { for (const each of sockets) each.destroy(); server.close(); });

interface Ended { readonly stdout: string; readonly report: EgressReport; readonly closed: boolean }

async function insideOf({ options, factory }: Way, allow: readonly string[], script: string): Promise<Ended> {
  const root = mkdtempSync(join(tmpdir(), 'heddle-eg-'));
  const [workspace, home] = [join(root, 'w'), join(root, 'h')];
  for (const folder of [workspace, home]) mkdirSync(folder);
  const egress = createEgress({
    socketDir: mkdtempSync('/tmp/hdl-s-'), filesDir: options.scratch, ids: { hex: options.hex },
    resolve: async () => ['93.184.216.34'],
    connect: async () => { const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, allowHalfOpen: true }); await once(socket, 'connect'); return socket; },
  });
  const session = await egress.open({ allow, ports: [443], private: [], bytesUpMax: 1e6, bytesDownMax: 1e6 });
  if (!session.ok) throw new Error(session.error.message);
  const sandbox = await factory.open({ workspace, home, mounts: session.value.mounts, network: 'closed', readOnly: [] });
  if (!sandbox.ok) throw new Error(sandbox.error.message);
  const { stdout } = await finished(session.value.through(sandbox.value).start({ command: 'sh', args: ['-c', script], env: {}, cwd: '', stdin: undefined, relays: [] }, LIMITS));
  return { stdout, report: await session.value.close(), closed: sandbox.value.networkClosed };
}

const closed = ways.filter(({ rung }, index) => rung !== 'none' && rung !== 'own-uid' && ways.findIndex((way) => way.rung === rung) === index);
if (closed.length < 2) process.stderr.write(`egress in a sandbox: run in ${closed.map((way) => way.rung).join(', ') || 'no rung'} alone, this machine has no other rung that closes the network\n`);
const whenCurl = has('curl') ? it : it.skip;

(closed.length === 0 ? describe.skip : describe).each(closed.length === 0 ? ways : closed)('programs in the rung $rung', (way) => {
  const inside = (allow: readonly string[], script: string): Promise<Ended> => insideOf(way, allow, script);

  whenCurl('that may reach nothing: what curl and git try is recorded, and a direct way is not there', async () => {
    const { stdout, report, closed } = await inside([], [
      'curl -s -o /dev/null -w "%{http_connect}\\n" https://evil.test/x',
      'curl -s --noproxy "*" -o /dev/null --max-time 5 http://93.184.216.34/ || echo direct failed',
      'git ls-remote https://git.evil.test/repo 2>/dev/null || echo git failed',
      'echo "$HTTPS_PROXY$https_proxy" | grep -c .',
    ].join('\n'));
    expect(closed).toBe(true);
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['403', 'direct failed', 'git failed', '0']));
    expect(report).toMatchObject({ allowed: [], enforced: true, reached: [] });
    expect(report.refused).toEqual(expect.arrayContaining([{ host: 'evil.test', port: 443, why: 'not-allowed', count: 1 }, { host: 'git.evil.test', port: 443, why: 'not-allowed', count: 1 }]));
  });

  whenCurl('with a list: the listed host is reached with its own name in the hello, another is not, and fronting is cut', async () => {
    const before = heard.length;
    const { report } = await inside(['a.example'], [
      'curl -s -o /dev/null --max-time 10 https://a.example/x; curl -s -o /dev/null --max-time 10 https://b.example/x',
      'curl -s -o /dev/null --max-time 10 --connect-to b.example:443:a.example:443 https://b.example/x; true',
    ].join('\n'));
    expect(report.reached).toMatchObject([{ host: 'a.example', port: 443, connections: 2 }]);
    expect(report.refused).toEqual([{ host: 'b.example', port: 443, why: 'not-allowed', count: 1 }, { host: 'a.example', port: 443, why: 'other-server-name', count: 1 }]);
    const up = Buffer.concat(heard.slice(before));
    expect([up.includes('a.example'), up.includes('b.example')]).toEqual([true, false]);
  });

  it('nothing but the proxy answers: no name service, no metadata address, no port of this machine', async () => {
    const port = (server.address() as AddressInfo).port;
    const script = `const net=require('net'),dns=require('dns');const t=(h,p)=>new Promise(r=>{const s=net.connect({host:h,port:p});s.on('connect',()=>r('reached')).on('error',()=>r('no')).setTimeout(2000,()=>r('no'))});
      Promise.all([t('127.0.0.1',${port}),t('169.254.169.254',80),t('93.184.216.34',443),new Promise(r=>dns.resolve('a.example',e=>r(e?'no':'reached'))),new Promise(r=>dns.lookup('a.example',e=>r(e?'no':'reached')))]).then(all=>{console.log(all.join());process.exit()})`;
    const { stdout } = await inside(['a.example'], `node -e "${script.replace(/\n\s*/g, '')}"`);
    expect(stdout.trim()).toBe('no,no,no,no,no');
  });
});
