import picomatch from 'picomatch';
import { canonicalPath } from './canonical-path.js';
import { tooComplex } from './glob-limits.js';
import { err, ok, type Result } from './result.js';

/** A path in the spellings that a guard looks at; made once for each path, since folding look-alikes is the dear part. */
export interface SpelledPath {
  readonly path: string;
  readonly lower: string;
  /** The one spelling for all look-alikes; undefined when it is the path itself but for its case. */
  readonly canonical: string | undefined;
}

export type GlobMode = 'guard' | 'exact';

/**
 * A matcher for the globs of the configuration. `guard` matches without regard to case and look-alikes (for denying
 * and holding); `exact` matches the path as it is. A pattern that is too complex is an error, never ignored.
 */
export function globMatcher(patterns: readonly string[], mode: GlobMode): Result<(path: string) => boolean, string> {
  const matcher = spelledMatcher(patterns, mode);
  return matcher.ok ? ok((path) => matcher.value(spelled(path))) : matcher;
}

export function spelled(path: string): SpelledPath {
  const canonical = canonicalPath(path);
  const lower = path.toLowerCase();
  return { path, lower, canonical: canonical === lower ? undefined : canonical };
}

/** The same for paths whose spellings are known: many rules over many files. */
export function spelledMatcher(patterns: readonly string[], mode: GlobMode): Result<(path: SpelledPath) => boolean, string> {
  const bad = patterns.map(tooComplex).find((why) => why !== undefined);
  if (bad !== undefined) return err(bad);
  const tests = patterns.map((pattern) => one(pattern, mode));
  return ok((path) => tests.some((test) => test(path)));
}

/** A pattern that names a folder means all that is in it, with or without a slash at its end. */
function one(pattern: string, mode: GlobMode): (path: SpelledPath) => boolean {
  const plain = pattern.replace(/\/+$/, '');
  const options = { dot: true, noextglob: true, nonegate: true, nocase: mode === 'guard' };
  const matches = picomatch([plain, `${plain}/**`], options);
  // Most pairs of a pattern and a path differ before the first wildcard, and telling that needs no expression.
  const start = literalStart(plain);
  if (mode === 'exact') return ({ path }) => path.startsWith(start) && matches(path);
  const lower = start.toLowerCase();
  return ({ path, lower: folded, canonical }) => (folded.startsWith(lower) && matches(path)) || (canonical !== undefined && matches(canonical));
}

/** What every matching path begins with. A leading `./` is taken off by the matcher, so such a pattern has none. */
function literalStart(pattern: string): string {
  if (pattern.startsWith('./')) return '';
  const end = pattern.search(/[*?[\]{}()!+@|\\]/);
  return end < 0 ? pattern : pattern.slice(0, end);
}
