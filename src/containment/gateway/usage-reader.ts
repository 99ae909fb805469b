import type { ModelApi } from '../../ports/model-gateway.js';
import { isJsonObject } from './json-object.js';
import type { JsonObject } from './json-object.js';
import type { TokenCounts } from './prices.js';
import { readUsage } from './wire-usage.js';

/** Follows one answer and says what it used so far. */
export interface UsageReader {
  /** The data of one event of a stream (not `[DONE]`); returns true when the event holds nothing but usage. */
  event(data: string): boolean;
  /** A whole answer that was not streamed. */
  whole(text: string): void;
  /** Output so far: the provider's last word, or the estimate. */
  output(): number;
  /** The provider's word on the input, as soon as there is one that can be true. */
  input(): TokenCounts | undefined;
  settle(bodyBytes: number): TokenCounts;
  /** The output was said by the provider, or can be estimated from a whole answer. */
  reported(): boolean;
  /** The provider reported an error inside an answer that had begun well. */
  failed(): boolean;
}

const BYTES_PER_TOKEN = 4;
/** No tokenizer in use packs more into one token than this, over a whole text; see `settle`. */
const OUTPUT_BYTES_PER_TOKEN_MAX = 32;
const INPUT_BYTES_PER_TOKEN_MAX = 1024;

/** Members that are names and marks of the wire, not words of the model. */
const NOT_OUTPUT = new Set(['type', 'id', 'call_id', 'item_id', 'object', 'role', 'model', 'signature', 'status', 'finish_reason', 'encrypted_content', 'obfuscation', 'usage', 'thoughtSignature', 'thought_signature', 'finishReason', 'safetyRatings', 'avgLogprobs']);

/**
 * The rule of counting, which never trusts a provider's figure below what must have been used:
 *
 * - While a stream runs, output is the bytes of its deltas / 4; a usage event replaces the estimate of what stood before it.
 * - At the end a reported figure is taken when it is a whole number from 1 to 10^9 (zero output is fine when nothing
 *   was written), but never under the floor: output bytes / 32, request bytes / 1024 (images cost few tokens a byte).
 * - A figure that is missing, zero, negative, broken or above 10^9 is replaced by the estimate: bytes / 4.
 */
export function createUsageReader(api: ModelApi): UsageReader {
  let deltaBytes = 0;
  let itemBytes = 0;
  let input: TokenCounts | undefined;
  let reportedOutput: number | undefined;
  let bytesAtReport = 0;
  let failed = false;
  let whole = false;
  const bytes = (): number => Math.max(deltaBytes, itemBytes);
  const estimate = (): number => Math.ceil(bytes() / BYTES_PER_TOKEN);
  const floor = (): number => Math.ceil(bytes() / OUTPUT_BYTES_PER_TOKEN_MAX);
  const take = (value: JsonObject): boolean => {
    const usage = readUsage(api, value);
    if (usage.input !== undefined) input = usage.input;
    if (usage.output !== undefined) {
      reportedOutput = usage.output;
      bytesAtReport = bytes();
    }
    return usage.only;
  };
  return {
    event(data) {
      const value = parse(data);
      if (value === undefined) {
        // A broken event is passed on, so the client may use its text: it counts in full.
        deltaBytes += Buffer.byteLength(data);
        return false;
      }
      failed ||= isError(value);
      const found = outputOf(api, value);
      deltaBytes += found.delta;
      itemBytes += found.item;
      return take(value);
    },
    whole(text) {
      whole = true;
      const value = parse(text);
      if (value === undefined) {
        deltaBytes += Buffer.byteLength(text);
        return;
      }
      deltaBytes += leafBytes(contentOf(api, value));
      take(value);
    },
    // A figure given in the middle holds for what stood before it, and never under the floor, or a lie would open the budget.
    output: () => (reportedOutput === undefined ? estimate() : Math.max(reportedOutput + Math.ceil((bytes() - bytesAtReport) / BYTES_PER_TOKEN), floor())),
    input: () => input,
    failed: () => failed,
    reported: () => reportedOutput !== undefined || whole,
    settle(bodyBytes) {
      const believable = reportedOutput !== undefined && (reportedOutput > 0 || bytes() === 0);
      const output = believable && reportedOutput !== undefined ? Math.max(reportedOutput, floor()) : estimate();
      if (input === undefined) return { input: Math.ceil(bodyBytes / BYTES_PER_TOKEN), cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output };
      const missing = Math.ceil(bodyBytes / INPUT_BYTES_PER_TOKEN_MAX) - (input.input + input.cacheRead + input.cacheWrite);
      return { ...input, input: input.input + Math.max(0, missing), output };
    },
  };
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isError(event: JsonObject): boolean {
  return event['type'] === 'error' || event['type'] === 'response.failed' || isJsonObject(event['error']);
}

/** Bytes that an event adds to the output. Finished items repeat their deltas, so the two are summed apart. */
function outputOf(api: ModelApi, event: JsonObject): { readonly delta: number; readonly item: number } {
  if (api === 'openai-chat') return { delta: leafBytes(event['choices']), item: 0 };
  if (api === 'gemini') return { delta: leafBytes(event['candidates']), item: 0 };
  const type = typeof event['type'] === 'string' ? event['type'] : '';
  if (type === 'content_block_start') return { delta: leafBytes(event['content_block']), item: 0 };
  if (type === 'content_block_delta' || type.endsWith('.delta')) return { delta: leafBytes(event['delta']), item: 0 };
  if (type === 'response.output_item.done') return { delta: 0, item: leafBytes(event['item']) };
  return { delta: 0, item: 0 };
}

const CONTENT_OF: Record<ModelApi, string> = { 'anthropic-messages': 'content', 'openai-chat': 'choices', 'openai-responses': 'output', gemini: 'candidates' };

function contentOf(api: ModelApi, answer: JsonObject): unknown {
  return answer[CONTENT_OF[api]];
}

/** Bytes of all strings below a value, but for the wire's own. An own stack, because the depth is the provider's choice. */
function leafBytes(value: unknown): number {
  const open: unknown[] = [value];
  let bytes = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'string') bytes += Buffer.byteLength(next);
    else if (typeof next === 'number' || typeof next === 'boolean') bytes += 1;
    else if (Array.isArray(next)) for (const item of next) pushDefined(open, item);
    else if (isJsonObject(next)) for (const [key, item] of Object.entries(next)) if (!NOT_OUTPUT.has(key) && key !== 'index') pushDefined(open, item);
  }
  return bytes;
}

function pushDefined(open: unknown[], value: unknown): void {
  if (value !== undefined) open.push(value);
}
