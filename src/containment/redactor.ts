import type { Redactor } from '../ports/redactor.js';
import { spellingsOf } from './secret-encodings.js';
import { fragmentsOf } from './secret-fragments.js';

/** The redactor, with a form for text that comes in pieces. */
export interface SecretRedactor extends Redactor {
  stream(): RedactedStream;
}

/** Text in, redacted text out; a tail that may be the beginning of a secret is held back until more comes. */
export interface RedactedStream { push(text: string): string; end(): string }

/**
 * Finds every spelling of every secret in one pass: a spelling is looked up by its first characters, then compared. Line
 * breaks do not count, so a wrapped base64 block or a secret that was broken over lines is found; a second pass leaves
 * out breaks written as `\n`, a third what logs put before each line. A secret of several lines is also looked for line by
 * line, and a random one in pieces of twelve characters.
 */
export function createRedactor(): SecretRedactor {
  const book = new SpellingBook();
  return {
    add: (name, secret) => { book.add(name, secret); },
    text: (text) => replaced(book, text),
    finds: (text) => book.ranges(text)[0]?.name,
    stream: () => new Stream(book),
  };
}

/** The streaming form of a redactor. Secrets that are added later are looked for in what comes later. */
export function redactStream(redactor: SecretRedactor): RedactedStream {
  return redactor.stream();
}

const SECRET_CHARS_MIN = 6;
/** Lines of a longer secret are secrets of their own from this length on. */
const LINE_CHARS_MIN = 16;
const KEY_CHARS = 6;

interface Range { readonly from: number; readonly to: number; readonly name: string }
interface Spelling { readonly text: string; readonly name: string }

class SpellingBook {
  readonly #byKey = new Map<string, Spelling[]>();
  readonly #known = new Set<string>();
  /** Entry n is 1 when some key begins with three characters that hash to n: lets almost every place be skipped. */
  readonly #firsts = new Uint8Array(65_536);
  longest = 0;

  add(name: string, secret: string): void {
    const label = name.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 60);
    if (withoutBreaks(secret).length < SECRET_CHARS_MIN) {
      throw new RangeError(`the secret ${label} has fewer than ${SECRET_CHARS_MIN} characters: blanking it would blank ordinary text`);
    }
    const lines = secret.split(/[\r\n]+/).filter((line) => line.length >= LINE_CHARS_MIN);
    const trimmed = secret.trim();
    for (const form of new Set([secret, ...(trimmed.length >= SECRET_CHARS_MIN ? [trimmed] : []), ...lines])) {
      for (const spelling of spellingsOf(form)) {
        this.#learn(label, withoutBreaks(spelling));
        this.#learn(label, withoutBreaks(withoutWrittenBreaks(spelling)));
      }
      for (const fragment of fragmentsOf(form)) this.#learn(label, fragment);
    }
  }

  #learn(name: string, text: string): void {
    if (text.length < KEY_CHARS || this.#known.has(text)) return;
    this.#known.add(text);
    this.longest = Math.max(this.longest, text.length);
    const key = text.slice(0, KEY_CHARS);
    this.#firsts[hash(text, 0)] = 1;
    const list = this.#byKey.get(key);
    if (list === undefined) this.#byKey.set(key, [{ text, name }]);
    else list.push({ text, name });
  }

  /** Places of secrets in the text, in order, joined where they touch. */
  ranges(text: string): readonly Range[] {
    if (this.longest === 0) return [];
    const found = views(text).flatMap((view) => this.#scan(view));
    return joined(found);
  }

  /** The first place of the text that may still become part of a secret when more text follows. */
  undecidedFrom(text: string): number {
    return Math.min(...views(text).map((view) => view.origin(Math.max(0, view.text.length - this.longest + 1))));
  }

  #scan(view: View): readonly Range[] {
    const found: Range[] = [];
    for (let at = 0; at + KEY_CHARS <= view.text.length; at += 1) {
      if (this.#firsts[hash(view.text, at)] === 0) continue;
      const candidates = this.#byKey.get(view.text.slice(at, at + KEY_CHARS));
      let best: Spelling | undefined;
      for (const each of candidates ?? []) {
        if (each.text.length > (best?.text.length ?? 0) && view.text.startsWith(each.text, at)) best = each;
      }
      if (best !== undefined) found.push({ from: view.origin(at), to: view.origin(at + best.text.length - 1) + 1, name: best.name });
    }
    return found;
  }
}

