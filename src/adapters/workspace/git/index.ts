import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Candidate } from '../../../domain/candidate.js';
import type { Fault } from '../../../domain/fault.js';
import { TreeSha } from '../../../domain/ids.js';
import type { CommitSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Workspace, WorkspaceFactory } from '../../../ports/workspace.js';
import { writeBundle } from './bundle.js';
import { capture } from './capture.js';
import { compose } from './compose.js';
import { checkout } from './checkout.js';
import { createCore } from './core.js';
import type { Core } from './core.js';
import { emptyRepository, objectFormatOf } from './describe-checkout.js';
import { runPatch } from './diff.js';
import { gitFault, mustRun } from './fault.js';
import { createGit } from './git.js';
import type { GitOptions } from './git.js';
import { readHistory } from './history.js';
import { locate } from './locate.js';
import { openMergeRoom } from './merge-room.js';
import { findMentions } from './mentions.js';
import { createObjectReader } from './object-reader.js';
import { makeGitFolder, objectFolders } from './own-clone.js';
import { receive } from './receive.js';
import { readReferences, resolveRevision } from './references.js';
import { allFiles, listFiles } from './tree-index.js';

export { createGit } from './git.js';
export type { Git, GitCall, GitEnding, GitOptions, RunGit } from './git.js';
export { describeCheckout } from './describe-checkout.js';
export type { CheckoutFacts } from './describe-checkout.js';
export { objectFolders } from './own-clone.js';
export { CANDIDATE_REF } from './bundle.js';

export const id = 'workspace/git';

export interface WorkspaceOptions extends GitOptions {
  /**
   * Default true: a file whose times and inode are those of our own checkout is not read again. Give false where the agent
   * could set the clock (root without isolation): then every file is read.
   */
  readonly trustStatTimes?: boolean;
}

/** Makes workspaces: our own bare clone of a local checkout each, in which all git runs. */
export function create(options: WorkspaceOptions = {}): WorkspaceFactory {
  return { open: (repository, scratch, bundles = []) => open(options, { repository, scratch, bundles }) };
}

/**
 * Our clone borrows the objects of the source instead of copying them: it costs the same milliseconds for every size and
 * depth. The price: the source must stay where it is, and must not be pruned, while the run lasts.
 */
async function open(options: WorkspaceOptions, { repository, scratch, bundles }: { readonly repository: string; readonly scratch: string; readonly bundles: readonly string[] }): Promise<Result<Workspace, Fault>> {
  const found = locate(repository);
  if (!found.ok) return found;
  const git = createGit(options);
  const [references, format] = await Promise.all([readReferences(git, found.value.gitDir), objectFormatOf(git, found.value)]);
  if (!references.ok) return references;
  const { head } = references.value;
  if (head === undefined) return err(emptyRepository(found.value.root));
  mkdirSync(scratch, { recursive: true });
  const gitDir = mkdtempSync(join(scratch, 'clone-'));
  makeGitFolder({
    gitDir, format, head, workTree: false, borrowed: objectFolders(found.value.commonDir),
    references: references.value.all, shallowFile: join(found.value.commonDir, 'shallow'),
  });
  const check = await git.run({ gitDir, args: ['cat-file', '-e', `${head}^{tree}`] });
  if (check.kind !== 'ended' || check.code !== 0) return err(gitFault('read the current commit of the repository', check));
  for (const bundle of bundles) {
    // A file of a run folder: only its objects come in, checked by git, and no reference is made.
    const taken = await git.run({ gitDir, args: ['-c', 'fetch.fsckObjects=true', 'bundle', 'unbundle', bundle] });
    if (taken.kind !== 'ended' || taken.code !== 0) return err(gitFault(`take in the candidate ${bundle}`, taken));
  }
  return ok(workspaceOver(createCore({
    git, gitDir, format, references: references.value, objects: createObjectReader(git, gitDir), trustStatTimes: options.trustStatTimes ?? true,
  })));
}

