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
  readonly identity: BubblewrapIdentity;
  /** Our folder with the small system files, where they cannot be handed over as open files. */
  readonly systemFolder: string | undefined;
}

/**
 * Who the program is to the kernel. `namespace`: our own user, seen as another one through a user namespace. `own-uid`: an
 * account of its own that nothing else runs as; bubblewrap itself is then root and makes no user namespace.
 */
export type BubblewrapIdentity = { readonly kind: 'namespace' } | { readonly kind: 'own-uid'; readonly uid: number };

/** A top folder: a link on systems with one `/usr`, a real folder on others. */
export type RootEntry =
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'folder'; readonly path: string };

export interface BubblewrapFeatures { readonly perms: boolean; readonly tmpfsSize: boolean; readonly disableUserns: boolean }

/** `--perms` came with bubblewrap 0.5, `--size` with bubblewrap 0.7, `--disable-userns` with 0.8 (its NEWS); without the latter the filter alone refuses nested namespaces. */
export function bubblewrapFeatures(version: string): BubblewrapFeatures {
  const found = /(\d+)\.(\d+)/.exec(version);
  const number = found === null ? 0 : Number(found[1]) * 1000 + Number(found[2]);
  return { perms: number >= 5, tmpfsSize: number >= 7, disableUserns: number >= 8 };
}

/** The files that bubblewrap reads, by number: the order of `bubblewrapFiles`. */
export const ARGUMENT_FILE = 3;
const SECCOMP_FILE = 4;
const FIRST_SYSTEM_FILE = 5;

/** Small files of a system that knows one user and one host; the runner's own would tell the agent about the runner. */
function systemFiles(id: number): readonly (readonly [string, string])[] {
  return [
    ['/etc/passwd', `root:x:0:0::/:/usr/sbin/nologin\nagent:x:${id}:${id}::${HOME}:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n`],
    ['/etc/group', `root:x:0:\nagent:x:${id}:\nnogroup:x:65534:\n`],
    ['/etc/hosts', '127.0.0.1 localhost sandbox\n::1 localhost\n'],
    ['/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'],
    // A read-only `.git` keeps its owner; git inside would refuse it as somebody else's. Nobody else is inside.
    ['/etc/gitconfig', '[safe]\n\tdirectory = *\n'],
  ];
}
const SYSTEM_FILE_COUNT = systemFiles(SANDBOX_ID).length;

/** Where a shell opens the files by name, which knows files up to 9. */
const STATUS_FILE_BY_NAME = 8;
/** The file that bubblewrap writes its status to comes after all that it reads. */
export const STATUS_FILE = FIRST_SYSTEM_FILE + SYSTEM_FILE_COUNT;

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
    ...systemFiles(idOf(plan.identity)).map(([, content]) => text.encode(content)),
  ];
}

