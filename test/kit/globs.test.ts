import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { canonicalPath } from '../../src/kit/canonical-path.js';
import { globMatcher } from '../../src/kit/globs.js';
import { wordMatcher } from '../../src/kit/word-pattern.js';

/** The meaning, as plainly as it can be said: the pattern, or all that is below it. */
const plainly = (pattern: string, path: string): boolean => picomatch([pattern, `${pattern}/**`], { dot: true, noextglob: true, nonegate: true })(path);
const matches = (pattern: string, path: string, mode: 'guard' | 'exact'): boolean => {
  const matcher = globMatcher([pattern], mode);
  if (!matcher.ok) throw new Error(matcher.error);
  return matcher.value(path);
};
const part = fc.constantFrom('a', 'b', 'ab', '*', '**', 'a*', '*.ts', 'a?', '[ab]', '{a,b}', '.x', 'x.ts', 'A', '*b*', '(a)', 'a+b', '!a', '@a');
const name = fc.constantFrom('a', 'b', 'ab', 'x.ts', '.x', 'A', 'abb', 'a.ts', '(a)', 'a+b', '!a', '@a', 'é');

describe('globMatcher', () => {
  it('means what the library means by the pattern and by all below it, only sooner', () => {
    fc.assert(fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.array(name, { minLength: 1, maxLength: 5 }), (parts, names) => {
      const [pattern, path] = [parts.join('/'), names.join('/')];
      expect([pattern, path, matches(pattern, path, 'exact')]).toEqual([pattern, path, plainly(pattern, path)]);
      const folded = plainly(pattern.toLowerCase(), path.toLowerCase()) || plainly(pattern.toLowerCase(), canonicalPath(path));
      expect([pattern, path, matches(pattern, path, 'guard')]).toEqual([pattern, path, folded]);
    }), { numRuns: 3000 });
  });

  it('spells a plain path as the long way round does', () => {
    const visible = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 12 });
    fc.assert(fc.property(visible, (path) => {
      // An ignored character in front makes the short way unfit.
      expect(canonicalPath(path)).toBe(canonicalPath(`\u200b${path}`));
    }), { numRuns: 3000 });
  });
});

describe('wordMatcher', () => {
  it.each([
    ['area/*', 'area/web', true], ['area/*', 'areaweb', false], ['*', '', true], ['a*a', 'a', false], ['a*a', 'aa', true], ['*x*y*', 'axbyc', true], ['*x*y*', 'aybxc', false], ['Bug', 'bug', true], ['a.c', 'abc', false], ['a*b*c', 'abcbc', true],
  ])('%s and %s: %s', (pattern, word, expected) => {
    expect(wordMatcher([pattern], { nocase: true })(word)).toBe(expected);
  });

  it('does not grow beyond the length of pattern and word', () => {
    expect(wordMatcher([`${'*a'.repeat(100)}b`], { nocase: false })('a'.repeat(50_000))).toBe(false);
  });
});
