import { describe, expect, it } from '@jest/globals';
import { parsePatch } from '../../src/domain/patch.js';
import { addedRanges } from '../../src/ledger/export/added-ranges.js';

const PATCH = [
  'diff --git a/src/a.ts b/src/a.ts', 'index 1..2 100644', '--- a/src/a.ts', '+++ b/src/a.ts',
  '@@ -1,3 +1,4 @@', ' one', '-two', '+++ b/evil.ts', '+@@ -1 +1 @@', ' three',
  '@@ -10 +11,2 @@ tail', ' ten', '+eleven', '\\ No newline at end of file',
  'diff --git a/gone.ts b/gone.ts', '--- a/gone.ts', '+++ /dev/null', '@@ -1 +0,0 @@', '-gone',
  'diff --git "a/\\303\\244 \\"x\\".ts" "b/\\303\\244 \\"x\\".ts"', '--- /dev/null', '+++ "b/\\303\\244 \\"x\\".ts"', '@@ -0,0 +1,2 @@', '+a', '+b', '',
].join('\n');

describe('parsePatch', () => {
  it('counts inside hunks, so that no added line can pose as a header', () => {
    expect(parsePatch(PATCH)).toEqual([
      { path: 'src/a.ts', added: [{ line: 2, text: '++ b/evil.ts' }, { line: 3, text: '@@ -1 +1 @@' }, { line: 12, text: 'eleven' }], removed: [2] },
      { path: 'ä "x".ts', added: [{ line: 1, text: 'a' }, { line: 2, text: 'b' }], removed: [] },
    ]);
  });

  it('gives ranges for attribution', () => {
    expect(addedRanges(PATCH)).toEqual([{ path: 'src/a.ts', ranges: [[2, 3], [12, 12]] }, { path: 'ä "x".ts', ranges: [[1, 2]] }]);
  });
});
