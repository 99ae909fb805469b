import { spawn } from 'node:child_process';

/** One call of git to a remote, as data. `secrets` are settings that must stand in no argument list. */
export interface GitCall {
  readonly args: readonly string[];
  readonly gitDir: string;
  /** The one transport this call may use; none when it is absent. */
  readonly transport?: 'https' | 'http' | 'file' | undefined;
  /** git settings, handed over in the environment of this one process: arguments are seen by every account of the machine. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly outputBytesMax?: number | undefined;
  readonly wallMsMax?: number | undefined;
}

export type GitEnding =
  | { readonly kind: 'ended'; readonly code: number; readonly stdout: Buffer; readonly stderr: string }
  | { readonly kind: 'output-exceeded' }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'not-started'; readonly why: string };

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const WALL_MS_MAX = 120_000;
const STDERR_CHARS_MAX = 16_384;
const PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';

/** What would let git start a program of this machine, ask a person, or follow a server elsewhere. `-c` wins over every file. */
const FLAGS: readonly string[] = [
  'core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.attributesFile=/dev/null', 'core.excludesFile=/dev/null', 'core.sshCommand=false',
  'core.pager=cat', 'credential.helper=', 'protocol.allow=never', 'submodule.recurse=false', 'fetch.recurseSubmodules=false', 'push.recurseSubmodules=no',
  'push.followTags=false', 'push.gpgSign=false', 'fetch.fsckObjects=true', 'transfer.bundleURI=false', 'http.followRedirects=false', 'http.cookieFile=',
  'safe.bareRepository=explicit', 'gc.auto=0', 'maintenance.auto=false', 'commit.gpgSign=false', 'protocol.version=2', 'advice.pushUpdateRejected=false',
].flatMap((flag) => ['-c', flag]);

/** Runs git to its end. No configuration of the machine or the account is read, no hook of ours runs, nothing can be asked. */
export function runGit(call: GitCall, program: { readonly command?: string | undefined; readonly path?: string | undefined } = {}): Promise<GitEnding> {
  const { transport } = call;
  const allowed = transport === undefined ? [] : ['-c', `protocol.${transport}.allow=always`];
  const child = spawn(program.command ?? 'git', [...FLAGS, ...allowed, `--git-dir=${call.gitDir}`, ...call.args], {
    env: environment(call, program.path ?? PATH), cwd: call.gitDir, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true,
  });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    let cut: 'output-exceeded' | 'timed-out' | 'cancelled' | undefined;
    const stop = (why: 'output-exceeded' | 'timed-out' | 'cancelled'): void => {
      cut ??= why;
      child.kill('SIGKILL');
    };
    const cancel = (): void => { stop('cancelled'); };
    const deadline = setTimeout(() => { stop('timed-out'); }, call.wallMsMax ?? WALL_MS_MAX);
    const settle = (ending: GitEnding): void => {
      clearTimeout(deadline);
      call.signal?.removeEventListener('abort', cancel);
      resolve(ending);
    };
    if (call.signal?.aborted === true) cancel();
    call.signal?.addEventListener('abort', cancel, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > (call.outputBytesMax ?? OUTPUT_BYTES_MAX)) stop('output-exceeded');
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < STDERR_CHARS_MAX) stderr += chunk.toString('utf8');
    });
    child.on('error', (error) => { settle({ kind: 'not-started', why: error.message }); });
    child.on('close', (code) => { settle(cut === undefined ? { kind: 'ended', code: code ?? -1, stdout: Buffer.concat(chunks), stderr } : { kind: cut }); });
    // git may end before it read all of its input; the exit code tells that.
    child.stdin.on('error', () => undefined);
    child.stdin.end(call.input ?? '');
  });
}

function environment(call: GitCall, path: string): Record<string, string> {
  const settings = Object.entries(call.settings ?? {});
  return {
    PATH: path, LC_ALL: 'C', TZ: 'UTC', HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_SYSTEM: '/dev/null', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1', GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'false', SSH_ASKPASS: 'false', GIT_SSH_COMMAND: 'false', GIT_EDITOR: 'false', GIT_PAGER: 'cat',
    GIT_ALLOW_PROTOCOL: call.transport ?? '', GIT_PROTOCOL_FROM_USER: '0',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(settings.flatMap(([key, value], at) => [[`GIT_CONFIG_KEY_${String(at)}`, key], [`GIT_CONFIG_VALUE_${String(at)}`, value]])),
  };
}
