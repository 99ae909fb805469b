import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { createSandboxFactory } from '../../../src/containment/sandbox/sandbox-factory.js';
import type { Rung } from '../../../src/domain/rung.js';
import { LIMITS, finished, sandboxOptions } from '../fixtures/sandbox-options.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

/** A program of one call and `exit(0)`: a 64-bit ELF file for x64 with one segment (elf(5)). */
function program(call: readonly number[]): Uint8Array {
  const exit = [0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05]; // xor edi,edi; mov eax,60; syscall
  const code = [...call, ...exit];
  const bytes = new Uint8Array(120 + code.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  for (const [at, value] of [[16, 2], [18, 62], [52, 64], [54, 56], [56, 1]] as const) view.setUint16(at, value, true);
  for (const [at, value] of [[20, 1], [64, 1], [68, 5]] as const) view.setUint32(at, value, true);
  for (const [at, value] of [[24, 0x400078n], [32, 64n], [80, 0x400000n], [88, 0x400000n], [96, BigInt(bytes.length)], [104, BigInt(bytes.length)], [112, 4096n]] as const) view.setBigUint64(at, value, true);
  bytes.set(code, 120);
  return bytes;
}

/** getpid as each of the three kinds of calls that x64 knows. */
const CALLS = {
  'a 64-bit call': [0xb8, 39, 0, 0, 0, 0x0f, 0x05], // mov eax,39; syscall
  'a 32-bit call': [0xb8, 20, 0, 0, 0, 0xcd, 0x80], // mov eax,20; int 0x80
  'an x32 call': [0xb8, 39, 0, 0, 0x40, 0x0f, 0x05], // mov eax,0x40000027; syscall
} as const;

async function endingOf(rungs: readonly Rung[], forms: readonly string[] | undefined, call: readonly number[]): Promise<unknown> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-calls-')));
  const [workspace, home] = [join(root, 'ws'), join(root, 'home')];
  for (const folder of [workspace, home]) mkdirSync(folder);
  writeFileSync(join(workspace, 'program'), program(call));
  chmodSync(join(workspace, 'program'), 0o755);
  const opened = await createSandboxFactory(sandboxOptions({ rungs, forms })).open({ workspace, home, mounts: [], network: 'closed', readOnly: [] });
  if (!opened.ok) throw new Error(opened.error.message);
  return (await finished(opened.value.start({ command: 'sh', args: ['-c', './program; exit $?'], env: {}, cwd: '', stdin: undefined, relays: [] }, LIMITS))).ending;
}

const available: string[] = [];
for (const form of process.arch === 'x64' ? ['user namespace', 'own uid', 'sudo, own uid'] : []) {
  if ((await createSandboxFactory(sandboxOptions({ rungs: ['bubblewrap'], forms: [form] })).probe()).rung === 'bubblewrap') available.push(form);
}

describe('calls around the filter', () => {
  if (available.length === 0) it.skip('bubblewrap does not hold on this machine, or it is no x64', () => undefined);

  it.each(available)('end the program: bubblewrap by %s', async (form) => {
    const endings = [];
    for (const call of Object.values(CALLS)) endings.push(await endingOf(['bubblewrap'], [form], call));
    // 128 and SIGSYS.
    expect(endings).toEqual([{ kind: 'exited', code: 0 }, { kind: 'exited', code: 159 }, { kind: 'exited', code: 159 }]);
  });

  (process.arch === 'x64' ? it : it.skip)('are not ended without a filter, so that the case can fail', async () => {
    expect(await endingOf([], undefined, CALLS['an x32 call'])).toEqual({ kind: 'exited', code: 0 });
  });
});
