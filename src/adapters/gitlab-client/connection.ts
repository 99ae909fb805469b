import type * as Library from '@gitbeaker/rest';
import { serverUrlOf } from './client-options.js';
import type { GitlabClientDeps, GitlabClientOptions } from './client-options.js';
import { decamelize, queryText } from './names.js';
import { sendRequest } from './requester.js';

type Lib = typeof Library;
/** The classes of the library, by name: `api('Issues').show(12, { projectId })`. */
export type GitlabApi = <N extends ResourceName>(name: N) => InstanceType<Lib[N]>;
export type ResourceName = { [N in keyof Lib]: Lib[N] extends new (...args: never[]) => { readonly requester: unknown } ? N : never }[keyof Lib];

/** What one call carries beside its words. */
export interface CallScope {
  readonly once: boolean;
  readonly signal: AbortSignal | undefined;
  /** Of the page that is asked for, taken from the page before. */
  readonly page: Readonly<Record<string, string>>;
  /** Filled by the call: what it was, and where the next page is. */
  readonly seen: { asked: string; status: number; headers: Readonly<Record<string, string>>; calls: number };
}

/** A call in plain words, for what the library has no method, or spells in a way of its own. */
export interface PlainCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v4/`, each part encoded by the caller: `projects/acme%2Fshop/issues`. */
  readonly path: string;
  /** `graphql`: to `/api/graphql` instead, whatever the path. */
  readonly api?: 'rest' | 'graphql';
  readonly query?: Readonly<Record<string, unknown>>;
  /** Names in it are sent as they are. */
  readonly body?: Readonly<Record<string, unknown>> | Uint8Array;
}

export interface Connection {
  api(scope: CallScope): GitlabApi;
  plain(call: PlainCall, scope: CallScope): Promise<unknown>;
}

interface LibraryOptions { readonly searchParams?: Readonly<Record<string, unknown>>; readonly body?: FormData | Record<string, unknown> }
interface LibraryAnswer { readonly body: unknown; readonly headers: Record<string, string>; readonly status: number }

const HEADERS = { private: 'private-token', job: 'job-token', oauth: 'authorization' } as const;

/** The library makes the calls' paths and members; how they are sent, tried again and read is ours. */
export async function connect(options: GitlabClientOptions, deps: Pick<GitlabClientDeps, 'backoffUnitMs' | 'requestTimeoutMs'>): Promise<Connection> {
  // A tenth of a second to load: only who speaks with GitLab pays for it.
  const [library, way] = await Promise.all([import('@gitbeaker/rest'), options.proxied === true ? throughProxy() : fetch]);
  const host = serverUrlOf(options.apiUrl);
  const { kind, value } = options.token;
  const auth = { [HEADERS[kind]]: kind === 'oauth' ? `Bearer ${value}` : value, 'user-agent': 'heddle' };
  const send = async (method: string, url: URL, content: { readonly body: string | FormData | Uint8Array | undefined; readonly type: string | undefined }, scope: CallScope): Promise<LibraryAnswer> => {
    for (const [name, text] of Object.entries(scope.page)) url.searchParams.set(name, text);
    scope.seen.asked = `${method} ${url.pathname.slice(new URL(host).pathname.replace(/\/$/, '').length).replace(/^\/api\/v4\//, '')}`;
    scope.seen.calls += 1;
    const answer = await sendRequest(
      { method, url, headers: { ...auth, ...(content.type === undefined ? {} : { 'content-type': content.type }) }, body: content.body },
      { fetch: way, unitMs: deps.backoffUnitMs ?? 1000, timeoutMs: deps.requestTimeoutMs ?? 30_000, signal: scope.signal, once: method !== 'GET' && scope.once },
    );
    scope.seen.status = answer.status;
    scope.seen.headers = answer.headers;
    // Without its `link` header the library does not go on to the next page by itself, unbounded.
    return { body: answer.body, headers: {}, status: answer.status };
  };
  const ours = (scope: CallScope) => (resource: { readonly url: string }) => {
    const method = (name: string) => async (endpoint: string, given: LibraryOptions = {}): Promise<LibraryAnswer> => {
      const body = given.body instanceof FormData ? given.body : given.body === undefined || Object.keys(given.body).length === 0 ? undefined : JSON.stringify(decamelize(given.body));
      return send(name, urlOf(resource.url, endpoint, decamelize(given.searchParams ?? {})), { body, type: typeof body === 'string' ? 'application/json' : undefined }, scope);
    };
    return { get: method('GET'), post: method('POST'), put: method('PUT'), patch: method('PATCH'), delete: method('DELETE') };
  };
  return {
    api: (scope) => <N extends ResourceName>(name: N): InstanceType<Lib[N]> => {
      const Resource = library[name] as unknown as new (given: Readonly<Record<string, unknown>>) => InstanceType<Lib[N]>;
      return new Resource({ host, token: '', queryTimeout: null, requesterFn: ours(scope) });
    },
    plain: async (call, scope) => {
      const bytes = call.body instanceof Uint8Array;
      const body = call.body === undefined ? undefined : call.body instanceof Uint8Array ? call.body : JSON.stringify(call.body);
      const type = body === undefined ? undefined : bytes ? 'application/octet-stream' : 'application/json';
      return (await send(call.method, call.api === 'graphql' ? urlOf(`${host}/api`, 'graphql', {}) : urlOf(`${host}/api/v4`, call.path, call.query ?? {}), { body, type }, scope)).body;
    },
  };
}

function urlOf(base: string, endpoint: string, query: Readonly<Record<string, unknown>>): URL {
  if (endpoint.split(/[/?#]/).some((part) => part === '.' || part === '..')) throw new Error(`«${endpoint.slice(0, 200)}» is a path that leaves itself`);
  const url = new URL(`${base.replace(/\/{1,5}$/, '')}/${endpoint}`);
  url.search = queryText(query);
  return url;
}

/** The toolkit reads the proxy from the environment, as every action of the runner does. */
async function throughProxy(): Promise<typeof fetch> {
  const { defaults } = await import('@actions/github/lib/utils');
  return (defaults.request?.fetch ?? fetch) as typeof fetch;
}
