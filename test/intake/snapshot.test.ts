import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOfJson } from '../../src/domain/digest.js';
import { Instant } from '../../src/domain/ids.js';
import { Snapshot } from '../../src/domain/ticket.js';
import type { Ticket } from '../../src/domain/ticket.js';
import { untrusted } from '../../src/domain/text.js';
import { takeSnapshot } from '../../src/intake/snapshot.js';

const now = Instant.parse('2026-03-02T08:00:00.000Z');
const options = { charsMax: 65_536, now };

function ticket(over: { title?: string; body?: string; criteria?: readonly string[]; labels?: readonly string[]; url?: string } = {}): Ticket {
  return {
    ref: { tracker: 'github', key: 'acme/shop#12' }, url: over.url, title: untrusted(over.title ?? 'Title'), body: untrusted(over.body ?? 'Body'),
    criteria: (over.criteria ?? []).map(untrusted), labels: over.labels ?? ['heddle'], state: 'open', author: { login: 'amy', id: '1', kind: 'human' },
    createdAt: now, updatedAt: now, contentEditedAt: null, events: [], comments: [],
  };
}

describe('takeSnapshot', () => {
  it('is a snapshot by its own schema, whose digest covers all but itself and the time', () => {
    const snapshot = takeSnapshot(ticket({ body: 'a <!-- x --> b', url: 'https://example.com/12' }), options);
    expect(Snapshot.parse(snapshot)).toEqual(snapshot);
    const { digest, takenAt, ...content } = snapshot;
    expect(digest).toBe(digestOfJson(content));
    expect(takenAt).toBe(now);
    expect(takeSnapshot(ticket({ body: 'a <!-- x --> b', url: 'https://example.com/12' }), { ...options, now: Instant.parse('2027-01-01T00:00:00.000Z') }).digest).toBe(digest);
  });

  it('has another digest for every field that the agent or the approver sees', () => {
    const digests = [ticket(), ticket({ title: 'Other' }), ticket({ body: 'Other' }), ticket({ criteria: ['one'] }), ticket({ labels: ['x'] }), ticket({ url: 'https://example.com' }), ticket({ body: 'Body<!-- -->' })]
      .map((one) => takeSnapshot(one, options).digest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('does not depend on the order of labels', () => {
    expect(takeSnapshot(ticket({ labels: ['b', 'a'] }), options)).toEqual(takeSnapshot(ticket({ labels: ['a', 'b'] }), options));
  });

  it('keeps the markup of a title, on one line, without hidden characters', () => {
    const snapshot = takeSnapshot(ticket({ title: ' Use <T>\n in \u202e`a`\u200b  <!-- shown --> ' }), options);
    expect(snapshot.title).toBe('Use <T> in `a` <!-- shown -->');
    expect(snapshot.removals.map(({ kind, where }) => [kind, where])).toEqual([['bidi-control', 'title'], ['invisible-character', 'title']]);
  });

  it('cuts first, says so, and never splits a character', () => {
    const snapshot = takeSnapshot(ticket({ title: 'x'.repeat(1200), body: `${'a'.repeat(99)}\u{1f600}${'b'.repeat(10_000_000)}` }), { charsMax: 100, now });
    expect(snapshot.body).toBe('a'.repeat(99));
    expect(snapshot.title).toHaveLength(100);
    expect(snapshot.removals).toEqual([
      { kind: 'cut-at-cap', where: 'title', count: 1100, sample: 'x'.repeat(80) },
      { kind: 'cut-at-cap', where: 'body', count: 10_000_002, sample: expect.stringContaining('\\u{1f600}bbb') },
    ]);
  });

  it('looks at no more than the cap allows', () => {
    const meter = { steps: 0 };
    takeSnapshot(ticket({ body: '![['.repeat(3_000_000) }), { ...options, meter });
    expect(meter.steps).toBeLessThan(65_536 * 40);
  });

  it('finds criteria under a heading, in task lists and in the field, once each, with their checks', () => {
    const body = '- [ ] anywhere\n- not one\n\n## Acceptance criteria\n\n1. rounds half up (check: unit)\n   also for cents\n2. is `fast`\n- [x] done (check: not a name)\n\n```\n- no code\n```\n\n### Notes\n\n- not one\n';
    const snapshot = takeSnapshot(ticket({ body, criteria: ['from the field (check: e2e)', 'is `fast`', '<!-- x -->'] }), options);
    expect(snapshot.criteria).toEqual([
      { id: 'criterion-1', text: 'from the field', check: 'e2e' },
      { id: 'criterion-2', text: 'is `fast`' },
      { id: 'criterion-3', text: 'anywhere' },
      { id: 'criterion-4', text: 'rounds half up (check: unit) also for cents' },
      { id: 'criterion-5', text: 'done (check: not a name)' },
    ]);
    expect(snapshot.removals).toContainEqual(expect.objectContaining({ kind: 'html-comment', where: 'criterion' }));
  });

  it('knows the heading in bold and as a bare line, and names a check', () => {
    expect(takeSnapshot(ticket({ body: '**Acceptance Criteria**\n- a (check: unit)\n' }), options).criteria).toEqual([{ id: 'criterion-1', text: 'a', check: 'unit' }]);
    expect(takeSnapshot(ticket({ body: 'Acceptance criteria:\n- a\n' }), options).criteria).toEqual([{ id: 'criterion-1', text: 'a' }]);
  });

  it('survives texts that JSON cannot carry', () => {
    expect(takeSnapshot(ticket({ title: 'a\ud800', body: '\udc00b' }), options)).toMatchObject({ title: 'a', body: 'b' });
  });

  it('removes nothing from what it cleaned, whatever the text and the cap', () => {
    const text = fc.array(fc.oneof(fc.constantFrom('<!--', '-->', '`', '```\n', '\n', '[x]: y', '![a](b)', '<p hidden>', '&amp;lt;', '\u0958', '\u{1d160}', '\u200b', '- [ ] ', '## Acceptance criteria\n'), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(fc.property(text, text, fc.integer({ min: 1, max: 60 }), (title, body, charsMax) => {
      const first = takeSnapshot(ticket({ title, body }), { charsMax, now });
      const second = takeSnapshot(ticket({ title: first.title, body: first.body }), { charsMax, now });
      expect(second.removals).toEqual([]);
      expect([second.title, second.body, second.criteria]).toEqual([first.title, first.body, first.criteria]);
      expect(first.body.length).toBeLessThanOrEqual(charsMax);
    }), { numRuns: 1500 });
  });
});
