import type { Configuration } from '../config/configuration.js';
import { createSandboxFactory } from '../containment/sandbox/sandbox-factory.js';
import type { Rung } from '../domain/rung.js';
import type { SandboxFactory } from '../ports/sandbox.js';
import { systemIds } from './clock.js';
import { ownProgram } from './own-program.js';
import { toolFolders } from './tool-folders.js';

export interface SandboxWiring {
  /** PATH of the orchestrator. */
  readonly path: string;
  readonly scratch: string;
  readonly mark: string;
  /** The rungs that may be used; default: all. */
  readonly rungs?: readonly Rung[] | undefined;
  /** The section `sandbox` of the configuration, or nothing where there is none; asked for only when a rung needs it. */
  readonly settings: () => Promise<Configuration['sandbox'] | undefined>;
}

/** The sandboxes of this machine, with the same options for a run, its early proof and `heddle doctor`. */
export function createSandboxes({ path, scratch, mark, rungs, settings }: SandboxWiring): SandboxFactory {
  return createSandboxFactory({
    inside: ownProgram('__inside'), path, tools: toolFolders(path), scratch, mark, hex: systemIds.hex, rungs,
    container: async () => {
      const found = await settings();
      return found?.image === undefined ? undefined : { image: found.image, pull: found.pull };
    },
  });
}
