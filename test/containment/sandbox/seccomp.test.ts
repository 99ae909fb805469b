import { describe, expect, it } from '@jest/globals';
import { seccompProgram } from '../../../src/containment/sandbox/seccomp.js';
import { DENIED_CALLS, numbersFor } from '../../../src/containment/sandbox/system-calls.js';
import type { SandboxArch } from '../../../src/containment/sandbox/system-calls.js';

const ARCH = { x64: 0xc000003e, arm64: 0xc00000b7 };
const ANSWER: Readonly<Record<number, string>> = { 0x7fff0000: 'allow', 0x50001: 'EPERM', 0x50026: 'ENOSYS', 0x80000000: 'kill' };

/** A second implementation of the machine, from the kernel's networking/filter documentation. */
function run(program: Uint8Array, call: { arch: number; number: number; args?: readonly number[] }): string {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.arch, true);
  (call.args ?? []).forEach((value, index) => { data.setUint32(16 + 8 * index, value, true); });
  const code = new DataView(program.buffer);
  let value = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const [op, yes, no, k] = [code.getUint16(at * 8, true), code.getUint8(at * 8 + 2), code.getUint8(at * 8 + 3), code.getUint32(at * 8 + 4, true)];
    if (op === 0x20) value = data.getUint32(k, true);
    else if (op === 0x06) return ANSWER[k] ?? `unknown ${k}`;
    else if (op === 0x15) at += value === k ? yes : no;
    else if (op === 0x35) at += value >= k ? yes : no;
    else if (op === 0x45) at += (value & k) !== 0 ? yes : no;
    else return `bad step ${op}`;
  }
  return 'ran off the end';
}

describe.each<SandboxArch>(['x64', 'arm64'])('the filter of %s', (arch) => {
  const program = seccompProgram(arch);
  const calls = numbersFor(arch);
  const ask = (number: number, ...args: number[]): string => run(program, { arch: ARCH[arch], number, args });

  it('fits the kernel\'s bound', () => {
    expect(program.length % 8).toBe(0);
    expect(program.length / 8).toBeLessThan(4096);
  });

  it.each(DENIED_CALLS.filter((name) => calls[name] !== undefined))('refuses %s', (name) => {
    expect(ask(calls[name] ?? -1)).toBe('EPERM');
  });

  it.each<[string, number, string]>([
    ['unix', 1, 'allow'], ['ipv4', 2, 'allow'], ['ipv6', 10, 'allow'], ['netlink', 16, 'allow'],
    ['packet', 17, 'EPERM'], ['alg', 38, 'EPERM'], ['vsock', 40, 'EPERM'], ['bluetooth', 31, 'EPERM'], ['xdp', 44, 'EPERM'],
  ])('a socket of family %s: %#', (_, family, answer) => {
    expect(ask(calls.socket, family)).toBe(answer);
  });

  it('a pair of sockets is of unix only', () => {
    expect([ask(calls.socketpair, 1), ask(calls.socketpair, 40)]).toEqual(['allow', 'EPERM']);
  });

  it.each([0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])('refuses a new namespace by clone flag %p', (flag) => {
    expect(ask(calls.clone, flag | 17)).toBe('EPERM');
  });

  it('lets threads and forks be, sends clone3 to clone', () => {
    expect([ask(calls.clone, 0x3d0f00), ask(calls.clone, 17), ask(calls.clone3)]).toEqual(['allow', 'allow', 'ENOSYS']);
  });

  it('refuses to type into a terminal, lets other ioctls be', () => {
    expect([ask(calls.ioctl, 0, 0x5412), ask(calls.ioctl, 0, 0x541c), ask(calls.ioctl, 0, 0x5413)]).toEqual(['EPERM', 'EPERM', 'allow']);
  });

  it('allows what is not named', () => {
    const named = new Set(Object.values(calls));
    for (let number = 0; number < 600; number += 1) if (!named.has(number)) expect([number, ask(number)]).toEqual([number, 'allow']);
  });

  it('ends calls of another architecture, refuses x32 numbers', () => {
    expect(run(program, { arch: 0x40000003, number: 1 })).toBe('kill');
    expect(run(program, { arch: arch === 'x64' ? ARCH.arm64 : ARCH.x64, number: 1 })).toBe('kill');
    expect(ask(0x40000000 + 1)).toBe('EPERM');
  });
});
