import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { AccountBook } from './account-book.js';
import { openConfined } from './confined.js';
import { askLandlock } from './launcher/confined-launch.js';
import { encodeLauncher } from './launcher/elf.js';
import type { FindForms, FormRefusal, RungForm } from './rung-form.js';
import type { SandboxOptions } from './sandbox-options.js';
import type { SandboxArch } from './system-calls.js';

/**
 * The rung `landlock`: files by an allow-list, TCP to the relays alone, the rest of the network and of the kernel refused
 * by the filter; as root with a user id of its own for the program. Without root it runs as our own user, which takes
 * a kernel that keeps signals inside (version 6); what else that leaves open is in docs/sandbox.md.
 */
export const findLandlock: FindForms = async (options) => {
  const arch = launcherArch();
  if (!arch.ok) return [err({ form: 'any', ...arch.error })];
  const abi = landlockVersion(arch.value, options);
  const own = process.geteuid?.() === 0;
  const form = own ? 'own uid' : 'our uid';
  if (abi.kind === 'not-run') return [err({ form, why: `A program could not be run from ${options.scratch}.`, fix: 'Point TMPDIR to a folder that is not mounted noexec.' })];
  if (abi.kind === 'absent') return [err({ form, why: 'The kernel has no Landlock, or a filter of the container refuses it.', fix: 'Use a runner with Linux 6.7 or later and with landlock in its list of security modules (the boot parameter lsm=).' })];
  const needed = own ? TCP_RULES : SCOPES;
  if (abi.version < needed) {
    return [err({ form, why: `The kernel's Landlock is of version ${abi.version}, which cannot ${own ? 'close the network' : 'keep signals inside'}.`, fix: own ? 'Use a runner with Linux 6.7 or later.' : 'Use a runner with Linux 6.12 or later, or run Heddle as root in a container.' })];
  }
  const confinement = { rung: 'landlock' as const, form: `${form}, version ${abi.version}`, arch: arch.value, landlock: abi.version, accounts: own ? new AccountBook(options.hex) : undefined };
  const found: RungForm = {
    rung: 'landlock', form: confinement.form, fix: 'Keep Node and Heddle in folders that other users may read and pass, and temporary files (TMPDIR) on a disk that is not mounted noexec.',
    open: (request) => openConfined(confinement, request, options),
  };
  return [ok(found)];
};

/** Rules for TCP came with version 4 (Linux 6.7), scopes of signals with version 6 (Linux 6.12): landlock(7). */
const TCP_RULES = 4;
const SCOPES = 6;

export function launcherArch(): Result<SandboxArch, Omit<FormRefusal, 'form'>> {
  if (process.platform !== 'linux') return err({ why: `It needs Linux; this is ${process.platform}.`, fix: 'Use a Linux runner.' });
  if (process.arch !== 'x64' && process.arch !== 'arm64') return err({ why: `The launcher knows x64 and arm64; this is ${process.arch}.`, fix: 'Use a runner of one of them.' });
  return ok(process.arch);
}

type LandlockVersion = { readonly kind: 'version'; readonly version: number } | { readonly kind: 'absent' } | { readonly kind: 'not-run' };

/** Asks the kernel, by a launcher that does nothing else. */
function landlockVersion(arch: SandboxArch, options: SandboxOptions): LandlockVersion {
  const folder = mkdtempSync(join(options.scratch, 'heddle-ask-'));
  try {
    const file = join(folder, 'ask');
    writeFileSync(file, encodeLauncher(arch, askLandlock(arch)), { mode: 0o500 });
    chmodSync(file, 0o500);
    const asked = spawnSync(file, [], { env: {}, cwd: '/', stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    if (asked.error !== undefined || asked.status === null) return { kind: 'not-run' };
    return asked.output[3]?.length === 0 ? { kind: 'version', version: asked.status } : { kind: 'absent' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
