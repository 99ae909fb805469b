import type { ModelApi } from '../../ports/model-gateway.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { renderGemini, vetGemini } from './gemini-body.js';
import type { VettedBody } from './vetted-body.js';
import { foreignSource } from './foreign-sources.js';
import { isJsonObject } from './json-object.js';
import type { JsonObject } from './json-object.js';
import { refusal } from './refusal.js';
import type { Refusal } from './refusal.js';
import { parseBody } from './parse-body.js';
import type { Route } from './routes.js';
import { shownField, untaken } from './taken-fields.js';
import { filterTools } from './tool-filter.js';

const OUTPUT_MIN = 256;
/** What a client that names no bound is taken to ask for, and, where answers may hold reasoning that no stream shows, is given. */
const OUTPUT_ASSUMED = 16_384;
const OUTPUT_ASSUMED_REASONING = 100_000;

/** Members that let the provider act on things which are not in the request. Such a request makes no sense without them. */
const REFUSED_FIELDS = ['mcp_servers', 'container', 'previous_response_id', 'conversation', 'prompt', 'background', 'audio', 'skills'];

/**
 * Reads a request body once, strictly, and says whether it may be passed on. Of members written twice JSON.parse keeps
 * the last and the body is written anew from the parsed value, so the provider can never read another one;
 * `__proto__` is an ordinary member here, and one that is not taken.
 */
export function vetBody(bytes: Uint8Array, api: ModelApi, { model, route }: { readonly model: string; readonly route: Route }): Result<VettedBody, Refusal> {
  const parsed = parseBody(bytes);
  if (!parsed.ok) return parsed;
  const body = parsed.value;
  if ((route.inPath?.model ?? body['model']) !== model) return err(refusal(403, 'model', `this session may use the model ${model} only.`));
  if (api === 'gemini') return vetGemini(body, { model, route });
  for (const field of REFUSED_FIELDS) {
    if (isSet(body[field])) return err(refusal(403, `field:${field}`, `\`${field}\` is not allowed: only what stands in the request itself may be used.`));
  }
  if (body['n'] !== undefined && body['n'] !== 1) return err(refusal(403, 'field:n', '`n` must be 1.'));
  const modalities = body['modalities'];
  if (isSet(modalities) && !(Array.isArray(modalities) && modalities.every((one) => one === 'text'))) return err(refusal(403, 'field:modalities', 'answers are text only.'));
  const source = foreignSource(body['messages']) ?? foreignSource(body['system']) ?? foreignSource(body['input']);
  if (source !== undefined) {
    return err(refusal(403, `source:${source}`, `content by ${source} is not allowed: put images and documents into the request as base64.`));
  }
  const asked = outputAsked(api, body);
  if (asked === 'invalid') return err(refusal(400, 'output-limit', 'the bound on output tokens must be a whole number above 0.'));
  return ok(rebuild(api, body, { model, asked }));
}

function rebuild(api: Exclude<ModelApi, 'gemini'>, body: JsonObject, { model, asked }: { readonly model: string; readonly asked: number | undefined }): VettedBody {
  const tools = filterTools(body);
  const strippedFields = untaken(api, tools.body);
  const storing = api !== 'anthropic-messages' && body['store'] !== undefined && body['store'] !== false && body['store'] !== null;
  const stream = body['stream'] === true;
  const streamOptions = isJsonObject(body['stream_options']) ? body['stream_options'] : {};
  const usageAdded = api === 'openai-chat' && stream && streamOptions['include_usage'] !== true;
  const fields = Object.fromEntries([
    ...Object.entries(tools.body).filter(([key]) => !strippedFields.includes(key)),
    // The responses API stores every answer unless told otherwise.
    ...(storing || api === 'openai-responses' ? [['store', false] as const] : []),
    ...(usageAdded ? [['stream_options', { ...streamOptions, include_usage: true }] as const] : []),
  ]);
  return {
    fields, model, stream, outputAsked: asked, outputMin: OUTPUT_MIN + thinkingBudget(body), usageAdded,
    outputAssumed: reasons(body) ? OUTPUT_ASSUMED_REASONING : OUTPUT_ASSUMED,
    writesCache: api === 'anthropic-messages' && JSON.stringify(body).includes('"cache_control"'),
    stripped: [...tools.stripped, ...strippedFields.map(shownField), ...(storing ? ['field:store'] : [])],
  };
}

/** The body with a bound on the output, written for the provider. `limit` undefined leaves the client's own word. */
export function renderBody(api: ModelApi, vetted: VettedBody, options: { readonly limit: number | undefined; readonly modernChat: boolean }): Buffer {
  const { fields } = vetted;
  if (api === 'gemini') return renderGemini(fields, options.limit);
  if (options.limit === undefined) return Buffer.from(JSON.stringify(fields));
  const names = outputFields(api).filter((name) => fields[name] !== undefined && fields[name] !== null);
  const missing = api === 'openai-chat' && !options.modernChat ? 'max_tokens' : outputFields(api)[0];
  const limits = (names.length > 0 ? names : [missing]).map((name) => [name, options.limit] as const);
  return Buffer.from(JSON.stringify(Object.fromEntries([...Object.entries(fields), ...limits])));
}

function outputFields(api: ModelApi): readonly [string, ...string[]] {
  if (api === 'openai-chat') return ['max_completion_tokens', 'max_tokens'];
  return api === 'openai-responses' ? ['max_output_tokens'] : ['max_tokens'];
}

function outputAsked(api: ModelApi, body: JsonObject): number | undefined | 'invalid' {
  const values = outputFields(api).map((name) => body[name]).filter((value) => value !== undefined && value !== null);
  if (values.length === 0) return undefined;
  if (!values.every((value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0)) return 'invalid';
  return Math.max(...values);
}

function thinkingBudget(body: JsonObject): number {
  const thinking = body['thinking'];
  const budget = isJsonObject(thinking) ? thinking['budget_tokens'] : undefined;
  return typeof budget === 'number' && Number.isSafeInteger(budget) && budget > 0 ? budget : 0;
}

/** The request turns on reasoning whose tokens are paid and not shown. */
function reasons(body: JsonObject): boolean {
  const efforts = [isJsonObject(body['reasoning']) ? body['reasoning']['effort'] ?? 'medium' : undefined, body['reasoning_effort']];
  return efforts.some((effort) => effort !== undefined && effort !== null && effort !== 'none');
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
}
