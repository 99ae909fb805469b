import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Change } from '../../src/domain/change.js';
import { CommitSha } from '../../src/domain/ids.js';
import type { CheckRunReport, Forge } from '../../src/ports/forge.js';
import { BRANCH, MESSAGE, TEXT, failure, value } from '../contract/forge-contract.js';
import { makeGitFixture } from '../contract/forge-git-fixture.js';
import type { GitFixture } from '../contract/forge-git-fixture.js';
import type { Flavour } from '../fakes/gitea/description.js';
import type { ForcedKind } from '../fakes/github/forced.js';
import { makeGiteaHarness } from './forge-gitea-harness.js';
import type { GiteaHarness } from './forge-gitea-harness.js';

jest.setTimeout(60_000);

const CI = 'on: [push, workflow_dispatch]\njobs: {}\n';
let git: GitFixture;
let harness: GiteaHarness;
beforeAll(async () => { git = await makeGitFixture({ 'README.md': '# shop\n', '.forgejo/workflows/ci.yml': CI, '.forgejo/workflows/lint.yml': 'on: push\njobs: {}\n' }); });
afterAll(async () => { await git.close(); });
beforeEach(async () => { harness = await makeGiteaHarness({ git }); });
afterEach(async () => { await harness.close(); });

async function delivered(forge: Forge = harness.forge, text = TEXT): Promise<Change> {
  value(await forge.writer.publish(BRANCH, await git.candidate({ 'a.txt': 'a\n' }), MESSAGE));
  return value(await forge.writer.upsertChange(BRANCH, 'main', text));
}
const pullOf = (change: Change): NonNullable<ReturnType<GiteaHarness['repository']['issues']['get']>> => {
  const issue = harness.repository.issues.get(change.number);
  if (issue === undefined) throw new Error('no such change');
  return issue;
};
async function inFlavour(flavour: Flavour): Promise<void> {
  await harness.close();
  harness = await makeGiteaHarness({ git, flavour });
}

describe('changes', () => {
  it('marks a draft in the title, and leaves it as a person made it', async () => {
    const change = await delivered();
    expect([pullOf(change).title, change.draft]).toEqual(['WIP: Round totals half up', true]);
    pullOf(change).title = 'Round totals half up';
    expect(value(await harness.forge.writer.upsertChange(BRANCH, 'main', { ...TEXT, title: 'Better' }))).toMatchObject({ draft: false });
    expect(pullOf(change).title).toBe('Better');
  });

  it('puts labels on by their numbers: known ones are taken, one that is missing is made once', async () => {
    const known = harness.fake.world.label(harness.repository, 'Heddle');
    const change = await delivered(harness.forge, { ...TEXT, labels: ['heddle', 'risk:low'] });
    expect(pullOf(change).labels.map((label) => [label.name, label.id === known.id])).toEqual([['Heddle', true], ['risk:low', false]]);
    await harness.forge.writer.upsertChange(BRANCH, 'main', { ...TEXT, labels: ['heddle', 'risk:low'] });
    expect(harness.repository.labels).toHaveLength(2);
    expect(harness.fake.count('issueAddLabel')).toBe(1);
  });

  it('finds the open change behind an older one that was closed', async () => {
    const first = await delivered();
    await harness.closeByPerson(first.number);
    harness.fake.world.addIssue(harness.repository, { title: 'Again, by hand', author: harness.fake.world.account('amy'), pull: { head: BRANCH, base: 'main', merged: false, reviewers: [], teams: [], reviews: [] } });
    expect(value(await harness.forge.writer.upsertChange(BRANCH, 'main', TEXT)).number).toBe(first.number + 1);
  });

  it.each<ForcedKind>(['429', '500', 'cut', 'truncated-page', 'slow'])('opens one change though its answer is lost: %s', async (kind) => {
    const forge = harness.by(harness.fake.tokenOf('heddle-admin'), { requestTimeoutMs: 500 });
    value(await forge.writer.publish(BRANCH, await git.candidate({ 'a.txt': 'a\n' }), MESSAGE));
    harness.fake.force({ route: 'repoCreatePullRequest', times: 1, kind, resetInSeconds: 1 });
    value(await forge.writer.upsertChange(BRANCH, 'main', TEXT));
    expect(await harness.changes()).toHaveLength(1);
  });

  it.each<ForcedKind>(['500', 'cut'])('publishes once though the answer to the push is lost: %s', async (kind) => {
    harness.fake.force({ route: 'git-push', times: 1, kind, effect: true });
    const commit = value(await harness.forge.writer.publish(BRANCH, await git.candidate({ 'a.txt': 'a\n' }), MESSAGE));
    expect((await harness.branch(BRANCH))?.commit).toBe(commit);
  });

  it('asks people and teams for reviews, each by itself when one cannot review', async () => {
    const change = await delivered();
    harness.fake.world.addTeam('acme/payments', ['heddle-admin']);
    const asked = await harness.forge.writer.requestReviews?.(change, ['@amy', 'nobody-at-all', 'acme/payments', 'other/team', 'x@y.z', 'heddle-admin']);
    expect(asked).toEqual({ ok: true, value: ['@amy', 'acme/payments'] });
    expect(pullOf(change).pull).toMatchObject({ reviewers: [{ login: 'amy' }], teams: ['acme/payments'] });
  });

  it('writes all notes in one review, once', async () => {
    const change = await delivered();
    const notes = [{ path: 'a.txt', line: 1, markdown: 'Look here.' }];
    for (let n = 0; n < 2; n += 1) expect(value(await harness.forge.writer.noteLines?.(change, notes, 'k1') ?? { ok: true as const, value: -1 })).toBe(1);
    expect(pullOf(change).pull?.reviews.map(({ state, commit, comments }) => ({ state, commit, comments }))).toEqual([{ state: 'COMMENT', commit: change.head, comments: [{ path: 'a.txt', line: 1, body: 'Look here.' }] }]);
  });
});

