import type { Clock, Ids } from '../../ports/clock.js';
import type { ModelApi } from '../../ports/model-gateway.js';
import type { ProviderAuth } from './provider/provider-auth.js';
import type { ProxySettings } from './provider/wayfinder.js';
import type { PriceTable } from './prices.js';

/** Where real calls go. `key` is undefined for a provider that wants none (a server on the same machine, a cloud's own credentials). */
export interface LiveModel {
  /** Undefined where the way to the provider follows from `auth`. */
  readonly baseUrl: string | undefined;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly api: ModelApi;
  /** `key` when left out. */
  readonly auth?: ProviderAuth | undefined;
  readonly proxy?: ProxySettings | undefined;
}

export type GatewayMode =
  | ({ readonly kind: 'live' } & LiveModel)
  | ({ readonly kind: 'record'; readonly cassetteFile: string } & LiveModel)
  | { readonly kind: 'replay'; readonly cassetteFile: string };

/** Bounds of the door itself; what may be spent comes with each session. All are hard. */
export interface GatewayLimits {
  readonly requestBytesMax: number;
  readonly responseBytesMax: number;
  /** One line of an event stream. */
  readonly lineBytesMax: number;
  readonly headerBytesMax: number;
  readonly inFlightMax: number;
  readonly connectionsMax: number;
  /** Requests that are written into the evidence one by one; the rest is a count in a last record. */
  readonly refusalsRecordedMax: number;
  /** Until a whole request has arrived. */
  readonly requestMsMax: number;
  readonly connectMsMax: number;
  /** Silence of the provider, the wait for its first byte included, and of a client that does not read. */
  readonly idleMsMax: number;
  readonly callMsMax: number;
  readonly triesMax: number;
  /** The longest `retry-after` that is waited out; a longer one goes to the client as it is. */
  readonly retryWaitMsMax: number;
}

export const DEFAULT_GATEWAY_LIMITS: GatewayLimits = {
  requestBytesMax: 32 * 1024 * 1024,
  responseBytesMax: 64 * 1024 * 1024,
  lineBytesMax: 8 * 1024 * 1024,
  headerBytesMax: 32 * 1024,
  inFlightMax: 16,
  connectionsMax: 128,
  refusalsRecordedMax: 1000,
  requestMsMax: 60_000,
  connectMsMax: 15_000,
  idleMsMax: 5 * 60_000,
  callMsMax: 20 * 60_000,
  triesMax: 4,
  retryWaitMsMax: 30_000,
};

export interface ModelGatewayOptions {
  readonly mode: GatewayMode;
  readonly prices: PriceTable;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** The time of day in milliseconds, for credentials that are dated; the default is the machine's. */
  readonly nowMs?: () => number;
  readonly ids: Ids;
  /** A folder of mode 0700 with a short path: a socket's whole path must stay under 100 bytes. */
  readonly socketDir: string;
  /** Replaces every secret the run knows. Used on error texts of the provider and on all that goes into a cassette. */
  redact(text: string): string;
  /** Waits between tries; the default is a real timer. Resolves early when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly limits?: Partial<GatewayLimits>;
}
