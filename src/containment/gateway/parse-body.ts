import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { isJsonObject } from './json-object.js';
import type { JsonObject } from './json-object.js';
import { refusal } from './refusal.js';
import type { Refusal } from './refusal.js';

const DEPTH_MAX = 200;

/** The bytes of a request as one JSON object of bounded depth. Of members written twice the last is kept, as JSON.parse does. */
export function parseBody(bytes: Uint8Array): Result<JsonObject, Refusal> {
  const broken = (what: string): Result<JsonObject, Refusal> => err(refusal(400, 'body', `the request body ${what}.`));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return broken('is not UTF-8');
  }
  // A deep value would exhaust the stack of whoever walks it later.
  if (deeperThan(text, DEPTH_MAX)) return broken(`is nested deeper than ${DEPTH_MAX} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return broken('is not JSON');
  }
  return isJsonObject(value) ? ok(value) : broken('is not a JSON object');
}

/** One pass over the text: brackets outside of strings. On text that is no JSON the answer may be wrong, and is not used. */
function deeperThan(text: string, max: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 92) at += 1;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123 || code === 91) {
      depth += 1;
      if (depth > max) return true;
    } else if (code === 125 || code === 93) depth -= 1;
  }
  return false;
}
