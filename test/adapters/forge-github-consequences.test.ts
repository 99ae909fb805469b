import { afterEach, describe, expect, it } from '@jest/globals';
import type { Change } from '../../src/domain/change.js';
import { CommitSha } from '../../src/domain/ids.js';
import { ok } from '../../src/kit/result.js';
import { BRANCH, failure, MESSAGE, TEXT, value } from '../contract/forge-contract.js';
import { makeGithubHarness, type GithubHarness } from './forge-github-harness.js';

const BOT = 'github-actions[bot]';
const NONE = ok(undefined);
let harness: GithubHarness | undefined;
afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

async function opened(given: { readonly autoMerge?: boolean; readonly draft?: boolean } = {}): Promise<{ h: GithubHarness; change: Change; pull: NonNullable<(typeof h.repository.issues extends Map<number, infer I> ? I : never)['pull']> }> {
  const h = harness = await makeGithubHarness(given.autoMerge === undefined ? {} : { settings: { autoMerge: given.autoMerge } });
  const { writer } = h.as(BOT);
  value(await writer.publish(BRANCH, await h.git.candidate({ 'a.txt': 'a\nb\n' }), MESSAGE));
  const change = value(await writer.upsertChange(BRANCH, 'main', { ...TEXT, draft: given.draft ?? false }));
  const pull = h.repository.issues.get(change.number)?.pull;
  if (pull === undefined) throw new Error('the pull request is not there');
  return { h, change, pull };
}

describe('notes on lines', () => {
  const notes = [{ path: 'a.txt', line: 1, markdown: '**`secrets`**: look' }, { path: 'a.txt', line: 2, markdown: 'and here' }];

  it('writes them in one review that decides nothing, once, also when it is repeated', async () => {
    const { h, change, pull } = await opened();
    const { writer } = h.as(BOT);
    expect(value(await writer.noteLines?.(change, notes, 'run1-tree1') ?? ok(0))).toBe(2);
    expect(value(await writer.noteLines?.(change, notes, 'run1-tree1') ?? ok(0))).toBe(2);
    expect(pull.notes).toHaveLength(1);
    expect(pull.notes?.[0]).toMatchObject({ state: 'COMMENTED', commit: change.head, comments: [{ path: 'a.txt', line: 1, side: 'RIGHT', body: '**`secrets`**: look' }, { path: 'a.txt', line: 2 }] });
    value(await writer.noteLines?.(change, notes, 'run1-tree2') ?? ok(0));
    expect(pull.notes).toHaveLength(2);
  });

  it.each(['500', 'cut'] as const)('writes them once when the answer was %s', async (kind) => {
    const { h, change, pull } = await opened();
    h.fake.force({ route: 'pulls/create-review', times: 1, kind });
    value(await h.as(BOT).writer.noteLines?.(change, notes, 'run1-tree1') ?? ok(0));
    expect(pull.notes).toHaveLength(1);
  });

  it('is a fault, and nothing is written, when a line cannot be placed', async () => {
    const { h, change, pull } = await opened();
    expect(failure(await h.as(BOT).writer.noteLines?.(change, [{ path: 'not-changed.txt', line: 1, markdown: 'x' }], 'k') ?? ok(0)).code).toBe('rejected');
    expect(pull.notes ?? []).toEqual([]);
  });
});

describe('merging when ready', () => {
  it('asks the service for it, for exactly this head, and once', async () => {
    const { h, change, pull } = await opened({ autoMerge: true });
    const { writer } = h.as(BOT);
    value(await writer.mergeWhenReady?.(change, { head: change.head, method: 'squash' }) ?? NONE);
    expect(pull.autoMerge).toBe('SQUASH');
    const before = h.fake.count('graphql');
    value(await writer.mergeWhenReady?.(change, { head: change.head, method: 'rebase' }) ?? NONE);
    expect(h.fake.count('graphql') - before).toBe(1);
    expect(pull.autoMerge).toBe('SQUASH');
  });

  it.each([
    ['the setting is off', { autoMerge: false }, undefined, 'Allow auto-merge'],
    ['nothing would have to be met', { autoMerge: true }, 'CLEAN', 'No rule of the base branch'],
    ['it is a draft', { autoMerge: true, draft: true }, undefined, 'draft'],
  ] as const)('refuses when %s', async (_name, given, state, words) => {
    const { h, change, pull } = await opened(given);
    if (state !== undefined) pull.mergeState = state;
    const fault = failure(await h.as(BOT).writer.mergeWhenReady?.(change, { head: change.head, method: 'squash' }) ?? NONE);
    expect(fault).toMatchObject({ code: 'rejected', side: 'setup' });
    expect(fault.message).toContain(words);
    expect(pull.autoMerge).toBeUndefined();
  });

  it('never merges another head than the one that was checked', async () => {
    const { h, change, pull } = await opened({ autoMerge: true });
    expect(failure(await h.as(BOT).writer.mergeWhenReady?.(change, { head: CommitSha.parse('e'.repeat(40)), method: 'squash' }) ?? NONE).message).toContain('another head');
    expect(pull.autoMerge).toBeUndefined();
  });
});
