import type { Family } from './file-kinds.js';

/** A text as a row of words, numbers, strings and signs; comments, white space and imports are gone. */
export interface Tokens { readonly ids: Int32Array; readonly lines: Int32Array }

export interface Source { readonly path: string; readonly tokens: Tokens }

/** A stretch of a new file that stands elsewhere too. Lines count from 1. */
export interface Copy { readonly path: string; readonly from: number; readonly to: number; readonly original: string; readonly originalLine: number }

const COMMENT: Readonly<Record<Family, string>> = { c: '//[^\\n]*|/\\*[^]*?(?:\\*/|$)', hash: '#[^\\n]*', sql: '--[^\\n]*' };
const STRING = '"(?:[^"\\\\\\n]|\\\\.)*"?|\'(?:[^\'\\\\\\n]|\\\\.)*\'?|`(?:[^`\\\\]|\\\\.)*`?';
const PATTERNS: ReadonlyMap<Family, RegExp> = new Map((['c', 'hash', 'sql'] as const).map((family) => [family, new RegExp(`(${COMMENT[family]})|${STRING}|[\\p{L}_$][\\p{L}\\p{N}_$]*|\\d[\\w.]*|\\S`, 'gu')]));
const IMPORT = /^\s*(?:import\b|from\s+\S+\s+import\b|export\s+(?:\*|\{[^}]{0,200}\})\s+from\b|using\s+[\w.]+;|package\s|#include\b|use\s+[\w:\\{]|require\b|(?:const|let|var)\s+[^=]{1,200}=\s*require\()/;
const TOKENS_MAX = 400_000;

/** Gives every distinct token a number. Once frozen, tokens that it has not seen are 0 and equal nothing. */
export class Vocabulary {
  private readonly known = new Map<string, number>();
  private frozen = false;

  freeze(): void {
    this.frozen = true;
  }

  idOf(token: string): number {
    const id = this.known.get(token);
    if (id !== undefined) return id;
    if (this.frozen) return 0;
    this.known.set(token, this.known.size + 1);
    return this.known.size;
  }
}

export function tokensOf(text: string, family: Family, vocabulary: Vocabulary): Tokens {
  const ids: number[] = [];
  const lines: number[] = [];
  const skipped = new Set(text.split('\n').flatMap((line, index) => (IMPORT.test(line.slice(0, 500)) ? [index + 1] : [])));
  let line = 1;
  let at = 0;
  for (const match of text.matchAll(PATTERNS.get(family) ?? /\S/gu)) {
    for (let feed = text.indexOf('\n', at); feed >= 0 && feed < match.index; feed = text.indexOf('\n', at)) {
      line += 1;
      at = feed + 1;
    }
    if (match[1] !== undefined || skipped.has(line)) continue;
    ids.push(vocabulary.idOf(match[0]));
    lines.push(line);
    if (ids.length >= TOKENS_MAX) break;
  }
  return { ids: Int32Array.from(ids), lines: Int32Array.from(lines) };
}

const PLACES_PER_HASH = 16;
const COPIES_MAX = 2_000;

interface OpenCopy { readonly path: string; readonly from: number; to: number; readonly original: string; readonly originalLine: number }

const BASE = 0x01000193;

/**
 * Finds where stretches of at least `length` tokens of the fresh files, with at least one new line in them, stand in any
 * source as well. A rolling hash finds the places, the tokens themselves decide. Linear in the tokens of all files.
 */
export class CopyFinder {
  private readonly places = new Map<number, { readonly file: number; readonly at: number }[]>();
  private readonly marks: Uint8Array[];
  private readonly found: OpenCopy[] = [];
  private readonly runs = new Map<string, { readonly copy: OpenCopy; end: number }>();
  private readonly fresh: readonly Source[];
  private readonly length: number;
  private readonly top: number;

  constructor(fresh: readonly Source[], isNew: (path: string, line: number) => boolean, length: number) {
    this.fresh = fresh;
    this.length = length;
    let top = 1;
    for (let count = 1; count < length; count += 1) top = Math.imul(top, BASE);
    this.top = top;
    this.marks = fresh.map(({ tokens }) => new Uint8Array(tokens.ids.length));
    fresh.forEach(({ path, tokens }, file) => {
      const news = new Int32Array(tokens.ids.length + 1);
      for (let at = 0; at < tokens.ids.length; at += 1) news[at + 1] = (news[at] ?? 0) + Number(isNew(path, tokens.lines[at] ?? 0));
      this.windows(tokens, (at, hash) => {
        if ((news[at + length] ?? 0) === (news[at] ?? 0)) return;
        const list = this.places.get(hash);
        if (list === undefined) this.places.set(hash, [{ file, at }]);
        else if (list.length < PLACES_PER_HASH) list.push({ file, at });
      });
    });
  }

  /** Looks through one source, which may be a fresh file itself: a stretch is no copy of itself, nor of one that it overlaps. */
  search(source: Source): void {
    this.windows(source.tokens, (at, hash) => {
      for (const place of this.places.get(hash) ?? []) {
        const own = this.fresh[place.file];
        if (own === undefined || (own.path === source.path && Math.abs(place.at - at) < this.length) || !this.same(own.tokens.ids, place.at, source.tokens.ids, at)) continue;
        this.mark(place, own, source, at);
      }
    });
  }

  /** The lines of a fresh file that stand in a copy. */
  copiedLines(path: string): ReadonlySet<number> {
    const lines = new Set<number>();
    this.fresh.forEach((source, file) => {
      if (source.path !== path) return;
      this.marks[file]?.forEach((mark, at) => { if (mark === 1) lines.add(source.tokens.lines[at] ?? 0); });
    });
    return lines;
  }

  /** Copies put together where they follow one another in both files, the longest first. */
  copies(): readonly Copy[] {
    return [...this.found].sort((a, b) => b.to - b.from - (a.to - a.from) || (a.path < b.path ? -1 : 1));
  }

  private mark(place: { readonly file: number; readonly at: number }, own: Source, source: Source, at: number): void {
    this.marks[place.file]?.fill(1, place.at, place.at + this.length);
    const [from, to] = [own.tokens.lines[place.at] ?? 0, own.tokens.lines[place.at + this.length - 1] ?? 0];
    // Stretches that follow one another at the same distance are one: a source is searched from its start.
    const key = `${place.file}\0${source.path}\0${at - place.at}`;
    const run = this.runs.get(key);
    if (run !== undefined && place.at <= run.end) {
      run.copy.to = Math.max(run.copy.to, to);
      run.end = place.at + this.length;
      return;
    }
    if (this.found.length >= COPIES_MAX) return;
    const copy = { path: own.path, from, to, original: source.path, originalLine: source.tokens.lines[at] ?? 0 };
    this.found.push(copy);
    this.runs.set(key, { copy, end: place.at + this.length });
  }

  private windows(tokens: Tokens, on: (at: number, hash: number) => void): void {
    const { ids } = tokens;
    let hash = 0;
    for (let at = 0; at < ids.length; at += 1) {
      if (at >= this.length) hash = (hash - Math.imul(ids[at - this.length] ?? 0, this.top)) | 0;
      hash = (Math.imul(hash, BASE) + (ids[at] ?? 0)) | 0;
      if (at >= this.length - 1) on(at - this.length + 1, hash);
    }
  }

  private same(a: Int32Array, from: number, b: Int32Array, at: number): boolean {
    for (let offset = 0; offset < this.length; offset += 1) if (a[from + offset] !== b[at + offset] || a[from + offset] === 0) return false;
    return true;
  }
}
