import { createHash } from 'node:crypto';
import { digestOf } from '../../domain/digest.js';
import { ZERO_USD } from '../../domain/money.js';
import type { MicroUsd } from '../../domain/money.js';
import type { GatewayRequest, ModelCallRecord } from '../../ports/model-gateway.js';
import { linkRecord } from '../../kit/record-chain.js';
import type { TokenCounts } from './prices.js';

/** What is noted of one call while it runs. The response digest is over what the provider sent, up to a cut. */
export interface CallTrace {
  /** Of the body that was passed on; of a refused one, of what was read of it. */
  requestBody: string | Uint8Array;
  status: number;
  refused: string | undefined;
  stripped: readonly string[];
  counts: TokenCounts | undefined;
  cost: MicroUsd;
  received(chunk: Uint8Array): void;
  finish(): void;
}

export interface RecordBook {
  begin(): CallTrace;
  /** Counts something that never became a call, and records it within the bound on refusals. */
  refuse(why: string): void;
  /** Notes something that belongs to no call of the agent, such as an entry of a cassette that nobody asked for. */
  remark(text: string): void;
  all(): readonly ModelCallRecord[];
}

export interface RecordBookOptions {
  readonly request: GatewayRequest;
  readonly source: ModelCallRecord['source'];
  readonly refusalsMax: number;
  monotonicMs(): number;
}

/** The evidence of a session: one record for each call that was passed on, and for each refused one up to a bound, each tied to the one before. */
export function createRecordBook(options: RecordBookOptions): RecordBook {
  const records: ModelCallRecord[] = [];
  let refusals = 0;
  let sequence = 0;
  const add = (part: Pick<ModelCallRecord, 'requestDigest' | 'responseDigest' | 'status' | 'cost' | 'refused' | 'stripped' | 'durationMs'>, counts?: TokenCounts): void => {
    sequence += 1;
    records.push(linkRecord({
      sequence, api: options.request.api, model: options.request.model, costKnown: true, source: options.source,
      inputTokens: counts?.input ?? 0, cacheReadTokens: counts?.cacheRead ?? 0, cacheWriteTokens: counts?.cacheWrite ?? 0, outputTokens: counts?.output ?? 0, ...part,
    }, records.at(-1)?.hash ?? null));
  };
  const remark = (text: string): void => add({ requestDigest: digestOf(''), responseDigest: digestOf(''), status: 0, cost: ZERO_USD, refused: text, stripped: [], durationMs: 0 });
  return {
    begin() {
      const startedMs = options.monotonicMs();
      const hash = createHash('sha256');
      const trace: CallTrace = {
        requestBody: '', status: 0, refused: undefined, stripped: [], counts: undefined, cost: ZERO_USD,
        received: (chunk) => void hash.update(chunk),
        finish() {
          if (trace.refused !== undefined) {
            refusals += 1;
            if (refusals > options.refusalsMax) return;
          }
          const durationMs = Math.max(0, Math.round(options.monotonicMs() - startedMs));
          add({
            requestDigest: digestOf(trace.requestBody), responseDigest: `sha256:${hash.digest('hex')}`, status: trace.status,
            cost: trace.cost, refused: trace.refused, stripped: trace.stripped, durationMs,
          }, trace.counts);
        },
      };
      return trace;
    },
    remark,
    refuse(why) {
      refusals += 1;
      if (refusals <= options.refusalsMax) remark(why);
    },
    all() {
      if (refusals > options.refusalsMax) {
        remark(`${refusals - options.refusalsMax} more requests were refused`);
        refusals = options.refusalsMax;
      }
      return records;
    },
  };
}
