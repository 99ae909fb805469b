export type ForcedKind = '429' | '429-notes' | '500' | '502-html' | 'slow' | 'cut' | 'truncated-page' | '404' | '403' | '401' | '409' | '422' | 'scope';

export interface Forced {
  /** The name of an operation (`issues.show`), `graphql`, `git`, or `*` for every call. */
  readonly route: string;
  readonly times: number;
  readonly kind: ForcedKind;
  /**
   * Whether the write still happens before the answer is spoiled. By default it does when only the answer is lost
   * (`slow`, `cut`, `truncated-page`): that is the case in which a repeated write would be a double write.
   */
  readonly effect?: boolean;
  /** Of `429`; 1 when left out. */
  readonly resetInSeconds?: number;
  /** Lets so many calls of the route through first. */
  readonly after?: number;
}

/** The errors that are still to come, in the order in which they were asked for. */
export class ForcedErrors {
  private readonly pending: { readonly forced: Forced; after: number; left: number }[] = [];

  add(forced: Forced): void {
    this.pending.push({ forced, after: forced.after ?? 0, left: forced.times });
  }

  take(operation: string): Forced | undefined {
    for (const entry of this.pending) {
      if (entry.left <= 0 || (entry.forced.route !== '*' && entry.forced.route !== operation)) continue;
      if (entry.after > 0) {
        entry.after -= 1;
        continue;
      }
      entry.left -= 1;
      return entry.forced;
    }
    return undefined;
  }

  clear(): void {
    this.pending.length = 0;
  }

  /** Those that were asked for and never came: a test that meant one to happen can say so. */
  unused(): readonly Forced[] {
    return this.pending.filter((entry) => entry.left > 0).map((entry) => entry.forced);
  }
}

export function hasEffect(forced: Forced): boolean {
  return forced.effect ?? (forced.kind === 'slow' || forced.kind === 'cut' || forced.kind === 'truncated-page');
}

/** The answer of a kind that is an answer at all. A text is sent as it is, anything else as JSON. */
export function forcedAnswer(forced: Forced): { readonly status: number; readonly body: unknown; readonly headers: Readonly<Record<string, string>> } | undefined {
  const seconds = forced.resetInSeconds ?? 1;
  const reset = Math.floor(Date.now() / 1000) + seconds;
  switch (forced.kind) {
    // What stands before GitLab (its rack limits) answers in plain text; the limits inside it in JSON, without a time.
    case '429': return {
      status: 429, body: 'Retry later\n',
      headers: { 'ratelimit-limit': '60', 'ratelimit-name': 'throttle_authenticated_api', 'ratelimit-observed': '61', 'ratelimit-remaining': '0', 'ratelimit-reset': String(reset), 'retry-after': String(seconds) },
    };
    case '429-notes': return { status: 429, body: { message: { error: 'This endpoint has been requested too many times. Try again later.' } }, headers: {} };
    case '500': return { status: 500, body: { message: '500 Internal Server Error' }, headers: {} };
    case '502-html': return { status: 502, body: '<!DOCTYPE html><title>GitLab is not responding (502)</title>', headers: { 'content-type': 'text/html' } };
    case '401': return { status: 401, body: { message: '401 Unauthorized' }, headers: {} };
    case '403': return { status: 403, body: { message: '403 Forbidden' }, headers: {} };
    case 'scope': return { status: 403, body: { error: 'insufficient_scope', error_description: 'The request requires higher privileges than provided by the access token.', scope: 'api' }, headers: {} };
    case '404': return { status: 404, body: { message: '404 Not found' }, headers: {} };
    case '409': return { status: 409, body: { message: '409 Conflict' }, headers: {} };
    case '422': return { status: 422, body: { message: { base: ['is invalid'] } }, headers: {} };
    default: return undefined;
  }
}