/** The same by name, for a bubblewrap that is started through a program that closes what it inherits. */
export function bubblewrapFilesByName(plan: BubblewrapPlan, filter: Uint8Array): readonly (readonly [string, Uint8Array])[] {
  const [args = new Uint8Array(), , ...system] = bubblewrapFiles(plan, filter);
  return [['arguments', args], ['filter', filter], ...systemFiles(idOf(plan.identity)).map(([path], index) => [nameOf(path), system[index] ?? new Uint8Array()] as const)];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The account inside, by number. */
function idOf(identity: BubblewrapIdentity): number {
  return identity.kind === 'namespace' ? SANDBOX_ID : identity.uid;
}

/**
 * The recipe: own user, process, network, ipc, host-name and cgroup namespaces; no capability; an empty root with the
 * system read-only; the working folder and the home writable and nothing else; a root that cannot grow. Arguments go
 * through a file, because process 1 of the sandbox shows its command line to the agent. Later mounts cover earlier ones.
 */
export function bubblewrapArguments(plan: BubblewrapPlan): readonly string[] {
  return [
    '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try',
    ...(plan.network === 'closed' ? ['--unshare-net'] : []),
    '--die-with-parent', '--new-session', ...privileges(plan), '--hostname', 'sandbox', '--clearenv',
    '--json-status-fd', String(plan.systemFolder === undefined ? STATUS_FILE : STATUS_FILE_BY_NAME), '--seccomp', String(SECCOMP_FILE),
    ...parents(plan, ['/etc/x', ...systemPaths(plan)]),
    ...systemMounts(plan),
    ...KERNEL_MOUNTS,
    '--dev', '/dev', ...sized(plan, 256, '/dev/shm'), ...sized(plan, 1024, TEMP), ...sized(plan, 1024, '/home'), ...sized(plan, 64, '/run'),
    // Files in the root itself, which is read-only in the end: a mount for each would cost more than all of them.
    ...systemFiles(SANDBOX_ID).flatMap(([path], index) => plan.systemFolder === undefined
      ? [...(plan.features.perms ? ['--perms', '0644'] : []), '--file', String(FIRST_SYSTEM_FILE + index), path] : ['--ro-bind', `${plan.systemFolder}/${nameOf(path)}`, path]),
    ...parents(plan, plan.tools),
    ...plan.tools.flatMap((path) => ['--ro-bind-try', path, path]),
    ...parents(plan, [...plan.mounts.map((mount) => mount.to), ...plan.relaySockets.map((_, index) => relaySocket(index))]),
    '--bind', plan.home, HOME,
    '--bind', plan.workspace, WORKDIR,
    ...plan.readOnly.flatMap((path) => ['--ro-bind', `${plan.workspace}/${path}`, `${WORKDIR}/${path}`]),
    ...plan.mounts.flatMap((mount) => [mount.writable ? '--bind' : '--ro-bind', mount.from, mount.to]),
    ...(plan.network === 'open' ? [] : plan.relaySockets.flatMap((socket, index) => ['--ro-bind', socket, relaySocket(index)])),
    // With an account of its own, the steps before the change of account run as root: they must not see this environment.
    ...(plan.identity.kind === 'own-uid' ? [] : Object.entries(plan.env).flatMap(([name, value]) => ['--setenv', name, value])),
    '--remount-ro', '/run', '--remount-ro', '/home', '--remount-ro', '/',
    '--chdir', plan.cwd === '' ? WORKDIR : `${WORKDIR}/${plan.cwd}`,
  ];
}

const KERNEL_MOUNTS = ['--proc', '/proc', ...KERNEL_PATHS.flatMap((path) => ['--ro-bind-try', path, path])];

function systemMounts(plan: BubblewrapPlan): readonly string[] {
  return [
    '--ro-bind', '/usr', '/usr',
    ...plan.roots.flatMap((root) => root.kind === 'link' ? ['--symlink', root.target, root.path] : ['--ro-bind', root.path, root.path]),
    ...systemPaths(plan).flatMap((path) => ['--ro-bind-try', path, path]),
  ];
}

function systemPaths(plan: BubblewrapPlan): readonly string[] {
  return plan.network === 'open' ? [...SYSTEM_PATHS, ...RESOLVER_PATHS] : SYSTEM_PATHS;
}

/** bubblewrap makes the folders above a mount for its own user alone; another account must be able to go through them. */
function parents(plan: BubblewrapPlan, paths: readonly string[]): readonly string[] {
  if (plan.identity.kind === 'namespace') return [];
  const folders = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/').slice(1, -1);
    parts.forEach((_, index) => folders.add(`/${parts.slice(0, index + 1).join('/')}`));
  }
  return [...folders].filter((folder) => !MADE.includes(folder) && !WHOLE.some((each) => folder === each || folder.startsWith(`${each}/`))).flatMap((folder) => ['--perms', '0755', '--dir', folder]);
}

/** Folders that other arguments make, and folders that are mounted with all that is in them. */
const MADE = ['/home', '/tmp', '/dev', '/run'];
const WHOLE = ['/usr', '/proc', WORKDIR, HOME];

function privileges(plan: BubblewrapPlan): readonly string[] {
  if (plan.identity.kind === 'own-uid') return ['--cap-drop', 'ALL', ...PRELUDE_CAPABILITIES.flatMap((name) => ['--cap-add', name])];
  return ['--unshare-user', ...(plan.features.disableUserns ? ['--disable-userns'] : []), '--cap-drop', 'ALL', '--uid', String(SANDBOX_ID), '--gid', String(SANDBOX_ID)];
}

/** What it takes to give the writable folders to another account and become it; all of them end with that. */
const PRELUDE_CAPABILITIES = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_SETGID', 'CAP_SETPCAP', 'CAP_SETUID'];

/** Made by root for another account, which must be able to use it. */
function perms(plan: BubblewrapPlan, mode: string): readonly string[] {
  return plan.identity.kind === 'own-uid' ? ['--perms', mode] : [];
}

function sized(plan: BubblewrapPlan, megabytes: number, path: string): readonly string[] {
  return [...(path === TEMP || path === '/dev/shm' ? perms(plan, '1777') : []), ...(plan.features.tmpfsSize ? ['--size', String(megabytes * MEGABYTE)] : []), '--tmpfs', path];
}