function hash(text: string, at: number): number {
  return (text.charCodeAt(at) * 31 + text.charCodeAt(at + 1) * 1031 + text.charCodeAt(at + 2)) & 0xffff;
}

/** A line break with what logs put before the next line: the time, an indentation, a mark. */
const LOG_BREAK = /[\r\n]+(?:\d{4}-\d\d-\d\dT[\d:.]{1,20}Z?)?[ \t]{0,8}(?:[|>#][ \t]?)?/g;

/** A text with some of its characters left out, and where the others stood. */
interface View { readonly text: string; origin(at: number): number }

function views(text: string): readonly View[] {
  const plain = viewWithout(text, /[\r\n]+/g);
  return [
    plain,
    ...(/\\[rn]/.test(text) ? [viewWithout(text, /(?:[\r\n]|\\[rn])+/g)] : []),
    ...(/[\r\n]/.test(text) ? [viewWithout(text, LOG_BREAK)] : []),
  ];
}

function viewWithout(text: string, gaps: RegExp): View {
  const starts: number[] = [];
  const shifts: number[] = [];
  let kept = '';
  let from = 0;
  for (const gap of text.matchAll(gaps)) {
    kept += text.slice(from, gap.index);
    from = gap.index + gap[0].length;
    starts.push(kept.length);
    shifts.push(from - kept.length);
  }
  if (from === 0) return { text, origin: (at) => at };
  kept += text.slice(from);
  return { text: kept, origin: (at) => at + (shifts[lastAtMost(starts, at)] ?? 0) };
}

/** Index of the last number that is not above `limit`, or -1. */
function lastAtMost(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function withoutBreaks(text: string): string {
  return text.replace(/[\r\n]+/g, '');
}

function withoutWrittenBreaks(text: string): string {
  return text.replace(/\\[rn]/g, '');
}

function joined(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from || b.to - a.to)) {
    const last = result.at(-1);
    if (last !== undefined && range.from <= last.to) result[result.length - 1] = { ...last, to: Math.max(last.to, range.to) };
    else result.push(range);
  }
  return result;
}

/**
 * What stands for a secret must not make one itself (a secret may be the word `redacted`), nor together with the text
 * around it: so the result is looked through again, with plainer and plainer marks, and in the end nothing is left.
 */
function replaced(book: SpellingBook, text: string): string {
  const ranges = book.ranges(text);
  if (ranges.length === 0) return text;
  for (const mark of [(name: string) => `[redacted ${name}]`, () => '[***]', () => ' ', () => '\u25a0']) {
    const result = cutOut(text, ranges, mark);
    if (book.ranges(result).length === 0) return result;
  }
  return '';
}

function cutOut(text: string, ranges: readonly Range[], mark: (name: string) => string): string {
  let result = '';
  let from = 0;
  for (const range of ranges) {
    result += text.slice(from, range.from) + mark(range.name);
    from = range.to;
  }
  return result + text.slice(from);
}

/** More than this is not held back: a flood of line breaks must not fill our memory. */
const HELD_CHARS_MAX = 1024 * 1024;

class Stream implements RedactedStream {
  readonly #book: SpellingBook;
  #held = '';

  constructor(book: SpellingBook) {
    this.#book = book;
  }

  push(text: string): string {
    this.#held += text;
    let cut = Math.max(this.#book.undecidedFrom(this.#held), this.#held.length - HELD_CHARS_MAX);
    for (const range of this.#book.ranges(this.#held)) if (range.from < cut && range.to >= cut) cut = range.from;
    const ready = this.#held.slice(0, cut);
    this.#held = this.#held.slice(cut);
    return replaced(this.#book, ready);
  }

  end(): string {
    const rest = replaced(this.#book, this.#held);
    this.#held = '';
    return rest;
  }
}
