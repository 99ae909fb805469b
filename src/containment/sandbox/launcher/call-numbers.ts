import type { SandboxArch } from '../system-calls.js';

/**
 * The system calls a launcher makes: x64 from arch/x86/entry/syscalls/syscall_64.tbl, arm64 from
 * include/uapi/asm-generic/unistd.h of the Linux sources; from 424 on both are the same.
 */
const CALLS = {
  read: [0, 63], write: [1, 64], pread64: [17, 67], openat: [257, 56], close: [3, 57], close_range: [436, 436],
  dup3: [292, 24], fcntl: [72, 25], eventfd2: [290, 19], ioctl: [16, 29], socket: [41, 198], setsockopt: [54, 208],
  clone: [56, 220], execve: [59, 221], exit_group: [231, 94], kill: [62, 129], chdir: [80, 49], setpgid: [109, 154],
  prctl: [157, 167], prlimit64: [302, 261], seccomp: [317, 277],
  setgroups: [116, 159], setresgid: [119, 149], setresuid: [117, 147],
  landlock_create_ruleset: [444, 444], landlock_add_rule: [445, 445], landlock_restrict_self: [446, 446],
} as const satisfies Record<string, readonly [number, number]>;

export type LauncherCall = keyof typeof CALLS;

export function callNumber(arch: SandboxArch, call: LauncherCall): number {
  return CALLS[call][arch === 'x64' ? 0 : 1];
}
