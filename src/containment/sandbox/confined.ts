import { lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { Program, ProgramLimits, RunningProgram, Sandbox, SandboxRequest } from '../../ports/sandbox.js';
import { startProcess } from '../process/start-process.js';
import { MARK_VARIABLE } from '../process/process-tree.js';
import { AccountBook } from './account-book.js';
import { confinedPaths } from './confined-paths.js';
import { CONFINED_STATUS } from './confined-status.js';
import { deferredProgram } from './deferred-program.js';
import { findProgram, isExecutable } from './find-program.js';
import { confinedLaunch, hasKeeper, killAccount } from './launcher/confined-launch.js';
import type { LaunchPlan } from './launcher/confined-launch.js';
import { encodeLauncher } from './launcher/elf.js';
import type { OwnAccount } from './own-account.js';
import { checkedProgram, existingReadOnly, notStarted } from './request-checks.js';
import type { SandboxOptions } from './sandbox-options.js';
import { seccompProgram } from './seccomp.js';
import type { SandboxArch, SocketRule } from './seccomp.js';
import { holdPort } from './shared-port.js';
import { insidePath, shownTools } from './shown-tools.js';

/** How far a rung without namespaces confines. */
export interface Confinement {
  readonly rung: 'landlock' | 'own-uid';
  readonly form: string;
  readonly arch: SandboxArch;
  /** The version of Landlock; undefined = without it, and then with the network open. */
  readonly landlock: number | undefined;
  /** Who the programs run as; undefined = as we do. */
  readonly accounts: AccountBook | undefined;
}

/**
 * A place without namespaces: everything is seen at its own path, by a launcher that gives up what the program may not
 * have and then becomes it. A mount to another place is a fault.
 */
export function openConfined(confinement: Confinement, request: SandboxRequest, options: SandboxOptions): Result<Sandbox, Fault> {
  const moved = request.mounts.find((mount) => mount.from !== mount.to);
  if (moved !== undefined) return err(setupFault('unsupported', `The rung ${confinement.rung} cannot show ${quoted(moved.from)} at ${quoted(moved.to)}: mount it at its own path, or use a runner where bubblewrap works.`));
  const [workspace, home] = [realpathSync(request.workspace), realpathSync(request.home)];
  const temp = join(home, '.tmp');
  // The home was in the hands of the program before: what it left there may be a link.
  if (lstatSync(temp, { throwIfNoEntry: false })?.isDirectory() !== true) rmSync(temp, { force: true });
  mkdirSync(temp, { recursive: true });
  const tools = shownTools(options);
  const account = confinement.accounts?.accountFor(workspace);
  if (confinement.accounts !== undefined) {
    if (account === undefined) return err(setupFault('unsupported', 'No unused user id was found on this machine.'));
    const mounts = request.mounts.map((mount) => realpathSync(mount.from));
    const closed = confinement.accounts.firstClosed([workspace, home, ...mounts, realpathSync(options.inside.node)], account, realpathSync(options.scratch));
    if (closed !== undefined) return err(setupFault('unsupported', `The folder ${quoted(closed)} is closed to other users, so a program with a user id of its own cannot reach what is below it. Open it for passing (chmod o+x), or keep it elsewhere: temporary files by TMPDIR, the agent's program by RUNNER_TOOL_CACHE or agent.path.`));
  }
  const place: Place = { confinement, request, options, workspace, home, temp, tools, path: insidePath(options, tools), account };
  return ok({
    rung: confinement.rung, form: confinement.form, workdir: workspace, home,
    networkClosed: closedNetwork(place),
    start: (program, limits, signal) => start(place, { program, limits, signal }),
  });
}

interface Place {
  readonly confinement: Confinement;
  readonly request: SandboxRequest;
  readonly options: SandboxOptions;
  readonly workspace: string;
  readonly home: string;
  readonly temp: string;
  readonly tools: readonly string[];
  readonly path: string;
  readonly account: OwnAccount | undefined;
}

interface Start { readonly program: Program; readonly limits: ProgramLimits; readonly signal: AbortSignal | undefined }

function closedNetwork({ confinement, request }: Place): boolean {
  return confinement.landlock !== undefined && request.network === 'closed';
}

function start(place: Place, wanted: Start): RunningProgram {
  const relays = closedNetwork(place) ? wanted.program.relays : [];
  if (relays.length === 0) return launch(place, wanted, []);
  return deferredProgram(startBehindPorts(place, wanted), typeof wanted.program.stdin === 'object');
}

/** The ports lead to the relays before the program can ask for them, and no longer than it lives. */
async function startBehindPorts(place: Place, wanted: Start): Promise<RunningProgram> {
  const held = await Promise.all(wanted.program.relays.map(holdPort));
  const release = (): void => { for (const each of held) if (each.ok) each.value.release(); };
  const refused = held.find((each) => !each.ok);
  if (refused !== undefined && !refused.ok) {
    release();
    return notStarted(refused.error);
  }
  const running = launch(place, wanted, wanted.program.relays.map((relay) => relay.port));
  return { ...running, ended: running.ended.finally(release) };
}

/** A folder that cannot be given away, or a full disk, is a fault of the place: the program did not run. */
function launch(place: Place, wanted: Start, ports: readonly number[]): RunningProgram {
  try {
    return launchOrThrow(place, wanted, ports);
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
    if (code === undefined) throw cause;
    return notStarted({
      code: 'io', side: 'setup', retryable: false, source: 'containment/confined',
      message: `The program's folders could not be prepared (${code}). Check that temporary files (TMPDIR) are on a local disk with room whose files may change their owner.`,
    });
  }
}

function launchOrThrow(place: Place, { program, limits, signal }: Start, ports: readonly number[]): RunningProgram {
  const { confinement, request, options, workspace, home, temp, account } = place;
  const cwd = checkedProgram(program, workspace);
  if (!cwd.ok) return notStarted(cwd.error);
  const readOnly = existingReadOnly(workspace, request.readOnly);
  if (!readOnly.ok) return notStarted(readOnly.error);
  const command = program.command.includes('/') ? program.command : findProgram(program.command, program.env['PATH'] ?? place.path);
  if (command === undefined || (command.startsWith('/') && !isExecutable(command))) return notStarted(missing(program.command));
  const mark = `${options.mark}.${options.hex(8)}`;
  const env: Readonly<Record<string, string>> = {
    PATH: place.path, HOME: home, TMPDIR: temp, LANG: 'C.UTF-8', CI: 'true', ...gitVariables(place, readOnly.value, program), ...program.env, [MARK_VARIABLE]: mark,
  };
  const folder = mkdtempSync(join(realpathSync(options.scratch), 'heddle-launch-'));
  // Apart from the launcher, which the program must not be able to write by any rule.
  const output = join(folder, 'output');
  mkdirSync(output);
  const closed = closedNetwork(place);
  const sockets: SocketRule = !closed ? 'open' : ports.length === 0 ? 'none' : 'supervised';
  const plan: LaunchPlan = {
    arch: confinement.arch, command, args: program.args, env, cwd: cwd.value, account,
    landlock: confinement.landlock === undefined ? undefined : {
      abi: confinement.landlock, network: closed ? { ports } : 'open',
      paths: confinedPaths({ workspace, home, output, tools: place.tools, mounts: request.mounts, network: closed ? 'closed' : 'open', terminals: account !== undefined }),
    },
    filter: seccompProgram(confinement.arch, sockets), supervised: sockets === 'supervised',
    // A little above the bound of the watch, so that the watch sees it passed and says so.
    processesMax: account === undefined ? undefined : limits.processesMax + 32,
  };
  const file = writeLauncher(folder, 'launch', encodeLauncher(confinement.arch, confinedLaunch(plan)));
  const holding = account === undefined ? undefined : confinement.accounts?.take(workspace, [{ folder: workspace, readOnly: readOnly.value }, { folder: home, readOnly: [] }]);
  const running = startProcess({
    command: file, args: [], env: { PATH: place.path }, cwd: '/', stdin: program.stdin, data: [], launcher: { ...CONFINED_STATUS, keeper: hasKeeper(plan) },
    mark, namespaced: false, folders: [workspace, home], pipesIn: output,
    account: account === undefined || holding === undefined ? undefined : { uid: account.uid, alone: () => holding.alone(), over: () => { holding.over(); }, kill: () => { sweep(folder, confinement.arch, account); } },
  }, limits, signal);
  return { ...running, ended: running.ended.finally(() => { holding?.giveBack(); rmSync(folder, { recursive: true, force: true }); }) };
}

/** For us alone, who start it before it becomes another: the program's environment is in it. Not writable for anybody. */
function writeLauncher(folder: string, name: string, bytes: Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, bytes, { mode: 0o500, flag: 'wx' });
  return file;
}

