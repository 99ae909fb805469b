import { afterEach, describe, expect, it } from '@jest/globals';
import { triggersIn } from '../../src/adapters/forge/lib/workflow-triggers.js';
import { refPrefix } from '../../src/adapters/forge/github/claims.js';
import { commitText } from '../../src/adapters/forge/lib/commit-text.js';
import { cutBody, splitReviewers, toPermission } from '../../src/adapters/forge/github/map.js';
import { optionSchema } from '../../src/adapters/forge/github/index.js';
import type { Change } from '../../src/domain/change.js';
import type { CommitSha } from '../../src/domain/ids.js';
import type { CheckRunReport } from '../../src/ports/forge.js';
import { BRANCH, MESSAGE, TEXT, failure, value } from '../contract/forge-contract.js';
import type { SeedFile } from '../contract/forge-git-fixture.js';
import { makeGithubHarness } from './forge-github-harness.js';
import type { GithubHarness } from './forge-github-harness.js';

const BOT = 'github-actions[bot]';
let harness: GithubHarness | undefined;
afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

async function delivered(login: string, given: Parameters<typeof makeGithubHarness>[0] = {}, files: Readonly<Record<string, SeedFile>> = { 'a.txt': 'a\n' }): Promise<{ h: GithubHarness; commit: CommitSha; change: Change }> {
  const h = harness = await makeGithubHarness(given);
  const { writer } = h.as(login);
  const commit = value(await writer.publish(BRANCH, await h.git.candidate(files), MESSAGE));
  return { h, commit, change: value(await writer.upsertChange(BRANCH, 'main', TEXT)) };
}

describe('publish, kinds that swap', () => {
  it('turns a file into a folder and a folder into a file', async () => {
    const { h, commit } = await delivered(BOT, {}, { 'README.md': null, 'README.md/en': 'x\n', 'bin/run': null, bin: 'now a file\n' });
    const source = await h.git.candidate({ 'README.md': null, 'README.md/en': 'x\n', 'bin/run': null, bin: 'now a file\n' });
    expect(h.repository.git.commit(commit)?.tree).toBe(source.tree);
    expect(h.fake.count('git/create-tree')).toBe(2);
  });
});

describe('pull requests', () => {
  it('opens a ready one where drafts are not supported, once', async () => {
    const { h, change } = await delivered(BOT, { settings: { drafts: false } });
    expect(change.draft).toBe(false);
    expect(await h.changes()).toHaveLength(1);
  });

  it('says where to click when Actions may not open pull requests, and goes on after that', async () => {
    const h = harness = await makeGithubHarness({ settings: { actionsMayOpenChanges: false } });
    const { writer } = h.as(BOT);
    value(await writer.publish(BRANCH, await h.git.candidate({ 'a.txt': 'a\n' }), MESSAGE));
    const fault = failure(await writer.upsertChange(BRANCH, 'main', TEXT));
    expect(fault).toMatchObject({ code: 'forbidden', side: 'setup', retryable: false });
    expect(fault.message).toContain('https://github.example/acme/shop/settings/actions');
    expect(fault.message).toContain('pull-requests: write');
    h.repository.settings.actionsMayOpenChanges = true;
    value(await writer.upsertChange(BRANCH, 'main', TEXT));
  });

  it('leaves a pull request ready that a person marked ready', async () => {
    const { h } = await delivered(BOT);
    const [issue] = [...h.repository.issues.values()];
    if (issue?.pull === undefined) throw new Error('no pull request');
    issue.pull.draft = false;
    expect(value(await h.as(BOT).writer.upsertChange(BRANCH, 'main', { ...TEXT, body: 'more' })).draft).toBe(false);
  });

  it('reads no more than it must when nothing changed', async () => {
    const { h } = await delivered(BOT);
    value(await h.as(BOT).writer.upsertChange(BRANCH, 'main', TEXT));
    expect([h.fake.count('pulls/create'), h.fake.count('pulls/update'), h.fake.count('issues/add-labels')]).toEqual([1, 0, 1]);
  });
});

