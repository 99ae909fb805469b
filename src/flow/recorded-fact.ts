import type { z } from 'zod';
import { redactedJson } from '../kit/redacted-json.js';
import { wellFormed } from '../kit/canonical-json.js';
import { RunFact } from './event.js';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * The fact as the trail may hold it. A secret that happens to be one of our own closed words or part of a digest (a placeholder
 * key like `github`, a key of six digits) must not stop a run: such a member holds nothing foreign, so it stays as it
 * was. Free text is never put back; it is cut when its redacted form is too long for its place.
 */
export function recordedFact(raw: RunFact, redact: (text: string) => string): RunFact {
  const before = JSON.parse(JSON.stringify(raw)) as Json;
  const after = wellFormed(redactedJson(before, redact)) as Json;
  // A mended discriminator shows what is wrong below it, so more than one look can be needed.
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    const parsed = RunFact.safeParse(after);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) mend(issue, before, after);
  }
  return RunFact.parse(after);
}

const DEPTH_MAX = 8;

function mend(issue: z.core.$ZodIssue, before: Json, after: Json): void {
  const path = issue.path.map(String);
  const key = path.pop();
  const [from, to] = [memberAt(before, path), memberAt(after, path)];
  if (key === undefined || !isObject(from) || !isObject(to)) return;
  const [old, now] = [from[key], to[key]];
  if (issue.code === 'too_big' && typeof now === 'string') to[key] = now.slice(0, Number(issue.maximum));
  else if (CLOSED.has(issue.code) && typeof old === 'string') to[key] = old;
}

/** A pattern, an enumeration, a discriminator: the schema alone says what can stand there. */
const CLOSED: ReadonlySet<string> = new Set(['invalid_format', 'invalid_value', 'invalid_union']);

function memberAt(value: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((at, key) => (isObject(at) ? at[key] : undefined), value);
}

/** Arrays count: their places are members named by numbers. */
function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}
