import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import type { Fault } from '../../domain/fault.js';
import type { Program, ProgramEnding, ProgramLimits, RunningProgram, Sandbox, SandboxRequest } from '../../ports/sandbox.js';
import { startProcess } from '../process/start-process.js';
import type { LauncherStatus } from '../process/start-process.js';
import { ARGUMENT_FILE, bubblewrapFiles } from './bubblewrap-arguments.js';
import type { BubblewrapFeatures, BubblewrapPlan, RootEntry } from './bubblewrap-arguments.js';
import { HOME, relaySocket, TEMP, WORKDIR } from './places.js';
import { checkedProgram, existingReadOnly, notStarted } from './request-checks.js';
import type { SandboxOptions } from './sandbox-options.js';
import { seccompProgram } from './seccomp.js';
import type { SandboxArch } from './seccomp.js';
import { insidePath, shownTools } from './shown-tools.js';

/** A bubblewrap that is there, and what it can do. Whether it confines anything is for the probe to say. */
export interface BubblewrapProgram { readonly path: string; readonly features: BubblewrapFeatures; readonly arch: SandboxArch }

/**
 * The rung `bubblewrap`. Works for a plain user and for root. Inside, the working folder is `/ws` and the home
 * `/home/agent`. A program that a signal ended is seen as `exited` with 128 plus the signal's number, because that is
 * all bubblewrap passes on. With relays the command is started by our helper: a missing command is then exit 127.
 */
export function openBubblewrap(program: BubblewrapProgram, request: SandboxRequest, options: SandboxOptions): Sandbox {
  const base = {
    workspace: realpathSync(request.workspace),
    home: realpathSync(request.home),
    tools: shownTools(options),
    roots: rootEntries(),
    mounts: request.mounts.map((mount) => ({ ...mount, from: realpathSync(mount.from) })),
    network: request.network,
    features: program.features,
  };
  const filter = seccompProgram(program.arch);
  const path = insidePath(options, base.tools);
  return {
    rung: 'bubblewrap',
    form: 'user namespace',
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
      return startProcess({
        command: program.path,
        args: ['--args', String(ARGUMENT_FILE), '--', ...helper, wanted.command, ...wanted.args],
        env: {}, cwd: '/', stdin: wanted.stdin, data: bubblewrapFiles(plan, filter), launcher: BUBBLEWRAP_STATUS, mark, namespaced: true, folders: [base.workspace, base.home],
      }, limits, signal);
    },
  };
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
