import { createHash } from 'node:crypto';
import { canonicalJson } from '../kit/canonical-json.js';
import { Digest } from './ids.js';

/** The SHA-256 digest of bytes or of UTF-8 text, with its algorithm in front. */
export function digestOf(content: string | Uint8Array): Digest {
  return Digest.parse(`sha256:${createHash('sha256').update(content).digest('hex')}`);
}

/** The digest of a JSON value: SHA-256 over its RFC 8785 form, so that key order and white space never matter. */
export function digestOfJson(value: unknown): Digest {
  return digestOf(canonicalJson(value));
}
