import { expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create as createLocal } from '../../src/adapters/forge/local/index.js';
import type { Forge } from '../../src/ports/forge.js';
import type { WaitingStore } from '../../src/ports/waiting-store.js';
import { failure, value } from '../contract/forge-contract.js';
import { waitingStoreContract } from '../contract/waiting-store-contract.js';
import { makeGithubHarness } from './forge-github-harness.js';
import { makeGitlabHarness } from './forge-gitlab-harness.js';

const NAME = 'ticket-0123456789abcdef0123456789abcdef';

function waitingOf(forge: Forge): WaitingStore {
  if (forge.waiting === undefined) throw new Error('this forge keeps no waiting runs');
  return forge.waiting;
}

waitingStoreContract('github', async () => {
  const harness = await makeGithubHarness();
  return {
    store: waitingOf(harness.forge), connect: async () => waitingOf(await harness.connect()),
    connectReadOnly: async () => waitingOf(await (harness.connectReadOnly?.() ?? harness.connect())), close: async () => harness.close(),
  };
});

function localStore(folder: string): WaitingStore {
  return waitingOf(createLocal({ folder, repositoryName: 'shop', defaultBranch: 'main', user: 'amy', seedFrom: folder, baseCommit: '0'.repeat(40) }));
}

waitingStoreContract('local', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-waiting-'));
  return Promise.resolve({
    store: localStore(folder), connect: () => Promise.resolve(localStore(folder)),
    close: () => { rmSync(folder, { recursive: true, force: true }); return Promise.resolve(); },
  });
});

it('a ref of somebody else is said to hold no waiting run, and the list goes on without it', async () => {
  const harness = await makeGithubHarness();
  try {
    harness.repository.refs.set(`refs/heddle/waiting/${NAME}`, harness.git.base);
    const fault = failure(await waitingOf(harness.forge).get(NAME));
    expect(fault).toMatchObject({ code: 'invalid-answer', side: 'setup', retryable: false });
    expect(fault.message).toContain('Delete it by hand');
    expect(value(await waitingOf(harness.forge).list())).toEqual({ waits: [], damaged: [NAME] });
  } finally {
    await harness.close();
  }
});

it('a damaged file of the local store is said to be one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-waiting-'));
  try {
    const store = localStore(folder);
    const entry = { version: 1 as const, run: '00000000aaaaaaaa', ticket: { tracker: 'file' as const, key: 'a.md' }, since: '2026-03-01T12:00:00.000Z', expiresAt: '2026-03-05T12:00:00.000Z', head: `sha256:${'0'.repeat(64)}`, digest: `sha256:${'0'.repeat(64)}`, bytes: 0 };
    value(await store.put(NAME, { entry: entry as never, pack: new Uint8Array(), before: undefined }));
    writeFileSync(join(folder, 'waiting', NAME, '1.json'), '{}');
    expect(failure(await store.get(NAME)).message).toContain('1.json is not what was written there');
    expect(value(await store.list()).damaged).toEqual([NAME]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

waitingStoreContract('gitlab', async () => {
  const harness = await makeGitlabHarness();
  return {
    store: waitingOf(harness.forge), connect: async () => waitingOf(await harness.connect()),
    connectReadOnly: async () => waitingOf(await (harness.connectReadOnly?.() ?? harness.connect())), close: async () => harness.close(),
  };
});
