import type { Fault } from '../domain/fault.js';
import type { MicroUsd } from '../domain/money.js';
import type { AttemptStop } from '../domain/stop-reason.js';
import type { ModelUsage } from '../domain/usage.js';
import type { Result } from '../kit/result.js';

/** The wire formats that agents speak. */
export type ModelApi = 'anthropic-messages' | 'openai-chat' | 'openai-responses' | 'gemini';

export interface GatewayRequest {
  readonly attempt: number;
  readonly model: string;
  readonly api: ModelApi;
  /** What may still be spent by this attempt; the gateway reserves before each call and cuts inside the stream. */
  readonly costMax: MicroUsd;
  readonly tokensMax: number;
  readonly callsMax: number;
  /**
   * Told what the session has used, with all that its running calls may still use, before a call leaves and whenever
   * that changes; a call waits until it resolves. Who keeps it can say after a crash what was spent at most.
   */
  readonly noted?: (atMost: ModelUsage) => Promise<void>;
}

/** One attempt's door to the model. Never gives the key away; counts by itself. */
export interface GatewaySession {
  /** `http://127.0.0.1:PORT` on our side. */
  readonly url: string;
  /** A unix socket with the same service, for sandboxes without a network. */
  readonly socket: string;
  readonly token: string;
  usage(): ModelUsage;
  /** Settles with the reason when a budget ended the session, so that the agent can be landed softly. Never rejects. */
  readonly exceeded: Promise<Extract<AttemptStop, 'cost' | 'tokens' | 'model-calls'>>;
  /** The last upstream fault, when calls failed; lets a failing agent be told apart from a failing provider. */
  upstreamFault(): Fault | undefined;
  close(): Promise<readonly ModelCallRecord[]>;
}

/** One call, as evidence: digests and counts, never contents. */
export interface ModelCallRecord {
  readonly sequence: number;
  readonly api: ModelApi;
  readonly model: string;
  readonly requestDigest: string;
  readonly responseDigest: string;
  readonly status: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly cost: MicroUsd;
  readonly costKnown: boolean;
  readonly refused: string | undefined;
  readonly stripped: readonly string[];
  readonly durationMs: number;
  readonly source: 'upstream' | 'cassette';
  /** The hash of the record before, null on a session's first; see `kit/record-chain.ts`. */
  readonly previous: string | null;
  /** Over all other members. */
  readonly hash: string;
}

export interface ModelGateway {
  open(request: GatewayRequest): Promise<Result<GatewaySession, Fault>>;
  /** Where prices came from and of what day: `genai-prices 0.1.8`, or `configuration`. */
  readonly priceSource: string;
}
