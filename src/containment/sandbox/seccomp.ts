import { DENIED_CALLS, numbersFor } from './system-calls.js';
import type { SandboxArch } from './system-calls.js';

/**
 * The system-call filter of the sandbox as a classic BPF program (seccomp(2), `struct sock_filter`), 8 bytes a step, for
 * bubblewrap's `--seccomp`. Written here because bubblewrap brings none and native code would have to be installed.
 * Refused with EPERM: what reaches out of namespaces (vsock and other odd sockets), what goes around a filter (io_uring),
 * keys, tracing, loading code into the kernel, mounts and new namespaces, typing into a terminal. `clone3` answers ENOSYS,
 * because its flags lie in memory that a filter cannot read: C libraries then use `clone`, whose flags are checked.
 * Calls of another architecture (32-bit on x64) end the process. Netlink stays open: Node's networkInterfaces() needs it,
 * and in a closed network namespace it shows nothing.
 */
export function seccompProgram(arch: SandboxArch): Uint8Array {
  const calls = numbersFor(arch);
  const steps: Step[] = [
    { op: LOAD, value: OFFSET_ARCH },
    { op: EQUAL, value: arch === 'x64' ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64, then: 'next', otherwise: 'kill' },
    { op: LOAD, value: OFFSET_NUMBER },
    // x32 calls carry this bit on x64; no call of arm64 is that high.
    { op: NOT_LESS, value: X32_BIT, then: 'deny', otherwise: 'next' },
    ...DENIED_CALLS.flatMap((name) => calls[name] ?? []).map((value): Step => ({ op: EQUAL, value, then: 'deny', otherwise: 'next' })),
    { op: EQUAL, value: calls.clone3, then: 'absent', otherwise: 'next' },
    ...guarded(calls.socket, 0, [
      ...SOCKET_FAMILIES.map((value): Step => ({ op: EQUAL, value, then: 'allow', otherwise: 'next' })),
      { op: RETURN, value: ERRNO | EPERM },
    ]),
    ...guarded(calls.socketpair, 0, [
      { op: EQUAL, value: AF_UNIX, then: 'allow', otherwise: 'deny' },
    ]),
    ...guarded(calls.clone, 0, [
      { op: ANY_BIT, value: NAMESPACE_FLAGS, then: 'deny', otherwise: 'allow' },
    ]),
    ...guarded(calls.ioctl, 1, [
      ...TERMINAL_INPUT.map((value): Step => ({ op: EQUAL, value, then: 'deny', otherwise: 'next' })),
      { op: RETURN, value: ALLOW },
    ]),
  ];
  return assemble(steps);
}

export type { SandboxArch } from './system-calls.js';

type Target = 'next' | 'allow' | 'deny' | 'absent' | 'kill' | number;
interface Step { readonly op: number; readonly value: number; readonly then?: Target; readonly otherwise?: Target }

/** linux/filter.h and linux/bpf_common.h: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_{JEQ,JGE,JSET}|BPF_K, BPF_RET|BPF_K. */
const LOAD = 0x20;
const EQUAL = 0x15;
const NOT_LESS = 0x35;
const ANY_BIT = 0x45;
const RETURN = 0x06;

/** struct seccomp_data: number, architecture, instruction pointer, six 64-bit arguments (low word first). */
const OFFSET_NUMBER = 0;
const OFFSET_ARCH = 4;
const offsetOfArgument = (index: number): number => 16 + 8 * index;

const AUDIT_ARCH_X86_64 = 0xc000003e;
const AUDIT_ARCH_AARCH64 = 0xc00000b7;
const X32_BIT = 0x40000000;

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const KILL_PROCESS = 0x80000000;
const EPERM = 1;
const ENOSYS = 38;

const AF_UNIX = 1;
/** Unix, IPv4, IPv6, netlink. */
const SOCKET_FAMILIES = [AF_UNIX, 2, 10, 16];
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (sched.h). */
const NAMESPACE_FLAGS = 0x7e020000;
/** TIOCSTI and TIOCLINUX (ioctl_tty(2)): put characters into a terminal as if they were typed. */
const TERMINAL_INPUT = [0x5412, 0x541c];

/** Steps that hold for one call only, over one of its arguments; the last of them always ends the program. */
function guarded(call: number, argument: number, steps: readonly Step[]): readonly Step[] {
  return [
    { op: EQUAL, value: call, then: 'next', otherwise: steps.length + 1 },
    { op: LOAD, value: offsetOfArgument(argument) },
    ...steps,
  ];
}

function assemble(body: readonly Step[]): Uint8Array {
  const ends = { allow: body.length, deny: body.length + 1, absent: body.length + 2, kill: body.length + 3 };
  const steps: readonly Step[] = [
    ...body,
    { op: RETURN, value: ALLOW }, { op: RETURN, value: ERRNO | EPERM }, { op: RETURN, value: ERRNO | ENOSYS }, { op: RETURN, value: KILL_PROCESS },
  ];
  const bytes = new Uint8Array(steps.length * 8);
  const view = new DataView(bytes.buffer);
  const distance = (from: number, target: Target = 'next'): number => {
    if (typeof target === 'number') return target;
    const steps = target === 'next' ? 0 : ends[target] - from - 1;
    if (steps > 255) throw new RangeError('a jump of the filter is longer than 255 steps');
    return steps;
  };
  steps.forEach((step, index) => {
    view.setUint16(index * 8, step.op, true);
    view.setUint8(index * 8 + 2, distance(index, step.then));
    view.setUint8(index * 8 + 3, distance(index, step.otherwise));
    view.setUint32(index * 8 + 4, step.value >>> 0, true);
  });
  return bytes;
}
