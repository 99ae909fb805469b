import type { EarlyFolders } from './early-folders.js';
import type { RunPorts, RunSettings } from './run-ports.js';
import type { Trail } from './trail.js';

/** What a command works with. `trail.append` makes a fact durable before anything else happens. */
export interface Context {
  readonly ports: RunPorts;
  readonly settings: RunSettings;
  readonly trail: Trail;
  /** Folders that are being written before their command comes. */
  readonly early: EarlyFolders;
  /** Aborts when the run is to be cancelled. */
  readonly signal: AbortSignal;
}
