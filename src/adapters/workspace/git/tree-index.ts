import type { TreeEntry } from '../../../ports/workspace.js';
import { mustRun } from './fault.js';
import type { Git } from './git.js';

export interface TreeFile { readonly mode: string; readonly blob: string; readonly size: number }
export interface TreeChild { readonly mode: string; readonly name: string }
export interface TreeFolder { readonly sha: string; readonly children: Map<string, TreeChild> }

/** A whole tree in memory, files by path and folders by path ('' = root). 10,000 files take about 3 MB. */
export interface TreeIndex {
  readonly tree: string;
  readonly files: ReadonlyMap<string, TreeFile>;
  readonly folders: ReadonlyMap<string, TreeFolder>;
}

const FOLDER_MODE = '040000';

/** Reads a tree with all of its folders in one call. @param tree the name of a tree, not of a commit */
export async function readTreeIndex(git: Git, gitDir: string, tree: string): Promise<TreeIndex> {
  const listing = await mustRun(git.run, { gitDir, args: ['ls-tree', '-r', '-t', '-z', '-l', '--full-tree', tree] });
  const files = new Map<string, TreeFile>();
  const folders = new Map<string, TreeFolder>([['', { sha: tree, children: new Map() }]]);
  for (const { path, mode, blob, size } of parseListing(listing)) {
    const cut = path.lastIndexOf('/');
    const parent = folders.get(cut < 0 ? '' : path.slice(0, cut));
    parent?.children.set(cut < 0 ? path : path.slice(cut + 1), { mode, name: blob });
    if (mode === FOLDER_MODE) folders.set(path, { sha: blob, children: new Map() });
    else files.set(path, { mode, blob, size });
  }
  return { tree, files, folders };
}

/** All files of an index, in path order. Nothing is asked of git: the same few trees are listed again and again in a run. */
export function allFiles(index: TreeIndex): readonly TreeEntry[] {
  return [...index.files].map(([path, { mode, blob, size }]) => ({ path, mode, blob, size }));
}

/** The files of a tree or commit below a folder, in path order. */
export async function listFiles(git: Git, gitDir: string, tree: string, under: string): Promise<readonly TreeEntry[]> {
  const listing = await mustRun(git.run, {
    gitDir, args: ['ls-tree', '-r', '-z', '-l', '--full-tree', tree, ...(under === '' ? [] : ['--', `${under.replace(/\/+$/, '')}/`])],
  });
  return parseListing(listing);
}

/** Lines `MODE TYPE NAME SIZE\tPATH\0`; the size is padded, `-` for submodules and `BAD` for an object that is missing. */
function parseListing(listing: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const text = listing.toString('utf8');
  for (let start = 0; start < text.length;) {
    const tab = text.indexOf('\t', start);
    const end = text.indexOf('\0', tab);
    const mode = text.slice(start, start + 6);
    const nameStart = text.indexOf(' ', start + 7) + 1;
    const nameEnd = text.indexOf(' ', nameStart);
    const size = Number(text.slice(nameEnd, tab).trim());
    entries.push({ path: text.slice(tab + 1, end), mode: plainMode(mode), blob: text.slice(nameStart, nameEnd), size: Number.isInteger(size) ? size : MISSING_SIZE[mode] ?? -1 });
    start = end + 1;
  }
  return entries;
}

/** Folders and submodules have no size here; -1 is kept for a file whose bytes are missing. */
const MISSING_SIZE: Readonly<Record<string, number>> = { '040000': 0, '160000': 0 };

/** Old tools wrote 100664 and the like; git itself reads them as one of the two. */
export function plainMode(mode: string): string {
  if (!mode.startsWith('100')) return mode;
  return (Number.parseInt(mode, 8) & 0o100) === 0 ? '100644' : '100755';
}
