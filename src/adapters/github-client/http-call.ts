import type { GithubClientOptions } from './client-options.js';

export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const API_VERSION = '2022-11-28';

/**
 * A call in the words of the API's reference (`POST /repos/{owner}/{repo}/git/refs`) as HTTP. Parameters fill the braces,
 * percent-encoded whole, so that none can add a path segment or a query; what is left becomes the query of a GET and
 * the JSON body of anything else. `baseUrl` beats the address of the options.
 */
export function httpCall(route: string, parameters: Readonly<Record<string, unknown>>, options: Pick<GithubClientOptions, 'apiUrl' | 'token'>): HttpCall {
  const [method = 'GET', template = '/'] = route.split(' ');
  const { baseUrl = options.apiUrl, ...given } = parameters;
  const left = new Map(Object.entries(given).filter(([, value]) => value !== undefined));
  const place = template.replace(/\{(\w+)\}/g, (_braces, name: string) => {
    const value = left.get(name);
    if (value === undefined) throw new Error(`${route} was called without ${name}`);
    left.delete(name);
    return encodeURIComponent(String(value));
  });
  const isRead = method === 'GET';
  const query = isRead && left.size > 0 ? `?${new URLSearchParams(Object.fromEntries([...left].map(([name, value]) => [name, String(value)]))).toString()}` : '';
  const body = isRead || left.size === 0 ? undefined : JSON.stringify(Object.fromEntries(left));
  return {
    method, body, url: `${String(baseUrl).replace(/\/+$/, '')}${place}${query}`,
    headers: {
      accept: 'application/vnd.github+json', authorization: `token ${options.token}`, 'user-agent': 'heddle', 'x-github-api-version': API_VERSION,
      ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    },
  };
}