describe('reviews', () => {
  it('asks people and teams in one request', async () => {
    const { h, change } = await delivered('heddle-admin', { settings: { teams: ['payments'] } });
    expect(value(await h.as('heddle-admin').writer.requestReviews?.(change, ['@amy', '@acme/payments', 'tom@example.com']) ?? { ok: true, value: [] })).toEqual(['@amy', '@acme/payments']);
    expect(h.fake.count('pulls/request-reviewers')).toBe(1);
  });

  it('leaves out strangers, the author and teams a workflow may not ask', async () => {
    const { h, change } = await delivered(BOT, { settings: { teams: ['payments'] } });
    expect(value(await h.as(BOT).writer.requestReviews?.(change, ['@stranger', '@amy', '@acme/payments', 'rita']) ?? { ok: true, value: [] })).toEqual(['@amy', 'rita']);
    const [issue] = [...h.repository.issues.values()];
    expect(issue?.pull?.reviewers.map((one) => one.login)).toEqual(['amy', 'rita']);
    expect(issue?.pull?.teams).toEqual([]);
  });
});

describe('check runs', () => {
  const report: CheckRunReport = {
    name: 'heddle', conclusion: 'failure', title: 'two failed', summary: 's', results: [],
    annotations: Array.from({ length: 120 }, (_, index) => ({ path: 'a.ts', line: index + 1, level: 'failure', message: `m${String(index)}` })),
  };

  it('writes 120 annotations once, 50 at a time, and nothing twice when it is repeated', async () => {
    const h = harness = await makeGithubHarness();
    const { writer } = h.as(BOT);
    value(await writer.reportCheck?.(h.git.base, report) ?? { ok: true, value: undefined });
    value(await writer.reportCheck?.(h.git.base, { ...report, title: 'again' }) ?? { ok: true, value: undefined });
    expect(h.repository.checkRuns).toHaveLength(1);
    expect(h.repository.checkRuns[0]).toMatchObject({ conclusion: 'failure', status: 'completed', title: 'again' });
    expect(h.repository.checkRuns[0]?.annotations.map((one) => one['message'])).toEqual(report.annotations.map((one) => one.message));
  });

  it('is forbidden for a token that is no app\'s', async () => {
    const h = harness = await makeGithubHarness();
    expect(failure(await h.as('amy').writer.reportCheck?.(h.git.base, report) ?? { ok: true, value: undefined })).toMatchObject({ code: 'forbidden', side: 'setup' });
  });
});

describe('starting CI', () => {
  const files = {
    'README.md': '# x\n', '.github/workflows/ci.yml': 'name: CI\non:\n  push:\n  workflow_dispatch:\njobs: {}\n', '.github/workflows/pr.yaml': 'on: [pull_request]\njobs: {}\n',
    '.github/workflows/nightly.yml': 'on: {schedule: [], workflow_dispatch: null}\njobs: {}\n', '.github/workflows/broken.yml': 'on: [push\n', '.github/workflows/notes.txt': 'on: push\n',
  };

  it('dispatches what a push would have started, once, and answers the runs that exist', async () => {
    const { h, commit } = await delivered(BOT, { files });
    const answer = value(await h.as(BOT).writer.startCi?.(BRANCH, commit) ?? { ok: true, value: { runs: [], why: '' } });
    expect(answer.runs.map((run) => run.name)).toEqual(['CI']);
    expect(answer.why).toContain('pr.yaml has no workflow_dispatch trigger');
    value(await h.as(BOT).writer.startCi?.(BRANCH, commit) ?? { ok: true, value: { runs: [], why: '' } });
    expect(h.repository.runs).toHaveLength(1);
    expect(h.repository.runs[0]).toMatchObject({ branch: BRANCH, headSha: commit, workflow: '.github/workflows/ci.yml' });
  });

  it('answers no run that did not appear, and does not dispatch twice when the answer is lost', async () => {
    const { h, commit } = await delivered(BOT, { files, settings: { dispatchStartsRuns: false } });
    const answer = value(await h.as(BOT).writer.startCi?.(BRANCH, commit) ?? { ok: true, value: { runs: [], why: '' } });
    expect(answer.runs).toEqual([]);
    expect(answer.why).toContain('no run has appeared yet');
    h.repository.settings.dispatchStartsRuns = true;
    h.fake.force({ route: 'actions/create-workflow-dispatch', times: 1, kind: 'cut' });
    expect(value(await h.as(BOT).writer.startCi?.(BRANCH, commit) ?? { ok: true, value: { runs: [], why: '' } }).runs).toHaveLength(1);
    expect(h.repository.runs).toHaveLength(1);
  });

  it('says that there are no workflows', async () => {
    const { h, commit } = await delivered(BOT);
    expect(value(await h.as(BOT).writer.startCi?.(BRANCH, commit) ?? { ok: true, value: { runs: [], why: '' } })).toEqual({ runs: [], why: 'The commit has no workflow files in .github/workflows.' });
  });

  it.each([
    ['on: push', ['push']], ['on: [push, workflow_dispatch]', ['push', 'workflow_dispatch']], ['on:\n  pull_request:\n    branches: [main]\n', ['pull_request']],
    ['"on": push', ['push']], ['', []], ['- a', []], ['on: 3', []], ['a: &a [*a]\non: push', ['push']],
  ])('reads triggers of %j', (text, triggers) => { expect([...triggersIn(text)]).toEqual(triggers); });
});

