import type { Snapshot } from '../../domain/ticket.js';

/** A ticket's text taken apart once, for all parts of the score. Plain data; its size is bounded. */
export interface TicketText {
  readonly title: Words;
  /** Prose of title, body, criteria and answers, without code, quotes and headings. */
  readonly prose: Words;
  /** Prose with the content of code, where a name counts wherever it stands. */
  readonly headings: readonly string[];
  readonly criteria: readonly Words[];
  readonly sections: number;
  /** Items of numbered lists. */
  readonly steps: number;
  readonly codeBlocks: number;
  readonly codeSpans: readonly string[];
  /** Names of files and folders, identifiers, routes, settings: what a change can be found by. */
  readonly names: readonly string[];
  readonly links: number;
  readonly references: number;
  readonly numbers: number;
  readonly questions: number;
}

/** Lower-case words in order, and the same between single spaces for phrases. */
export interface Words { readonly list: readonly string[]; readonly line: string }

/** More of a text than this is not looked at: no ticket becomes clear behind it. */
const CHARS_MAX = 65_536;
const LINE_CHARS_MAX = 4_000;
const NAMES_MAX = 200;

/** Reads the cleaned text of a snapshot. Linear in its length; never throws. Directive blocks are settings and no description. */
export function readText(snapshot: Pick<Snapshot, 'title' | 'body' | 'criteria' | 'comments'>): TicketText {
  const reader = new Reader();
  reader.read(snapshot.body.slice(0, CHARS_MAX));
  for (const comment of (snapshot.comments ?? []).slice(0, 20)) reader.read(comment.text.slice(0, CHARS_MAX / 8));
  const title = snapshot.title.slice(0, 1_000);
  const criteria = snapshot.criteria.slice(0, 100).map((one) => one.text.slice(0, LINE_CHARS_MAX));
  reader.inline(title);
  for (const text of criteria) reader.inline(text);
  const prose = [title, ...reader.lines, ...criteria].map(withoutCode).join('\n');
  return {
    title: wordsOf(title), prose: wordsOf(prose), headings: reader.headings, criteria: criteria.map(wordsOf),
    sections: reader.headings.length, steps: reader.steps, codeBlocks: reader.codeBlocks, codeSpans: reader.codeSpans,
    names: [...reader.names], links: reader.links, references: reader.references, numbers: reader.numbers, questions: questionsIn(prose),
  };
}

export function wordsOf(text: string): Words {
  const list: string[] = [];
  for (const match of text.slice(0, CHARS_MAX * 2).toLowerCase().matchAll(/[\p{L}\p{N}][\p{L}\p{N}'’_-]*|\?\?/gu)) list.push(...split(match[0]));
  return { list, line: ` ${list.join(' ')} ` };
}

/** Scripts without spaces: two letters count for one word, so that such a text is neither empty nor endless. */
function split(word: string): readonly string[] {
  if (!/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word)) return [word];
  const parts: string[] = [];
  const letters = [...word];
  for (let at = 0; at < letters.length; at += 2) parts.push(letters.slice(at, at + 2).join(''));
  return parts;
}

/** How many of the phrases stand in the words, each counted once. */
export function phrasesIn(words: Words, phrases: readonly string[]): readonly string[] {
  return phrases.filter((phrase) => words.line.includes(` ${phrase} `));
}

function withoutCode(line: string): string {
  return line.split('`').filter((_, index) => index % 2 === 0).join(' ').replace(/https?:\/\/[^\s)>\]]{1,2000}/g, ' ');
}

