import { err, ok } from '../../kit/result.js';
import { AccountBook } from './account-book.js';
import { askKernel, launcherArch, notRun } from './ask-kernel.js';
import { openConfined } from './confined.js';
import type { FindForms, RungForm } from './rung-form.js';

/**
 * The rung `landlock`: files by an allow-list, TCP to the relays alone, the rest of the network and of the kernel refused
 * by the filter; as root with a user id of its own for the program. Without root it runs as our own user, which takes
 * a kernel that keeps signals inside (version 6); what else that leaves open is in docs/sandbox.md.
 */
export const findLandlock: FindForms = async (options) => {
  const arch = launcherArch();
  if (!arch.ok) return [err({ form: 'any', ...arch.error })];
  const abi = askKernel(arch.value, options);
  const own = process.geteuid?.() === 0;
  const form = own ? 'own uid' : 'our uid';
  if (abi.kind === 'not-run') return [err({ form, ...notRun(options) })];
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
