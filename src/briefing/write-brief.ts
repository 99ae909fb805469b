import type { Configuration } from '../config/configuration.js';
import { Brief, type LikelyFile } from '../domain/brief.js';
import type { CheckDefinition } from '../domain/check.js';
import { CODEOWNERS_PATHS, parseCodeowners, type OwnerRule } from '../domain/codeowners.js';
import type { Fault } from '../domain/fault.js';
import type { Order } from '../domain/order.js';
import type { Snapshot } from '../domain/ticket.js';
import { err, ok, type Result } from '../kit/result.js';
import type { TreeEntry, Workspace } from '../ports/workspace.js';
import { constraintsOf, outOfScopeOf } from './constraints.js';
import { readInstructionFiles } from './instruction-files.js';
import { FileRanker } from './rank-files.js';
import { readableBytes, readablePath } from './readable-path.js';

export interface BriefInput {
  readonly snapshot: Snapshot;
  readonly order: Order;
  readonly config: Configuration;
  readonly checks: readonly CheckDefinition[];
  readonly workspace: Workspace;
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
    likelyFiles: await likelyFiles(snapshot, entries, { workspace, workdir }),
    owners: (await readOwners(entries, workspace)).map(({ pattern, owners }) => ({ pattern, owners: [...owners] })),
    checks: input.checks.map(({ id, run, origin }) => ({ id, run, origin })),
    constraints: constraintsOf(order, config, workdir),
    outOfScope: outOfScopeOf(config, workdir),
    workdir,
  });
}

const LIKELY_MAX = 20;
/** Above this the content of the rest is not read: those files are ranked by their paths. */
const TOTAL_BYTES_MAX = 64 * 1_048_576;
const FILE_BYTES_MAX = 512 * 1024;
const FILES_MAX = 20_000;
const READS_AT_A_TIME = 128;

async function likelyFiles(snapshot: Snapshot, entries: readonly TreeEntry[], at: { readonly workspace: Workspace; readonly workdir: string }): Promise<LikelyFile[]> {
  const ranker = new FileRanker([snapshot.title, snapshot.body, ...snapshot.criteria.map((criterion) => criterion.text), ...(snapshot.comments ?? []).map((comment) => comment.text)].join('\n'));
  const under = at.workdir === '' ? '' : `${at.workdir}/`;
  const candidates = entries.filter((entry) => entry.path.startsWith(under) && entry.mode.startsWith('100') && readablePath(entry.path));
  let bytesLeft = TOTAL_BYTES_MAX;
  const toRead: TreeEntry[] = [];
  for (const entry of candidates) {
    if (entry.size > FILE_BYTES_MAX || entry.size > bytesLeft || toRead.length >= FILES_MAX) ranker.add(entry.path, undefined);
    else {
      bytesLeft -= entry.size;
      toRead.push(entry);
    }
  }
  const read = (start: number): Promise<readonly Uint8Array[]> => Promise.all(toRead.slice(start, start + READS_AT_A_TIME).map((entry) => at.workspace.readBlob(entry.blob)));
  let coming = read(0);
  for (let start = 0; start < toRead.length; start += READS_AT_A_TIME) {
    const batch = toRead.slice(start, start + READS_AT_A_TIME);
    const contents = await coming;
    // The next files are read while these are counted.
    coming = read(start + READS_AT_A_TIME);
    batch.forEach((entry, index) => {
      const bytes = contents[index];
      if (bytes !== undefined && readableBytes(bytes)) ranker.add(entry.path, bytes);
    });
  }
  return ranker.rank({ limit: LIKELY_MAX });
}

/** The first CODEOWNERS file of GitHub's three places, from the base commit. */
async function readOwners(entries: readonly TreeEntry[], workspace: Workspace): Promise<OwnerRule[]> {
  for (const path of CODEOWNERS_PATHS) {
    const entry = entries.find((one) => one.path === path && one.mode.startsWith('100'));
    if (entry !== undefined) return parseCodeowners(Buffer.from(await workspace.readBlob(entry.blob)).toString('utf8'));
  }
  return [];
}

function noSuchFolder(workdir: string, order: Order): Fault {
  return {
    code: 'not-found', side: 'setup', retryable: false, source: 'briefing',
    message: `The folder of the setting "workdir" (${JSON.stringify(workdir.slice(0, 200))}) does not exist at ${order.base.branch} (${order.base.commit.slice(0, 12)}). Name an existing folder in .heddle.yml, or leave the setting out for the whole repository.`,
  };
}
