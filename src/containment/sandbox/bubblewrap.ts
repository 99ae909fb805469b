import { chmodSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import type { Fault } from '../../domain/fault.js';
import type { Program, ProgramEnding, ProgramLimits, RunningProgram, Sandbox, SandboxRequest } from '../../ports/sandbox.js';
import { startProcess } from '../process/start-process.js';
import type { LauncherStatus } from '../process/start-process.js';
import { ARGUMENT_FILE, bubblewrapFiles } from './bubblewrap-arguments.js';
import type { BubblewrapFeatures, BubblewrapIdentity, BubblewrapPlan, RootEntry } from './bubblewrap-arguments.js';
import { HOME, relaySocket, TEMP, WORKDIR } from './places.js';
import { checkedProgram, existingReadOnly, notStarted } from './request-checks.js';
import type { SandboxOptions } from './sandbox-options.js';
import { startThroughSudo } from './start-through-sudo.js';
import { seccompProgram } from './seccomp.js';
import type { SandboxArch } from './seccomp.js';
import { insidePath, shownTools } from './shown-tools.js';

/** A bubblewrap that is there, and what it can do. Whether it confines anything is for the probe to say. */
export interface BubblewrapProgram { readonly path: string; readonly features: BubblewrapFeatures; readonly arch: SandboxArch }

/**
 * How bubblewrap is used. `namespace`: as our own user, seen as another one. `own-uid`: bubblewrap is root, without a user
 * namespace, and the program becomes an account of its own; through `sudo` where we are not root.
 */
export interface BubblewrapWay { readonly form: string; readonly identity: BubblewrapIdentity; readonly sudo: string | undefined }

/**
 * The rung `bubblewrap`. Inside, the working folder is `/ws` and the home `/home/agent`. A program that a signal ended is
 * seen as `exited` with 128 plus the signal's number, because that is all bubblewrap passes on. With relays, and with an
 * account of its own, the command is started by a helper: a missing command is then exit 127.
 */
export function openBubblewrap(program: BubblewrapProgram, way: BubblewrapWay, request: SandboxRequest, options: SandboxOptions): Sandbox {
  const base = {
    workspace: realpathSync(request.workspace),
    home: realpathSync(request.home),
    tools: shownTools(options),
    roots: rootEntries(),
    mounts: request.mounts.map((mount) => ({ ...mount, from: realpathSync(mount.from) })),
    network: request.network,
    features: program.features,
    identity: way.identity,
    systemFolder: undefined,
  };
  // With the network of the machine come its abstract sockets, which stand in no file system: no AF_UNIX there.
  const filter = seccompProgram(program.arch, request.network === 'open' ? 'open' : 'own');
  const path = insidePath(options, base.tools);
  return {
    rung: 'bubblewrap',
    form: way.form,
    workdir: WORKDIR,
    home: HOME,
    networkClosed: request.network === 'closed',
    start: (wanted: Program, limits: ProgramLimits, signal?: AbortSignal): RunningProgram => {
      const checked = checkedProgram(wanted, base.workspace);
      if (!checked.ok) return notStarted(checked.error);
      const readOnly = existingReadOnly(base.workspace, request.readOnly);
      if (!readOnly.ok) return notStarted(readOnly.error);
      const relays = base.network === 'closed' ? wanted.relays : [];
      const mark = `${options.mark}.${options.hex(8)}`;
      const plan: BubblewrapPlan = {
        ...base, readOnly: readOnly.value, relaySockets: relays.map((relay) => relay.socket), cwd: wanted.cwd,
        env: { PATH: path, HOME, TMPDIR: TEMP, LANG: 'C.UTF-8', CI: 'true', ...wanted.env, HEDDLE_SANDBOX: mark },
      };
      const helper = relays.length === 0 ? []
        : [options.inside.node, ...options.inside.args, ...relays.flatMap((relay, index) => [String(relay.port), relaySocket(index)]), '--'];
      const own = [...helper, wanted.command, ...wanted.args];
      const command = [...prelude(plan, own[0] ?? '', way.sudo !== undefined), ...own];
      if (way.identity.kind === 'own-uid') for (const socket of plan.relaySockets) openToAll(socket);
      if (way.sudo !== undefined) return startThroughSudo({ sudo: way.sudo, program: program.path, plan, filter, command, mark, stdin: wanted.stdin, scratch: options.scratch, launcher: BUBBLEWRAP_STATUS }, limits, signal);
      return startProcess({
        command: program.path,
        args: ['--args', String(ARGUMENT_FILE), '--', ...command],
        env: {}, cwd: '/', stdin: wanted.stdin, data: bubblewrapFiles(plan, filter), launcher: BUBBLEWRAP_STATUS, mark, namespaced: true, folders: [base.workspace, base.home],
      }, limits, signal);
    },
  };
}

/**
 * From root to the account of its own, inside the sandbox, where a folder of the agent that was swapped for a link leads
 * nowhere: the writable folders are given to it, then it drops everything that made that possible. Its environment is set
 * only then, by the last step, so that it cannot reach into the steps before.
 */
function prelude(plan: BubblewrapPlan, command: string, opened: boolean): readonly string[] {
  if (plan.identity.kind === 'namespace') return [];
  const uid = String(plan.identity.uid);
  return [
    '/bin/sh', '-c', PRELUDE, 'heddle', uid, String(process.getgid?.() ?? 0), opened ? 'open' : '', ...Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    // `env` would take such a command for one more variable.
    ...(command.includes('=') ? ['/bin/sh', '-c', 'exec "$@"', 'heddle'] : []),
  ];
}

const PRELUDE = [
  'u=$1 g=$2 o=$3; shift 3; PATH=/usr/bin:/bin; export PATH',
  `chown -R -h -P "$u:$g" ${WORKDIR} ${HOME} 2>/dev/null`,
  // We may not be root: then we look into the folders while it runs as their group.
  `[ -z "$o" ] || chmod ug+rwx ${WORKDIR} ${HOME}`,
  'exec setpriv --reuid "$u" --regid "$u" --clear-groups --no-new-privs --bounding-set -all --inh-caps -all -- env -i "$@"',
].join('\n');

/** The socket lies in a folder that only we may enter; inside, the other account must be able to connect to it. */
function openToAll(socket: string): void {
  try {
    chmodSync(socket, 0o666);
  } catch {
    // Not ours to change: then the connection tells.
  }
}

/** bubblewrap writes one JSON object a line: first the process it made, last the exit code, and no code when it could not start the command. */
const BUBBLEWRAP_STATUS: LauncherStatus = {
  childOf: (text) => numberAfter(text, /"child-pid":\s*(\d{1,10})\b/),
  endingOf: ({ code, signal, text }): ProgramEnding => {
    const inner = numberAfter(text, /"exit-code":\s*(\d{1,10})\b/);
    if (inner !== undefined) return { kind: 'exited', code: inner };
    if (signal !== null) return { kind: 'signalled', signal };
    return { kind: 'not-started', fault: setupFault(code) };
  },
};

function numberAfter(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function setupFault(code: number | null): Fault {
  return {
    code: 'io', side: 'setup', retryable: false, source: 'containment/bubblewrap',
    message: `bubblewrap ended with ${code ?? 'no code'} before the program ran; its output says why. `
      + 'The program may not exist inside the sandbox (only /usr, the working folder, the home and the tool folders are there), or the sandbox could not be set up: `heddle doctor` tries each part.',
  };
}

/** `/bin` and its like as this machine has them: links into /usr on most, folders on some. */
function rootEntries(): readonly RootEntry[] {
  return ['/bin', '/sbin', '/lib', '/lib32', '/lib64'].flatMap((path): readonly RootEntry[] => {
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (facts === undefined) return [];
    return [facts.isSymbolicLink() ? { kind: 'link', path, target: readlinkSync(path) } : { kind: 'folder', path }];
  });
}
