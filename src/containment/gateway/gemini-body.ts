import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { isJsonObject } from './json-object.js';
import type { JsonObject } from './json-object.js';
import { refusal } from './refusal.js';
import type { Refusal } from './refusal.js';
import type { Route } from './routes.js';
import type { VettedBody } from './vetted-body.js';

/** The API's own cap on an answer, hidden thoughts included: what a client that names no bound can get. */
const OUTPUT_ASSUMED = 65_536;
const OUTPUT_MIN = 256;

/** What a request may hold. A list of what is allowed, because this API reads every member in two spellings and gains new ones. */
const TAKEN = new Set(['contents', 'systeminstruction', 'tools', 'toolconfig', 'generationconfig', 'safetysettings', 'model']);
/** Without these the request would mean something else, so it is refused and not mended. */
const REFUSED = new Set(['cachedcontent', 'generatecontentrequest']);

/** Vets a request of the Gemini API, whose members may be written in camel case or with underscores. */
export function vetGemini(body: JsonObject, { model, route }: { readonly model: string; readonly route: Route }): Result<VettedBody, Refusal> {
  const named = body['model'];
  if (named !== undefined && named !== model && named !== `models/${model}`) return err(refusal(403, 'model', `this session may use the model ${model} only.`));
  const spelled = Object.keys(body).map(plain);
  if (new Set(spelled).size !== spelled.length) return err(refusal(400, 'body', 'a member is given in two spellings.'));
  for (const [key, value] of Object.entries(body)) {
    if (REFUSED.has(plain(key)) && isSet(value)) return err(refusal(403, `field:${safe(key)}`, `\`${safe(key)}\` is not allowed: only what stands in the request itself may be used.`));
  }
  if (pointsOutside(memberOf(body, 'contents')) || pointsOutside(memberOf(body, 'systeminstruction'))) {
    return err(refusal(403, 'source:url', 'content by address is not allowed: put images and documents into the request as inlineData.'));
  }
  const config = memberOf(body, 'generationconfig');
  const generation = isJsonObject(config) ? config : {};
  const problem = generationProblem(generation);
  if (problem !== undefined) return err(problem);
  const asked = memberOf(generation, 'maxoutputtokens');
  const stripped: string[] = [];
  return ok({
    fields: Object.fromEntries(Object.entries(body).flatMap(([key, value]) => takeMember({ key, value, stripped }))),
    model, stream: route.inPath?.stream === true, outputAsked: typeof asked === 'number' ? asked : undefined, outputAssumed: OUTPUT_ASSUMED,
    outputMin: OUTPUT_MIN + thinkingBudget(generation), writesCache: false, usageAdded: false, stripped,
  });
}

/** The body for the provider; a bound is written in the spelling that the client used. */
export function renderGemini(fields: JsonObject, limit: number | undefined): Buffer {
  if (limit === undefined) return Buffer.from(JSON.stringify(fields));
  const name = Object.keys(fields).find((key) => plain(key) === 'generationconfig') ?? 'generationConfig';
  const config = fields[name];
  const generation = isJsonObject(config) ? config : {};
  const bound = Object.keys(generation).find((key) => plain(key) === 'maxoutputtokens') ?? 'maxOutputTokens';
  return Buffer.from(JSON.stringify({ ...fields, [name]: { ...generation, [bound]: limit } }));
}

interface Member { readonly key: string; readonly value: unknown; readonly stripped: string[] }

function takeMember({ key, value, stripped }: Member): readonly (readonly [string, unknown])[] {
  const name = plain(key);
  if (!TAKEN.has(name)) {
    if (!REFUSED.has(name)) stripped.push(`field:${safe(key)}`);
    return [];
  }
  if (name === 'tools') return keepDeclarations(key, value, stripped);
  if (name !== 'toolconfig' || !isJsonObject(value)) return [[key, value]];
  // Beside the choice of functions it steers tools that run at the provider.
  const kept = Object.entries(value).filter(([inner]) => plain(inner) === 'functioncallingconfig');
  return kept.length === 0 ? [] : [[key, Object.fromEntries(kept)]];
}

/** Only declared functions are called by the client; search, page fetch, code, maps, files and computers run at the provider. */
function keepDeclarations(key: string, value: unknown, stripped: string[]): readonly (readonly [string, unknown])[] {
  const tools: readonly unknown[] = Array.isArray(value) ? value : [value];
  const kept = tools.flatMap((tool) => {
    if (!isJsonObject(tool)) {
      stripped.push('tool:not-an-object');
      return [];
    }
    const declared = Object.entries(tool).filter(([name]) => plain(name) === 'functiondeclarations');
    stripped.push(...Object.keys(tool).filter((name) => plain(name) !== 'functiondeclarations').map((name) => `tool:${safe(name)}`));
    return declared.length === 0 ? [] : [Object.fromEntries(declared)];
  });
  return kept.length === 0 ? [] : [[key, kept]];
}

function generationProblem(generation: JsonObject): Refusal | undefined {
  const spelled = Object.keys(generation).map(plain);
  if (new Set(spelled).size !== spelled.length) return refusal(400, 'body', 'a member is given in two spellings.');
  const asked = memberOf(generation, 'maxoutputtokens');
  if (asked !== undefined && asked !== null && !(typeof asked === 'number' && Number.isSafeInteger(asked) && asked > 0)) return refusal(400, 'output-limit', 'the bound on output tokens must be a whole number above 0.');
  const candidates = memberOf(generation, 'candidatecount');
  if (candidates !== undefined && candidates !== null && candidates !== 1) return refusal(403, 'field:candidateCount', '`candidateCount` must be 1.');
  const modalities = memberOf(generation, 'responsemodalities');
  const other = Array.isArray(modalities) && modalities.some((one: unknown) => typeof one !== 'string' || one.toUpperCase() !== 'TEXT');
  return other ? refusal(403, 'field:responseModalities', 'answers are text only.') : undefined;
}

function thinkingBudget(generation: JsonObject): number {
  const thinking = memberOf(generation, 'thinkingconfig');
  const budget = isJsonObject(thinking) ? memberOf(thinking, 'thinkingbudget') : undefined;
  return typeof budget === 'number' && Number.isSafeInteger(budget) && budget > 0 ? budget : 0;
}

/** Members whose value is the model's or a tool's own data, in which such words mean nothing. */
const DATA = new Set(['args', 'response']);

function pointsOutside(content: unknown): boolean {
  const open: unknown[] = [content];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) for (const item of next) open.push(item);
    else if (isJsonObject(next)) {
      for (const [key, value] of Object.entries(next)) {
        if (plain(key) === 'filedata' && isSet(value)) return true;
        if (!DATA.has(key)) open.push(value);
      }
    }
  }
  return false;
}

function memberOf(body: JsonObject, name: string): unknown {
  return Object.entries(body).find(([key]) => plain(key) === name)?.[1];
}

function plain(key: string): string {
  return key.replaceAll('_', '').toLowerCase();
}

function safe(key: string): string {
  return key.replace(/[^\w.-]/g, '?').slice(0, 60);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
