import { chmod, unlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { Fault } from '../../domain/fault.js';
import { errorCode } from './error-code.js';
import type { GatewayLimits } from './gateway-options.js';
import { gatewayFault } from './upstream-fault.js';

export interface Door {
  readonly url: string;
  /** Cuts all connections and answers when no request is being served any more. */
  close(): Promise<void>;
}

export interface DoorOptions {
  readonly socket: string;
  readonly limits: GatewayLimits;
  serve(message: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Told of what never became a request: an upgrade, a CONNECT, bytes that are no HTTP. */
  turnedAway(why: TurnedAway): void;
}

export type TurnedAway = 'upgrade' | 'connect' | 'malformed';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the final zero included; a relay may put a prefix in front. */
const SOCKET_PATH_BYTES_MAX = 100;

/** One service behind two doors: a free loopback port, and a unix socket that only our own account may use. */
export async function openDoor(options: DoorOptions): Promise<Result<Door, Fault>> {
  if (Buffer.byteLength(options.socket) >= SOCKET_PATH_BYTES_MAX) {
    return err(gatewayFault('io', 'ours', `The socket path ${options.socket} is too long for this system. Set a shorter temporary folder (TMPDIR).`));
  }
  const serving = new Set<Promise<void>>();
  /** Whatever goes wrong on these is in the record of their request. */
  const busy = new WeakSet<Duplex>();
  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    busy.add(message.socket);
    message.on('error', () => undefined);
    response.on('error', () => undefined);
    const served = options.serve(message, response).finally(() => {
      busy.delete(message.socket);
      serving.delete(served);
    });
    serving.add(served);
  };
  const loopback = strictServer(options, { handle, busy });
  const local = strictServer(options, { handle, busy });
  try {
    await listen(loopback, { host: '127.0.0.1', port: 0 });
    await listen(local, { path: options.socket });
    await chmod(options.socket, 0o600);
  } catch (error) {
    await Promise.all([shut(loopback), shut(local)]);
    return err(gatewayFault('io', 'ours', `The model gateway cannot listen (${errorCode(error)}) on ${options.socket} or 127.0.0.1.`));
  }
  return ok({
    url: `http://127.0.0.1:${(loopback.address() as AddressInfo).port}`,
    async close() {
      // Cutting the connections first is what ends a request whose body never comes.
      await Promise.all([shut(loopback), shut(local)]);
      await Promise.allSettled([...serving]);
      await unlink(options.socket).catch(() => undefined);
    },
  });
}

function strictServer({ limits, turnedAway }: DoorOptions, { handle, busy }: { readonly handle: (message: IncomingMessage, response: ServerResponse) => void; readonly busy: WeakSet<Duplex> }): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: Math.min(limits.requestMsMax, 15_000),
    requestTimeout: limits.requestMsMax,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 30_000,
    insecureHTTPParser: false,
  }, handle);
  server.maxConnections = limits.connectionsMax;
  server.maxHeadersCount = 100;
  // A request that the parser refuses has no reliable end: answer in few words and cut.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A connection that broke or was idle asked for nothing.
    if (!busy.has(socket) && error.code !== 'ECONNRESET' && error.code !== 'EPIPE') turnedAway('malformed');
    // Every further piece of what is refused is an error again.
    busy.add(socket);
    refuseRaw(socket, '400 Bad Request');
  });
  for (const why of ['upgrade', 'connect'] as const) {
    server.on(why, (_message, socket) => {
      turnedAway(why);
      refuseRaw(socket, '403 Forbidden');
    });
  }
  return server;
}

function refuseRaw(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
  else socket.destroy();
}

function listen(server: Server, at: { readonly host: string; readonly port: number } | { readonly path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...at, backlog: 128 }, () => {
      server.off('error', reject);
      // An accept that fails for want of descriptors must not end the run.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
