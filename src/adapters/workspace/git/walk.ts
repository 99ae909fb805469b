import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import { join } from 'node:path';
import { isUtf8 } from 'node:buffer';
import type { CaptureRefusal } from '../../../domain/candidate.js';
import type { CaptureLimits } from '../../../ports/workspace.js';
import { chainOf, isIgnored } from './ignored-paths.js';
import type { Chain, RulesByFolder } from './ignored-paths.js';
import { linkEscapes, linkParts } from './links.js';
import { isGitName, nameProblem, shownPath } from './names.js';
import { objectName } from '../../git-client/loose-objects.js';
import { blobNameOfFile } from './object-writer.js';
import type { ObjectPack } from './object-writer.js';
import type { StatRecord } from './stat-record.js';
import type { PathChange } from './tree-builder.js';
import type { TreeIndex } from './tree-index.js';

export interface WalkInput {
  readonly folder: string;
  readonly base: TreeIndex;
  /** The .gitignore files of the base commit, by folder. */
  readonly rules: RulesByFolder;
  readonly record: StatRecord | undefined;
  /** Takes the new contents. */
  readonly pack: ObjectPack;
  readonly limits: CaptureLimits;
}
export interface Walked { readonly changes: ReadonlyMap<string, PathChange>; readonly refusals: readonly CaptureRefusal[] }

const REFUSALS_MAX = 50;
const DEPTH_MAX = 100;
const FOLDERS_MAX = 200_000;
const PATH_BYTES_MAX = 4000;
/** Of all new contents together: the patch limit does not see what does not differ as text. */
const NEW_BYTES_MAX = 512 * 1024 * 1024;

/**
 * Reads a folder that an agent has written, as data. Nothing in it is followed, started or obeyed; its own .gitignore and
 * .git count for nothing. Changed contents are collected on the way. All that is wrong is
 * collected (up to 50), so that one repair can mend it all.
 */
export function walk(input: WalkInput): Walked {
  const walker = new Walker(input);
  walker.folder('', false, 0);
  return walker.finish();
}

class Walker {
  private readonly changes = new Map<string, PathChange>();
  private readonly seen = new Set<string>();
  private readonly links = new Map<string, string>();
  private readonly shared = new Map<string, { readonly path: string; readonly names: number; found: number }>();
  private readonly refusals: CaptureRefusal[] = [];
  private folders = 0;
  private newBytes = 0;
  private stopped = false;

  private readonly input: WalkInput;

  constructor(input: WalkInput) {
    this.input = input;
  }

  folder(path: string, ignored: boolean, depth: number): void {
    this.folders += 1;
    if (depth > DEPTH_MAX || Buffer.byteLength(path) > PATH_BYTES_MAX) return this.refuse('too-deep', path, `folders are nested more than ${String(DEPTH_MAX)} deep or the path is too long`);
    if (this.folders > FOLDERS_MAX) return this.stop('too-many-files', path, `there are more than ${String(FOLDERS_MAX)} folders`);
    let entries: Dirent[];
    try {
      entries = readdirSync(join(this.input.folder, path), { withFileTypes: true });
    } catch {
      return this.refuse('unreadable', path, 'the folder cannot be listed');
    }
    if (path !== '' && this.isBareRepository(path, entries)) return this.refuse('nested-repository', path, 'a bare repository inside the repository cannot be captured; remove it');
    const chain = chainOf(this.input.rules, path);
    for (const entry of entries) {
      if (this.stopped) return;
      if (path === '' && entry.name === '.git') continue;
      this.entry(path, entry, { chain, ignored, depth });
    }
  }

  finish(): Walked {
    const { base } = this.input;
    if (!this.stopped) {
      for (const [path, file] of base.files) if (!this.seen.has(path) && file.mode !== '160000') this.change(path, 'deleted');
      for (const path of this.links.keys()) if (linkEscapes(path, this.links)) this.refuse('link-escapes', path, 'the link leads out of the repository; links must be relative and stay inside');
      for (const { path, names, found } of this.shared.values()) if (found < names) this.refuse('special-file', path, 'the file has another name outside of what is captured (hard link); copy it instead');
    }
    const refusals = [...this.refusals].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    return { changes: this.changes, refusals };
  }

  private entry(folder: string, entry: Dirent, at: { readonly chain: readonly Chain[]; readonly ignored: boolean; readonly depth: number }): void {
    const { base } = this.input;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const isFolder = entry.isDirectory();
    const before = base.files.get(path);
    // A tracked file that became a folder is gone; what is in the folder is new, and ignored where the rules say so.
    const tracked = isFolder && before?.mode !== '160000' ? undefined : before;
    const known = tracked !== undefined || base.folders.has(path);
    if (at.ignored && !known) return;
    const ignored = at.ignored || (tracked === undefined && isIgnored(at.chain, path, entry.name, isFolder));
    const problem = nameProblem(entry.name, known);
    if (problem !== undefined && (!ignored || problem.code === 'git-path' || problem.code === 'nested-repository')) return this.refuse(problem.code, path, problem.message);
    if (ignored && !known) return;
    if (tracked?.mode === '160000') return this.submodule(path, isFolder);
    if (isFolder) return this.folder(path, ignored, at.depth + 1);
    // A tracked folder that is ignored and became a file is an untracked, ignored file.
    if (ignored && tracked === undefined) return;
    this.leaf(path, tracked);
  }

