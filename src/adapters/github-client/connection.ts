import { setTimeout as sleep } from 'node:timers/promises';
import type { GithubClientDeps, GithubClientOptions } from './client-options.js';
import { httpCall, type HttpCall } from './http-call.js';
import { WritePace } from './pace.js';

export interface Connection {
  /** @throws CallFailed for what the service or the network did; the reason of the signal when the caller cancels. */
  request(route: string, parameters: Readonly<Record<string, unknown>>, how: { readonly once: boolean; readonly signal: AbortSignal | undefined }): Promise<{ readonly data: unknown; readonly link: string }>;
}

/** A call that got no answer (`response` is absent), or one that is no success. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly status: number;
  readonly response: Answer | undefined;

  constructor(about: { readonly status: number; readonly response: Answer | undefined; readonly cause: unknown }) {
    super(`the call failed with status ${String(about.status)}`, { cause: about.cause });
    this.status = about.status;
    this.response = about.response;
  }
}

interface Answer { readonly headers: Readonly<Record<string, string>>; readonly data: unknown }

const WAIT_SECONDS_MAX = 60;
/** GitHub's advice for a secondary limit that names no time. */
const UNNAMED_WAIT_SECONDS = 60;
const LIMIT_RETRIES_MAX = 3;
const FAILURE_RETRIES_MAX = 3;
const FREE_WRITES = 40;
/** Statuses that stay the same however often one asks. Limits (403, 429) are waited out by a rule of their own. */
const NEVER_RETRIED: ReadonlySet<number> = new Set([400, 401, 403, 404, 409, 410, 422, 429, 451]);
const NO_ANSWER = 500;

/**
 * Calls over Node's own fetch, with bounded retries, obeyed limits and a deadline for each single answer. There is no
 * client library here on purpose: the usual one brings a second HTTP stack (a tenth of a second to load) and queues with
 * timers around every call (15 ms each, in a run of forty calls that wait for one another).
 */
export function connect(options: GithubClientOptions, deps: Pick<GithubClientDeps, 'backoffUnitMs' | 'requestTimeoutMs'>): Connection {
  const unitMs = deps.backoffUnitMs ?? 1000;
  const pace = new WritePace(FREE_WRITES, unitMs);
  const timeoutMs = deps.requestTimeoutMs ?? 30_000;
  return {
    async request(route, parameters, { once, signal }) {
      const call = httpCall(route, parameters, options);
      const retries = { limits: 0, failures: once ? FAILURE_RETRIES_MAX : 0 };
      for (;;) {
        signal?.throwIfAborted();
        if (call.method !== 'GET') await pace.turn(signal);
        try {
          const { data, headers } = await send(call, timeoutMs, signal);
          return { data, link: headers['link'] ?? '' };
        } catch (error) {
          const seconds = error instanceof CallFailed && signal?.aborted !== true ? waitBefore(error, retries) : undefined;
          if (seconds === undefined) throw error;
          await sleep(seconds * unitMs, undefined, { ...(signal === undefined ? {} : { signal }) });
        }
      }
    },
  };
}

async function send(call: HttpCall, timeoutMs: number, signal: AbortSignal | undefined): Promise<Answer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  let status: number;
  let answer: Answer;
  try {
    const response = await fetch(call.url, {
      method: call.method, headers: call.headers, ...(call.body === undefined ? {} : { body: call.body }),
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    ({ status } = response);
    answer = { headers: Object.fromEntries(response.headers), data: readable(await response.text()) };
  } catch (cause) {
    throw new CallFailed({ status: NO_ANSWER, response: undefined, cause });
  }
  if (status >= 300) throw new CallFailed({ status, response: answer, cause: undefined });
  if (isLimitedGraphql(call, answer.data)) throw new CallFailed({ status: 429, response: answer, cause: undefined });
  return answer;
}

/** A text that is no JSON (a page that broke off, a proxy's page) is left for the caller's schema to refuse. */
function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** GraphQL tells its limit with status 200. */
function isLimitedGraphql(call: HttpCall, data: unknown): boolean {
  if (!call.url.endsWith('/graphql') || typeof data !== 'object' || data === null || !('errors' in data) || !Array.isArray(data.errors)) return false;
  return data.errors.some((error: unknown) => typeof error === 'object' && error !== null && 'type' in error && error.type === 'RATE_LIMITED');
}

/** Seconds to wait before the same call is made again, or `undefined` when it is not to be. Counts the tries. */
function waitBefore(failed: CallFailed, retries: { limits: number; failures: number }): number | undefined {
  const limit = failed.response === undefined ? undefined : limitSeconds(failed.status, failed.response);
  if (limit !== undefined) {
    retries.limits += 1;
    return limit <= WAIT_SECONDS_MAX && retries.limits <= LIMIT_RETRIES_MAX ? limit : undefined;
  }
  if (NEVER_RETRIED.has(failed.status) || failed.status < 400 || retries.failures >= FAILURE_RETRIES_MAX) return undefined;
  retries.failures += 1;
  return retries.failures ** 2;
}

/** How long a limit lasts: by its own header, by the second at which the budget is full again, or as GitHub advises. */
function limitSeconds(status: number, { headers, data }: Answer): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const named = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(named)) return Math.max(0, named);
  const reset = headers['x-ratelimit-remaining'] === '0' ? Number(headers['x-ratelimit-reset'] ?? Number.NaN) : Number.NaN;
  // One second more: the budget is full after that second, not at its start.
  if (Number.isFinite(reset)) return Math.max(0, Math.ceil(reset - Date.now() / 1000)) + 1;
  const place = typeof data === 'object' && data !== null && 'documentation_url' in data ? String(data.documentation_url) : '';
  return status === 429 || place.includes('secondary-rate-limits') ? UNNAMED_WAIT_SECONDS : undefined;
}
