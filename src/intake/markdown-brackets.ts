import type { Meter } from './meter.js';

/** Facts about a whole text that are found in one walk, so that no construct has to look ahead on its own. */
export interface Brackets {
  /** For an opening square bracket or round one: the index of its partner in the same paragraph; -1 = none. */
  partner(open: number): number;
  /** A closing square bracket that has an opening one in its paragraph. */
  isPartner(close: number): boolean;
  /** The next index of `char` at or after `from` and before the next blank line; -1 = none. Only for the characters below. */
  next(char: '>' | '"' | '\'' | ')', from: number): number;
  /** The end of the paragraph that holds `from`: the index of the blank line's first character, or the text's length. */
  paragraphEnd(from: number): number;
  /** The label is defined by a line of the text. Labels are compared as Markdown does: case and white space do not count. */
  defines(label: string): boolean;
  uses(label: string): boolean;
}

export const LABEL_CHARS_MAX = 999;

export function labelOf(text: string): string {
  return text.trim().toLowerCase().replaceAll(/[ \t\n]+/g, ' ');
}

/** One walk with two stacks; stacks are emptied at blank lines, because no inline construct crosses one. Linear. */
export function findBrackets(text: string, meter: Meter): Brackets {
  meter.steps += 2 * text.length;
  // Arrays by place: a hash table of 20,000 brackets took most of the time of the worst texts.
  const partners = new Int32Array(text.length).fill(-1);
  const closing = new Uint8Array(text.length);
  const defined = new Set<string>();
  const used = new Set<string>();
  const blanks = blankLines(text);
  let square: { at: number; leaf: boolean }[] = [];
  let round: number[] = [];
  let blank = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (index === blanks[blank]) {
      blank += 1;
      square = [];
      round = [];
    }
    const char = text[index];
    if (char === '\\') index += text[index + 1] === '\n' ? 0 : 1;
    else if (char === '[') {
      const outer = square.at(-1);
      if (outer !== undefined) outer.leaf = false;
      square.push({ at: index, leaf: true });
    } else if (char === '(') round.push(index);
    else if (char === ')') {
      const open = round.pop();
      if (open !== undefined) partners[open] = index;
    } else if (char === ']') {
      const open = square.pop();
      if (open === undefined) continue;
      partners[open.at] = index;
      closing[index] = 1;
      if (!open.leaf || index - open.at > LABEL_CHARS_MAX) continue;
      const label = labelOf(text.slice(open.at + 1, index));
      if (text[index + 1] === ':' && startsLine(text, open.at)) defined.add(label);
      else used.add(label);
    }
  }
  return {
    partner: (open) => partners[open] ?? -1,
    isPartner: (close) => closing[close] === 1,
    next: nextFinder(text, blanks, meter),
    paragraphEnd: endFinder(blanks, text.length),
    defines: (label) => defined.has(label),
    uses: (label) => used.has(label),
  };
}

/** Only white space and marks of quotes and lists stand before it on its line. Looks back 40 characters at most. */
function startsLine(text: string, at: number): boolean {
  for (let index = at - 1; index >= 0 && index >= at - 40; index -= 1) {
    const char = text[index] ?? '';
    if (char === '\n') return true;
    if (!' \t>-*+.)0123456789'.includes(char)) return false;
  }
  return at <= 40;
}

/** Indices of the line feeds that end a line after which a blank one comes (or of a blank first line). */
function blankLines(text: string): readonly number[] {
  const found: number[] = [];
  let blank = true;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '\n') {
      if (blank) found.push(start);
      blank = true;
      start = index + 1;
    } else if (char !== ' ' && char !== '\t') blank = false;
  }
  return found;
}

/**
 * The places of each character are listed once, then looked up. A remembered last answer would not do: nested images ask
 * from right to left, and each would walk to the end of the text.
 */
function nextFinder(text: string, blanks: readonly number[], meter: Meter): Brackets['next'] {
  const end = endFinder(blanks, text.length);
  const known = new Map<string, readonly number[]>();
  const placesOf = (char: string): readonly number[] => {
    const list = known.get(char) ?? placesIn(text, char);
    if (!known.has(char)) meter.steps += text.length;
    known.set(char, list);
    return list;
  };
  return (char, from) => {
    const places = placesOf(char);
    const found = places[firstAtLeast(places, from)] ?? -1;
    meter.steps += 1;
    return found !== -1 && found < end(from) ? found : -1;
  };
}

function placesIn(text: string, char: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) places.push(at);
  return places;
}

function endFinder(blanks: readonly number[], length: number): (from: number) => number {
  return (from) => blanks[firstAtLeast(blanks, from)] ?? length;
}

/** The index of the first number that is not below `least`; the length when there is none. */
function firstAtLeast(sorted: readonly number[], least: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) >= least) high = middle;
    else low = middle + 1;
  }
  return low;
}
