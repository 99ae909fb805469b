import type { Fault, FaultCode } from '../../domain/fault.js';

/** What one call to Gitea came back with when it was no success. `words` are the server's own, made fit for a line. */
export type Failure =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs: number | undefined; readonly words: string }
  | { readonly kind: 'no-answer'; readonly timedOut: boolean }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'unreadable' };

/** Turns a failed call into a Fault. `asked` names the call in words, e.g. `GET /repos/{owner}/{repo} (acme/shop)`. */
export function toFault(source: string, asked: string, failure: Failure): Fault {
  switch (failure.kind) {
    case 'no-answer': return failure.timedOut
      ? theirs(source, 'timed-out', true, `The forge did not answer in time: ${asked}. Run again later.`)
      : theirs(source, 'unreachable', true, `The forge could not be reached: ${asked}. Check the API address and the network, then run again.`);
    case 'cancelled': return { code: 'timed-out', side: 'ours', retryable: true, source, message: `The call was cancelled before the forge answered: ${asked}.` };
    case 'unreadable': return theirs(source, 'invalid-answer', true, `The forge's answer could not be read: ${asked}. Run again; if it stays so, the server speaks another API version than Gitea 1.25 or Forgejo 12.`);
    case 'status': return statusFault(source, asked, failure);
  }
}

/** True when the write may or may not have happened: then the caller looks before it writes again. */
export function isUnsure(error: Fault): boolean {
  return error.code === 'unreachable' || error.code === 'timed-out' || error.code === 'service-error' || error.code === 'invalid-answer';
}

function statusFault(source: string, asked: string, { status, retryAfterMs, words }: Extract<Failure, { kind: 'status' }>): Fault {
  const said = words === '' ? '' : ` The forge says: «${words}».`;
  // Gitea itself has no rate limit; the proxy in front of a public instance often has one.
  if (status === 429) {
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { ...theirs(source, 'rate-limited', true, `The forge's rate limit was reached: ${asked}. ${retryAfterMs === undefined ? 'Run again later.' : `Run again in ${String(Math.ceil(retryAfterMs / 1000))} s.`}`), ...wait };
  }
  if (status >= 500) return theirs(source, 'service-error', true, `The forge failed with status ${String(status)}: ${asked}. Run again later.`);
  if (status === 401) return setup(source, 'unauthorized', `The forge refused the token (status 401): ${asked}. Check that it is set, not expired, and meant for this server.`);
  if (status === 403) return setup(source, 'forbidden', `The token may not do this (status 403): ${asked}.${said} Give the token the scopes write:repository, write:issue, read:user and read:organization, and its account the role in the repository.`);
  if (status === 404) return theirs(source, 'not-found', false, `The forge has no such thing, or the token may not see it (status 404): ${asked}.`);
  if (status === 409) return theirs(source, 'conflict', false, `The forge reports a conflict (status 409): ${asked}.${said}`);
  if (status === 423) return setup(source, 'rejected', `The repository is archived (status 423): ${asked}. Unarchive it in its settings.`);
  return theirs(source, 'rejected', false, `The forge rejected the request (status ${String(status)}): ${asked}.${said}`);
}

function theirs(source: string, code: FaultCode, retryable: boolean, message: string): Fault {
  return { code, side: 'theirs', retryable, source, message };
}

function setup(source: string, code: FaultCode, message: string): Fault {
  return { code, side: 'setup', retryable: false, source, message };
}
