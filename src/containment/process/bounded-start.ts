import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** What is set before the program begins, in the process that becomes the program. */
export interface StartBounds {
  readonly writtenFileBytesMax: number;
  readonly cpuMsMax: number;
  /** Files of control groups to join. */
  readonly joins: readonly string[];
}

export interface Start { readonly command: string; readonly args: readonly string[] }

/**
 * The same program, started with the kernel's own bounds: no core dump (it would write memory to the disk), largest file,
 * CPU time of each process, control groups. Node cannot set them for a child, so the system's shell does and then becomes
 * the program; program and arguments are passed to it as arguments and are never part of its text. Where there is no such
 * shell the program is started as it is, and the watch alone bounds it.
 */
export function boundedStart(start: Start, bounds: StartBounds): Start {
  if (!existsSync(SHELL)) return start;
  const blocks = Math.max(1, Math.ceil(bounds.writtenFileBytesMax / BLOCK_BYTES));
  const seconds = Math.max(1, Math.ceil(bounds.cpuMsMax / 1000));
  return { command: SHELL, args: ['-c', SCRIPT, 'heddle', String(blocks), String(seconds), String(bounds.joins.length), ...bounds.joins, start.command, ...start.args] };
}

const SHELL = '/bin/sh';
/** The unit of `ulimit -f` (POSIX.1-2017, ulimit). */
const BLOCK_BYTES = 512;
/** A bound that is lower already cannot be raised, and stays. A group that cannot be joined ends the start: nothing runs unbounded by surprise. */
const SCRIPT = [
  'ulimit -c 0 2>/dev/null; ulimit -f "$1" 2>/dev/null; ulimit -t "$2" 2>/dev/null',
  'unset PWD OLDPWD SHLVL',
  'n=$3; shift 3',
  'while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 125; n=$((n-1)); shift; done',
  'exec "$@"',
].join('\n');

/** The code that `spawn` itself would fail with, or undefined: through the shell a missing program would only be an exit code. */
export function startProblem(command: string, path: string | undefined): 'ENOENT' | 'EACCES' | undefined {
  const places = command.includes('/') ? [command] : (path ?? '').split(delimiter).filter((folder) => isAbsolute(folder)).map((folder) => join(folder, command));
  let found: 'ENOENT' | 'EACCES' = 'ENOENT';
  for (const place of places) {
    const problem = problemOf(place);
    if (problem === undefined) return undefined;
    if (problem === 'EACCES') found = 'EACCES';
  }
  return found;
}

function problemOf(file: string): 'ENOENT' | 'EACCES' | undefined {
  try {
    if (!statSync(file).isFile()) return 'EACCES';
    accessSync(file, constants.X_OK);
    return undefined;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' || (cause as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'ENOENT' : 'EACCES';
  }
}
