import { rm } from 'node:fs/promises';
import type { Configuration } from '../config/configuration.js';
import type { SandboxFactory } from '../ports/sandbox.js';
import { createSandboxes, type SandboxWiring } from './sandboxes.js';

/** A proof that runs beside the first questions to the forge. */
export interface EarlyProof {
  readonly sandboxes: SandboxFactory;
  /** The configuration is known; a rung that needs it waits for it. */
  configured(settings: Configuration['sandbox']): void;
  /** The run does not begin: ends the proof and removes the scratch folder. Nothing of ours is left running or lying. */
  abandon(): Promise<void>;
}

/** Starts to climb the rungs at once: it takes as long as some calls to the forge, and waits for none of them. */
export function proveSandbox(wiring: Omit<SandboxWiring, 'settings'>): EarlyProof {
  let tell: (settings: Configuration['sandbox'] | undefined) => void = () => undefined;
  const settings = new Promise<Configuration['sandbox'] | undefined>((resolve) => { tell = resolve; });
  const sandboxes = createSandboxes({ ...wiring, settings: () => settings });
  // Who asks for the proof gets its failure as well; here it must only not go unheard.
  const ended = sandboxes.probe().then(() => undefined, () => undefined);
  return {
    sandboxes,
    configured: (known) => { tell(known); },
    abandon: async () => {
      tell(undefined);
      await ended;
      await rm(wiring.scratch, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    },
  };
}
