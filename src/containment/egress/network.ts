import { lookup } from 'node:dns/promises';
import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

/** All addresses that the system knows for a name. */
export async function resolveName(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true, verbatim: true })).map((found) => found.address);
}

/** Connects to an address; nothing is looked up, because the host is one. */
export function connectTo(address: string, port: number, msMax: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: address, port, allowHalfOpen: true, noDelay: true });
    const late = setTimeout(() => { socket.destroy(new Error('no connection in time')); }, msMax);
    socket.once('error', (cause) => { clearTimeout(late); reject(cause); });
    socket.once('connect', () => { clearTimeout(late); resolve(socket); });
  });
}

export function machineAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((facts) => (facts ?? []).map((fact) => fact.address));
}
