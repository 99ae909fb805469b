import type { EgressReport } from '../domain/egress.js';
import type { Fault } from '../domain/fault.js';
import type { Result } from '../kit/result.js';
import type { Mount, Relay, Sandbox } from './sandbox.js';

/** What programs may reach; from the configuration at the base commit, never from the agent. */
export interface EgressRules {
  /** Names, `*.name` for one label below it, `*` for every public name, or addresses. Empty = nothing, attempts are recorded. */
  readonly allow: readonly string[];
  readonly ports: readonly number[];
  /** Ranges (CIDR) beside the public addresses that an allowed name may lead to. */
  readonly private: readonly string[];
  readonly bytesUpMax: number;
  readonly bytesDownMax: number;
}

/** One way out, for one agent session or one check. */
export interface EgressSession {
  /** What a sandbox must show for the way to work; given to `SandboxFactory.open`. */
  readonly mounts: readonly Mount[];
  /**
   * The same sandbox, whose programs find the way out: the relay, and the variables that say where it is. The ports of
   * `own` relays are handed on, for programs that send even loopback addresses to a proxy.
   */
  through(sandbox: Sandbox, own?: readonly Relay[]): Sandbox;
  /** Ends all connections and says what was tried. May be called again. */
  close(): Promise<EgressReport>;
}

/** Opens ways out. A fault of side `setup` names a rule that cannot be kept. */
export interface Egress {
  open(rules: EgressRules): Promise<Result<EgressSession, Fault>>;
}
