import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { proxyAuthorization } from './proxy-authorization.js';
import { createTunnelAgent } from './tunnel-agent.js';

/** The company's proxy for what leaves this machine. */
export interface ProxySettings {
  readonly https: string | undefined;
  readonly http: string | undefined;
  /** Names that are reached directly: `example.com` with all below it, `.example.com`, `host:port`, or `*`. */
  readonly except: readonly string[];
}

export interface Way {
  request(options: RequestOptions, answered: (message: IncomingMessage) => void): ClientRequest;
  /** Host, port, path and agent for this address, and headers that only the proxy needs. */
  readonly options: RequestOptions & { readonly headers: Readonly<Record<string, string>> };
}

export type Wayfinder = (url: URL) => Way;

export interface WayfinderOptions {
  readonly proxy: ProxySettings | undefined;
  readonly socketsMax: number;
  readonly connectMsMax: number;
}

/**
 * How to reach an address: directly, through a tunnel for https, or by asking the proxy for http. Names are resolved by the
 * proxy. Addresses of this machine and of its link are always reached directly.
 */
export function createWayfinder({ proxy, socketsMax, connectMsMax }: WayfinderOptions): { readonly ways: Wayfinder; close(): void } {
  const pool = { keepAlive: true, maxSockets: socketsMax, maxFreeSockets: 8 };
  const http = new HttpAgent(pool);
  const https = new HttpsAgent(pool);
  const tunnel = proxy?.https === undefined ? undefined : createTunnelAgent({ proxy: new URL(proxy.https), pool, connectMsMax });
  return {
    ways(url) {
      const at = { protocol: url.protocol, hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, path: `${url.pathname}${url.search}`, headers: {} };
      const direct = proxy === undefined || isDirect(url, proxy.except);
      if (url.protocol === 'https:') return { request: httpsRequest, options: { ...at, agent: direct || tunnel === undefined ? https : tunnel } };
      if (direct || proxy.http === undefined) return { request: httpRequest, options: { ...at, agent: http } };
      const through = new URL(proxy.http);
      return {
        request: httpRequest,
        options: { protocol: 'http:', hostname: through.hostname, port: through.port === '' ? 80 : through.port, path: url.href, agent: http, headers: { host: url.host, ...proxyAuthorization(through) } },
      };
    },
    close() {
      http.destroy();
      https.destroy();
      tunnel?.destroy();
    },
  };
}

function isDirect(url: URL, except: readonly string[]): boolean {
  const host = url.hostname.toLowerCase();
  if (host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host) || /^169\.254(\.\d{1,3}){2}$/.test(host)) return true;
  return except.some((entry) => {
    const name = entry.trim().toLowerCase().replace(/^\*?\./, '');
    return name === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`) || name === `${host}:${url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port}`));
  });
}
