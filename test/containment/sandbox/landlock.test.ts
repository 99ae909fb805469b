import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findLandlock } from '../../../src/containment/sandbox/landlock.js';
import { findOwnUid } from '../../../src/containment/sandbox/own-uid.js';
import { callNumber } from '../../../src/containment/sandbox/launcher/call-numbers.js';
import type { LauncherCall } from '../../../src/containment/sandbox/launcher/call-numbers.js';
import type { Block, Row } from '../../../src/containment/sandbox/launcher/table.js';
import { numbersFor } from '../../../src/containment/sandbox/system-calls.js';
import type { Relay } from '../../../src/ports/sandbox.js';
import { ARCH, callProgram, formOf, placeOf, removePlaces } from '../fixtures/rung-place.js';
import type { RungPlace } from '../fixtures/rung-place.js';
import { compiled } from '../fixtures/compiled.js';
import { sandboxOptions } from '../fixtures/sandbox-options.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

const root = process.geteuid?.() === 0;
const form = await formOf('landlock', findLandlock);
const suite = form === undefined ? describe.skip : describe;
const call = (name: LauncherCall): number => callNumber(ARCH, name);
const numbers = numbersFor(ARCH);

afterAll(removePlaces);

/** One call inside: 0, or the error number. */
async function ask(at: RungPlace, rows: readonly Row[], blocks: readonly Block[] = [], relays: readonly Relay[] = []): Promise<number> {
  callProgram(join(at.workspace, 'ask'), rows, blocks);
  const { ending } = await at.run(['./ask'], { relays });
  if (ending.kind !== 'exited') throw new Error(JSON.stringify(ending));
  return ending.code;
}

const EPERM = 1;
const EACCES = 13;

interface Service { readonly server: Server; readonly relay: Relay; readonly port: number }

/** A service behind a socket, as the gateway is, and a stranger on another port. */
async function listen(words: string): Promise<Service> {
  const socket = join(mkdtempSync('/tmp/heddle-relay-'), 's');
  const make = (): Server => createServer((client) => { client.on('error', () => undefined).end(words); });
  const server = make();
  await new Promise<void>((resolve) => { server.listen(socket, resolve); });
  const free = make();
  await new Promise<void>((resolve) => { free.listen(0, '127.0.0.1', resolve); });
  const { port } = free.address() as AddressInfo;
  await new Promise<void>((resolve) => { free.close(() => { resolve(); }); });
  return { server, relay: { socket, port }, port };
}

const CONNECT = `
const net = require('node:net');
const [, host, port] = process.argv;
const client = net.connect({ host, port: Number(port) });
let text = '';
client.on('data', (data) => { text += data; }).on('end', () => { console.log(text); }).on('error', (error) => { console.log(error.code); });
`;

