import type { z } from 'zod';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { CallFailed, readFailure } from './call-failed.js';
import { serverUrlOf } from './client-options.js';
import type { GitlabClientDeps, GitlabClientOptions } from './client-options.js';
import { connect } from './connection.js';
import type { CallScope, Connection, GitlabApi, PlainCall } from './connection.js';
import { toFault } from './fault.js';
import { nextPage } from './next-page.js';

export type { GitlabClientDeps, GitlabClientOptions, GitlabToken } from './client-options.js';
export type { GitlabApi, PlainCall } from './connection.js';

export interface GitlabCall<S extends z.ZodType> {
  /** ONE call: a method of the library (`(api) => api('Issues').show(12, { projectId })`), or a plain one. */
  readonly ask: ((api: GitlabApi) => Promise<unknown>) | PlainCall;
  readonly schema: S;
  /** Of writes: `safe` when doing it twice leaves one and the same state, so that a lost answer may be asked for again. `once` when left out. */
  readonly repeat?: 'safe' | 'once';
  readonly signal?: AbortSignal | undefined;
}

/** A server that always names a next page must not keep us for ever. */
const PAGES_MAX = 1000;

/** GitLab, asked politely: bounded retries of reads, limits obeyed, answers parsed, failures as values. Never throws for what GitLab does. */
export class GitlabClient {
  /** `group/sub/project` or its number. The library encodes it; plain calls use `projectPath`. */
  readonly project: string;
  readonly source: string;
  readonly backoffUnitMs: number;
  private readonly options: GitlabClientOptions;
  private readonly deps: GitlabClientDeps;
  private connection: Promise<Connection> | undefined;

  constructor(options: GitlabClientOptions, deps: GitlabClientDeps) {
    this.project = options.project;
    this.source = deps.source;
    this.backoffUnitMs = deps.backoffUnitMs ?? 1000;
    this.options = options;
    this.deps = deps;
  }

  /** `projects/group%2Fsub%2Fproject`, for plain calls. */
  get projectPath(): string { return `projects/${encodeURIComponent(this.project)}`; }

  /** `https://HOST[/PREFIX]`: for links, and for git over https. */
  get serverUrl(): string { return serverUrlOf(this.options.apiUrl); }

  /** For the one other way to this same service: git over https. The user is `gitlab-ci-token` for a job's token, any name for the others. */
  get gitLogin(): { readonly user: string; readonly password: string } {
    return { user: this.isJobToken ? 'gitlab-ci-token' : 'oauth2', password: this.options.token.value };
  }

  /** A job's token speaks for the pipeline's user, but may make few calls and cannot tell whose it is. */
  get isJobToken(): boolean { return this.options.token.kind === 'job'; }

  async call<S extends z.ZodType>(call: GitlabCall<S>): Promise<Result<z.output<S>, Fault>> {
    const answer = await this.ask(call, {});
    return answer.ok ? ok(answer.value.data) : answer;
  }

  /**
   * All items of a list, page by page, at most `itemsMax`; `pick` takes the items out of a page. The call itself names `perPage: 100`,
   * and `pagination: 'keyset'` where GitLab has it. A page may be shorter than asked for and not be the last: what the token may not
   * see is taken out of it.
   */
  async pages<S extends z.ZodType, T>(call: GitlabCall<S>, pick: (page: z.output<S>) => readonly T[], itemsMax: number): Promise<Result<{ readonly items: readonly T[]; readonly cut: boolean }, Fault>> {
    const items: T[] = [];
    let page: Readonly<Record<string, string>> = {};
    for (let pages = 1; ; pages += 1) {
      const answer = await this.ask(call, page);
      if (!answer.ok) return answer;
      items.push(...pick(answer.value.data));
      const next = nextPage(answer.value.headers);
      if (items.length >= itemsMax) return ok({ items: items.slice(0, itemsMax), cut: items.length > itemsMax || next !== undefined });
      if (next === undefined) return ok({ items, cut: false });
      if (pages >= PAGES_MAX) return ok({ items, cut: true });
      page = next;
    }
  }

  /** A query of the GraphQL API: only for reading, since it is sent again when its answer is lost. A job's token may not. */
  graphql<S extends z.ZodType>(query: string, variables: Readonly<Record<string, unknown>>, schema: S, signal?: AbortSignal): Promise<Result<z.output<S>, Fault>> {
    return this.call({ ask: { method: 'POST', path: 'graphql', api: 'graphql', body: { query, variables } }, schema, repeat: 'safe', signal });
  }

  private async ask<S extends z.ZodType>(call: GitlabCall<S>, page: Readonly<Record<string, string>>): Promise<Result<{ readonly data: z.output<S>; readonly headers: Readonly<Record<string, string>> }, Fault>> {
    this.connection ??= connect(this.options, this.deps);
    const connection = await this.connection;
    const scope: CallScope = { once: call.repeat !== 'safe', signal: call.signal, page, seen: { asked: '', status: 0, headers: {}, calls: 0 } };
    const { ask } = call;
    const isRead = (): boolean => scope.seen.asked.startsWith('GET ') || (typeof ask !== 'function' && ask.api === 'graphql');
    for (let tries = 1; ; tries += 1) {
      try {
        const data = typeof ask === 'function' ? await ask(connection.api(scope)) : await connection.plain(ask, scope);
        const parsed = call.schema.safeParse(data);
        if (parsed.success) return ok({ data: parsed.data, headers: scope.seen.headers });
      } catch (error) {
        const broken = error instanceof CallFailed && error.unreadable && call.signal?.aborted !== true;
        if (!broken) return err(toFault(this.source, scope.seen.asked, readFailure(error, call.signal)));
      }
      // A page that broke off comes as an answer with half a text, so a read is asked for once more.
      if (tries >= 2 || !isRead()) return err(toFault(this.source, scope.seen.asked, { kind: 'unreadable' }));
    }
  }
}
