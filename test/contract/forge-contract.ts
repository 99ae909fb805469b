import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Change } from '../../src/domain/change.js';
import type { Fault } from '../../src/domain/fault.js';
import { HeddleBranch, Instant, RunId, TreeSha } from '../../src/domain/ids.js';
import type { CommitSha } from '../../src/domain/ids.js';
import type { OpenChanges } from '../../src/domain/open-change.js';
import type { Result } from '../../src/kit/result.js';
import type { ChangeText, Claim, CommitMessage, Forge } from '../../src/ports/forge.js';
import type { GitFixture } from './forge-git-fixture.js';

/** A branch as it stands on the forge, seen by somebody who does not go through the adapter. */
export interface SeenBranch { readonly commit: CommitSha; readonly tree: string; readonly parents: readonly string[]; readonly message: string }
/** A change as a person sees it on the forge, whatever its state. */
export interface SeenChange { readonly number: number; readonly branch: string; readonly base: string; readonly title: string; readonly body: string; readonly labels: readonly string[]; readonly state: Change['state'] }

/** What a forge adapter's test gives to the suite. A new one is made for every test and closed after it. */
export interface ForgeHarness {
  /** A connection whose account may write. */
  readonly forge: Forge;
  /** The repository the forge was seeded from; its one commit is the head of `main` on the forge. */
  readonly git: GitFixture;
  /** An account that the forge knows as a writer, and a name it does not know. */
  readonly accounts: { readonly writer: string; readonly unknown: string };
  /** Another connection to the same place, as another CI job would have. */
  connect(): Promise<Forge>;
  /** A connection that may read and not write. Left out where the place knows no such thing. */
  connectReadOnly?(): Promise<Forge>;
  branch(name: string): Promise<SeenBranch | undefined>;
  /** All branches whose name starts with `heddle/`. */
  heddleBranches(): Promise<readonly string[]>;
  /** Puts a commit of `harness.git` on the forge as a branch, as somebody else's push would. */
  pushForeign(name: string, commit: CommitSha): Promise<void>;
  /** A person pushes a branch and opens a change from it. */
  openForeign(branch: string, commit: CommitSha, more: { readonly reviewer: string }): Promise<void>;
  changes(): Promise<readonly SeenChange[]>;
  /** A person closes the change without merging it. */
  closeByPerson(number: number): Promise<void>;
  close(): Promise<void>;
}

export const BRANCH = HeddleBranch.parse('heddle/shop-12-0123abcd');
export const RUN = RunId.parse('0000000000aaaaaa');
const OTHER_RUN = RunId.parse('0000000000bbbbbb');
const NOW = Instant.parse('2026-03-01T12:00:00.000Z');
const LATER = Instant.parse('2026-03-01T13:00:00.000Z');
const EARLIER = Instant.parse('2026-03-01T11:59:59.000Z');

export const MESSAGE: CommitMessage = {
  subject: 'Round totals half up', body: 'Totals were cut off.\n\nThey are rounded now.',
  trailers: [['Assisted-by', 'builtin:some-model'], ['Heddle-Run', RUN], ['Ticket', 'acme/shop#12']],
};
export const TEXT: ChangeText = { title: 'Round totals half up', body: 'What and why.\n', labels: ['heddle'], draft: true };

/** The ONE suite that every forge adapter passes. */
export function forgeContract(name: string, makeHarness: () => Promise<ForgeHarness>): void {
  describe(`forge contract: ${name}`, () => {
    let harness: ForgeHarness;
    beforeEach(async () => { harness = await makeHarness(); });
    afterEach(async () => { await harness.close(); });

    describe('reading', () => { reading(() => harness); });
    describe('open changes', () => { listing(() => harness); });
    describe('publish', () => {
      publishing(() => harness);
      publishingAgain(() => harness);
    });
    describe('upsertChange', () => { changing(() => harness); });
    describe('claims', () => { claiming(() => harness); });
    describe('claims that are free to take', () => { takingOver(() => harness); });
    describe('an account that may not write', () => { readOnly(() => harness); });
  });
}

