import type { ModelApi } from '../../ports/model-gateway.js';
import { isJsonObject } from './json-object.js';
import type { JsonObject } from './json-object.js';
import type { TokenCounts } from './prices.js';

export interface ReportedUsage {
  readonly input: TokenCounts | undefined;
  readonly output: number | undefined;
  /** The event carries usage and no content (the extra last chunk of a chat stream). */
  readonly only: boolean;
}

const NOTHING: ReportedUsage = { input: undefined, output: undefined, only: false };
const TOKENS_MAX = 1_000_000_000;

/** Reads the usage that an event or a whole answer reports, in the provider's own terms; figures that cannot be true are left out. */
export function readUsage(api: ModelApi, value: JsonObject): ReportedUsage {
  switch (api) {
    case 'anthropic-messages': return readAnthropic(value);
    case 'openai-chat': return readOpenai(value, 'prompt_tokens', 'completion_tokens');
    case 'openai-responses': return readOpenai(members(value['response']) ?? value, 'input_tokens', 'output_tokens');
    case 'gemini': return readGemini(value);
  }
}

/** Input counts come apart (plain, read from and written to the cache). A stream's first event gives the input, its last the output. */
function readAnthropic(value: JsonObject): ReportedUsage {
  const start = value['type'] === 'message_start';
  const usage = members(start ? members(value['message'])?.['usage'] : value['usage']);
  if (usage === undefined) return NOTHING;
  const plain = tokens(usage['input_tokens']);
  const cacheRead = tokens(usage['cache_read_input_tokens'] ?? 0);
  const cacheWrite = tokens(usage['cache_creation_input_tokens'] ?? 0);
  const hour = tokens(members(usage['cache_creation'])?.['ephemeral_1h_input_tokens'] ?? 0);
  const known = plain !== undefined && cacheRead !== undefined && cacheWrite !== undefined && plain + cacheRead + cacheWrite > 0;
  return {
    input: known ? { input: plain, cacheRead, cacheWrite, cacheWriteHour: Math.min(hour ?? 0, cacheWrite), output: 0 } : undefined,
    // The first event says 1 or so: a placeholder, never the sum.
    output: start ? undefined : tokens(usage['output_tokens']),
    only: false,
  };
}

/** The prompt's figure includes the cached part. */
function readOpenai(value: JsonObject, inputName: 'prompt_tokens' | 'input_tokens', outputName: 'completion_tokens' | 'output_tokens'): ReportedUsage {
  const usage = members(value['usage']);
  if (usage === undefined) return NOTHING;
  const whole = tokens(usage[inputName]);
  const cached = tokens(members(usage[`${inputName}_details`])?.['cached_tokens'] ?? 0) ?? 0;
  const cacheRead = whole === undefined || cached > whole ? 0 : cached;
  return {
    input: whole === undefined || whole === 0 ? undefined : { input: whole - cacheRead, cacheRead, cacheWrite: 0, cacheWriteHour: 0, output: 0 },
    output: tokens(usage[outputName]),
    only: Array.isArray(value['choices']) && value['choices'].length === 0,
  };
}

/** Each event carries the sums so far. The prompt's figure includes the cached part; thoughts are output that is paid and not shown. */
function readGemini(value: JsonObject): ReportedUsage {
  const usage = members(value['usageMetadata']);
  if (usage === undefined) return NOTHING;
  const prompt = tokens(usage['promptTokenCount']);
  const ofTools = tokens(usage['toolUsePromptTokenCount'] ?? 0);
  const cached = tokens(usage['cachedContentTokenCount'] ?? 0) ?? 0;
  const thoughts = tokens(usage['thoughtsTokenCount'] ?? 0);
  const candidates = tokens(usage['candidatesTokenCount'] ?? 0);
  const whole = prompt === undefined || ofTools === undefined ? undefined : prompt + ofTools;
  const cacheRead = whole === undefined || cached > whole ? 0 : cached;
  return {
    input: whole === undefined || whole === 0 ? undefined : { input: whole - cacheRead, cacheRead, cacheWrite: 0, cacheWriteHour: 0, output: 0 },
    output: thoughts === undefined || candidates === undefined ? undefined : thoughts + candidates,
    only: false,
  };
}

function members(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function tokens(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX ? value : undefined;
}
