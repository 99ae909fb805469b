import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '@octokit/request';
import { RequestError } from '@octokit/request-error';
import type { GithubClientDeps, GithubClientOptions } from './client-options.js';
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

const API_VERSION = '2022-11-28';
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
 * Calls through GitHub's own request library, with bounded retries, obeyed limits and a deadline for each single answer. Its
 * retry and throttling plug-ins are left out on purpose: they queue every call through timers (15 ms each, in a run of
 * forty calls that wait for one another). The toolkit's client, with its second HTTP stack (a tenth of a second to load), is
 * loaded where a proxy is set, and only for its way through the proxy.
 */
export function connect(options: GithubClientOptions, deps: Pick<GithubClientDeps, 'backoffUnitMs' | 'requestTimeoutMs'>): Connection {
  const unitMs = deps.backoffUnitMs ?? 1000;
  const pace = new WritePace(FREE_WRITES, unitMs);
  const timeoutMs = deps.requestTimeoutMs ?? 30_000;
  const way = options.proxied === true ? throughProxy() : Promise.resolve(fetch);
  const ask = request.defaults({
    baseUrl: options.apiUrl.replace(/\/+$/, ''),
    headers: { authorization: `token ${options.token}`, 'user-agent': 'heddle', 'x-github-api-version': API_VERSION },
  });
  return {
    async request(route, parameters, { once, signal }) {
      for (const value of Object.values(parameters)) if (value === '.' || value === '..') throw new Error(`${route} was called with a path that leaves it`);
      const retries = { limits: 0, failures: once ? FAILURE_RETRIES_MAX : 0 };
      for (;;) {
        signal?.throwIfAborted();
        if (!route.startsWith('GET ')) await pace.turn(signal);
        try {
          const { data, headers } = await send(async (how) => ask(route, { ...parameters, request: { ...how, fetch: await way, log: SILENT } }), { timeoutMs, signal, graphql: route === 'POST /graphql' });
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

/** The library would tell of deprecated routes on the console, in the service's words: into the runner's log. */
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  return;
}

/** The toolkit reads the proxy from the environment, as every action of the runner does. */
async function throughProxy(): Promise<typeof fetch> {
  const { defaults } = await import('@actions/github/lib/utils');
  return (defaults.request?.fetch ?? fetch) as typeof fetch;
}

type Asked = { readonly status: number; readonly headers: object; readonly data: unknown };

async function send(ask: (how: { readonly signal: AbortSignal }) => Promise<Asked>, how: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined; readonly graphql: boolean }): Promise<Answer> {
  const deadline = AbortSignal.timeout(how.timeoutMs);
  let answer: Answer;
  try {
    const { headers, data } = await ask({ signal: how.signal === undefined ? deadline : AbortSignal.any([how.signal, deadline]) });
    answer = { headers: headers as Record<string, string>, data };
  } catch (cause) {
    const response = cause instanceof RequestError && cause.response !== undefined ? { headers: cause.response.headers as Record<string, string>, data: cause.response.data as unknown } : undefined;
    throw new CallFailed({ status: response === undefined || !(cause instanceof RequestError) ? NO_ANSWER : cause.status, response, cause });
  }
  if (how.graphql && isLimitedGraphql(answer.data)) throw new CallFailed({ status: 429, response: answer, cause: undefined });
  return answer;
}

/** GraphQL tells its limit with status 200. */
function isLimitedGraphql(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || !('errors' in data) || !Array.isArray(data.errors)) return false;
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
