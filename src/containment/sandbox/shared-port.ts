import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { Relay } from '../../ports/sandbox.js';
import { passConnection } from './pass-connection.js';

/** A port that leads to a relay's socket for as long as it is held. */
export interface HeldPort { release(): void }

interface Door { readonly server: Server; readonly socket: string; users: number }

/**
 * Makes `127.0.0.1:port` of this machine lead to the relay's socket, for rungs that share the machine's network. A port
 * that this process itself listens on is taken to lead there already: the gateway has the same service behind both doors.
 * A port of somebody else is a fault, since the program would talk to a stranger.
 */
export async function holdPort(relay: Relay): Promise<Result<HeldPort, Fault>> {
  const open = doors.get(relay.port);
  if (open !== undefined && open.socket === relay.socket) {
    open.users += 1;
    return ok(held(relay.port, open));
  }
  if (open === undefined) {
    const server = createServer({ allowHalfOpen: true }, (inner) => { passConnection(inner, relay.socket); });
    server.maxConnections = CONNECTIONS_MAX;
    server.unref();
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => { resolve(false); });
      server.listen(relay.port, '127.0.0.1', () => { resolve(true); });
    });
    if (listening) {
      server.on('error', () => undefined);
      const door: Door = { server, socket: relay.socket, users: 1 };
      doors.set(relay.port, door);
      return ok(held(relay.port, door));
    }
    if (listensHere(relay.port)) return ok({ release: () => undefined });
  }
  return err({
    code: 'io', side: 'ours', retryable: true, source: 'containment/sandbox',
    message: `Port ${relay.port} of 127.0.0.1, which the sandbox needs, is in use by another program of this machine. Run one Heddle at a time here, or use a runner where bubblewrap works.`,
  });
}

const CONNECTIONS_MAX = 256;
/** The ports of this process, which are one resource for all factories in it. */
const doors = new Map<number, Door>();

function held(port: number, door: Door): HeldPort {
  let released = false;
  return {
    release: () => {
      if (released) return;
      released = true;
      door.users -= 1;
      if (door.users > 0) return;
      door.server.close();
      doors.delete(port);
    },
  };
}

/** proc_pid_net(5), `tcp`: fields are local address, state and inode; ours are the links `socket:[inode]` of our files. */
function listensHere(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = textOf('/proc/self/net/tcp').split('\n').map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1] === local && fields[3] === '0A').map((fields) => `socket:[${fields[9] ?? ''}]`);
  return inodes.length > 0 && ownFiles().some((link) => inodes.includes(link));
}

function ownFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return [];
    }
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
