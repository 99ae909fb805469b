import type { Rung } from '../../domain/rung.js';
import { err } from '../../kit/result.js';
import type { FindForms } from './rung-form.js';

/** Who looks for the forms of each rung. Loaded when its turn comes: most runs need the first alone. */
export const RUNG_FINDERS: Readonly<Record<Exclude<Rung, 'none'>, FindForms>> = {
  bubblewrap: async (options) => (await import('./find-bubblewrap.js')).findBubblewrap(options),
  container: notHere,
  landlock: async (options) => (await import('./landlock.js')).findLandlock(options),
  'own-uid': async (options) => (await import('./own-uid.js')).findOwnUid(options),
};

async function notHere(): ReturnType<FindForms> {
  return [err({ form: 'any', why: 'This version of Heddle does not have this rung.', fix: 'Use a runner where a stronger one works.' })];
}