function sweep(folder: string, arch: SandboxArch, account: OwnAccount): void {
  const file = join(folder, 'sweep');
  if (statSync(file, { throwIfNoEntry: false }) === undefined) writeLauncher(folder, 'sweep', encodeLauncher(arch, killAccount(arch, account)));
  spawnSync(file, [], { env: {}, cwd: '/', stdio: ['ignore', 'ignore', 'ignore', 'ignore'] });
}

/**
 * git ends when it may not read the system's configuration, which is there but closed; and it refuses a repository of
 * another user, as a read-only `.git` that stays ours is.
 */
function gitVariables({ account, workspace }: Place, readOnly: readonly string[], program: Program): Readonly<Record<string, string>> {
  const closed = { GIT_CONFIG_NOSYSTEM: '1' };
  if (account === undefined || readOnly.length === 0 || program.env['GIT_CONFIG_COUNT'] !== undefined) return closed;
  return { ...closed, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: workspace };
}

function missing(command: string): Fault {
  return setupFault('not-installed', `The program ${quoted(command)} was not found or may not be executed. Install it, or name its full path; it was looked for on the PATH of the sandbox.`);
}

function setupFault(code: 'unsupported' | 'not-installed', message: string): Fault {
  return { code, side: 'setup', retryable: false, source: 'containment/confined', message };
}

function quoted(path: string): string {
  return JSON.stringify(path.slice(0, 300));
}
