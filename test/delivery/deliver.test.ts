import { describe, expect, it } from '@jest/globals';
import { Instant, TreeSha } from '../../src/domain/ids.js';
import { checksReport } from '../../src/delivery/checks-report.js';
import { deliver, type DeliveryInput, type DeliveryPorts } from '../../src/delivery/deliver.js';
import { reviewersFor } from '../../src/delivery/reviewers.js';
import { TICKET_MARKER } from '../../src/delivery/notes.js';
import { buildPacket, candidateOf, lastOf } from '../../src/packet/build-packet.js';
import { commitMessage } from '../../src/packet/commit-message.js';
import { renderPacket } from '../../src/packet/render-packet.js';
import { sealPacket } from '../../src/packet/seal.js';
import { BRANCH, COMMIT, exhaustedRun, readyToSeal, TREE_1, TREE_2 } from '../fixtures/run-events.js';
import { FakeForge } from './fake-ports.js';

function set(): { input: DeliveryInput; ports: DeliveryPorts; forge: FakeForge } {
  const events = readyToSeal();
  const facts = events.map((event) => event.fact);
  const admitted = lastOf(facts, 'admitted');
  const briefed = lastOf(facts, 'briefed');
  const candidate = candidateOf(facts);
  if (admitted === undefined || briefed === undefined || candidate === undefined) throw new Error('the fixture lost its candidate');
  const packet = buildPacket(events);
  const { markdown } = renderPacket(packet, { charsMax: 60_000 });
  const forge = new FakeForge();
  return {
    forge,
    input: {
      order: admitted.order, candidate, sealed: sealPacket({ packet, markdown, tree: candidate.tree }), message: commitMessage(packet), owners: briefed.owners,
      reports: [checksReport(packet, [])], draft: true, labels: ['heddle'], reviewers: 'codeowners', startCi: true, now: Instant.parse('2026-03-02T10:00:00.000Z'),
    },
    ports: {
      writer: forge.writer, tracker: forge.tracker,
      source: { gitDir: '/nowhere', base: candidate.base, tree: candidate.tree, files: candidate.files, readBlob: async () => Promise.resolve(new Uint8Array()) },
    },
  };
}