suite('TCP in the rung landlock', () => {
  let service: Service;
  let stranger: Server;
  beforeAll(async () => {
    service = await listen('relayed');
    stranger = createServer((client) => { client.on('error', () => undefined).end('stranger'); });
    await new Promise<void>((resolve) => { stranger.listen(0, '127.0.0.1', resolve); });
  });
  afterAll(() => {
    service.server.close();
    stranger.close();
  });
  const connect = async (relays: readonly Relay[], port: number, host = '127.0.0.1'): Promise<string> =>
    (await placeOf(form).run(['node', '-e', CONNECT, host, String(port)], { relays })).stdout.trim();

  it('leads to the relay, also many times and at once', async () => {
    expect(await connect([service.relay], service.port)).toBe('relayed');
    const script = `const net = require('node:net'); let done = 0; for (let i = 0; i < 100; i += 1) net.connect(${service.port}, '127.0.0.1').on('data', () => { done += 1; if (done === 100) console.log('all'); });`;
    expect((await placeOf(form).run(['node', '-e', script], { relays: [service.relay] })).stdout).toBe('all\n');
  });

  it('leads nowhere else, and nowhere at all without a relay', async () => {
    const { port } = stranger.address() as AddressInfo;
    expect(await connect([service.relay], port)).toBe('EACCES');
    expect(await connect([], port)).toBe('EPERM');
    expect(await connect([], service.port)).toBe('EPERM');
  });

  it('several relays lead each to its own', async () => {
    const other = await listen('the other');
    const script = `const net = require('node:net'); const say = (port) => new Promise((r) => { let t = ''; net.connect(port, '127.0.0.1').on('data', (d) => { t += d; }).on('end', () => r(t)); }); (async () => console.log(await say(${service.port}), '+', await say(${other.port})))()`;
    expect((await placeOf(form).run(['node', '-e', script], { relays: [service.relay, other.relay] })).stdout).toBe('relayed + the other\n');
    other.server.close();
  });

  it('a port of the gateway itself, in this process, is used as it is', async () => {
    const { port } = stranger.address() as AddressInfo;
    expect(await connect([{ socket: '/no/such/socket', port }], port)).toBe('stranger');
  });

  it('a port of another process is not taken for ours', async () => {
    const holder = (await import('node:child_process')).spawn(process.execPath, ['-e', "require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port); })"], { stdio: ['ignore', 'pipe', 'ignore'] });
    const port = Number(await new Promise((resolve) => { holder.stdout.once('data', (data: Buffer) => { resolve(data.toString()); }); }));
    const { ending } = await placeOf(form).run(['true'], { relays: [{ socket: service.relay.socket, port }] });
    holder.kill('SIGKILL');
    expect(ending).toMatchObject({ kind: 'not-started', fault: { code: 'io', retryable: true } });
  });

  it('every socket is bound to the loopback device, and cannot be let go of it: no other machine has this port', async () => {
    const device: Block = { name: 'device', bytes: new Uint8Array(16) };
    const length: Block = { name: 'length', bytes: Uint8Array.of(16, 0, 0, 0) };
    const getsockopt = ARCH === 'x64' ? 55 : 209;
    const socket: Row = { name: 'socket', call: call('socket'), args: [2, 1, 0], out: { row: 'look', argument: 0 } };
    const look: Row = { name: 'look', call: getsockopt, args: [0, 1, 25, { block: 'device' }, { block: 'length' }] };
    const at = placeOf(form);
    callProgram(join(at.workspace, 'look'), [socket, look, { name: 'say', call: call('write'), args: [1, { block: 'device' }, 3] }], [device, length]);
    expect((await at.run(['./look'], { relays: [service.relay] })).stdout).toBe('lo\0');
    const free = (option: number, bytes: number): Promise<number> => ask(at, [
      { ...socket, out: { row: 'free', argument: 0 } }, { name: 'free', call: call('setsockopt'), args: [0, 1, option, { block: 'nothing' }, bytes] },
    ], [{ name: 'nothing', bytes: new Uint8Array(8) }], [service.relay]);
    // SO_BINDTODEVICE with an empty name, SO_BINDTOIFINDEX with none.
    expect([await free(25, 1), await free(62, 4)]).toEqual([EPERM, EPERM]);
  });

  it('no port is bound or listened to, and data without connect(2) does not pass', async () => {
    const at = placeOf(form);
    const address: Block = { name: 'address', bytes: Uint8Array.of(2, 0, service.port >> 8, service.port & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0) };
    const other: Block = { name: 'other', bytes: Uint8Array.of(2, 0, 0x30, 0x39, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0) };
    const after = (row: Row): readonly Row[] => [{ name: 'socket', call: call('socket'), args: [2, 1, 0], out: { row: row.name, argument: 0 } }, row];
    const bind = ARCH === 'x64' ? 49 : 200;
    expect(await ask(at, after({ name: 'bind', call: bind, args: [0, { block: 'other' }, 16] }), [other], [service.relay])).toBe(EACCES);
    expect(await ask(at, after({ name: 'listen', call: numbers.listen, args: [0, 1] }), [], [service.relay])).toBe(EPERM);
    // MSG_FASTOPEN: sendto, sendmsg and sendmmsg.
    expect(await ask(at, after({ name: 'sendto', call: numbers.sendto, args: [0, { block: 'other' }, 4, 0x20000000, { block: 'other' }, 16] }), [other], [service.relay])).toBe(EPERM);
    for (const [name, flags] of [['sendmsg', 2], ['sendmmsg', 3]] as const) {
      const args = [0, { block: 'address' }, 1, 1];
      args[flags] = 0x20000000;
      expect(await ask(at, after({ name, call: numbers[name], args }), [address], [service.relay])).toBe(EPERM);
    }
  });
});

