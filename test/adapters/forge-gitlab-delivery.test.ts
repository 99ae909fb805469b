import { afterEach, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/domain/fault.js';
import type { Change } from '../../src/domain/change.js';
import { CommitSha } from '../../src/domain/ids.js';
import type { Result } from '../../src/kit/result.js';
import type { CheckRunReport } from '../../src/ports/forge.js';
import { BRANCH, MESSAGE, TEXT, failure, value } from '../contract/forge-contract.js';
import type { SeedFile } from '../contract/forge-git-fixture.js';
import { pushRules, mergeRequestRules, statusChecks } from '../fakes/gitlab/rules-of.js';
import { BOT, makeGitlabHarness, PROJECT, type GitlabGiven, type GitlabHarness } from './forge-gitlab-harness.js';

let harness: GitlabHarness | undefined;
afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

const FILES = { 'src/total.ts': 'export const total = (n: number): number => Math.round(n);\nexport const half = 0.5;\n', 'a.txt': 'one\ntwo\n' };

async function delivered(given: GitlabGiven = {}, files: Readonly<Record<string, SeedFile>> = FILES): Promise<{ h: GitlabHarness; commit: CommitSha; change: Change }> {
  const h = harness = await makeGitlabHarness(given);
  const { writer } = h.forge;
  const commit = value(await writer.publish(BRANCH, await h.git.candidate(files), MESSAGE));
  return { h, commit, change: value(await writer.upsertChange(BRANCH, 'main', TEXT)) };
}

function must<T>(call: Promise<Result<T, Fault>> | undefined): Promise<Result<T, Fault>> {
  if (call === undefined) throw new Error('the adapter cannot do it');
  return call;
}

describe('merge requests', () => {
  it('are drafts by title with labels, take no order of a ticket, and stay as a person left them', async () => {
    const h = harness = await makeGitlabHarness();
    const { writer } = h.forge;
    value(await writer.publish(BRANCH, await h.git.candidate(FILES), MESSAGE));
    const orders = 'Fine.\n/merge\n  /assign @mallory\n```\n/close\n```\nhttps://x.example/a\n';
    const change = value(await writer.upsertChange(BRANCH, 'main', { ...TEXT, title: 'Draft: draft: Totals', body: orders, draft: false }));
    const request = h.project.mergeRequests.get(change.number);
    expect(change.draft).toBe(false);
    expect(request).toMatchObject({ title: 'Totals', removeSourceBranch: true, labels: ['heddle'], description: 'Fine.\n\\/merge\n  \\/assign @mallory\n```\n\\/close\n```\nhttps://x.example/a\n' });
    if (request === undefined) throw new Error('no merge request');
    request.title = '[Draft] By a person';
    request.labels.push('mine');
    expect(value(await writer.upsertChange(BRANCH, 'main', { ...TEXT, draft: false }))).toMatchObject({ draft: true });
    expect({ title: request.title, labels: request.labels }).toEqual({ title: `Draft: ${TEXT.title}`, labels: ['heddle', 'mine'] });
    const before = h.fake.count('merge_requests.update');
    value(await writer.upsertChange(BRANCH, 'main', { ...TEXT, draft: false }));
    expect(h.fake.count('merge_requests.update')).toBe(before);
  });

  it('commit in the name of the token, start pipelines, and say what a job\'s own token lacks', async () => {
    const { h, commit } = await delivered({ files: { 'README.md': '# x\n', '.gitlab-ci.yml': 'test: { script: [ "true" ] }\n' } });
    expect(await h.git2('log', '-1', '--format=%an <%ae>', commit)).toBe(`${BOT} <${BOT}@example.com>`);
    const started = value(await must(h.forge.writer.startCi?.(BRANCH, commit)));
    expect(started.runs.map((run) => run.name)).toEqual([expect.stringMatching(/^#\d+ \(push\)$/)]);
    expect(h.project.pipelines).toHaveLength(1);
  });
});

describe('pipelines', () => {
  const files = { 'README.md': '# x\n', '.gitlab-ci.yml': 'test: { script: [ "true" ] }\n' };

  it('are made for the merge request where the push started none', async () => {
    const { h, commit } = await delivered({ files, settings: { pipelinesStart: false } });
    expect(value(await must(h.forge.writer.startCi?.(BRANCH, commit)))).toMatchObject({ runs: [], why: expect.stringContaining('was refused') });
    h.project.settings.pipelinesStart = true;
    const started = value(await must(h.forge.writer.startCi?.(BRANCH, commit)));
    expect(started.runs.map((run) => run.name)).toEqual([expect.stringContaining('(merge_request_event)')]);
    value(await must(h.forge.writer.startCi?.(BRANCH, commit)));
    expect(h.project.pipelines).toHaveLength(1);
  });

  it('are not there without a CI file', async () => {
    const { h, commit } = await delivered();
    expect(value(await must(h.forge.writer.startCi?.(BRANCH, commit)))).toEqual({ runs: [], why: 'The commit has no CI configuration file.' });
  });
});

describe('reviews', () => {
  it('are asked of people who see the project and of groups by an optional rule, once', async () => {
    const { h, change } = await delivered();
    const group = h.fake.world.group('acme/pay');
    group.members.set(BOT, 30);
    h.fake.world.account('stranger');
    const ask = (): ReturnType<typeof must<readonly string[]>> => must(h.forge.writer.requestReviews?.(change, ['@amy', 'tom', '@stranger', '@acme/pay', '@acme/nowhere', '@@maintainer', 'x@example.com', 'nobody']));
    expect(value(await ask())).toEqual(['@amy', 'tom', '@acme/pay']);
    expect(value(await ask())).toEqual(['@amy', 'tom', '@acme/pay']);
    const request = h.project.mergeRequests.get(change.number);
    expect(request?.reviewers.map((one) => one.username)).toEqual(['amy', 'tom']);
    expect(request === undefined ? [] : mergeRequestRules.get(request)).toEqual([expect.objectContaining({ name: 'Heddle: acme/pay', approvals_required: 0, groups: [{ id: group.id }] })]);
  });

  it('are one person where the plan allows no more, and no group', async () => {
    const { h, change } = await delivered({ settings: { premium: false } });
    h.fake.world.group('acme/pay');
    expect(value(await must(h.forge.writer.requestReviews?.(change, ['amy', 'tom', 'acme/pay'])))).toEqual(['amy']);
  });
});

describe('statuses', () => {
  const report: CheckRunReport = { name: 'heddle', conclusion: 'failure', title: 'two failed', summary: 's', results: [], annotations: [] };

  it('say one line by name, the newest counts, and an external check gets the same answer', async () => {
    const { h, commit, change } = await delivered();
    const check = { id: 77, name: 'heddle', answers: new Map<number, string>() };
    statusChecks.set(h.project, [check, { id: 78, name: 'other', answers: new Map() }]);
    for (const one of [report, report, { ...report, conclusion: 'neutral' as const, title: 'x'.repeat(400) }]) value(await must(h.forge.writer.reportCheck?.(commit, one)));
    expect(h.project.statuses.map((one) => [one.name, one.status, one.description?.length])).toEqual([['heddle', 'failed', 10], ['heddle', 'success', 255]]);
    expect([...check.answers]).toEqual([[change.number, 'passed']]);
  });
});

describe('notes on lines', () => {
  it('stand at new lines and at lines that stayed, go on after a failure, and have no position where there is none', async () => {
    const { h, change } = await delivered();
    const notes = [{ path: 'src/total.ts', line: 2, markdown: 'New.\n/merge' }, { path: 'a.txt', line: 1, markdown: 'First.' }, { path: 'README.md', line: 1, markdown: 'Not in the change.' }];
    h.fake.force({ route: 'merge_requests.discussions.create', kind: '422', times: 1, after: 1 });
    const answer = await must(h.forge.writer.noteLines?.(change, notes, 'k1'));
    expect(value(answer)).toBe(3);
    expect(value(await must((await h.connect()).writer.noteLines?.(change, notes, 'k1')))).toBe(3);
    const written = h.project.mergeRequests.get(change.number)?.notes ?? [];
    expect(written.map((note) => [note.position?.['new_path'], note.position?.['new_line'], note.position?.['old_line']])).toEqual([['src/total.ts', 2, undefined], [undefined, undefined, undefined], [undefined, undefined, undefined]]);
    expect(written[0]?.body).toBe('<!-- heddle:notes k1 1 -->\nNew.\n\\/merge');
    expect(written[2]?.body).toContain('`README.md`, line 1:');
    expect(written[0]?.position).toMatchObject({ base_sha: h.git.base, head_sha: change.head, old_path: 'src/total.ts' });
  });

  it('are not written over somebody else\'s push', async () => {
    const { h, change } = await delivered();
    const fault = failure(await must(h.forge.writer.noteLines?.({ ...change, head: CommitSha.parse('1'.repeat(40)) }, [{ path: 'a.txt', line: 1, markdown: 'x' }], 'k')));
    expect(fault).toMatchObject({ code: 'conflict', retryable: false });
  });
});

describe('merging when it is ready', () => {
  const files = { 'README.md': '# x\n', '.gitlab-ci.yml': 'test: { script: [ "true" ] }\n' };
  const ready = async (given: GitlabGiven): Promise<Awaited<ReturnType<typeof delivered>>> => {
    const all = await delivered({ files, ...given });
    const request = all.h.project.mergeRequests.get(all.change.number);
    if (request !== undefined) request.title = TEXT.title;
    for (const pipeline of all.h.project.pipelines) pipeline.status = 'running';
    return all;
  };

  it('is auto-merge bound to the head, asked for once; and nothing when nothing has to be met', async () => {
    const { h, change, commit } = await ready({ settings: { onlyMergeIfPipelineSucceeds: true }, seed: { protectedBranches: [{ name: 'main', merge: 30 }] } });
    const merge = (head: CommitSha) => must(h.forge.writer.mergeWhenReady?.(change, { head, method: 'squash' }));
    expect(failure(await merge(CommitSha.parse('1'.repeat(40)))).code).toBe('rejected');
    value(await merge(commit));
    value(await merge(commit));
    expect(h.fake.requests.filter((one) => one.route === 'merge_requests.merge').map((one) => one.body)).toEqual([{ sha: commit, squash: true, auto_merge: true, merge_when_pipeline_succeeds: true }]);
    const request = h.project.mergeRequests.get(change.number);
    expect(request).toMatchObject({ autoMerge: true, state: 'opened' });
    if (request !== undefined) Object.assign(request, { autoMerge: false, detailedStatus: 'mergeable' });
    expect(failure(await merge(commit))).toMatchObject({ code: 'rejected', side: 'setup' });
  });

  it('boards the train where there is one', async () => {
    const { h, change, commit } = await ready({ settings: { mergeTrains: true, onlyMergeIfPipelineSucceeds: true } });
    value(await must(h.forge.writer.mergeWhenReady?.(change, { head: commit, method: 'merge' })));
    expect([h.fake.count('merge_trains.add'), h.fake.count('merge_requests.merge')]).toEqual([1, 0]);
  });
});

describe('what is missing', () => {
  it('is said by scope, role, pattern and rule, and for a job\'s own token', async () => {
    const h = harness = await makeGitlabHarness({ seed: { protectedBranches: [{ name: 'main' }, { name: 'hed*', push: 40 }, { name: 'release/*', push: 0 }] } });
    const { world } = h.fake;
    const missing = async (who: string): Promise<readonly string[]> => value(await h.as(who).reader.missingForDelivery());
    expect(await missing(BOT)).toEqual([]);
    expect(await missing('amy')).toEqual([expect.stringMatching(/^Pushing .*«hed\*».*Protected branches/)]);
    expect(await missing('rita')).toEqual([expect.stringMatching(/role Reporter .* needs Developer/)]);
    const narrow = world.token({ account: world.account(BOT), value: 'glpat-narrow', scopes: ['read_api'], expiresAt: '2000-01-01' });
    expect(value(await h.withToken({ kind: 'private', value: narrow.value }).reader.missingForDelivery())).toEqual([expect.stringContaining('has the scopes read_api, and needs api'), expect.stringContaining('api or write_repository')]);
    pushRules.set(h.project, { reject_unsigned_commits: true, branch_name_regex: '^feature/' });
    expect(await missing(BOT)).toEqual([expect.stringContaining('not signed'), expect.stringMatching(/^unknown: .*\^feature/)]);
    expect(value(await h.withToken({ kind: 'job', value: 'x' }).reader.missingForDelivery())).toEqual([expect.stringContaining('CI_JOB_TOKEN'), expect.stringContaining('starts none'), expect.stringMatching(/^unknown: .*Allow Git push/)]);
  });

  it('is a refused push in words, for a job\'s token without the setting and for a protected branch', async () => {
    const h = harness = await makeGitlabHarness({ seed: { protectedBranches: [{ name: BRANCH, push: 40 }] } });
    const source = await h.git.candidate(FILES);
    const job = h.fake.world.token({ account: h.fake.world.account('amy'), value: 'job-1', kind: 'job', project: h.project });
    expect(failure(await h.withToken({ kind: 'job', value: job.value }).writer.publish(BRANCH, source, MESSAGE))).toMatchObject({ code: 'forbidden', side: 'setup', message: expect.stringContaining('Allow Git push requests') });
    expect(failure(await h.as('amy').writer.publish(BRANCH, source, MESSAGE))).toMatchObject({ code: 'forbidden', side: 'setup', message: expect.stringContaining('protected branches') });
    expect(await h.heddleBranches()).toEqual([]);
    h.project.settings.jobTokenMayPush = true;
    h.project.protectedBranches.length = 0;
    value(await h.withToken({ kind: 'job', value: job.value }).writer.publish(BRANCH, source, MESSAGE));
  });
});

describe('other projects', () => {
  it('are told of a ticket by a trigger token, or by our own, as an input', async () => {
    const h = harness = await makeGitlabHarness();
    const other = await h.fake.addProject({ path: 'acme/api', gitDir: h.git.gitDir, commit: h.git.base, members: { [BOT]: 20 } });
    const tell = (forge: ReturnType<GitlabHarness['as']>, to = 'acme/api') => must(forge.dispatcher?.dispatch(to, { tracker: 'gitlab', key: 'acme/api#3' } as never));
    expect(failure(await tell(h.as(BOT))).message).toContain('HEDDLE_TRIGGER_TOKEN');
    expect(failure(await tell(h.as(BOT), 'acme/../x')).code).toBe('rejected');
    other.triggerTokens.set('glptt-1', h.fake.world.account('amy'));
    other.settings.pipelinesStart = true;
    await tell(h.as(BOT, { triggerToken: 'glptt-1' }));
    expect(h.fake.requests.filter((one) => one.route === 'trigger.pipeline').map((one) => one.body)).toEqual([{ token: 'glptt-1', ref: 'main', inputs: { ticket: 'acme/api#3' } }]);
    expect(PROJECT).not.toBe('acme/api');
  });
});