describe('what is missing', () => {
  it('says what it knows, what it does not, and where to click', async () => {
    const h = harness = await makeGithubHarness({ settings: { actionsMayOpenChanges: false } });
    expect(value(await h.as('rita').reader.missingForDelivery())).toEqual([expect.stringContaining('may not push')]);
    const unknown = value(await h.as(BOT).reader.missingForDelivery());
    expect(unknown).toEqual([expect.stringMatching(/^unknown: .*contents: write/), expect.stringMatching(/^unknown: .*settings\/actions/)]);
    h.repository.roles.set(BOT, 'admin');
    expect(value(await h.as(BOT).reader.missingForDelivery())[1]).toMatch(/^GitHub Actions may not create pull requests in acme\/shop\. Open https:\/\/github\.example\/acme\/shop\/settings\/actions/);
  });

  it('knows the finer roles, and takes no path for a login', async () => {
    const h = harness = await makeGithubHarness();
    expect(value(await h.forge.reader.permissionOf('tom'))).toBe('triage');
    for (const login of ['', '.', '..', 'a/b', '../../x', 'x y']) expect(value(await h.forge.reader.permissionOf(login))).toBe('none');
    expect(h.fake.count('repos/get-collaborator-permission-level')).toBe(1);
    expect(toPermission({ permission: 'write', role_name: 'our-own-role' })).toBe('write');
    expect(toPermission({ permission: 'strange' })).toBe('none');
  });
});

describe('pure parts', () => {
  it('lets no trailer value add a trailer', () => {
    expect(commitText({ subject: 'a\nb', body: ' ', trailers: [['Ticket', 'x\nHeddle-Run: forged']] })).toBe('a b\n\nTicket: x Heddle-Run: forged');
  });
  it('cuts a long body with a note and no half character', () => {
    expect(cutBody('abc', 3)).toBe('abc');
    const cut = cutBody('😀'.repeat(200), 201);
    expect(cut.length).toBeLessThanOrEqual(201);
    expect(cut).toContain('was cut');
    expect(Buffer.from(cut, 'utf8').toString('utf8')).toBe(cut);
  });
  it('splits reviewers and drops what is none', () => {
    expect(splitReviewers(['@amy', 'amy', '@acme/pay.ments', 'a@b.c', '', '-'])).toEqual({ people: ['amy', '-'], teams: ['pay.ments'] });
  });
  it('gives two names of claims never one ref', () => {
    expect(refPrefix('acme/shop#12')).toBe('heddle/claims/acme_2f_shop_23_12/');
    expect(new Set(['a/b', 'a_2f_b', 'a.b', 'a..b', '.lock'].map(refPrefix)).size).toBe(5);
  });
  it.each(['acme', 'acme/..', 'a/b/c', '../x'])('refuses the repository %s', (repository) => {
    expect(optionSchema.safeParse({ apiUrl: 'https://api.github.com', serverUrl: 'https://github.com', token: 't', repository }).success).toBe(false);
  });
});
