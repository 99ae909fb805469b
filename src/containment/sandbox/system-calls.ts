export type SandboxArch = 'x64' | 'arm64';

/**
 * Numbers of system calls: x64 from arch/x86/entry/syscalls/syscall_64.tbl, arm64 from include/uapi/asm-generic/unistd.h
 * of the Linux sources; from 424 on both are the same. `undefined` = the architecture has no such call.
 */
const CALLS = {
  clone: [56, 220], clone3: [435, 435], socket: [41, 198], socketpair: [53, 199], ioctl: [16, 29],
  seccomp: [317, 277], prlimit64: [302, 261], setpriority: [141, 140], sched_setscheduler: [144, 119], sched_setattr: [314, 274],
  listen: [50, 201], sendto: [44, 206], sendmsg: [46, 211], sendmmsg: [307, 269],
  ptrace: [101, 117], process_vm_readv: [310, 270], process_vm_writev: [311, 271], kcmp: [312, 272], pidfd_getfd: [438, 438],
  bpf: [321, 280], perf_event_open: [298, 241], userfaultfd: [323, 282],
  add_key: [248, 217], request_key: [249, 218], keyctl: [250, 219],
  io_uring_setup: [425, 425], io_uring_enter: [426, 426], io_uring_register: [427, 427],
  unshare: [272, 97], setns: [308, 268], mount: [165, 40], umount2: [166, 39], pivot_root: [155, 41], chroot: [161, 51],
  open_tree: [428, 428], move_mount: [429, 429], fsopen: [430, 430], fsconfig: [431, 431], fsmount: [432, 432], fspick: [433, 433],
  mount_setattr: [442, 442], open_tree_attr: [467, 467],
  init_module: [175, 105], finit_module: [313, 273], delete_module: [176, 106], kexec_load: [246, 104], kexec_file_load: [320, 294],
  reboot: [169, 142], swapon: [167, 224], swapoff: [168, 225], syslog: [103, 116], acct: [163, 89], vhangup: [153, 58],
  settimeofday: [164, 170], clock_settime: [227, 112], adjtimex: [159, 171], clock_adjtime: [305, 266],
  quotactl: [179, 60], quotactl_fd: [443, 443], lookup_dcookie: [212, 18], name_to_handle_at: [303, 264], open_by_handle_at: [304, 265],
  fanotify_init: [300, 262], move_pages: [279, 239],
  iopl: [172, undefined], ioperm: [173, undefined], modify_ldt: [154, undefined], uselib: [134, undefined], _sysctl: [156, undefined],
} as const satisfies Record<string, readonly [number, number | undefined]>;

export type CallName = keyof typeof CALLS;
type Numbers = { readonly [Name in CallName]: number | ((typeof CALLS)[Name][1] extends undefined ? undefined : never) };

/** Calls that take a process; 0 is the caller itself. */
export const OF_OTHERS = ['prlimit64', 'sched_setscheduler', 'sched_setattr', 'setpriority'] as const;

/** Calls that are refused whatever their arguments; the others of the table are looked at more closely. */
export const DENIED_CALLS: readonly CallName[] = (Object.keys(CALLS) as CallName[])
  .filter((name) => !['clone', 'clone3', 'socket', 'socketpair', 'ioctl', 'listen', 'sendto', 'sendmsg', 'sendmmsg', 'seccomp', ...OF_OTHERS].includes(name));

export function numbersFor(arch: SandboxArch): Numbers {
  const column = arch === 'x64' ? 0 : 1;
  return Object.fromEntries(Object.entries(CALLS).map(([name, numbers]) => [name, numbers[column]])) as Numbers;
}
