import type { Fault } from '../../domain/fault.js';
import { Rung } from '../../domain/rung.js';
import { err } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { ProvedRung, RungRefusal, Sandbox, SandboxFactory, SandboxRequest } from '../../ports/sandbox.js';
import { probeRung } from './probe.js';
import { checkedRequest } from './request-checks.js';
import type { RungForm } from './rung-form.js';
import { RUNG_FINDERS } from './rung-finders.js';
import type { SandboxOptions } from './sandbox-options.js';
import { openUnconfined } from './unconfined.js';

/**
 * Climbs the rungs strongest first, and in each its forms, until one is proved by doing; below them all is `none`. What
 * was proved is kept for the life of the factory; the caller decides whether it is enough (`sandbox.min_rung`).
 *
 * @throws RangeError for a mark that could not be found again; that is a bug of the wiring.
 */
export function createSandboxFactory(options: SandboxOptions): SandboxFactory {
  if (!/^[A-Za-z0-9]{8,64}$/.test(options.mark)) throw new RangeError('the mark of a sandbox has 8 to 64 letters and digits');
  let proved: Promise<Climbed> | undefined;
  const prove = (): Promise<Climbed> => {
    proved ??= climb(options);
    return proved;
  };
  return {
    probe: async (): Promise<ProvedRung> => {
      const { form, refused } = await prove();
      return { rung: form.rung, form: form.form, refused };
    },
    open: async (request) => openAt((await prove()).form, request),
  };
}

interface Climbed { readonly form: RungForm; readonly refused: readonly RungRefusal[] }

async function climb(options: SandboxOptions): Promise<Climbed> {
  const refused: RungRefusal[] = [];
  for (const rung of Rung.options) {
    if (rung === 'none') continue;
    if (options.rungs !== undefined && !options.rungs.includes(rung)) {
      refused.push({ rung, form: 'any', why: 'It was not to be tried.', fix: 'Leave it in the list of rungs.' });
      continue;
    }
    for (const found of await RUNG_FINDERS[rung](options)) {
      if (!found.ok) {
        refused.push({ rung, ...found.error });
        continue;
      }
      const form = found.value;
      if (options.forms !== undefined && !options.forms.includes(form.form)) {
        refused.push({ rung, form: form.form, why: 'It was not to be tried.', fix: 'Leave it in the list of forms.' });
        continue;
      }
      const outcome = await probeRung((request) => form.open(request), options);
      if (outcome.held) return { form, refused };
      refused.push({ rung, form: form.form, why: `It was tried and did not hold: ${outcome.why}.`, fix: form.fix ?? 'Use another runner.' });
    }
  }
  return { form: { rung: 'none', form: 'no isolation', open: (request) => openUnconfined(request, options) }, refused };
}

function openAt(form: RungForm, request: SandboxRequest): Result<Sandbox, Fault> {
  const checked = checkedRequest(request);
  if (!checked.ok) return checked;
  try {
    return form.open(request);
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unknown';
    return err({
      code: 'io', side: 'ours', retryable: false, source: 'containment/sandbox',
      message: `The folders of a sandbox could not be prepared (${code}). Check that the run folder is on a writable disk with room.`,
    });
  }
}
