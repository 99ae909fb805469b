import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create as createCommand, optionSchema } from '../../src/adapters/agent/command/index.js';
import { create as createEvidence } from '../../src/adapters/evidence/folder/index.js';
import { create as createForge } from '../../src/adapters/forge/local/index.js';
import { create as createStore } from '../../src/adapters/ledger-store/folder/index.js';
import { create as createTracker } from '../../src/adapters/tracker/file/index.js';
import { create as createWorkspace } from '../../src/adapters/workspace/git/index.js';
import { limitsFrom } from '../../src/admission/limits.js';
import { loadConfiguration } from '../../src/config/load.js';
import { createRedactor } from '../../src/containment/redactor.js';
import { createSandboxFactory } from '../../src/containment/sandbox/sandbox-factory.js';
import { Instant, RunId } from '../../src/domain/ids.js';
import type { RunRequest } from '../../src/domain/request.js';
import type { RunFact } from '../../src/flow/event.js';
import { drive, type Rest } from '../../src/flow/drive.js';
import type { RunPorts, RunSettings } from '../../src/flow/run-ports.js';
import { newTrail, reopenTrail, type Trail } from '../../src/flow/trail.js';
import type { Clock } from '../../src/ports/clock.js';
import type { SandboxFactory } from '../../src/ports/sandbox.js';
import type { TrailStore } from '../../src/ports/trail-store.js';
import { DOOR, type Scene } from './rig.js';

/**
 * The same road in this process, for scenarios that must reach between two parts: real git, forge, tracker, sandbox and agent;
 * what a scenario changes it changes at a port.
 */
export interface Composition {
  readonly wrap?: (ports: RunPorts) => RunPorts;
  /** What main would have decided otherwise: another repository, another forge's name. */
  readonly wrapSettings?: (settings: RunSettings) => RunSettings;
  readonly wrapStore?: (store: TrailStore) => TrailStore;
  readonly clock?: Clock;
  /** Who asked for which ticket; the person at the keyboard for `ticket.md` when left out. */
  readonly request?: RunRequest;
  /** Recorded before a resumed run goes on: what a command or an event would have added. */
  readonly before?: RunFact;
}

export interface Ended { readonly rest: Rest; readonly trail: Trail; readonly ports: RunPorts; readonly pauses: readonly number[] }

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const systemClock: Clock = { now: () => Instant.parse(new Date().toISOString()), monotonicMs: () => performance.now() };

let shared: SandboxFactory | undefined;
/** Proved once: the probe starts programs, and every run of a suite would find the same. */
function sandboxes(path: string): SandboxFactory {
  shared ??= createSandboxFactory({ inside: { node: process.execPath, args: [DOOR, '__inside'] }, path, tools: ['/opt', '/usr/local'], scratch: mkdtempSync(join(tmpdir(), 'heddle-in-')), mark: hex(8), hex });
  return shared;
}

/** A new run of the scene's ticket, to its rest. */
export async function startRun(scene: Scene, composition: Composition = {}): Promise<Ended> {
  return withRun(scene, composition, async (parts) => {
    const trail = newTrail({ ...parts.trailOptions, run: RunId.parse(hex(8)) });
    await trail.append({
      type: 'requested',
      request: composition.request ?? { trigger: { kind: 'cli' }, ticket: { tracker: 'file', key: 'ticket.md' }, actor: { login: 'mila', id: 'mila', kind: 'human' }, fromFork: false, at: systemClock.now() },
    });
    return trail;
  });
}

/** Goes on with the run in the scene's run folder, as a new process would: nothing but the folder and the repository. */
export async function resumeRun(scene: Scene, composition: Composition = {}): Promise<Ended> {
  return withRun(scene, composition, async (parts) => {
    const trail = await reopenTrail(parts.trailOptions);
    if (!trail.ok) throw new Error(`${trail.error.line}: ${trail.error.message}`);
    return trail.value;
  });
}

interface Parts { readonly trailOptions: Parameters<typeof reopenTrail>[0] }

async function withRun(scene: Scene, composition: Composition, open: (parts: Parts) => Promise<Trail>): Promise<Ended> {
  const redactor = createRedactor();
  const clock = composition.clock ?? systemClock;
  const created = await createStore({ folder: scene.out });
  if (!created.ok) throw new Error(created.error.message);
  try {
    const store = composition.wrapStore?.(created.value) ?? created.value;
    const trail = await open({ trailOptions: { store, clock, onEvent: () => undefined, redact: (text) => redactor.text(text) } });
    if (composition.before !== undefined) await trail.append(composition.before);
    const pauses: number[] = [];
    const { ports, settings } = await compose(scene, trail.run, { clock, pause: (ms) => { pauses.push(ms); return Promise.resolve(); } });
    const rest = await drive({ ports: composition.wrap?.(ports) ?? ports, settings: composition.wrapSettings?.(settings) ?? settings, trail, signal: new AbortController().signal });
    return { rest, trail, ports, pauses };
  } finally {
    await created.value.close();
  }
}

async function compose(scene: Scene, run: RunId, given: Pick<RunPorts, 'clock' | 'pause'>): Promise<{ ports: RunPorts; settings: RunSettings }> {
  const loaded = loadConfiguration({ text: readFileSync(join(scene.repo, '.heddle.yml'), 'utf8'), file: '.heddle.yml' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { config, digest } = loaded.value;
  const path = scene.env['PATH'] ?? '';
  const redactor = createRedactor();
  const evidence = createEvidence({ folder: scene.out }, { redactor });
  const scratch = join(scene.root, 'tmp', `heddle-${run}`);
  mkdirSync(scratch, { recursive: true });
  const bundles = await Promise.all((await evidence.list()).filter((name) => /^attempts\/\d+\.bundle$/.test(name)).map(async (name) => evidence.pathFor(name)));
  const workspace = await createWorkspace({ trustStatTimes: false }).open(scene.repo, join(scratch, 'git'), bundles);
  if (!workspace.ok) throw new Error(workspace.error.message);
  const commit = await workspace.value.resolve('main');
  if (!commit.ok) throw new Error(commit.error.message);
  const base = { branch: 'main', commit: commit.value };
  const forge = createForge({ folder: scene.forge, repositoryName: 'repo', defaultBranch: 'main', user: 'mila', seedFrom: workspace.value.gitDir, baseCommit: commit.value });
  return {
    ports: {
      ...given, ...forge, workspace: workspace.value, evidence, redactor, sandboxes: sandboxes(path), gateway: undefined, ids: { hex },
      tracker: createTracker({ root: scene.root, commentsDir: join(scene.out, 'comments') }),
      agent: createCommand(optionSchema.parse({ command: config.agent.command }), { searchPath: path }),
    },
    settings: {
      config, policyDigest: digest, limits: limitsFrom(config), repository: 'repo', base, scratch, holder: `local/test/${run}`,
      localUser: true, dryRun: false, evidenceUrl: undefined, parallelChecks: 1,
    },
  };
}
