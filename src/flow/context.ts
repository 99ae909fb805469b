import type { RunPorts, RunSettings } from './run-ports.js';
import type { Trail } from './trail.js';

/** What a command works with. `trail.append` makes a fact durable before anything else happens. */
export interface Context {
  readonly ports: RunPorts;
  readonly settings: RunSettings;
  readonly trail: Trail;
  /** Aborts when the run is to be cancelled. */
  readonly signal: AbortSignal;
}