function reading(harness: () => ForgeHarness): void {
  it('knows the repository and the head of its default branch', async () => {
    const { forge, git } = harness();
    const facts = value(await forge.reader.repository());
    expect(facts.defaultBranch).toBe('main');
    expect(facts.slug.length).toBeGreaterThan(0);
    expect(value(await forge.reader.headOf('main'))).toBe(git.base);
  });

  it('answers not-found for a branch that is not there, with words', async () => {
    const fault = failure(await harness().forge.reader.headOf('no-such-branch'));
    expect(fault.code).toBe('not-found');
    expect(fault.retryable).toBe(false);
    expect(fault.message).toContain('no-such-branch');
  });

  it('does not take the beginning of a branch name for the branch', async () => {
    await harness().pushForeign('release/1', harness().git.base);
    expect(failure(await harness().forge.reader.headOf('release')).code).toBe('not-found');
  });

  it('tells who may write; an account nobody knows is none', async () => {
    const { forge, accounts } = harness();
    expect(['admin', 'maintain', 'write']).toContain(value(await forge.reader.permissionOf(accounts.writer)));
    expect(value(await forge.reader.permissionOf(accounts.unknown))).toBe('none');
  });

  it('lacks nothing for a delivery', async () => {
    expect(value(await harness().forge.reader.missingForDelivery())).toEqual([]);
  });

  it('lists open Heddle changes only', async () => {
    const { forge } = harness();
    expect(value(await forge.reader.openHeddleChanges())).toEqual([]);
    const change = await deliver(harness());
    expect(value(await forge.reader.openHeddleChanges())).toEqual([change]);
    await harness().closeByPerson(change.number);
    expect(value(await forge.reader.openHeddleChanges())).toEqual([]);
  });
}

function listing(harness: () => ForgeHarness): void {
  it('lists every open change with its head and the files it touches, ours and those of people', async () => {
    const { forge, git } = harness();
    expect(value(await openChangesOf(forge))).toEqual({ changes: [], cut: false });
    const ours = await deliver(harness());
    const foreign = await git.candidate({ 'src/old.ts': null, 'docs/new name.md': 'x\n' });
    const head = await git.commit(foreign.tree, [git.base], 'By hand');
    await harness().openForeign('topic/by-hand', head, { reviewer: harness().accounts.writer });
    const { changes, cut } = value(await openChangesOf(await harness().connect()));
    expect(cut).toBe(false);
    expect(changes.map(({ number, branch, base, head: at, ours: own, paths, pathsCut }) => ({ number, branch, base, head: at, ours: own, paths: [...paths ?? []].sort(), pathsCut })).sort((a, b) => a.number - b.number)).toEqual([
      { number: ours.number, branch: BRANCH, base: 'main', head: ours.head, ours: true, paths: ['a.txt'], pathsCut: false },
      { number: ours.number + 1, branch: 'topic/by-hand', base: 'main', head, ours: false, paths: ['docs/new name.md', 'src/old.ts'], pathsCut: false },
    ]);
    expect(changes.find((change) => !change.ours)?.reviewers).toEqual([harness().accounts.writer]);
    await harness().closeByPerson(ours.number);
    expect(value(await openChangesOf(forge)).changes.map((change) => change.branch)).toEqual(['topic/by-hand']);
  });
}

function openChangesOf(forge: Forge): Promise<Result<OpenChanges, Fault>> {
  if (forge.reader.openChanges === undefined) throw new Error('this forge cannot list open changes: give the harness no openForeign');
  return forge.reader.openChanges();
}

