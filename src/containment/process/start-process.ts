import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Fault } from '../../domain/fault.js';
import type { OpenInput, ProgramEnding, ProgramInput, ProgramLimits, RunningProgram } from '../../ports/sandbox.js';
import { boundedStart, startProblem } from './bounded-start.js';
import { makeControlGroup } from './control-group.js';
import type { ControlGroup } from './control-group.js';
import { findInheritedFiles, coveredStdio } from './inherited-files.js';
import type { FileCover } from './inherited-files.js';
import type { LauncherStatus } from './launcher-status.js';
import { makeOutputPipes } from './output-pipes.js';
import { OutputQueue } from './output-queue.js';
import { readProcess } from './process-table.js';
import { ProgramWatch } from './program-watch.js';
import { MARK_VARIABLE, ProcessTree, freezeGroup, killGroup, killUntilNone } from './process-tree.js';
import type { ProcessAccount } from './process-tree.js';

/** A program as the kernel gets it. No shell; nothing is inherited. */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; the mark is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: string | OpenInput | undefined;
  /** Contents of the files 3, 4, … that the program reads to their ends. */
  readonly data: readonly Uint8Array[];
  /** The file after `data` is written by the launcher (not by the program); reads its last words. */
  readonly launcher: LauncherStatus | undefined;
  /** At least 8 characters of [A-Za-z0-9.]; the same value for no other program. */
  readonly mark: string;
  /** True when a process namespace keeps every descendant below the leader. */
  readonly namespaced: boolean;
  /** The user that the program becomes. */
  readonly account?: ProcessAccount | undefined;
  /** Where its output pipes have their names: a folder that the program may open files in by name. */
  readonly pipesIn?: string | undefined;
  /** Folders the program may write: their disks are watched. */
  readonly folders?: readonly string[];
}

export type { ForeignLauncher, LauncherStatus } from './launcher-status.js';

export type StopReason = Extract<ProgramEnding, { kind: 'stopped' }>['reason'];

const WATCH_MS = 100;
const GLANCE_MS = 20;
const TIMER_MS_MAX = 2 ** 31 - 1;
const CLOSE_MS_MAX = 1000;
const SWEEP_LOOKS = 10;
const STATUS_CHARS_MAX = 64 * 1024;
const INPUT_BYTES_WAITING_MAX = 16 * 1024 * 1024;

/**
 * Starts a program under every bound of `limits`. The first bound that is passed decides the ending. However it ends,
 * the whole process tree is killed and looked for until none is alive, and only then `ended` settles; it never rejects.
 * Times are of the monotonic clock. Idle time does not run while a slow reader holds the program back.
 */
export function startProcess(spec: ProcessSpec, limits: ProgramLimits, signal?: AbortSignal): RunningProgram {
  if (signal?.aborted === true) return notRun({ kind: 'stopped', reason: 'cancelled' });
  cover ??= findInheritedFiles();
  const pipes = makeOutputPipes(spec.pipesIn);
  const stdio = coveredStdio<'pipe' | 'ignore' | number>([
    spec.stdin === undefined ? 'ignore' : 'pipe', ...(pipes?.files ?? ['pipe', 'pipe'] as const), ...spec.data.map(() => 'pipe' as const),
    ...(spec.launcher === undefined || spec.launcher.foreign !== undefined ? [] : ['pipe' as const]),
  ], cover);
  const problem = startProblem(spec.command, spec.env['PATH']);
  if (problem !== undefined) {
    pipes?.stdout.destroy();
    pipes?.stderr.destroy();
    pipes?.close();
    return notRun({ kind: 'not-started', fault: startFault(spec, { code: problem }) });
  }
  const group = makeControlGroup(spec.mark, limits);
  const start = boundedStart(spec, { ...limits, joins: group?.joins ?? [] });
  let child: ChildProcess;
  try {
    child = spawn(start.command, [...start.args], {
      cwd: spec.cwd, env: { ...spec.env, [MARK_VARIABLE]: spec.mark }, stdio, detached: true, windowsHide: true,
    });
  } catch (cause) {
    pipes?.stdout.destroy();
    pipes?.stderr.destroy();
    group?.remove();
    return notRun({ kind: 'not-started', fault: startFault(spec, cause) });
  } finally {
    pipes?.close();
  }
  const output = { stdout: pipes?.stdout ?? child.stdout, stderr: pipes?.stderr ?? child.stderr };
  return new Supervised({ child, output, spec, limits, group, signal }).running();
}

