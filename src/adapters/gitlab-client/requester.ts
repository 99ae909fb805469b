import { setTimeout as sleep } from 'node:timers/promises';
import { CallFailed, limitSeconds } from './call-failed.js';
import type { RawAnswer } from './call-failed.js';
import { readAnswer } from './read-answer.js';

/** One request as it goes out, its names already in GitLab's spelling. */
export interface RawRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | FormData | Uint8Array | undefined;
}

export interface RequestHow {
  readonly fetch: typeof fetch;
  readonly unitMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** A lost answer is not asked for again: the write may have happened. */
  readonly once: boolean;
}

const WAIT_SECONDS_MAX = 60;
/** A limit that names no time; GitLab counts its limits by the minute. */
const UNNAMED_WAIT_SECONDS = 60;
const LIMIT_RETRIES_MAX = 3;
const FAILURE_RETRIES_MAX = 3;
const REDIRECTS_MAX = 3;

/**
 * Sends one request with bounded retries, obeyed limits and a deadline for each single answer. GitLab's own library would try
 * every call ten times without waiting, writes included; a write that was perhaps done must not be done again.
 *
 * @throws CallFailed for what the service or the network did; the reason of the signal when the caller cancels.
 */
export async function sendRequest(request: RawRequest, how: RequestHow): Promise<RawAnswer> {
  const retries = { limits: 0, failures: how.once ? FAILURE_RETRIES_MAX : 0 };
  for (;;) {
    how.signal?.throwIfAborted();
    try {
      return await sendOnce(request, how);
    } catch (error) {
      const seconds = error instanceof CallFailed && how.signal?.aborted !== true ? waitBefore(error, retries) : undefined;
      if (seconds === undefined) throw error;
      await sleep(seconds * how.unitMs, undefined, how.signal === undefined ? {} : { signal: how.signal });
    }
  }
}

async function sendOnce(request: RawRequest, how: RequestHow): Promise<RawAnswer> {
  const deadline = AbortSignal.timeout(how.timeoutMs);
  const signal = how.signal === undefined ? deadline : AbortSignal.any([how.signal, deadline]);
  let { url, headers } = request;
  for (let redirects = 0; ; redirects += 1) {
    let answer: RawAnswer;
    try {
      const response = await how.fetch(url, {
        // A redirect is followed here: fetch would show the token to whatever host the answer names.
        method: request.method, headers, redirect: 'manual', signal, ...(request.body === undefined ? {} : { body: request.body as RequestInit['body'] & object }),
      });
      answer = await readAnswer(response);
    } catch (cause) {
      throw cause instanceof CallFailed ? cause : new CallFailed({ cause });
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    const next = request.method === 'GET' && redirects < REDIRECTS_MAX ? redirectOf(answer, url) : undefined;
    if (next === undefined) throw new CallFailed({ answer });
    if (next.origin !== url.origin) headers = {};
    url = next;
  }
}

/** A renamed project answers with its new place, and files may lie in an object store: that one never gets the token. */
function redirectOf(answer: RawAnswer, from: URL): URL | undefined {
  const place = answer.headers['location'];
  if (answer.status < 301 || answer.status > 308 || place === undefined || !URL.canParse(place, from.href)) return undefined;
  const next = new URL(place, from);
  return next.protocol === from.protocol || next.protocol === 'https:' ? next : undefined;
}

/** Seconds to wait before the same call is made again, or `undefined` when it is not to be. Counts the tries. */
function waitBefore(failed: CallFailed, retries: { limits: number; failures: number }): number | undefined {
  if (failed.answer?.status === 429) {
    // Refused is not done, so a limited write may go out again.
    const limit = limitSeconds(failed.answer) ?? UNNAMED_WAIT_SECONDS;
    retries.limits += 1;
    return limit <= WAIT_SECONDS_MAX && retries.limits <= LIMIT_RETRIES_MAX ? limit : undefined;
  }
  const passing = failed.answer === undefined || failed.answer.status >= 500;
  if (!passing || failed.unreadable || retries.failures >= FAILURE_RETRIES_MAX) return undefined;
  retries.failures += 1;
  return retries.failures ** 2;
}
