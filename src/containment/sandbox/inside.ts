import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { constants } from 'node:os';
import { passConnection } from './pass-connection.js';

/**
 * What runs inside a sandbox with a closed network: each `127.0.0.1:PORT` leads to a unix socket, and the command runs
 * with our own files 0, 1 and 2. Answers the command's exit code; an end by signal is 128 plus its number, as a shell says it;
 * 127 = not found, 126 = may not be started. Arguments: `PORT SOCKET [PORT SOCKET…] -- COMMAND [ARGUMENT…]`.
 *
 * It needs nothing but Node's own modules, because it is started from a packaged file in a place where nothing else is.
 * The command is started only when the ports listen, so that its first call cannot come too early.
 */
export async function runInside(argv: readonly string[]): Promise<number> {
  const dashes = argv.indexOf('--');
  const relays = relaysOf(argv.slice(0, Math.max(0, dashes)));
  const [command, ...args] = argv.slice(dashes + 1);
  if (dashes < 0 || relays === undefined || command === undefined) {
    process.stderr.write('heddle: the sandbox was started with wrong arguments\n');
    return 2;
  }
  const servers = await Promise.all(relays.map(({ port, socket }) => listen(port, socket)));
  try {
    return await run(command, args);
  } finally {
    for (const server of servers) server.close();
  }
}

interface Way { readonly port: number; readonly socket: string }

/** Pairs of port and socket; undefined when there is no pair or one is broken. */
function relaysOf(words: readonly string[]): readonly Way[] | undefined {
  const ways: Way[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [port, socket] = words.slice(at, at + 2);
    if (port === undefined || !/^\d{1,5}$/.test(port) || socket === undefined) return undefined;
    ways.push({ port: Number(port), socket });
  }
  return ways.length === 0 ? undefined : ways;
}

const CONNECTIONS_MAX = 256;
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

function listen(port: number, socket: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (inner) => { passConnection(inner, socket); });
  server.maxConnections = CONNECTIONS_MAX;
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => { reject(new Error(`the relay cannot listen on port ${port} of the sandbox`, { cause })); });
    server.listen(port, '127.0.0.1', () => { resolve(server); });
  });
}

function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals): void => { child.kill(signal); };
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise((resolve) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      process.stderr.write(`heddle: the program could not be started in the sandbox (${cause.code ?? 'unknown'})\n`);
      resolve(cause.code === 'ENOENT' ? 127 : 126);
    });
    child.once('exit', (code, signal) => {
      for (const each of FORWARDED) process.off(each, forward);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
