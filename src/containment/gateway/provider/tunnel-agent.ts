import { request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { proxyAuthorization } from './proxy-authorization.js';

export interface TunnelOptions {
  readonly proxy: URL;
  readonly pool: AgentOptions;
  readonly connectMsMax: number;
}

/** The proxy refused the tunnel, or is none. `code` is what a fault shows. */
export class TunnelError extends Error {
  readonly code: string;

  constructor(status: number) {
    super(`the proxy answered CONNECT with status ${status}`);
    this.code = `PROXY_${status}`;
  }
}

/**
 * An agent whose connections go through `CONNECT`. The tunnel carries TLS to the provider itself, whose certificate is
 * checked as on a direct connection, so the proxy sees a name and bytes, never the key.
 */
export function createTunnelAgent({ proxy, pool, connectMsMax }: TunnelOptions): HttpsAgent {
  const open = (options: Target, done: (error: Error | null, socket?: Duplex) => void): undefined => {
    const host = options.host ?? 'localhost';
    const target = `${host.includes(':') ? `[${host}]` : host}:${String(options.port ?? 443)}`;
    const secureProxy = proxy.protocol === 'https:';
    const connecting = (secureProxy ? httpsRequest : httpRequest)({
      hostname: proxy.hostname, port: proxy.port === '' ? (secureProxy ? 443 : 80) : proxy.port, method: 'CONNECT', path: target, agent: false,
      headers: { host: target, ...proxyAuthorization(proxy) },
    });
    const expiry = setTimeout(() => connecting.destroy(Object.assign(new Error('the proxy did not answer'), { code: 'ETIMEDOUT' })), connectMsMax);
    let waiting = true;
    const settle = (error: Error | null, socket?: Duplex): void => {
      clearTimeout(expiry);
      if (waiting) done(error, socket);
      waiting = false;
    };
    connecting.once('connect', (answer, socket, rest) => {
      if (answer.statusCode !== 200 || rest.length > 0) {
        socket.destroy();
        settle(new TunnelError(answer.statusCode ?? 0));
        return;
      }
      const secure = tlsConnect({ socket, host, servername: isIP(host) === 0 ? host : '' });
      const failed = (error: Error): void => settle(error);
      secure.once('error', failed);
      secure.once('secureConnect', () => {
        secure.off('error', failed);
        settle(null, secure);
      });
    });
    connecting.once('response', (answer) => {
      answer.destroy();
      settle(new TunnelError(answer.statusCode ?? 0));
    });
    connecting.on('error', (error) => settle(error));
    connecting.end();
    return undefined;
  };
  return Object.assign(new HttpsAgent(pool), { createConnection: open });
}

interface Target { readonly host?: string | null | undefined; readonly port?: number | string | null | undefined }
