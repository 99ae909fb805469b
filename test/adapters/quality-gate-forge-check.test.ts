import { afterEach, describe, expect, it } from '@jest/globals';
import { create } from '../../src/adapters/quality-gate/forge-check/index.js';
import { ExternalGateConfig } from '../../src/config/quality-config.js';
import { CommitSha } from '../../src/domain/ids.js';
import { externalNode } from '../../src/gates/quality/external-node.js';
import type { ForgeReader } from '../../src/ports/forge.js';
import type { CheckRun } from '../fakes/github/world.js';
import { makeGithubHarness, type GithubHarness } from './forge-github-harness.js';

/** The required check of a repository, asked of the fake GitHub through the real adapter. */
let harness: GithubHarness | undefined;
afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

type Seen = { readonly kind: 'run'; readonly conclusion: string } | { readonly kind: 'status'; readonly state: 'success' | 'failure' | 'pending' | 'error' };

async function asked(seen: readonly Seen[], more: { readonly config?: object; readonly later?: () => void } = {}) {
  const h = harness = await makeGithubHarness();
  const commit = CommitSha.parse(h.git.base);
  for (const [index, one] of seen.entries()) {
    if (one.kind === 'run') h.repository.checkRuns.push({ id: index + 1, name: 'build', headSha: commit, status: 'completed', conclusion: one.conclusion, title: '', summary: '', annotations: [], by: [...h.fake.world.accounts.values()][0] as CheckRun['by'] });
    else h.repository.statuses = [...h.repository.statuses ?? [], { sha: commit, context: 'build', state: one.state }];
  }
  const config = ExternalGateConfig.parse({ kind: 'check', name: 'build', ...more.config });
  if (config.kind !== 'check') throw new Error('another kind');
  let now = 0;
  const waits: number[] = [];
  const source = create({ name: config.name, comes: config.on === 'head', ...(config.app === undefined ? {} : { app: config.app }) }, {
    reader: h.as('amy').reader, monotonicMs: () => now, pause: (ms) => { now += ms; waits.push(ms); more.later?.(); return Promise.resolve(); },
  });
  const answer = await source.ask({ commit, waitMsMax: 20_000 });
  return { h, waits, node: externalNode(config, answer) };
}

const run = (conclusion: string): Seen => ({ kind: 'run', conclusion });
const status = (state: Extract<Seen, { kind: 'status' }>['state']): Seen => ({ kind: 'status', state });

describe('a check of the repository as a gate', () => {
  it.each<[string, readonly Seen[], string, string]>([
    ['a green run', [run('success')], 'allow', 'the check «build» of the repository passed'],
    ['a skipped run, which a branch rule takes as well', [run('skipped')], 'allow', 'passed'],
    ['a green status', [status('success')], 'allow', 'passed'],
    ['a red run', [run('failure')], 'hold', 'failed for commit'],
    ['a cancelled run', [run('cancelled')], 'hold', 'failed'],
    ['a green run beside a red status', [run('success'), status('error')], 'hold', 'failed'],
    ['none', [], 'hold', 'gave no answer: there is no such check on commit'],
    ['one that never ends', [status('pending')], 'hold', 'still running after 20 s'],
  ])('%s', async (_, seen, effect, words) => {
    const { node } = await asked(seen);
    expect([node.rule, node.effect]).toEqual(['external-check/build', effect]);
    expect(node.words).toContain(words);
  });

  it('waits while it is running, and on a pushed commit also for it to begin', async () => {
    const { node, waits } = await asked([], { config: { on: 'head' }, later: () => { if (harness !== undefined) harness.repository.statuses = [{ sha: harness.git.base, context: 'build', state: 'success' }]; } });
    expect([node.effect, waits]).toEqual(['allow', [5_000]]);
  });

  it('does not take the word of another app', async () => {
    const { node } = await asked([run('success'), status('success')], { config: { app: 'github-actions', unanswered: 'deny' } });
    expect([node.effect, node.words]).toEqual(['deny', expect.stringContaining('there is no such check')]);
  });

  it('says that a forge knows no checks', async () => {
    const source = create({ name: 'build', comes: false }, { reader: { id: 'local' } as ForgeReader, monotonicMs: () => 0, pause: () => Promise.resolve() });
    const answer = await source.ask({ commit: CommitSha.parse('a'.repeat(40)), waitMsMax: 1 });
    expect(externalNode(ExternalGateConfig.parse({ kind: 'check', name: 'my build!' }), answer)).toMatchObject({ rule: 'external-check/my-build-', effect: 'hold' });
  });
});
