/**
 * How packages are fetched: with Node's own client, or where a proxy is set with the toolkit's, which reads the proxy from
 * the environment as every action of the runner does. It is loaded at the first call: most runs find the program in the cache.
 */
export function packageFetch(proxied: boolean): typeof fetch {
  if (!proxied) return fetch;
  return async (input, init) => {
    const { defaults } = await import('@actions/github/lib/utils');
    const way = (defaults.request?.fetch ?? fetch) as typeof fetch;
    return way(input, init);
  };
}
