import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { boundedStart, startProblem } from '../../../src/containment/process/bounded-start.js';
import { makeControlGroup } from '../../../src/containment/process/control-group.js';
import { readProcess } from '../../../src/containment/process/process-table.js';
import { ProgramWatch } from '../../../src/containment/process/program-watch.js';
import { startProcess } from '../../../src/containment/process/start-process.js';
import type { ProgramLimits } from '../../../src/ports/sandbox.js';
import { LIMITS } from '../fixtures/sandbox-options.js';

jest.setTimeout(60_000);

const PATH = '/usr/local/bin:/usr/bin:/bin';
let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'heddle-bounds-')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

const mark = (): string => `bounds${randomBytes(8).toString('hex')}`;

async function run(command: string, args: readonly string[], limits: Partial<ProgramLimits> = {}, writable = folder) {
  const running = startProcess({
    command, args, env: { PATH }, cwd: writable, stdin: undefined, data: [], launcher: undefined, mark: mark(), namespaced: false, folders: [writable],
  }, { ...LIMITS, ...limits });
  let text = '';
  for await (const { bytes } of running.output) text += Buffer.from(bytes).toString('utf8');
  return { ...await running.ended, text };
}

const node = (program: string, limits: Partial<ProgramLimits> = {}, writable = folder) => run(process.execPath, ['-e', program], limits, writable);

/** A group of our own may be made here; asked the way the code asks. */
const grouped = ((): boolean => {
  const group = makeControlGroup(mark(), { processesMax: 10, memoryBytesMax: 2 ** 30 });
  group?.remove();
  if (group === undefined) process.stderr.write('not run: control groups (this user may not make one on this machine)\n');
  return group !== undefined;
})();
const withGroup = grouped ? it : it.skip;