suite('other ways out of the rung landlock', () => {
  /** Family, type, protocol. */
  it.each<[string, readonly [number, number, number]]>([
    ['UDP', [2, 2, 0]], ['UDP 6', [10, 2, 0]], ['ICMP', [2, 2, 1]], ['raw', [2, 3, 1]], ['SCTP', [2, 1, 132]], ['multipath TCP', [2, 1, 262]], ['SMC', [2, 1, 256]],
    ['unix', [1, 1, 0]], ['unix datagram', [1, 2, 0]], ['packet', [17, 3, 0]], ['vsock', [40, 1, 0]], ['a hash of the kernel', [38, 5, 0]], ['netlink of netfilter', [16, 3, 12]],
  ])('no %s socket', async (_, args) => {
    const relay = await listen('x');
    for (const relays of [[], [relay.relay]]) expect(await ask(placeOf(form), [{ name: 'socket', call: call('socket'), args }], [], relays)).toBe(EPERM);
    relay.server.close();
  });

  it('a connected pair is left to programs, one that takes addresses is not', async () => {
    const pair = (type: number): Promise<number> => ask(placeOf(form), [{ name: 'pair', call: numbers.socketpair, args: [1, type, 0, { block: 'two' }] }], [{ name: 'two', bytes: new Uint8Array(8) }]);
    expect([await pair(1), await pair(0x80001), await pair(2)]).toEqual([0, 0, EPERM]);
  });

  it.each(['io_uring_setup', 'keyctl', 'add_key', 'ptrace', 'process_vm_readv', 'pidfd_getfd', 'bpf', 'unshare', 'mount', 'setns', 'userfaultfd', 'perf_event_open', 'open_by_handle_at'] as const)('no %s', async (name) => {
    expect(await ask(placeOf(form), [{ name, call: numbers[name], args: [0, 0, 0, 0, 0] }])).toBe(EPERM);
  });

  it('Node still lists interfaces and starts processes', async () => {
    const { stdout } = await placeOf(form).run(['node', '-e', "console.log(Object.keys(require('node:os').networkInterfaces()).includes('lo'), String(require('node:child_process').execFileSync('echo', ['child'])))"]);
    expect(stdout).toBe('true child\n\n');
  });

  it('an open network is open for TCP and UDP, and for nothing else', async () => {
    const stranger = createServer((client) => { client.on('error', () => undefined).end('stranger'); });
    await new Promise<void>((resolve) => { stranger.listen(0, '127.0.0.1', resolve); });
    const at = placeOf(form, { network: 'open' });
    expect(at.sandbox.networkClosed).toBe(false);
    expect((await at.run(['node', '-e', CONNECT, '127.0.0.1', String((stranger.address() as AddressInfo).port)])).stdout).toBe('stranger\n');
    expect(await ask(at, [{ name: 'udp', call: call('socket'), args: [2, 2, 0] }])).toBe(0);
    expect(await ask(at, [{ name: 'unix', call: call('socket'), args: [1, 1, 0] }])).toBe(EPERM);
    stranger.close();
  });
});

