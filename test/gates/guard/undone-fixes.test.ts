import { describe, expect, it } from '@jest/globals';
import { BlobSha } from '../../../src/domain/ids.js';
import { judgeEdits, nodeOf } from './guard-fixture.js';

const [OLD, FIXED] = [BlobSha.parse('a'.repeat(40)), BlobSha.parse('b'.repeat(40))];
const judge = async (subject: string, back: BlobSha): Promise<unknown> => nodeOf(await judgeEdits({ 'src/login.ts': { before: 'fixed', after: 'old', file: { oldBlob: FIXED, newBlob: back } } }, {
  risk: {
    files: [], now: 0, dependents: undefined, services: [], incidents: [], regulated: [], attempts: 1, stops: 0, waiting: undefined, speaking: [],
    history: { whole: true, commits: [{ commit: 'c'.repeat(40), at: 0, author: 'a', subject, reverts: [], files: [{ path: 'src/login.ts', additions: 1, deletions: 1, added: false, deleted: false, removedLines: [], addedLines: [], oldBlob: OLD, newBlob: FIXED }] }] },
  },
}), 'undone-fixes').values?.['paths'];

describe('undone-fixes', () => {
  it('lists a file that becomes again what it was before a fix of security', async () => {
    expect(await judge('Fix auth bypass (CVE-2026-12345)', OLD)).toEqual(['src/login.ts (as before cccccccccccc)']);
    expect(await judge('Rename a variable', OLD)).toBeUndefined();
    expect(await judge('Fix auth bypass', BlobSha.parse('d'.repeat(40)))).toBeUndefined();
  });
});
