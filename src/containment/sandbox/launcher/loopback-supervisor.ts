import type { SandboxArch } from '../system-calls.js';
import { callNumber } from './call-numbers.js';
import { STATUS_FILE } from './machine-code.js';
import type { Block, Place, Row } from './table.js';

/**
 * A Landlock rule for TCP names a port, not an address: alone it would let the program reach that port on every machine.
 * So the program may not make TCP sockets itself. Its filter hands each such call to a process of ours without
 * that filter (seccomp_unotify(2)), which makes the socket, binds it to the loopback device and puts it into the program's
 * table; to undo that needs a capability that the program does not have. Then the port rule bounds the port, and the
 * device bounds the machine. Nothing of the program's memory is read, and addresses never matter.
 *
 * `share` runs before the identity changes; `part` when Landlock's rules are in force, since the kernel sends the signal
 * that ends the supervisor on behalf of the program, whose signals do not leave its rules; `hand` comes after the filter,
 * which the supervisor therefore does not have.
 */
export function loopbackSupervisor(arch: SandboxArch): { readonly share: readonly Row[]; readonly part: readonly Row[]; readonly hand: readonly Row[]; readonly supervisor: readonly Row[]; readonly blocks: readonly Block[] } {
  const call = (name: Parameters<typeof callNumber>[1]): number => callNumber(arch, name);
  const ioctl = (name: string, request: number, over: Partial<Row> = {}): Row => ({ name, call: call('ioctl'), args: [LISTENER_FILE, request, NOTICE], ...over });
  const copy = (name: string, at: number, from: string, length: number): Row => ({ name, call: call('pread64'), args: [OWN_FILE, { ...NOTICE, offset: NOTICE.offset + at }, length, { inFile: { block: from } }] });
  return {
    share: [
      { name: 'open own file', call: call('openat'), args: [AT_FDCWD, { block: 'own file' }, O_CLOEXEC, 0], out: { row: 'keep own file', argument: 0 } },
      { name: 'keep own file', call: call('dup3'), args: [0, OWN_FILE, O_CLOEXEC] },
      { name: 'eventfd2', call: call('eventfd2'), args: [0, O_CLOEXEC], out: { row: 'keep event', argument: 0 } },
      { name: 'keep event', call: call('dup3'), args: [0, EVENT_FILE, O_CLOEXEC] },
    ],
    // The files are shared until the listener is there. No signal at its end: the program never hears of this child, nor does its wait(2).
    part: [{ name: 'clone supervisor', call: call('clone'), args: [CLONE_FILES, 0, 0, 0, 0], zero: 'supervisor' }],
    hand: [
      { name: 'keep listener', call: call('dup3'), args: [0, LISTENER_FILE, O_CLOEXEC] },
      { name: 'wake supervisor', call: call('write'), args: [EVENT_FILE, { block: 'one' }, 8] },
      { name: 'close shared files', call: call('close_range'), args: [STATUS_FILE + 1, ALL_FILES, UNSHARE] },
    ],
    supervisor: [
      // It ends with the process that becomes the program, however that ends.
      { name: 'supervisor', call: call('prctl'), args: [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0] },
      { name: 'await listener', call: call('read'), args: [EVENT_FILE, { block: 'event' }, 8] },
      { name: 'close files of the program', call: call('close_range'), args: [0, LISTENER_FILE - 1, UNSHARE] },
      // The kernel takes only an empty place to put a notice in.
      copy('clear notice', 0, 'zeros', NOTICE_BYTES),
      ioctl('receive notice', NOTIF_RECV, { failed: 'clear notice' }),
      // The notice was received into this very row: it is the call that was asked for, and the filter lets none but socket(2) come here.
      { name: ASKED, call: call('socket'), args: [0, 0, 0], out: { row: ASKED, offset: 0 }, failed: 'clear flags' },
      { name: 'bind to lo', call: call('setsockopt'), args: [0, SOL_SOCKET, SO_BINDTODEVICE, { block: 'lo' }, 3], out: { row: ASKED, offset: 0 }, failed: 'close unbound' },
      copy('fill answer', 8, 'give file 0', 16),
      ioctl('give socket', NOTIF_ADDFD, { failed: 'close given' }),
      { name: 'close given', call: call('close'), args: [0], then: 'clear notice', failed: 'clear notice' },
      { name: 'close unbound', call: call('close'), args: [0], failed: 'clear flags' },
      copy('clear flags', 20, 'zeros', 4),
      ioctl('refuse', NOTIF_SEND, { then: 'clear notice', failed: 'clear notice' }),
    ],
    blocks: [
      { name: 'own file', bytes: new TextEncoder().encode('/proc/self/exe\0') },
      { name: 'lo', bytes: new TextEncoder().encode('lo\0') },
      { name: 'one', bytes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) },
      { name: 'event', bytes: new Uint8Array(8) },
      { name: 'zeros', bytes: new Uint8Array(NOTICE_BYTES) },
      // struct seccomp_notif_addfd from its second member: flags = SEND, the supervisor's file 0, any new number, close-on-exec.
      { name: 'give file 0', bytes: Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0) },
    ],
  };
}

/** The row of the notified call; the notice's head (id, pid, flags) lies right before it, and the answers reuse the place. */
const ASKED = 'asked call';
const NOTICE = { row: ASKED, offset: -16 } as const satisfies Place;
const NOTICE_BYTES = 80;

const LISTENER_FILE = 61;
const EVENT_FILE = 62;
const OWN_FILE = 63;
const AT_FDCWD = -100;
const O_CLOEXEC = 0o2000000;
const CLONE_FILES = 0x400;
const ALL_FILES = 0xffffffff;
const UNSHARE = 2;
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
/** linux/seccomp.h: _IOWR('!', 0, 80 bytes), _IOWR('!', 1, 24 bytes), _IOW('!', 3, 24 bytes). */
const NOTIF_RECV = 0xc0502100;
const NOTIF_SEND = 0xc0182101;
const NOTIF_ADDFD = 0x40182103;