describe('statuses and merging', () => {
  const report = (conclusion: CheckRunReport['conclusion'], title: string): CheckRunReport => ({ name: 'Heddle gates', conclusion, title, summary: 's', annotations: [], results: [] });

  it('writes a status when it says something new', async () => {
    for (const one of [report('failure', 'denied'), report('failure', 'denied'), report('neutral', `held\n${'x'.repeat(400)}`)]) value(await harness.forge.writer.reportCheck?.(git.base, one) ?? { ok: true as const, value: undefined });
    expect(harness.repository.statuses.map(({ state, context }) => [context, state])).toEqual([['Heddle gates', 'failure'], ['Heddle gates', 'success']]);
    expect(harness.repository.statuses[1]?.description).toMatch(/^neutral: held x+…$/);
    expect(harness.repository.statuses[1]?.description.length).toBe(255);
  });

  const merge = (change: Change, head = change.head): ReturnType<NonNullable<Forge['writer']['mergeWhenReady']>> => {
    const { mergeWhenReady } = harness.forge.writer;
    if (mergeWhenReady === undefined) throw new Error('no auto-merge');
    return mergeWhenReady(change, { head, method: 'squash' });
  };

  it('asks to merge later only while a rule of the base is not met, bound to the head', async () => {
    const change = await delivered(harness.forge, { ...TEXT, draft: false });
    expect(failure(await merge(change)).message).toContain('No rule');
    harness.repository.protections.set('main', { contexts: ['ci / test', 'lint*'], approvals: 0 });
    value(await merge(change));
    value(await merge(change));
    expect(pullOf(change).pull?.autoMerge).toEqual({ style: 'squash', head: change.head });
    expect(failure(await merge(change, CommitSha.parse('1'.repeat(40)))).message).toContain('another head');
  });

  it('does not ask when all that is demanded is there already, for that would merge at once', async () => {
    const change = await delivered(harness.forge, { ...TEXT, draft: false });
    harness.repository.protections.set('main', { contexts: ['Heddle gates'], approvals: 1 });
    value(await harness.forge.writer.reportCheck?.(change.head, report('success', 'fine')) ?? { ok: true as const, value: undefined });
    pullOf(change).pull?.reviews.push({ id: 1, author: harness.fake.world.account('amy'), body: '', commit: change.head, state: 'APPROVED', comments: [], at: '2026-03-01T12:00:00Z' });
    expect(failure(await merge(change))).toMatchObject({ code: 'rejected', side: 'setup' });
    expect(pullOf(change)).toMatchObject({ state: 'open' });
  });

  it('never asks for a draft', async () => {
    harness.repository.protections.set('main', { contexts: [], approvals: 1 });
    expect(failure(await merge(await delivered())).message).toContain('draft');
  });
});

