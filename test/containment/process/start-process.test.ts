import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { killLeftovers } from '../../../src/containment/process/process-tree.js';
import { parseStat, readProcess } from '../../../src/containment/process/process-table.js';
import { startProcess } from '../../../src/containment/process/start-process.js';
import type { ProcessSpec } from '../../../src/containment/process/start-process.js';
import type { ProgramLimits, RunningProgram } from '../../../src/ports/sandbox.js';
import { compiled } from '../fixtures/compiled.js';
import { LIMITS, finished } from '../fixtures/sandbox-options.js';
import { temporaryFolder } from '../../temporary-folder.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

const PATH = '/usr/local/bin:/usr/bin:/bin';

function spec(command: string, args: readonly string[], over: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    command, args, env: { PATH }, cwd: temporaryFolder('heddle-process-'), stdin: undefined, data: [],
    launcher: undefined, mark: `test${randomBytes(8).toString('hex')}`, namespaced: false, ...over,
  };
}

function start(command: string, args: readonly string[], limits: Partial<ProgramLimits> = {}, signal?: AbortSignal): RunningProgram {
  return startProcess(spec(command, args), { ...LIMITS, ...limits }, signal);
}

/** Reads until `done` says so; then leaves the rest unread. */
async function readUntil(running: RunningProgram, done: (text: string) => boolean): Promise<string> {
  let text = '';
  for await (const { bytes } of running.output) {
    text += Buffer.from(bytes).toString('utf8');
    if (done(text)) break;
  }
  return text;
}

const alive = (pid: number): boolean => readProcess(pid)?.alive === true;

