import { DENIED_CALLS, numbersFor } from './system-calls.js';
import type { SandboxArch } from './system-calls.js';

/**
 * What the filter does about sockets. `own`: a network namespace bounds them, and unix sockets reach nothing outside.
 * The others share the machine's network, so that the filter is the bound, and refuse unix sockets, whose addresses it
 * cannot read (a connected pair stays, but for datagrams, which take addresses). `none`: no socket but netlink.
 * `supervised`: also TCP sockets, each made by the supervisor. `open`: TCP and UDP.
 */
export type SocketRule = 'own' | 'none' | 'supervised' | 'open';

/**
 * The system-call filter of the sandbox as a classic BPF program (seccomp(2), `struct sock_filter`), 8 bytes a step, for
 * bubblewrap's `--seccomp`. Written here because bubblewrap brings none and native code would have to be installed.
 * Refused with EPERM: what reaches out of namespaces (vsock and other odd sockets), what goes around a filter (io_uring),
 * keys, tracing, loading code into the kernel, mounts and new namespaces, typing into a terminal. `clone3` answers ENOSYS,
 * because its flags lie in memory that a filter cannot read: C libraries then use `clone`, whose flags are checked.
 * Calls of another architecture (32-bit and x32 on x64) end the process. Netlink stays open: Node's networkInterfaces() needs it,
 * and in a closed network namespace it shows nothing.
 */
