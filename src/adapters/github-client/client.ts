import type { z } from 'zod';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { readFailure } from './failure.js';
import { toFault } from './fault.js';
import { connect } from './connection.js';
import type { Connection } from './connection.js';
import type { GithubClientDeps, GithubClientOptions } from './client-options.js';

export type { GithubClientDeps, GithubClientOptions } from './client-options.js';

export interface GithubCall<S extends z.ZodType> {
  /** In the words of the API's reference: `POST /repos/{owner}/{repo}/git/refs`. */
  readonly route: string;
  /** Path, query and body members; owner and repo are added. */
  readonly with?: Readonly<Record<string, unknown>>;
  readonly schema: S;
  /** `once`: a second write would be seen by people, so a lost answer is not tried again. */
  readonly repeat?: 'safe' | 'once';
  readonly signal?: AbortSignal | undefined;
}

/** GitHub, asked politely: bounded retries, rate limits obeyed, answers parsed, failures as values. Never throws for what GitHub does. */
export class GithubClient {
  readonly owner: string;
  readonly repo: string;
  readonly source: string;
  readonly backoffUnitMs: number;
  private readonly options: GithubClientOptions;
  private readonly deps: GithubClientDeps;
  private connection: Connection | undefined;

  constructor(options: GithubClientOptions, deps: GithubClientDeps) {
    const [owner = '', repo = ''] = options.repository.split('/');
    this.owner = owner;
    this.repo = repo;
    this.source = deps.source;
    this.backoffUnitMs = deps.backoffUnitMs ?? 1000;
    this.options = options;
    this.deps = deps;
  }

  get slug(): string { return `${this.owner}/${this.repo}`; }

  /** For the one other way to this same service: git over https. */
  get token(): string { return this.options.token; }

  /** The token of an app's installation (as the one of a workflow): it is no user and cannot tell its own permissions. */
  get isInstallation(): boolean { return this.options.token.startsWith('ghs_'); }

  async call<S extends z.ZodType>(call: GithubCall<S>): Promise<Result<z.output<S>, Fault>> {
    const answer = await this.ask(call);
    return answer.ok ? ok(answer.value.data) : answer;
  }

  /** All items of a list, page by page, at most `itemsMax`; `pick` takes the items out of a page. */
  async pages<S extends z.ZodType, T>(call: GithubCall<S>, pick: (page: z.output<S>) => readonly T[], itemsMax: number): Promise<Result<{ readonly items: readonly T[]; readonly cut: boolean }, Fault>> {
    const items: T[] = [];
    for (let page = 1; ; page += 1) {
      const answer = await this.ask({ ...call, with: { ...call.with, per_page: 100, page } });
      if (!answer.ok) return answer;
      items.push(...pick(answer.value.data));
      if (items.length >= itemsMax) return ok({ items: items.slice(0, itemsMax), cut: items.length > itemsMax || answer.value.more });
      if (!answer.value.more) return ok({ items, cut: false });
    }
  }

  async graphql<S extends z.ZodType>(query: string, variables: Readonly<Record<string, unknown>>, schema: S, signal?: AbortSignal): Promise<Result<z.output<S>, Fault>> {
    // On a server of one's own, REST is below /api/v3 and GraphQL below /api.
    const baseUrl = this.options.apiUrl.replace(/\/+$/, '').replace(/\/api\/v3$/, '/api');
    return this.call({ route: 'POST /graphql', with: { baseUrl, query, variables }, schema, signal });
  }

  private async ask<S extends z.ZodType>(call: GithubCall<S>): Promise<Result<{ readonly data: z.output<S>; readonly more: boolean }, Fault>> {
    const asked = `${call.route} (${this.slug})`;
    const isRead = call.route.startsWith('GET ') || call.route === 'POST /graphql';
    this.connection ??= connect(this.options, this.deps);
    const { connection } = this;
    // A page that broke off comes as a readable answer with half a text, so a read is asked for once more.
    for (let tries = isRead ? 2 : 1; tries > 0; tries -= 1) {
      try {
        const scope = call.route.includes('{owner}') ? { owner: this.owner, repo: this.repo } : {};
        const answer = await connection.request(call.route, { ...scope, ...call.with }, { once: call.repeat === 'once', signal: call.signal });
        const parsed = call.schema.safeParse(answer.data);
        if (parsed.success) return ok({ data: parsed.data, more: /<[^<>]*>; rel="next"/.test(answer.link) });
      } catch (error) {
        return err(toFault(this.source, asked, readFailure(error, call.signal)));
      }
    }
    return err(toFault(this.source, asked, { kind: 'unreadable' }));
  }
}
