import { execFile } from 'node:child_process';

const TIME_MS_MAX = 15_000;
const OUTPUT_BYTES_MAX = 65_536;

/** The first line that a program prints for its version, or `undefined` when it did not run to a good end. Its environment holds a search path alone. */
export function askVersion(program: string, args: readonly string[], searchPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: { PATH: searchPath, HOME: '/nonexistent' }, timeout: TIME_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL', cwd: '/' } as const;
    const child = execFile(program, args, options, (error, stdout) => {
      const line = stdout.split('\n')[0]?.trim() ?? '';
      resolve(error === null && line !== '' ? line.slice(0, 200) : undefined);
    });
    child.stdin?.end();
  });
}
