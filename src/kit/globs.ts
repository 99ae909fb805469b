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
  const plain = mode === 'guard' ? pattern.replace(/\/+$/, '').toLowerCase() : pattern.replace(/\/+$/, '');
  // A plain name needs no expression at all.
  if (!SPECIAL.test(plain)) {
    const below = `${plain}/`;
    const is = (path: string): boolean => path === plain || path.startsWith(below);
    return mode === 'exact' ? ({ path }) => is(path) : ({ lower, canonical }) => is(lower) || (canonical !== undefined && is(canonical));
  }
  const matches = withAllBelow(plain);
  // Most pairs of a pattern and a path differ in their plain letters, and telling that needs no expression.
  const start = literalStart(plain);
  const inside = literalInside(plain);
  // The library takes a path that is written as the pattern is for a match as well: `(group)/page.tsx` is a name that people use.
  const test = (path: string): boolean => path === plain || (path.startsWith(start) && path.includes(inside) && matches.test(path));
  if (mode === 'exact') return ({ path }) => test(path);
  return ({ lower, canonical }) => test(lower) || (canonical !== undefined && test(canonical));
}

/** The expression of a glob, for the path itself and for everything below it. */
function withAllBelow(plain: string): RegExp {
  const { source } = picomatch.makeRe(plain, { dot: true, noextglob: true, nonegate: true });
  const inner = /^\^(?:\(\?:)(.*)(?:\))\$$/s.exec(source)?.[1];
  if (inner !== undefined && !inner.startsWith('^')) return new RegExp(`^(?:${inner})(?:\\/.*)?$`, 's');
  // A form that the library may come to write: both expressions beside one another mean the same.
  const below = picomatch.makeRe(`${plain}/**`, { dot: true, noextglob: true, nonegate: true });
  return new RegExp(`${source}|${below.source}`);
}

/** What every matching path begins with. A leading `./` is taken off by the matcher, so such a pattern has none. */
function literalStart(pattern: string): string {
  if (pattern.startsWith('./')) return '';
  const end = pattern.search(SPECIAL);
  return (end < 0 ? pattern : pattern.slice(0, end)).replace(/\/+$/, '');
}

/** The longest text that every matching path holds. Two stars may stand for no folder at all, so a slash is never part of it. */
function literalInside(pattern: string): string {
  if (/[[\]{}()!+@|\\]/.test(pattern)) return '';
  return pattern.split(/[*?/]+/).filter((piece) => piece !== '.').reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '');
}

const SPECIAL = /[*?[\]{}()!+@|\\]/;