describe('bounds that the kernel holds from the start', () => {
  it('file size: the program ends at it, with its own reason, and the file is no larger', async () => {
    const { ending } = await run('dd', ['if=/dev/zero', 'of=big', 'bs=65536', 'count=100'], { writtenFileBytesMax: 1024 * 1024 });
    expect(ending).toEqual({ kind: 'stopped', reason: 'file-size' });
    expect(statSync(join(folder, 'big')).size).toBe(1024 * 1024);
  });

  it('file size: sparse files count by their length', async () => {
    const { ending } = await run('dd', ['if=/dev/zero', 'of=sparse', 'bs=1', 'count=1', 'seek=1000000000'], { writtenFileBytesMax: 1024 * 1024 });
    expect(ending).toEqual({ kind: 'stopped', reason: 'file-size' });
  });

  it('no core dump', async () => {
    expect((await run('sh', ['-c', 'ulimit -c; kill -ABRT $$'])).text.trim()).toBe('0');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('CPU: a busy program is stopped for it', async () => {
    expect((await node('for (;;);', { cpuMsMax: 300 })).ending).toEqual({ kind: 'stopped', reason: 'cpu' });
  });

  it('CPU: many short children count together', async () => {
    const { ending } = await run('sh', ['-c', 'while :; do node -e "for (let i = 0; i < 2e7; i++);"; done'], { cpuMsMax: 600 });
    expect(ending).toEqual({ kind: 'stopped', reason: 'cpu' });
  });

  it('an ordinary program does not notice them', async () => {
    const { ending, memoryBytesPeak } = await node('const b = Buffer.alloc(64 * 1024 * 1024, 1); setTimeout(() => { console.log(b.length); }, 350);');
    expect(ending).toEqual({ kind: 'exited', code: 0 });
    expect(memoryBytesPeak).toBeGreaterThan(64 * 1024 * 1024);
  });
});

describe('bounds that are watched', () => {
  const shared = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/heddle-bounds-') : undefined;
  (shared === undefined ? it.skip : it)('disk: a program that fills it is stopped', async () => {
    const program = "const fs = require('fs'); for (let i = 0; i < 64; i++) fs.writeFileSync('f' + i, Buffer.alloc(1024 * 1024)); setTimeout(() => {}, 60000);";
    const { ending } = await node(program, { diskBytesMax: 16 * 1024 * 1024 }, shared ?? folder);
    expect(ending).toEqual({ kind: 'stopped', reason: 'disk' });
    rmSync(shared ?? folder, { recursive: true, force: true });
  });

  it('disk: a file that was deleted and is still open counts', async () => {
    const place = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/heddle-bounds-') : folder;
    const program = "const fs = require('fs'); const f = fs.openSync('gone', 'w'); fs.unlinkSync('gone'); fs.writeSync(f, Buffer.alloc(64 * 1024 * 1024)); setTimeout(() => {}, 60000);";
    expect((await node(program, { diskBytesMax: 16 * 1024 * 1024 }, place)).ending).toEqual({ kind: 'stopped', reason: 'disk' });
    rmSync(place, { recursive: true, force: true });
  });
});

describe('a control group', () => {
  withGroup('bounds memory of many processes together, in the kernel', async () => {
    const program = "const { spawn } = require('child_process'); for (let i = 0; i < 4; i++) spawn(process.execPath, ['-e', 'const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 5)']); setTimeout(() => {}, 60000);";
    const { ending, memoryBytesPeak } = await node(program, { memoryBytesMax: 400 * 1024 * 1024 });
    expect(ending).toEqual({ kind: 'stopped', reason: 'memory' });
    expect(memoryBytesPeak).toBeLessThanOrEqual(400 * 1024 * 1024);
  });

  withGroup('bounds a fork bomb before it is many', async () => {
    const { ending } = await run('sh', ['-c', 'f() { f | f & }; f; sleep 60'], { processesMax: 40 });
    expect(ending).toEqual({ kind: 'stopped', reason: 'processes' });
  });

  withGroup('finds a daemon that left its parents, its session and its mark', async () => {
    const program = "const { spawn } = require('child_process'); "
      + "spawn('sh', ['-c', 'trap \"\" TERM HUP INT; (exec env -i /usr/bin/setsid /bin/sh -c \"trap : TERM; echo \\\\$\\\\$ > pid; while :; do /bin/sleep 1; done\") &'], { detached: true, stdio: 'ignore' }).unref(); "
      + "const wait = () => require('fs').existsSync('pid') && require('fs').readFileSync('pid', 'utf8').includes('\\n') ? process.exit(0) : setTimeout(wait, 10); wait();";
    const { ending } = await node(program);
    expect(ending).toEqual({ kind: 'exited', code: 0 });
    expect(readProcess(Number(readFileSync(join(folder, 'pid'), 'utf8')))?.alive ?? false).toBe(false);
  });

  withGroup('is removed together with groups that were made in it', () => {
    const group = makeControlGroup(mark(), { processesMax: 10, memoryBytesMax: 2 ** 30 });
    const [joined = ''] = group?.joins ?? [];
    mkdirSync(join(dirname(joined), 'heddle.1.inner'));
    group?.remove();
    expect(existsSync(dirname(joined))).toBe(false);
  });

  withGroup('leaves no folder behind', async () => {
    const before = groups();
    await run('true', []);
    expect(groups()).toEqual(before);
  });
});

function groups(): readonly string[] {
  return ['/sys/fs/cgroup', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/memory'].flatMap((root) => existsSync(root) ? readdirSync(root).filter((name) => name.startsWith(`heddle.${process.pid}.`)) : []);
}

describe('the start of a program', () => {
  it('takes program and arguments as arguments, whatever they hold', async () => {
    const { text } = await run('printf', ['%s\n', '$(id)', '"; exit 9; "', '-n', "it's", '']);
    expect(text).toBe("$(id)\n\"; exit 9; \"\n-n\nit's\n\n");
    expect(boundedStart({ command: 'x', args: ['$1'] }, { writtenFileBytesMax: 1, cpuMsMax: 1, joins: [] }).args[1]).not.toContain('$1;');
  });

  it.each<[string, string, string | undefined]>([
    ['sh', '/bin', undefined],
    ['no-such-program', '/bin:/usr/bin', 'ENOENT'],
    ['/etc/passwd', '', 'EACCES'],
    ['/bin', '', 'EACCES'],
    ['/etc/passwd/x', '', 'ENOENT'],
    ['sh', 'bin:.', 'ENOENT'],
  ])('%s on %j: %s', (command, path, problem) => {
    expect(startProblem(command, path)).toBe(problem);
  });
});

const MEGABYTE = 2 ** 20;
const inMemory = existsSync('/dev/shm') && statfsSync('/dev/shm').type === 0x01021994 && statfsSync('/dev/shm').bavail * statfsSync('/dev/shm').bsize > 512 * MEGABYTE;
if (!inMemory) process.stderr.write('skipped: no folder in memory here (/dev/shm with 512 MB free)\n');

(inMemory ? describe : describe.skip)('files in memory, where no control group counts', () => {
  const limits = { ...LIMITS, memoryBytesMax: 128 * MEGABYTE };
  it('are memory of the program, unless they lie in its working folder, which has a bound of its own', () => {
    const place = mkdtempSync('/dev/shm/heddle-bounds-');
    try {
      const watchOf = (folders: readonly string[]): ProgramWatch => new ProgramWatch({ limits, group: undefined, closed: false, folders, members: () => [] });
      const [outside, inside] = [watchOf([folder]), watchOf([folder, place])];
      expect([outside.look(), inside.look()]).toEqual([undefined, undefined]);
      for (const name of ['a', 'b', 'c']) writeFileSync(join(place, name), Buffer.alloc(100 * MEGABYTE, 1));
      expect([outside.look(), inside.look()]).toEqual(['memory', undefined]);
    } finally {
      rmSync(place, { recursive: true });
    }
  });
});
