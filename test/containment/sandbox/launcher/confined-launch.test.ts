import { describe, expect, it } from '@jest/globals';
import { callNumber } from '../../../../src/containment/sandbox/launcher/call-numbers.js';
import { BEGUN, confinedLaunch, killAccount } from '../../../../src/containment/sandbox/launcher/confined-launch.js';
import type { LaunchPlan } from '../../../../src/containment/sandbox/launcher/confined-launch.js';
import { encodeLauncher } from '../../../../src/containment/sandbox/launcher/elf.js';
import { CONFINED_STATUS } from '../../../../src/containment/sandbox/confined-status.js';
import { seccompProgram } from '../../../../src/containment/sandbox/seccomp.js';
import type { SandboxArch } from '../../../../src/containment/sandbox/seccomp.js';

function plan(arch: SandboxArch, over: Partial<LaunchPlan> = {}): LaunchPlan {
  return {
    arch, command: '/usr/bin/env', args: ['a b', ''], env: { A: '1' }, cwd: '/ws', account: { uid: 1_900_000_001, gid: 1_900_000_002 },
    landlock: { abi: 7, paths: [{ path: '/usr', folder: true, may: 'read' }, { path: '/dev/null', folder: false, may: 'device' }, { path: '/ws', folder: true, may: 'write' }], network: { ports: [8787] } },
    filter: seccompProgram(arch, 'supervised'), supervised: true, processesMax: 100, ...over,
  };
}

const namesOf = (of: LaunchPlan): readonly string[] => confinedLaunch(of).rows.map((row) => row.name);

describe.each<[SandboxArch]>([['x64'], ['arm64']])('a launch on %s', (arch) => {
  it('fits together, with and without each of its parts', () => {
    for (const over of [{}, { account: undefined }, { landlock: undefined }, { supervised: false }, { processesMax: undefined }, { args: [], env: {} }]) {
      expect(() => encodeLauncher(arch, confinedLaunch(plan(arch, over)))).not.toThrow();
    }
  });

  it('gives up what it has in the one order that holds', () => {
    const order = ['no new privileges', 'landlock_create_ruleset', 'setgroups', 'setresgid', 'setresuid', 'end with parent', 'enter /ws', 'landlock_restrict_self', 'clone supervisor', 'filter', 'keep listener', 'wake supervisor', 'close shared files', 'begun', 'execve', 'supervisor'];
    const names = namesOf(plan(arch));
    expect(order.map((name) => names.indexOf(name))).toEqual(order.map((name) => names.indexOf(name)).toSorted((a, b) => a - b));
    expect(order.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('has a keeper above the program, and a kernel that cannot fence it in gets none', () => {
    const { landlock } = plan(arch);
    const names = namesOf(plan(arch));
    const order = ['enter /ws', 'make fence', 'fence', 'clone keeper', 'set keeper apart', 'landlock_restrict_self', 'clone supervisor', 'begun', 'execve', 'keeper', 'close other files', 'await end', 'kill all', 'keeper ends'];
    expect(names.filter((name) => order.includes(name))).toEqual(order);
    const older = landlock === undefined ? undefined : { ...landlock, abi: 5 };
    for (const over of [{ landlock: older }, { account: undefined, landlock: older }, { landlock: undefined }]) expect(namesOf(plan(arch, over))).not.toContain('kill all');
  });

  it('has no row that goes on after a failure before the program begins', () => {
    const { rows } = confinedLaunch(plan(arch));
    expect(rows.slice(0, rows.findIndex((row) => row.name === 'execve') + 1).filter((row) => row.failed !== undefined)).toEqual([]);
  });

  it('has a supervisor that makes no call but these', () => {
    const { rows } = confinedLaunch(plan(arch));
    const calls = new Set(rows.slice(rows.findIndex((row) => row.name === 'supervisor'), rows.findIndex((row) => row.name === 'keeper')).map((row) => row.call));
    expect(calls).toEqual(new Set((['prctl', 'read', 'close_range', 'pread64', 'ioctl', 'socket', 'setsockopt', 'close'] as const).map((name) => callNumber(arch, name))));
  });

  it.each([[1, 8, 0x1fffn], [2, 8, 0x3fffn], [3, 8, 0x7fffn], [4, 16, 0x7fffn], [5, 16, 0xffffn], [6, 24, 0xffffn], [7, 24, 0xffffn]])('asks version %i of Landlock for no more than it knows', (abi, length, files) => {
    const { landlock } = plan(arch);
    const ruleset = confinedLaunch(plan(arch, { landlock: landlock === undefined ? undefined : { ...landlock, abi } })).blocks.find((block) => block.name === 'ruleset');
    const words = new DataView(ruleset?.bytes.buffer as ArrayBuffer);
    expect([ruleset?.bytes.length, words.getBigUint64(0, true)]).toEqual([length, files]);
    if (length > 8) expect(words.getBigUint64(8, true)).toBe(3n);
    if (length > 16) expect(words.getBigUint64(16, true)).toBe(3n);
  });

  it('the sweep kills as the account or not at all', () => {
    const { rows } = killAccount(arch, { uid: 1_900_000_001, gid: 1_900_000_002 });
    expect(rows.map((row) => [row.name, row.failed])).toEqual([['setgroups', undefined], ['setresgid', undefined], ['setresuid', undefined], ['kill', 'done'], ['done', undefined]]);
    expect(rows[2]?.args).toEqual([1_900_000_001, 1_900_000_001, 1_900_000_001]);
  });
});

describe('what a launcher says', () => {
  const ending = (text: string, code: number | null = 0, signal: string | null = null): unknown => CONFINED_STATUS.endingOf({ text, code, signal });

  it('is the program\'s ending only after it began', () => {
    expect([ending(BEGUN, 3), ending(BEGUN, null, 'SIGSEGV')]).toEqual([{ kind: 'exited', code: 3 }, { kind: 'signalled', signal: 'SIGSEGV' }]);
  });

  it.each([['', 0, null], ['', null, 'SIGSEGV'], ['setresuid', 1, null], [`${BEGUN}execve`, 8, null], [`${BEGUN}${BEGUN}`, 0, null]])('is no program at all with %j', (text, code, signal) => {
    expect(ending(text, code, signal)).toMatchObject({ kind: 'not-started', fault: { side: 'setup' } });
  });

  it('names the row and the error number', () => {
    expect(JSON.stringify(ending('setresuid', 1))).toMatch(/setresuid.*error number 1 /);
  });
});
