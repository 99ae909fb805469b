import { treeBytes, type TreeEntry } from '../../git-client/loose-objects.js';
import type { ObjectPack } from './object-writer.js';
import type { TreeIndex } from './tree-index.js';

/** What a path becomes: a new entry, or nothing. */
export type PathChange = { readonly mode: string; readonly object: string } | 'deleted';

/**
 * Makes the tree that `base` becomes with the changes, making only the folders on the way to a change. A folder that
 * loses its last entry is gone, as git has no empty folders.
 */
export function buildTree(pack: ObjectPack, base: TreeIndex, changes: ReadonlyMap<string, PathChange>): string {
  const byFolder = new Map<string, Map<string, PathChange>>([['', new Map()]]);
  for (const [path, change] of changes) {
    const cut = path.lastIndexOf('/');
    touch(byFolder, cut < 0 ? '' : path.slice(0, cut)).set(cut < 0 ? path : path.slice(cut + 1), change);
  }
  const written = new Map<string, string | undefined>();
  // Deepest first, so that a folder's own name is known when its parent is written.
  for (const folder of [...byFolder.keys()].sort((a, b) => depth(b) - depth(a))) {
    const entries = entriesOf(base, byFolder, written, folder);
    written.set(folder, entries.length === 0 && folder !== '' ? undefined : pack.add('tree', treeBytes(entries)));
  }
  return written.get('') ?? base.tree;
}

/** Marks a folder and all folders above it. */
function touch(byFolder: Map<string, Map<string, PathChange>>, folder: string): Map<string, PathChange> {
  const known = byFolder.get(folder);
  if (known !== undefined) return known;
  const made = new Map<string, PathChange>();
  byFolder.set(folder, made);
  const cut = folder.lastIndexOf('/');
  touch(byFolder, cut < 0 ? '' : folder.slice(0, cut));
  return made;
}

function entriesOf(base: TreeIndex, byFolder: ReadonlyMap<string, ReadonlyMap<string, PathChange>>, written: ReadonlyMap<string, string | undefined>, folder: string): readonly TreeEntry[] {
  const entries = new Map<string, TreeEntry>();
  for (const [name, child] of base.folders.get(folder)?.children ?? []) entries.set(name, { name, mode: child.mode.replace(/^0/, ''), object: child.name });
  // Deletions before folders: a file that became a folder is a deletion here and an entry from below.
  for (const [name, change] of byFolder.get(folder) ?? []) if (change === 'deleted') entries.delete(name);
  for (const [below, object] of written) {
    if (below === '' || parentOf(below) !== folder) continue;
    const name = below.slice(folder === '' ? 0 : folder.length + 1);
    if (object === undefined) entries.delete(name);
    else entries.set(name, { name, mode: '40000', object });
  }
  for (const [name, change] of byFolder.get(folder) ?? []) if (change !== 'deleted') entries.set(name, { name, mode: change.mode, object: change.object });
  return [...entries.values()];
}

function parentOf(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? '' : path.slice(0, cut);
}

function depth(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length;
}
