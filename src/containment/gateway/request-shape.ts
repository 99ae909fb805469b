import { digestOf } from '../../domain/digest.js';
import type { Digest } from '../../domain/ids.js';
import { canonicalJson } from '../../kit/canonical-json.js';
import type { RequestShape } from './cassette.js';
import { isJsonObject } from './json-object.js';
import type { JsonObject } from './json-object.js';
import type { Route } from './routes.js';

/** The shape by which a cassette knows a request again. */
export function requestShape(route: Route, body: JsonObject): Required<Omit<RequestShape, 'lastMessage'>> & { readonly lastMessage?: Digest } {
  const messages = listOf(body['messages'] ?? body['input']);
  const last = messages.at(-1);
  return {
    path: route.path,
    model: nameOf(body['model']),
    stream: body['stream'] === true,
    messages: messages.length,
    roles: messages.map((message) => (isJsonObject(message) ? nameOf(message['role'] ?? message['type']) : 'text').slice(0, 40)),
    tools: listOf(body['tools']).map(toolName),
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
