import { err, ok } from '../../kit/result.js';
import { AccountBook } from './account-book.js';
import { askKernel, launcherArch, notRun } from './ask-kernel.js';
import { openConfined } from './confined.js';
import type { FindForms } from './rung-form.js';

/**
 * The rung `own-uid`: a user id of its own and the filter, and nothing more. Files are closed by their modes alone, and the
 * network is open.
 */
export const findOwnUid: FindForms = async (options) => {
  const arch = launcherArch();
  if (!arch.ok) return [err({ form: 'own uid', ...arch.error })];
  if (process.geteuid?.() !== 0) {
    return [err({ form: 'own uid', why: 'Only root can give a program another user id.', fix: 'Run Heddle as root in a container of its own, or use a runner where bubblewrap works.' })];
  }
  if (askKernel(arch.value, options).kind === 'not-run') return [err({ form: 'own uid', ...notRun(options) })];
  const confinement = { rung: 'own-uid' as const, form: 'own uid', arch: arch.value, landlock: undefined, accounts: new AccountBook(options.hex) };
  return [ok({ rung: 'own-uid', form: 'own uid', open: (request) => openConfined(confinement, request, options) })];
};
