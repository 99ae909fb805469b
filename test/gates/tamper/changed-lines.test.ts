import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changedLines, changedPart, insertedRuns } from '../../../src/gates/tamper/changed-lines.js';
import { readFiles } from '../../../src/gates/tamper/read-files.js';
import { readInventory } from '../../../src/gates/tamper/inventory/read-inventory.js';
import { languageOf } from '../../../src/gates/tamper/language/language.js';
import { parse } from '../../../src/gates/tamper/syntax/parse.js';
import { judgeFiles } from './read-corpus.js';

const text = fc.array(fc.constantFrom('a', 'b', '});', ''), { maxLength: 12 }).map((lines) => lines.join('\n'));

describe('changed lines', () => {
  it('put in are found exactly when the earlier lines all stand in the later text, in order', () => {
    fc.assert(fc.property(text, text, (before, after) => {
      const runs = insertedRuns(before, after);
      const [old, now] = [before.split('\n'), after.split('\n')];
      let kept = 0;
      for (const line of now) if (kept < old.length && line === old[kept]) kept += 1;
      if (runs === undefined) return kept < old.length || before === '' || after === '';
      const left = now.filter((_, at) => !runs.some((run) => at >= run.from && at < run.to));
      return left.join('\n').trimEnd() === before.trimEnd();
    }));
  });

  it('tell no line that both sides have equally often', () => {
    const side = (of: string) => ({ text: of, tree: undefined, inventory: undefined });
    fc.assert(fc.property(text, text, (before, after) => {
      const { added, removed } = changedLines({ path: 'a', language: undefined, test: false, base: side(before), candidate: side(after) });
      const count = (of: string, line: string): number => of.split('\n').filter((one) => one === line).length;
      for (const line of ['a', 'b', '});']) expect(count(added, line) - count(removed, line)).toBe(count(after, line) - count(before, line));
    }));
  });

  it('are cut out with the lines around them', () => {
    expect(changedPart('1\n2\n3\n4\n5\n', '1\n2\nx\n4\n5\n', 1)).toBe('2\nx\n4\n');
    expect(changedPart(undefined, '1\n', 1)).toBe('1\n');
  });
});

const TESTS: readonly (readonly [path: string, before: string, after: string])[] = [
  ['a.test.ts', "describe('a', () => {\n  it('one', () => {\n    expect(f(1)).toBe(1);\n  });\n});\n", "import { g } from './g';\n\ndescribe('a', () => {\n  it('one', () => {\n    expect(f(1)).toBe(1);\n  });\n\n  // The other one.\n  it('two', () => {\n    expect(f(2)).toBe(2);\n  });\n});\n"],
  ['tests/test_a.py', '@mark.slow\ndef test_one():\n    assert f(1) == 1\n', '@mark.slow\ndef test_new():\n    assert f(2) == 2\n\n\n@mark.slow\ndef test_one():\n    assert f(1) == 1\n'],
  ['a_test.go', 'package a\n\nfunc TestOne(t *testing.T) {\n\tif f(1) != 1 {\n\t\tt.Fatal()\n\t}\n}\n', 'package a\n\nfunc TestOne(t *testing.T) {\n\tif f(1) != 1 {\n\t\tt.Fatal()\n\t}\n}\n\n// TestTwo is new.\nfunc TestTwo(t *testing.T) {\n\tif f(2) != 2 {\n\t\tt.Fatal()\n\t}\n}\n'],
  ['tests/a.rs', '#[test]\nfn one() {\n    assert_eq!(f(1), 1);\n}\n', '#[test]\nfn one() {\n    assert_eq!(f(1), 1);\n}\n\n#[test]\nfn two() {\n    assert_eq!(f(2), 2);\n}\n'],
  ['src/test/java/ATest.java', 'class ATest {\n    @Test\n    void one() {\n        assertEquals(1, f(1));\n    }\n}\n', 'class ATest {\n    @Test\n    void one() {\n        assertEquals(1, f(1));\n    }\n\n    @Test\n    void two() {\n        assertEquals(2, f(2));\n    }\n}\n'],
];

describe('a file that only got new tests', () => {
  it.each(TESTS)('%s: the tests before are told from the tree after', async (path, before, after) => {
    const read = await readFiles({ candidate: { files: [{ path, status: 'modified', oldMode: '100644', newMode: '100644', additions: 1, deletions: 0, binary: false }] } } as never, (side) => Promise.resolve(side === 'base' ? before : after));
    const language = languageOf(path);
    const [file] = read.files;
    if (language === undefined || file === undefined) throw new Error('the file is read');
    const tree = await parse(language.grammar(path), before);
    if (typeof tree === 'string') throw new Error(tree);
    const direct = readInventory(path, language, tree);
    const told = file.base?.inventory?.tests ?? [];
    expect(told.map((test) => ({ name: test.name, body: test.body }))).toEqual(direct.tests.map((test) => ({ name: test.name, body: test.body })));
    // The very objects of the other side: nothing was parsed twice.
    expect(told.every((test) => file.candidate?.inventory?.tests.includes(test) === true)).toBe(true);
    expect((await judgeFiles([{ path, before, after }])).effect).toBe('allow');
  });

  const BASE = "describe('a', () => {\n  it('one', () => {\n    const got = f(1);\n    expect(got).toBe(1);\n  });\n});\n";
  it.each([
    ['a return within a test', BASE.replace('    expect', '    return;\n    expect')],
    ['a suite that is skipped around a test', `describe.skip('off', () => {\n${BASE}});\n`],
    ['a comment around an assertion', BASE.replace('    expect(got).toBe(1);\n', '    /*\n    expect(got).toBe(1);\n    */\n')],
    ['a test with its tail in front of the old one', BASE.replace("  it('one'", "  it('new', () => {\n    expect(f(2)).toBe(2);\n  });\n  if (process.env.CI)\n  it('one'")],
    ['a skipping suite among new tests', BASE.replace("  it('one'", "  it('new', () => { expect(f(2)).toBe(2); });\n  describe.skip('x', () => {\n  it('one'").replace(/\}\);\n$/, '});\n});\n')],
  ])('%s is seen, though only lines were put in', async (_, after) => {
    expect((await judgeFiles([{ path: 'a.test.ts', before: BASE, after }])).effect).not.toBe('allow');
  });
});
