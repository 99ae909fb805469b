import { proxyOf } from './provider-auth.js';

/** The proxy that git is to use for an address; `undefined` where none is set, or the host is excepted. */
export function proxyFor(url: string): string | undefined {
  const proxy = proxyOf(process.env);
  if (!proxy.ok || proxy.value === undefined || !URL.canParse(url) || new URL(url).protocol !== 'https:') return undefined;
  const { hostname } = new URL(url);
  const excepted = proxy.value.except.some((name) => name.trim() === '*' || hostname === name.trim() || hostname.endsWith(`.${name.trim().replace(/^\./, '')}`));
  return excepted ? undefined : proxy.value.https;
}
