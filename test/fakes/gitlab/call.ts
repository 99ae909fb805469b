import type { Account, Issue, Level, MergeRequest, Project, Token, World } from './world.js';

export interface Call {
  readonly name: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as it came, for uploads and triggers. */
  readonly raw: Buffer;
  readonly token: Token | undefined;
  /** Who asks; nobody on a call without a token. */
  readonly user: Account | undefined;
  readonly project: Project;
  readonly level: Level;
}
export interface Reply { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
export type Handler = (world: World, call: Call) => Reply | Promise<Reply>;

/** Lists with cursors; the others answer 405 to `pagination=keyset`. */
const KEYSET = new Set(['tree.list', 'branches.list', 'tags.list', 'jobs.list', 'issues.list', 'users.list']);

export const refuse = (status: number, message: unknown): Reply => ({ status, body: { message } });
export const notFound = (what = ''): Reply => refuse(404, `404 ${what === '' ? '' : `${what} `}Not Found`);
export const forbidden = (why = ''): Reply => refuse(403, why === '' ? '403 Forbidden' : `403 Forbidden - ${why}`);
export const unauthorized = (): Reply => refuse(401, '401 Unauthorized');

/** One page of a list, with the headers that lead to the next one. */
export function page(world: World, call: Call, items: readonly unknown[]): Reply {
  const size = Math.min(100, Math.max(1, Number(call.query['per_page'] ?? '20')));
  const link = (members: Readonly<Record<string, string>>): string => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...call.query, ...members })) query.set(name, String(value));
    return `${world.url}/api/v4${call.path}?${query.toString()}`;
  };
  if (call.query['pagination'] === 'keyset') {
    if (!KEYSET.has(call.name)) return refuse(405, '405 Method Not Allowed - Keyset pagination is not yet available for this type of request');
    const member = call.name === 'tree.list' || call.name === 'branches.list' || call.name === 'tags.list' ? 'page_token' : 'cursor';
    const from = Number(Buffer.from(String(call.query[member] ?? ''), 'base64url').toString('utf8') || '0');
    const more = from + size < items.length;
    return {
      status: 200, body: items.slice(from, from + size),
      headers: { 'x-per-page': String(size), ...(more ? { link: `<${link({ [member]: Buffer.from(String(from + size)).toString('base64url'), pagination: 'keyset' })}>; rel="next"` } : {}) },
    };
  }
  const number = Math.max(1, Number(call.query['page'] ?? '1'));
  const pages = Math.max(1, Math.ceil(items.length / size));
  const links = [['first', 1], ...(number > 1 ? [['prev', number - 1] as const] : []), ...(number < pages ? [['next', number + 1] as const] : []), ['last', pages]] as const;
  return {
    status: 200, body: items.slice((number - 1) * size, number * size),
    headers: {
      'x-page': String(number), 'x-per-page': String(size), 'x-total': String(items.length), 'x-total-pages': String(pages), 'x-next-page': number < pages ? String(number + 1) : '', 'x-prev-page': number > 1 ? String(number - 1) : '',
      link: links.map(([rel, to]) => `<${link({ page: String(to), per_page: String(size) })}>; rel="${rel}"`).join(', '),
    },
  };
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
}

export const isTrue = (value: unknown): boolean => value === true || value === 'true';

/** Names in `labels`: one text with commas, or a list. */
export function namesOf(value: unknown): readonly string[] {
  const all = Array.isArray(value) ? value.map(textOf) : textOf(value).split(',');
  return all.map((name) => name.trim()).filter((name) => name !== '');
}

export function accountsOf(world: World, value: unknown): readonly Account[] {
  const ids = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(textOf);
  return ids.flatMap((id) => [...world.accounts.values()].filter((one) => String(one.id) === id));
}

/** An issue that the caller may see: a confidential one is there for its author and for members from planner on. */
export function issueOf(call: Call): Issue | undefined {
  const issue = call.project.issues.get(Number(call.params['iid']));
  if (issue === undefined) return undefined;
  return !issue.confidential || call.level >= 15 || issue.author === call.user ? issue : undefined;
}

export function mergeRequestOf(call: Call): MergeRequest | undefined {
  return call.project.mergeRequests.get(Number(call.params['iid']));
}
