import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { Program, ProgramEnding, ProgramLimits, RunningProgram, Sandbox, SandboxRequest } from '../../ports/sandbox.js';
import { startProcess } from '../process/start-process.js';
import type { AccountBook, Holding } from './account-book.js';
import { containerArguments, mountable } from './container-arguments.js';
import type { ContainerMount, ContainerPlan } from './container-arguments.js';
import { HOME, relaySocket, TEMP, WORKDIR } from './places.js';
import { checkedProgram, existingReadOnly, notStarted } from './request-checks.js';
import { runBriefly } from './run-briefly.js';
import type { SandboxOptions } from './sandbox-options.js';
import { seccompProfile } from './seccomp-profile.js';
import { shownTools } from './shown-tools.js';

/** An engine with the image on the machine. */
export interface ContainerEngine {
  readonly kind: 'podman' | 'docker';
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** `sha256:` and 64 digits: what is run, whatever a name points to later. */
  readonly imageId: string;
}

/**
 * The rung `container`: each program in a container of its own, by an engine that is there. Its system is the image's;
 * our Node, our helper and the tools are mounted at their own paths. Started by root the program gets an account of its
 * own, otherwise it is our own user. The end of a container is the end of all its processes; `ended` settles only when
 * the engine no longer knows it.
 */
export function openContainer(engine: ContainerEngine, book: AccountBook, request: SandboxRequest, options: SandboxOptions): Result<Sandbox, Fault> {
  const [workspace, home] = [realpathSync(request.workspace), realpathSync(request.home)];
  const root = process.geteuid?.() === 0;
  const account = root ? book.accountFor(workspace) : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (account === undefined) return fault('No number for an account of its own is free on this machine.');
  const mounts: readonly ContainerMount[] = [
    ...toolMounts(options), { from: home, to: HOME, writable: true }, { from: workspace, to: WORKDIR, writable: true },
    ...request.mounts.map((mount) => ({ ...mount, from: realpathSync(mount.from) })),
  ];
  const odd = mounts.find(({ from, to }) => !mountable(from) || !mountable(to));
  if (odd !== undefined) return fault(`The path ${JSON.stringify(odd.from.slice(0, 200))} holds a comma, a quote or a line break, which a container engine cannot mount.`);
  return ok({
    rung: 'container', form: `${engine.kind}, ${engine.imageId.slice(0, 19)}`, workdir: WORKDIR, home: HOME, networkClosed: request.network === 'closed',
    start: (wanted: Program, limits: ProgramLimits, signal?: AbortSignal): RunningProgram => {
      const checked = checkedProgram(wanted, workspace);
      if (!checked.ok) return notStarted(checked.error);
      const readOnly = existingReadOnly(workspace, request.readOnly);
      if (!readOnly.ok) return notStarted(readOnly.error);
      const relays = request.network === 'closed' ? wanted.relays : [];
      const mark = `${options.mark}.${options.hex(8)}`;
      const holding = root ? book.take(workspace, [{ folder: workspace, readOnly: readOnly.value }, { folder: home, readOnly: [] }]) : undefined;
      if (root) for (const { socket } of relays) chmodSync(socket, 0o666);
      const helper = relays.length === 0 ? [] : [options.inside.node, ...options.inside.args, ...relays.flatMap(({ port }, index) => [String(port), relaySocket(index)]), '--'];
      const folder = mkdtempSync(join(options.scratch, 'heddle-container-'));
      const plan: ContainerPlan = {
        name: `heddle-${mark.replaceAll('.', '-')}`, image: engine.imageId, user: account, keepId: !root && engine.kind === 'podman', network: request.network, cwd: wanted.cwd,
        env: { PATH: insidePath(options), HOME, TMPDIR: TEMP, LANG: 'C.UTF-8', CI: 'true', ...wanted.env, HEDDLE_SANDBOX: mark },
        mounts: [
          ...mounts, ...readOnly.value.map((path) => ({ from: join(workspace, path), to: `${WORKDIR}/${path}`, writable: false })),
          ...relays.map(({ socket }, index) => ({ from: realpathSync(socket), to: relaySocket(index), writable: false })),
        ],
        profile: join(folder, 'seccomp.json'), talks: wanted.stdin !== undefined, openFilesMax: ownBound('open files', 65_536), accountProcessesMax: ownBound('processes', 4_096), limits, command: [...helper, wanted.command, ...wanted.args],
      };
      writeFileSync(plan.profile, JSON.stringify(seccompProfile(process.arch === 'arm64' ? 'arm64' : 'x64')));
      const running = startProcess({
        command: engine.path, args: containerArguments(plan), env: engine.env, cwd: '/', stdin: wanted.stdin, data: [], launcher: undefined, mark, namespaced: false, folders: [workspace, home],
      }, { ...limits, processesMax: limits.processesMax + ENGINE_THREADS, memoryBytesMax: limits.memoryBytesMax + ENGINE_BYTES, cpuMsMax: limits.cpuMsMax + ENGINE_CPU_MS, writtenFileBytesMax: Math.max(limits.writtenFileBytesMax, ENGINE_BYTES) }, signal);
      return { ...running, ended: settled(running, { engine, plan, folder, holding, options }) };
    },
  });
}

