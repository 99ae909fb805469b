import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readProcessTable } from '../../../src/containment/process/process-table.js';
import { openUnconfined } from '../../../src/containment/sandbox/unconfined.js';
import { createSandboxFactory } from '../../../src/containment/sandbox/sandbox-factory.js';
import type { Program, ProgramLimits, RunningProgram, Sandbox, SandboxRequest } from '../../../src/ports/sandbox.js';
import { LIMITS, finished, sandboxOptions } from '../fixtures/sandbox-options.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

const options = sandboxOptions();
const factory = createSandboxFactory(options);
const probed = await factory.probe();
const bubblewrap = probed.rung === 'bubblewrap';

interface Place { readonly sandbox: Sandbox; readonly workspace: string; readonly root: string }

function request(over: Partial<SandboxRequest> = {}): SandboxRequest {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-sandbox-')));
  for (const name of ['ws', 'home']) mkdirSync(join(root, name));
  return { workspace: join(root, 'ws'), home: join(root, 'home'), mounts: [], network: 'closed', readOnly: [], ...over };
}

async function place(over: Partial<SandboxRequest> = {}, rung: 'best' | 'none' = 'best'): Promise<Place> {
  const wanted = request(over);
  const opened = rung === 'best' ? await factory.open(wanted) : openUnconfined(wanted, options);
  if (!opened.ok) throw new Error(opened.error.message);
  return { sandbox: opened.value, workspace: wanted.workspace, root: join(wanted.workspace, '..') };
}

function run({ sandbox }: Place, args: readonly string[], over: Partial<Program> = {}, limits: Partial<ProgramLimits> = {}): RunningProgram {
  const [command = 'sh', ...rest] = args;
  return sandbox.start({ command, args: rest, env: {}, cwd: '', stdin: undefined, relays: [], ...over }, { ...LIMITS, ...limits });
}

const shell = (at: Place, script: string, over: Partial<Program> = {}): ReturnType<typeof finished> => finished(run(at, ['sh', '-c', script], over));

describe('what was probed', () => {
  it('is a rung with reasons for every stronger one', () => {
    if (bubblewrap) expect(probed.refused.filter((each) => each.rung !== 'bubblewrap')).toEqual([]);
    else expect(probed.refused.map((each) => [each.rung, each.why.length > 20])).toContainEqual(['bubblewrap', true]);
  });
});