/** Constant for the life of the process: files that were inherited at its start. */
let cover: FileCover | undefined;

interface Started {
  readonly child: ChildProcess;
  readonly output: { readonly stdout: Readable | null; readonly stderr: Readable | null };
  readonly spec: ProcessSpec;
  readonly limits: ProgramLimits;
  readonly group: ControlGroup | undefined;
  readonly signal: AbortSignal | undefined;
}

class Supervised {
  readonly #child: ChildProcess;
  readonly #output: Started['output'];
  readonly #spec: ProcessSpec;
  readonly #limits: ProgramLimits;
  readonly #queue: OutputQueue;
  readonly #tree: ProcessTree | undefined;
  readonly #group: ControlGroup | undefined;
  readonly #programWatch: ProgramWatch;
  readonly #startedAt = performance.now();
  readonly #timers: NodeJS.Timeout[] = [];
  #idle: NodeJS.Timeout | undefined;
  #stopped: StopReason | undefined;
  #outputBytes = 0;
  #statusText = '';
  #statusSettled: boolean;
  #first: number | undefined;

  constructor({ child, output, spec, limits, group, signal }: Started) {
    this.#child = child;
    this.#output = output;
    this.#spec = spec;
    this.#limits = limits;
    this.#group = group;
    this.#programWatch = new ProgramWatch({ limits, group, closed: spec.namespaced, folders: spec.folders ?? [], members: () => this.#tree?.members(!spec.namespaced) ?? [] });
    this.#statusSettled = spec.launcher === undefined;
    this.#queue = new OutputQueue((held) => { this.#hold(held); });
    if (child.pid === undefined) return;
    this.#tree = new ProcessTree(child.pid, spec.mark, spec.account);
    this.#readStreams();
    this.#feed();
    this.#watch(signal);
  }

  running(): RunningProgram {
    const base = { output: this.#queue, ended: this.#end() };
    return typeof this.#spec.stdin === 'object' ? { ...base, input: this.#input() } : base;
  }

  /** What a program does not read waits in memory up to a bound; beyond it the program is not worth talking to. */
  #input(): ProgramInput {
    const { stdin } = this.#child;
    return {
      write: (text) => {
        if (stdin === null || !stdin.writable) return;
        if (stdin.writableLength > INPUT_BYTES_WAITING_MAX) stdin.destroy();
        else stdin.write(text);
      },
      end: () => { stdin?.end(); },
    };
  }

