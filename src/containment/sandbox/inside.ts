import { spawn } from 'node:child_process';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { constants } from 'node:os';

/**
 * What runs inside a sandbox with a closed network: `127.0.0.1:PORT` leads to a unix socket, and the command runs with
 * our own files 0, 1 and 2. Answers the command's exit code; an end by signal is 128 plus its number, as a shell says it;
 * 127 = not found, 126 = may not be started. Arguments: `PORT SOCKET -- COMMAND [ARGUMENT…]`.
 *
 * It needs nothing but Node's own modules, because it is started from a packaged file in a place where nothing else is.
 * The command is started only when the port listens, so that its first call cannot come too early.
 */
export async function runInside(argv: readonly string[]): Promise<number> {
  const [port, socket, dashes, command, ...args] = argv;
  if (port === undefined || !/^\d{1,5}$/.test(port) || socket === undefined || dashes !== '--' || command === undefined) {
    process.stderr.write('heddle: the sandbox was started with wrong arguments\n');
    return 2;
  }
  const server = await listen(Number(port), socket);
  try {
    return await run(command, args);
  } finally {
    server.close();
  }
}

const CONNECTIONS_MAX = 256;
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

function listen(port: number, socket: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (inner) => { relay(inner, socket); });
  server.maxConnections = CONNECTIONS_MAX;
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => { reject(new Error(`the relay cannot listen on port ${port} of the sandbox`, { cause })); });
    server.listen(port, '127.0.0.1', () => { resolve(server); });
  });
}

function relay(inner: Socket, socket: string): void {
  const outer = createConnection({ path: socket, allowHalfOpen: true });
  inner.setNoDelay(true);
  inner.pipe(outer);
  outer.pipe(inner);
  const cut = (): void => { inner.destroy(); outer.destroy(); };
  inner.on('error', cut);
  outer.on('error', cut);
  inner.on('close', () => { outer.destroySoon(); });
  outer.on('close', () => { inner.destroySoon(); });
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
