import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimsIn } from '../../src/adapters/forge/local/claims.js';
import { claimName } from '../../src/admission/claim-name.js';
import { digestOf, digestOfJson } from '../../src/domain/digest.js';
import { CommitSha, Instant, RunId } from '../../src/domain/ids.js';
import type { Order, OrderFields } from '../../src/domain/order.js';
import type { RunDocument } from '../../src/flow/documents.js';
import type { RunEvent } from '../../src/flow/event.js';
import { claimAgain, oneStory } from '../../src/main/resume-checks.js';
import { BASE, chained, readyToSeal, RUN, TREE_1, unchained } from '../fixtures/run-events.js';

/** The fixture's order has a made-up digest; here it gets its own. */
function run(change: (order: Order) => z.input<typeof OrderFields> = (order) => order): RunEvent[] {
  return chained(unchained(readyToSeal()).map(([second, fact]) => [second, fact.type === 'admitted' ? { ...fact, order: change(fact.order), orderDigest: digestOfJson(fact.order) } : fact]));
}

function record(change: Partial<RunDocument['invocation']> = {}, id = RUN): RunDocument {
  return {
    version: 1, run: RunId.parse(id), heddle: '0', outcome: 'running', startedAt: Instant.parse('2026-03-02T09:00:00.000Z'), head: null, events: 0,
    invocation: { forge: 'github', repository: 'acme/shop', folder: '/x', ticketRoot: '/x', base: { branch: 'main', commit: CommitSha.parse(BASE) }, localUser: false, holder: 'h', ...change },
  };
}

describe('the files of a resumed run', () => {
  it('tell one story', () => {
    const story = oneStory(record(), run());
    expect(story.ok ? story.value?.run : story.error.message).toBe(RUN);
  });

  it.each<[string, RunDocument, RunEvent[]]>([
    ['run.json of another run, whose processes and scratch folder would be taken', record({}, 'another0run0id00'), run()],
    ['an order with limits that were raised afterwards', record(), run((order) => ({ ...order, limits: { ...order.limits, costMicroUsdMax: 9e12 } }))],
    ['an order with a person put in as approver', record(), run((order) => ({ ...order, approvedBy: [] }))],
    ['an order for another text of the ticket', record(), chained(unchained(run()).map(([second, fact]) => [second, fact.type === 'admitted' ? { ...fact, snapshot: { ...fact.snapshot, digest: digestOf('x') } } : fact]))],
    ['another base commit than the order\'s', record({ base: { branch: 'main', commit: CommitSha.parse(TREE_1) } }), run()],
    ['another base branch than the order\'s', record({ base: { branch: 'release', commit: CommitSha.parse(BASE) } }), run()],
  ])('are refused with %s', (_, document, events) => {
    const story = oneStory(document, events);
    expect(story.ok ? 'accepted' : story.error.message).toMatch(/contradicts itself/);
  });
});

describe('a run that lay too long', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'heddle-claims-')); });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  it('does not go on beside the run that took its ticket over, and goes on when nobody did', async () => {
    const claims = claimsIn(folder);
    const story = oneStory(record(), run());
    if (!story.ok || story.value === undefined) throw new Error('no order');
    const order = story.value;
    const at = (time: string): Instant => Instant.parse(`2026-03-02T${time}:00.000Z`);
    const again = async (time: string) => claimAgain(order, { claims, holder: 'h', claimMs: 3_600_000, now: at(time) });
    expect(await again('09:00')).toEqual({ ok: true, value: undefined });
    expect(await again('11:00')).toEqual({ ok: true, value: undefined });
    const other = { run: RunId.parse('other0run0000001'), holder: 'other', expiresAt: at('15:00') };
    expect(await claims.claim(claimName(order.ticket), other, at('14:00'))).toMatchObject({ value: { kind: 'taken' } });
    expect(await again('14:30')).toMatchObject({ ok: false, error: { exit: 3 } });
    expect(await again('16:00')).toEqual({ ok: true, value: undefined });
  });
});
