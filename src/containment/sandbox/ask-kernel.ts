import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { ASK_ROW, BEGUN, askLandlock } from './launcher/confined-launch.js';
import { encodeLauncher } from './launcher/elf.js';
import type { FormRefusal } from './rung-form.js';
import type { SandboxOptions } from './sandbox-options.js';
import type { SandboxArch } from './system-calls.js';

/** The architecture that a launcher would be made for. */
export function launcherArch(): Result<SandboxArch, Omit<FormRefusal, 'form'>> {
  if (process.platform !== 'linux') return err({ why: `It needs Linux; this is ${process.platform}.`, fix: 'Use a Linux runner.' });
  if (process.arch !== 'x64' && process.arch !== 'arm64') return err({ why: `The launcher knows x64 and arm64; this is ${process.arch}.`, fix: 'Use a runner of one of them.' });
  return ok(process.arch);
}

type LandlockVersion = { readonly kind: 'version'; readonly version: number } | { readonly kind: 'absent' } | { readonly kind: 'not-run' };

/**
 * Asks the kernel for its version of Landlock, by a launcher that does nothing else. `not-run` = no launcher runs here,
 * and none may be tried with a program's own words in it: a caller of execve may take a file that the kernel refuses for
 * a shell's script.
 */
export function askKernel(arch: SandboxArch, options: SandboxOptions): LandlockVersion {
  const folder = mkdtempSync(join(options.scratch, 'heddle-ask-'));
  try {
    const file = join(folder, 'ask');
    writeFileSync(file, encodeLauncher(arch, askLandlock(arch)), { mode: 0o500 });
    const asked = spawnSync(file, [], { env: {}, cwd: folder, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const said = asked.output?.[3]?.toString('latin1');
    if (said === ASK_ROW) return { kind: 'absent' };
    return said === BEGUN && asked.status !== null ? { kind: 'version', version: asked.status } : { kind: 'not-run' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function notRun(options: SandboxOptions): Omit<FormRefusal, 'form'> {
  return { why: `A program that was written to ${options.scratch} could not be run there.`, fix: 'Point TMPDIR to a folder that is not mounted noexec.' };
}
