import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import type { TreeSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Core } from './core.js';
import { fault, gitFault } from './fault.js';
import { writeObject } from '../../git-client/loose-objects.js';
import { makeGitFolder, objectFolders } from './own-clone.js';

/** The only reference a change bundle may hold. */
export const CANDIDATE_REF = 'refs/heddle/candidate';

/**
 * Writes a bundle with one commit of `tree` on `base`, then reads it back into an empty repository that knows the source's
 * objects but not ours: what is handed on is complete by itself. Author and date are fixed, so that equal trees at an equal
 * time give an equal commit. The deliverer makes its own commit; of this one only the tree counts.
 */
export async function writeBundle(core: Core, order: { readonly base: CommitSha; readonly tree: TreeSha; readonly file: string; readonly at: Date }): Promise<Result<{ readonly commit: CommitSha }, Fault>> {
  const { gitDir, git } = core;
  const commit = CommitSha.parse(writeObject({ gitDir, format: core.format, level: 1 }, 'commit', Buffer.from(candidateCommitText(order))));
  const update = await git.run({ gitDir, args: ['update-ref', CANDIDATE_REF, commit] });
  if (update.kind !== 'ended' || update.code !== 0) return err(gitFault('name the candidate', update));
  const made = await git.run({ gitDir, args: ['bundle', 'create', '--quiet', order.file, CANDIDATE_REF, `^${order.base}`] });
  if (made.kind !== 'ended' || made.code !== 0) return err(gitFault(`write the bundle ${order.file}`, made));
  const problem = await readBack(core, order.file, { commit, tree: order.tree });
  return problem === undefined ? ok({ commit }) : err(problem);
}

/** The one commit that a candidate has: everything in it follows from tree, base and the order's date. */
export function candidateCommitText(order: { readonly base: CommitSha; readonly tree: TreeSha; readonly at: Date }): string {
  const who = `Heddle <heddle@localhost> ${String(Math.floor(order.at.getTime() / 1000))} +0000`;
  return `tree ${order.tree}\nparent ${order.base}\nauthor ${who}\ncommitter ${who}\n\nHeddle candidate\n`;
}

async function readBack(core: Core, file: string, want: { readonly commit: CommitSha; readonly tree: TreeSha }): Promise<Fault | undefined> {
  const gitDir = mkdtempSync(join(tmpdir(), 'heddle-bundle-'));
  try {
    const borrowed = objectFolders(core.gitDir).slice(1);
    makeGitFolder({ gitDir, format: core.format, borrowed, references: [], head: 'ref: refs/heads/none', shallowFile: join(core.gitDir, 'shallow'), workTree: false });
    const heads = await core.git.run({ gitDir, args: ['bundle', 'unbundle', file] });
    if (heads.kind !== 'ended' || heads.code !== 0) return gitFault(`read back the bundle ${file}`, heads);
    if (heads.stdout.toString('utf8').trim() !== `${want.commit} ${CANDIDATE_REF}`) return fault('bug', 'ours', 'The bundle holds other references than the one candidate.');
    const tree = await core.git.run({ gitDir, args: ['rev-parse', '--verify', '--end-of-options', `${want.commit}^{tree}`] });
    if (tree.kind !== 'ended' || tree.stdout.toString('utf8').trim() !== want.tree) return fault('bug', 'ours', 'The commit in the bundle does not have the tree that was captured.');
    const walkable = await core.git.run({ gitDir, args: ['rev-list', '--objects', '--quiet', want.tree] });
    return walkable.kind === 'ended' && walkable.code === 0 ? undefined : gitFault('find all objects of the bundle', walkable);
  } finally {
    rmSync(gitDir, { recursive: true, force: true });
  }
}
