import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Fault } from '../../src/domain/fault.js';
import { Instant } from '../../src/domain/ids.js';
import type { Result } from '../../src/kit/result.js';
import type { CandidateSource, CheckRunReport, Forge } from '../../src/ports/forge.js';
import { BRANCH, MESSAGE, RUN, TEXT, failure, value } from '../contract/forge-contract.js';
import { makeGitFixture } from '../contract/forge-git-fixture.js';
import type { GitFixture } from '../contract/forge-git-fixture.js';
import type { ForcedKind } from '../fakes/github/forced.js';
import { makeGithubHarness } from './forge-github-harness.js';
import type { GithubHarness } from './forge-github-harness.js';

// Six or four worlds per test.
jest.setTimeout(60_000);

let git: GitFixture;
let source: CandidateSource;
let harness: GithubHarness;
beforeAll(async () => {
  git = await makeGitFixture();
  source = await git.candidate({ 'a.txt': 'a\n', 'b.bin': new Uint8Array([0, 255]) });
});
afterAll(async () => { await git.close(); });
beforeEach(async () => { harness = await makeGithubHarness({ git }); });
afterEach(async () => { await harness.close(); });

/** A world of its own within a test; closed also when the test fails. */
async function inFreshWorld(test: (fresh: GithubHarness) => Promise<void>): Promise<void> {
  await harness.close();
  harness = await makeGithubHarness({ git });
  await test(harness);
}

const REPORT: CheckRunReport = { name: 'heddle', conclusion: 'success', title: 'fine', summary: 'all passed', annotations: [], results: [] };
const CLAIM = { run: RUN, holder: 'ci/1', expiresAt: Instant.parse('2026-03-01T13:00:00.000Z') };
const NOW = Instant.parse('2026-03-01T12:00:00.000Z');
const bot = (): Forge => harness.as('github-actions[bot]', { requestTimeoutMs: 400 });

const publish = async (forge: Forge): Promise<Result<unknown, Fault>> => forge.writer.publish(BRANCH, source, MESSAGE);

/** Every call of the adapter with the routes it makes; each is spoiled in every way, on a fresh world. */
const CALLS: Readonly<Record<string, { readonly routes: readonly string[]; readonly prepare?: (forge: Forge) => Promise<unknown>; readonly call: (forge: Forge) => Promise<Result<unknown, Fault>> }>> = {
  repository: { routes: ['repos/get'], call: (forge) => forge.reader.repository() },
  headOf: { routes: ['git/get-ref'], call: (forge) => forge.reader.headOf('main') },
  permissionOf: { routes: ['repos/get-collaborator-permission-level'], call: (forge) => forge.reader.permissionOf('amy') },
  openHeddleChanges: { routes: ['pulls/list'], call: (forge) => forge.reader.openHeddleChanges() },
  missingForDelivery: { routes: ['repos/get', 'graphql'], call: (forge) => forge.reader.missingForDelivery() },
  publish: { routes: ['git/get-ref', 'git/get-commit', 'git/create-blob', 'git/create-tree', 'git/create-commit', 'git/create-ref'], call: publish },
  upsertChange: { routes: ['pulls/list', 'pulls/create', 'issues/add-labels'], prepare: publish, call: (forge) => forge.writer.upsertChange(BRANCH, 'main', TEXT) },
  reportCheck: { routes: ['checks/list-for-ref', 'checks/create'], call: async (forge) => await forge.writer.reportCheck?.(harness.git.base, REPORT) ?? { ok: true, value: 0 } },
  claim: { routes: ['git/list-matching-refs', 'git/create-commit', 'git/create-ref'], call: (forge) => forge.claims.claim('t', CLAIM, NOW) },
};
const CASES = Object.entries(CALLS).flatMap(([name, { routes }]) => routes.map((route) => [name, route] as const));

