import { tmpdir } from 'node:os';
import path from 'node:path';
import { limitsFrom } from '../admission/limits.js';
import type { LoadedConfiguration } from '../config/load.js';
import { CommitSha, type RunId } from '../domain/ids.js';
import type { TicketRef } from '../domain/ticket.js';
import type { RunDocument } from '../flow/documents.js';
import type { Phase } from '../domain/phase.js';
import type { Handover, RunPorts, RunSettings } from '../flow/run-ports.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Evidence } from '../ports/evidence.js';
import type { Forge } from '../ports/forge.js';
import type { Redactor } from '../ports/redactor.js';
import type { SandboxFactory } from '../ports/sandbox.js';
import { createAgent } from './agents.js';
import type { Checkout } from './checkout.js';
import { choicePorts } from './choices.js';
import { pause, systemClock, systemIds } from './clock.js';
import type { ChosenForge } from './forges.js';
import { flag, option, type Invocation } from './invocation.js';
import { createLedger } from './ledgers.js';
import { createGateway, socketFolder } from './models.js';
import { absentAgent, absentForge, absentSandboxes, absentTracker, admittingForge } from './phases/absent-ports.js';
import type { Problem } from './problem.js';
import { createSandboxes } from './sandboxes.js';
import { createTracker, trackerPlace } from './trackers.js';

export interface Prepared {
  readonly ports: RunPorts;
  readonly settings: RunSettings;
  readonly record: RunDocument['invocation'];
}

export interface PrepareInput {
  readonly invocation: Invocation;
  readonly run: RunId;
  readonly ticket: TicketRef;
  readonly checkout: Checkout;
  /** Absent in phases that have no forge. */
  readonly forge: ChosenForge | undefined;
  readonly base: { readonly branch: string; readonly commit: CommitSha };
  readonly loaded: LoadedConfiguration;
  readonly evidence: Evidence;
  readonly redactor: Redactor;
  readonly ticketRoot: string;
  readonly holder: string;
  /** One phase of the split; absent = all of the road. What a phase may not hold is not even made. */
  readonly phase?: Phase | undefined;
  readonly handover?: Handover | undefined;
  /** Whose proof has begun already. */
  readonly sandboxes?: SandboxFactory | undefined;
  /** The run's own place by default. */
  readonly scratch?: string;
}

/** Where a run keeps what it can make again. Named by the run, so that `resume` on the same machine finds it. */
export function scratchOf(run: RunId): string {
  return path.join(tmpdir(), `heddle-${run}`);
}

/** Wires the adapters of one run. Every vendor client is loaded here, when it is known which are needed. */
export async function prepare(input: PrepareInput): Promise<Result<Prepared, Problem>> {
  const { invocation, checkout, loaded, evidence, redactor, phase } = input;
  const working = await workingPorts(input);
  if (!working.ok) return working;
  const tracker = phase === 'work' || phase === 'verify' ? ok(absentTracker(phase)) : await createTracker(input.ticket, trackerPlace(invocation, { ticketRoot: input.ticketRoot, commentsFolder: path.join(evidence.folder, 'comments'), origin: checkout.facts.origin }));
  if (!tracker.ok) return err(tracker.error);
  const forge = await forgeOf(input);
  const scratch = input.scratch ?? scratchOf(input.run);
  const ledger = await createLedger({ config: loaded.config.ledger, invocation, forge: input.forge, phase, scratch });
  if (!ledger.ok) return ledger;
  const gates = loaded.config.gates.external.length === 0 || phase === 'work' || phase === 'verify' ? {} : { qualityGate: (await import('./quality-gates.js')).qualityGateFor(invocation.secrets, forge.reader) };
  const inside = phase === 'admit' || phase === 'deliver' ? absentSandboxes(phase) : sandboxesOf(input, scratch);
  const repository = input.forge?.repository ?? checkout.facts.root;
  return ok({
    ports: {
      tracker: tracker.value, reader: forge.reader, writer: forge.writer, claims: forge.claims, waiting: forge.waiting, ledger: ledger.value, dispatcher: forge.dispatcher, ...working.value, ...await choicePorts(input, working.value), sandboxes: inside, ...gates, ...await egressOf(input, scratch),
      workspace: checkout.workspace, evidence, redactor, clock: systemClock, ids: systemIds, pause,
    },
    settings: {
      config: loaded.config, policyDigest: loaded.digest, limits: limitsFrom(loaded.config), repository, base: input.base,
      scratch, holder: input.holder, localUser: invocation.localUser !== undefined, dryRun: flag(invocation, 'dry-run'),
      evidenceUrl: invocation.host.facts.evidenceUrl ?? invocation.host.facts.url, parallelChecks: PARALLEL_CHECKS, phase, handover: input.handover,
    },
    record: {
      forge: input.forge?.id ?? 'none', ...(input.forge?.folder === undefined ? {} : { forgeDir: input.forge.folder }), repository,
      folder: checkout.facts.root, ticketRoot: input.ticketRoot, base: input.base, localUser: invocation.localUser !== undefined, holder: input.holder,
      ...(option(invocation, 'cassette') === undefined ? {} : { cassette: path.resolve(invocation.cwd, option(invocation, 'cassette') ?? '') }),
    },
  });
}

/** The agent and its way to the model: made only where an agent runs. */
async function workingPorts(input: PrepareInput): Promise<Result<Pick<RunPorts, 'agent' | 'gateway'>, Problem>> {
  const { invocation, loaded, redactor, phase } = input;
  if (phase !== undefined && phase !== 'work') return ok({ agent: absentAgent(phase), gateway: undefined });
  const agent = await createAgent(loaded.config, invocation, loaded.where);
  if (!agent.ok) return agent;
  const gateway = await createGateway({
    agent: agent.value, config: loaded.config, secrets: invocation.secrets, redactor,
    cassette: option(invocation, 'cassette'), record: option(invocation, 'record'),
  });
  return gateway.ok ? ok({ agent: agent.value, gateway: gateway.value }) : gateway;
}

async function forgeOf({ forge, base, phase }: PrepareInput): Promise<Forge> {
  if (phase === 'work' || phase === 'verify') return absentForge(phase);
  if (forge === undefined) throw new Error('a phase with a forge was prepared without one');
  const made = await forge.create(base);
  return phase === 'admit' ? admittingForge(phase, made) : made;
}

/** Made where foreign programs run. Its files lie in the scratch folder, which every rung can show. */
async function egressOf({ phase }: PrepareInput, scratch: string): Promise<Pick<RunPorts, 'egress'>> {
  if (phase === 'admit' || phase === 'deliver') return {};
  const { createEgress } = await import('../containment/egress/egress.js');
  return { egress: createEgress({ socketDir: await socketFolder(), filesDir: scratch, ids: systemIds }) };
}

function sandboxesOf(input: PrepareInput, scratch: string): SandboxFactory {
  return input.sandboxes ?? createSandboxes({ path: input.invocation.path, scratch, mark: input.run, rungs: input.invocation.rungs, settings: async () => input.loaded.config.sandbox });
}

/** Two is what the smallest hosted runner has cores for; more would make timings of checks unsteady. */
const PARALLEL_CHECKS = 2;
