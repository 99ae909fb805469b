import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { chmodSync, closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import type { DrillAddress } from '../../../domain/drill.js';

/** What is planted: texts that belong to nobody, in files and processes that belong to the drill alone. */
export interface SceneOptions {
  /** An empty folder of ours; everything is planted below it and removed with it. */
  readonly root: string;
  readonly files: readonly { readonly path: string; readonly text: string; readonly mode: number }[];
  /** In the environment and the arguments of a process that only waits. */
  readonly holder: { readonly env: Readonly<Record<string, string>>; readonly args: readonly string[]; readonly memory: string; readonly openFile: string };
}

export interface Visit { readonly at: 'tcp' | 'udp' | 'socket' | 'abstract'; text: string }

export interface PlantedScene {
  readonly pids: readonly number[];
  readonly tcp: DrillAddress;
  readonly udp: DrillAddress;
  readonly socket: string;
  readonly abstract: string;
  /** What came so far; grows. */
  readonly visits: readonly Visit[];
  close(): Promise<void>;
}

/** Plants files, starts two processes that hold canaries, and listens where nobody may come. Loopback only. */
export async function plantScene(options: SceneOptions): Promise<PlantedScene> {
  for (const file of options.files) {
    mkdirSync(path.dirname(path.join(options.root, file.path)), { recursive: true });
    writeFileSync(path.join(options.root, file.path), file.text);
    chmodSync(path.join(options.root, file.path), file.mode);
  }
  const open = openSync(path.join(options.root, options.holder.openFile), 'r');
  const holders = [
    spawn('/bin/sh', ['-c', 'read line', 'holder', ...options.holder.args], { env: { ...options.holder.env }, stdio: ['pipe', 'ignore', 'ignore', open] }),
    await keyHolder(options.holder.memory),
  ];
  for (const holder of holders) holder.on('error', () => undefined);
  const visits: Visit[] = [];
  const servers = { tcp: recorder('tcp', visits), socket: recorder('socket', visits), abstract: recorder('abstract', visits) };
  // The name of a unix socket has at most 107 bytes; an abstract one needs Linux.
  const [socket, abstract] = [path.join(options.root, 'd.sock'), `heddle-drill-${randomBytes(6).toString('hex')}`];
  await Promise.all([listening(servers.tcp, { host: '127.0.0.1', port: 0 }), listening(servers.socket, { path: socket }), listening(servers.abstract, { path: `\0${abstract}` })]);
  const datagrams = await nameServer(visits);
  return {
    pids: holders.flatMap((one) => (one.pid === undefined ? [] : [one.pid])), socket, abstract, visits,
    tcp: { host: '127.0.0.1', port: (servers.tcp.address() as AddressInfo).port }, udp: { host: '127.0.0.1', port: datagrams.address().port },
    close: async () => {
      for (const holder of holders) holder.kill('SIGKILL');
      closeSync(open);
      datagrams.close();
      await Promise.all(Object.values(servers).map((server) => new Promise<void>((resolve) => { server.close(() => { resolve(); }); })));
    },
  };
}

/** Stands for a process with a key that came by pipe: in memory and nowhere else. */
async function keyHolder(memory: string): Promise<ChildProcess> {
  const program = 'process.stdin.once("data", (key) => { globalThis.key = Buffer.from(key); process.stdout.write("ok"); setInterval(() => globalThis.key, 1e6); })';
  const child = spawn(process.execPath, ['-e', program], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.write(memory);
  await new Promise<void>((resolve) => { child.stdout.once('data', () => { resolve(); }).once('close', () => { resolve(); }); });
  return child;
}

function recorder(at: Visit['at'], visits: Visit[]): Server {
  return createServer((socket) => {
    const visit: Visit = { at, text: '' };
    visits.push(visit);
    socket.on('data', (data) => { if (visit.text.length < 1e6) visit.text += data.toString('latin1'); }).on('error', () => undefined);
    socket.end();
  });
}

async function nameServer(visits: Visit[]): Promise<Datagrams> {
  const datagrams = createSocket('udp4', (message) => { visits.push({ at: 'udp', text: message.toString('latin1') }); });
  await new Promise<void>((resolve, reject) => { datagrams.once('error', reject).bind(0, '127.0.0.1', () => { resolve(); }); });
  return datagrams;
}

function listening(server: Server, at: { readonly path: string } | { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => { server.once('error', reject).listen(at, () => { resolve(); }); });
}
