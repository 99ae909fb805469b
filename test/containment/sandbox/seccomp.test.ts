import { describe, expect, it } from '@jest/globals';
import { seccompProgram } from '../../../src/containment/sandbox/seccomp.js';
import { DENIED_CALLS, numbersFor } from '../../../src/containment/sandbox/system-calls.js';
import type { SocketRule } from '../../../src/containment/sandbox/seccomp.js';
import type { SandboxArch } from '../../../src/containment/sandbox/system-calls.js';

const ARCH = { x64: 0xc000003e, arm64: 0xc00000b7 };
const ANSWER: Readonly<Record<number, string>> = { 0x7fff0000: 'allow', 0x50001: 'EPERM', 0x50026: 'ENOSYS', 0x80000000: 'kill', 0x7fc00000: 'supervisor' };

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
    else if (op === 0x54) value = (value & k) >>> 0;
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

  it('ends calls of another architecture, ends x32 calls', () => {
    expect(run(program, { arch: 0x40000003, number: 1 })).toBe('kill');
    expect(run(program, { arch: arch === 'x64' ? ARCH.arm64 : ARCH.x64, number: 1 })).toBe('kill');
    expect(ask(0x40000000 + 1)).toBe('kill');
  });
});

describe.each<[SandboxArch]>([['x64'], ['arm64']])('the filters of %s for a network that is shared with the machine', (arch) => {
  const calls = numbersFor(arch);
  const ask = (rule: SocketRule, number: number, ...args: number[]): string => run(seccompProgram(arch, rule), { arch: ARCH[arch], number, args });
  const socket = (rule: SocketRule, ...args: number[]): string => ask(rule, calls.socket, ...args);
  const [STREAM, DATAGRAM, RAW, NONBLOCK_CLOEXEC] = [1, 2, 3, 0x80800];

  it.each<[SocketRule, string, string]>([['none', 'EPERM', 'EPERM'], ['supervised', 'supervisor', 'EPERM'], ['open', 'allow', 'allow']])('%s: TCP %s, UDP %s', (rule, tcp, udp) => {
    for (const family of [2, 10]) {
      expect([socket(rule, family, STREAM, 0), socket(rule, family, STREAM | NONBLOCK_CLOEXEC, 6)]).toEqual([tcp, tcp]);
      expect([socket(rule, family, DATAGRAM, 0), socket(rule, family, DATAGRAM | NONBLOCK_CLOEXEC, 17)]).toEqual([udp, udp]);
    }
  });

  it.each<[SocketRule]>([['none'], ['supervised']])('%s: no stream but TCP, no raw socket, no other bit in the type', (rule) => {
    for (const protocol of [1, 132, 255, 256, 262]) expect(socket(rule, 2, STREAM, protocol)).toBe('EPERM');
    expect([socket(rule, 2, RAW, 0), socket(rule, 2, STREAM | 0x100, 0), socket(rule, 2, 4, 0), socket(rule, 2, 5, 0)]).toEqual(['EPERM', 'EPERM', 'EPERM', 'EPERM']);
  });

  it.each<[SocketRule]>([['none'], ['supervised'], ['open']])('%s: no unix socket, no pair that takes addresses, netlink of routes', (rule) => {
    expect([socket(rule, 1, STREAM, 0), socket(rule, 1, DATAGRAM, 0), socket(rule, 17, RAW, 0), socket(rule, 40, STREAM, 0)]).toEqual(['EPERM', 'EPERM', 'EPERM', 'EPERM']);
    const pair = (...args: number[]): string => ask(rule, calls.socketpair, ...args);
    expect([pair(1, STREAM), pair(1, STREAM | NONBLOCK_CLOEXEC), pair(1, 5), pair(1, DATAGRAM), pair(1, DATAGRAM | NONBLOCK_CLOEXEC), pair(2, STREAM)]).toEqual(['allow', 'allow', 'allow', 'EPERM', 'EPERM', 'EPERM']);
    expect([socket(rule, 16, RAW, 0), socket(rule, 16, RAW, 12)]).toEqual(['allow', rule === 'open' ? 'allow' : 'EPERM']);
  });

  it.each<[SocketRule, string]>([['none', 'EPERM'], ['supervised', 'EPERM'], ['open', 'allow'], ['own', 'allow']])('%s: listening, and data that makes a connection: %s', (rule, answer) => {
    const fast = 0x20000000;
    expect(ask(rule, calls.listen, 3, 1)).toBe(answer);
    expect([ask(rule, calls.sendto, 3, 0, 0, fast), ask(rule, calls.sendmsg, 3, 0, fast), ask(rule, calls.sendmmsg, 3, 0, 0, fast | 0x4000)]).toEqual([answer, answer, answer]);
    expect([ask(rule, calls.sendto, 3, fast, fast, 0x4000), ask(rule, calls.sendmsg, 3, fast, 0), ask(rule, calls.sendmmsg, 3, fast, fast, 0)]).toEqual(['allow', 'allow', 'allow']);
  });

  it.each<[SocketRule]>([['none'], ['supervised'], ['open']])('%s: refuses the rest as ever', (rule) => {
    for (const name of DENIED_CALLS) if (calls[name] !== undefined) expect([name, ask(rule, calls[name] ?? -1)]).toEqual([name, 'EPERM']);
    expect([ask(rule, calls.clone, 0x10000000), ask(rule, calls.clone3), ask(rule, calls.ioctl, 0, 0x5412)]).toEqual(['EPERM', 'ENOSYS', 'EPERM']);
  });
});
