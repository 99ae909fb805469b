import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createSandboxFactory } from '../../src/containment/sandbox/sandbox-factory.js';
import { openUnconfined } from '../../src/containment/sandbox/unconfined.js';
import type { AgentEvent, AgentLimits, AgentOutcome, AgentTask, CodingAgent, GatewayEndpoint } from '../../src/ports/coding-agent.js';
import type { Rung } from '../../src/domain/rung.js';
import type { ProvedRung, Sandbox, SandboxFactory } from '../../src/ports/sandbox.js';
import { sandboxOptions } from '../containment/fixtures/sandbox-options.js';
import { startFakeModel } from './model/fake-model.js';
import type { FakeModel, FakeModelOptions } from './model/fake-model.js';

export const AGENT_LIMITS: AgentLimits = { wallMsMax: 60_000, idleMsMax: 30_000, outputBytesMax: 16 * 1024 * 1024, processesMax: 256, memoryBytesMax: 4 * 2 ** 30, cpuMsMax: 7_200_000, writtenFileBytesMax: 2 ** 32, diskBytesMax: 10 * 2 ** 30 };

/** A folder, a home, a brief and a real sandbox for an agent under test. */
export interface AgentPlace {
  readonly rung: Rung;
  readonly workspace: string;
  readonly home: string;
  /** A scripted model behind the endpoint that an agent in this place can reach. */
  model(options: Omit<FakeModelOptions, 'socket'>, api?: GatewayEndpoint['api']): Promise<{ readonly model: FakeModel; readonly gateway: GatewayEndpoint }>;
  task(agent: CodingAgent, over?: Partial<AgentTask>): Promise<AgentTask>;
  close(): Promise<void>;
}

/** An endpoint that nobody listens at, for agents that ask no model. */
export const NO_MODEL: GatewayEndpoint = { url: 'http://127.0.0.1:9', socket: undefined, token: 'token-of-this-attempt', api: 'anthropic-messages' };

let shared: SandboxFactory | undefined;
const options = sandboxOptions({ path: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin` });

/** The strongest rung of this machine that we can test with. */
export async function bestRung(): Promise<'bubblewrap' | 'none'> {
  shared ??= createSandboxFactory(options);
  return (await shared.probe()).rung === 'bubblewrap' ? 'bubblewrap' : 'none';
}

/** Factories that may climb one rung only: what the weaker ones do to an agent is tried where a stronger one is there. */
const only = new Map<Rung, SandboxFactory>();

function factoryOf(rung: Rung): SandboxFactory {
  const known = only.get(rung) ?? createSandboxFactory({ ...options, rungs: [rung] });
  only.set(rung, known);
  return known;
}

/** Whether this machine has a rung, or why it has none. */
export async function proveRung(rung: Rung): Promise<ProvedRung> {
  return factoryOf(rung).probe();
}

export async function agentPlace(rung: Rung, files: Readonly<Record<string, string>> = {}): Promise<AgentPlace> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-agent-')));
  const [workspace, home] = [join(root, 'ws'), join(root, 'home')];
  mkdirSync(workspace);
  mkdirSync(home);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), content);
  }
  const briefFile = join(root, 'brief.json');
  writeFileSync(briefFile, '{"version":1}');
  const models: FakeModel[] = [];
  return {
    rung, workspace, home,
    model: async (script, api = 'anthropic-messages') => {
      const socket = rung !== 'none' && rung !== 'own-uid' ? join(root, `model-${models.length}.sock`) : undefined;
      const model = await startFakeModel({ ...script, ...(socket === undefined ? {} : { socket }) });
      models.push(model);
      return { model, gateway: { url: socket === undefined ? model.url : 'http://127.0.0.1:8377', socket, token: 'token-of-this-attempt', api } };
    },
    task: async (agent, over = {}) => ({
      attempt: 1, prompt: 'Do the work.', workspace, home, briefFile, model: 'claude-sonnet-4-5', session: undefined, gateway: NO_MODEL,
      sandbox: over.sandbox ?? await openSandbox({ rung, workspace, home, briefFile, agent }), limits: AGENT_LIMITS, signal: new AbortController().signal, ...over,
    }),
    close: async () => {
      await Promise.all(models.map((model) => model.close()));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function openSandbox(input: { readonly rung: Rung; readonly workspace: string; readonly home: string; readonly briefFile: string; readonly agent: CodingAgent }): Promise<Sandbox> {
  const { workspace, home, briefFile } = input;
  const mounts = [...await input.agent.mounts(), { from: briefFile, to: briefFile, writable: false }].filter((mount) => existsSync(mount.from));
  const request = { workspace, home, mounts, network: 'closed', readOnly: ['.git'] } as const;
  const factory = input.rung === 'bubblewrap' ? shared ??= createSandboxFactory(options) : factoryOf(input.rung);
  const opened = input.rung === 'none' ? openUnconfined(request, options) : await factory.open(request);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** Reads a session to its end. */
export async function play(agent: CodingAgent, task: AgentTask, onEvent: (event: AgentEvent) => void = () => undefined): Promise<{ readonly events: readonly AgentEvent[]; readonly outcome: AgentOutcome }> {
  const events: AgentEvent[] = [];
  const session = agent.run(task);
  for (let next = await session.next(); ; next = await session.next()) {
    if (next.done === true) return { events, outcome: next.value };
    events.push(next.value);
    onEvent(next.value);
  }
}