function publishing(harness: () => ForgeHarness): void {
  it('makes one commit of exactly the tree on the base, with the trailers last', async () => {
    const { forge, git } = harness();
    const source = await git.candidate({ 'src/total.ts': 'export const total = Math.round;\n', 'src/new.ts': 'export {};\n', 'src/old.ts': null });
    const commit = value(await forge.writer.publish(BRANCH, source, MESSAGE));
    const seen = await harness().branch(BRANCH);
    expect(seen).toMatchObject({ commit, tree: source.tree, parents: [source.base] });
    expect(seen?.message.trimEnd()).toBe(
      'Round totals half up\n\nTotals were cut off.\n\nThey are rounded now.\n\n'
      + `Assisted-by: builtin:some-model\nHeddle-Run: ${RUN}\nTicket: acme/shop#12`);
    expect(value(await forge.reader.headOf(BRANCH))).toBe(commit);
    expect(value(await forge.reader.headOf('main'))).toBe(git.base);
  });

  it('keeps bytes that are no UTF-8, modes, links, strange names and a file that became another kind', async () => {
    const { forge, git } = harness();
    const source = await git.candidate({
      'logo.bin': new Uint8Array([255, 0, 13, 10, 128]), 'bin/tool': { content: '#!/bin/sh\n', mode: '100755' },
      'src/link': { content: '../README.md', mode: '120000' }, 'README.md': { content: '# shop\n', mode: '100755' },
      'src/old.ts': { content: 'total.ts', mode: '120000' }, 'sp ace/ünïcode "q".txt': 'x\r\n', 'empty.txt': '', 'bom.txt': '\ufeffbom\n',
    });
    value(await forge.writer.publish(BRANCH, source, MESSAGE));
    expect((await harness().branch(BRANCH))?.tree).toBe(source.tree);
  });

  it('takes out the last file of a folder', async () => {
    const source = await harness().git.candidate({ 'bin/run': null });
    value(await harness().forge.writer.publish(BRANCH, source, MESSAGE));
    expect((await harness().branch(BRANCH))?.tree).toBe(source.tree);
  });

}

function publishingAgain(harness: () => ForgeHarness): void {
  it('answers the same commit when it is repeated', async () => {
    const source = await harness().git.candidate({ 'a.txt': 'a\n' });
    const first = value(await harness().forge.writer.publish(BRANCH, source, MESSAGE));
    const again = value(await (await harness().connect()).writer.publish(BRANCH, source, MESSAGE));
    expect(again).toBe(first);
    expect(await harness().heddleBranches()).toEqual([BRANCH]);
  });

  it('is a conflict when the branch holds another tree, and leaves the branch alone', async () => {
    const { forge, git } = harness();
    const first = value(await forge.writer.publish(BRANCH, await git.candidate({ 'a.txt': 'a\n' }), MESSAGE));
    const fault = failure(await forge.writer.publish(BRANCH, await git.candidate({ 'a.txt': 'b\n' }), MESSAGE));
    expect(fault.code).toBe('conflict');
    expect(fault.message).toContain(BRANCH);
    expect((await harness().branch(BRANCH))?.commit).toBe(first);
  });

  it('is a conflict when the branch holds the tree on another parent', async () => {
    const { forge, git } = harness();
    const source = await git.candidate({ 'a.txt': 'a\n' });
    const between = await git.commit(git.baseTree, [git.base], 'Somebody came in between');
    const foreign = await git.commit(source.tree, [between], 'Same tree, other parent');
    await harness().pushForeign(BRANCH, foreign);
    expect(failure(await forge.writer.publish(BRANCH, source, MESSAGE)).code).toBe('conflict');
    expect((await harness().branch(BRANCH))?.commit).toBe(foreign);
  });

  it('makes no branch when the tree is not the one that was validated', async () => {
    const source = await harness().git.candidate({ 'a.txt': 'a\n' });
    const fault = failure(await harness().forge.writer.publish(BRANCH, { ...source, tree: TreeSha.parse('1'.repeat(40)) }, MESSAGE));
    expect(fault.code).toBe('conflict');
    expect(await harness().heddleBranches()).toEqual([]);
  });

  it('gives two jobs that publish the same candidate at once the same commit', async () => {
    const source = await harness().git.candidate({ 'a.txt': 'a\n' });
    const forges = await Promise.all([harness().connect(), harness().connect(), harness().connect()]);
    const commits = await Promise.all(forges.map((forge) => forge.writer.publish(BRANCH, source, MESSAGE)));
    const seen = await harness().branch(BRANCH);
    expect(commits.map(value)).toEqual([seen?.commit, seen?.commit, seen?.commit]);
  });
}

