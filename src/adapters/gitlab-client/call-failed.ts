import { z } from 'zod';
import type { Failure } from './fault.js';

export interface RawAnswer { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: unknown }

/** A call that got no answer (`answer` is absent), one that is no success, or one that cannot be read. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly answer: RawAnswer | undefined;
  readonly unreadable: boolean;

  constructor(about: { readonly answer?: RawAnswer; readonly unreadable?: boolean; readonly cause?: unknown }) {
    super(`the call failed with status ${String(about.answer?.status ?? 'none')}`, { cause: about.cause });
    this.answer = about.answer;
    this.unreadable = about.unreadable ?? false;
  }
}

const Named = z.object({ name: z.string() });
/** `message` is a text, a list of texts, or texts by member; `error` is a text. All of it is foreign. */
const ErrorBody = z.object({ message: z.unknown(), error: z.unknown() }).partial();

/**
 * What went wrong with a call, from status, headers and classes alone; GitLab's words are only quoted.
 *
 * @throws the error itself when it is not the client's own: then it is a bug.
 */
export function readFailure(error: unknown, signal: AbortSignal | undefined): Failure {
  if (signal?.aborted === true) return { kind: 'cancelled' };
  if (!(error instanceof CallFailed)) throw error;
  if (error.unreadable) return { kind: 'unreadable' };
  if (error.answer === undefined) {
    const name = Named.safeParse(error.cause);
    return { kind: 'no-answer', timedOut: name.success && name.data.name === 'TimeoutError' };
  }
  const seconds = limitSeconds(error.answer);
  return { kind: 'status', status: error.answer.status, retryAfterMs: seconds === undefined ? undefined : seconds * 1000, words: wordsOf(error.answer.body) };
}

/** How long a limit lasts, in seconds: by `Retry-After`, else by `RateLimit-Reset`, the second at which the budget is full again. */
export function limitSeconds({ status, headers }: RawAnswer): number | undefined {
  if (status !== 429) return undefined;
  const named = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(named)) return Math.max(0, Math.ceil(named));
  const reset = Number(headers['ratelimit-reset'] ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, Math.ceil(reset - Date.now() / 1000)) : undefined;
}

function wordsOf(body: unknown): string {
  const parsed = ErrorBody.safeParse(body);
  if (!parsed.success) return '';
  const said = parsed.data.message ?? parsed.data.error;
  const text = said === undefined ? '' : typeof said === 'string' ? said : JSON.stringify(said);
  // Foreign text: one line of visible ASCII, short.
  return text.slice(0, 1000).replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
}
