import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { callNumber } from '../../../../src/containment/sandbox/launcher/call-numbers.js';
import type { LauncherCall } from '../../../../src/containment/sandbox/launcher/call-numbers.js';
import { encodeLauncher } from '../../../../src/containment/sandbox/launcher/elf.js';
import { machineCode } from '../../../../src/containment/sandbox/launcher/machine-code.js';
import { ROW, layOut } from '../../../../src/containment/sandbox/launcher/table.js';
import type { Row, Table } from '../../../../src/containment/sandbox/launcher/table.js';
import type { SandboxArch } from '../../../../src/containment/sandbox/system-calls.js';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'heddle-launcher-'));
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Says `first`, closes a file that is not open, and then what `over` says. */
function table(arch: SandboxArch, over: Partial<Row> = {}): Table {
  const call = (name: LauncherCall): number => callNumber(arch, name);
  return {
    rows: [
      { name: 'say', call: call('write'), args: [1, { block: 'words' }, 6] },
      { name: 'close a file that is not open', call: call('close'), args: [77], ...over },
      { name: 'exit 9', call: call('exit_group'), args: [9], then: 'exit 9' },
      { name: 'exit 5', call: call('exit_group'), args: [5], then: 'exit 5' },
    ],
    blocks: [{ name: 'words', bytes: text('first\n') }],
  };
}

interface Ran { readonly code: number | null; readonly signal: string | null; readonly stdout: string; readonly status: string }

/** In a folder of its own: a file that is no program is tried as a shell's script by some callers of execve. */
function run(arch: SandboxArch, bytes: Uint8Array): Ran {
  const file = join(folder, `launcher-${Math.random().toString(36).slice(2)}`);
  writeFileSync(file, bytes, { mode: 0o555 });
  const [command = file, ...args] = arch === process.arch ? [file] : [EMULATOR ?? '', file];
  const ran = spawnSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '' } });
  return { code: ran.status, signal: ran.signal, stdout: String(ran.output?.[1] ?? ''), status: String(ran.output?.[3] ?? '') };
}

/** qemu's user emulation, for the architecture that this machine is not. */
const OTHER: SandboxArch = process.arch === 'x64' ? 'arm64' : 'x64';
const EMULATOR = ['qemu-aarch64-static', 'qemu-aarch64'].find((name) => OTHER === 'arm64' && spawnSync(name, ['--version']).status === 0);
const runnable = (['x64', 'arm64'] as const).filter((arch) => arch === process.arch || EMULATOR !== undefined);
if (EMULATOR === undefined) process.stderr.write(`skipped: launchers for ${OTHER} are not run here (no qemu-aarch64 on the PATH); their code is decoded all the same\n`);

(process.platform === 'linux' ? describe.each(runnable) : describe.skip.each(runnable))('a launcher that runs, on %s', (arch) => {
  it('walks its rows and reports the one that failed, with the error number as its exit code', () => {
    expect(run(arch, encodeLauncher(arch, table(arch)))).toEqual({ code: 9, signal: null, stdout: 'first\n', status: 'close a file that is not open' });
  });

  it('goes where a row sends it after an error', () => {
    expect(run(arch, encodeLauncher(arch, table(arch, { failed: 'exit 5' })))).toMatchObject({ code: 5, status: '' });
  });

  it('goes on after success, and where a row sends it after 0', () => {
    const closes = (over: Partial<Row>): Ran => run(arch, encodeLauncher(arch, table(arch, { args: [2], ...over })));
    expect([closes({}).code, closes({ zero: 'exit 5' }).code, closes({ then: 'exit 5' }).code, closes({ then: 'exit 5', zero: 'exit 9' }).code]).toEqual([9, 5, 5, 9]);
  });

  it('stores a result into a later row', () => {
    const call = (name: LauncherCall): number => callNumber(arch, name);
    const stored = run(arch, encodeLauncher(arch, {
      rows: [
        { name: 'count', call: call('write'), args: [1, { block: 'words' }, 6], out: { row: 'exit', argument: 0 } },
        { name: 'exit', call: call('exit_group'), args: [99], then: 'exit' },
      ],
      blocks: [{ name: 'words', bytes: text('first\n') }],
    }));
    expect(stored).toMatchObject({ code: 6, status: '' });
  });

  it('does nothing when its file was cut or its table damaged: no exit code of 0, no word that a program began', () => {
    const whole = encodeLauncher(arch, table(arch));
    const zeroed = Uint8Array.from(whole);
    zeroed.fill(0, whole.length - 400);
    for (const broken of [whole.slice(0, 100), whole.slice(0, 20), zeroed]) {
      const ran = run(arch, broken);
      expect(ran.code).not.toBe(0);
      expect(ran.status).not.toContain('\n');
    }
  });
});