describe.each<['best' | 'none']>([['best'], ['none']])('a program in the %s rung', (rung) => {
  it('has its folder, its home and its own environment only', async () => {
    const at = await place({}, rung);
    const { stdout } = await shell(at, 'pwd; echo data > made; echo state > "$HOME/kept"; env', { env: { GIVEN: 'a b\nc' } });
    expect(stdout.split('\n')[0]).toBe(at.sandbox.workdir);
    expect(stdout).toContain('GIVEN=a b\nc');
    const names = stdout.split('\n').filter((line) => /^[A-Z_]+=/.test(line)).map((line) => line.split('=')[0]).sort();
    expect(names.filter((name) => name !== 'PWD')).toEqual(['CI', 'GIVEN', 'HEDDLE_SANDBOX', 'HOME', 'LANG', 'PATH', 'TMPDIR']);
    expect(readFileSync(join(at.workspace, 'made'), 'utf8')).toBe('data\n');
    expect(readFileSync(join(at.root, 'home/kept'), 'utf8')).toBe('state\n');
  });

  it('finds Node and a temporary folder', async () => {
    const at = await place({}, rung);
    const { stdout, ending } = await shell(at, 'node -p process.version && touch "$TMPDIR/x"');
    expect(ending).toEqual({ kind: 'exited', code: 0 });
    expect(stdout).toMatch(/^v\d+/);
  });

  it('may open its outputs by name', async () => {
    expect((await shell(await place({}, rung), 'echo out > /dev/stdout; echo err > /dev/stderr'))).toMatchObject({ stdout: 'out\n', stderr: 'err\n', ending: { kind: 'exited', code: 0 } });
  });

  it('starts in a folder below, never in one outside', async () => {
    const at = await place({}, rung);
    mkdirSync(join(at.workspace, 'sub'));
    symlinkSync('/etc', join(at.workspace, 'link'));
    expect((await shell(at, 'pwd', { cwd: 'sub' })).stdout.trim()).toBe(`${at.sandbox.workdir}/sub`);
    for (const cwd of ['..', '/etc', 'link', 'missing', 'sub/../..', 'a\0b']) {
      expect((await shell(at, 'pwd', { cwd })).ending).toMatchObject({ kind: 'not-started', fault: { code: 'rejected' } });
    }
  });

  it('is refused with strings that no kernel takes', async () => {
    const at = await place({}, rung);
    for (const over of [{ env: { 'A=B': 'c' } }, { env: { A: 'b\0c' } }, { args: ['a\0b'] }, { command: '' }]) {
      expect((await shell(at, 'true', over)).ending).toMatchObject({ kind: 'not-started', fault: { code: 'rejected' } });
    }
  });

  it('is not started when its command is missing', async () => {
    const at = await place({}, rung);
    expect((await finished(run(at, ['no-such-program']))).ending).toMatchObject({ kind: 'not-started', fault: { side: 'setup' } });
  });

  it('is bounded: a fork bomb ends, and so does its whole tree', async () => {
    const at = await place({}, rung);
    // Bounded by its depth, so that a failure of ours does not take the machine down: some 6,000 processes.
    const bomb = 'f() { sleep 63 & if [ "$1" -gt 0 ]; then f $(($1-1)) & f $(($1-1)) & fi; wait; }; f 10';
    const { ending } = await finished(run(at, ['sh', '-c', bomb], {}, { processesMax: 60 }));
    expect(ending).toEqual({ kind: 'stopped', reason: 'processes' });
    expect(commandLines().filter((line) => line.includes('sleep\x0063'))).toEqual([]);
  });

  it('leaves no daemon', async () => {
    const at = await place({}, rung);
    const script = `trap '' TERM; ( setsid sh -c 'trap "" TERM; while :; do echo beat-${rung} >> heartbeat; done' </dev/null >/dev/null 2>&1 & ) ; while [ ! -s heartbeat ]; do :; done`;
    expect((await shell(at, script)).ending).toEqual({ kind: 'exited', code: 0 });
    expect(commandLines().filter((line) => line.includes(`beat-${rung}`))).toEqual([]);
  });
});

describe('without a sandbox', () => {
  it('it is said: the network is open, the folder is the real one', async () => {
    const { sandbox, workspace } = await place({}, 'none');
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
    expect(await factory.open(request(over))).toMatchObject({ ok: false, error: { code: 'rejected' } });
  });
});

const whenBubblewrap = bubblewrap ? describe : describe.skip;
if (!bubblewrap) {
  describe(`bubblewrap is not available: ${probed.refused[0]?.why ?? ''}`, () => {
    it('so programs run in the rung that says so', async () => {
      expect((await place()).sandbox).toMatchObject({ rung: 'none', networkClosed: false });
    });
  });
}