describe('people', () => {
  it('tells roles to an administrator alone, and says so to others', async () => {
    expect(value(await harness.forge.reader.permissionOf('rita'))).toBe('read');
    for (const token of [harness.fake.actionsToken, harness.fake.tokenOf('amy')]) {
      const fault = failure(await harness.by(token).reader.permissionOf('rita'));
      expect(fault).toMatchObject({ code: 'forbidden', side: 'setup', retryable: false });
      expect(fault.message).toContain('administers the repository');
    }
    for (const name of ['.', '..', 'a/b', '']) expect(value(await harness.forge.reader.permissionOf(name))).toBe('none');
  });

  it('knows the members of a team, and never guesses about one it may not see', async () => {
    harness.fake.world.addTeam('acme/payments', ['heddle-admin', 'amy']);
    harness.fake.world.addTeam('acme/payments-eu', ['rita']);
    const { reader } = harness.forge;
    expect([await reader.memberOf?.('acme/payments', 'amy'), await reader.memberOf?.('acme/payments', 'rita')]).toEqual([{ ok: true, value: true }, { ok: true, value: false }]);
    expect(failure(await reader.memberOf?.('acme/nothing', 'amy') ?? { ok: true as const, value: true }).code).toBe('not-found');
    expect(failure(await harness.by(harness.fake.tokenOf('tom')).reader.memberOf?.('acme/payments', 'amy') ?? { ok: true as const, value: true })).toMatchObject({ code: 'forbidden' });
  });

  it('reads a comment of the change that it is of, and nothing that is no comment', async () => {
    const change = await delivered();
    const said = harness.fake.world.addComment(pullOf(change), harness.fake.world.account('amy'), '/heddle stop');
    harness.fake.world.addEntry(pullOf(change), { type: 'close', actor: harness.fake.world.account('amy'), at: '2026-03-01T12:00:00Z' });
    const read = async (number: number, id: string): Promise<unknown> => value(await (harness.forge.reader.changeComment?.({ kind: 'change', change: number }, id) ?? Promise.reject(new Error('absent'))));
    expect(await read(change.number, String(said.id))).toMatchObject({ body: '/heddle stop', author: { login: 'amy', kind: 'human' } });
    expect(await read(change.number + 1, String(said.id))).toBeUndefined();
    expect(await read(change.number, String(pullOf(change).entries.at(-1)?.id))).toBeUndefined();
    expect(await read(change.number, '../1')).toBeUndefined();
  });

  it('gives a change with the words of its commit, unless it is of a fork', async () => {
    const change = await delivered();
    expect(value(await harness.forge.reader.changeAt?.(change.number) ?? { ok: true as const, value: undefined })).toMatchObject({ change: { number: change.number }, message: expect.stringContaining('Ticket: acme/shop#12') as unknown });
    harness.fake.world.addIssue(harness.repository, { number: 50, title: 'x', author: harness.fake.world.account('tom'), pull: { head: BRANCH, base: 'main', merged: false, reviewers: [], teams: [], reviews: [], fork: true } });
    expect(await harness.forge.reader.changeAt?.(50)).toEqual({ ok: true, value: undefined });
    expect(value(await harness.forge.reader.openHeddleChanges()).map((one) => one.number)).toEqual([change.number]);
  });

  it.each([
    ['a reader', 'rita', ['all'], /may not push/], ['a writer', 'amy', ['all'], /no administrator/], ['a token without issues', 'heddle-admin', ['write:repository', 'read:user'], /write:issue/],
    ['a token that does not know itself', 'heddle-admin', ['write:repository', 'write:issue'], /read:user/],
  ] as const)('says what is lacking: %s', async (_who, login, scopes, words) => {
    expect(value(await harness.by(harness.fake.scoped(login, scopes)).reader.missingForDelivery()).join('\n')).toMatch(words);
  });

  it('says that a repository is archived', async () => {
    harness.repository.archived = true;
    expect(value(await harness.forge.reader.missingForDelivery()).join('\n')).toContain('archived');
  });
});

describe.each(['gitea', 'forgejo'] as const)('workflows of %s', (flavour) => {
  beforeEach(async () => { await inFlavour(flavour); });

  it('are dispatched when nothing ran, and only runs that exist are told', async () => {
    const change = await delivered();
    const started = value(await harness.forge.writer.startCi?.(BRANCH, change.head) ?? { ok: true as const, value: { runs: [], why: '' } });
    expect(started.runs).toHaveLength(1);
    expect(started.why).toContain('lint.yml has no workflow_dispatch trigger');
    const again = value(await harness.forge.writer.startCi?.(BRANCH, change.head) ?? { ok: true as const, value: { runs: [], why: '' } });
    expect(again.runs).toEqual(started.runs);
    expect(harness.repository.runs).toHaveLength(1);
  });

  it('are not claimed to run when none appears', async () => {
    const change = await delivered();
    harness.repository.dispatchStartsRuns = false;
    const started = value(await harness.forge.writer.startCi?.(BRANCH, change.head) ?? { ok: true as const, value: { runs: [], why: '' } });
    expect(started.runs).toEqual([]);
    expect(started.why).toContain('no run has appeared yet');
  });
});