describe.each<[SandboxArch]>([['x64'], ['arm64']])('the file for %s', (arch) => {
  const bytes = encodeLauncher(arch, table(arch));
  const view = new DataView(bytes.buffer);
  const segments = [0, 1, 2].map((index) => 64 + 56 * index).map((at) => ({
    type: view.getUint32(at, true), flags: view.getUint32(at + 4, true), offset: view.getBigUint64(at + 8, true),
    address: view.getBigUint64(at + 16, true), length: view.getBigUint64(at + 32, true), memory: view.getBigUint64(at + 40, true),
  }));

  it('is a static 64-bit program of its machine', () => {
    expect([...bytes.subarray(0, 7)]).toEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    expect([view.getUint16(16, true), view.getUint16(18, true), view.getUint16(56, true)]).toEqual([2, arch === 'x64' ? 62 : 183, 3]);
  });

  it('has nothing that can be written and run, not even the stack', () => {
    expect(segments.map(({ type, flags }) => [type, flags])).toEqual([[1, 5], [1, 6], [0x6474e551, 6]]);
    for (const page of [4096, 65_536]) {
      const [code, data] = segments.map(({ address, memory }) => [Number(address) / page, (Number(address) + Number(memory) - 1) / page].map(Math.floor));
      expect(code?.[1]).toBeLessThan(data?.[0] ?? 0);
      for (const { offset, address, type } of segments) if (type === 1) expect(Number(offset) % page).toBe(Number(address) % page);
    }
  });

  it('holds what its segments say, and begins at its code', () => {
    const entry = Number(view.getBigUint64(24, true)) - 0x400000;
    const code = machineCode(arch, 0x800000 + Number(segments[1]?.offset) + ROW.head);
    expect([...bytes.subarray(entry, entry + code.length)]).toEqual([...code]);
    for (const { offset, length, memory } of segments) expect([Number(offset + length) <= bytes.length, length]).toEqual([true, memory]);
  });

  it('is the same for the same table', () => {
    expect(encodeLauncher(arch, table(arch))).toEqual(bytes);
  });
});

describe('a table that does not fit together is refused before there is a file', () => {
  const rows: readonly Row[] = [{ name: 'a', call: 1, args: [], then: 'a' }];
  const blocks = [{ name: 'b', bytes: new Uint8Array(8) }];
  it.each<[string, Table]>([
    ['no rows', { rows: [], blocks }],
    ['two rows of one name', { rows: [...rows, ...rows], blocks }],
    ['two blocks of one name', { rows, blocks: [...blocks, ...blocks] }],
    ['an unknown row', { rows: [{ name: 'a', call: 1, args: [], then: 'nowhere' }], blocks }],
    ['an unknown block', { rows: [{ name: 'a', call: 1, args: [{ block: 'c' }], then: 'a' }], blocks }],
    ['a place outside of its block', { rows: [{ name: 'a', call: 1, args: [{ block: 'b', offset: 9 }], then: 'a' }], blocks }],
    ['seven arguments', { rows: [{ name: 'a', call: 1, args: [1, 2, 3, 4, 5, 6, 7], then: 'a' }], blocks }],
    ['no end', { rows: [{ name: 'a', call: 1, args: [] }], blocks }],
    ['a pointer outside of its block', { rows, blocks: [{ name: 'b', bytes: new Uint8Array(8), pointers: [{ at: 1, to: { row: 'a' } }] }] }],
  ])('%s', (_, broken) => {
    expect(() => layOut(broken, 0x800000, 0)).toThrow(RangeError);
  });

  it('addresses are those of the places, numbers are of 64 bits', () => {
    const image = layOut({ rows: [{ name: 'a', call: 7, args: [-100, { block: 'b', offset: 4 }, { row: 'a', argument: 1 }, { inFile: { block: 'b' } }], then: 'a' }], blocks }, 0x800000, 0x200);
    const view = new DataView(image.bytes.buffer);
    const at = (offset: number): bigint => view.getBigUint64(ROW.head + offset, true);
    const block = image.offsetOf({ block: 'b' });
    expect([at(ROW.number), at(16), at(24), at(32), at(40)]).toEqual([7n, 2n ** 64n - 100n, BigInt(0x800000 + block + 4), BigInt(0x800000 + ROW.head + 24), BigInt(0x200 + block)]);
  });
});

