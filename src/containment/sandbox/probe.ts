import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { Fault } from '../../domain/fault.js';
import type { Result } from '../../kit/result.js';
import type { ProgramLimits, Sandbox, SandboxRequest } from '../../ports/sandbox.js';
import { harmlessLines } from '../log-filter.js';
import { PROBE_PROGRAM } from './probe-program.js';
import type { ProbeReport, ProbeTask } from './probe-program.js';
import type { SandboxOptions } from './sandbox-options.js';

/** One thing that was tried. */
export interface ProbeFinding { readonly what: string; readonly held: boolean; readonly why: string }

export interface ProbeOutcome { readonly held: boolean; readonly findings: readonly ProbeFinding[]; readonly why: string }

/**
 * Proves a rung by doing. Plants a secret in a file and in the environment of a process of ours, listens on loopback,
 * runs the probe program in the rung, and believes what happened: files are looked at from outside as well.
 */
export async function probeRung(open: (request: SandboxRequest) => Result<Sandbox, Fault>, options: SandboxOptions): Promise<ProbeOutcome> {
  const scene = await buildScene(options);
  try {
    const opened = open({ workspace: scene.workspace, home: scene.home, mounts: [], network: 'closed', readOnly: [] });
    if (!opened.ok) return failed(`it could not be prepared: ${opened.error.message}`);
    const sandbox = opened.value;
    const task: ProbeTask = {
      canary: scene.canary, secretFile: scene.secretFile, outsideFile: scene.outsideFile,
      insideFile: join(sandbox.workdir, 'inside'), port: scene.port, relayPort: scene.relayPort,
    };
    const running = sandbox.start({
      command: options.inside.node, args: ['-e', PROBE_PROGRAM, JSON.stringify(task)], env: {}, cwd: '', stdin: undefined,
      relays: [{ socket: scene.socket, port: scene.relayPort }],
    }, PROBE_LIMITS);
    const text = { stdout: '', stderr: '' };
    for await (const { stream, bytes } of running.output) text[stream] += Buffer.from(bytes).toString('utf8');
    const { ending } = await running.ended;
    const report = reportOf(text.stdout);
    if (report === undefined) {
      const said = harmlessLines(text.stderr, { prefix: '', lineCharsMax: 300, linesMax: 3 }).join(' ').trim();
      return failed(`Node did not run in it (${endingWords(ending)}${said === '' ? '' : `: ${said}`})`);
    }
    return judge({ report, scene, exitedWell: ending.kind === 'exited' && ending.code === 0, closed: sandbox.rung !== 'own-uid' });
  } catch (cause) {
    return failed(cause instanceof Error ? cause.message : 'it could not be tried');
  } finally {
    scene.remove();
  }
}

const PROBE_LIMITS: ProgramLimits = {
  wallMsMax: 20_000, idleMsMax: undefined, outputBytesMax: 256 * 1024, processesMax: 512, memoryBytesMax: 2 ** 31,
  cpuMsMax: 20_000, writtenFileBytesMax: 2 ** 20, diskBytesMax: 2 ** 30,
};

/** The report comes out of the sandbox: data, whatever wrote it. */
const Report = z.strictObject({
  secret: z.boolean(), environment: z.boolean(), outside: z.boolean(), system: z.boolean(), kernel: z.boolean(),
  network: z.boolean(), inside: z.boolean(), relay: z.boolean(),
});

interface Scene {
  readonly canary: string;
  readonly workspace: string;
  readonly home: string;
  readonly secretFile: string;
  readonly outsideFile: string;
  readonly socket: string;
  readonly port: number;
  readonly relayPort: number;
  remove(): void;
}

async function buildScene(options: SandboxOptions): Promise<Scene> {
  const root = mkdtempSync(join(options.scratch, 'heddle-probe-'));
  const canary = options.hex(16);
  const [workspace, home, outside] = ['workspace', 'home', 'outside'].map((name) => join(root, name)) as [string, string, string];
  for (const folder of [workspace, home, outside]) mkdirSync(folder);
  const secretFile = join(outside, 'secret');
  // Closed like real secrets are: one rung has nothing but the modes of files.
  writeFileSync(secretFile, canary, { mode: 0o600 });
  // The name of a unix socket has at most 107 bytes; a runner's scratch folder may be deep.
  const socketFolder = root.length < 90 ? root : mkdtempSync('/tmp/heddle-probe-');
  const socket = join(socketFolder, 'relay.sock');
  const answers = createServer((client) => { client.on('error', () => undefined).end(canary); });
  const listener = createServer((client) => { client.on('error', () => undefined).end(); });
  await listening(answers, { path: socket });
  await listening(listener, { host: '127.0.0.1', port: 0 });
  const relayPort = await freePort();
  const holder = spawn('/bin/cat', [], { env: { HEDDLE_PROBE_SECRET: canary }, stdio: ['pipe', 'ignore', 'ignore'] });
  holder.on('error', () => undefined);
  return {
    canary, workspace, home, relayPort, secretFile, outsideFile: join(outside, 'written'), socket, port: (listener.address() as AddressInfo).port,
    remove: () => {
      holder.kill('SIGKILL');
      answers.close();
      listener.close();
      for (const folder of new Set([root, socketFolder])) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A rung that shares the machine's ports needs one that is free, also beside another run on this machine. */
async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server, { host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  return port;
}

function listening(server: Server, at: { readonly path: string } | { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => { reject(new Error('the probe could not listen', { cause })); });
    server.listen(at, () => { resolve(); });
  });
}

interface Judged {
  readonly report: ProbeReport;
  readonly scene: Scene;
  readonly exitedWell: boolean;
  /** False for the one rung that does not claim to close the network. */
  readonly closed: boolean;
}

function judge({ report, scene, exitedWell, closed }: Judged): ProbeOutcome {
  const inside = join(scene.workspace, 'inside');
  const written = existsSync(inside) && readFileSync(inside, 'utf8') === scene.canary;
  const findings: readonly ProbeFinding[] = [
    finding('read a secret file outside', !report.secret, 'a program in it could read a secret file outside'),
    finding('read our environment', !report.environment, 'a program in it could read the environment of a process outside'),
    finding('write outside', !report.outside && !existsSync(scene.outsideFile), 'a program in it could write outside of its folder'),
    finding('write to the system', !report.system, 'a program in it could write to /usr'),
    finding('set the kernel', !report.kernel, 'a program in it could open a setting of the kernel for writing'),
    finding('open a connection', !closed || !report.network, 'a program in it could open a network connection to the host'),
    finding('write inside', report.inside && written, 'a program in it could not write its own working folder'),
    finding('use the relay', !closed || report.relay, 'the way to the model gateway did not work'),
    finding('end well', exitedWell, 'the sandbox did not report the end of the program'),
  ];
  const broken = findings.filter((each) => !each.held);
  return { held: broken.length === 0, findings, why: broken.map((each) => each.why).join('; ') };
}

function finding(what: string, held: boolean, why: string): ProbeFinding {
  return { what, held, why: held ? 'as it must be' : why };
}

function failed(why: string): ProbeOutcome {
  return { held: false, findings: [finding('run Node', false, why)], why };
}

function reportOf(text: string): ProbeReport | undefined {
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) continue;
    try {
      const parsed = Report.safeParse(JSON.parse(line));
      if (parsed.success) return parsed.data;
    } catch {
      continue;
    }
  }
  return undefined;
}

function endingWords(ending: { readonly kind: string; readonly code?: number; readonly signal?: string; readonly reason?: string }): string {
  return [ending.kind, ending.code, ending.signal, ending.reason].filter((word) => word !== undefined).join(' ');
}
