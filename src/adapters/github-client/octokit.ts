import type { GithubClientDeps, GithubClientOptions } from './client-options.js';
import { WritePace } from './pace.js';

export interface Connection {
  request(route: string, parameters: Readonly<Record<string, unknown>>, how: { readonly once: boolean; readonly signal: AbortSignal | undefined }): Promise<{ readonly data: unknown; readonly link: string }>;
}

const WAIT_SECONDS_MAX = 60;
const LIMIT_RETRIES_MAX = 3;
const FREE_WRITES = 40;
/** Statuses that stay the same however often one asks; limits (403, 429) are waited out by the throttling plugin alone. */
const NEVER_RETRIED = [400, 401, 403, 404, 409, 410, 422, 429, 451];

/**
 * The official client with bounded retries. It is loaded here and not above, because a run that ends before its first
 * call must not pay for it. Its proxy support is kept; each single answer gets a deadline of its own.
 */
export async function connect(options: GithubClientOptions, deps: Pick<GithubClientDeps, 'backoffUnitMs' | 'requestTimeoutMs'>): Promise<Connection> {
  const [{ GitHub, defaults, getOctokitOptions }, { retry }, { throttling }] = await Promise.all([
    import('@actions/github/lib/utils'), import('@octokit/plugin-retry'), import('@octokit/plugin-throttling'),
  ]);
  const unitMs = deps.backoffUnitMs ?? 1000;
  const pace = new WritePace(FREE_WRITES, unitMs);
  const silent = (): void => undefined;
  const waits = (retryAfter: number, _options: unknown, _octokit: unknown, retryCount: number): boolean => retryAfter <= WAIT_SECONDS_MAX && retryCount < LIMIT_RETRIES_MAX;
  const proxied = (defaults.request as { fetch?: typeof fetch } | undefined)?.fetch ?? fetch;
  const Client = GitHub.plugin(retry, throttling);
  const client = new Client({
    ...getOctokitOptions(options.token, {
      baseUrl: options.apiUrl.replace(/\/+$/, ''), userAgent: 'heddle',
      // What the client would print holds foreign text; the log is reached through the line filter only.
      log: { debug: silent, info: silent, warn: silent, error: silent },
      request: { fetch: withDeadline(proxied, deps.requestTimeoutMs ?? 30_000) },
    }),
    retry: { doNotRetry: NEVER_RETRIED, retryAfterBaseValue: unitMs },
    throttle: { id: crypto.randomUUID(), retryAfterBaseValue: unitMs, onRateLimit: waits, onSecondaryRateLimit: waits, ...paced(pace) },
  });
  return {
    request: async (route, parameters, { once, signal }) => {
      // `retries` is set for no other value than 0: set at all, it makes the plugin retry what must never be retried.
      // Asked for before the call is made: a call nobody waits for would end as an unhandled rejection.
      signal?.throwIfAborted();
      const answer = await cancellable(client.request(route, { ...parameters, request: { ...(once ? { retries: 0 } : {}), ...(signal === undefined ? {} : { signal }) } }), signal);
      return { data: answer.data, link: answer.headers.link ?? '' };
    },
  };
}

/** The plugin's type asks for the whole class of a limiter library; it calls `key().schedule()` and nothing else. */
function paced(pace: WritePace): object {
  return { write: pace, notifications: pace };
}

function withDeadline(inner: typeof fetch, timeoutMs: number): typeof fetch {
  return async (url, init) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = init?.signal instanceof AbortSignal ? AbortSignal.any([init.signal, deadline]) : deadline;
    return inner(url, { ...init, signal });
  };
}

/** The caller does not wait out a backoff that it has cancelled; the abandoned call ends by itself and its failure is nobody's. */
async function cancellable<T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return call;
  let stop: () => void = () => undefined;
  const cancelled = new Promise<never>((_resolve, reject) => {
    stop = () => { reject(new Error('cancelled', { cause: signal.reason })); };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([call, cancelled]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
