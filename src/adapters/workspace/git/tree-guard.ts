import type { BundleRefusal } from '../../../domain/bundle-refusal.js';
import { nameProblem, trimEnd } from './names.js';
import type { ObjectReader } from './object-reader.js';

export interface GuardedTrees {
  readonly objects: ObjectReader;
  /** Bytes of an object name in a tree: 20 or 32. */
  readonly nameBytes: number;
  readonly base: string;
  readonly tree: string;
  /** More changed files than this end the walk: a few objects can be a tree of millions of paths. */
  readonly filesMax: number;
}

/** What the walk found that must be looked at further: paths of links that the base does not have as they are. */
export interface Guarded { readonly links: readonly string[] }

const DEPTH_MAX = 64;
const ENTRIES_MAX = 200_000;
const NAME_BYTES_MAX = 255;
const PATH_CHARS_MAX = 4096;
/** The one spelling of each mode. git's check only warns about others, and some readers take `040000` for another thing. */
const MODES: ReadonlySet<string> = new Set(['100644', '100755', '120000', '40000', '160000']);
const FOLDER = '40000';

interface Entry { readonly mode: string; readonly name: Buffer; readonly object: string }
interface Walk extends GuardedTrees { readonly links: string[]; entries: number; changed: number }
interface Folder { readonly path: string; readonly base: string | undefined; readonly tree: string; readonly depth: number }

/**
 * Walks a foreign tree's raw objects beside the base's. What stands in the base just so is skipped, folders as a whole; every
 * other entry must have a name that is the same file everywhere, a plain mode, and its place in git's order. git's own check
 * lets a `.git` entry and padded modes pass with a warning, so nothing here is left to it.
 */
export async function guardTree(trees: GuardedTrees): Promise<Guarded | BundleRefusal> {
  const walk: Walk = { ...trees, links: [], entries: 0, changed: 0 };
  const open: Folder[] = [{ path: '', base: trees.base, tree: trees.tree, depth: 0 }];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const refusal = await guardFolder(walk, folder, open);
    if (refusal !== undefined) return refusal;
  }
  return { links: walk.links };
}

async function guardFolder(walk: Walk, folder: Folder, open: Folder[]): Promise<BundleRefusal | undefined> {
  const entries = await entriesOf(walk, folder.tree);
  if (entries === undefined) return refusal('tree-malformed', 'a folder of the change is no tree object, or not a whole one');
  walk.entries += entries.length;
  if (walk.entries > ENTRIES_MAX || folder.depth > DEPTH_MAX) return refusal('too-many-files', 'the change has more entries, or deeper folders, than can be looked at');
  const disorder = misplaced(entries);
  if (disorder !== undefined) return disorder;
  const known = new Map((folder.base === undefined ? [] : await entriesOf(walk, folder.base) ?? []).map((entry) => [entry.name.toString('latin1'), entry]));
  const fresh: string[] = [];
  for (const entry of entries) {
    const before = known.get(entry.name.toString('latin1'));
    if (before?.mode === entry.mode && before.object === entry.object) continue;
    const name = textOf(entry.name);
    const wrong = name === undefined ? refusal('unsafe-path', 'a name in the change is not UTF-8') : wrongEntry(folder, entry, { name, tracked: before !== undefined });
    if (wrong !== undefined || name === undefined) return wrong;
    if (before === undefined) fresh.push(name);
    const path = folder.path === '' ? name : `${folder.path}/${name}`;
    if (entry.mode !== FOLDER && (walk.changed += 1) > walk.filesMax) return refusal('too-many-files', 'the change touches more files than the order allows');
    if (entry.mode === '120000') walk.links.push(path);
    if (entry.mode === FOLDER) open.push({ path, base: before?.mode === FOLDER ? before.object : undefined, tree: entry.object, depth: folder.depth + 1 });
  }
  return bareRepository(folder, entries, fresh) ?? collision(entries, fresh);
}

