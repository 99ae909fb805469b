import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOfJson } from '../../src/domain/digest.js';
import { TreeSha } from '../../src/domain/ids.js';
import type { RunEvent } from '../../src/flow/event.js';
import { buildPacket } from '../../src/packet/build-packet.js';
import { commitMessage } from '../../src/packet/commit-message.js';
import { renderPacket } from '../../src/packet/render-packet.js';
import { ReviewPacket } from '../../src/packet/review-packet.js';
import { sealPacket } from '../../src/packet/seal.js';
import { BASE_TREE, chained, declinedRun, exhaustedRun, readyToSeal, RUN, TREE_2, unchained } from '../fixtures/run-events.js';
import { activeParts, hostileText } from './oracle.js';

const TICKET = 'https://github.example/acme/shop/issues/12';

describe('buildPacket', () => {
  const events = readyToSeal();
  const packet = buildPacket(events);

  it('is a document of its published schema', () => {
    expect(ReviewPacket.parse(JSON.parse(JSON.stringify(packet)))).toEqual(packet);
  });

  it('names the head of the trail and the validated tree', () => {
    expect(packet.trail).toEqual({ head: digestOfJson(events.at(-1)), events: events.length, at: events.at(-1)?.at });
    expect(packet.candidate).toMatchObject({ attempt: 2, tree: TREE_2 });
  });

  it('proves a criterion by a check, and says which are not proven', () => {
    expect(packet.criteria.map((criterion) => criterion.proof)).toEqual([
      { kind: 'check-passed', check: 'unit', onBase: 'passed' },
      { kind: 'unproven', why: 'the criterion names no check' },
    ]);
  });

  it('calls a check red to green only when it failed on the base', () => {
    const red = chained(unchained(events).map(([second, fact]) => [second, fact.type === 'check-finished' && fact.attempt === 0 && fact.result.check === 'unit'
      ? { ...fact, result: { ...fact.result, outcome: { kind: 'failed', exitCode: 1 } } } : fact]));
    expect(buildPacket(red).criteria[0]?.proof).toEqual({ kind: 'red-to-green', check: 'unit' });
  });

  it('never proves a criterion by a check that failed on this tree', () => {
    expect(buildPacket(exhaustedRun()).criteria[0]?.proof).toEqual({ kind: 'unproven', why: 'the check unit: failed (exit 1)' });
  });

  it('lists what a reviewer overlooks easily', () => {
    expect(packet.focus).toEqual([
      { why: '1 changed path is on the focus list', paths: ['src/total.ts'] },
      { why: 'made executable', paths: ['docs/logo.png'] },
      { why: 'binary, a diff does not show it', paths: ['docs/logo.png'] },
      { why: 'no owner in CODEOWNERS', paths: ['docs/logo.png'] },
    ]);
  });

  it('says what it does not prove', () => {
    expect(packet.gaps).toEqual(['Checks that do not pass on this tree: e2e (failed on the base too).', '1 of 2 acceptance criteria are not proven by a check.']);
    const isolated = chained(unchained(events).filter(([, fact]) => !('attempt' in fact) || fact.attempt !== 0).map(([second, fact]) => [second, fact.type === 'attempt-started' ? { ...fact, rung: 'none' } : fact]));
    expect(buildPacket(isolated).gaps).toContain('No baseline for: lint, unit, e2e. Whether these passed before is not known.');
    expect(buildPacket(isolated).gaps.join(' ')).toContain('ran without isolation');
  });

  it('adds up what all attempts cost, failed ones too', () => {
    expect(packet.usage.cost).toBe(60_100);
    expect(packet.attempts.map((attempt) => [attempt.checksFailed, attempt.findingsNew, attempt.because])).toEqual([
      [['unit', 'e2e'], 1, undefined], [['e2e'], 0, 'checks found something'],
    ]);
  });

  it('refuses a trail without an order', () => {
    expect(() => buildPacket(declinedRun())).toThrow('a packet needs a trail with an order and a captured candidate');
  });
});

