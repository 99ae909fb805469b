import type { Family } from './file-kinds.js';

/** A text as a row of words, numbers, strings and signs; comments, white space and imports are gone. */
export interface Tokens { readonly ids: Int32Array; readonly lines: Int32Array }

export interface Source { readonly path: string; readonly tokens: Tokens }

/** A stretch of a new file that stands elsewhere too. Lines count from 1. */
export interface Copy { readonly path: string; readonly from: number; readonly to: number; readonly original: string; readonly originalLine: number }

const IMPORT = /^\s*(?:import\b|from\s+\S+\s+import\b|export\s+(?:\*|\{[^}]{0,200}\})\s+from\b|using\s+[\w.]+;|package\s|#include\b|use\s+[\w:\\{]|require\b|(?:const|let|var)\s+[^=]{1,200}=\s*require\()/;
/** First letters of lines that can be imports: the pattern need not look at the others. */
const IMPORT_LETTERS = new Set([...'ifepu#rclv'].map((letter) => letter.charCodeAt(0)));
const TOKENS_MAX = 400_000;
const [FEED, QUOTE, HASH, APOSTROPHE, STAR, DASH, SLASH, BACKSLASH, TICK] = [10, 34, 35, 39, 42, 45, 47, 92, 96];

/** One pass over the characters. A token is known by a hash of 32 bits; sixty equal ones in a row are no accident. */
export function tokensOf(text: string, family: Family): Tokens {
  const room = Math.min(text.length, TOKENS_MAX);
  const [ids, lines] = [new Int32Array(room), new Int32Array(room)];
  let [count, line, at] = [0, 1, 0];
  let fresh = true;
  while (at < text.length && count < room) {
    const code = text.charCodeAt(at);
    if (code === FEED) {
      line += 1;
      fresh = true;
      at += 1;
    } else if (code <= 32) at += 1;
    else if (fresh && IMPORT_LETTERS.has(code) && IMPORT.test(text.slice(at, at + 300).split('\n', 1)[0] ?? '')) at = endOfLine(text, at);
    else {
      fresh = false;
      const comment = commentEnd(text, at, family);
      const end = comment ?? tokenEnd(text, at, code);
      if (comment === undefined) {
        ids[count] = hashOf(text, at, end);
        lines[count] = line;
        count += 1;
      }
      for (let feed = text.indexOf('\n', at); (comment !== undefined || code === TICK) && feed >= 0 && feed < end; feed = text.indexOf('\n', feed + 1)) line += 1;
      at = end;
    }
  }
  return { ids: ids.slice(0, count), lines: lines.slice(0, count) };
}

function commentEnd(text: string, at: number, family: Family): number | undefined {
  const [code, next] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
  if (family === 'hash') return code === HASH ? endOfLine(text, at) : undefined;
  if (family === 'sql') return code === DASH && next === DASH ? endOfLine(text, at) : undefined;
  if (code !== SLASH) return undefined;
  if (next === SLASH) return endOfLine(text, at);
  if (next !== STAR) return undefined;
  const end = text.indexOf('*/', at + 2);
  return end < 0 ? text.length : end + 2;
}

/** A string to its end (of the line, but for the back tick), a word or number, or one sign. */
function tokenEnd(text: string, at: number, code: number): number {
  let end = at + 1;
  if (code === QUOTE || code === APOSTROPHE || code === TICK) {
    for (; end < text.length; end += 1) {
      const inside = text.charCodeAt(end);
      if (inside === BACKSLASH) end += 1;
      else if (inside === code) return end + 1;
      else if (inside === FEED && code !== TICK) return end;
    }
    return text.length;
  }
  if (!isWord(code)) return end;
  while (end < text.length && isWord(text.charCodeAt(end))) end += 1;
  return end;
}

/** Letters, digits, `_`, `$`, and everything beyond ASCII. */
function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || code === 36 || code >= 128;
}

function hashOf(text: string, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), BASE);
  return hash | 0;
}

function endOfLine(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  return feed < 0 ? text.length : feed;
}

/** Most windows have no partner: a look into this is enough to know. */
const FILTER_MASK = 0xfffff;

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
  private readonly filter = new Uint8Array(FILTER_MASK + 1);
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
        this.filter[hash & FILTER_MASK] = 1;
        const list = this.places.get(hash);
        if (list === undefined) this.places.set(hash, [{ file, at }]);
        else if (list.length < PLACES_PER_HASH) list.push({ file, at });
      });
    });
  }

  /** Looks through one source, which may be a fresh file itself: a stretch is no copy of itself, nor of one that it overlaps. */
  search(source: Source): void {
    this.windows(source.tokens, (at, hash) => {
      if (this.filter[hash & FILTER_MASK] === 0) return;
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
    for (let offset = 0; offset < this.length; offset += 1) if (a[from + offset] !== b[at + offset]) return false;
    return true;
  }
}
