import type { Mount } from '../../ports/sandbox.js';
import { HOME, relaySocket, SANDBOX_ID, TEMP, WORKDIR } from './places.js';

/** Everything that decides the arguments of bubblewrap; paths are absolute and resolved, on our side. */
export interface BubblewrapPlan {
  readonly workspace: string;
  readonly home: string;
  /** Paths below the workspace that exist and are no links. */
  readonly readOnly: readonly string[];
  readonly mounts: readonly Mount[];
  /** Files and folders shown read-only at their own paths: Node, our own program, the tools of the runner. */
  readonly tools: readonly string[];
  /** How `/bin`, `/lib` and their like are made on this machine. */
  readonly roots: readonly RootEntry[];
  readonly network: 'closed' | 'open';
  /** Sockets outside that relays lead to, in the order of the relays; each is shown at `relaySocket(index)`. */
  readonly relaySockets: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Below the working folder; '' = itself. */
  readonly cwd: string;
  readonly features: BubblewrapFeatures;
}

/** A top folder: a link on systems with one `/usr`, a real folder on others. */
export type RootEntry =
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'folder'; readonly path: string };

export interface BubblewrapFeatures { readonly tmpfsSize: boolean; readonly disableUserns: boolean }

/** `--size` came with bubblewrap 0.7, `--disable-userns` with 0.8 (its NEWS); without the latter the filter alone refuses nested namespaces. */
export function bubblewrapFeatures(version: string): BubblewrapFeatures {
  const found = /(\d+)\.(\d+)/.exec(version);
  const number = found === null ? 0 : Number(found[1]) * 1000 + Number(found[2]);
  return { tmpfsSize: number >= 7, disableUserns: number >= 8 };
}

/** The files that bubblewrap reads, by number: the order of `bubblewrapFiles`. */
export const ARGUMENT_FILE = 3;
const SECCOMP_FILE = 4;
const FIRST_SYSTEM_FILE = 5;

/** Small files of a system that knows one user and one host; the runner's own would tell the agent about the runner. */
const SYSTEM_FILES = [
  ['/etc/passwd', `root:x:0:0::/:/usr/sbin/nologin\nagent:x:${SANDBOX_ID}:${SANDBOX_ID}::${HOME}:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n`],
  ['/etc/group', `root:x:0:\nagent:x:${SANDBOX_ID}:\nnogroup:x:65534:\n`],
  ['/etc/hosts', '127.0.0.1 localhost sandbox\n::1 localhost\n'],
  ['/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'],
] as const;

/** The file that bubblewrap writes its status to comes after all that it reads. */
export const STATUS_FILE = FIRST_SYSTEM_FILE + SYSTEM_FILES.length;

/** What an ordinary program needs of /etc. Private keys lie beside the certificates on some systems, so not whole folders. */
export const SYSTEM_PATHS = [
  '/etc/ssl/certs', '/etc/ssl/openssl.cnf', '/etc/ssl/cert.pem', '/etc/pki/tls/certs', '/etc/pki/tls/openssl.cnf', '/etc/pki/ca-trust',
  '/etc/pki/java', '/etc/ca-certificates', '/etc/alternatives', '/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d',
  '/etc/localtime', '/etc/timezone', '/etc/mime.types', '/etc/protocols', '/etc/services', '/etc/fonts',
];
/** Asked for by name when a program may use the network. */
export const RESOLVER_PATHS = ['/etc/resolv.conf', '/etc/gai.conf'];
/** Writable for root even inside, on a fresh /proc: a write to core_pattern runs a program on the host as root. */
const KERNEL_PATHS = ['/proc/sys', '/proc/bus', '/proc/irq', '/proc/fs', '/proc/sysrq-trigger'];

const MEGABYTE = 1024 * 1024;

/** What bubblewrap reads from file 3 on, in order: its arguments, the filter, the system files. */
export function bubblewrapFiles(plan: BubblewrapPlan, filter: Uint8Array): readonly Uint8Array[] {
  const text = new TextEncoder();
  return [
    text.encode(bubblewrapArguments(plan).map((argument) => `${argument}\0`).join('')),
    filter,
    ...SYSTEM_FILES.map(([, content]) => text.encode(content)),
  ];
}

/**
 * The recipe: own user, process, network, ipc, host-name and cgroup namespaces; no capability; an empty root with the
 * system read-only; the working folder and the home writable and nothing else; a root that cannot grow. Arguments go
 * through a file, because process 1 of the sandbox shows its command line to the agent. Later mounts cover earlier ones.
 */
export function bubblewrapArguments(plan: BubblewrapPlan): readonly string[] {
  return [
    '--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try',
    ...(plan.network === 'closed' ? ['--unshare-net'] : []),
    ...(plan.features.disableUserns ? ['--disable-userns'] : []),
    '--die-with-parent', '--new-session', '--cap-drop', 'ALL',
    '--uid', String(SANDBOX_ID), '--gid', String(SANDBOX_ID), '--hostname', 'sandbox', '--clearenv',
    '--json-status-fd', String(STATUS_FILE), '--seccomp', String(SECCOMP_FILE),
    ...systemMounts(plan),
    ...KERNEL_MOUNTS,
    '--dev', '/dev', ...sized(plan, 256, '/dev/shm'), ...sized(plan, 1024, TEMP), ...sized(plan, 1024, '/home'), ...sized(plan, 64, '/run'),
    ...SYSTEM_FILES.flatMap(([path], index) => ['--ro-bind-data', String(FIRST_SYSTEM_FILE + index), path]),
    ...plan.tools.flatMap((path) => ['--ro-bind-try', path, path]),
    '--bind', plan.home, HOME,
    '--bind', plan.workspace, WORKDIR,
    ...plan.readOnly.flatMap((path) => ['--ro-bind', `${plan.workspace}/${path}`, `${WORKDIR}/${path}`]),
    ...plan.mounts.flatMap((mount) => [mount.writable ? '--bind' : '--ro-bind', mount.from, mount.to]),
    ...(plan.network === 'open' ? [] : plan.relaySockets.flatMap((socket, index) => ['--ro-bind', socket, relaySocket(index)])),
    ...Object.entries(plan.env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--remount-ro', '/run', '--remount-ro', '/home', '--remount-ro', '/',
    '--chdir', plan.cwd === '' ? WORKDIR : `${WORKDIR}/${plan.cwd}`,
  ];
}

const KERNEL_MOUNTS = ['--proc', '/proc', ...KERNEL_PATHS.flatMap((path) => ['--ro-bind-try', path, path])];

function systemMounts(plan: BubblewrapPlan): readonly string[] {
  const paths = plan.network === 'open' ? [...SYSTEM_PATHS, ...RESOLVER_PATHS] : SYSTEM_PATHS;
  return [
    '--ro-bind', '/usr', '/usr',
    ...plan.roots.flatMap((root) => root.kind === 'link' ? ['--symlink', root.target, root.path] : ['--ro-bind', root.path, root.path]),
    ...paths.flatMap((path) => ['--ro-bind-try', path, path]),
  ];
}

function sized(plan: BubblewrapPlan, megabytes: number, path: string): readonly string[] {
  return [...(plan.features.tmpfsSize ? ['--size', String(megabytes * MEGABYTE)] : []), '--tmpfs', path];
}
