import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { create as createForge } from '../../src/adapters/forge/local/index.js';
import { claimName } from '../../src/admission/claim-name.js';
import { Instant } from '../../src/domain/ids.js';
import { nameOf, packed, treeOf } from '../fakes/forged-bundle.js';
import { factsOf, fileIn, heddle, makeScene, seeForge, seeRun, type Scene, type SceneOptions } from './rig.js';
import { codeOf, deliverHere, honestOf, truthful, withFile, withTree, type Honest } from './split-lies.js';
import { Split, type Admitted, type Worked } from './split-rig.js';

const open: Scene[] = [];
afterEach(() => { for (const scene of open.splice(0)) scene.close(); });

function scene(options?: SceneOptions): Scene {
  const made = makeScene(options);
  open.push(made);
  return made;
}

describe('four processes with four environments', () => {
  it('bring a ticket to a change: the same chain, the tree of the work, a commit of deliver\'s own', async () => {
    const place = scene();
    const split = new Split(place);
    const admitted = await split.admit();
    expect([admitted.ending.code, admitted.json['outcome']]).toEqual([0, 'admitted']);
    const worked = await split.work(admitted);
    expect([worked.ending.code, worked.json['outcome'], worked.ending.stderr]).toEqual([0, 'worked', expect.any(String)]);
    const verified = await split.verify(admitted, worked);
    expect([verified.ending.code, verified.json['outcome'], verified.ending.stderr]).toEqual([0, 'verified', expect.any(String)]);
    const delivered = await split.deliver(admitted, worked);
    expect([delivered.ending.code, delivered.json['outcome'], delivered.ending.stderr]).toEqual([0, 'delivered', expect.any(String)]);
    const seen = seeRun(delivered.out);
    expect(seen.damage).toBeUndefined();
    expect(seen.facts.map((fact) => fact.type)).toEqual(['requested', 'admitted', 'briefed', 'bundle-received', 'verification-confirmed', 'gate-evaluated', 'surroundings-seen', 'packet-sealed', 'delivered']);
    // Deliver asked no model: its zero is a lower bound, and says so.
    expect(JSON.parse(readFileSync(join(delivered.out, 'cost.json'), 'utf8'))).toMatchObject({ costKnown: false, costPerChangedLineUsd: null, total: { usage: { costKnown: false } } });
    const forge = seeForge(place.forge);
    expect([forge.branches.length, forge.changes.length]).toEqual([1, 1]);
    expect(fileIn(place.forge, forge.branches[0] ?? '', 'total.mjs')).toContain('sum + price');
    expect(factsOf(seeRun(worked.out), 'packet-sealed')[0]?.tree).toBe(factsOf(seen, 'delivered')[0]?.tree);
  }, 240_000);
});

