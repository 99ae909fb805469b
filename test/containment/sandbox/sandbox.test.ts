import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readProcessTable } from '../../../src/containment/process/process-table.js';
import { openUnconfined } from '../../../src/containment/sandbox/unconfined.js';
import { createSandboxFactory } from '../../../src/containment/sandbox/sandbox-factory.js';
import type { Fault } from '../../../src/domain/fault.js';
import type { Result } from '../../../src/kit/result.js';
import type { Program, ProgramLimits, RunningProgram, Sandbox, SandboxFactory, SandboxRequest } from '../../../src/ports/sandbox.js';
import { LIMITS, finished, sandboxOptions } from '../fixtures/sandbox-options.js';
import { temporaryFolder } from '../../temporary-folder.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

const options = sandboxOptions();
const FORMS = ['user namespace', 'own uid', 'sudo, own uid'] as const;
type Form = (typeof FORMS)[number] | 'none';

/** Every form of the rung that this machine has; for the others a reason is printed. */
const factories = new Map<string, SandboxFactory>();
const missing: string[] = [];
for (const form of FORMS) {
  const factory = createSandboxFactory(sandboxOptions({ rungs: ['bubblewrap'], forms: [form] }));
  const { rung, refused } = await factory.probe();
  if (rung === 'bubblewrap') factories.set(form, factory);
  else missing.push(`${form} is not tried here: ${refused.filter((each) => each.rung === 'bubblewrap' && each.why !== 'It was not to be tried.').map((each) => each.why).join(' ') || 'not for this user'}`);
}
const available = FORMS.filter((form) => factories.has(form));
const [best] = available;
const anyFactory = factories.get(best ?? '') ?? createSandboxFactory(sandboxOptions({ rungs: [] }));

interface Place { readonly sandbox: Sandbox; readonly workspace: string; readonly root: string }

function request(over: Partial<SandboxRequest> = {}): SandboxRequest {
  const root = temporaryFolder('heddle-sandbox-');
  for (const name of ['ws', 'home']) mkdirSync(join(root, name));
  return { workspace: join(root, 'ws'), home: join(root, 'home'), mounts: [], network: 'closed', readOnly: [], ...over };
}

function opened(form: Form, wanted: SandboxRequest): Promise<Result<Sandbox, Fault>> {
  return factories.get(form)?.open(wanted) ?? Promise.resolve(openUnconfined(wanted, options));
}

async function place(form: Form, over: Partial<SandboxRequest> = {}): Promise<Place> {
  const wanted = request(over);
  const sandbox = await opened(form, wanted);
  if (!sandbox.ok) throw new Error(sandbox.error.message);
  return { sandbox: sandbox.value, workspace: wanted.workspace, root: join(wanted.workspace, '..') };
}

function run({ sandbox }: Place, args: readonly string[], over: Partial<Program> = {}, limits: Partial<ProgramLimits> = {}): RunningProgram {
  const [command = 'sh', ...rest] = args;
  return sandbox.start({ command, args: rest, env: {}, cwd: '', stdin: undefined, relays: [], ...over }, { ...LIMITS, ...limits });
}

const shell = (at: Place, script: string, over: Partial<Program> = {}): ReturnType<typeof finished> => finished(run(at, ['sh', '-c', script], over));

if (missing.length > 0) describe.skip(missing.join('; '), () => { it('skipped', () => undefined); });