whenBubblewrap('in bubblewrap', () => {
  let server: Server;
  const socket = join(mkdtempSync('/tmp/heddle-relay-'), 's.sock');
  beforeAll(async () => {
    server = createServer((incoming, outgoing) => { incoming.resume().on('end', () => { outgoing.end(`seen ${incoming.url ?? ''}`); }); });
    await new Promise<void>((resolve) => { server.listen(socket, resolve); });
  });
  afterAll(() => { server.close(); });
  const relays = [{ socket, port: 8787 }];

  it('places are fixed and the network is closed', async () => {
    expect((await place()).sandbox).toMatchObject({ workdir: '/ws', home: '/home/agent', networkClosed: true });
    expect((await place({ network: 'open' })).sandbox.networkClosed).toBe(false);
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
    const at = await place();
    writeFileSync(join(at.root, 'secret'), 'CANARY');
    const { ending, stdout } = await shell(at, `(${script}) 2>/dev/null`, { env: { SECRET: join(at.root, 'secret'), OUTSIDE: String(process.pid) } });
    expect([ending.kind === 'exited' && ending.code !== 0, stdout]).toEqual([true, '']);
  });

  it('a program has no privileges, a filter, and no file of ours', async () => {
    const { stdout } = await shell(await place(), 'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; for f in /proc/self/fd/*; do readlink $f; done | grep -c -v -E "^(/dev/null|socket:.*|pipe:.*|/proc/.*|/[^ ]*/heddle-output-[^/]*/[12] .deleted.)?$"');
    expect(stdout.replace(/\t/g, ' ').trim().split('\n')).toEqual(['CapEff: 0000000000000000', 'CapBnd: 0000000000000000', 'NoNewPrivs: 1', 'Seccomp: 2', '0']);
  });

  it('a read-only path is shown and cannot be changed; a missing one is left out', async () => {
    const wanted = request({ readOnly: ['.git', 'sub/kept', 'missing'] });
    mkdirSync(join(wanted.workspace, '.git'));
    mkdirSync(join(wanted.workspace, 'sub/kept'), { recursive: true });
    writeFileSync(join(wanted.workspace, '.git/config'), 'ours');
    const opened = await factory.open(wanted);
    if (!opened.ok) throw new Error(opened.error.message);
    const at = { sandbox: opened.value, workspace: wanted.workspace, root: '' };
    const { stdout } = await shell(at, 'cat .git/config; (echo x > .git/config || mv .git g || rm -r .git || touch sub/kept/x) 2>/dev/null || echo refused');
    expect(stdout).toBe('oursrefused\n');
    expect(readdirSync(join(wanted.workspace, 'sub/kept'))).toEqual([]);
  });

  it('a read-only path that the agent turned into a link is refused, not followed', async () => {
    const at = await place({ readOnly: ['.git'] });
    symlinkSync('/etc', join(at.workspace, '.git'));
    expect((await shell(at, 'cat .git/shadow')).ending).toMatchObject({ kind: 'not-started', fault: { code: 'rejected' } });
  });

  it.each(['a b', 'q"\'$(x)`', 'new\nline', '-dash', 'ü🙂'])('a workspace named %j works', async (name) => {
    const wanted = request();
    mkdirSync(join(wanted.workspace, name));
    const opened = await factory.open({ ...wanted, workspace: join(wanted.workspace, name) });
    if (!opened.ok) throw new Error(opened.error.message);
    expect((await shell({ sandbox: opened.value, workspace: '', root: '' }, 'touch made')).ending).toEqual({ kind: 'exited', code: 0 });
    expect(existsSync(join(wanted.workspace, name, 'made'))).toBe(true);
  });

  it('the relay leads to its socket, and nothing else leads anywhere', async () => {
    const script = 'fetch("http://127.0.0.1:8787/a").then((r) => r.text()).then(console.log).then(() => fetch("http://192.0.2.1/")).catch((e) => console.log(e.cause.code))';
    const { stdout } = await finished(run(await place(), ['node', '-e', script], { relays }));
    expect(stdout).toBe('seen /a\nENETUNREACH\n');
  });

  it('several relays lead each to its own socket', async () => {
    const other = join(mkdtempSync('/tmp/heddle-relay-'), 'o.sock');
    const second = createServer((_, outgoing) => { outgoing.end('the other'); });
    await new Promise<void>((resolve) => { second.listen(other, resolve); });
    const script = 'Promise.all([8787, 8788].map((port) => fetch(`http://127.0.0.1:${port}/a`).then((r) => r.text()))).then((all) => console.log(all.join()))';
    const { stdout } = await finished(run(await place(), ['node', '-e', script], { relays: [...relays, { socket: other, port: 8788 }] }));
    second.close();
    expect(stdout).toBe('seen /a,the other\n');
  });

  it.each<[string, readonly string[], unknown]>([
    ['its code', ['sh', '-c', 'exit 7'], { kind: 'exited', code: 7 }], ['a signal as 128 and its number', ['sh', '-c', 'kill -9 $$'], { kind: 'exited', code: 137 }],
    ['127 when it is missing', ['no-such-program'], { kind: 'exited', code: 127 }],
  ])('a program behind the relay ends with %s', async (_, args, ending) => {
    expect((await finished(run(await place(), args, { relays }))).ending).toEqual(ending);
  });

  it('the relay carries input and output', async () => {
    expect((await finished(run(await place(), ['cat'], { relays, stdin: 'words' }))).stdout).toBe('words');
    const running = run(await place(), ['head', '-n', '2'], { relays, stdin: { first: 'a\n' } });
    running.input?.write('b\n');
    expect(await finished(running)).toMatchObject({ stdout: 'a\nb\n', ending: { kind: 'exited', code: 0 } });
  });

  it('a mount is shown where it was asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-mount-'));
    writeFileSync(join(folder, 'f'), 'mounted');
    const at = await place({ mounts: [{ from: folder, to: '/opt/tool', writable: false }] });
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
