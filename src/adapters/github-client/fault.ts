import type { Fault, FaultCode } from '../../domain/fault.js';

/** What one call to GitHub came back with when it was no success, as far as the client could tell. */
export type Failure =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs: number | undefined; readonly limited: boolean; readonly words: string }
  | { readonly kind: 'no-answer'; readonly timedOut: boolean }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'unreadable' };

/** Turns a failed call into a Fault. `asked` names the call in words, e.g. `GET /repos/{owner}/{repo} (acme/shop)`. */
export function toFault(source: string, asked: string, failure: Failure): Fault {
  switch (failure.kind) {
    case 'no-answer': return failure.timedOut
      ? fault(source, 'timed-out', true, `GitHub did not answer in time: ${asked}. Run again later.`)
      : fault(source, 'unreachable', true, `GitHub could not be reached: ${asked}. Check the API address and the network, then run again.`);
    case 'cancelled': return { code: 'timed-out', side: 'ours', retryable: true, source, message: `The call was cancelled before GitHub answered: ${asked}.` };
    case 'unreadable': return fault(source, 'invalid-answer', true, `GitHub's answer could not be read: ${asked}. Run again; if it stays so, the server speaks another API version.`);
    case 'status': return statusFault(source, asked, failure);
  }
}

/** True when the write may or may not have happened: then the caller looks before it writes again. */
export function isUnsure(error: Fault): boolean {
  return error.code === 'unreachable' || error.code === 'timed-out' || error.code === 'service-error' || error.code === 'invalid-answer';
}

/** 403 and 404 are what GitHub gives to a token that may not do a thing. */
function statusFault(source: string, asked: string, { status, retryAfterMs, limited, words }: Extract<Failure, { kind: 'status' }>): Fault {
  const said = words === '' ? '' : ` GitHub says: «${words}».`;
  if (limited) {
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { ...fault(source, 'rate-limited', true, `GitHub's rate limit was reached: ${asked}. ${retryAfterMs === undefined ? 'Run again later.' : `Run again in ${String(Math.ceil(retryAfterMs / 1000))} s.`}`), ...wait };
  }
  if (status >= 500) return fault(source, 'service-error', true, `GitHub failed with status ${String(status)}: ${asked}. Run again later.`);
  if (status === 401) return setup(source, 'unauthorized', `GitHub refused the token (status 401): ${asked}. Check that it is set, not expired, and meant for this server.`);
  if (status === 403) return setup(source, 'forbidden', `The token may not do this (status 403): ${asked}.${said} Give it the permission in the workflow's permissions block or the token's settings.`);
  if (status === 404 || status === 410) return fault(source, 'not-found', false, `GitHub has no such thing, or the token may not see it (status ${String(status)}): ${asked}.`);
  if (status === 409) return fault(source, 'conflict', false, `GitHub reports a conflict (status 409): ${asked}.${said}`);
  return fault(source, 'rejected', false, `GitHub rejected the request (status ${String(status)}): ${asked}.${said}`);
}

function fault(source: string, code: FaultCode, retryable: boolean, message: string): Fault {
  return { code, side: 'theirs', retryable, source, message };
}

function setup(source: string, code: FaultCode, message: string): Fault {
  return { code, side: 'setup', retryable: false, source, message };
}
