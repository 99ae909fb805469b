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
  /** What a person can do when the probe finds that it does not hold here; default: nothing is known. */
  readonly fix?: string | undefined;
  open(request: SandboxRequest): Result<Sandbox, Fault>;
}

/** A form that cannot even be tried here: what is missing, and what a person can do about it. Whole sentences. */
export interface FormRefusal { readonly form: string; readonly why: string; readonly fix: string }

/** Looks which forms of its rung could be tried here, strongest first; for the others what is missing and the fix. */
export type FindForms = (options: SandboxOptions) => Promise<readonly Result<RungForm, FormRefusal>[]>;