function changing(harness: () => ForgeHarness): void {
  it('opens a change from the branch', async () => {
    const change = await deliver(harness());
    const seen = await harness().branch(BRANCH);
    expect(change).toMatchObject({ branch: BRANCH, base: 'main', head: seen?.commit, state: 'open' });
    expect(change.draft).toBe(harness().forge.reader.capabilities.drafts);
    expect(await harness().changes()).toEqual([
      { number: change.number, branch: BRANCH, base: 'main', title: TEXT.title, body: TEXT.body, labels: ['heddle'], state: 'open' },
    ]);
  });

  it('updates the one change when it is repeated', async () => {
    const first = await deliver(harness());
    const again = value(await (await harness().connect()).writer.upsertChange(BRANCH, 'main', { ...TEXT, title: 'Better', body: 'New.\n', labels: ['heddle', 'reviewed'] }));
    expect(again.number).toBe(first.number);
    const [seen, ...others] = await harness().changes();
    expect(others).toEqual([]);
    expect(seen).toMatchObject({ title: 'Better', body: 'New.\n' });
    expect([...seen?.labels ?? []].sort()).toEqual(['heddle', 'reviewed']);
  });

  it('is a conflict after a person closed it: it is neither reopened nor opened a second time', async () => {
    const change = await deliver(harness());
    await harness().closeByPerson(change.number);
    const fault = failure(await harness().forge.writer.upsertChange(BRANCH, 'main', TEXT));
    expect(fault.code).toBe('conflict');
    expect(fault.retryable).toBe(false);
    expect((await harness().changes()).map((seen) => seen.state)).toEqual(['closed']);
  });

  it('is a fault when there is no such branch', async () => {
    failure(await harness().forge.writer.upsertChange(BRANCH, 'main', TEXT));
    expect(await harness().changes()).toEqual([]);
  });
}

function claiming(harness: () => ForgeHarness): void {
  it('takes a free claim, and again for the same run', async () => {
    const { claims } = harness().forge;
    expect(value(await claims.claim('acme-shop-12', claimOf(RUN), NOW))).toEqual({ kind: 'taken' });
    expect(value(await claims.claim('acme-shop-12', claimOf(RUN), NOW))).toEqual({ kind: 'taken' });
    expect(value(await (await harness().connect()).claims.claim('acme-shop-12', claimOf(RUN), NOW))).toEqual({ kind: 'taken' });
  });

  it('says who holds it to everybody else', async () => {
    const mine = claimOf(RUN);
    value(await harness().forge.claims.claim('acme-shop-12', mine, NOW));
    const answer = value(await (await harness().connect()).claims.claim('acme-shop-12', claimOf(OTHER_RUN, 'ci/2'), NOW));
    expect(answer).toEqual({ kind: 'held', by: mine });
  });

  it('keeps two names apart', async () => {
    const { claims } = harness().forge;
    value(await claims.claim('acme-shop-12', claimOf(RUN), NOW));
    expect(value(await claims.claim('acme-shop-1', claimOf(OTHER_RUN, 'ci/2'), NOW))).toEqual({ kind: 'taken' });
    expect(value(await claims.claim('acme-shop-123', claimOf(OTHER_RUN, 'ci/2'), NOW))).toEqual({ kind: 'taken' });
  });

  it('is no branch and opens nothing', async () => {
    value(await harness().forge.claims.claim('acme-shop-12', claimOf(RUN), NOW));
    expect(await harness().heddleBranches()).toEqual([]);
    expect(await harness().changes()).toEqual([]);
  });

  it('has one winner among ten that claim at once', async () => {
    const forges = await Promise.all(Array.from({ length: 10 }, () => harness().connect()));
    const answers = await Promise.all(forges.map((forge, index) => forge.claims.claim('acme-shop-12', claimOf(runNumber(index), `ci/${String(index)}`), NOW)));
    expect(winners(answers)).toHaveLength(1);
    await expectHeldByWinner(harness(), answers);
  });
}

