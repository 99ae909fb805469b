import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { GatewayRequest } from '../../ports/model-gateway.js';
import type { GatewayLimits } from './gateway-options.js';
import { refusal } from './refusal.js';
import type { Refusal } from './refusal.js';
import { vetBody } from './request-body.js';
import type { VettedBody } from './vetted-body.js';
import { queryKey, routeOf } from './routes.js';
import type { Route } from './routes.js';

export interface AdmissionRules {
  readonly request: GatewayRequest;
  readonly token: string;
  readonly limits: GatewayLimits;
  /** Bytes of bodies that are held at this moment, over all calls of the session. */
  readonly held: { bytes: number };
}

/** One request on its way in; `size` is what it adds to the bytes held, until the caller takes that off again. */
export interface Arrival { readonly message: IncomingMessage; size: number }

export interface Admitted { readonly route: Route; readonly vetted: VettedBody; readonly bytes: Buffer }

/** Everything that can be said about a request before it costs anything. `read` is told of a body that was then refused. */
export async function admit(rules: AdmissionRules, arrival: Arrival, read: (bytes: Buffer) => void): Promise<Result<Admitted, Refusal>> {
  const { message } = arrival;
  const framing = framingProblem(message);
  if (framing !== undefined) return err(refusal(400, 'framing', framing));
  if (!hasToken(message, rules.token)) return err(refusal(401, 'token', 'the token of this session is missing or wrong.'));
  const route = routeOf(rules.request.api, message.method, message.url);
  if (route === undefined) return err(refusal(403, 'path', 'only the model calls of this session are allowed; this method and path are not.'));
  const body = await readBody(rules, arrival);
  if (!body.ok) return body;
  read(body.value);
  const vetted = vetBody(body.value, rules.request.api, { model: rules.request.model, route });
  return vetted.ok ? ok({ route, vetted: vetted.value, bytes: body.value }) : vetted;
}

/** Two readings of where a request ends let one hide behind another. Node refuses most of these forms; this does not rely on it. */
function framingProblem(message: IncomingMessage): string | undefined {
  const names = message.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const lengths = names.filter((name) => name === 'content-length').length;
  const codings = names.filter((name) => name === 'transfer-encoding').length;
  if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0)) return 'the length of the request is given twice.';
  if (codings > 0 && message.headers['transfer-encoding'] !== 'chunked') return 'only the transfer coding `chunked` is read.';
  const encoding = message.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return 'compressed requests are not read.';
  return undefined;
}

/** Digests of equal length are compared, in constant time, so that neither content nor length of the token can be felt. */
function hasToken(message: IncomingMessage, token: string): boolean {
  const bearer = message.headers.authorization ?? '';
  const given = [message.headers['x-api-key'], message.headers['x-goog-api-key'], queryKey(message.url), bearer.slice(0, 7).toLowerCase() === 'bearer ' ? bearer.slice(7) : undefined];
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return given.filter((value) => typeof value === 'string' && timingSafeEqual(digest(value), expected)).length > 0;
}

async function readBody(rules: AdmissionRules, arrival: Arrival): Promise<Result<Buffer, Refusal>> {
  const { message } = arrival;
  const { requestBytesMax } = rules.limits;
  const tooLarge = err(refusal(413, 'body-size', `a request may have ${requestBytesMax} bytes at most.`));
  if (Number(message.headers['content-length'] ?? 0) > requestBytesMax) return tooLarge;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      arrival.size += chunk.length;
      rules.held.bytes += chunk.length;
      if (arrival.size > requestBytesMax) return tooLarge;
      if (rules.held.bytes > 2 * requestBytesMax) return err(refusal(429, 'busy', 'too many large requests at the same time.'));
      chunks.push(chunk);
    }
    return ok(Buffer.concat(chunks));
  } catch {
    return err(refusal(400, 'body-cut', 'the request was not sent to its end.'));
  }
}
