import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';

/** One call of git, as data. Names from outside stand behind `--end-of-options` or `--`; the caller sees to that. */
export interface GitCall {
  readonly args: readonly string[];
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly indexFile?: string;
  readonly input?: string | Uint8Array;
  /** More output than this ends the call. Default 256 MiB. */
  readonly outputBytesMax?: number;
  /** The one transport that this call may use; none when it is absent. */
  readonly transport?: 'https' | 'file';
  /** git settings, handed over in the environment of this one process: arguments are seen by every account of the machine. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Default ten minutes: a stuck file system must not hold the run for ever. */
  readonly wallMsMax?: number;
  /** Largest piece of memory that git may ask for at once; for objects of strangers. */
  readonly pieceBytesMax?: number;
}

export type GitEnding =
  | { readonly kind: 'ended'; readonly code: number; readonly stdout: Buffer; readonly stderr: string }
  | { readonly kind: 'output-exceeded' }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'not-started'; readonly why: string };

export type RunGit = (call: GitCall) => Promise<GitEnding>;

/** The one way to git: every process of it gets the same flags and the same empty environment. */
export interface Git {
  readonly run: RunGit;
  /** Starts a git that stays: its caller reads, writes and ends it. */
  start(call: GitCall): ChildProcessWithoutNullStreams;
}

/** `command`: name or absolute path of git. `path`: where its own helper programs are looked up. */
export interface GitOptions { readonly command?: string; readonly path?: string }

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const WALL_MS_MAX = 600_000;
const STDERR_BYTES_MAX = 16_384;
const PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';

/**
 * What could make git start a program, convert bytes or reach a network is switched off on every call. `-c` wins over
 * every file and reaches git's own children, submodules included (measured with 40 traps).
 */
const FLAGS: readonly string[] = [
  'core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.attributesFile=/dev/null', 'core.excludesFile=/dev/null',
  'core.protectHFS=true', 'core.protectNTFS=true', 'core.autocrlf=false', 'core.symlinks=true', 'core.fileMode=true',
  'core.quotePath=false', 'core.sshCommand=false', 'core.pager=cat', 'credential.helper=', 'protocol.allow=never',
  'submodule.recurse=false', 'safe.bareRepository=explicit', 'gc.auto=0', 'maintenance.auto=false', 'commit.gpgSign=false',
].flatMap((flag) => ['-c', flag]);

/**
 * Makes the git runner. No configuration of the machine or the account is read; no prompt, pager, editor, replacement
 * object or lazy fetch is possible; no transport is allowed.
 */
export function createGit(options: GitOptions = {}): Git {
  const command = options.command ?? 'git';
  const path = options.path ?? PATH;
  const start = (call: GitCall): ChildProcessWithoutNullStreams => spawn(command, argumentsOf(call), {
    env: environment(path, call), stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true,
    ...(call.gitDir === undefined ? {} : { cwd: call.workTree ?? call.gitDir }),
  });
  return { start, run: (call) => collect(start(call), call) };
}

function argumentsOf(call: GitCall): string[] {
  return [
    ...FLAGS,
    ...(call.transport === undefined ? [] : ['-c', `protocol.${call.transport}.allow=always`, '-c', 'http.followRedirects=false', '-c', 'fetch.recurseSubmodules=false', '-c', 'transfer.bundleURI=false']),
    ...(call.gitDir === undefined ? [] : [`--git-dir=${call.gitDir}`]),
    ...(call.workTree === undefined ? [] : [`--work-tree=${call.workTree}`]),
    ...call.args,
  ];
}

function environment(path: string, call: GitCall): Record<string, string> {
  return {
    PATH: path, LC_ALL: 'C', TZ: 'UTC', HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_SYSTEM: '/dev/null', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1', GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0', GIT_LITERAL_PATHSPECS: '1',
    GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'false', SSH_ASKPASS: 'false', GIT_SSH_COMMAND: 'false', GIT_EDITOR: 'false',
    GIT_PAGER: 'cat', GIT_ALLOW_PROTOCOL: call.transport ?? '', GIT_PROTOCOL_FROM_USER: '0',
    ...(call.pieceBytesMax === undefined ? {} : { GIT_ALLOC_LIMIT: String(call.pieceBytesMax) }),
    ...(call.indexFile === undefined ? {} : { GIT_INDEX_FILE: call.indexFile }),
    ...settingsIn(call.settings ?? {}),
  };
}

function settingsIn(settings: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(settings);
  if (entries.length === 0) return {};
  return { GIT_CONFIG_COUNT: String(entries.length), ...Object.fromEntries(entries.flatMap(([key, value], at) => [[`GIT_CONFIG_KEY_${String(at)}`, key], [`GIT_CONFIG_VALUE_${String(at)}`, value]])) };
}

function collect(child: ChildProcessWithoutNullStreams, call: GitCall): Promise<GitEnding> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    let cut: 'output-exceeded' | 'timed-out' | undefined;
    const stop = (why: 'output-exceeded' | 'timed-out'): void => {
      cut ??= why;
      child.kill('SIGKILL');
    };
    const deadline = setTimeout(() => { stop('timed-out'); }, call.wallMsMax ?? WALL_MS_MAX);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > (call.outputBytesMax ?? OUTPUT_BYTES_MAX)) stop('output-exceeded');
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < STDERR_BYTES_MAX) stderr += chunk.toString('utf8');
    });
    child.on('error', (error) => {
      clearTimeout(deadline);
      resolve({ kind: 'not-started', why: error.message });
    });
    child.on('close', (code) => {
      clearTimeout(deadline);
      if (cut !== undefined) resolve({ kind: cut });
      else resolve({ kind: 'ended', code: code ?? -1, stdout: Buffer.concat(chunks), stderr });
    });
    // git may end before it read all of its input; the exit code tells that, the broken pipe adds nothing.
    child.stdin.on('error', () => undefined);
    child.stdin.end(call.input ?? '');
  });
}
