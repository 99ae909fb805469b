import { mkdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { Program, ProgramLimits, RunningProgram, Sandbox, SandboxRequest } from '../../ports/sandbox.js';
import { startProcess } from '../process/start-process.js';
import { checkedProgram, notStarted } from './request-checks.js';
import type { SandboxOptions } from './sandbox-options.js';

/**
 * The rung `none`: no isolation. The program runs as our own user in the real folder and can read and write what we can,
 * with the network open. What still holds: an environment without anything of ours, the bounds, and the end of the
 * process tree as far as it can be found. Read-only paths and mounts cannot be kept here; a mount to another place is a fault.
 */
export function openUnconfined(request: SandboxRequest, options: SandboxOptions): Result<Sandbox, Fault> {
  const moved = request.mounts.find((mount) => mount.from !== mount.to);
  if (moved !== undefined) {
    return err({
      code: 'unsupported', side: 'setup', retryable: false, source: 'containment/unconfined',
      message: `Without a sandbox ${JSON.stringify(moved.from.slice(0, 300))} cannot be shown at ${JSON.stringify(moved.to.slice(0, 300))}: mount it at its own path, or install bubblewrap.`,
    });
  }
  const workspace = realpathSync(request.workspace);
  const home = realpathSync(request.home);
  // Beside the home's own files, so that nothing is left in the machine's shared folder for temporary files.
  const temp = join(home, '.tmp');
  mkdirSync(temp, { recursive: true });
  const path = [...options.path.split(delimiter), dirname(options.inside.node), '/usr/local/bin', '/usr/bin', '/bin'].filter((each) => each !== '').join(delimiter);
  return ok({
    rung: 'none',
    form: 'no isolation',
    workdir: workspace,
    home,
    networkClosed: false,
    start: (program: Program, limits: ProgramLimits, signal?: AbortSignal): RunningProgram => {
      const folder = checkedProgram(program, workspace);
      if (!folder.ok) return notStarted(folder.error);
      return startProcess({
        command: program.command, args: program.args, cwd: folder.value, stdin: program.stdin,
        env: { PATH: path, HOME: home, TMPDIR: temp, LANG: 'C.UTF-8', CI: 'true', ...program.env },
        data: [], launcher: undefined, mark: `${options.mark}.${options.hex(8)}`, namespaced: false, folders: [workspace, home],
      }, limits, signal);
    },
  });
}
