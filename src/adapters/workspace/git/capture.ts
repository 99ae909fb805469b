import { lstatSync } from 'node:fs';
import type { Candidate, CaptureRefusal } from '../../../domain/candidate.js';
import { digestOf } from '../../../domain/digest.js';
import type { Fault } from '../../../domain/fault.js';
import { TreeSha } from '../../../domain/ids.js';
import type { CommitSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { CaptureLimits } from '../../../ports/workspace.js';
import type { Core } from './core.js';
import { listChanges, runPatch } from './diff.js';
import { fault, gitFault } from './fault.js';
import { rulesOf } from './ignored-paths.js';
import { shownPath } from './names.js';
import { ObjectPack } from './object-writer.js';
import { folderKey } from './stat-record.js';
import { buildTree } from './tree-builder.js';
import { walk } from './walk.js';

export interface CaptureOrder {
  readonly folder: string;
  readonly base: CommitSha;
  readonly baseTree: string;
  readonly attempt: number;
  readonly limits: CaptureLimits;
}
type Captured = { readonly kind: 'captured'; readonly candidate: Candidate } | { readonly kind: 'empty' };
type NotCaptured = { readonly refusals: readonly CaptureRefusal[] } | { readonly fault: Fault };

/**
 * Takes the folder's content as a tree on `base`. The agent must be dead. No git runs in the folder: the walk reads it as
 * data, and git only ever sees our own clone. A file untouched since our own checkout is not read again (see stat-record).
 */
export async function capture(core: Core, order: CaptureOrder): Promise<Result<Captured, NotCaptured>> {
  const { folder, limits } = order;
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return err({ fault: fault('io', 'ours', `The folder ${folder} of the attempt is gone or is not a folder any more.`) });
  const base = await core.index(order.baseTree);
  const pack = new ObjectPack(core.format);
  const record = core.trustStatTimes ? core.records.get(folderKey(folder)) : undefined;
  const walked = walk({ folder, base, rules: await rulesOf(core, base), record, pack, limits });
  if (walked.refusals.length > 0) return err({ refusals: walked.refusals });
  const tree = buildTree(pack, base, walked.changes);
  if (tree === base.tree || walked.changes.size === 0) return ok({ kind: 'empty' });
  const input = pack.bytes();
  const stored = input === undefined ? undefined : await core.git.run({ gitDir: core.gitDir, args: ['index-pack', '--stdin'], input });
  if (stored !== undefined && (stored.kind !== 'ended' || stored.code !== 0)) return err({ fault: gitFault('store the captured files', stored) });
  return describeCandidate(core, order, TreeSha.parse(tree));
}

/** The facts about a tree that is in our clone already: what differs from the base, and the patch within its limit. */
export async function describeCandidate(core: Core, order: Omit<CaptureOrder, 'folder'>, tree: TreeSha): Promise<Result<Captured, NotCaptured>> {
  const { limits, base, baseTree, attempt } = order;
  const [files, patch] = await Promise.all([
    listChanges(core.git, core.gitDir, baseTree, tree),
    runPatch(core.git, core.gitDir, [baseTree, tree], limits.diffBytesMax),
  ]);
  if (patch.kind === 'output-exceeded') return err({ refusals: [tooLarge(files.map((file) => file.path), limits)] });
  if (patch.kind !== 'ended' || patch.code !== 0) return err({ fault: gitFault('compare the captured tree with the base', patch) });
  const stats = {
    files: files.length, bytes: patch.stdout.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0), deletions: files.reduce((sum, file) => sum + file.deletions, 0),
  };
  return ok({ kind: 'captured', candidate: { attempt, base, tree, files: [...files], stats, patchDigest: digestOf(patch.stdout) } });
}

function tooLarge(paths: readonly string[], limits: CaptureLimits): CaptureRefusal {
  return { code: 'diff-too-large', path: shownPath(paths[0] ?? ''), message: `the patch of ${String(paths.length)} files has more than ${String(limits.diffBytesMax)} bytes (limits.diff_kb)` };
}