  private leaf(path: string, tracked: { readonly mode: string; readonly blob: string; readonly size: number } | undefined): void {
    const full = join(this.input.folder, path);
    const stat = lstatSync(full, { throwIfNoEntry: false });
    if (stat === undefined) return this.refuse('unreadable', path, 'the file went away while it was read: something still writes to the folder');
    const untouched = this.input.record?.blobIfUntouched(path, stat);
    if (untouched !== undefined) return this.keep(path, untouched.mode, untouched.blob, tracked);
    if (stat.isSymbolicLink()) return this.link(path, full, tracked);
    if (stat.isFile()) return this.file(path, full, { stat, tracked });
    this.refuse('special-file', path, 'it is a pipe, socket or device; only files, folders and links can be captured');
  }

  private link(path: string, full: string, tracked: { readonly mode: string; readonly blob: string } | undefined): void {
    const target = readlinkSync(full, { encoding: 'buffer' });
    if (!isUtf8(target)) return this.refuse('not-utf8', path, 'the target of the link is not valid UTF-8');
    const text = target.toString('utf8');
    const parts = linkParts(text);
    if (parts.some(isGitName)) return this.refuse('link-escapes', path, 'the link leads into a git folder');
    if (tracked === undefined && parts.some((part) => nameProblem(part, false) !== undefined)) return this.refuse('unsafe-name', path, 'the target of the link holds control or invisible characters');
    this.links.set(path, text);
    const blob = objectName(this.input.pack.format, 'blob', target);
    if (tracked?.blob !== blob) this.input.pack.add('blob', target);
    this.keep(path, '120000', blob, tracked);
  }

  private file(path: string, full: string, known: { readonly stat: Stats; readonly tracked: { readonly mode: string; readonly blob: string; readonly size: number } | undefined }): void {
    const { stat, tracked } = known;
    const { fileBytesMax } = this.input.limits;
    const mode = (stat.mode & 0o100) === 0 ? '100644' : '100755';
    // Only a file as long as before can be the file of before; a long one is refused before a byte of it is read.
    const maySame = tracked !== undefined && tracked.size === stat.size;
    if (stat.size > fileBytesMax && !maySame) return this.tooLarge(path, stat.size);
    const content = this.content(path, full, { stat, same: maySame ? tracked.blob : undefined });
    if (content === undefined) return;
    if (content === 'same') return this.keep(path, mode, tracked?.blob ?? '', tracked);
    if (stat.nlink > 1) this.countShared(path, stat);
    this.newBytes += content.length;
    if (this.newBytes > NEW_BYTES_MAX) return this.stop('diff-too-large', path, `the new contents are more than ${String(NEW_BYTES_MAX)} bytes together`);
    this.keep(path, mode, this.input.pack.add('blob', content), tracked);
  }

  /** The bytes of a file, `same` when they are those of `same`. Opened without following, and compared with what lstat saw. */
  private content(path: string, full: string, want: { readonly stat: Stats; readonly same: string | undefined }): Buffer | 'same' | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch {
      this.refuse('unreadable', path, 'the file cannot be opened for reading');
      return undefined;
    }
    try {
      const opened = fstatSync(descriptor);
      if (!opened.isFile() || opened.ino !== want.stat.ino || opened.dev !== want.stat.dev || opened.size !== want.stat.size) return this.raced(path);
      if (want.same !== undefined && blobNameOfFile(this.input.pack.format, descriptor, opened.size) === want.same) return 'same';
      if (opened.size > this.input.limits.fileBytesMax) {
        this.tooLarge(path, opened.size);
        return undefined;
      }
      const content = readFileSync(descriptor);
      return content.length === opened.size ? content : this.raced(path);
    } catch {
      this.refuse('unreadable', path, 'the file cannot be read');
      return undefined;
    } finally {
      closeSync(descriptor);
    }
  }

  private raced(path: string): undefined {
    this.refuse('unreadable', path, 'the file changed while it was read: something still writes to the folder');
    return undefined;
  }

  private submodule(path: string, isFolder: boolean): void {
    let empty = false;
    try {
      empty = isFolder && readdirSync(join(this.input.folder, path)).length === 0;
    } catch {
      // Counts as not empty: what cannot be seen is not taken for nothing.
    }
    if (empty) this.seen.add(path);
    else this.refuse('submodule', path, 'the content of a submodule cannot be changed here; leave its folder empty');
  }

  private keep(path: string, mode: string, blob: string, tracked: { readonly mode: string; readonly blob: string } | undefined): void {
    this.seen.add(path);
    if (tracked?.mode !== mode || tracked.blob !== blob) this.change(path, { mode, object: blob });
  }

  private change(path: string, change: PathChange): void {
    this.changes.set(path, change);
    if (this.changes.size > this.input.limits.filesMax) this.stop('too-many-files', path, `more than ${String(this.input.limits.filesMax)} files differ (limits.diff_files)`);
  }

  private countShared(path: string, stat: Stats): void {
    const key = `${String(stat.dev)}:${String(stat.ino)}`;
    const known = this.shared.get(key);
    if (known === undefined) this.shared.set(key, { path, names: stat.nlink, found: 1 });
    else known.found += 1;
  }

  /** The three names that make git take a folder for a repository. A tracked one was there before the agent. */
  private isBareRepository(path: string, entries: readonly Dirent[]): boolean {
    if (this.input.base.files.has(`${path}/HEAD`)) return false;
    return ['HEAD', 'objects', 'refs'].every((name) => entries.some((entry) => entry.name === name));
  }

  private tooLarge(path: string, size: number): void {
    this.refuse('file-too-large', path, `the file has ${String(size)} bytes; at most ${String(this.input.limits.fileBytesMax)} are allowed (limits.file_mb)`);
  }

  private stop(code: CaptureRefusal['code'], path: string, message: string): void {
    if (!this.stopped) this.refuse(code, path, message);
    this.stopped = true;
  }

  private refuse(code: CaptureRefusal['code'], path: string, message: string): void {
    if (this.refusals.length < REFUSALS_MAX) this.refusals.push({ code, path: shownPath(path), message });
  }
}