describe('forge/github when GitHub fails for a moment', () => {
  it.each(CASES)('%s gets through a failing %s, whatever the failure, and writes once', async (name, route) => {
    const { call, prepare } = CALLS[name] as (typeof CALLS)[string];
    const kinds: readonly ForcedKind[] = ['429', '403-secondary', '500', 'cut', 'truncated-page', 'slow'];
    for (const kind of kinds) {
      await inFreshWorld(async (fresh) => {
        await prepare?.(bot());
        fresh.fake.force({ route, times: 1, kind });
        const first = await call(bot());
        // A broken answer to a repeatable write is a fault that says so; the call as a whole may then be repeated.
        if (!first.ok) expect(first.error).toMatchObject({ code: 'invalid-answer', retryable: true, side: 'theirs' });
        value(await call(bot()));
        expect(writes(fresh)).toEqual(EXPECTED[name] ?? NOTHING);
      });
    }
  });

  it.each(CASES)('%s says what happened when %s fails for good', async (name, route) => {
    const { call, prepare } = CALLS[name] as (typeof CALLS)[string];
    const expected: readonly (readonly [ForcedKind, object])[] = [
      ['500', { code: 'service-error', side: 'theirs', retryable: true }], ['cut', { code: 'unreachable', side: 'theirs', retryable: true }],
      ['403', { code: 'forbidden', side: 'setup', retryable: false }], ['429', { code: 'rate-limited', side: 'theirs', retryable: true }],
    ];
    for (const [kind, fault] of expected) {
      await inFreshWorld(async (fresh) => {
        await prepare?.(bot());
        // More than all tries of all layers together; what is left over is taken back.
        fresh.fake.force({ route, times: 60, kind, effect: false, resetInSeconds: kind === '429' ? 3600 : 1 });
        const result = await call(bot());
        fresh.fake.calm();
        if (name === 'missingForDelivery' && route === 'graphql') expect(result.ok).toBe(true);
        else expect(failure(result)).toMatchObject(fault);
        expect(fresh.fake.count(route)).toBeLessThanOrEqual(kind === '403' || kind === '429' ? 1 + NEXT_LOOKS : 30);
      });
    }
  });
});

/** A refused call is asked for once; another look at the same route may follow. */
const NEXT_LOOKS = 2;
const NOTHING = { branches: 0, changes: 0, labels: 0, checks: 0, claims: 0 };
const EXPECTED: Readonly<Record<string, typeof NOTHING>> = {
  publish: { ...NOTHING, branches: 1 }, upsertChange: { ...NOTHING, branches: 1, changes: 1, labels: 1 },
  reportCheck: { ...NOTHING, checks: 1 }, claim: { ...NOTHING, claims: 1 },
};

function writes({ repository }: GithubHarness): typeof NOTHING {
  const refs = [...repository.refs.keys()];
  const pulls = [...repository.issues.values()].filter((issue) => issue.pull !== undefined);
  return {
    branches: refs.filter((ref) => ref.startsWith('refs/heads/heddle/')).length, changes: pulls.length, labels: pulls.flatMap((issue) => issue.labels).length,
    checks: repository.checkRuns.length, claims: refs.filter((ref) => ref.startsWith('refs/heddle/claims/')).length,
  };
}

describe('forge/github and limits', () => {
  it('keeps the wait that GitHub names when it is short, and gives it back when it is long', async () => {
    harness.fake.force({ route: 'repos/get', times: 2, kind: '403-secondary', resetInSeconds: 50 });
    value(await bot().reader.repository());
    expect(harness.fake.count('repos/get')).toBe(3);
    harness.fake.force({ route: 'repos/get', times: 1, kind: '403-secondary', resetInSeconds: 600 });
    expect(failure(await bot().reader.repository())).toMatchObject({ code: 'rate-limited', retryAfterMs: 600_000 });
    expect(harness.fake.count('repos/get')).toBe(4);
  });

  it('stops waiting after three limits in a row', async () => {
    harness.fake.force({ route: 'repos/get', times: 4, kind: '429' });
    expect(failure(await bot().reader.repository()).code).toBe('rate-limited');
    expect(harness.fake.count('repos/get')).toBe(4);
  });

  it('ends at once when its caller cancels, also in the middle of a call', async () => {
    harness.fake.force({ route: 'repos/get', times: 1, kind: 'slow' });
    const stop = new AbortController();
    const call = harness.as('amy').reader.repository(stop.signal);
    await waitFor(() => harness.fake.count('repos/get') === 1);
    stop.abort('wall');
    expect(failure(await call)).toMatchObject({ code: 'timed-out', side: 'ours' });
    expect(failure(await harness.as('amy').reader.repository(stop.signal))).toMatchObject({ code: 'timed-out', side: 'ours' });
    expect(harness.fake.count('repos/get')).toBe(1);
  });

  it('is unauthorized with a wrong token, and never shows it', async () => {
    const wrong = harness.as('amy');
    harness.fake.world.accounts.delete('amy');
    const fault = failure(await wrong.reader.repository());
    expect(fault).toMatchObject({ code: 'unauthorized', side: 'setup', retryable: false });
    expect(JSON.stringify(fault)).not.toContain('token-amy');
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => { setImmediate(resolve); });
}
