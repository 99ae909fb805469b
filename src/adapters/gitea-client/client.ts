import type { z } from 'zod';
import type { Fault } from '../../domain/fault.js';
import { err, ok, type Result } from '../../kit/result.js';
import { connect, type Answer, type Connection } from './connection.js';
import { toFault } from './fault.js';
import type { GiteaClientDeps, GiteaClientOptions } from './client-options.js';

export type { GiteaClientDeps, GiteaClientOptions } from './client-options.js';

export interface GiteaCall<S extends z.ZodType> {
  /** In the words of the API's description: `POST /repos/{owner}/{repo}/pulls/{index}/merge`. Owner and repo are filled in. */
  readonly route: string;
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Of the answer. `null`, which Gitea writes for an empty list, is given on as it is. */
  readonly schema: S;
  /** `once`: a second write would be seen by people, so a lost answer is not tried again. */
  readonly repeat?: 'safe' | 'once';
  readonly signal?: AbortSignal | undefined;
}

/** What an instance gives for a page when nobody changed its settings (`MAX_RESPONSE_ITEMS`). More is cut by the server. */
const PAGE_SIZE = 50;
const PAGES_MAX = 200;

/** Gitea or Forgejo, asked politely: bounded retries, answers parsed, failures as values. Never throws for what the server does. */
export class GiteaClient {
  readonly owner: string;
  readonly repo: string;
  readonly source: string;
  readonly backoffUnitMs: number;
  private readonly options: GiteaClientOptions;
  private readonly deps: GiteaClientDeps;
  private connection: Connection | undefined;

  constructor(options: GiteaClientOptions, deps: GiteaClientDeps) {
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

  async call<S extends z.ZodType>(call: GiteaCall<S>): Promise<Result<z.output<S>, Fault>> {
    const answer = await this.ask(call);
    return answer.ok ? ok(answer.value.data) : answer;
  }

  /**
   * All items of a list, page by page, at most `itemsMax`. There is a next page when `Link` says so; where a server sends none,
   * the count in `X-Total-Count` decides, and where that is missing too, a full page.
   */
  async pages<S extends z.ZodType, T>(call: GiteaCall<S>, pick: (page: z.output<S>) => readonly T[], itemsMax: number): Promise<Result<{ readonly items: readonly T[]; readonly cut: boolean }, Fault>> {
    const items: T[] = [];
    for (let page = 1; page <= PAGES_MAX; page += 1) {
      const answer = await this.ask({ ...call, query: { ...call.query, limit: PAGE_SIZE, page } });
      if (!answer.ok) return answer;
      const found = pick(answer.value.data);
      items.push(...found);
      const { link, total } = answer.value;
      const more = link !== '' ? /<[^<>]*>; ?rel="next"/.test(link) : total !== undefined ? items.length < total && found.length > 0 : found.length >= PAGE_SIZE;
      if (items.length >= itemsMax) return ok({ items: items.slice(0, itemsMax), cut: items.length > itemsMax || more });
      if (!more) return ok({ items, cut: false });
    }
    return ok({ items, cut: true });
  }

  private async ask<S extends z.ZodType>(call: GiteaCall<S>): Promise<Result<Omit<Answer, 'data'> & { readonly data: z.output<S> }, Fault>> {
    const asked = `${call.route} (${this.slug})`;
    const [method = '', template = ''] = call.route.split(' ');
    this.connection ??= connect(this.options, this.deps);
    const path = `${fill(template, { owner: this.owner, repo: this.repo, ...call.path })}${queryOf(call.query)}`;
    // A page that broke off comes as a readable answer with half a text, so a read is asked for once more.
    for (let tries = method === 'GET' ? 2 : 1; tries > 0; tries -= 1) {
      const answer = await this.connection.ask({ method, path, once: call.repeat === 'once', signal: call.signal, ...(call.body === undefined ? {} : { body: call.body }) });
      if (!answer.ok) {
        if (answer.error.kind === 'unreadable' && tries > 1) continue;
        return err(toFault(this.source, asked, answer.error));
      }
      const parsed = call.schema.safeParse(answer.value.data);
      if (parsed.success) return ok({ ...answer.value, data: parsed.data });
    }
    return err(toFault(this.source, asked, { kind: 'unreadable' }));
  }
}

/** @throws when a part would lead to another route: names from outside are checked before they come here. */
function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = String(values[name] ?? '');
    if (value === '' || value === '.' || value === '..') throw new Error(`${template} was called with ${name} = «${value}»`);
    return encodeURIComponent(value);
  });
}

function queryOf(query: Readonly<Record<string, string | number>> | undefined): string {
  const entries = Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}
