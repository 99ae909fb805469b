/**
 * One spelling for all paths that some system could take for the same file, or a reader for the same name. Used to
 * MATCH protected names only, never to open or show a path. It may join names that differ: a false alarm costs a
 * question, a miss costs the guard.
 *
 * Covered: case; Unicode compatibility forms (full width, ligatures, long s, Kelvin); accents; Cyrillic, Greek and
 * other look-alikes; characters that HFS+ and readers ignore; trailing dots and spaces, alternate streams and
 * backslashes (Windows); `.` and empty parts.
 */
export function canonicalPath(path: string): string {
  if (PLAIN.test(path) && !ODD.test(path)) return path.toLowerCase();
  const folded = path.normalize('NFKC').replace(IGNORABLE, '').normalize('NFKD').replace(/\p{M}/gu, '');
  const plain = [...folded].map((character) => LOOK_ALIKE.get(character) ?? character).join('').toLowerCase();
  const lower = [...plain].map((character) => LOOK_ALIKE.get(character) ?? character).join('');
  return lower.replaceAll('\\', '/').split('/').map(part).filter((name) => name !== '').join('/');
}

/** Nearly every path: visible ASCII without blanks, colons and backslashes, and no part that is empty or ends in a dot. */
const PLAIN = /^[!-9;-[\]-~]+$/;
const ODD = /\.\/|\/\/|^\/|[./]$/;

/** The characters of `Default_Ignorable_Code_Point`, controls and every white space but the plain one. */
const IGNORABLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2028\u2029]/gu;

function part(name: string): string {
  const stream = name.indexOf(':');
  const bare = stream > 0 ? name.slice(0, stream) : name;
  let end = bare.length;
  while (end > 0 && (bare[end - 1] === '.' || bare[end - 1] === ' ')) end -= 1;
  return bare.slice(0, end).trimStart();
}

/** Letters of other scripts that look like a Latin letter, a digit or a mark of the protected names (Unicode TR39, confusables). */
const LOOK_ALIKE: ReadonlyMap<string, string> = new Map(Object.entries({
  а: 'a', ɑ: 'a', α: 'a', в: 'b', Ь: 'b', ь: 'b', β: 'b', с: 'c', ϲ: 'c', ⅽ: 'c', ԁ: 'd', ɗ: 'd', е: 'e', є: 'e', ε: 'e', ҽ: 'e', ƒ: 'f', ɡ: 'g', ց: 'g', һ: 'h', н: 'h', Η: 'h', ո: 'n',
  і: 'i', ı: 'i', ɩ: 'i', ι: 'i', ӏ: 'l', Ι: 'i', І: 'i', ј: 'j', к: 'k', κ: 'k', ⅼ: 'l', ǀ: 'l', м: 'm', Μ: 'm', п: 'n', η: 'n', о: 'o', ο: 'o', օ: 'o', σ: 'o', ө: 'o', р: 'p', ρ: 'p', ԛ: 'q', ѕ: 's', ꜱ: 's', ʂ: 's',
  г: 'r', ʀ: 'r', т: 't', τ: 't', ʋ: 'u', υ: 'u', ս: 'u', ц: 'u', ν: 'v', ѵ: 'v', ѡ: 'w', ԝ: 'w', ω: 'w', х: 'x', χ: 'x', у: 'y', γ: 'y', ү: 'y', ʏ: 'y', ᴢ: 'z', ζ: 'z', ø: 'o', ł: 'l', đ: 'd', ħ: 'h', ŧ: 't',
  ɢ: 'g', ɪ: 'i', ᴛ: 't', ʙ: 'b', ʜ: 'h', ʟ: 'l', ɴ: 'n', ᴀ: 'a', ᴄ: 'c', ᴅ: 'd', ᴇ: 'e', ᴍ: 'm', ᴏ: 'o', ᴘ: 'p', ᴜ: 'u', ᴠ: 'v', ᴡ: 'w',
  '‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-', '―': '-', '−': '-', '⁃': '-', '˗': '-', '․': '.', '。': '.', '٠': '.', '۰': '.', '·': '.', '‧': '.', '∕': '/', '⁄': '/', '⧸': '/', '＿': '_', '∶': ':', 'ː': ':', '꞉': ':', '∼': '~',
}));