function workspaceOver(core: Core): Workspace {
  const { git, gitDir } = core;
  const readBlob = async (blob: string): Promise<Uint8Array> => core.readBlob(blob);
  const treeOf = async (commit: CommitSha): Promise<TreeSha> => TreeSha.parse(await treeNameOf(core, commit));
  return {
    gitDir, readBlob, treeOf, objectFolders: objectFolders(gitDir),
    resolve: (revision) => resolveRevision(git, gitDir, core.references, revision),
    list: async (tree, under = '') => (under === '' ? allFiles(await core.index(await treeNameOf(core, tree))) : listFiles(git, gitDir, tree, under)),
    read: (tree, path) => readPath(core, tree, path),
    checkout: (tree, folder, wanted = {}) => checkout(core, tree, folder, wanted.git),
    capture: async (folder, base, attempt, limits) => capture(core, { folder, base, baseTree: await treeOf(base), attempt, limits }),
    async patch(from, to) {
      const ending = await runPatch(git, gitDir, [from, to]);
      if (ending.kind === 'ended' && ending.code === 0) return ending.stdout;
      throw new Error(gitFault('compare two trees', ending).message);
    },
    bundle: (base, tree, file, at) => writeBundle(core, { base, tree, file, at }),
    receive: (order) => receive(core, order),
    compose: async (from, entries) => compose(core, await treeNameOf(core, from), entries),
    source: (candidate: Candidate) => ({ gitDir, base: candidate.base, tree: candidate.tree, files: candidate.files, readBlob }),
    openMergeRoom: () => openMergeRoom(core),
    drift: (base, head) => countDrift(core, base, head),
    history: (query) => readHistory(core, query),
    mentions: async (tree, words) => findMentions(core, await treeNameOf(core, tree), words),
  };
}

/** The tree's name of a commit; a tree's own name stays what it is. */
async function treeNameOf(core: Core, name: string): Promise<string> {
  const object = await core.objects.read(name);
  if (object?.type === 'tree') return name;
  const tree = object?.type === 'commit' ? /^tree ([0-9a-f]+)\n/.exec(object.bytes.toString('latin1', 0, 80))?.[1] : undefined;
  if (tree === undefined) throw new Error(`there is no commit or tree ${name} in the clone`);
  return tree;
}

/** Walks the tree objects name by name, so that no file name ever becomes part of a git expression. */
async function readPath(core: Core, tree: string, path: string): Promise<Uint8Array | undefined> {
  let place = await treeNameOf(core, tree);
  const parts = path.split('/');
  for (const [at, part] of parts.entries()) {
    const object = await core.objects.read(place);
    const entry = object?.type === 'tree' ? entryOf(object.bytes, part, core.format === 'sha256' ? 32 : 20) : undefined;
    if (entry === undefined) return undefined;
    place = entry.object;
    if (at < parts.length - 1) continue;
    return entry.mode === '40000' || entry.mode === '160000' ? undefined : core.readBlob(place);
  }
  return undefined;
}

/** Entries of a tree object: `MODE NAME\0` and the raw object name. */
function entryOf(bytes: Buffer, name: string, nameBytes: number): { readonly mode: string; readonly object: string } | undefined {
  const wanted = Buffer.from(name);
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, blank);
    if (blank < 0 || end < 0) return undefined;
    if (bytes.subarray(blank + 1, end).equals(wanted)) return { mode: bytes.toString('latin1', at, blank), object: bytes.toString('hex', end + 1, end + 1 + nameBytes) };
    at = end + 1 + nameBytes;
  }
  return undefined;
}

/** undefined: the history between the two is not here (shallow clone), or they have none in common. */
async function countDrift(core: Core, base: CommitSha, head: CommitSha): Promise<number | undefined> {
  const { git, gitDir } = core;
  const ancestor = await git.run({ gitDir, args: ['merge-base', '--is-ancestor', base, head] });
  if (ancestor.kind !== 'ended' || ancestor.code !== 0) return undefined;
  const count = await mustRun(git.run, { gitDir, args: ['rev-list', '--count', `${base}..${head}`] });
  return Number(count.toString('utf8').trim());
}
