import { z } from 'zod';
import type { Failure } from './fault.js';

/** The parts of the client library's error that say something; everything in it comes from outside. */
const RequestError = z.object({
  status: z.number().int(),
  response: z.object({
    headers: z.record(z.string(), z.unknown()).default({}),
    data: z.unknown(),
  }).optional(),
  cause: z.unknown(),
});
const ErrorBody = z.object({
  message: z.string().default(''),
  documentation_url: z.string().default(''),
  errors: z.array(z.unknown()).default([]),
});
const ErrorDetail = z.object({ message: z.string().optional(), field: z.string().optional(), code: z.string().optional() });
const Named = z.object({ name: z.string() });

/**
 * What went wrong with a call, from status, headers and names alone; GitHub's words are only quoted.
 * A limit is told by 429, by `x-ratelimit-remaining: 0`, by `retry-after`, or by the documentation link of the secondary limits.
 *
 * @throws the error itself when it does not come from the client library: then it is a bug.
 */
export function readFailure(error: unknown, signal: AbortSignal | undefined): Failure {
  if (signal?.aborted === true) return { kind: 'cancelled' };
  const parsed = RequestError.safeParse(error);
  if (!parsed.success) throw error;
  const { response, status, cause } = parsed.data;
  if (response === undefined) {
    const name = Named.safeParse(cause);
    return { kind: 'no-answer', timedOut: name.success && name.data.name === 'TimeoutError' };
  }
  const body = ErrorBody.safeParse(response.data);
  const { headers } = response;
  const limited = status === 429 || (status === 403 && (headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined
    || (body.success && body.data.documentation_url.includes('secondary-rate-limits'))));
  return { kind: 'status', status, limited, retryAfterMs: retryAfterMs(headers), words: body.success ? wordsOf(body.data) : '' };
}

/** GitHub gives seconds to wait, or the second at which the limit is lifted. */
function retryAfterMs(headers: Readonly<Record<string, unknown>>): number | undefined {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(seconds)) return Math.max(0, Math.round(seconds * 1000));
  const reset = headers['x-ratelimit-remaining'] === '0' ? Number(headers['x-ratelimit-reset'] ?? Number.NaN) : Number.NaN;
  return Number.isFinite(reset) ? Math.max(0, Math.round(reset * 1000 - Date.now())) : undefined;
}

function wordsOf(body: z.output<typeof ErrorBody>): string {
  const details = body.errors.flatMap((detail) => {
    const parsed = ErrorDetail.safeParse(detail);
    return parsed.success ? [[parsed.data.field, parsed.data.code, parsed.data.message].filter((part) => part !== undefined).join(' ')] : [];
  });
  // Foreign text: one line of visible ASCII, short.
  return [body.message, ...details].join('; ').replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
}
