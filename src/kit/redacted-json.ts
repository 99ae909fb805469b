/**
 * A copy of plain data with every string redacted, member names too unless they are plain words as ours are. Not done on the JSON text: a secret of digits would be cut
 * out of a number, and one that begins like an escape (`n…` after a written line end) out of the middle of it; either
 * leaves text that nobody can parse again.
 */
export function redactedJson(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item: unknown) => redactedJson(item, redact));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [OWN_NAME.test(key) ? key : redact(key), redactedJson(member, redact)]));
}

/** A placeholder key like `summary` must not rename a member; a real key has digits. */
const OWN_NAME = /^[A-Za-z._]{1,40}$/;
