import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import type { EgressReport } from '../../domain/egress.js';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { Egress, EgressRules, EgressSession } from '../../ports/egress.js';
import type { Mount, Relay, Sandbox } from '../../ports/sandbox.js';
import { addressRules } from './address-rules.js';
import { serveConnection } from './connection.js';
import type { EgressDesk } from './connection.js';
import { createEgressBook } from './egress-book.js';
import { DEFAULT_EGRESS_LIMITS } from './egress-options.js';
import type { EgressOptions } from './egress-options.js';
import { hostRules } from './host-rules.js';
import { connectTo, machineAddresses, resolveName } from './network.js';
import { proxyVariables, quietFiles, quietVariables } from './proxy-variables.js';

/**
 * The way out for named hosts: a proxy in our process, on a unix socket for sandboxes without a network and on loopback
 * for those that share ours. Each connection is checked by name, port, every address the name leads to, and the name in
 * its TLS hello, and goes to an address that was checked. What is refused is recorded.
 *
 * Where the sandbox has no network this is the only way out. Elsewhere a program may ignore it (`enforced: false`).
 */
export function createEgress(options: EgressOptions): Egress {
  return { open: (rules) => openSession(options, rules) };
}

async function openSession(options: EgressOptions, rules: EgressRules): Promise<Result<EgressSession, Fault>> {
  const hosts = hostRules(rules.allow);
  if (!hosts.ok) return err(fault('rejected', `${JSON.stringify(hosts.error.slice(0, 200))} in sandbox.network.allow, or in the list of a check, is no host. Write a name (registry.example.com), *.example.com for one label below it, * for every public name, or an address.`));
  const addresses = addressRules(rules.private, (options.ownAddresses ?? machineAddresses)());
  if (!addresses.ok) return err(fault('rejected', `${JSON.stringify(addresses.error.slice(0, 200))} in sandbox.network.private is no range of addresses. Write it like 10.20.0.0/16.`));
  const local = new Map<number, string>();
  const closing = new AbortController();
  const desk: EgressDesk = {
    hosts: hosts.value, addresses: addresses.value, ports: new Set(rules.ports), book: createEgressBook(), local, closing: closing.signal,
    limits: { ...DEFAULT_EGRESS_LIMITS, ...options.limits }, left: { up: rules.bytesUpMax, down: rules.bytesDownMax },
    resolve: options.resolve ?? resolveName, connect: options.connect ?? connectTo,
  };
  const name = `e${options.ids.hex(4)}`;
  const opened = await openDoor(desk, { folder: join(options.socketDir, name), files: join(options.filesDir ?? options.socketDir, `${name}-settings`) });
  if (!opened.ok) return opened;
  const door = opened.value;
  let enforced = true;
  const report = (): EgressReport => ({
    allowed: [...rules.allow], enforced, refused: [...desk.book.refused()], reached: [...desk.book.reached()], unlisted: desk.book.unlisted(),
  });
  const quiet = rules.allow.length === 0;
  const mounts: readonly Mount[] = quiet ? [{ from: door.files, to: door.files, writable: false }] : [];
  return ok({
    mounts,
    through(sandbox, own = []) {
      for (const relay of own) local.set(relay.port, relay.socket);
      enforced = sandbox.networkClosed;
      // Where the network is open anyway, a refusing proxy would only make single tools fail.
      if (quiet && !enforced) return sandbox;
      return confined(sandbox, { port: door.port, socket: door.socket }, quiet ? quietVariables(door.port, door.files) : proxyVariables(door.port));
    },
    async close() {
      closing.abort();
      await door.close();
      return report();
    },
  });
}

function confined(sandbox: Sandbox, relay: Relay, variables: Readonly<Record<string, string>>): Sandbox {
  return {
    ...sandbox,
    start: (program, limits, signal) => sandbox.start({ ...program, relays: [...program.relays, relay], env: { ...variables, ...program.env } }, limits, signal),
  };
}

interface Door { readonly port: number; readonly socket: string; readonly files: string; close(): Promise<void> }

/** One service behind two doors, as the gateway has them; the relay inside listens on the loopback door's number. */
async function openDoor(desk: EgressDesk, { folder, files }: { readonly folder: string; readonly files: string }): Promise<Result<Door, Fault>> {
  const serving = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  const serve = (client: Socket): void => {
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    const served = serveConnection(desk, client).finally(() => serving.delete(served));
    serving.add(served);
  };
  const servers = [server(desk, serve), server(desk, serve)] as const;
  const socket = join(folder, 's');
  const close = async (): Promise<void> => {
    const shut = servers.map((each) => new Promise<void>((resolve) => { each.close(() => { resolve(); }); }));
    for (const each of sockets) each.destroy();
    await Promise.all([...shut, ...serving]);
    for (const each of [folder, files]) await rm(each, { recursive: true, force: true });
  };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await mkdir(files, { recursive: true, mode: 0o755 });
    await listen(servers[0], { host: '127.0.0.1', port: 0 });
    await listen(servers[1], { path: socket });
    await chmod(socket, 0o600);
    const { port } = servers[0].address() as AddressInfo;
    for (const [name, text] of Object.entries(quietFiles(port))) await writeFile(join(files, name), text, { mode: 0o644 });
    return ok({ port, socket, files, close });
  } catch (cause) {
    await close().catch(() => undefined);
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unknown';
    return err(fault('io', `The egress proxy cannot listen in ${folder} or on 127.0.0.1 (${code}). Check that the folder for temporary files is writable and its path is short.`, 'ours'));
  }
}

function server(desk: EgressDesk, serve: (client: Socket) => void): Server {
  const made = createServer({ allowHalfOpen: true, noDelay: true }, serve);
  made.maxConnections = desk.limits.connectionsMax;
  made.on('drop', () => { desk.book.refuse('', 0, 'connections'); });
  return made;
}

function listen(each: Server, at: { readonly host: string; readonly port: number } | { readonly path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    each.once('error', reject);
    each.listen(at, () => {
      each.off('error', reject);
      // An accept that fails for want of descriptors must not end the run.
      each.on('error', () => undefined);
      resolve();
    });
  });
}

function fault(code: Fault['code'], message: string, side: Fault['side'] = 'setup'): Fault {
  return { code, side, retryable: false, source: 'containment/egress', message };
}