/** What the engine's own programs take, which are counted with the ones that are watched. */
const ENGINE_THREADS = 256;
const ENGINE_BYTES = 2 ** 29;
const ENGINE_CPU_MS = 60_000;

interface Ending { readonly engine: ContainerEngine; readonly plan: ContainerPlan; readonly folder: string; readonly holding: Holding | undefined; readonly options: SandboxOptions }

async function settled(running: RunningProgram, { engine, plan, folder, holding, options }: Ending): ReturnType<typeof endOf> {
  const end = await endOf(running);
  await removed(engine, plan.name, options);
  holding?.giveBack();
  rmSync(folder, { recursive: true, force: true });
  return end;
}

async function endOf(running: RunningProgram): Promise<Awaited<RunningProgram['ended']>> {
  const end = await running.ended;
  return { ...end, ending: endingOf(end.ending) };
}

/** 125: the engine itself failed; 126 and 127: the command could not be started (podman-run(1), `docker run` reference). */
function endingOf(ending: ProgramEnding): ProgramEnding {
  if (ending.kind !== 'exited' || ending.code !== 125) return ending;
  return { kind: 'not-started', fault: { code: 'io', side: 'setup', retryable: false, source: 'containment/container', message: 'The container engine could not start the container; the output of the program says why. `heddle doctor` tries each part.' } };
}

const TRIES_MAX = 20;

/** Kills by name and believes the engine only when it no longer lists the container. */
async function removed(engine: ContainerEngine, name: string, options: SandboxOptions): Promise<void> {
  const asked = { ...options, env: engine.env };
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const listed = await runBriefly(engine.path, ['ps', '--all', '--quiet', '--filter', `name=^${name}$`], asked);
    if (listed.code === 0 && listed.stdout.trim() === '') return;
    await runBriefly(engine.path, ['rm', '--force', name], asked);
  }
  throw new Error(`the container ${name} cannot be ended; nothing goes on beside it`);
}

/** Node and our own files at their own paths; what lies below /usr is not shown by itself here, for /usr is the image's. */
function toolMounts(options: SandboxOptions): readonly ContainerMount[] {
  const entry = options.inside.args[0];
  const own = entry !== undefined && isAbsolute(entry) && realpathSync(entry).startsWith('/usr/') ? [dirname(realpathSync(entry))] : [];
  return [...new Set([...shownTools(options), ...own])].filter((path) => path !== options.inside.node).map((path) => ({ from: realpathSync(path), to: path, writable: false }))
    .concat({ from: realpathSync(options.inside.node), to: options.inside.node, writable: false });
}

function insidePath(options: SandboxOptions): string {
  return [...new Set(['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin', dirname(options.inside.node)])].join(':');
}

/** An engine without all rights cannot raise the bound that it has itself. */
function ownBound(name: 'open files' | 'processes', most: number): number {
  const line = readFileSync('/proc/self/limits', 'latin1').split('\n').find((each) => each.startsWith(`Max ${name} `)) ?? '';
  const hard = Number(line.slice(name.length + 4).trim().split(/\s+/)[1]);
  return Number.isInteger(hard) ? Math.min(hard, most) : most;
}

function fault(message: string): Result<never, Fault> {
  return err({ code: 'unsupported', side: 'setup', retryable: false, source: 'containment/container', message });
}
