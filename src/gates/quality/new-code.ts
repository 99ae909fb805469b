import type { Candidate, FileChange } from '../../domain/candidate.js';
import type { PatchedFile } from '../../domain/patch.js';
import type { TextReader } from '../gate-facts.js';
import { endingOf, isOwnCode } from './file-kinds.js';

export interface NewLine { readonly line: number; readonly text: string }

/** What is new in a change, and where everything else was before. Lines of a renamed file that it had before are not new. */
export interface NewCode {
  /** The new lines of each path that has any. */
  readonly lines: ReadonlyMap<string, readonly NewLine[]>;
  /** New lines that are not empty, in code that people wrote for use: what the small-change exemption counts. */
  readonly size: number;
  /** The path on the base of a path of the candidate. */
  pathBefore(path: string): string;
  /** The number that a line had on the base; undefined for a new line. */
  lineBefore(path: string, line: number): number | undefined;
  /** Whether any line of the file is another than before. */
  isTouched(path: string): boolean;
}

/** Pairs that are compared text by text; beyond it a renamed file counts as new. */
const PAIRS_MAX = 400;
const LIKENESS_MIN = 0.5;

export async function newCode(input: { readonly candidate: Candidate; readonly patch: readonly PatchedFile[]; readonly textOf: TextReader | undefined }): Promise<NewCode> {
  const { candidate, textOf } = input;
  const renames = await findRenames(candidate, textOf);
  const patched = new Map(input.patch.map((file) => [file.path, file]));
  const lines = new Map<string, readonly NewLine[]>();
  const moved = new Map<string, ReadonlyMap<number, number>>();
  for (const { path } of candidate.files) {
    const before = renames.get(path);
    const added = patched.get(path)?.added ?? [];
    if (before !== undefined) {
      const kept = before.lines;
      moved.set(path, kept);
      lines.set(path, added.filter(({ line }) => !kept.has(line)));
    } else lines.set(path, added);
  }
  const shifts = new Map([...patched].map(([path, file]) => [path, shiftOf(file)]));
  const touched = new Set(candidate.files.map((file) => file.path));
  return {
    lines: new Map([...lines].filter(([, some]) => some.length > 0)),
    size: [...lines].filter(([path]) => isOwnCode(path)).reduce((sum, [, some]) => sum + some.filter(({ text }) => text.trim() !== '').length, 0),
    pathBefore: (path) => renames.get(path)?.from ?? path,
    lineBefore: (path, line) => (moved.has(path) ? moved.get(path)?.get(line) : touched.has(path) ? shifts.get(path)?.(line) ?? (patched.has(path) ? undefined : line) : line),
    isTouched: (path) => touched.has(path),
  };
}

/** Where an unchanged line of a patched file was before. Both lists are in order, so two counts tell. */
function shiftOf(file: PatchedFile): (line: number) => number | undefined {
  const added = file.added.map(({ line }) => line);
  const isAdded = new Set(added);
  const removed = [...file.removed].sort((a, b) => a - b);
  return (line) => {
    if (isAdded.has(line)) return undefined;
    // The k-th line that stayed: its old number is k plus the removed lines that stand before it.
    const stayed = line - below(added, line);
    let old = stayed;
    for (const gone of removed) {
      if (gone > old) break;
      old += 1;
    }
    return old;
  };
}

function below(sorted: readonly number[], line: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Rename { readonly from: string; readonly lines: ReadonlyMap<number, number> }

/** Git shows a rename as a deletion and an addition. The same content is the same file; else the likest of its kind, when at least half of it is alike. */
async function findRenames(candidate: Candidate, textOf: TextReader | undefined): Promise<ReadonlyMap<string, Rename>> {
  const renames = new Map<string, Rename>();
  const gone = candidate.files.filter((file) => file.status === 'deleted' && !file.binary);
  const come = candidate.files.filter((file) => file.status === 'added' && !file.binary);
  if (gone.length === 0 || come.length === 0 || textOf === undefined) return renames;
  const free = new Set(gone);
  const linesOf = cachedLines(textOf);
  const settle = async (file: FileChange, from: FileChange): Promise<void> => {
    free.delete(from);
    renames.set(file.path, { from: from.path, lines: followed(await linesOf('base', from.path), await linesOf('candidate', file.path)) });
  };
  for (const file of come) {
    const same = [...free].find((other) => other.oldBlob !== undefined && other.oldBlob === file.newBlob);
    if (same !== undefined) await settle(file, same);
  }
  let pairs = 0;
  for (const file of come.filter(({ path }) => !renames.has(path))) {
    let best: { readonly from: FileChange; readonly likeness: number } | undefined;
    for (const from of free) {
      if (endingOf(from.path) !== endingOf(file.path) || pairs >= PAIRS_MAX) continue;
      pairs += 1;
      const likeness = likenessOf(await linesOf('base', from.path), await linesOf('candidate', file.path));
      if (likeness >= LIKENESS_MIN && likeness > (best?.likeness ?? 0)) best = { from, likeness };
    }
    if (best !== undefined) await settle(file, best.from);
  }
  return renames;
}

function cachedLines(textOf: TextReader): (side: 'base' | 'candidate', path: string) => Promise<readonly string[]> {
  const known = new Map<string, Promise<readonly string[]>>();
  return (side, path) => {
    const key = `${side}\0${path}`;
    const lines = known.get(key) ?? textOf(side, path).then((text) => (text ?? '').split('\n'));
    known.set(key, lines);
    return lines;
  };
}

function likenessOf(before: readonly string[], after: readonly string[]): number {
  const full = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.trim().length > 1);
  const [old, now] = [full(before), full(after)];
  if (old.length === 0 || now.length === 0) return 0;
  return followed(old, now).size / Math.max(old.length, now.length);
}

/** The k-th line of some text was the k-th of that text before. */
function followed(before: readonly string[], after: readonly string[]): ReadonlyMap<number, number> {
  const places = new Map<string, number[]>();
  before.forEach((text, index) => {
    const list = places.get(text);
    if (list === undefined) places.set(text, [index + 1]);
    else list.push(index + 1);
  });
  const used = new Map<string, number>();
  const lines = new Map<number, number>();
  after.forEach((text, index) => {
    const nth = used.get(text) ?? 0;
    const place = places.get(text)?.[nth];
    if (place === undefined) return;
    used.set(text, nth + 1);
    lines.set(index + 1, place);
  });
  return lines;
}
