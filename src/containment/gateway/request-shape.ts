import { digestOf } from '../../domain/digest.js';
import type { Digest } from '../../domain/ids.js';
import { canonicalJson } from '../../kit/canonical-json.js';
import type { RequestShape } from './cassette.js';
import { isJsonObject } from './json-object.js';
import type { Route } from './routes.js';
import type { VettedBody } from './vetted-body.js';

/** The shape by which a cassette knows a request again. */
export function requestShape(route: Route, vetted: Pick<VettedBody, 'fields' | 'model' | 'stream'>): Required<Omit<RequestShape, 'lastMessage'>> & { readonly lastMessage?: Digest } {
  const body = vetted.fields;
  const messages = listOf(body['messages'] ?? body['input'] ?? body['contents']);
  const last = messages.at(-1);
  return {
    path: route.path,
    model: vetted.model,
    stream: vetted.stream,
    messages: messages.length,
    roles: messages.map((message) => (isJsonObject(message) ? nameOf(message['role'] ?? message['type']) : 'text').slice(0, 40)),
    tools: listOf(body['tools']).flatMap(toolNames),
    ...(last !== undefined && { lastMessage: digestOf(withoutVolatile(canonicalJson(last))) }),
  };
}

/**
 * Takes out what differs between two runs that do the same: folders for temporary files, digests and random marks (eight
 * or more hexadecimal digits), and all numbers, which are dates, times, durations, process ids and ports. Every pattern
 * is bounded or cannot fail after a long match, so hostile text costs linear time.
 */
export function withoutVolatile(text: string): string {
  return text
    .replace(/\/(?:private\/)?(?:tmp|var\/tmp|var\/folders\/[^/\s"']{1,40}\/[^/\s"']{1,80}\/T)\/[^/\s"'\\]{1,255}/g, '/tmp/*')
    .replace(/[0-9a-fA-F]{8,}/g, '#')
    .replace(/[0-9]+/g, '0');
}

/** One entry of the Gemini API declares many functions. */
function toolNames(tool: unknown): readonly string[] {
  const declared = isJsonObject(tool) ? tool['functionDeclarations'] ?? tool['function_declarations'] : undefined;
  return declared === undefined ? [toolName(tool)] : listOf(declared).map(toolName);
}

function toolName(tool: unknown): string {
  if (!isJsonObject(tool)) return '';
  const inner = tool['function'];
  return nameOf(tool['name'] ?? (isJsonObject(inner) ? inner['name'] : tool['type'])).slice(0, 200);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function nameOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
