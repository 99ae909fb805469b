import { describe, expect, it } from '@jest/globals';
import { complexities, couldExceed, grammarOf } from '../../../src/gates/quality/complexity.js';
import { parse } from '../../../src/gates/tamper/syntax/parse.js';
import { brief, find, judge } from './quality-fixtures.js';

describe('cognitive complexity', () => {
  /** One if, a loop in it, an if in that with two logical operators, another arm and a last one, and one more choice: 1+2+3+1+1+1+1+1. */
  it.each([
    ['a.js', 'function a(x) { if (x) { for (const y of x) { if (y && x || y) { return 1; } else if (z) { return 2; } else { return 3; } } } return x ? 1 : 2; }'],
    ['a.tsx', 'const a = (x: number) => { if (x) { for (const y of x) { if (y && x || y) { return 1; } else if (z) { return 2; } else { return 3; } } } return x ? <a/> : <b/>; };'],
    ['a.py', 'def a(x):\n    if x:\n        for y in x:\n            if y and x or y:\n                return 1\n            elif z:\n                return 2\n            else:\n                return 3\n    return 1 if x else 2\n'],
    ['A.java', 'class K { int a(int x) { if (x > 1) { for (int i = 0; i < x; i++) { if (a && b || c) { return 1; } else if (z) { return 2; } else { return 3; } } } return x > 1 ? 1 : 2; } }'],
    ['A.cs', 'class K { int a(int x) { if (x > 1) { foreach (var i in x) { if (a && b || c) { return 1; } else if (z) { return 2; } else { return 3; } } } return x > 1 ? 1 : 2; } }'],
    ['a.php', '<?php function a($x) { if ($x) { foreach ($x as $y) { if ($y && $x || $y) { return 1; } elseif ($z) { return 2; } else { return 3; } } } return $x ? 1 : 2; }'],
    ['a.kt', 'fun a(x: Int): Int { if (x > 1) { for (i in x) { if (a && b || c) { return 1 } else if (z) { return 2 } else { return 3 } } }; return when (x) { 1 -> 1; else -> 2 } }'],
    ['a.rs', 'fn a(x: i32) -> i32 { if x > 1 { for i in 0..x { if a && b || c { return 1; } else if z { return 2; } else { return 3; } } } match x { 1 => 1, _ => 2 } }'],
    ['a.go', 'package k\nfunc a(x int) int { if x > 1 { for i := 0; i < x; i++ { if a && b || c { return 1 } else if z { return 2 } else { return 3 } } }; switch x { case 1: return 1 }; return 2 }'],
    ['a.rb', 'def a(x)\n  if x\n    while y\n      if y && x || y\n        1\n      elsif z\n        2\n      else\n        3\n      end\n    end\n  end\n  x ? 1 : 2\nend\n'],
  ])('of %s is 11', async (path, text) => {
    const tree = await parse(grammarOf(path) ?? 'javascript', text);
    if (typeof tree === 'string') throw new Error(tree);
    expect(complexities(tree).map(({ name, complexity }) => `${name.split('.').at(-1) ?? ''} ${complexity}`)).toEqual(['a 11']);
  });

  it('counts a function inside of another by itself', async () => {
    const tree = await parse('javascript', 'function outer(x) { if (x) { return () => { if (x) { return 1; } }; } }\nclass K { m() { try { go(); } catch (e) { while (e) e--; } } }');
    if (typeof tree === 'string') throw new Error(tree);
    expect(complexities(tree).map(({ name, complexity }) => `${name} ${complexity}`)).toEqual(['outer 1', 'outer.(anonymous) 1', 'm 3']);
  });

  it('needs no parser where too few breaks stand', () => {
    expect([couldExceed('if (a) if (b) if (c) if (d) if (e) x;', 15), couldExceed('if (a) if (b) if (c) if (d) if (e) if (f) x;', 15)]).toEqual([false, true]);
  });
});

const nest = (depth: number): string => `export function deep(x) {\n${Array.from({ length: depth }, (_, at) => `${' '.repeat(at)}if (x > ${at}) {\n`).join('')}return x;\n${'}\n'.repeat(depth)}}\n`;

describe('the complexity of a change', () => {
  const run = async (base: Readonly<Record<string, string>>, candidate: Readonly<Record<string, string>>, config: object = {}) => brief(find(await judge(base, candidate, { quality: { complexity: { effect: 'hold', ...config } } }), 'complexity'));

  it.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, object, string]>([
    ['a new function', {}, { 'a.js': nest(6) }, {}, 'hold: more complex than gates.quality.complexity.max (15): a.js:1 deep 21'],
    ['one that rose', { 'a.js': nest(6) }, { 'a.js': nest(7) }, {}, 'hold: more complex than gates.quality.complexity.max (15): a.js:1 deep 21 -> 28'],
    ['one that fell', { 'a.js': nest(7) }, { 'a.js': nest(6).replace('return x', 'if (y) return y;\nreturn x') }, {}, 'allow: no function became more complex than 15'],
    ['one below the bound', {}, { 'a.js': nest(5) }, {}, 'allow: no function became more complex than 15'],
    ['a test', {}, { 'a.test.js': nest(9) }, {}, 'allow: no function got a new branch'],
    ['by wish', {}, { 'a.js': nest(6) }, { effect: 'note' }, 'allow: more complex than gates.quality.complexity.max (15): a.js:1 deep 21'],
  ])('%s', async (_what, base, candidate, config, expected) => {
    expect(await run(base, candidate, config)).toBe(expected);
  });
});
