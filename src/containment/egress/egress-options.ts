import type { Duplex } from 'node:stream';
import type { Ids } from '../../ports/clock.js';

/** What the wiring gives. The two ways to the network stand here so that tests can show what the proxy does with any answer. */
export interface EgressOptions {
  /** A folder of ours with a short path, for sockets. */
  readonly socketDir: string;
  /** A folder of ours that a sandbox can show, for small settings files; default: the one for sockets. */
  readonly filesDir?: string;
  readonly ids: Ids;
  /** All addresses of a name; rejects when there are none. Asked only for names that are allowed. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /** A connection to exactly this address; rejects when there is none in time. */
  readonly connect?: (address: string, port: number, msMax: number) => Promise<Duplex>;
  /** Addresses of this machine, which are never connected to. */
  readonly ownAddresses?: () => readonly string[];
  readonly limits?: Partial<EgressLimits>;
}

export interface EgressLimits {
  readonly connectionsMax: number;
  readonly headMsMax: number;
  readonly helloMsMax: number;
  readonly lookupMsMax: number;
  readonly connectMsMax: number;
  /** Neither side said anything for so long. */
  readonly idleMsMax: number;
}

export const DEFAULT_EGRESS_LIMITS: EgressLimits = {
  connectionsMax: 128, headMsMax: 15_000, helloMsMax: 15_000, lookupMsMax: 10_000, connectMsMax: 10_000, idleMsMax: 120_000,
};
