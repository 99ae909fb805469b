import type { ModelApi } from '../../ports/model-gateway.js';
import type { JsonObject } from './json-object.js';

const SAMPLING = ['temperature', 'top_p', 'top_k', 'metadata', 'stream', 'model', 'tools', 'tool_choice', 'service_tier', 'cache_control'];
const OPENAI = ['max_tokens', 'parallel_tool_calls', 'prompt_cache_key', 'safety_identifier', 'reasoning', 'store', 'stream_options', 'top_logprobs', 'user'];

/**
 * What a request may hold. A list of what is allowed, because providers gain members and private routes know others: ones
 * that name another address, another key, another model, another price (`api_base`, `fallbacks`, `provider`), or that turn
 * features on where a header would be refused (`anthropic_beta`).
 */
const TAKEN: Record<Exclude<ModelApi, 'gemini'>, ReadonlySet<string>> = {
  'anthropic-messages': new Set([
    ...SAMPLING, 'messages', 'system', 'max_tokens', 'stop_sequences', 'thinking', 'output_config', 'output_format', 'context_management',
  ]),
  'openai-chat': new Set([
    ...SAMPLING, ...OPENAI, 'messages', 'max_completion_tokens', 'n', 'stop', 'seed', 'frequency_penalty', 'presence_penalty', 'repetition_penalty', 'min_p', 'logit_bias', 'logprobs',
    'response_format', 'reasoning_effort', 'verbosity', 'functions', 'function_call', 'modalities',
    // Other servers of the format: how much a model thinks.
    'thinking', 'enable_thinking', 'thinking_budget', 'chat_template_kwargs', 'include_reasoning',
  ]),
  'openai-responses': new Set([...SAMPLING, ...OPENAI, 'input', 'instructions', 'include', 'max_output_tokens', 'max_tool_calls', 'text', 'truncation']),
};

/** Members of this request that are taken out, by name. */
export function untaken(api: Exclude<ModelApi, 'gemini'>, body: JsonObject): readonly string[] {
  return Object.keys(body).filter((name) => !TAKEN[api].has(name) || (name === 'service_tier' && !isPlainTier(body[name])) || (name === 'context_management' && compacts(body[name])));
}

/** A name that a client chose, for the record. */
export function shownField(name: string): string {
  return `field:${name.replace(/[^\w.-]/g, '?').slice(0, 60)}`;
}

function isPlainTier(value: unknown): boolean {
  return value === 'default' || value === 'standard_only' || value === 'flex';
}

/** A summary made by the provider is a call of its own, which the usage of the answer leaves out. Deep values were refused before. */
function compacts(value: unknown): boolean {
  return JSON.stringify(value).toLowerCase().includes('"compact');
}
