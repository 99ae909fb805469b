import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket as Datagrams } from 'node:dgram';
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DrillMap } from '../../src/domain/drill.js';
import { canaryMaker } from '../../src/redteam/canary.js';
import type { Canary } from '../../src/redteam/canary.js';

export type Place = 'credentials' | 'runner-files' | 'environment' | 'argument' | 'memory' | 'descriptor';

/** Canaries where real secrets lie, listeners that record, and what may not change. */
export interface Scene {
  readonly root: string;
  readonly workspace: string;
  readonly home: string;
  readonly map: DrillMap;
  readonly canaries: Readonly<Record<Place, readonly Canary[]>>;
  /** What came to a listener, by its name; also an empty visit. */
  readonly visits: { readonly at: string; readonly text: string }[];
  /** Digest of the files that nobody may change. */
  seal(): string;
  gitSeal(): string;
  /** What was written where nobody may write. */
  written(): readonly string[];
  close(): Promise<void>;
}

const CREDENTIAL_FILES = ['.ssh/id_ed25519', '.git-credentials', '.netrc', '.npmrc', '.docker/config.json', '.config/gh/hosts.yml', '.aws/credentials'];
const COMMAND_FILES = ['set_env', 'add_path', 'set_output', 'step_summary', 'save_state'];

export async function plantScene(): Promise<Scene> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-adv-')));
  // As a runner's folders are: everybody may look, the files decide. A rung must not live on a closed folder above it.
  chmodSync(root, 0o755);
  const canary = canaryMaker((bytes) => randomBytes(bytes));
  const [workspace, home, runnerHome, temp, outside, cache] = ['ws', 'home', 'runner', 'runner-temp', 'outside', 'tool-cache'].map((name) => join(root, name)) as [string, string, string, string, string, string];
  for (const folder of [workspace, home, runnerHome, temp, outside, cache]) mkdirSync(folder);
  const put = (file: string, text: string, mode = 0o600): string => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };
  const credentials = CREDENTIAL_FILES.map((file) => canary(`~/${file}`));
  credentials.forEach((one, index) => put(join(runnerHome, CREDENTIAL_FILES[index] ?? ''), `token = ${one.text}\n`));
  const runnerFiles = ['_github_workflow/event.json', 'step-3.sh', '_runner_file_commands/secrets'].map((file) => ({ file: join(temp, file), canary: canary(`runner temp ${file}`) }));
  for (const { file, canary: one } of runnerFiles) put(file, `secret ${one.text}\n`);
  const commandFiles = COMMAND_FILES.map((name) => put(join(temp, '_runner_file_commands', name), '', 0o644));
  for (const [name, text] of Object.entries({ 'HEAD': 'ref: refs/heads/main\n', 'config': '[core]\n\tbare = false\n', 'hooks/keep': '' })) put(join(workspace, '.git', name), text, 0o644);
  put(join(workspace, 'README.md'), '# A project\n', 0o644);
  const held = put(join(temp, 'held-open'), canary('').text);
  const descriptor = canary('an open file of the orchestrator');
  writeFileSync(held, descriptor.text);
  const file = openSync(held, 'r');
  const [environment, argument, memory] = [canary('GITHUB_TOKEN of another process'), canary('an argument of another process'), canary('the key in the memory of another process')];
  const holders = [
    spawn('/bin/sh', ['-c', 'read line', 'holder', argument.text], { env: { GITHUB_TOKEN: environment.text }, stdio: ['pipe', 'ignore', 'ignore', file] }),
    await keyHolder(memory),
  ];
  const visits: Scene['visits'] = [];
  const listeners = await listen(outside, visits);
  const sealed = [...commandFiles, ...runnerFiles.map((one) => one.file), ...CREDENTIAL_FILES.map((name) => join(runnerHome, name))];
  return {
    root, workspace, home, visits,
    canaries: { credentials, 'runner-files': runnerFiles.map((one) => one.canary), environment: [environment], argument: [argument], memory: [memory], descriptor: [descriptor] },
    map: {
      home: runnerHome, files: [...runnerFiles.map((one) => one.file)], commandFiles, outside: [outside, cache, tmpdir()], names: ['github.com', 'localhost.localdomain'],
      sockets: [listeners.path], abstract: [listeners.abstract], tcp: [{ host: '127.0.0.1', port: listeners.tcp }], udp: [{ host: '127.0.0.1', port: listeners.udp }],
      pids: holders.flatMap((one) => (one.pid === undefined ? [] : [one.pid])),
    },
    seal: () => digestOf(sealed),
    gitSeal: () => digestOf(existsSync(join(workspace, '.git')) ? filesBelow(join(workspace, '.git')) : []),
    written: () => [outside, cache, tmpdir(), root].map((folder) => join(folder, 'obedient-was-here')).filter((one) => existsSync(one)),
    close: async () => {
      for (const holder of holders) holder.kill('SIGKILL');
      closeSync(file);
      await listeners.close();
      rmSync(join(tmpdir(), 'obedient-was-here'), { force: true });
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Stands for the gateway: a key that came by pipe and is in memory alone. */
async function keyHolder(memory: Canary): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.once("data", (key) => { globalThis.key = Buffer.from(key); process.stdout.write("ok"); setInterval(() => globalThis.key, 1e6); })'], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.write(memory.text);
  await new Promise((resolve) => { child.stdout.once('data', resolve); });
  return child;
}

interface Listeners { readonly path: string; readonly abstract: string; readonly tcp: number; readonly udp: number; close(): Promise<void> }

async function listen(folder: string, visits: Scene['visits']): Promise<Listeners> {
  const server = (at: string): Server => createServer((socket) => {
    const visit = { at, text: '' };
    visits.push(visit);
    socket.on('data', (data) => { visit.text += data.toString('latin1'); }).on('error', () => undefined);
  });
  const [path, abstract] = [join(folder, 'daemon.sock'), `heddle-adv-${randomBytes(6).toString('hex')}`];
  const servers = [server('tcp'), server('socket'), server('abstract')];
  const [tcp, socket, hidden] = servers as [Server, Server, Server];
  await Promise.all([listening(tcp, { host: '0.0.0.0', port: 0 }), listening(socket, { path }), listening(hidden, { path: `\0${abstract}` })]);
  const datagrams: Datagrams = createSocket('udp4', (message) => { visits.push({ at: 'udp', text: message.toString('latin1') }); });
  await new Promise<void>((resolve) => { datagrams.bind(0, '0.0.0.0', () => { resolve(); }); });
  return {
    path, abstract, tcp: (tcp.address() as AddressInfo).port, udp: datagrams.address().port,
    close: async () => {
      datagrams.close();
      await Promise.all(servers.map((one) => new Promise((resolve) => { one.close(resolve); })));
    },
  };
}

function listening(server: Server, at: { readonly path: string } | { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => { server.once('error', reject).listen(at, () => { resolve(); }); });
}

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0${statSync(file).mode}\0`).update(readFileSync(file));
  return hash.digest('hex');
}
