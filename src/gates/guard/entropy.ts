import { isPlaceholder } from './secret-patterns.js';

/** A name that promises a secret, then `=`, `:` or `=>`, then a quoted value or (in files of settings) a bare one. */
const ASSIGNED = /(?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?secret|auth(?:orization)?|credential|signing[-_]?key|encryption[-_]?key)s?["'\]]{0,2}\s{0,4}(?::=|=>|[:=])\s{0,4}(?:["'`]([^"'`\s]{8,400})["'`]|([^\s"'`#;,(){}[\]]{12,400}))/gi;

/**
 * Places of values that look random under a name that promises a secret. Offsets of the value in the text. A bare word counts
 * only with digits and letters of both kinds in it: code assigns names to names all the time.
 */
export function randomValues(text: string): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const match of text.matchAll(ASSIGNED)) {
    const [whole, quoted, bare] = match;
    const value = quoted ?? bare ?? '';
    if (isPlaceholder(value) || !looksRandom(value, quoted === undefined)) continue;
    const from = match.index + whole.lastIndexOf(value);
    found.push({ from, to: from + value.length });
  }
  return found;
}

/** Bits per character that text of a language, a path or an identifier does not reach at this length. */
const BITS_MIN = { short: 3.2, long: 3.7 };
const LONG = 24;

function looksRandom(value: string, bare: boolean): boolean {
  if (/^(?:https?:\/\/|\.{0,2}\/|[A-Za-z]:\\)/.test(value) || value.includes('${') || value.includes('{{')) return false;
  // A name, a path of names, a sentence: words with separators, no mixture inside of a word.
  if (/^[A-Za-z]+(?:[._\-/ ][A-Za-z]+)*\d{0,3}$/.test(value) && !/[a-z][A-Z].*[a-z][A-Z].*[a-z][A-Z]/.test(value)) return false;
  if (/^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+(?:\(\))?$/.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(value)).length;
  if (kinds < (bare ? 3 : 2)) return false;
  return bitsPerCharacter(value) >= (value.length >= LONG ? BITS_MIN.long : BITS_MIN.short) || /^[0-9a-f]{32,}$/i.test(value);
}

/** Shannon entropy of the characters, in bits for each. */
export function bitsPerCharacter(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
