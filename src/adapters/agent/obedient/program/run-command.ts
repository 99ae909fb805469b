import { execFile } from 'node:child_process';

export interface CommandEnd { readonly code: number | string; readonly output: string }

const WALL_MS_MAX = 4000;

/** Runs a program to its end; one that is missing or stuck is an answer too. */
export function runCommand(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = execFile(command, [...args], { timeout: WALL_MS_MAX, killSignal: 'SIGKILL', maxBuffer: 1024 * 1024, env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code ?? error.signal ?? 'failed', output: `${stdout}${stderr}` });
    });
    child.stdin?.on('error', () => undefined).end();
  });
}
