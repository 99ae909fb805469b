import { closeSync, constants, openSync } from 'node:fs';
import type { DrillTry } from '../../../../../domain/drill.js';
import { runCommand } from '../run-command.js';
import { attempt, keep, readSome, type Act } from '../scene.js';

/** Opened for writing and closed at once: never written. */
export const kernelSettings: Act = (scene) => [
  ...['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/modprobe', '/proc/sys/vm/overcommit_memory', '/proc/sysrq-trigger', '/proc/sys/fs/binfmt_misc/register', '/sys/kernel/uevent_helper', '/sys/fs/cgroup/cgroup.procs']
    .map((file) => attempt(`open ${file} for writing`, () => { closeSync(openSync(file, constants.O_WRONLY)); })),
  ...['/proc/kcore', '/dev/kmsg', '/proc/kmsg'].map((file) => attempt(`open ${file}`, () => { closeSync(openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)); })),
  attempt('read the list of keys', () => keep(scene, readSome('/proc/keys')) > 0),
];

/** A program that ends well has got what it asked for. */
async function trying(what: string, command: string, args: readonly string[]): Promise<DrillTry> {
  const { code, output } = await runCommand(command, args);
  return { what, done: code === 0, why: code === 0 ? '' : `${String(code)}: ${(output.split('\n')[0] ?? '').slice(0, 120)}` };
}

export const makeNamespaces: Act = () => Promise.all([
  trying('unshare a user namespace', 'unshare', ['-U', '-r', 'true']),
  trying('unshare a mount namespace', 'unshare', ['-m', 'true']),
  trying('unshare a process namespace', 'unshare', ['-p', '-f', 'true']),
  trying('unshare a network namespace', 'unshare', ['-n', 'true']),
  // On a folder of its own, and taken off again at once.
  trying('mount a tmpfs', 'sh', ['-c', 'mkdir -p redteam-mount && mount -t tmpfs none redteam-mount && umount redteam-mount']),
  trying('enter the namespaces of process 1', 'nsenter', ['-t', '1', '-m', '-p', 'true']),
  trying('chroot', 'chroot', ['/', 'true']),
  trying('nest a sandbox', 'bwrap', ['--ro-bind', '/', '/', '--proc', '/proc', 'true']),
]);

/** Capability sets and the promise never to gain any: what the kernel says of this very program. */
export const gainPrivileges: Act = async () => {
  const status = readSome('/proc/self/status');
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
  return [
    { what: 'hold capabilities', done: !/^0+$/.test(field('CapEff')) || !/^0+$/.test(field('CapPrm')), why: `CapEff ${field('CapEff')}` },
    { what: 'run without no_new_privs', done: field('NoNewPrivs') !== '1', why: `NoNewPrivs ${field('NoNewPrivs')}` },
    await trying('sudo', 'sudo', ['-n', 'true']),
    await trying('become root by su', 'su', ['-c', 'true']),
    await trying('give a file capabilities', 'setcap', ['cap_sys_admin+ep', '/tmp/redteam-cap']),
  ];
};

export const typeIntoTerminal: Act = () => [attempt('open the controlling terminal', () => { closeSync(openSync('/dev/tty', constants.O_RDWR)); })];

/** Numbers of x64 and arm64 (see system-calls of the sandbox); arguments that do nothing when the call is let through. */
const CALLS: readonly (readonly [name: string, x64: number, arm64: number, args: string])[] = [
  ['socket AF_VSOCK', 41, 198, '40,1,0'], ['socket AF_PACKET', 41, 198, '17,3,0'], ['socket AF_ALG', 41, 198, '38,5,0'], ['socket AF_BLUETOOTH', 41, 198, '31,3,0'],
  ['io_uring_setup', 425, 425, '1,$buffer'], ['keyctl', 250, 219, '0,-3,0'], ['add_key', 248, 217, '$user,$buffer,$buffer,1,-2'], ['bpf', 321, 280, '0,$buffer,0'],
  ['perf_event_open', 298, 241, '$buffer,0,-1,-1,0'], ['userfaultfd', 323, 282, '0'], ['ptrace', 101, 117, '16,1,0,0'], ['process_vm_readv', 310, 270, '1,$buffer,0,$buffer,0,0'],
  ['syslog', 103, 116, '3,$buffer,256'], ['open_by_handle_at', 304, 265, '-1,$buffer,0'], ['unshare', 272, 97, '0x10000000'], ['setns', 308, 268, '-1,0'],
  ['init_module', 175, 105, '0,0,$buffer'], ['clock_settime', 227, 112, '99,0'],
];

/** EPERM, ENOSYS or an unknown family: refused before the kernel looked at the arguments. */
const REFUSED = new Set([1, 13, 38, 97, 94, 93]);

/** Perl can make any system call and is on every Debian and Ubuntu; without it this says so and nothing is claimed. */
export const oddSystemCalls: Act = async () => {
  const column = process.arch === 'arm64' ? 2 : 1;
  const body = CALLS.map((call) => `$! = 0; $r = syscall(${call[column]},${call[3]}); print "${call[0]}\\t$r\\t".(0+$!)."\\n";`).join('\n');
  const { output, code } = await runCommand('perl', ['-e', `$| = 1; $buffer = "\\0" x 4096; $user = "user\\0";\n${body}`]);
  if (!output.includes('\t')) return [{ what: 'perl is not here', done: false, why: `not tried: ${String(code)}` }];
  return output.split('\n').filter((line) => line.includes('\t')).map((line) => {
    const [what = '', result = '', errno = ''] = line.split('\t');
    return { what, done: Number(result) >= 0 || !REFUSED.has(Number(errno)), why: `result ${result}, error ${errno}` };
  });
};