describe('a started process', () => {
  it.each<[string, readonly string[], unknown]>([
    ['ends well', ['-c', 'exit 0'], { kind: 'exited', code: 0 }],
    ['fails', ['-c', 'exit 3'], { kind: 'exited', code: 3 }],
    ['is killed from outside', ['-c', 'kill -TERM $$'], { kind: 'signalled', signal: 'SIGTERM' }],
  ])('that %s says so', async (_, args, ending) => {
    expect((await start('sh', args).ended).ending).toEqual(ending);
  });

  it('that does not exist is not started, with the next step', async () => {
    const { ending } = await start('no-such-program', []).ended;
    expect(ending).toMatchObject({ kind: 'not-started', fault: { code: 'not-installed', side: 'setup' } });
    expect(ending.kind === 'not-started' && ending.fault.message).toContain('no-such-program');
  });

  it('sees its own environment only', async () => {
    const { stdout } = await finished(startProcess(spec('env', [], { env: { PATH, A: 'b' }, mark: 'fixedmark' }), LIMITS));
    expect(stdout.trim().split('\n').sort()).toEqual(['A=b', 'HEDDLE_SANDBOX=fixedmark', `PATH=${PATH}`]);
  });

  it('gets its input, and a closed input when there is none', async () => {
    expect((await finished(startProcess(spec('cat', [], { stdin: 'words' }), LIMITS))).stdout).toBe('words');
    expect((await finished(start('cat', []))).ending).toEqual({ kind: 'exited', code: 0 });
  });

  it('can be talked with: each answer is read before the next line is written, and its input is closed at the end', async () => {
    const running = startProcess(spec('sh', ['-c', 'while read -r line; do echo "heard $line"; done; echo closed'], { stdin: { first: 'one\n' } }), LIMITS);
    let text = '';
    for await (const { bytes } of running.output) {
      text += Buffer.from(bytes).toString('utf8');
      if (text === 'heard one\n') running.input?.write('two\n');
      if (text === 'heard one\nheard two\n') running.input?.end();
    }
    expect(text).toBe('heard one\nheard two\nclosed\n');
    expect((await running.ended).ending).toEqual({ kind: 'exited', code: 0 });
    running.input?.write('to nobody');
    expect(startProcess(spec('true', []), LIMITS).input).toBeUndefined();
  });

  it('that never reads a large input is no error of ours', async () => {
    const running = startProcess(spec('true', [], { stdin: 'x'.repeat(4_000_000) }), LIMITS);
    expect((await running.ended).ending).toEqual({ kind: 'exited', code: 0 });
  });

  it('may open its outputs by name, as build scripts do', async () => {
    const { stdout, stderr } = await finished(start('sh', ['-c', 'echo out > /dev/stdout; echo err | tee /dev/stderr > /dev/null']));
    expect([stdout, stderr]).toEqual(['out\n', 'err\n']);
  });

  it('has no controlling terminal and its own group', async () => {
    const { stdout } = await finished(start('sh', ['-c', 'cat /proc/self/stat; ( : < /dev/tty ) 2>/dev/null && echo terminal']));
    const own = parseStat(0, stdout);
    expect(own?.group).toBe(own?.session);
    expect(own?.group).not.toBe(readProcess(process.pid)?.group);
    expect(stdout).not.toContain('terminal');
  });

  it('keeps the order of its chunks', async () => {
    const lines = Array.from({ length: 2000 }, (_, index) => String(index));
    const { stdout } = await finished(start('seq', ['0', '1999']));
    expect(stdout.trim().split('\n')).toEqual(lines);
  });

  it('loses nothing when its end is awaited before its output is read', async () => {
    const running = start('seq', ['1', '100000']);
    const { outputBytes } = await running.ended;
    expect((await finished(running)).stdout.length).toBe(outputBytes);
  });

  it('lets a process that writes more than a slow reader takes go on to its end', async () => {
    const running = start('sh', ['-c', 'head -c 5000000 /dev/zero'], { outputBytesMax: 10_000_000 });
    let bytes = 0;
    for await (const chunk of running.output) {
      bytes += chunk.bytes.length;
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    expect(bytes).toBe(5_000_000);
  });
});

describe('files that our own parent left open', () => {
  it('are not seen by a program', async () => {
    const program = compiled('files', `
      import { startProcess } from './containment/process/start-process.js';
      const running = startProcess({ command: '/bin/sh', args: ['-c', 'for f in /proc/self/fd/*; do readlink $f; done; cat <&3; cat <&9'], env: {}, cwd: '/', stdin: undefined, data: [], launcher: undefined, mark: 'filetest1', namespaced: false },
        { wallMsMax: 20000, idleMsMax: undefined, outputBytesMax: 100000, processesMax: 64, memoryBytesMax: 1e9, cpuMsMax: 7_200_000, writtenFileBytesMax: 2 ** 32, diskBytesMax: 10 * 2 ** 30 });
      for await (const { bytes } of running.output) process.stdout.write(bytes);
    `);
    const canary = join(mkdtempSync(join(tmpdir(), 'heddle-canary-')), 'canary-file');
    writeFileSync(canary, 'canary-content');
    const file = openSync(canary, 'r');
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit', file, 'ignore', 'ignore', 'ignore', 'ignore', 'ignore', file] });
    let text = '';
    for await (const chunk of child.stdout ?? []) text += String(chunk);
    closeSync(file);
    expect(text).toContain('/dev/null');
    expect(text).not.toContain('canary');
  });
});

describe('every bound', () => {
  it('output: an endless writer is stopped and cut at the cap', async () => {
    const { ending, outputBytes, stdout } = await finished(start('yes', [], { outputBytesMax: 100_000 }));
    expect(ending).toEqual({ kind: 'stopped', reason: 'output' });
    expect([outputBytes, stdout.length]).toEqual([100_000, 100_000]);
  });

  it('wall and idle', async () => {
    expect((await start('sleep', ['60'], { wallMsMax: 200 }).ended).ending).toEqual({ kind: 'stopped', reason: 'wall' });
    expect((await start('sleep', ['60'], { idleMsMax: 200 }).ended).ending).toEqual({ kind: 'stopped', reason: 'idle' });
  });

  it('memory: a hog is killed', async () => {
    const hog = 'const held = []; setInterval(() => held.push(Buffer.alloc(8_000_000, 1)), 1);';
    const { ending } = await start(process.execPath, ['-e', hog], { memoryBytesMax: 300_000_000 }).ended;
    expect(ending).toEqual({ kind: 'stopped', reason: 'memory' });
  });

  it('processes: a growing tree is killed, wholly', async () => {
    const grow = 'echo $$; i=0; while [ $i -lt 150 ]; do sleep 61 & i=$((i+1)); done; wait';
    const running = start('sh', ['-c', grow], { processesMax: 40 });
    const leader = Number((await readUntil(running, (text) => text.includes('\n'))).trim());
    expect((await running.ended).ending).toEqual({ kind: 'stopped', reason: 'processes' });
    expect(alive(leader)).toBe(false);
  });

  it('cancelling stops it; a cancelled start runs nothing', async () => {
    const controller = new AbortController();
    const running = start('sh', ['-c', 'echo up; sleep 60'], {}, controller.signal);
    await readUntil(running, (text) => text.includes('up'));
    controller.abort();
    expect((await running.ended).ending).toEqual({ kind: 'stopped', reason: 'cancelled' });
    const folder = temporaryFolder('heddle-process-');
    expect((await start('touch', [join(folder, 'ran')], {}, controller.signal).ended).ending).toEqual({ kind: 'stopped', reason: 'cancelled' });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });
});

/** Forks twice into a session of its own, ignores TERM, tells its pid, and writes to a file for ever. */
const DAEMON = `trap '' TERM HUP; ( setsid sh -c 'trap "" TERM HUP; echo $$ > daemon.pid; while :; do echo beat >> heartbeat; done' </dev/null >/dev/null 2>&1 & ) ; while [ ! -s heartbeat ]; do :; done`;

describe('the end of the tree', () => {
  it('takes a daemon along that left parent, group and session', async () => {
    const daemon = spec('sh', ['-c', DAEMON]);
    const running = startProcess(daemon, LIMITS);
    expect((await running.ended).ending).toEqual({ kind: 'exited', code: 0 });
    const pid = Number(readFileSync(join(daemon.cwd, 'daemon.pid'), 'utf8'));
    expect(pid).toBeGreaterThan(1);
    expect(alive(pid)).toBe(false);
    const size = statSync(join(daemon.cwd, 'heartbeat')).size;
    for (let turn = 0; turn < 1000; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
    expect(statSync(join(daemon.cwd, 'heartbeat')).size).toBe(size);
  });

  it('takes it along when the leader is stopped', async () => {
    const daemon = spec('sh', ['-c', `${DAEMON}; echo up; sleep 60`]);
    const controller = new AbortController();
    const running = startProcess(daemon, LIMITS, controller.signal);
    await readUntil(running, (text) => text.includes('up'));
    controller.abort();
    expect((await running.ended).ending).toEqual({ kind: 'stopped', reason: 'cancelled' });
    expect(alive(Number(readFileSync(join(daemon.cwd, 'daemon.pid'), 'utf8')))).toBe(false);
  });

  it('by mark finds what an orchestrator left behind, and nobody else', async () => {
    const [ours, other] = [`run${randomBytes(8).toString('hex')}`, `run${randomBytes(8).toString('hex')}`];
    const left = startProcess(spec('sh', ['-c', 'echo up; sleep 60'], { mark: `${ours}.1` }), LIMITS);
    const controller = new AbortController();
    const stays = startProcess(spec('sh', ['-c', 'echo up; sleep 60'], { mark: `${other}.1` }), LIMITS, controller.signal);
    await readUntil(left, (text) => text.includes('up'));
    await readUntil(stays, (text) => text.includes('up'));
    expect(await killLeftovers(ours)).toBeGreaterThan(0);
    // The shell may have had the time to tell of the death of its own child.
    expect([{ kind: 'signalled', signal: 'SIGKILL' }, { kind: 'exited', code: 137 }]).toContainEqual((await left.ended).ending);
    controller.abort();
    expect((await stays.ended).ending).toEqual({ kind: 'stopped', reason: 'cancelled' });
    expect(await killLeftovers(ours)).toBe(0);
    await expect(killLeftovers('short')).rejects.toThrow(RangeError);
  });
});

describe('the kernel\'s line about a process', () => {
  it('is read from its last bracket: the name is the program\'s own choice', () => {
    const fields = Array.from({ length: 50 }, (_, index) => String(index + 4));
    expect(parseStat(7, `7 (a) Z 1 1) S ${fields.join(' ')}`)).toMatchObject({ pid: 7, parent: 4, group: 5, session: 6, threads: 20, startTicks: 22, alive: true });
    expect(parseStat(7, `7 (x) Z ${fields.join(' ')}`)?.alive).toBe(false);
    expect(parseStat(7, 'nonsense')).toBeUndefined();
  });
});