describe.each<[Form]>([...available.map((form): [Form] => [form]), ['none']])('a program in the form %s', (form) => {
  it('has its folder, its home and its own environment only', async () => {
    const at = await place(form);
    const { stdout } = await shell(at, 'pwd; echo data > made; echo state > "$HOME/kept"; env', { env: { GIVEN: 'a b\nc' } });
    expect(stdout.split('\n')[0]).toBe(at.sandbox.workdir);
    expect(stdout).toContain('GIVEN=a b\nc');
    const names = stdout.split('\n').filter((line) => /^[A-Z_]+=/.test(line)).map((line) => line.split('=')[0]).sort();
    expect(names.filter((name) => name !== 'PWD')).toEqual(['CI', 'GIVEN', 'HEDDLE_SANDBOX', 'HOME', 'LANG', 'PATH', 'TMPDIR']);
    expect(readFileSync(join(at.workspace, 'made'), 'utf8')).toBe('data\n');
    expect(readFileSync(join(at.root, 'home/kept'), 'utf8')).toBe('state\n');
  });

  it('finds Node and a temporary folder', async () => {
    const at = await place(form);
    const { stdout, ending } = await shell(at, 'node -p process.version && touch "$TMPDIR/x"');
    expect(ending).toEqual({ kind: 'exited', code: 0 });
    expect(stdout).toMatch(/^v\d+/);
  });

  it('may open its outputs by name', async () => {
    expect((await shell(await place(form), 'echo out > /dev/stdout; echo err > /dev/stderr'))).toMatchObject({ stdout: 'out\n', stderr: 'err\n', ending: { kind: 'exited', code: 0 } });
  });

  it('starts in a folder below, never in one outside', async () => {
    const at = await place(form);
    mkdirSync(join(at.workspace, 'sub'));
    symlinkSync('/etc', join(at.workspace, 'link'));
    expect((await shell(at, 'pwd', { cwd: 'sub' })).stdout.trim()).toBe(`${at.sandbox.workdir}/sub`);
    for (const cwd of ['..', '/etc', 'link', 'missing', 'sub/../..', 'a\0b']) {
      expect((await shell(at, 'pwd', { cwd })).ending).toMatchObject({ kind: 'not-started', fault: { code: 'rejected' } });
    }
  });

  it('is refused with strings that no kernel takes', async () => {
    const at = await place(form);
    for (const over of [{ env: { 'A=B': 'c' } }, { env: { A: 'b\0c' } }, { args: ['a\0b'] }, { command: '' }]) {
      expect((await shell(at, 'true', over)).ending).toMatchObject({ kind: 'not-started', fault: { code: 'rejected' } });
    }
  });

  it('is not started when its command is missing', async () => {
    const at = await place(form);
    // A helper starts it under another account, and says it as a shell would.
    const expected = form.endsWith('own uid') ? { kind: 'exited', code: 127 } : { kind: 'not-started', fault: { side: 'setup' } };
    expect((await finished(run(at, ['no-such-program']))).ending).toMatchObject(expected);
  });

  it('is bounded: a fork bomb ends, and so does its whole tree', async () => {
    const at = await place(form);
    // Bounded by its depth, so that a failure of ours does not take the machine down: some 6,000 processes.
    const bomb = 'f() { sleep 63 & if [ "$1" -gt 0 ]; then f $(($1-1)) & f $(($1-1)) & fi; wait; }; f 10';
    const { ending } = await finished(run(at, ['sh', '-c', bomb], {}, { processesMax: 60 }));
    expect(ending).toEqual({ kind: 'stopped', reason: 'processes' });
    expect(commandLines().filter((line) => line.includes('sleep\x0063'))).toEqual([]);
  });

  it('leaves no daemon', async () => {
    const at = await place(form);
    const script = `trap '' TERM; ( setsid sh -c 'trap "" TERM; while :; do echo beat-${form} >> heartbeat; done' </dev/null >/dev/null 2>&1 & ) ; while [ ! -s heartbeat ]; do :; done`;
    expect((await shell(at, script)).ending).toEqual({ kind: 'exited', code: 0 });
    expect(commandLines().filter((line) => line.includes(`beat-${form}`))).toEqual([]);
  });
});

