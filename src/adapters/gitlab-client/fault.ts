import type { Fault, FaultCode } from '../../domain/fault.js';

/** What one call to GitLab came back with when it was no success, as far as the client could tell. */
export type Failure =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs: number | undefined; readonly words: string }
  | { readonly kind: 'no-answer'; readonly timedOut: boolean }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'unreadable' };

/** Turns a failed call into a Fault. `asked` names the call in words, e.g. `GET projects/acme%2Fshop/issues/12`. */
export function toFault(source: string, asked: string, failure: Failure): Fault {
  switch (failure.kind) {
    case 'no-answer': return failure.timedOut
      ? fault(source, 'timed-out', true, `GitLab did not answer in time: ${asked}. Run again later.`)
      : fault(source, 'unreachable', true, `GitLab could not be reached: ${asked}. Check the server's address, its certificate (NODE_EXTRA_CA_CERTS) and the network, then run again.`);
    case 'cancelled': return { code: 'timed-out', side: 'ours', retryable: true, source, message: `The call was cancelled before GitLab answered: ${asked}.` };
    case 'unreadable': return fault(source, 'invalid-answer', true, `GitLab's answer could not be read: ${asked}. Run again; if it stays so, the address is not that of a GitLab API, or the server speaks another version.`);
    case 'status': return statusFault(source, asked, failure);
  }
}

/** True when the write may or may not have happened: then the caller looks before it writes again. */
export function isUnsure(error: Fault): boolean {
  return error.code === 'unreachable' || error.code === 'timed-out' || error.code === 'service-error' || error.code === 'invalid-answer';
}

/** GitLab gives 403 for a role or scope that is too small, and 404 for what the token may not even see. */
function statusFault(source: string, asked: string, { status, retryAfterMs, words }: Extract<Failure, { kind: 'status' }>): Fault {
  const said = words === '' ? '' : ` GitLab says: «${words}».`;
  if (status === 429) {
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { ...fault(source, 'rate-limited', true, `GitLab's rate limit was reached: ${asked}. ${retryAfterMs === undefined ? 'Run again later.' : `Run again in ${String(Math.ceil(retryAfterMs / 1000))} s.`}`), ...wait };
  }
  if (status >= 500) return fault(source, 'service-error', true, `GitLab failed with status ${String(status)}: ${asked}. Run again later.`);
  if (status === 401) return setup(source, 'unauthorized', `GitLab refused the token (status 401): ${asked}. Check that it is set, not expired, meant for this server, and that a job token may make this call.`);
  if (status === 403) return setup(source, 'forbidden', `The token may not do this (status 403): ${asked}.${said} Give it the scope \`api\` and the role that the documentation names.`);
  if (status === 404 || status === 410) return fault(source, 'not-found', false, `GitLab has no such thing, or the token may not see it (status ${String(status)}): ${asked}.`);
  if (status === 409) return fault(source, 'conflict', false, `GitLab reports a conflict (status 409): ${asked}.${said}`);
  return fault(source, 'rejected', false, `GitLab rejected the request (status ${String(status)}): ${asked}.${said}`);
}

function fault(source: string, code: FaultCode, retryable: boolean, message: string): Fault {
  return { code, side: 'theirs', retryable, source, message };
}

function setup(source: string, code: FaultCode, message: string): Fault {
  return { code, side: 'setup', retryable: false, source, message };
}
