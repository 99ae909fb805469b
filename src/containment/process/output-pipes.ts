import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Where a program writes, and where we read it. */
export interface OutputPipes {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The writing ends, for the program; `close` them here as soon as it has them, or the reading ends never end. */
  readonly files: readonly [number, number];
  close(): void;
}

/**
 * Two real pipes. Node gives its children sockets, and a socket cannot be opened by name: `echo x > /dev/stderr` fails in
 * them, which ordinary build scripts do. Node cannot make a pipe, but can open both ends of a named one, which then loses
 * its name. Everybody may write to it, because some rungs run the program under another account and without a name nobody
 * else finds it. With a `place` the pipes get their names there. Undefined where that does not work: the caller takes
 * Node's sockets.
 */
export function makeOutputPipes(place?: string): OutputPipes | undefined {
  const opened: number[] = [];
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(place ?? tmpdir(), 'heddle-output-'));
    const names = [join(folder, '1'), join(folder, '2')] as const;
    const made = spawnSync('mkfifo', ['-m', '622', '--', ...names], { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, stdio: 'ignore' });
    if (made.status !== 0) return undefined;
    const open = (name: string, flags: number): number => {
      const file = openSync(name, flags);
      opened.push(file);
      return file;
    };
    // The reading end first and without waiting: the writing end then opens at once.
    const readers = names.map((name) => open(name, constants.O_RDONLY | constants.O_NONBLOCK));
    const [out, errors] = names.map((name) => open(name, constants.O_WRONLY));
    const [stdout, stderr] = readers.map((fd) => new Socket({ fd, readable: true, writable: false }));
    if (out === undefined || errors === undefined || stdout === undefined || stderr === undefined) return undefined;
    return { stdout, stderr, files: [out, errors], close: () => { closeSync(out); closeSync(errors); } };
  } catch {
    for (const file of opened) closeSync(file);
    return undefined;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
