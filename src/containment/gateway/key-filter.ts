/** Takes the credentials out of everything a provider sends back. */
export interface KeyFilter {
  bytes(line: Buffer): Buffer;
  text(text: string): string;
  /** A secret that was fetched on the way, such as a token of a cloud. */
  learn(secret: string): void;
}

const REPLACEMENT = '[redacted]';
/** Shorter pieces of an encoding would be found in innocent text. */
const ENCODED_CHARS_MIN = 12;

/**
 * Replaces secrets in bytes and texts: plain, as they stand in JSON and in addresses, in hexadecimal, and in base64 at any
 * offset. Bytes come as whole lines, and no form holds a line feed, so a secret can never be split between two of them.
 */
export function createKeyFilter(key: string | undefined): KeyFilter {
  let forms: readonly string[] = [];
  let needles: readonly Buffer[] = [];
  const learn = (secret: string): void => {
    if (secret === '') return;
    // Longer forms first, or a short one inside of them would leave the rest standing.
    forms = [...new Set([...forms, ...formsOf(secret)])].sort((a, b) => b.length - a.length);
    needles = forms.map((form) => Buffer.from(form));
  };
  const text = (value: string): string => forms.reduce((rest, form) => (rest.includes(form) ? rest.replaceAll(form, REPLACEMENT) : rest), value);
  if (key !== undefined) learn(key);
  return {
    text, learn,
    bytes: (line) => (needles.some((needle) => line.includes(needle)) ? Buffer.from(text(line.toString('latin1')), 'latin1') : line),
  };
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const encoded = [
    encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), hex, hex.toUpperCase(), bytes.toString('base64'),
    ...[0, 1, 2].flatMap((offset) => {
      const text = inside(bytes, offset);
      return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
    }),
  ].filter((form) => form.length >= ENCODED_CHARS_MIN);
  return [secret, ...encoded];
}

/** The characters of base64 that stand for these bytes alone when they begin at this offset of a group of three. */
function inside(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').replace(/=+$/, '');
  const whole = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
  return text.slice(offset === 0 ? 0 : offset + 1, whole);
}