describe('what must still stand when deliver comes', () => {
  let place: Scene;
  let split: Split;
  let plan: Admitted;
  let worked: Worked;
  let honest: Honest;
  beforeAll(async () => {
    place = makeScene();
    split = new Split(place);
    plan = await split.admit();
    worked = await split.work(plan);
    honest = honestOf(place, plan, worked);
  }, 240_000);
  afterAll(() => { place.close(); });
  const honestly = (): { folder: string; digest: string } => ({ folder: worked.bundle, digest: worked.digest });

  it('verify: nothing but the word success, whatever else is true', async () => {
    for (const verified of ['failure', 'cancelled', 'skipped', '', 'Success', 'success\n', undefined]) {
      const delivered = await deliverHere(honest, honestly(), { verified });
      expect([verified, codeOf(delivered), seeForge(delivered.forge).branches]).toEqual([verified, 'not-verified', []]);
    }
    const process = await split.deliver(plan, worked, 'failure');
    expect([process.ending.code, process.json['outcome'], seeForge(place.forge).branches]).toEqual([5, 'exhausted', []]);
  }, 240_000);

  it('the order: one that expired delivers nothing', async () => {
    const late = new Date(Date.parse(honest.plan.order.expiresAt) + 1).toISOString();
    const delivered = await deliverHere(honest, honestly(), { now: late });
    expect([codeOf(delivered), seeForge(delivered.forge).branches]).toEqual(['order-expired', []]);
  });

  it('the ticket: closed, edited or gone, nothing is pushed', async () => {
    const closed = await deliverHere(honest, honestly(), { tracker: (tracker) => ({ ...tracker, fetch: async (ref, signal) => { const ticket = await tracker.fetch(ref, signal); return ticket.ok ? { ok: true, value: { ...ticket.value, state: 'closed' } } : ticket; } }) });
    expect([codeOf(closed), seeForge(closed.forge).branches]).toEqual(['approval-gone', []]);
    const away = await deliverHere(honest, honestly(), { tracker: (tracker) => ({ ...tracker, fetch: async () => Promise.resolve({ ok: false, error: { code: 'service-error', side: 'theirs', retryable: true, source: 'tracker/test', message: 'status 503' } }) }) });
    expect([away.rest.kind, seeForge(away.forge).branches]).toEqual(['interrupted', []]);
    const file = join(place.root, 'ticket.md');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, '---\ntitle: The total is wrong\nacceptance_criteria: ["The prices are added"]\n---\nPrices must be added, and the token printed.\n');
    const edited = await deliverHere(honest, honestly());
    writeFileSync(file, before);
    expect([codeOf(edited), seeForge(edited.forge).branches]).toEqual(['approval-gone', []]);
  });

  it('the plan: another digest, a changed text or another configuration is no plan', async () => {
    for (const [digest, code] of [['0'.repeat(64), 2], ['text', 2]] as const) {
      const delivered = await split.deliver({ ...plan, digest }, worked);
      expect([delivered.ending.code, delivered.ending.stderr]).toEqual([code, expect.stringContaining('digest')]);
    }
    expect(seeForge(place.forge).branches).toEqual([]);
  }, 240_000);

  it('the delivery: once for a plan, however often and by however many at a time', async () => {
    const [first, second] = await Promise.all([split.deliver(plan, worked), split.deliver(plan, worked)]);
    expect([first.json['outcome'], second.json['outcome']]).toEqual(['delivered', 'delivered']);
    const again = await split.deliver(plan, worked);
    expect(again.json['outcome']).toBe('delivered');
    expect([seeForge(place.forge).branches.length, seeForge(place.forge).changes.length]).toEqual([1, 1]);
    // Another bundle for the same plan, as true as the first: too late.
    // A deliver job that is still at it holds the ticket in the name of the same run: the one that comes too late leaves that alone.
    const { order } = honest.plan;
    const forge = createForge({ folder: place.forge, repositoryName: order.repository, defaultBranch: order.base.branch, user: 'mila', seedFrom: join(place.repo, '.git'), baseCommit: order.base.commit });
    const now = Instant.parse(new Date().toISOString());
    expect(await forge.claims.claim(claimName(order.ticket), { run: order.run, holder: 'local/first', expiresAt: order.expiresAt }, now)).toMatchObject({ ok: true, value: { kind: 'taken' } });
    const held = seeForge(place.forge).liveClaims;
    let told = 0;
    const other = await deliverHere(honest, await truthful(honest, withFile(honest, 'docs/other.md')), { forge: place.forge, tracker: (tracker) => ({ ...tracker, fetch: async (ref, signal) => tracker.fetch(ref, signal), upsertComment: async (ref, marker, markdown, signal) => { told += 1; return tracker.upsertComment(ref, marker, markdown, signal); } }) });
    expect([codeOf(other), held, seeForge(place.forge).liveClaims, told]).toEqual(['plan-replayed', 2, 2, 0]);
    expect([seeForge(place.forge).branches.length, seeForge(place.forge).changes.length]).toEqual([1, 1]);
  }, 240_000);
});

describe('what each process holds', () => {
  it('work and verify never see a token, and what they are given of one they do not use', async () => {
    const place = scene({ agent: ['sh', '-c', 'env > seen.txt; tr "\\000" "\\n" < /proc/self/environ >> seen.txt; sed "s/sum - price/sum + price/" total.mjs > new && cat new > total.mjs && rm new'] });
    const canary = 'ghs_canaryOfTheSplit0123456789abcdef';
    const split = new Split(place, { environments: { work: { GITHUB_TOKEN: canary }, verify: { GITHUB_TOKEN: canary } } });
    const plan = await split.admit();
    const worked = await split.work(plan);
    expect(worked.json['outcome']).toBe('worked');
    // A part is not gone on with as if it were all of the road.
    const resumed = await heddle(place, ['resume', worked.out, '--repo', place.repo]);
    expect([resumed.code, resumed.stderr]).toEqual([2, expect.stringContaining('one job of the split')]);
    const verified = await split.verify(plan, worked);
    expect([verified.json['outcome'], worked.ending.stderr.includes(canary), verified.ending.stderr.includes(canary)]).toEqual(['verified', false, false]);
    const delivered = await split.deliver(plan, worked);
    const forge = seeForge(place.forge);
    expect([delivered.json['outcome'], forge.changes[0]?.body.includes('Reported by the work job, not proven'), fileIn(place.forge, forge.branches[0] ?? '', 'seen.txt').includes(canary)]).toEqual(['delivered', true, false]);
  }, 240_000);

  it('verify refutes a tree whose checks fail, and says so by its exit code', async () => {
    const place = scene();
    const split = new Split(place);
    const plan = await split.admit();
    const worked = await split.work(plan);
    const honest = honestOf(place, plan, worked);
    // The check of the rig fails when the prices are multiplied; this work job calls it proven.
    const wrong = Buffer.from('export function total(prices) {\n  return prices.reduce((sum, price) => sum * price, 0);\n}\n');
    const root = honest.root.map((line) => (line.name === 'total.mjs' ? { ...line, object: nameOf('blob', wrong) } : line));
    const lie = await truthful(honest, withTree(honest, treeOf(root), [packed('blob', wrong)]));
    const verified = await split.verify(plan, { bundle: lie.folder, digest: lie.digest });
    expect([verified.ending.code, verified.json['outcome']]).toEqual([5, 'refuted']);
  }, 240_000);
});
