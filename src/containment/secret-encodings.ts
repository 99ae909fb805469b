/**
 * The spellings of a secret that we look for. Base64 is cut to the characters that the secret alone decides, so that it
 * is found at any place of a longer encoded text. What is missing: compression, encryption, encodings of encodings
 * (other than JSON in JSON), and spellings that an attacker makes up; redaction keeps accidents out, not a will.
 */
export function spellingsOf(secret: string): ReadonlySet<string> {
  const bytes = Buffer.from(secret, 'utf8');
  const hex = bytes.toString('hex');
  const json = JSON.stringify(secret).slice(1, -1);
  return new Set([
    secret,
    [...secret].reverse().join(''),
    hex, hex.toUpperCase(),
    ...[':', ' ', '-', '\\x', '0x', ', 0x'].flatMap((gap) => [gapped(hex, gap), gapped(hex.toUpperCase(), gap)]),
    json, JSON.stringify(json).slice(1, -1), json.replaceAll('/', '\\/'), asciiOnly(json), asciiOnly(json.replaceAll('/', '\\/')),
    ...base64Spellings(bytes),
    ...percentSpellings(bytes),
    ...htmlSpellings(secret),
    ...shellSpellings(secret),
  ]);
}

function gapped(hex: string, gap: string): string {
  const pairs = hex.match(/../g) ?? [];
  return gap.endsWith('x') && !gap.startsWith(',') ? pairs.map((pair) => gap + pair).join('') : pairs.join(gap);
}

function asciiOnly(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The three alignments, in the standard and the URL alphabet. */
function base64Spellings(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const first = before === 0 ? 0 : before + 1;
    const own = all.toString('base64').slice(first, Math.floor(all.length * 8 / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** RFC 3986, encodeURIComponent, encodeURI, forms (a blank is `+`), a path-keeping form, and every byte; both cases of digits. */
function percentSpellings(bytes: Buffer): readonly string[] {
  const unreserved = '-_.~';
  const kept = [unreserved, `${unreserved}!'()*`, `${unreserved}!'()*;/?:@&=+$,#`, `${unreserved}/`, '*-._'];
  const spell = (keep: string, letters: boolean, blank: string, upper: boolean): string => [...bytes].map((byte) => {
    const char = String.fromCharCode(byte);
    if (byte === 0x20 && blank !== '') return blank;
    if ((letters && /[A-Za-z0-9]/.test(char)) || keep.includes(char)) return char;
    const digits = byte.toString(16).padStart(2, '0');
    return `%${upper ? digits.toUpperCase() : digits}`;
  }).join('');
  return [true, false].flatMap((upper) => [
    ...kept.flatMap((keep) => [spell(keep, true, '', upper), spell(keep, true, '+', upper)]),
    spell('', false, '', upper),
  ]);
}

function htmlSpellings(secret: string): readonly string[] {
  const escape = (table: Readonly<Record<string, string>>): string => secret.replace(/[&<>"'`=/]/g, (char) => table[char] ?? char);
  const base = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  const quoted = { ...base, '"': '&quot;' };
  return [
    base, quoted,
    ...['&#39;', '&#039;', '&#x27;', '&apos;'].map((quote) => ({ ...quoted, "'": quote })),
    { ...base, '"': '&#34;', "'": '&#39;' },
    { ...quoted, "'": '&#39;', '`': '&#x60;', '=': '&#x3D;', '/': '&#x2F;' },
  ].map(escape);
}

function shellSpellings(secret: string): readonly string[] {
  return [
    secret.replaceAll("'", "'\\''"), secret.replaceAll("'", `'"'"'`),
    secret.replace(/["$`\\]/g, '\\$&'),
    secret.replace(/[^A-Za-z0-9_@%+=:,./\n-]/g, '\\$&'),
  ];
}