function takingOver(harness: () => ForgeHarness): void {
  it('lets anybody take a claim that has expired', async () => {
    value(await harness().forge.claims.claim('acme-shop-12', claimOf(RUN, 'ci/1', EARLIER), EARLIER));
    const taker = await harness().connect();
    expect(value(await taker.claims.claim('acme-shop-12', claimOf(OTHER_RUN, 'ci/2'), NOW))).toEqual({ kind: 'taken' });
    expect(value(await harness().forge.claims.claim('acme-shop-12', claimOf(RUN, 'ci/1'), NOW))).toEqual({ kind: 'held', by: claimOf(OTHER_RUN, 'ci/2') });
  });

  it('lets the re-run of the same CI run take it at once', async () => {
    value(await harness().forge.claims.claim('acme-shop-12', claimOf(RUN), NOW));
    expect(value(await harness().forge.claims.claim('acme-shop-12', claimOf(OTHER_RUN), NOW))).toEqual({ kind: 'taken' });
  });

  it('has one winner among five that take over an expired claim at once', async () => {
    value(await harness().forge.claims.claim('acme-shop-12', claimOf(RUN, 'ci/gone', EARLIER), EARLIER));
    const forges = await Promise.all(Array.from({ length: 5 }, () => harness().connect()));
    const answers = await Promise.all(forges.map((forge, index) => forge.claims.claim('acme-shop-12', claimOf(runNumber(index), `ci/${String(index)}`), NOW)));
    expect(winners(answers)).toHaveLength(1);
    await expectHeldByWinner(harness(), answers);
  });

  it('is free after its holder gave it back', async () => {
    const { claims } = harness().forge;
    value(await claims.claim('acme-shop-12', claimOf(RUN), NOW));
    value(await claims.release('acme-shop-12', RUN));
    value(await claims.release('acme-shop-12', RUN));
    expect(value(await claims.claim('acme-shop-12', claimOf(OTHER_RUN, 'ci/2'), NOW))).toEqual({ kind: 'taken' });
  });

  it('is not given back by a run that does not hold it', async () => {
    const { claims } = harness().forge;
    value(await claims.claim('acme-shop-12', claimOf(RUN), NOW));
    value(await claims.release('acme-shop-12', OTHER_RUN));
    expect(value(await claims.claim('acme-shop-12', claimOf(OTHER_RUN, 'ci/2'), NOW)).kind).toBe('held');
  });
}

function readOnly(harness: () => ForgeHarness): void {
  it('gets faults, never success, and leaves nothing behind', async () => {
    const connect = harness().connectReadOnly;
    if (connect === undefined) return;
    const forge = await connect.call(harness());
    const source = await harness().git.candidate({ 'a.txt': 'a\n' });
    const faults = [
      failure(await forge.writer.publish(BRANCH, source, MESSAGE)),
      failure(await forge.claims.claim('acme-shop-12', claimOf(RUN), NOW)),
    ];
    value(await harness().forge.writer.publish(BRANCH, source, MESSAGE));
    faults.push(failure(await forge.writer.upsertChange(BRANCH, 'main', TEXT)));
    for (const fault of faults) expect(fault).toMatchObject({ code: 'forbidden', side: 'setup', retryable: false });
    expect(await harness().changes()).toEqual([]);
    expect(value(await forge.reader.missingForDelivery()).length).toBeGreaterThan(0);
  });
}

async function deliver(harness: ForgeHarness): Promise<Change> {
  value(await harness.forge.writer.publish(BRANCH, await harness.git.candidate({ 'a.txt': 'a\n' }), MESSAGE));
  return value(await harness.forge.writer.upsertChange(BRANCH, 'main', TEXT));
}

type ClaimAnswer = Awaited<ReturnType<Forge['claims']['claim']>>;

function winners(answers: readonly ClaimAnswer[]): readonly number[] {
  return answers.flatMap((answer, index) => (answer.ok && answer.value.kind === 'taken' ? [index] : []));
}

async function expectHeldByWinner(harness: ForgeHarness, answers: readonly ClaimAnswer[]): Promise<void> {
  const [winner = -1] = winners(answers);
  const late = value(await harness.forge.claims.claim('acme-shop-12', claimOf(RUN, 'ci/late'), NOW));
  expect(late).toEqual({ kind: 'held', by: claimOf(runNumber(winner), `ci/${String(winner)}`) });
}

function claimOf(run: RunId, holder = 'ci/1', expiresAt = LATER): Claim {
  return { run, holder, expiresAt };
}

function runNumber(index: number): RunId {
  return RunId.parse(`00000000${String(index).padStart(4, '0')}`);
}

export function value<T>(result: Result<T, Fault>): T {
  if (!result.ok) throw new Error(`expected a value, got ${result.error.code}: ${result.error.message}`);
  return result.value;
}

export function failure<T>(result: Result<T, Fault>): Fault {
  if (result.ok) throw new Error(`expected a fault, got ${JSON.stringify(result.value)}`);
  return result.error;
}