suite('files in the rung landlock', () => {
  it('what everybody may read outside is closed all the same', async () => {
    const at = placeOf(form);
    writeFileSync(join(at.root, 'public'), 'canary', { mode: 0o644 });
    const { stdout } = await at.shell(`cat '${at.root}/public' /etc/hostname /etc/fstab; ls / /tmp /home /root '${at.root}'; echo end`);
    expect(stdout).toBe('end\n');
  });

  it('a mount is read, and written when it says so', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-mount-')));
    for (const name of ['read', 'write']) mkdirSync(join(folder, name), { mode: 0o777 });
    writeFileSync(join(folder, 'read/f'), 'mounted');
    spawnSync('chmod', ['-R', 'a+rwX', folder]);
    const at = placeOf(form, { mounts: [{ from: join(folder, 'read'), to: join(folder, 'read'), writable: false }, { from: join(folder, 'write'), to: join(folder, 'write'), writable: true }] });
    const { stdout } = await at.shell(`cat '${folder}/read/f'; echo x > '${folder}/read/g' || echo refused; echo x > '${folder}/write/g' && echo written`);
    expect(stdout).toBe('mountedrefused\nwritten\n');
  });

  it('devices are the harmless ones', async () => {
    const { stdout } = await placeOf(form).shell('head -c 4 /dev/zero | wc -c; echo x > /dev/null && echo null; head -c1 /dev/urandom | wc -c; true < /dev/mem && echo mem; true < /dev/kmsg && echo kmsg; ls /dev/shm; mknod b b 1 1 || echo none');
    expect(stdout.split(/\s+/).filter((word) => word !== '')).toEqual(['4', 'null', '1', 'none']);
  });
});

/** Whether a file system without execution can be mounted here. */
const mounts = process.platform === 'linux' && root && ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-noexec-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'noexec', 'none', folder]).status === 0;
  if (mounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return mounted;
})();
if (!mounts) process.stderr.write('skipped: a file system without execution cannot be mounted here\n');

(mounts ? it : it.skip)('is refused where no program can be run from the scratch folder', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'heddle-noexec-'));
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'noexec', 'none', scratch]).status).toBe(0);
  try {
    for (const find of [findLandlock, findOwnUid]) expect(await find(sandboxOptions({ scratch }))).toMatchObject([{ ok: false, error: { fix: expect.stringContaining('noexec') } }]);
  } finally {
    spawnSync('umount', [scratch]);
    rmSync(scratch, { recursive: true, force: true });
  }
});

/** As a plain user: programs that hide from parents, session, group and mark at once; some of them run already when the leader ends, some are still on their way. */
const HIDING = `
import { findLandlock } from './containment/sandbox/landlock.js';
import { readProcessTable } from './containment/process/process-table.js';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { mkdirSync, readFileSync } from 'node:fs';
const hex = (bytes) => randomBytes(bytes).toString('hex');
const [scratch, mark] = process.argv.slice(2);
const options = { inside: { node: process.execPath, args: [import.meta.filename] }, path: '/usr/bin:/bin', tools: [], scratch, mark: hex(8), hex };
const [found] = await findLandlock(options);
if (!found.ok) { console.log(JSON.stringify({ refused: found.error.why })); process.exit(); }
const [workspace, home] = ['ws', 'home'].map((name) => scratch + '/' + name);
for (const folder of [workspace, home]) mkdirSync(folder);
const { value: sandbox } = found.value.open({ workspace, home, mounts: [], network: 'closed', readOnly: [] });
const limits = { wallMsMax: 30000, idleMsMax: undefined, outputBytesMax: 1e6, processesMax: 256, memoryBytesMax: 2 ** 30, cpuMsMax: 7200000, writtenFileBytesMax: 2 ** 32, diskBytesMax: 1e10 };
const server = createServer();
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const relays = [{ socket: '/no/such/socket', port: server.address().port }];
const hide = "( env -i setsid /bin/sh -c '( exec sleep " + mark + " ) & ' </dev/null >/dev/null 2>&1 & ); ";
const alive = () => readProcessTable().filter((fact) => { try { return fact.alive && readFileSync('/proc/' + fact.pid + '/cmdline', 'latin1') === 'sleep\\0' + mark + '\\0'; } catch { return false; } }).map((fact) => fact.pid);
const ends = [];
const look = (ending) => { const left = alive(); ends.push([ending.kind, ending.code ?? ending.reason, left.length]); for (const pid of left) process.kill(pid, 'SIGKILL'); };
for (const relayed of [[], relays]) {
  const running = sandbox.start({ command: 'sh', args: ['-c', hide.repeat(5) + 'exit 3'], env: {}, cwd: '', stdin: undefined, relays: relayed }, limits);
  look((await running.ended).ending);
  const stop = new AbortController();
  const cancelled = sandbox.start({ command: 'sh', args: ['-c', hide.repeat(5) + 'while :; do sleep 0.02; done'], env: {}, cwd: '', stdin: undefined, relays: relayed }, limits, stop.signal);
  while (alive().length < 5) await new Promise((resolve) => { setImmediate(resolve); });
  stop.abort();
  look((await cancelled.ended).ending);
}
console.log(JSON.stringify({ ends }));
process.exit();
`;

