/**
 * The pieces of a key that give it away, in the encodings in which pieces are usually seen: any twelve characters in a
 * row. Only for values that look random: pieces of a pass phrase, an address or a PEM frame are ordinary words, which
 * would be blanked everywhere. What comes before the random part (`sk-ant-api03-`) tells nothing and is left alone.
 */
export function fragmentsOf(secret: string): ReadonlySet<string> {
  const fragments = new Set<string>();
  if (secret.length < SECRET_CHARS_MIN || secret.length > SECRET_CHARS_MAX || !looksRandom(secret)) return fragments;
  const own = secret.slice(Math.max(0, knownPrefix(secret) - PREFIX_KEPT));
  const bytes = Buffer.from(own, 'utf8');
  const hex = bytes.toString('hex');
  const cut = (text: string, window: number, step = 1): void => {
    for (let at = 0; at + window <= text.length; at += step) fragments.add(text.slice(at, at + window));
  };
  for (const text of [own, [...own].reverse().join(''), JSON.stringify(own).slice(1, -1), encodeURIComponent(own)]) cut(text, WINDOW);
  for (const text of [hex, hex.toUpperCase()]) cut(text, 2 * WINDOW, 2);
  for (const before of [0, 1, 2]) {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const text = all.toString('base64').slice(before === 0 ? 0 : before + 1, Math.floor(all.length * 8 / 6));
    cut(text, WINDOW);
    cut(text.replaceAll('+', '-').replaceAll('/', '_'), WINDOW);
  }
  return fragments;
}

const WINDOW = 12;
/** Of a shorter value twelve characters are nearly all of it, and it may be a word. */
const SECRET_CHARS_MIN = 20;
/** Longer values are documents; their lines are secrets of their own. */
const SECRET_CHARS_MAX = 4096;
/** Characters of the known part that a piece may begin with: eight of its twelve are random then. */
const PREFIX_KEPT = 4;

/** True when words make up less than half of it, and nothing in it belongs to text or addresses. */
function looksRandom(secret: string): boolean {
  if (/\s|:\/\//.test(secret) || new Set(secret).size < 8) return false;
  let inWords = 0;
  for (const [run] of secret.slice(knownPrefix(secret)).matchAll(/[A-Z]?[a-z]{3,}|[A-Z]{4,}/g)) if (isPronounceable(run)) inWords += run.length;
  return inWords * 2 < secret.length - knownPrefix(secret);
}

function isPronounceable(run: string): boolean {
  const vowels = run.replace(/[^aeiouy]/gi, '').length;
  return vowels * 4 >= run.length && !/[^aeiouy]{4}/i.test(run);
}

/** The length of what all keys of one kind begin with: small words and numbers, each with its mark behind it. */
function knownPrefix(secret: string): number {
  return /^(?:[a-z]{2,10}[0-9]{0,2}[-_]){1,4}/.exec(secret)?.[0].length ?? 0;
}
