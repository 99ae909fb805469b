export type ForcedKind = '429' | '403-secondary' | '500' | 'slow' | 'cut' | 'truncated-page' | '404' | '403';

export interface Forced {
  /** An operation id of the description (`pulls/create`), `graphql`, or `*` for every call. */
  readonly route: string;
  readonly times: number;
  readonly kind: ForcedKind;
  /**
   * Whether the write still happens before the answer is spoiled. By default it does when only the answer is lost
   * (`slow`, `cut`, `truncated-page`): that is the case in which a repeated write would be a double write.
   */
  readonly effect?: boolean;
  /** Of `429` and `403-secondary`; 1 when left out. */
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

  take(operationId: string): Forced | undefined {
    for (const entry of this.pending) {
      if (entry.left <= 0 || (entry.forced.route !== '*' && entry.forced.route !== operationId)) continue;
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

/** The answer of a kind that is an answer at all. */
export function forcedAnswer(forced: Forced): { readonly status: number; readonly body: unknown; readonly headers: Readonly<Record<string, string>> } | undefined {
  const seconds = forced.resetInSeconds ?? 1;
  const words = (message: string, documentation = 'https://docs.github.com/rest'): unknown => ({ message, documentation_url: documentation });
  switch (forced.kind) {
    case '429': return {
      status: 429, body: words('API rate limit exceeded for installation.', 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api'),
      headers: { 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + seconds) },
    };
    case '403-secondary': return {
      status: 403, headers: { 'retry-after': String(seconds) },
      body: words('You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits'),
    };
    case '500': return { status: 500, body: words('Server Error'), headers: {} };
    case '404': return { status: 404, body: words('Not Found'), headers: {} };
    case '403': return { status: 403, body: words('Resource not accessible by integration'), headers: {} };
    default: return undefined;
  }
}