(form !== undefined && root ? it : it.skip)('as a plain user leaves nothing that hides, and kills nothing outside', async () => {
  const program = compiled('hiding', HIDING);
  const scratch = mkdtempSync(join(tmpdir(), 'heddle-plain-'));
  spawnSync('chmod', ['-R', 'a+rX', join(program, '..')]);
  spawnSync('chmod', ['a+rwx', scratch]);
  const user = ['--reuid', '12346', '--regid', '12346', '--clear-groups'];
  const { spawn } = await import('node:child_process');
  const bystander = spawn('setpriv', [...user, 'sleep', '60'], { stdio: 'ignore' });
  const ran = spawnSync('setpriv', [...user, process.execPath, program, scratch, `88.${process.pid}`], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
  const stillThere = bystander.exitCode === null && bystander.signalCode === null && bystander.kill('SIGKILL');
  expect([ran.stderr, stillThere]).toEqual(['', true]);
  const said = JSON.parse(ran.stdout) as { refused?: string; ends?: unknown };
  if (said.refused !== undefined) process.stderr.write(`skipped: ${said.refused}\n`);
  else expect(said.ends).toEqual([['exited', 3, 0], ['stopped', 'cancelled', 0], ['exited', 3, 0], ['stopped', 'cancelled', 0]]);
});

/** The same rung as a plain user: what it is called, and that the probe holds. */
const PLAIN = `
import { findLandlock } from './containment/sandbox/landlock.js';
import { findOwnUid } from './containment/sandbox/own-uid.js';
import { probeRung } from './containment/sandbox/probe.js';
import { randomBytes } from 'node:crypto';
const hex = (bytes) => randomBytes(bytes).toString('hex');
const options = { inside: { node: process.execPath, args: [import.meta.filename] }, path: '/usr/bin:/bin', tools: [], scratch: process.argv[2], mark: hex(8), hex };
const [landlock] = await findLandlock(options);
const [own] = await findOwnUid(options);
const proved = landlock.ok ? await probeRung((request) => landlock.value.open(request), options) : undefined;
console.log(JSON.stringify({ form: landlock.ok ? landlock.value.form : landlock.error, why: proved?.why, own: own.ok ? own.value.form : own.error.why }));
`;

(form !== undefined && root ? it : it.skip)('for a plain user it is tried under our own user, and the own user id is refused with the reason', () => {
  const program = compiled('plain', PLAIN);
  const scratch = mkdtempSync(join(tmpdir(), 'heddle-plain-'));
  spawnSync('chmod', ['-R', 'a+rX', join(program, '..')]);
  spawnSync('chmod', ['a+rwx', scratch]);
  const ran = spawnSync('setpriv', ['--reuid', '12345', '--regid', '12345', '--clear-groups', process.execPath, program, scratch], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  const said = JSON.parse(ran.stdout) as { form: unknown; why: unknown; own: unknown };
  expect(said.own).toBe('Only root can give a program another user id.');
  if (typeof said.form === 'string') expect([said.form, said.why]).toEqual([expect.stringMatching(/^our uid, version \d+$/), '']);
  else expect(said.form).toMatchObject({ why: expect.stringContaining('version') });
});
