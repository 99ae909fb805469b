import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { OpenInput, ProgramLimits, RunningProgram } from '../../ports/sandbox.js';
import { startProcess } from '../process/start-process.js';
import type { ForeignLauncher, LauncherStatus } from '../process/start-process.js';
import { ARGUMENT_FILE, bubblewrapFilesByName } from './bubblewrap-arguments.js';
import type { BubblewrapPlan } from './bubblewrap-arguments.js';

export interface SudoStart {
  readonly sudo: string;
  /** The path of bubblewrap. */
  readonly program: string;
  readonly plan: BubblewrapPlan;
  readonly filter: Uint8Array;
  /** What bubblewrap starts. */
  readonly command: readonly string[];
  readonly mark: string;
  readonly stdin: string | OpenInput | undefined;
  readonly scratch: string;
  readonly launcher: LauncherStatus;
}

/**
 * Starts bubblewrap as root through `sudo -n`. sudo closes every file above 2, and we may not signal what root runs, so a
 * fixed guard script stands between: it opens what bubblewrap reads and writes by name in a folder of ours, kills all when
 * we say so or are gone, and gives the folders back to us when the last program that uses them has ended.
 */
export function startThroughSudo(start: SudoStart, limits: ProgramLimits, signal?: AbortSignal): RunningProgram {
  const folder = mkdtempSync(join(start.scratch, 'heddle-sudo-'));
  const plan = { ...start.plan, systemFolder: folder };
  for (const [name, content] of bubblewrapFilesByName(plan, start.filter)) writeFileSync(join(folder, name), content, { mode: 0o644 });
  const foreign = pipesTo(folder);
  const { workspace, home } = plan;
  const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const running = startProcess({
    command: start.sudo,
    args: ['-n', '--', '/bin/sh', '-c', GUARD, 'heddle', folder, `${dirname(workspace)}/.heddle-lock`, owner, workspace, home, start.program, '--args', String(ARGUMENT_FILE), '--', ...start.command],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/', stdin: start.stdin, data: [], launcher: { ...start.launcher, foreign }, mark: start.mark, namespaced: true, folders: [workspace, home],
  }, limits, signal);
  return { ...running, ended: running.ended.finally(() => { rmSync(folder, { recursive: true, force: true }); }) };
}

/**
 * Files: 3 arguments, 4 filter, 6 the lock of the folders, 7 the program's input, 8 the launcher's words, 9 ours: a line or
 * its end is the order to kill. The first process of the sandbox is killed, since only with it have all others ended.
 */
const GUARD = [
  'f=$1 l=$2 o=$3 w=$4 h=$5; shift 5',
  'exec 7<&0 9<"$f/order" 3<"$f/arguments" 4<"$f/filter" 8>"$f/words" 6>>"$l"',
  'flock -s 6',
  '"$@" <&7 7<&- 6>&- 9<&- &',
  'p=$!',
  'exec 3<&- 4<&- 7<&- 8>&-',
  '( read -r x <&9; k=$(cat "/proc/$p/task/$p/children"); kill -9 ${k:-$p} ) >/dev/null 2>&1 6>&- &',
  'k=$!',
  'wait "$p"; c=$?',
  'exec >/dev/null 2>&1; kill "$k"',
  'flock -n -x 6 && chown -R -h -P "$o" "$w" "$h"',
  'exit "$c"',
].join('\n');

function pipesTo(folder: string): ForeignLauncher {
  const [words, order] = [join(folder, 'words'), join(folder, 'order')];
  const made = spawnSync('mkfifo', ['-m', '600', '--', words, order], { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, stdio: 'ignore' });
  if (made.status !== 0) throw Object.assign(new Error('mkfifo failed'), { code: 'EIO' });
  const reader = openSync(words, constants.O_RDONLY | constants.O_NONBLOCK);
  // Held open until the guard has ended, or the first look would find the end of a pipe that nobody writes yet.
  const held = [openSync(words, constants.O_WRONLY), openSync(order, constants.O_RDWR)] as const;
  let open = true;
  return {
    words: new Socket({ fd: reader, readable: true, writable: false }),
    end: () => { if (open) writeSync(held[1], 'end\n'); },
    release: () => {
      if (!open) return;
      open = false;
      for (const file of held) closeSync(file);
    },
  };
}
