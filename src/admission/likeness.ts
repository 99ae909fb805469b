/**
 * How alike two tickets are, without keeping their words: 64 numbers of 16 bits for each (MinHash: Broder 1997, «On the
 * resemblance and containment of documents»), of which the share that agree estimates the share of features in common.
 * A feature is a word, or two words that follow one another; those of the title count once more. Undefined for a text with too
 * few words to say anything. Pure, and linear in the text.
 */
export function likenessOf(text: TicketText): number[] | undefined {
  const features = featuresOf(text);
  if (features.size < FEATURES_MIN) return undefined;
  const mins = new Uint32Array(NUMBERS).fill(0xffff_ffff);
  for (const feature of features) {
    const hash = fnv(feature);
    for (let at = 0; at < NUMBERS; at += 1) {
      const value = mixed(hash, at);
      if (value < (mins[at] ?? 0)) mins[at] = value;
    }
  }
  return [...mins].map((value) => value >>> 16);
}

export interface TicketText { readonly title: string; readonly body: string }

/** 0 = nothing in common, 1 = the same words. The error is 0.06 at most (one standard deviation). */
export function alike(a: readonly number[], b: readonly number[]): number {
  if (a.length !== NUMBERS || b.length !== NUMBERS) return 0;
  return a.filter((value, at) => value === b[at]).length / NUMBERS;
}

/** The longest words that two texts share, to show a person why they were taken for the same. */
export function sharedWords(a: TicketText, b: TicketText, max: number): string[] {
  const other = new Set([...wordsOf(b.title), ...wordsOf(b.body)]);
  const shared = new Set([...wordsOf(a.title), ...wordsOf(a.body)].filter((word) => other.has(word)));
  return [...shared].sort((left, right) => right.length - left.length || (left < right ? -1 : 1)).slice(0, max);
}

const NUMBERS = 64;
const FEATURES_MIN = 6;
const CHARS_MAX = 20_000;
const WORD_CHARS_MAX = 40;

function featuresOf({ title, body }: TicketText): ReadonlySet<string> {
  const named = wordsOf(title);
  const said = wordsOf(body);
  return new Set([...named, ...pairs(named), ...[...named, ...pairs(named)].map((one) => `title ${one}`), ...said, ...pairs(said)]);
}

function pairs(words: readonly string[]): string[] {
  return words.slice(1).map((word, at) => `${words[at] ?? ''} ${word}`);
}

/** Headings belong to the form that every ticket of a repository is written in, so they say nothing about this one. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const line of text.slice(0, CHARS_MAX).normalize('NFKC').toLowerCase().split('\n')) {
    const plain = line.trim();
    if (plain.startsWith('#') || (plain.startsWith('**') && plain.endsWith('**'))) continue;
    for (const word of plain.match(/[\p{L}\p{N}_]+/gu) ?? []) {
      const bare = stem(word.slice(0, WORD_CHARS_MAX));
      if (bare.length > 1 && !EMPTY_WORDS.has(bare)) words.push(bare);
    }
  }
  return words;
}

/** Only what English adds without a change of meaning: totals, rounded, rounding. */
function stem(word: string): string {
  if (word.length > 5 && word.endsWith('ing')) return word.slice(0, -3);
  if (word.length > 4 && word.endsWith('ed')) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1);
  return word;
}

const EMPTY_WORDS = new Set((
  'an and are as at be been but by can cannot could did do doe for from had has have he her his how if in into is it its just may me might must my no not of on '
  + 'one or our out please should so some still such than that the their them then there these they thi those to too up us use was we were what when where which while who why will with would you your'
).split(' '));

/** FNV-1a, 32 bits, over UTF-16 units. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** One of 64 scramblings of a hash: the finaliser of MurmurHash3 after a constant of its own. */
function mixed(hash: number, which: number): number {
  let value = hash ^ Math.imul(which + 1, 0x9e3779b1);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
