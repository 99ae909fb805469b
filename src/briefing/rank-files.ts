import type { LikelyFile } from '../domain/brief.js';
import { countTokens, TermTable, termsOf, type Term } from './tokens.js';

export interface RankedFile { readonly path: string; readonly bytes: Uint8Array | undefined }

export interface RankOptions {
  /** How many files to name. */
  readonly limit: number;
}

/**
 * Ranks the files of a repository for a ticket: BM25 over content, path words, and exact mentions of a path or file name.
 * Pure and linear in the bytes. A file without bytes is ranked by its path alone.
 */
export function rankFiles(query: string, files: Iterable<RankedFile>, options: RankOptions): LikelyFile[] {
  const ranker = new FileRanker(query);
  for (const file of files) ranker.add(file.path, file.bytes);
  return ranker.rank(options);
}

/** The same with files added one by one, so that no more than one file has to be in memory. */
export class FileRanker {
  readonly #terms: readonly Term[];
  readonly #table: TermTable;
  readonly #mentions: ReadonlySet<string>;
  readonly #files: Counted[] = [];

  constructor(query: string) {
    this.#terms = termsOf(query, TERMS_MAX);
    this.#table = new TermTable(this.#terms);
    this.#mentions = mentionsOf(query);
  }

  add(path: string, bytes: Uint8Array | undefined): void {
    const size = this.#terms.length;
    const inPath = new Uint16Array(size);
    const base = path.slice(path.lastIndexOf('/') + 1);
    // The file's own name says more than its folders: it is counted twice.
    const pathLength = countTokens(Buffer.from(path), this.#table, inPath) + countTokens(Buffer.from(base), this.#table, inPath);
    const inContent = new Uint16Array(size);
    const contentLength = bytes === undefined ? 0 : countTokens(bytes, this.#table, inContent);
    this.#files.push({ path, inPath, pathLength, inContent, contentLength, mention: mentionOf(path, base, this.#mentions) });
  }

  rank(options: RankOptions): LikelyFile[] {
    const content = bm25(this.#files.map((file) => ({ counts: file.inContent, length: file.contentLength })));
    const paths = bm25(this.#files.map((file) => ({ counts: file.inPath, length: file.pathLength })));
    const scored = this.#files.map((file, index) => ({
      file,
      score: (WEIGHT.content * (content[index] ?? 0) + WEIGHT.path * (paths[index] ?? 0) + WEIGHT.mention * file.mention) * standing(file.path),
    }));
    return scored
      .filter((one) => one.score > 0)
      .sort((a, b) => b.score - a.score || (a.file.path < b.file.path ? -1 : 1))
      .slice(0, options.limit)
      .map(({ file, score }) => ({ path: file.path, score: Math.round(score * 1000) / 1000, reasons: this.#reasons(file) }));
  }

  #reasons(file: Counted): string[] {
    const named = this.#terms.filter((term, index) => !term.whole && (file.inPath[index] ?? 0) > 0).map((term) => term.text);
    const whole = this.#terms.filter((term, index) => term.whole && (file.inContent[index] ?? 0) > 0).map((term) => term.text);
    const words = this.#terms.filter((term, index) => !term.whole && (file.inContent[index] ?? 0) > 0).length;
    return [
      ...(file.mention > 0 ? ['named in the ticket'] : []),
      ...(named.length > 0 ? [`path ${[...new Set(named)].slice(0, 4).join(', ')}`] : []),
      ...whole.slice(0, 3).map((text) => `identifier ${text}`),
      ...(words > 0 ? [`content ${words} ${words === 1 ? 'term' : 'terms'}`] : []),
    ];
  }
}

interface Counted {
  readonly path: string;
  readonly inPath: Uint16Array;
  readonly pathLength: number;
  readonly inContent: Uint16Array;
  readonly contentLength: number;
  readonly mention: number;
}

/** Tuned on real tickets of nine repositories; each part is scaled to its own maximum first. */
const WEIGHT = { content: 1.5, path: 0.4, mention: 1 };
const K1 = 1.2;
const B = 0.6;
const TERMS_MAX = 400;

/** Okapi BM25 of every document, scaled so that the best one has 1. */
function bm25(documents: readonly { readonly counts: Uint16Array; readonly length: number }[]): number[] {
  const counted = documents.filter((document) => document.length > 0);
  const mean = counted.reduce((sum, document) => sum + document.length, 0) / Math.max(1, counted.length);
  const size = documents[0]?.counts.length ?? 0;
  const holding = new Uint32Array(size);
  for (const { counts } of counted) {
    for (let term = 0; term < size; term += 1) if ((counts[term] ?? 0) > 0) holding[term] = (holding[term] ?? 0) + 1;
  }
  const weight = Float64Array.from(holding, (df) => Math.log(1 + (counted.length - df + 0.5) / (df + 0.5)));
  const scores = documents.map(({ counts, length }) => {
    const norm = K1 * (1 - B + (B * length) / Math.max(1, mean));
    let score = 0;
    for (let term = 0; term < size; term += 1) {
      const count = counts[term] ?? 0;
      if (count > 0) score += ((weight[term] ?? 0) * count * (K1 + 1)) / (count + norm);
    }
    return score;
  });
  const best = scores.reduce((most, score) => Math.max(most, score), 0);
  return best === 0 ? scores : scores.map((score) => score / best);
}

/** Tests and prose speak of everything; the work is mostly in the source beside them. */
function standing(path: string): number {
  if (TEST_PATH.test(path)) return 0.3;
  return PROSE_PATH.test(path) ? 0.3 : 1;
}
const TEST_PATH = /(^|\/)(tests?|specs?|__tests__|testdata|fixtures?|e2e|examples?)\/|[._-](test|spec)s?\.[a-z]+$|(^|\/)test_[^/]*$|_test\.[a-z]+$|Tests?\.(java|kt|cs|php)$/;
const PROSE_PATH = /\.(md|mdx|rst|txt|adoc|html?|css|scss|svg|snap|csv|json|ya?ml|toml|xml|lock|po)$|(^|\/)(CHANGELOG|LICENSE|AUTHORS|NEWS)/i;

/** Words of the ticket that look like a file: `total.ts`, `src/total.ts:12`, `lib/stdio`. */
function mentionsOf(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const word of text.split(/[^\p{L}\p{N}_./@+-]+/u)) {
    const cleaned = word.replace(/^[./@]{1,3}/, '').replace(/[.-]{1,3}$/, '');
    if (cleaned.length >= 4 && cleaned.length <= 300 && (cleaned.includes('.') || cleaned.includes('/')) && found.size < 500) found.add(cleaned);
  }
  return found;
}

/** 1 for a path, or the end of one from a `/` on; 0.5 for a path without its extension. */
function mentionOf(path: string, base: string, mentions: ReadonlySet<string>): number {
  if (mentions.size === 0) return 0;
  if (base.includes('.') && mentions.has(base)) return 1;
  for (let at = 0; at >= 0; at = next(path, at)) {
    const tail = path.slice(at);
    if (!tail.includes('/')) break;
    if (mentions.has(tail)) return 1;
    const dot = tail.lastIndexOf('.');
    if (dot > tail.lastIndexOf('/') + 1 && mentions.has(tail.slice(0, dot))) return 0.5;
  }
  return 0;
}

function next(path: string, at: number): number {
  const slash = path.indexOf('/', at);
  return slash < 0 ? -1 : slash + 1;
}
