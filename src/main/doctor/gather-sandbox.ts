import type { Configuration } from '../../config/configuration.js';
import type { ProvedRung } from '../../ports/sandbox.js';
import { systemIds } from '../clock.js';
import { createSandboxes } from '../sandboxes.js';

/** Climbs the rungs by doing, with the options that a run would use. */
export function gatherSandbox(path: string, scratch: string, settings: () => Promise<Configuration['sandbox']>): Promise<ProvedRung> {
  return createSandboxes({ path, scratch, mark: systemIds.hex(8), settings }).probe();
}
