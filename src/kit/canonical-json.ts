import canonicalize from 'canonicalize';

/** Plain JSON data. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * The canonical text of a JSON value (RFC 8785): members sorted by UTF-16 code units, no white space. Two equal values
 * have one text, so a digest of it names the value. Members that are `undefined` are left out.
 *
 * @throws TypeError for a value that JSON cannot carry; that is a bug of the caller, never bad input.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a value that JSON cannot carry was given to canonicalJson');
  return text;
}
