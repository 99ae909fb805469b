import type { Fault } from '../../domain/fault.js';
import type { Rung } from '../../domain/rung.js';
import type { Result } from '../../kit/result.js';
import type { Sandbox, SandboxRequest } from '../../ports/sandbox.js';
import type { SandboxOptions } from './sandbox-options.js';

/** One way to reach a rung on this machine. That it confines anything is for the probe to prove. */
export interface RungForm {
  readonly rung: Rung;
  /** The way in a few words, for the trail and the packet: `user namespace`, `sudo, own uid`, `podman, sha256:…`. */
  readonly form: string;
  open(request: SandboxRequest): Result<Sandbox, Fault>;
}

/** Looks which forms of its rung could be tried here, strongest first; for the others what is missing and the fix. */
export type FindForms = (options: SandboxOptions) => Promise<readonly Result<RungForm, string>[]>;
