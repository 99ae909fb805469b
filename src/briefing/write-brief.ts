import type { Configuration } from '../config/configuration.js';
import type { Brief, LikelyFile } from '../domain/brief.js';
import type { CheckDefinition } from '../domain/check.js';
import type { Fault } from '../domain/fault.js';
import type { Order } from '../domain/order.js';
import type { Snapshot } from '../domain/ticket.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Workspace } from '../ports/workspace.js';
import { constraintsOf, outOfScopeOf } from './constraints.js';
import { readInstructionFiles } from './instruction-files.js';
import { likelyFiles } from './likely-files.js';
import { readOwners } from './read-owners.js';

export interface BriefInput {
  readonly snapshot: Snapshot;
  readonly order: Order;
  readonly config: Configuration;
  readonly checks: readonly CheckDefinition[];
  readonly workspace: Workspace;
  /** What admission ranked for this snapshot and folder already; ranked here when it is absent. */
  readonly likely?: readonly LikelyFile[] | undefined;
  /** The per-run random mark, 16 to 64 hexadecimal digits. */
  readonly mark: string;
}

/**
 * Writes the brief: everything the agent is told, from the ticket's snapshot and the base commit alone. Fails as `setup`
 * when the configured working folder does not exist there. A broken workspace is an exception, as its port says.
 */
export async function writeBrief(input: BriefInput): Promise<Result<Brief, Fault>> {
  const { snapshot, order, config, workspace } = input;
  const workdir = config.workdir.replace(/^(\.?\/)+|\/+$/g, '');
  const entries = await workspace.list(order.base.commit);
  if (workdir !== '' && !entries.some((entry) => entry.path.startsWith(`${workdir}/`))) return err(noSuchFolder(workdir, order));
  return ok({
    version: 1,
    mark: input.mark,
    base: order.base.commit,
    ticket: snapshot,
    criteria: snapshot.criteria,
    instructions: await readInstructionFiles(workspace, entries, workdir),
    likelyFiles: withContext([...input.likely ?? await likelyFiles(snapshot, entries, { workspace, workdir })], order.assignment?.context ?? []),
    owners: (await readOwners(entries, workspace)).map(({ pattern, owners }) => ({ pattern, owners: [...owners] })),
    checks: input.checks.map(({ id, run, origin }) => ({ id, run, origin })),
    constraints: constraintsOf(order, config, workdir),
    outOfScope: outOfScopeOf(config, workdir, order.assignment?.folders),
    workdir,
  });
}

/** Files that the ticket's directives name come first: somebody chose them, the ranking only guesses. */
function withContext(ranked: readonly LikelyFile[], context: readonly string[]): LikelyFile[] {
  const best = (ranked[0]?.score ?? 0) + 1;
  return [...context.map((path) => ({ path, score: best, reasons: ['named as context by the ticket'] })), ...ranked.filter((file) => !context.includes(file.path))];
}

function noSuchFolder(workdir: string, order: Order): Fault {
  return {
    code: 'not-found', side: 'setup', retryable: false, source: 'briefing',
    message: `The folder of the setting "workdir" (${JSON.stringify(workdir.slice(0, 200))}) does not exist at ${order.base.branch} (${order.base.commit.slice(0, 12)}). Name an existing folder in .heddle.yml, or leave the setting out for the whole repository.`,
  };
}
