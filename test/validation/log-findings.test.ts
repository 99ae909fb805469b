import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exitFinding, logFindings } from '../../src/validation/log-findings.js';
import type { PathFrame } from '../../src/validation/repository-path.js';

const FRAME: PathFrame = { roots: ['/box/work'], workdir: '' };
/** Logs of the real tools (eslint, rubocop, vitest and maven: their documented formats), the checkout at /box/work. */
const log = (name: string): string => readFileSync(join(process.cwd(), 'test/validation/logs', `${name}.log`), 'utf8');
const told = (name: string): string[] => logFindings(log(name), FRAME).findings.map((finding) => [finding.file ?? '-', finding.line ?? '-', finding.rule ?? finding.test ?? '-', finding.message.split('\n')[0]].join(' | '));

describe('logFindings', () => {
  it.each([
    ['tsc', ['src/a.ts | 1 | TS2322 | Type \'string\' is not assignable to type \'number\'.', 'src/a.ts | 2 | TS2322 | Type \'number\' is not assignable to type \'string\'.']],
    ['tsc-pretty', ['src/a.ts | 1 | TS2322 | Type \'string\' is not assignable to type \'number\'.', 'src/a.ts | 2 | TS2322 | Type \'number\' is not assignable to type \'string\'.']],
    ['eslint-stylish', ['src/cart.js | 3 | no-unused-vars | \'total\' is assigned a value but never used', 'src/tax.js | 1 | - | Parsing error: Unexpected token }']],
    ['node20-tap', ['test/total.test.js | 3 | adds up | Expected values to be strictly equal:', 'test/total.test.js | 5 | rounds half up | rounds half up to 3']],
    ['node24-tap', ['test/total.test.js | 3 | adds up | Expected values to be strictly equal:', 'test/total.test.js | 5 | rounds half up | rounds half up to 3']],
    ['node20-spec', ['test/total.test.js | 3 | adds up | AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:', 'test/total.test.js | 5 | rounds half up | AssertionError [ERR_ASSERTION]: rounds half up to 3']],
    ['node24-spec', ['test/total.test.js | 3 | adds up | AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:', 'test/total.test.js | 5 | rounds half up | AssertionError [ERR_ASSERTION]: rounds half up to 3']],
    ['jest', ['test/a.test.js | 1 | adds | expect(received).toBe(expected) // Object.is equality', 'test/a.test.js | 2 | cart › has a total | no total', 'test/b.test.js | 1 | Test suite failed to run | Cannot find module \'./missing\' from \'test/b.test.js\'']],
    ['vitest', ['test/cart.test.ts | 9 | cart > adds up | AssertionError: expected 2 to be 3 // Object.is equality']],
    ['pytest-fail', ['tests/test_calc.py | 4 | test_add | assert -1 == 3', 'tests/test_calc.py | 8 | TestMore::test_raises | ValueError: boom 0x7f12ab34cd']],
    ['pytest', ['tests/test_broken.py | - | tests/test_broken.py | ModuleNotFoundError: No module named \'missing_module\'']],
    ['unittest', ['test_u.py | 5 | test_u.T.test_add > test_add | AssertionError: -1 != 3']],
    ['go-test', ['- | - | example.com/shop/calc > TestAdd/small | calc_test.go:8: Add(1, 2) = -1, want 3', '- | - | example.com/shop/calc > TestPanics | calc_test.go:13: not yet']],
    ['go-build', ['calc/sub.go | 3 | - | undefined: undefinedName']],
    ['cargo-test', ['src/lib.rs | 8 | tests::adds | assertion `left == right` failed: sum is wrong']],
    ['rustc', ['src/lib.rs | 1 | E0308 | mismatched types']],
    ['gcc', ['main.c | 1 | - | ‘retur’ undeclared (first use in this function)', 'main.c | 1 | - | expected ‘;’ before numeric constant']],
    ['javac', ['A.java | 1 | - | incompatible types: String cannot be converted to int']],
    ['maven', ['- | - | CartTest.addsUp | expected: <3> but was: <2>', '- | - | CartTest.empties | » NullPointer']],
    ['maven-compile', ['src/main/java/com/acme/Cart.java | 7 | - | incompatible types: java.lang.String cannot be converted to int']],
    ['rubocop', ['lib/cart.rb | 3 | Style/StringLiterals | Prefer single-quoted strings when you don\'t need string interpolation or special symbols.', 'lib/cart.rb | 9 | Lint/UselessAssignment | Useless assignment to variable - total.']],
  ])('reads what %s writes', (name, expected) => {
    expect(told(name)).toEqual(expected);
  });

  it.each([
    ['eslint unix', 'src/a.js:3:7: Unexpected var. [Error/no-var]', 'src/a.js', 3, 'no-var'],
    ['eslint compact', 'src/a.js: line 3, col 7, Error - Unexpected var. (no-var)', 'src/a.js', 3, 'no-var'],
    ['mypy', 'app/a.py:3: error: Incompatible return value type  [return-value]', 'app/a.py', 3, 'return-value'],
    ['ruff', 'app/a.py:3:7: F401 `os` imported but unused', 'app/a.py', 3, 'F401'],
    ['colours', '\u001b[31msrc/a.ts\u001b[0m(3,5): error TS2322: \u001b[1mbad\u001b[0m', 'src/a.ts', 3, 'TS2322'],
    ['an unknown tool', 'lib/a.ex:3: undefined function foo/0', 'lib/a.ex', 3, undefined],
    ['rspec', 'rspec ./spec/cart_spec.rb:3 # Cart adds up', 'spec/cart_spec.rb', 3, undefined],
  ])('reads one line of %s', (_name, line, file, row, rule) => {
    const { findings } = logFindings(`noise\n${line}\n`, FRAME);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ file, line: row });
    expect(findings[0]?.rule).toBe(rule);
  });

  it('leaves warnings out as long as there are errors', () => {
    const warning = 'a.c:1:1: warning: unused variable [-Wunused]';
    expect(logFindings(`${warning}\na.c:2:2: error: bad\n`, FRAME).findings.map((finding) => finding.message)).toEqual(['bad']);
    expect(logFindings(`${warning}\n`, FRAME).findings).toMatchObject([{ severity: 'warning', rule: '-Wunused' }]);
  });

  it('tells paths from the root when the check ran in a sub-folder, and none outside of the checkout', () => {
    const frame: PathFrame = { roots: ['/box/work', '/host/checkout'], workdir: 'packages/api' };
    const files = ['src/a.c', '../lib/b.c', '/box/work/packages/api/c.c', '/host/checkout/d.c', '/usr/include/e.h', '../../../f.c', 'node_modules/x/g.c']
      .map((path) => logFindings(`${path}:1:2: error: bad ${path.length}\n`, frame).findings[0]?.file);
    expect(files).toEqual(['packages/api/src/a.c', 'packages/lib/b.c', 'packages/api/c.c', 'd.c', undefined, undefined, undefined]);
  });

  it('bounds the count and says how many it left out', () => {
    const many = Array.from({ length: 700 }, (_, index) => `a.c:${index + 1}:1: error: e${index}`).join('\n');
    expect(logFindings(many, FRAME)).toMatchObject({ findings: { length: 500 }, truncated: 200 });
  });

  it('answers for any text, with findings inside their bounds', () => {
    const piece = fc.constantFrom('error', ':', '(', ')', '1', '99999999', 'a.ts', 'FAIL ', '  ● ', 'not ok 1 - ', '---', '\n', '\r', '\u001b[', '\u001b]', ' --> ', '✖ failing tests:', '--- FAIL: ', ' ');
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 200 }), (pieces) => {
      for (const finding of logFindings(pieces.join(''), FRAME).findings) {
        expect(finding.file ?? 'x').not.toMatch(/^\/|(^|\/)\.\.(\/|$)/);
        expect(finding.message).not.toBe('');
      }
    }), { numRuns: 300 });
  });

  it.each([
    ['one line without end', 'a'.repeat(4_000_000)],
    ['colons', ':1:1'.repeat(500_000)],
    ['open escapes', '\u001b]'.repeat(300_000)],
    ['open brackets', '[ERROR] ((((('.repeat(200_000)],
    ['many short lines', 'not ok 1 - x\n'.repeat(100_000)],
  ])('stays linear on %s', (_name, text) => {
    // The step bound is the test's own time-out: quadratic work on these would take minutes.
    expect(logFindings(text, FRAME).findings.length).toBeLessThanOrEqual(500);
  });
});

describe('exitFinding', () => {
  it('keeps the last lines that mean something', () => {
    const finding = exitFinding('starting\n\nCould not connect to \u001b[31mdatabase\u001b[0m\n=======\nnpm error code 1\nmake: *** [test] Error 1\n', 'The check ended with exit code 1.');
    expect(finding.message).toBe('The check ended with exit code 1.\nstarting\nCould not connect to database');
    expect(finding.from).toBe('exit-code');
  });
});