export function seccompProgram(arch: SandboxArch, sockets: SocketRule = 'own'): Uint8Array {
  const calls = numbersFor(arch);
  const steps: Step[] = [
    { op: LOAD, value: OFFSET_ARCH },
    { op: EQUAL, value: arch === 'x64' ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64, then: 'next', otherwise: 'kill' },
    { op: LOAD, value: OFFSET_NUMBER },
    // x32 calls carry this bit on x64; no call of arm64 is that high.
    { op: NOT_LESS, value: X32_BIT, then: 'kill', otherwise: 'next' },
    ...DENIED_CALLS.flatMap((name) => calls[name] ?? []).map((value): Step => ({ op: EQUAL, value, then: 'deny', otherwise: 'next' })),
    { op: EQUAL, value: calls.clone3, then: 'absent', otherwise: 'next' },
    ...socketSteps(arch, sockets),
    ...(sockets === 'own' ? [] : sharedMachineSteps(arch)),
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

/**
 * What a process namespace would do. A listener of the program's own would be asked instead of the supervisor, once that
 * is killed (of equal answers the newest filter's counts), and could let socket(2) through. Bounds and priorities of
 * others: these calls ask for the same user alone and Landlock does not cover them; a bound on CPU time ends a process,
 * the lowest priority starves it.
 */
function sharedMachineSteps(arch: SandboxArch): readonly Step[] {
  const calls = numbersFor(arch);
  return [
    ...guarded(calls.seccomp, 1, [{ op: ANY_BIT, value: NEW_LISTENER, then: 'deny', otherwise: 'allow' }]),
    // setpriority(2) names a process, a group or a user first, and 0 is that of the caller.
    ...guarded(calls.setpriority, 0, [{ op: EQUAL, value: 0, then: 'next', otherwise: 'deny' }, { op: LOAD, value: offsetOfArgument(1) }, { op: EQUAL, value: 0, then: 'allow', otherwise: 'deny' }]),
    ...(['prlimit64', 'sched_setscheduler', 'sched_setattr'] as const).flatMap((name) => guarded(calls[name], 0, [{ op: EQUAL, value: 0, then: 'allow', otherwise: 'deny' }])),
  ];
}

/** The calls about sockets, by rule. */
function socketSteps(arch: SandboxArch, rule: SocketRule): readonly Step[] {
  const calls = numbersFor(arch);
  const family = (value: number, then: Target): Step => ({ op: EQUAL, value, then, otherwise: 'next' });
  if (rule === 'own') {
    return [
      ...guarded(calls.socket, 0, [...SOCKET_FAMILIES.map((value) => family(value, 'allow')), { op: RETURN, value: ERRNO | EPERM }]),
      ...guarded(calls.socketpair, 0, [{ op: EQUAL, value: AF_UNIX, then: 'allow', otherwise: 'deny' }]),
    ];
  }
  const pair = guarded(calls.socketpair, 0, [
    { op: EQUAL, value: AF_UNIX, then: 'next', otherwise: 'deny' },
    { op: LOAD, value: offsetOfArgument(1) }, { op: AND, value: TYPE_MASK }, { op: EQUAL, value: SOCK_DGRAM, then: 'deny', otherwise: 'allow' },
  ]);
  if (rule === 'open') {
    return [...guarded(calls.socket, 0, [...SOCKET_FAMILIES.filter((value) => value !== AF_UNIX).map((value) => family(value, 'allow')), { op: RETURN, value: ERRNO | EPERM }]), ...pair];
  }
  const netlink: readonly Step[] = [{ op: LOAD, value: offsetOfArgument(2) }, { op: EQUAL, value: NETLINK_ROUTE, then: 'allow', otherwise: 'deny' }];
  const stream: readonly Step[] = rule === 'none' ? [{ op: RETURN, value: ERRNO | EPERM }] : [
    // Streams of TCP alone: Landlock's rules for ports do not see SCTP, multipath TCP and SMC.
    { op: LOAD, value: offsetOfArgument(1) }, { op: AND, value: ~SOCKET_FLAGS >>> 0 }, { op: EQUAL, value: SOCK_STREAM, then: 'next', otherwise: 'deny' },
    { op: LOAD, value: offsetOfArgument(2) }, { op: EQUAL, value: IPPROTO_TCP, then: 1, otherwise: 'next' }, { op: EQUAL, value: 0, then: 'next', otherwise: 'deny' },
    { op: RETURN, value: USER_NOTIF },
  ];
  return [
    ...guarded(calls.socket, 0, [family(AF_INET, netlink.length + 2), family(AF_INET6, netlink.length + 1), { op: EQUAL, value: AF_NETLINK, then: 'next', otherwise: 'deny' }, ...netlink, ...stream]),
    ...pair,
    { op: EQUAL, value: calls.listen, then: 'deny', otherwise: 'next' },
    // A first packet with data makes a connection without connect(2), and no rule for ports is asked.
    ...guarded(calls.sendto, 3, FAST_OPEN), ...guarded(calls.sendmsg, 2, FAST_OPEN), ...guarded(calls.sendmmsg, 3, FAST_OPEN),
  ];
}

export type { SandboxArch } from './system-calls.js';

type Target = 'next' | 'allow' | 'deny' | 'absent' | 'kill' | number;
interface Step { readonly op: number; readonly value: number; readonly then?: Target; readonly otherwise?: Target }

/** linux/filter.h and linux/bpf_common.h: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_{JEQ,JGE,JSET}|BPF_K, BPF_RET|BPF_K. */
const LOAD = 0x20;
const EQUAL = 0x15;
const NOT_LESS = 0x35;
const ANY_BIT = 0x45;
/** BPF_ALU|BPF_AND|BPF_K: changes the loaded word. */
const AND = 0x54;
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
const USER_NOTIF = 0x7fc00000;
const EPERM = 1;
const ENOSYS = 38;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
export const SOCKET_FAMILIES = [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK];
const NETLINK_ROUTE = 0;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
/** SOCK_TYPE_MASK of the kernel, and the flags SOCK_NONBLOCK and SOCK_CLOEXEC beside it. */
const TYPE_MASK = 0xf;
const SOCKET_FLAGS = 0x80800;
const IPPROTO_TCP = 6;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (sched.h). */
export const NAMESPACE_FLAGS = 0x7e020000;
/** TIOCSTI and TIOCLINUX (ioctl_tty(2)): put characters into a terminal as if they were typed. */
export const TERMINAL_INPUT = [0x5412, 0x541c];

/** SECCOMP_FILTER_FLAG_NEW_LISTENER. */
const NEW_LISTENER = 8;

/** MSG_FASTOPEN. */
const FAST_OPEN: readonly Step[] = [{ op: ANY_BIT, value: 0x20000000, then: 'deny', otherwise: 'allow' }];

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