describe('without a sandbox', () => {
  it('it is said: the network is open, the folder is the real one', async () => {
    const { sandbox, workspace } = await place('none');
    expect(sandbox).toMatchObject({ rung: 'none', networkClosed: false, workdir: workspace });
  });

  it('a mount to another place is a fault, one to its own place is not', () => {
    expect(openUnconfined(request({ mounts: [{ from: '/usr', to: '/opt/x', writable: false }] }), options)).toMatchObject({ ok: false, error: { code: 'unsupported' } });
    expect(openUnconfined(request({ mounts: [{ from: '/usr', to: '/usr', writable: false }] }), options).ok).toBe(true);
  });
});

describe('a request', () => {
  it.each<[string, Partial<SandboxRequest>]>([
    ['for a missing workspace', { workspace: '/no/such/folder' }], ['for a missing home', { home: '/no/such/folder' }],
    ['with a mount of nothing', { mounts: [{ from: '/no/such', to: '/x', writable: false }] }],
    ['with a relative mount', { mounts: [{ from: '/usr', to: '../x', writable: false }] }],
    ['with a mount that climbs', { mounts: [{ from: '/usr', to: '/ws/../../etc', writable: false }] }],
  ])('%s is refused', async (_, over) => {
    expect(await anyFactory.open(request(over))).toMatchObject({ ok: false, error: { code: 'rejected' } });
  });
});

