import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ProgramEnding, RunningProgram, Sandbox } from '../../src/ports/sandbox.js';

/** A fake of the Sandbox port that really runs programs in a folder, with the port's caps and endings and no isolation. */
export function processSandbox(folder: string): Sandbox & { readonly started: { readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }[] } {
  const started: { command: string; args: readonly string[]; env: Readonly<Record<string, string>> }[] = [];
  return {
    rung: 'none', form: 'no isolation', workdir: folder, home: folder, networkClosed: false, started,
    start(program, limits, signal): RunningProgram {
      started.push({ command: program.command, args: program.args, env: program.env });
      const child = spawn(program.command, [...program.args], { cwd: `${folder}/${program.cwd}`, env: { PATH: process.env['PATH'], ...program.env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
      let stopped: 'wall' | 'output' | 'cancelled' | undefined;
      let outputBytes = 0;
      const stop = (reason: 'wall' | 'output' | 'cancelled'): void => {
        stopped ??= reason;
        if (child.pid !== undefined) {
          try {
            process.kill(-child.pid, 'SIGKILL');
          } catch {
            child.kill('SIGKILL');
          }
        }
      };
      const deadline = setTimeout(() => stop('wall'), limits.wallMsMax);
      const abort = (): void => stop('cancelled');
      signal?.addEventListener('abort', abort);
      const chunks: { stream: 'stdout' | 'stderr'; bytes: Uint8Array }[] = [];
      const take = (stream: 'stdout' | 'stderr') => (bytes: Buffer): void => {
        const room = limits.outputBytesMax - outputBytes;
        if (room > 0) chunks.push({ stream, bytes: bytes.subarray(0, room) });
        outputBytes += bytes.length;
        if (outputBytes > limits.outputBytesMax) stop('output');
      };
      child.stdout.on('data', take('stdout'));
      child.stderr.on('data', take('stderr'));
      const closed = once(child, 'close');
      const ended = closed.then(([code, name]: unknown[]): { ending: ProgramEnding; outputBytes: number; durationMs: number; memoryBytesPeak: number } => {
        clearTimeout(deadline);
        signal?.removeEventListener('abort', abort);
        const ending: ProgramEnding = stopped !== undefined ? { kind: 'stopped', reason: stopped } : typeof code === 'number' ? { kind: 'exited', code } : { kind: 'signalled', signal: String(name) };
        return { ending, outputBytes, durationMs: 1, memoryBytesPeak: 0 };
      });
      return { output: (async function* () { await closed; yield* chunks; })(), ended };
    },
  };
}
