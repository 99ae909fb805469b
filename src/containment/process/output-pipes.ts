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
 * else finds it. With a `place` the pipes get their names there; without one, some more are made by the way for the next
 * starts, because the making needs a program. Undefined where that does not work: the caller takes Node's sockets.
 */
export function makeOutputPipes(place?: string): OutputPipes | undefined {
  if (place !== undefined) {
    const [pair] = makePairs(1, place);
    return pair === undefined ? undefined : pipesOf(pair);
  }
  if (spare.length === 0) spare.push(...makePairs(PAIRS_AT_ONCE, tmpdir()));
  const pair = spare.pop();
  return pair === undefined ? undefined : pipesOf(pair);
}

interface Pipe { readonly reader: number; readonly writer: number }
interface Pair { readonly stdout: Pipe; readonly stderr: Pipe }

/** Each pair is given to one program, once. Open files of ours that no child inherits; they end with this process. */
const spare: Pair[] = [];
const PAIRS_AT_ONCE = 4;

function pipesOf({ stdout, stderr }: Pair): OutputPipes {
  const reading = ({ reader }: Pipe): Socket => new Socket({ fd: reader, readable: true, writable: false });
  return { stdout: reading(stdout), stderr: reading(stderr), files: [stdout.writer, stderr.writer], close: () => { closeSync(stdout.writer); closeSync(stderr.writer); } };
}

/** Empty where it does not work. */
function makePairs(count: number, place: string): readonly Pair[] {
  const opened: number[] = [];
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(place, 'heddle-output-'));
    const names = Array.from({ length: 2 * count }, (_, index) => join(folder ?? '', String(index + 1)));
    const made = spawnSync('mkfifo', ['-m', '622', '--', ...names], { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, stdio: 'ignore' });
    if (made.status !== 0) return [];
    const open = (name: string, flags: number): number => {
      const file = openSync(name, flags);
      opened.push(file);
      return file;
    };
    // The reading end first and without waiting: the writing end then opens at once.
    const pipe = (name: string): Pipe => ({ reader: open(name, constants.O_RDONLY | constants.O_NONBLOCK), writer: open(name, constants.O_WRONLY) });
    const pipes = names.map(pipe);
    return pipes.flatMap((stderr, index) => {
      const stdout = pipes[index - 1];
      return index % 2 === 0 || stdout === undefined ? [] : [{ stdout, stderr }];
    });
  } catch {
    for (const file of opened) closeSync(file);
    return [];
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