describe('the code of arm64', () => {
  /** A second reading of the words, from the manual's own tables of encodings: mask, value, what it is. */
  const READINGS: readonly (readonly [number, number, string])[] = [
    [0xffe00000, 0xd2800000, 'movz'], [0xffe00000, 0xf2a00000, 'movk'], [0xffc00000, 0xb9400000, 'ldr w'], [0xffc00000, 0xf9400000, 'ldr x'],
    [0xffc00000, 0xa9400000, 'ldp'], [0xffe0001f, 0xd4000001, 'svc'], [0xffc00000, 0xb9000000, 'str w'], [0xff000000, 0xb7000000, 'tbnz'],
    [0xff00001f, 0xf100001f, 'cmp'], [0xffe00c00, 0x9a800000, 'csel'], [0xfc000000, 0x14000000, 'b'], [0xff000000, 0xb4000000, 'cbz'],
    [0xffe0ffe0, 0xaa0003e0, 'mov'], [0xffe0ffe0, 0xcb0003e0, 'neg'], [0xffe0001f, 0xd4200000, 'brk'],
  ];
  const code = machineCode('arm64', 0x812345);
  const words = Array.from({ length: code.length / 4 }, (_, index) => new DataView(code.buffer).getUint32(index * 4, true));
  const names = words.map((word) => READINGS.filter(([mask, value]) => ((word & mask) >>> 0) === value).map(([, , name]) => name).join('|'));
  const signed = (value: number, bits: number): number => value >= 2 ** (bits - 1) ? value - 2 ** bits : value;

  it('is these instructions', () => {
    expect(names).toEqual([
      'movz', 'movk', 'ldr w', 'ldp', 'ldp', 'ldp', 'svc', 'ldr x', 'str w', 'tbnz', 'ldr x', 'ldr x', 'cmp', 'csel', 'b',
      'ldr x', 'cbz', 'mov', 'b', 'neg', 'movz', 'movz', 'ldr x', 'ldr x', 'svc', 'movz', 'mov', 'svc', 'brk',
    ]);
  });

  it('branches to the walk, to the failure and to the report', () => {
    const target = (index: number): number => {
      const word = words[index] ?? 0;
      if (names[index] === 'b') return index + signed(word & 0x3ffffff, 26);
      return index + (names[index] === 'tbnz' ? signed((word >>> 5) & 0x3fff, 14) : signed((word >>> 5) & 0x7ffff, 19));
    };
    expect([9, 14, 16, 18].map(target)).toEqual([15, 2, 19, 2]);
  });

  it('begins with the address of the first row', () => {
    const immediate = (word = 0): number => (word >>> 5) & 0xffff;
    expect(immediate(words[0]) + immediate(words[1]) * 0x10000).toBe(0x812345);
  });
});

describe('the code of x64', () => {
  it('jumps to the walk, to the failure and to the report', () => {
    const code = machineCode('x64', 0x812345);
    const find = (...bytes: readonly number[]): readonly number[] => [...code.keys()].filter((at) => bytes.every((byte, index) => code[at + index] === byte));
    const target = (at: number): number => at + 2 + (((code[at + 1] ?? 0) << 24) >> 24);
    expect([...code.subarray(0, 5)]).toEqual([0xbb, 0x45, 0x23, 0x81, 0]);
    const [js = 0] = find(0x48, 0x85, 0xc0, 0x78);
    const [jz = 0] = find(0x48, 0x85, 0xc9, 0x74);
    const failed = target(js + 3);
    expect([...code.subarray(failed, failed + 4)]).toEqual([0x48, 0x8b, 0x4b, ROW.failed]);
    const report = target(jz + 3);
    expect([...code.subarray(report, report + 3)]).toEqual([0x49, 0x89, 0xc4]);
    expect([failed - 2, report - 2].map(target)).toEqual([5, 5]);
  });
});

(process.platform === 'linux' ? it : it.skip)('a launcher takes no argument or variable', async () => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const file = join(folder, 'plain');
  writeFileSync(file, encodeLauncher(arch, table(arch, { failed: 'exit 5' })), { mode: 0o555 });
  const child = spawn(file, ['x'.repeat(1000), '--', '\n'], { env: { LD_PRELOAD: '/no/such', A: 'b' }, stdio: 'ignore' });
  expect(await new Promise((resolve) => { child.once('exit', resolve); })).toBe(5);
});