describe.each(available.map((form): [Form] => [form]))('bubblewrap by the form %s', (form) => {
  let server: Server;
  const socket = join(mkdtempSync('/tmp/heddle-relay-'), 's.sock');
  beforeAll(async () => {
    server = createServer((incoming, outgoing) => { incoming.resume().on('end', () => { outgoing.end(`seen ${incoming.url ?? ''}`); }); });
    await new Promise<void>((resolve) => { server.listen(socket, resolve); });
  });
  afterAll(() => { server.close(); });
  const relays = [{ socket, port: 8787 }];

  it('places are fixed and the network is closed', async () => {
    expect((await place(form)).sandbox).toMatchObject({ workdir: '/ws', home: '/home/agent', networkClosed: true });
    expect((await place(form, { network: 'open' })).sandbox.networkClosed).toBe(false);
  });

  it('with the network open: TCP of the machine is there, its abstract sockets are not', async () => {
    const name = `heddle-abstract-${process.pid}-${form.length}`;
    const [abstract, tcp] = [createNetServer((it) => { it.end('up'); }), createNetServer((it) => { it.end('up'); })];
    await Promise.all([new Promise<void>((resolve) => { abstract.listen(`\0${name}`, resolve); }), new Promise<void>((resolve) => { tcp.listen(0, '127.0.0.1', resolve); })]);
    const program = `const net = require('net'); for (const to of [{ path: '\\0${name}' }, { host: '127.0.0.1', port: ${(tcp.address() as AddressInfo).port} }]) net.connect(to).on('data', () => console.log('reached', to.host ?? 'abstract')).on('error', (e) => console.log(e.code, to.host ?? 'abstract'));`;
    const own = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let control = '';
    for await (const chunk of own.stdout) control += String(chunk);
    const { stdout } = await finished(run(await place(form, { network: 'open' }), ['node', '-e', program]));
    abstract.close();
    tcp.close();
    expect(control.trim().split('\n').sort()).toEqual(['reached 127.0.0.1', 'reached abstract']);
    expect(stdout.trim().split('\n').sort()).toEqual(['EPERM abstract', 'reached 127.0.0.1']);
  });

  it.each([
    ['files outside', 'cat "$SECRET"'], ['other processes', 'grep -l CANARY /proc/*/environ; ls /proc/$OUTSIDE/root'],
    ['writing to the system', 'touch /usr/x || touch /etc/x || touch /x || touch /home/x || touch /run/x'],
    ['settings of the kernel', ': >> /proc/sys/kernel/core_pattern || : >> /proc/sysrq-trigger'],
    ['memory of the kernel', 'head -c 1 /proc/kcore || head -c 1 /dev/mem || head -c 1 /proc/kmsg'],
    ['new namespaces', 'unshare -U true || unshare -m true'], ['mounts', 'mount -t tmpfs none /tmp'], ['a terminal', ': < /dev/tty'],
    ['disks', 'ls /dev/vda /dev/sda /dev/nvme0n1 /dev/loop0 | grep .'], ['sockets of engines', 'ls /var/run/docker.sock /run/docker.sock /run/dbus'],
    ['private keys', 'ls /etc/ssl/private /root /etc/shadow'],
  ])('%s cannot be reached', async (_, script) => {
    const at = await place(form);
    writeFileSync(join(at.root, 'secret'), 'CANARY');
    const { ending, stdout } = await shell(at, `(${script}) 2>/dev/null`, { env: { SECRET: join(at.root, 'secret'), OUTSIDE: String(process.pid) } });
    expect([ending.kind === 'exited' && ending.code !== 0, stdout]).toEqual([true, '']);
  });

  it('a program has no privileges, a filter, and no file of ours', async () => {
    const { stdout } = await shell(await place(form), 'grep -E "^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):" /proc/self/status; for f in /proc/self/fd/*; do readlink $f; done | grep -c -v -E "^(/dev/null|socket:.*|pipe:.*|/proc/.*|/[^ ]*/heddle-output-[^/]*/[1-8] .deleted.)?$"');
    expect(stdout.replace(/\t/g, ' ').trim().split('\n')).toEqual(['CapPrm: 0000000000000000', 'CapEff: 0000000000000000', 'CapBnd: 0000000000000000', 'CapAmb: 0000000000000000', 'NoNewPrivs: 1', 'Seccomp: 2', '0']);
  });

  it('what a program wrote is ours to read and to remove afterwards', async () => {
    const at = await place(form);
    const { ending } = await shell(at, 'mkdir -m 700 d; echo data > d/f; chmod 600 d/f; touch "$HOME/state"; id -u > uid; [ ! -w /proc/self/loginuid ] || true');
    expect(ending).toEqual({ kind: 'exited', code: 0 });
    expect(readFileSync(join(at.workspace, 'd/f'), 'utf8')).toBe('data\n');
    expect(Number(readFileSync(join(at.workspace, 'uid'), 'utf8'))).toBeGreaterThan(form === 'user namespace' ? 999 : 60_577);
    rmSync(at.root, { recursive: true });
    expect(existsSync(at.root)).toBe(false);
  });

  it('git of the system works in a folder with a read-only repository', async () => {
    const wanted = request({ readOnly: ['.git'] });
    spawnSync('git', ['init', '-q', wanted.workspace]);
    const found = await opened(form, wanted);
    if (!found.ok) throw new Error(found.error.message);
    expect((await shell({ sandbox: found.value, workspace: '', root: '' }, 'touch a; git status --porcelain'))).toMatchObject({ stdout: '?? a\n' });
  });

  it('a variable of the program reaches the program alone, not the steps before it', async () => {
    const at = await place(form);
    const { stdout, ending } = await shell(at, 'echo "$LD_PRELOAD"', { env: { LD_PRELOAD: '/ws/no-such.so', 'ODD-NAME': 'x', BASH_ENV: '/ws/evil' } });
    expect([ending, stdout]).toEqual([{ kind: 'exited', code: 0 }, '/ws/no-such.so\n']);
  });

  it('a read-only path is shown and cannot be changed; a missing one is left out', async () => {
    const wanted = request({ readOnly: ['.git', 'sub/kept', 'missing'] });
    mkdirSync(join(wanted.workspace, '.git'));
    mkdirSync(join(wanted.workspace, 'sub/kept'), { recursive: true });
    writeFileSync(join(wanted.workspace, '.git/config'), 'ours');
    const found = await opened(form, wanted);
    if (!found.ok) throw new Error(found.error.message);
    const at = { sandbox: found.value, workspace: wanted.workspace, root: '' };
    const { stdout } = await shell(at, 'cat .git/config; (echo x > .git/config || mv .git g || rm -r .git || touch sub/kept/x) 2>/dev/null || echo refused');
    expect(stdout).toBe('oursrefused\n');
    expect(readdirSync(join(wanted.workspace, 'sub/kept'))).toEqual([]);
  });

  it('a read-only path that the agent turned into a link is refused, not followed', async () => {
    const at = await place(form, { readOnly: ['.git'] });
    symlinkSync('/etc', join(at.workspace, '.git'));
    expect((await shell(at, 'cat .git/shadow')).ending).toMatchObject({ kind: 'not-started', fault: { code: 'rejected' } });
  });

  it.each(['a b', 'q"\'$(x)`', 'new\nline', '-dash', 'ü🙂'])('a workspace named %j works', async (name) => {
    const wanted = request();
    mkdirSync(join(wanted.workspace, name));
    const found = await opened(form, { ...wanted, workspace: join(wanted.workspace, name) });
    if (!found.ok) throw new Error(found.error.message);
    expect((await shell({ sandbox: found.value, workspace: '', root: '' }, 'touch made')).ending).toEqual({ kind: 'exited', code: 0 });
    expect(existsSync(join(wanted.workspace, name, 'made'))).toBe(true);
  });

  it('the relay leads to its socket, and nothing else leads anywhere', async () => {
    const script = 'fetch("http://127.0.0.1:8787/a").then((r) => r.text()).then(console.log).then(() => fetch("http://192.0.2.1/")).catch((e) => console.log(e.cause.code))';
    const { stdout } = await finished(run(await place(form), ['node', '-e', script], { relays }));
    expect(stdout).toBe('seen /a\nENETUNREACH\n');
  });

  it('several relays lead each to its own socket', async () => {
    const other = join(mkdtempSync('/tmp/heddle-relay-'), 'o.sock');
    const second = createServer((_, outgoing) => { outgoing.end('the other'); });
    await new Promise<void>((resolve) => { second.listen(other, resolve); });
    const script = 'Promise.all([8787, 8788].map((port) => fetch(`http://127.0.0.1:${port}/a`).then((r) => r.text()))).then((all) => console.log(all.join()))';
    const { stdout } = await finished(run(await place(form), ['node', '-e', script], { relays: [...relays, { socket: other, port: 8788 }] }));
    second.close();
    expect(stdout).toBe('seen /a,the other\n');
  });

  it.each<[string, readonly string[], unknown]>([
    ['its code', ['sh', '-c', 'exit 7'], { kind: 'exited', code: 7 }], ['a signal as 128 and its number', ['sh', '-c', 'kill -9 $$'], { kind: 'exited', code: 137 }],
    ['127 when it is missing', ['no-such-program'], { kind: 'exited', code: 127 }],
  ])('a program behind the relay ends with %s', async (_, args, ending) => {
    expect((await finished(run(await place(form), args, { relays }))).ending).toEqual(ending);
  });

  it('the relay carries input and output', async () => {
    expect((await finished(run(await place(form), ['cat'], { relays, stdin: 'words' }))).stdout).toBe('words');
    const running = run(await place(form), ['head', '-n', '2'], { relays, stdin: { first: 'a\n' } });
    running.input?.write('b\n');
    expect(await finished(running)).toMatchObject({ stdout: 'a\nb\n', ending: { kind: 'exited', code: 0 } });
  });

  it('a mount is shown where it was asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-mount-'));
    writeFileSync(join(folder, 'f'), 'mounted');
    chmodSync(folder, 0o755);
    const at = await place(form, { mounts: [{ from: folder, to: '/opt/tool', writable: false }] });
    expect((await shell(at, 'cat /opt/tool/f; touch /opt/tool/x 2>/dev/null || echo refused')).stdout).toBe('mountedrefused\n');
  });
});

function commandLines(): readonly string[] {
  return readProcessTable().filter((fact) => fact.alive).map((fact) => {
    try {
      return readFileSync(`/proc/${fact.pid}/cmdline`, 'latin1');
    } catch {
      return '';
    }
  });
}
