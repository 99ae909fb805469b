import { spawn } from 'node:child_process';

export interface GitCall { readonly gitDir: string; readonly args: readonly string[]; readonly input?: string | Uint8Array; readonly identity?: string }
/** `code` -1: git could not be started or did not end in time; `stderr` says why. */
export interface GitEnding { readonly code: number; readonly stdout: Buffer; readonly stderr: string }

const WALL_MS_MAX = 300_000;
const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;
const FLAGS = [
  'core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.attributesFile=/dev/null', 'core.protectHFS=true', 'core.protectNTFS=true',
  'protocol.allow=never', 'safe.bareRepository=explicit', 'gc.auto=0', 'maintenance.auto=false', 'commit.gpgSign=false',
].flatMap((flag) => ['-c', flag]);

/**
 * git in a bare repository of ours, without any configuration of the machine or the account. (The workspace has its own
 * runner for hostile trees; adapters share nothing. Here git only ever gets object names and branches that we named.)
 */
export function runGit(call: GitCall): Promise<GitEnding> {
  return new Promise((resolve) => {
    const child = spawn('git', [...FLAGS, `--git-dir=${call.gitDir}`, ...call.args], { env: environment(call.identity), stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    const deadline = setTimeout(() => child.kill('SIGKILL'), WALL_MS_MAX);
    const end = (ending: GitEnding): void => {
      clearTimeout(deadline);
      resolve(ending);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > OUTPUT_BYTES_MAX) child.kill('SIGKILL');
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => { if (stderr.length < 8000) stderr += chunk.toString('utf8'); });
    child.on('error', (error) => { end({ code: -1, stdout: Buffer.alloc(0), stderr: error.message }); });
    child.on('close', (code) => { end({ code: code ?? -1, stdout: Buffer.concat(out), stderr }); });
    child.stdin.on('error', () => undefined);
    child.stdin.end(call.input ?? '');
  });
}

function environment(identity = 'Heddle'): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin', LC_ALL: 'C', HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_SYSTEM: '/dev/null', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: '',
    GIT_AUTHOR_NAME: identity, GIT_AUTHOR_EMAIL: 'heddle@localhost', GIT_COMMITTER_NAME: identity, GIT_COMMITTER_EMAIL: 'heddle@localhost',
  };
}