function wrongEntry(folder: Folder, entry: Entry, as: { readonly name: string; readonly tracked: boolean }): BundleRefusal | undefined {
  if (!MODES.has(entry.mode)) return refusal('mode-refused', 'an entry of the change has a mode that is no plain spelling of a file, link or folder');
  if (entry.mode === '160000') return refusal('submodule-refused', 'the change adds or moves a submodule');
  const { name } = as;
  if (name === '' || name === '.' || name === '..' || name.includes('/')) return refusal('unsafe-path', 'a name in the change leads to another place');
  if (entry.name.length > NAME_BYTES_MAX || folder.path.length + name.length + 1 > PATH_CHARS_MAX) return refusal('unsafe-path', 'a name in the change is longer than file systems take');
  if (nameProblem(name, as.tracked) !== undefined) return refusal('unsafe-path', 'a name in the change stands for .git on some system, or holds what people cannot see');
  return undefined;
}

/** git's order, each name once: a tree out of order can show one file to one reader and another to the next. */
function misplaced(entries: readonly Entry[]): BundleRefusal | undefined {
  const names = new Set<string>();
  let before: Buffer | undefined;
  for (const entry of entries) {
    const key = entry.mode === FOLDER ? Buffer.concat([entry.name, SLASH]) : entry.name;
    if (before !== undefined && Buffer.compare(before, key) >= 0) return refusal('tree-malformed', 'a folder of the change is not in order, or holds a name twice');
    before = key;
    const name = entry.name.toString('latin1');
    if (names.has(name)) return refusal('tree-malformed', 'a folder of the change holds a name twice');
    names.add(name);
  }
  return undefined;
}
const SLASH = Buffer.from('/');

/**
 * The three names that make git take a folder for a repository, whose configuration starts programs of whoever works there.
 * Capture refuses the same; a folder that has them already is not the change's doing.
 */
function bareRepository(folder: Folder, entries: readonly Entry[], fresh: readonly string[]): BundleRefusal | undefined {
  if (folder.path === '' || !fresh.some((name) => REPOSITORY.has(folded(name)))) return undefined;
  const names = new Set(entries.map((entry) => folded(entry.name.toString('utf8'))));
  return [...REPOSITORY].every((name) => names.has(name)) ? refusal('nested-repository', 'a folder of the change is a bare repository') : undefined;
}
const REPOSITORY: ReadonlySet<string> = new Set(['head', 'objects', 'refs']);

/** A new name that differs from its neighbour by case, by the form of its letters, or by what some systems leave out alone would overwrite it there. */
function collision(entries: readonly Entry[], fresh: readonly string[]): BundleRefusal | undefined {
  if (fresh.length === 0) return undefined;
  const count = new Map<string, number>();
  for (const entry of entries) {
    const key = folded(entry.name.toString('utf8'));
    count.set(key, (count.get(key) ?? 0) + 1);
  }
  return fresh.some((name) => (count.get(folded(name)) ?? 0) > 1) ? refusal('unsafe-path', 'a new name differs from another only by case, the form of its letters or what some systems leave out') : undefined;
}

/** Windows leaves out dots and blanks at the end, and what follows a colon names a stream of the same file. */
function folded(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase().normalize('NFKC');
  return trimEnd(plain.split(':', 1)[0] ?? '') || plain;
}

/** `MODE NAME\0` and the raw object name, again and again; undefined for anything else. */
async function entriesOf(walk: Walk, tree: string): Promise<readonly Entry[] | undefined> {
  const object = await walk.objects.read(tree);
  if (object?.type !== 'tree') return undefined;
  const { bytes } = object;
  const entries: Entry[] = [];
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const end = blank < 0 ? -1 : bytes.indexOf(0, blank);
    const next = end + 1 + walk.nameBytes;
    if (end < 0 || next > bytes.length) return undefined;
    entries.push({ mode: bytes.toString('latin1', at, blank), name: bytes.subarray(blank + 1, end), object: bytes.toString('hex', end + 1, next) });
    at = next;
  }
  return entries;
}

function textOf(name: Buffer): string | undefined {
  const text = name.toString('utf8');
  return Buffer.from(text).equals(name) ? text : undefined;
}

export function refusal(code: BundleRefusal['code'], message: string): BundleRefusal {
  return { code, message };
}
