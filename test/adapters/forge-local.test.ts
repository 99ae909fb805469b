import { describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '../../src/adapters/forge/local/index.js';
import { CommitSha } from '../../src/domain/ids.js';
import type { Forge } from '../../src/ports/forge.js';
import { BRANCH, MESSAGE, TEXT, forgeContract, value } from '../contract/forge-contract.js';
import type { ForgeHarness, SeenBranch, SeenChange } from '../contract/forge-contract.js';
import { makeGitFixture } from '../contract/forge-git-fixture.js';
import { git } from './workspace-git-fixture.js';

interface LocalHarness extends ForgeHarness { readonly folder: string }

async function makeHarness(): Promise<LocalHarness> {
  const fixture = await makeGitFixture();
  const folder = mkdtempSync(join(tmpdir(), 'heddle-local-'));
  const connect = (): Forge => create({ folder, repositoryName: 'shop', defaultBranch: 'main', user: 'amy', seedFrom: fixture.gitDir, baseCommit: fixture.base });
  const bare = join(folder, 'forge.git');
  const forge = connect();
  value(await forge.reader.headOf('main'));
  const changeFiles = (): readonly string[] => {
    try {
      return readdirSync(join(folder, 'changes')).filter((name) => /^\d+\.json$/.test(name));
    } catch {
      return [];
    }
  };
  const read = (name: string): SeenChange => JSON.parse(readFileSync(join(folder, 'changes', name), 'utf8')) as SeenChange;
  return {
    folder, git: fixture, forge, accounts: { writer: 'amy', unknown: 'nobody-at-all' },
    connect: () => Promise.resolve(connect()),
    branch: (name) => Promise.resolve(seenBranch(bare, name)),
    heddleBranches: () => Promise.resolve(git(bare, 'for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads/heddle/').split('\n').filter((name) => name !== '')),
    pushForeign: (name, commit) => {
      git(fixture.gitDir, 'push', '-q', bare, `${commit}:refs/heads/${name}`);
      return Promise.resolve();
    },
    openForeign: (branch, commit, { reviewer }) => {
      git(fixture.gitDir, 'push', '-q', bare, `${commit}:refs/heads/${branch}`);
      const number = changeFiles().length + 1;
      mkdirSync(join(folder, 'changes'), { recursive: true });
      writeFileSync(join(folder, 'changes', `${String(number)}.json`), JSON.stringify({ version: 1, number, branch, base: 'main', head: commit, state: 'open', draft: false, title: 'By hand', body: '', labels: [], author: 'tom', reviewers: [reviewer] }));
      return Promise.resolve();
    },
    changes: () => Promise.resolve(changeFiles().map(read).map(({ number, branch, base, title, body, labels, state }) => ({ number, branch, base, title, body, labels, state }))),
    closeByPerson: (number) => {
      writeFileSync(join(folder, 'changes', `${String(number)}.json`), JSON.stringify({ ...read(`${String(number)}.json`), state: 'closed' }));
      return Promise.resolve();
    },
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      await fixture.close();
    },
  };
}

function seenBranch(bare: string, name: string): SeenBranch | undefined {
  if (git(bare, 'for-each-ref', `refs/heads/${name}`) === '') return undefined;
  const [commit = '', tree = '', parents = ''] = git(bare, 'log', '-1', '--format=%H %T%n%P', `refs/heads/${name}`).split(/[ \n]/);
  return { commit: CommitSha.parse(commit), tree, parents: parents === '' ? [] : [parents], message: git(bare, 'log', '-1', '--format=%B', `refs/heads/${name}`) };
}

forgeContract('local', makeHarness);

describe('local forge', () => {
  it('writes the change as a page, its checks beside it, and the branch can be fetched and holds together', async () => {
    const harness = await makeHarness();
    try {
      const commit = value(await harness.forge.writer.publish(BRANCH, await harness.git.candidate({ 'a.txt': 'a\n' }), MESSAGE));
      const change = value(await harness.forge.writer.upsertChange(BRANCH, 'main', { ...TEXT, title: 'Round\nhalf up' }));
      const report = { name: 'heddle', conclusion: 'success' as const, title: 'ok', summary: '1 check', annotations: [], results: [] };
      value(await harness.forge.writer.reportCheck?.(commit, report) ?? { ok: true, value: undefined });
      value(await harness.forge.writer.reportCheck?.(commit, { ...report, conclusion: 'failure' }) ?? { ok: true, value: undefined });
      const page = readFileSync(new URL(change.url), 'utf8');
      expect(page).toContain('# Round half up\n');
      expect(page).toContain(TEXT.body);
      expect(JSON.parse(readFileSync(join(harness.folder, 'changes/1.checks.json'), 'utf8'))).toMatchObject({ commit, checks: [{ name: 'heddle', conclusion: 'failure' }] });
      git(join(harness.folder, 'forge.git'), 'fsck', '--full', '--strict');
      git(harness.git.gitDir, 'fetch', '-q', join(harness.folder, 'forge.git'), BRANCH);
      expect(git(harness.git.gitDir, 'rev-parse', 'FETCH_HEAD')).toBe(commit);
    } finally {
      await harness.close();
    }
  });

  it('gives two jobs that open the same change at once one change, and other branches their own', async () => {
    const harness = await makeHarness();
    try {
      value(await harness.forge.writer.publish(BRANCH, await harness.git.candidate({ 'a.txt': 'a\n' }), MESSAGE));
      const forges = await Promise.all(Array.from({ length: 6 }, () => harness.connect()));
      const changes = (await Promise.all(forges.map((forge) => forge.writer.upsertChange(BRANCH, 'main', TEXT)))).map(value);
      expect(new Set(changes.map((change) => change.number))).toEqual(new Set([1]));
      expect(await harness.changes()).toHaveLength(1);
    } finally {
      await harness.close();
    }
  });

  it('says which file a person broke', async () => {
    const harness = await makeHarness();
    try {
      value(await harness.forge.writer.publish(BRANCH, await harness.git.candidate({ 'a.txt': 'a\n' }), MESSAGE));
      value(await harness.forge.writer.upsertChange(BRANCH, 'main', TEXT));
      writeFileSync(join(harness.folder, 'changes/1.json'), '{');
      expect(await harness.forge.reader.openHeddleChanges()).toMatchObject({ ok: false, error: { code: 'invalid-answer', side: 'setup', message: expect.stringContaining('1.json') } });
    } finally {
      await harness.close();
    }
  });

  it('is a fault, not a throw, where the folder cannot be made', async () => {
    const harness = await makeHarness();
    try {
      const file = join(harness.folder, 'file');
      writeFileSync(file, '');
      const forge = create({ folder: join(file, 'forge'), repositoryName: 'shop', defaultBranch: 'main', user: 'amy', seedFrom: harness.git.gitDir, baseCommit: harness.git.base });
      expect(await forge.reader.headOf('main')).toMatchObject({ ok: false, error: { code: 'io' } });
      expect(value(await forge.reader.missingForDelivery())).toHaveLength(1);
    } finally {
      await harness.close();
    }
  });
});
