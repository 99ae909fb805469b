import type { Rung } from '../../domain/rung.js';
import type { FindForms } from './rung-form.js';

/** Who looks for the forms of each rung. Loaded when its turn comes: most runs need the first alone. */
export const RUNG_FINDERS: Readonly<Record<Exclude<Rung, 'none'>, FindForms>> = {
  bubblewrap: async (options) => (await import('./find-bubblewrap.js')).findBubblewrap(options),
  container: async (options) => (await import('./find-container.js')).findContainer(options),
  landlock: async (options) => (await import('./landlock.js')).findLandlock(options),
  'own-uid': async (options) => (await import('./own-uid.js')).findOwnUid(options),
};
