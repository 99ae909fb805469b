import type { Fault } from '../../../domain/fault.js';
import { TreeSha } from '../../../domain/ids.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { TreePatch } from '../../../ports/workspace.js';
import type { Core } from './core.js';
import { gitFault } from './fault.js';
import { ObjectPack } from './object-writer.js';
import { buildTree, type PathChange } from './tree-builder.js';

/**
 * A tree of two others: `from` with the entries laid over. Only tree objects are made; the blobs are those of trees that were
 * walked when they came in, so no path or link is new to our copy. A file that stands where a folder is needed gives way.
 */
export async function compose(core: Core, from: string, entries: readonly TreePatch[]): Promise<Result<TreeSha, Fault>> {
  const base = await core.index(from);
  const pack = new ObjectPack(core.format);
  const changes = new Map<string, PathChange>(entries.map(({ path, mode, blob }) => [path, { mode, object: blob }]));
  for (const { path } of entries) for (const above of foldersOf(path)) if (base.files.has(above)) changes.set(above, 'deleted');
  for (const { path } of entries.filter((entry) => base.folders.has(entry.path))) for (const file of base.files.keys()) if (file.startsWith(`${path}/`)) changes.set(file, 'deleted');
  const tree = TreeSha.parse(buildTree(pack, base, changes));
  const input = pack.bytes();
  const stored = tree === base.tree || input === undefined ? undefined : await core.git.run({ gitDir: core.gitDir, args: ['index-pack', '--stdin'], input });
  if (stored !== undefined && (stored.kind !== 'ended' || stored.code !== 0)) return err(gitFault('store a tree that is made of two', stored));
  return ok(tree);
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