describe('deliver', () => {
  it('brings branch, change, reviewers, check, CI and ticket note', async () => {
    const { input, ports, forge } = set();
    const steps: string[] = [];
    const done = await deliver(input, { ...ports, onStep: (step) => { steps.push(step); } });
    expect(done).toMatchObject({ ok: true, value: {
      attempt: 2, tree: TREE_2, commit: COMMIT, branch: BRANCH, reviewers: ['acme/billing'], notes: ['https://github.example/comment/9'],
      ci: { kind: 'started', runs: [{ name: 'ci', url: 'https://github.example/runs/1' }] }, warnings: [],
    } });
    expect(steps).toEqual(['publish', 'open-change', 'request-reviews', 'report-check', 'start-ci', 'note-ticket']);
    expect(forge.branches.get(BRANCH)).toBe(TREE_2);
    expect(forge.changes.get(BRANCH)).toMatchObject({ title: 'Totals are rounded down instead of half up', draft: true, labels: ['heddle'] });
    expect([...forge.comments.keys()]).toEqual([`acme/shop#12 ${TICKET_MARKER}`]);
  });

  it('says at the end of the change which CI runs exist, and what else to know, without giving the packet away', async () => {
    const { input, ports, forge } = set();
    await deliver({ ...input, warnings: ['The branch main moved; see #9 @everyone'] }, ports);
    const body = forge.changes.get(BRANCH)?.body ?? '';
    expect(body.startsWith(input.sealed.markdown)).toBe(true);
    expect(body.slice(input.sealed.markdown.length)).toBe('\n\n> The branch main moved; see ＃9 ＠everyone\n\n### The repository\'s own CI on this branch\n\n- [ci](https://github.example/runs/1)\n');
  });

  it.each(['candidate', 'source'])('refuses another tree in the %s and writes nothing', async (which) => {
    const { input, ports, forge } = set();
    const tree = TreeSha.parse(TREE_1);
    const done = await deliver(which === 'candidate' ? { ...input, candidate: { ...input.candidate, tree } } : input, which === 'source' ? { ...ports, source: { ...ports.source, tree } } : ports);
    expect(done).toMatchObject({ ok: false, error: { code: 'bug', message: expect.stringContaining('Nothing was delivered') } });
    expect(forge.calls).toEqual([]);
  });

  it('refuses an expired order, to the millisecond', async () => {
    const { input, ports, forge } = set();
    expect(await deliver({ ...input, now: input.order.expiresAt }, ports)).toMatchObject({ ok: false, error: { code: 'rejected', side: 'setup' } });
    expect(forge.calls).toEqual([]);
  });

  it.each(['publish', 'open-change'])('fails when %s fails, and a repetition finishes with one branch and one change', async (step) => {
    const { input, ports, forge } = set();
    forge.failing = step;
    expect(await deliver(input, ports)).toMatchObject({ ok: false, error: { message: `${step} did not work` } });
    forge.failing = undefined;
    expect(await deliver(input, ports)).toMatchObject({ ok: true });
    expect([forge.branches.size, forge.changes.size, forge.comments.size]).toEqual([1, 1, 1]);
  });

  it.each(['request-reviews', 'report-check', 'start-ci', 'note-ticket'])('delivers with a warning when %s fails', async (step) => {
    const { input, ports, forge } = set();
    forge.failing = step;
    const done = await deliver(input, ports);
    expect(done).toMatchObject({ ok: true, value: { warnings: [expect.stringContaining(`${step} did not work`)] } });
    expect(forge.changes.size).toBe(1);
  });

  it('says in the evidence and in the change whom the forge did not take as a reviewer', async () => {
    const { input, ports, forge } = set();
    forge.refuses = ['acme/billing'];
    const done = await deliver({ ...input, namedReviewers: ['nora'] }, ports);
    expect(done).toMatchObject({ ok: true, value: { reviewers: ['nora'], warnings: [expect.stringContaining('The forge did not take acme/billing as a reviewer')] } });
    expect(forge.changes.get(BRANCH)?.body).toContain('did not take acme/billing as a reviewer');
  });

  it('asks to merge by itself only when nothing on the pushed commit is against it', async () => {
    const { input, ports, forge } = set();
    const asked: string[] = [];
    const withGates = (against: readonly string[]): DeliveryPorts => ({ ...ports, headGates: async (commit) => { asked.push(commit); return Promise.resolve(against); } });
    expect(await deliver({ ...input, draft: false, mergeBy: 'squash' }, withGates(['the check «build» failed']))).toMatchObject({ value: { warnings: ['The change will not merge by itself; a person merges it: the check «build» failed.'] } });
    expect(forge.merging).toBeUndefined();
    expect(await deliver({ ...input, draft: false, mergeBy: 'squash' }, withGates([]))).toMatchObject({ value: { warnings: [] } });
    expect([forge.merging, asked]).toEqual(['squash', [COMMIT, COMMIT]]);
    await deliver({ ...input, draft: false }, withGates(['never asked']));
    expect(asked).toHaveLength(2);
  });

  it('says why there is no CI, and asks nobody when told so', async () => {
    const { input, ports, forge } = set();
    const { publish, upsertChange } = forge.writer;
    expect(await deliver({ ...input, reviewers: 'none', startCi: false }, ports)).toMatchObject({ ok: true, value: { reviewers: [], ci: { kind: 'none', why: 'the setting delivery.start_ci is off' } } });
    expect(await deliver(input, { ...ports, writer: { publish, upsertChange }, tracker: undefined })).toMatchObject({ ok: true, value: { reviewers: [], notes: [], ci: { kind: 'none' } } });
  });
});

describe('reviewersFor', () => {
  const rules = [{ pattern: '*', owners: ['@Maria', 'team@acme.example'] }, { pattern: '/src/', owners: ['@acme/billing'] }];
  it('puts owners of most files first and leaves out the requester and mail addresses', () => {
    const files = [{ path: 'a.md' }, { path: 'src/a.ts' }, { path: 'src/b.ts' }];
    expect(reviewersFor(rules, files, 'otto')).toEqual(['acme/billing', 'Maria']);
    expect(reviewersFor(rules, files, 'maria')).toEqual(['acme/billing']);
  });
});

describe('checksReport', () => {
  it('is neutral when only old failures remain, and a failure when something is new', () => {
    expect(checksReport(buildPacket(readyToSeal()), [])).toMatchObject({
      conclusion: 'neutral', title: '2 of 3 checks passed on the validated tree',
      annotations: [{ path: 'e2e/pay.ts', line: 7, level: 'warning', message: 'e2e (on the base too): the payment page does not load' }],
    });
    expect(checksReport(buildPacket(exhaustedRun()), []).conclusion).toBe('failure');
  });
});