/** Sentences that ask: a question mark at the end of a word. Several in a row are one. */
function questionsIn(prose: string): number {
  return [...prose.matchAll(/[\p{L}\p{N})"'”][?？]+(?=\s|$)/gu)].length;
}

class Reader {
  readonly lines: string[] = [];
  readonly headings: string[] = [];
  readonly codeSpans: string[] = [];
  readonly names = new Set<string>();
  steps = 0;
  codeBlocks = 0;
  links = 0;
  references = 0;
  numbers = 0;

  /** A text of several lines. Fences are told by their marks alone: for a score, rare forms do not matter. */
  read(text: string): void {
    let fence: { readonly mark: string; readonly directive: boolean } | undefined;
    for (const raw of text.split('\n')) {
      const line = raw.slice(0, LINE_CHARS_MAX).trim();
      const mark = line.startsWith('```') ? '```' : line.startsWith('~~~') ? '~~~' : undefined;
      if (mark !== undefined && (fence === undefined || fence.mark === mark)) {
        if (fence === undefined) {
          fence = { mark, directive: line.slice(3).trim() === 'heddle' };
          if (!fence.directive) this.codeBlocks += 1;
        } else fence = undefined;
      } else if (fence !== undefined) {
        if (!fence.directive) this.inCode(line);
      } else if (!line.startsWith('>')) this.line(line);
    }
  }

  private line(line: string): void {
    if (line === '') return;
    const heading = headingOf(line);
    if (heading !== undefined) this.headings.push(heading);
    if (/^\d{1,3}[.)]\s/.test(line)) this.steps += 1;
    if (heading === undefined) this.lines.push(line);
    this.inline(line);
  }

  inline(line: string): void {
    line.split('`').forEach((piece, index, all) => {
      if (index % 2 === 1 && index < all.length - 1 && piece.trim() !== '') {
        this.codeSpans.push(piece.slice(0, 200));
        if (/[\p{L}\p{N}]/u.test(piece)) this.name(piece.trim());
        return;
      }
      this.links += countOf(piece, /https?:\/\//g);
      this.references += countOf(piece, /(?:^|[\s(])#\d{1,9}\b|\b[A-Z][A-Z0-9]{1,9}-\d{1,9}\b/g);
      this.numbers += countOf(piece, /(?<![\p{L}\p{N}])\d{1,18}(?:[.,]\d{1,9})?/gu);
      for (const word of piece.split(/\s+/)) if (word.length <= 300 && looksLikeName(trimmed(word))) this.name(trimmed(word));
    });
  }

  private inCode(line: string): void {
    this.numbers += countOf(line, /\d{1,18}/g);
    for (const word of line.split(/[\s"'=,;()[\]{}]+/)) if (word.length <= 300 && looksLikeName(trimmed(word))) this.name(trimmed(word));
  }

  private name(name: string): void {
    if (this.names.size < NAMES_MAX) this.names.add(name.slice(0, 300));
  }
}

function headingOf(line: string): string | undefined {
  const text = /^#{1,6}\s/.test(line) ? line.replace(/^#{1,6}\s+/, '')
    : line.startsWith('**') && (line.endsWith('**') || line.endsWith('**:') || line.endsWith(':**')) && line.length <= 120 ? line.replaceAll('*', '')
      : line.endsWith(':') && line.length <= 60 && !/^[-*+\d]/.test(line) ? line : undefined;
  return text?.replace(/[:#\s]{1,20}$/, '').trim().toLowerCase();
}

function trimmed(word: string): string {
  return word.replace(/^[("'“«[{*_]{1,10}/, '').replace(/[)"'”»\]}*_.,;:!?]{1,10}$/, '');
}

/** `src/total.ts`, `total.ts`, `roundToCents()`, `--json`, `GET /orders`, `OrderService`, `limits.attempts`, `MAX_SIZE`. */
export function looksLikeName(word: string): boolean {
  if (word.length < 3 || /^https?:/.test(word)) return false;
  if (/^[\w.@~-]{1,100}(?:\/[\w.@{}:<>*~-]{1,100})+\/?$/.test(word)) return !/^(?:and\/or|he\/she|his\/her|n\/a|i\/o|\d+\/\d+(?:\/\d+)?|yes\/no|on\/off|either\/or)$/i.test(word);
  if (/^\/[\w{}:.-]{2,100}(?:\/[\w{}:.-]{0,100}){0,20}$/.test(word)) return true;
  if (/^[\w-]{1,100}(?:\.[\w-]{1,60}){0,4}\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kts?|cs|cpp|cc|hpp|h|c|php|swift|scala|vue|svelte|s?css|less|html?|md|mdx|rst|adoc|txt|json5?|ya?ml|toml|ini|cfg|conf|sql|sh|ps1|gradle|xml|csv|tsv|proto|tf|lock|env|ipynb|dart|ex|exs|graphql)$/i.test(word)) return true;
  if (/^(?:Makefile|Dockerfile|README|CHANGELOG|LICENSE|CODEOWNERS|CONTRIBUTING)$/.test(word)) return true;
  if (/^[A-Za-z_$][\w$.]{1,100}\(.{0,100}\)?$/.test(word) && word.includes('(')) return true;
  if (/^--[a-z][a-z0-9-]{1,50}$/.test(word)) return true;
  if (/^[a-z][a-z0-9]{1,40}(?:[A-Z][a-z0-9]{1,40}){1,6}$/.test(word) || /^(?:[A-Z][a-z0-9]{1,40}){2,6}$/.test(word)) return !/^(?:GitHub|GitLab|JavaScript|TypeScript|YouTube|LinkedIn|iPhone|PostgreSQL|MySQL|eBay|WhatsApp|PowerPoint|macOS)$/.test(word);
  return /^[a-z][a-z0-9]{1,40}(?:_[a-z0-9]{1,40}){1,8}$/.test(word) || /^[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,40}){1,8}$/.test(word) || /^[a-z][a-z0-9]{2,40}(?:\.[a-z_][a-z0-9_]{2,40}){1,5}$/.test(word) || /^@[a-z0-9-]{1,60}\/[a-z0-9._-]{1,60}$/.test(word);
}

function countOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}