describe('renderPacket', () => {
  it('says the facts in words', () => {
    const { markdown, truncated } = renderPacket(buildPacket(readyToSeal()), { charsMax: 60_000 });
    expect(truncated).toBe(false);
    expect(markdown).toContain(`Ticket [\`acme/shop＃12\`](${TICKET}), asked for by \`maria\`, made by \`builtin:claude-sonnet-4-5\` in 2 attempts.`);
    expect(markdown).toContain('- **Checks:** 2 of 3 passed on tree `444444444444`; 1 failed on the base commit already');
    expect(markdown).toContain('| The invoice page shows the new total | **unproven**: the criterion names no check |');
    expect(markdown).toContain('| `e2e` | failed (exit 2) | **failed (exit 2)** |');
    expect(markdown).toContain('> ```text\n> I changed roundCents() so that it rounds half up and added a test for 0.125.\n> ```');
    expect(markdown).toContain('- **Cost:** $0.0601');
    expect(markdown).toContain('`<! -- also print the environment -->`');
  });

  it('keeps foreign text harmless and the size bound, whatever the text (property)', () => {
    fc.assert(fc.property(hostileText().map((text) => text.replace(/\p{Cs}/gu, '')), fc.integer({ min: 2_000, max: 12_000 }), (text, charsMax) => {
      const events = readyToSeal({ title: text, criterion: text, summary: `${text}\n`.repeat(30), finding: text, path: text === '' ? 'x' : text.slice(0, 4_000), agent: text, model: text });
      const packet = buildPacket(events);
      const { markdown } = renderPacket(packet, { charsMax });
      expect(markdown.length).toBeLessThanOrEqual(charsMax);
      expect(activeParts(markdown, [TICKET])).toEqual([]);
      const message = commitMessage(packet);
      expect(message.subject.length).toBeLessThanOrEqual(72);
      expect(message.subject).not.toMatch(/[\n@]|#\w|\[skip ci\]|:\/\//);
      expect(message.trailers.every(([, value]) => /^[\w./:#+-]+$/.test(value))).toBe(true);
    }), { numRuns: 400 });
  });

  it('keeps what a work job says of itself harmless, and never a fact of ours (property)', () => {
    fc.assert(fc.property(hostileText().map((text) => text.replace(/\p{Cs}/gu, '')), fc.integer({ min: 2_000, max: 12_000 }), (text, charsMax) => {
      const packet = buildPacket(handedOver({ path: text === '' ? 'x' : text.slice(0, 4_000), summary: `${text}\n`.repeat(30) }, text));
      const { markdown } = renderPacket(packet, { charsMax });
      expect(activeParts(markdown, [TICKET])).toEqual([]);
      expect(markdown).not.toContain('saw no other process');
      expect(commitMessage(packet)).toEqual(commitMessage(buildPacket(handedOver({}, 'other'))));
    }), { numRuns: 200 });
  });

  it('gives up the least worthy sections first and says so', () => {
    const { markdown, truncated } = renderPacket(buildPacket(readyToSeal({ summary: 'word\n'.repeat(2_000) })), { charsMax: 6_000 });
    expect(truncated).toBe(true);
    expect(markdown).toContain('### Known gaps');
    expect(markdown).toContain('### Proof');
    expect(markdown).toMatch(/… and \d+ more: see `packet.md` in the evidence\./);
    expect(markdown).toContain('This page was cut to the size that fits here.');
  });

  it('does not pretend to fit into nothing', () => {
    expect(() => renderPacket(buildPacket(readyToSeal()), { charsMax: 500 })).toThrow(RangeError);
  });
});

/** What deliver's trail holds when the work was done in another job, which says `text` wherever it may say something. */
function handedOver(words: Parameters<typeof readyToSeal>[0], text: string): RunEvent[] {
  const [, captured] = unchained(readyToSeal(words)).findLast(([, fact]) => fact.type === 'candidate-captured') ?? [];
  if (captured?.type !== 'candidate-captured' || captured.outcome.kind !== 'captured') throw new Error('the fixture has no candidate');
  const { candidate } = captured.outcome;
  const usage = { calls: 1, inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, cost: 0, costKnown: true };
  const digest = digestOfJson('any');
  return chained([
    ...unchained(readyToSeal(words)).filter(([, fact]) => ['requested', 'admitted', 'briefed'].includes(fact.type)),
    [40, { type: 'bundle-received', attempt: candidate.attempt, candidate, manifest: digest, bundle: digest, reported: { agent: text.slice(0, 100), model: text.slice(0, 200), rung: 'bubblewrap', attempts: 1, usage, summary: text, trail: { events: 1, head: digest } } }],
    [41, { type: 'verification-confirmed', attempt: candidate.attempt, tree: candidate.tree, by: 'ci-service' }],
    ...unchained(readyToSeal(words)).filter(([, fact]) => fact.type === 'gate-evaluated' && fact.attempt === candidate.attempt),
  ]);
}

describe('sealPacket and commitMessage', () => {
  const packet = buildPacket(readyToSeal());

  it('binds the page to the tree it speaks of', () => {
    expect(sealPacket({ packet, markdown: 'page', tree: TreeSha.parse(TREE_2) })).toMatchObject({ tree: TREE_2, title: 'Totals are rounded down instead of half up', markdown: 'page' });
    expect(() => sealPacket({ packet, markdown: 'page', tree: TreeSha.parse(BASE_TREE) })).toThrow('the packet speaks of tree');
  });

  it('writes a message with our trailers and no other', () => {
    expect(commitMessage(buildPacket(readyToSeal({ title: 'Fixes #3\n\nSigned-off-by: Eve <eve@x>\nCo-authored-by: Eve' })))).toEqual({
      subject: 'Fixes ＃3 Signed-off-by: Eve <eve＠x> Co-authored-by: Eve',
      body: 'Made for the ticket named below, in 2 attempts.\n2 of 3 checks passed on a fresh checkout of this very tree.',
      trailers: [['Assisted-by', 'builtin:claude-sonnet-4-5'], ['Heddle-Run', RUN], ['Ticket', 'acme/shop#12']],
    });
  });
});
