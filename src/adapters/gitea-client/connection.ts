import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../../kit/result.js';
import type { GiteaClientDeps, GiteaClientOptions } from './client-options.js';
import type { Failure } from './fault.js';

export interface Asked {
  readonly method: string;
  /** Behind the address of the API, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** The write would be seen by people, so a lost answer is not tried again. */
  readonly once: boolean;
  readonly signal: AbortSignal | undefined;
}

export interface Answer { readonly status: number; readonly data: unknown; readonly link: string; readonly total: number | undefined }

export interface Connection { ask(asked: Asked): Promise<Result<Answer, Failure>> }

const WAIT_SECONDS_MAX = 60;
const LIMIT_RETRIES_MAX = 3;
const FAILURE_RETRIES_MAX = 3;
/** Of a proxy that names no time. */
const UNNAMED_WAIT_SECONDS = 30;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Calls with Node's own fetch: bounded retries, a deadline for each answer, limits of a proxy obeyed, no redirects (the token
 * would go along). The clients on the npm registry are generated for one version of the description and bring neither
 * retries, nor limits, nor a check of the answers, so nothing would be saved by one.
 */
export function connect(options: GiteaClientOptions, deps: Pick<GiteaClientDeps, 'backoffUnitMs' | 'requestTimeoutMs'>): Connection {
  const unitMs = deps.backoffUnitMs ?? 1000;
  const timeoutMs = deps.requestTimeoutMs ?? 30_000;
  const base = options.apiUrl.replace(/\/+$/, '');
  const way = options.proxied === true ? throughProxy() : Promise.resolve(fetch);
  const send = async (asked: Asked): Promise<Result<Answer, Failure>> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const response = await (await way)(`${base}${asked.path}`, {
        method: asked.method, redirect: 'manual', signal: asked.signal === undefined ? deadline : AbortSignal.any([asked.signal, deadline]),
        headers: { authorization: `token ${options.token}`, accept: 'application/json', 'user-agent': 'heddle', ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
      });
      return await read(response);
    } catch {
      return asked.signal?.aborted === true ? err({ kind: 'cancelled' }) : err({ kind: 'no-answer', timedOut: deadline.aborted });
    }
  };
  return {
    async ask(asked) {
      const tries = { limits: 0, failures: asked.once ? FAILURE_RETRIES_MAX : 0 };
      for (;;) {
        const answer = await send(asked);
        if (answer.ok) return answer;
        const seconds = waitBefore(answer.error, tries);
        if (seconds === undefined) return answer;
        try {
          await sleep(seconds * unitMs, undefined, { ...(asked.signal === undefined ? {} : { signal: asked.signal }) });
        } catch {
          return err({ kind: 'cancelled' });
        }
      }
    },
  };
}

/** The toolkit reads the proxy from the environment, as every action of the runner does. Loaded only where there is one. */
async function throughProxy(): Promise<typeof fetch> {
  const { defaults } = await import('@actions/github/lib/utils');
  return (defaults.request?.fetch ?? fetch) as typeof fetch;
}

async function read(response: Response): Promise<Result<Answer, Failure>> {
  const text = await textOf(response);
  if (text === undefined) return err({ kind: 'unreadable' });
  const data = jsonOf(text);
  if (!response.ok) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return err({ kind: 'status', status: response.status, retryAfterMs: Number.isFinite(seconds) ? Math.max(0, Math.round(seconds * 1000)) : undefined, words: wordsOf(data) });
  }
  if (data === undefined && text !== '') return err({ kind: 'unreadable' });
  const total = Number(response.headers.get('x-total-count') ?? Number.NaN);
  return ok({ status: response.status, data, link: response.headers.get('link') ?? '', total: Number.isFinite(total) ? total : undefined });
}

/** Hostile as all answers are: not more than a bound is ever held. */
async function textOf(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Foreign text: one line of visible ASCII, short. */
function wordsOf(data: unknown): string {
  const message = typeof data === 'object' && data !== null && 'message' in data && typeof data.message === 'string' ? data.message : '';
  return message.replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
}

/** Seconds to wait before the same call is made again, or `undefined` when it is not to be. Counts the tries. */
function waitBefore(failure: Failure, tries: { limits: number; failures: number }): number | undefined {
  if (failure.kind === 'status' && failure.status === 429) {
    const seconds = failure.retryAfterMs === undefined ? UNNAMED_WAIT_SECONDS : failure.retryAfterMs / 1000;
    tries.limits += 1;
    return seconds <= WAIT_SECONDS_MAX && tries.limits <= LIMIT_RETRIES_MAX ? seconds : undefined;
  }
  const passing = failure.kind === 'no-answer' || (failure.kind === 'status' && failure.status >= 500);
  if (!passing || tries.failures >= FAILURE_RETRIES_MAX) return undefined;
  tries.failures += 1;
  return tries.failures ** 2;
}
