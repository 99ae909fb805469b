import picomatch from 'picomatch';
import { err, ok, type Result } from './result.js';
import { canonicalPath } from './canonical-path.js';

/** More wildcards than this in one pattern could make matching slow on a hostile path. */
const WILDCARDS_MAX = 12;
const PATTERN_CHARS_MAX = 500;

/**
 * A matcher for the globs of the configuration. `guard` matches without regard to case and look-alikes (for denying
 * and holding); `exact` matches the path as it is. A pattern that is too complex is an error, never ignored.
 */
export function globMatcher(patterns: readonly string[], mode: 'guard' | 'exact'): Result<(path: string) => boolean, string> {
  const bad = patterns.find((pattern) => pattern.length > PATTERN_CHARS_MAX || (pattern.match(/[*?[{]/g) ?? []).length > WILDCARDS_MAX);
  if (bad !== undefined) return err(`the pattern '${bad.slice(0, 80)}' has more than ${WILDCARDS_MAX} wildcards or ${PATTERN_CHARS_MAX} characters; split it`);
  if (patterns.length === 0) return ok(() => false);
  const options = { dot: true, noextglob: true, nonegate: true, nocase: mode === 'guard' };
  // A pattern that names a folder means all that is in it, with or without a slash at its end.
  const matches = picomatch(patterns.flatMap((pattern) => [pattern.replace(/\/+$/, ''), `${pattern.replace(/\/+$/, '')}/**`]), options);
  return ok((path) => matches(path) || (mode === 'guard' && matches(canonicalPath(path))));
}
