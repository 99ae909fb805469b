import canonicalize from 'canonicalize';

/** Plain JSON data. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * The canonical text of a JSON value (RFC 8785): members sorted by UTF-16 code units, no white space. Two equal values
 * have one text, so a digest of it names the value. Members that are `undefined` are left out. Lone surrogates, which
 * foreign text may hold and RFC 8785 cannot carry, become U+FFFD.
 *
 * @throws TypeError for a value that JSON cannot carry; that is a bug of the caller, never bad input.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalText(value);
  if (text === undefined) throw new TypeError('a value that JSON cannot carry was given to canonicalJson');
  return text;
}

/** A copy of plain data in which every string, also member names, is well-formed Unicode. */
export function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return wellFormedText(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => wellFormed(item)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [wellFormedText(key), wellFormed(member as unknown)])) as T;
}

/** Encoding to UTF-8 is what replaces lone surrogates. */
function wellFormedText(text: string): string {
  return LONE_SURROGATE.test(text) ? Buffer.from(text, 'utf8').toString('utf8') : text;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function canonicalText(value: unknown): string | undefined {
  try {
    return canonicalize(value);
  } catch {
    // The library refuses lone surrogates; foreign text holds them often enough. Anything else fails again and is a bug.
    return canonicalize(wellFormed(value));
  }
}