  async #end(): Promise<Awaited<RunningProgram['ended']>> {
    const exit = await exitOf(this.#child);
    this.#spec.launcher?.foreign?.release();
    this.#spec.account?.over();
    const durationMs = Math.round(performance.now() - this.#startedAt);
    this.#clearTimers();
    if ('cause' in exit) {
      this.#output.stdout?.destroy();
      this.#output.stderr?.destroy();
      this.#queue.end();
      this.#group?.remove();
      return { ending: { kind: 'not-started', fault: startFault(this.#spec, exit.cause) }, outputBytes: 0, durationMs, memoryBytesPeak: 0 };
    }
    // Decided before the kill: what the kill itself does to the program is not how it ended.
    const stopped = this.#stopped ?? this.#programWatch.struck();
    await this.#killTree();
    await this.#drain();
    this.#queue.end();
    const { memoryBytesPeak } = this.#programWatch;
    this.#group?.remove();
    // A flood may be read to its cap only after the exit; it is an overrun all the same.
    const reason = stopped ?? (this.#stopped === 'output' ? 'output' : undefined);
    const ending: ProgramEnding = reason !== undefined ? { kind: 'stopped', reason } : this.#naturalEnding(exit);
    return { ending, outputBytes: this.#outputBytes, durationMs, memoryBytesPeak };
  }

  #naturalEnding(exit: Exit): ProgramEnding {
    const ending: ProgramEnding = this.#spec.launcher !== undefined ? this.#spec.launcher.endingOf({ ...exit, text: this.#statusText })
      : exit.signal === null ? { kind: 'exited', code: exit.code ?? 0 } : { kind: 'signalled', signal: exit.signal };
    return boundOf(ending) ?? ending;
  }

  #stop(reason: StopReason): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    const leader = this.#child.pid;
    if (leader === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#spec.launcher?.foreign?.end();
    // The first process of a namespace takes all others along, in the kernel, however fast they fork.
    if (this.#first !== undefined) kill(this.#first);
    // Without a namespace the group is frozen first: a fork bomb must not outrun the look, and a daemon must not lose
    // the parents that lead to it before it is found.
    else {
      freezeGroup(leader);
      this.#orderKeeper();
      if (this.#spec.launcher?.keeper !== true && this.#spec.account?.alone() === true) this.#spec.account.kill();
    }
    if (!this.#spec.namespaced && this.#spec.launcher?.keeper !== true) for (const fact of this.#tree?.members(true) ?? []) if (fact.pid !== leader) kill(fact.pid);
    killGroup(leader);
  }

  async #killTree(): Promise<void> {
    const tree = this.#tree;
    if (tree === undefined) return;
    this.#orderKeeper();
    // Its end closes the file. Only then the looks: they would kill the keeper before it could do its work.
    if (this.#spec.launcher?.keeper === true) await closed(this.#statusFile());
    if (this.#group !== undefined) await this.#killGroupMembers(this.#group);
    const first = this.#first;
    if (this.#spec.namespaced && first !== undefined) {
      // The first process of a namespace counts as dead only when the kernel has ended all others (pid_namespaces(7)).
      await killUntilNone(() => tree.known(first));
      return;
    }
    // One sweep takes all; what is killed needs a moment to be gone, and each sweep is a process.
    let looks = this.#spec.launcher?.keeper === true ? 1 : 0;
    await killUntilNone(() => {
      this.#adopt(tree);
      const alive = tree.members(true);
      if (alive.length > 0 && looks % SWEEP_LOOKS === 0 && this.#spec.account?.alone() === true) this.#spec.account.kill();
      looks += 1;
      return alive;
    });
    if (this.#statusSettled) return;
    // A launcher that died before its first words may still have a child: its words, or their end, are waited for.
    for (let turn = 0; !this.#statusSettled && turn < 50; turn += 1) await new Promise((resolve) => { setTimeout(resolve, 2); });
    this.#adopt(tree);
    await killUntilNone(() => tree.members(false));
  }

  #statusFile(): Duplex | undefined {
    return this.#child.stdio[3 + this.#spec.data.length] as Duplex | undefined;
  }

  #orderKeeper(): void {
    if (this.#spec.launcher?.keeper === true) this.#statusFile()?.end();
  }

  /** Whoever left its parents, its session and its mark is still counted by the kernel. */
  async #killGroupMembers(group: ControlGroup): Promise<void> {
    group.kill();
    await killUntilNone(() => group.members().flatMap((pid) => {
      const fact = readProcess(pid);
      return fact?.alive === true ? [fact] : [];
    }));
  }

  #adopt(tree: ProcessTree): void {
    if (this.#first !== undefined) return;
    const pid = this.#spec.launcher?.childOf(this.#statusText);
    if (pid === undefined) return;
    this.#statusSettled = true;
    if (tree.adopt(pid)) this.#first = pid;
  }

  /** Everybody who could write is dead: what is left in the pipes is at most their size. */
  async #drain(): Promise<void> {
    await Promise.all([this.#output.stdout, this.#output.stderr, this.#spec.launcher?.foreign?.words, ...this.#child.stdio.slice(3)].map(closed));
  }

  #readStreams(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#output[stream]?.on('data', (bytes: Buffer) => { this.#take(stream, bytes); });
    }
    const { launcher } = this.#spec;
    const status = launcher === undefined ? undefined : launcher.foreign?.words ?? this.#statusFile();
    status?.on('data', (bytes: Buffer) => {
      if (this.#statusText.length < STATUS_CHARS_MAX) this.#statusText += bytes.toString('utf8');
      if (this.#tree !== undefined) this.#adopt(this.#tree);
    });
    status?.on('close', () => { this.#statusSettled = true; });
    for (const each of [...this.#child.stdio, this.#output.stdout, this.#output.stderr]) each?.on('error', ignoreBrokenPipe);
  }

  #take(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    this.#idle?.refresh();
    const room = this.#limits.outputBytesMax - this.#outputBytes;
    const kept = bytes.length <= room ? bytes : bytes.subarray(0, Math.max(0, room));
    this.#outputBytes += kept.length;
    if (kept.length > 0) this.#queue.push({ stream, bytes: kept });
    if (bytes.length > room) this.#stop('output');
  }

  #feed(): void {
    this.#spec.data.forEach((bytes, index) => { (this.#child.stdio[3 + index] as Writable).end(bytes); });
    const { stdin } = this.#spec;
    if (typeof stdin === 'string') this.#child.stdin?.end(stdin);
    else if (stdin !== undefined && stdin.first !== '') this.#child.stdin?.write(stdin.first);
  }

  #watch(signal: AbortSignal | undefined): void {
    this.#timers.push(setTimeout(() => { this.#stop('wall'); }, Math.min(this.#limits.wallMsMax, TIMER_MS_MAX)));
    if (this.#limits.idleMsMax !== undefined) {
      this.#idle = setTimeout(() => { this.#stop('idle'); }, Math.min(this.#limits.idleMsMax, TIMER_MS_MAX));
      this.#timers.push(this.#idle);
    }
    this.#timers.push(setInterval(() => { this.#look(); }, WATCH_MS), setInterval(() => { if (this.#programWatch.manyThreads()) this.#look(); }, GLANCE_MS));
    const cancel = (): void => { this.#stop('cancelled'); };
    signal?.addEventListener('abort', cancel, { once: true });
    this.#child.once('exit', () => { signal?.removeEventListener('abort', cancel); });
  }

  #look(): void {
    const bound = this.#programWatch.look();
    if (bound !== undefined) this.#stop(bound);
  }

  #hold(held: boolean): void {
    for (const stream of [this.#output.stdout, this.#output.stderr]) {
      if (held) stream?.pause();
      else stream?.resume();
    }
    if (this.#idle === undefined || this.#limits.idleMsMax === undefined) return;
    if (held) clearTimeout(this.#idle);
    else if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#idle = setTimeout(() => { this.#stop('idle'); }, Math.min(this.#limits.idleMsMax, TIMER_MS_MAX));
      this.#timers.push(this.#idle);
    }
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#idle = undefined; // a late chunk must not wake it
  }
}

/** What the kernel does to a program that passes a bound set at its start: signals, or their numbers where a launcher passes on only those. */
function boundOf(ending: ProgramEnding): ProgramEnding | undefined {
  const { SIGXFSZ, SIGXCPU } = constants.signals;
  if (ending.kind === 'signalled' ? ending.signal === 'SIGXFSZ' : ending.kind === 'exited' && ending.code === 128 + SIGXFSZ) return { kind: 'stopped', reason: 'file-size' };
  if (ending.kind === 'signalled' ? ending.signal === 'SIGXCPU' : ending.kind === 'exited' && ending.code === 128 + SIGXCPU) return { kind: 'stopped', reason: 'cpu' };
  return undefined;
}

interface Exit { readonly code: number | null; readonly signal: string | null }

function exitOf(child: ChildProcess): Promise<Exit | { readonly cause: unknown }> {
  return new Promise((resolve) => {
    child.once('error', (cause) => { if (child.pid === undefined) resolve({ cause }); });
    child.once('exit', (code, signal) => { resolve({ code, signal }); });
  });
}

function closed(stream: Readable | Writable | null | undefined): Promise<void> {
  if (stream === null || stream === undefined || stream.closed) return Promise.resolve();
  return new Promise((resolve) => {
    // Only a process that hid from every look could still hold the pipe; it must not hold us as well.
    const late = setTimeout(() => { stream.destroy(); }, CLOSE_MS_MAX);
    stream.once('close', () => { clearTimeout(late); resolve(); });
    if ('resume' in stream && stream.readable) stream.resume();
    else stream.destroy();
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone between look and kill; the proof comes later.
  }
}

/** A program that does not read its input, or dies early, is no fault of ours: its ending tells the rest. */
function ignoreBrokenPipe(): void {
  return;
}

function notRun(ending: ProgramEnding): RunningProgram {
  const queue = new OutputQueue(() => undefined);
  queue.end();
  return { output: queue, ended: Promise.resolve({ ending, outputBytes: 0, durationMs: 0, memoryBytesPeak: 0 }) };
}

function startFault(spec: ProcessSpec, cause: unknown): Fault {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unknown';
  const missing = code === 'ENOENT';
  return {
    code: missing ? 'not-installed' : 'io',
    side: missing || code === 'EACCES' ? 'setup' : 'ours',
    retryable: code === 'EAGAIN' || code === 'EMFILE' || code === 'ENOMEM',
    source: 'containment/process',
    message: `The program ${JSON.stringify(spec.command).slice(0, 300)} could not be started (${code}). `
      + (missing ? 'Install it, or name its full path; it was looked for on the PATH of the sandbox.' : 'Check that it may be executed and that the machine has room for another process.'),
  };
}
