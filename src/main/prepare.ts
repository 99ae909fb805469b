import { tmpdir } from 'node:os';
import path from 'node:path';
import { limitsFrom } from '../admission/limits.js';
import type { LoadedConfiguration } from '../config/load.js';
import { createSandboxFactory } from '../containment/sandbox/sandbox-factory.js';
import { CommitSha, type RunId } from '../domain/ids.js';
import type { TicketRef } from '../domain/ticket.js';
import type { RunDocument } from '../flow/documents.js';
import type { RunPorts, RunSettings } from '../flow/run-ports.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Evidence } from '../ports/evidence.js';
import type { Redactor } from '../ports/redactor.js';
import { createAgent } from './agents.js';
import type { Checkout } from './checkout.js';
import { pause, systemClock, systemIds } from './clock.js';
import { githubApiUrl, type ChosenForge } from './forges.js';
import { flag, option, type Invocation } from './invocation.js';
import { createGateway } from './models.js';
import { ownProgram } from './own-program.js';
import type { Problem } from './problem.js';
import { toolFolders } from './tool-folders.js';
import { createTracker } from './trackers.js';

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
  readonly forge: ChosenForge;
  readonly base: { readonly branch: string; readonly commit: CommitSha };
  readonly loaded: LoadedConfiguration;
  readonly evidence: Evidence;
  readonly redactor: Redactor;
  readonly ticketRoot: string;
  readonly holder: string;
}

/** Where a run keeps what it can make again. Named by the run, so that `resume` on the same machine finds it. */
export function scratchOf(run: RunId): string {
  return path.join(tmpdir(), `heddle-${run}`);
}

/** Wires the adapters of one run. Every vendor client is loaded here, when it is known which are needed. */
export async function prepare(input: PrepareInput): Promise<Result<Prepared, Problem>> {
  const { invocation, checkout, loaded, evidence, redactor } = input;
  const searchPath = invocation.path;
  const created = await createAgent(loaded.config, invocation);
  if (!created.ok) return created;
  const agent = created.value;
  const gateway = await createGateway({
    agent, config: loaded.config, key: invocation.secrets['model-key'], redactor,
    cassette: option(invocation, 'cassette'), record: option(invocation, 'record'),
  });
  if (!gateway.ok) return gateway;
  const tracker = await createTracker(input.ticket, {
    ticketRoot: input.ticketRoot, commentsFolder: path.join(evidence.folder, 'comments'),
    github: { apiUrl: githubApiUrl(invocation), token: invocation.secrets['github-token'], proxied: invocation.proxied },
  });
  if (!tracker.ok) return err(tracker.error);
  const forge = await input.forge.create(input.base);
  const scratch = scratchOf(input.run);
  const sandboxes = createSandboxFactory({
    inside: ownProgram('__inside'), path: searchPath, tools: toolFolders(searchPath), scratch, mark: input.run, hex: systemIds.hex,
  });
  return ok({
    ports: {
      tracker: tracker.value, reader: forge.reader, writer: forge.writer, claims: forge.claims, agent, sandboxes, gateway: gateway.value,
      workspace: checkout.workspace, evidence, redactor, clock: systemClock, ids: systemIds, pause,
    },
    settings: {
      config: loaded.config, policyDigest: loaded.digest, limits: limitsFrom(loaded.config), repository: input.forge.repository, base: input.base,
      scratch, holder: input.holder, localUser: invocation.localUser !== undefined, dryRun: flag(invocation, 'dry-run'),
      evidenceUrl: invocation.host.facts.url, parallelChecks: PARALLEL_CHECKS,
    },
    record: {
      forge: input.forge.id, ...(input.forge.folder === undefined ? {} : { forgeDir: input.forge.folder }), repository: input.forge.repository,
      folder: checkout.facts.root, ticketRoot: input.ticketRoot, base: input.base, localUser: invocation.localUser !== undefined, holder: input.holder,
      ...(option(invocation, 'cassette') === undefined ? {} : { cassette: path.resolve(invocation.cwd, option(invocation, 'cassette') ?? '') }),
    },
  });
}

/** Two is what the smallest hosted runner has cores for; more would make timings of checks unsteady. */
const PARALLEL_CHECKS = 2;
