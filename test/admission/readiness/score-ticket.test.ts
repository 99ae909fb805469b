import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { z } from 'zod';
import { scoreTicket } from '../../../src/admission/readiness/score-ticket.js';
import { WEIGHTS } from '../../../src/admission/readiness/weights.js';
import { Instant } from '../../../src/domain/ids.js';
import { ReadinessScore, type ReadinessPartId } from '../../../src/domain/readiness.js';
import { untrusted } from '../../../src/domain/text.js';
import type { Snapshot, Ticket } from '../../../src/domain/ticket.js';
import { takeSnapshot } from '../../../src/intake/snapshot.js';

const TICKETS = z.array(z.strictObject({ ready: z.boolean(), labels: z.array(z.string()), title: z.string(), body: z.string() }))
  .parse(parse(readFileSync(new URL('../../fixtures/readiness-tickets.yml', import.meta.url), 'utf8')));
const now = Instant.parse('2026-03-01T09:00:00.000Z');

function snapshotOf(input: { readonly title: string; readonly body: string; readonly labels?: readonly string[] }): Snapshot {
  const author = { login: 'ada', id: '1', kind: 'human' as const };
  const ticket: Ticket = {
    ref: { tracker: 'github', key: 'acme/shop#1' }, url: undefined, title: untrusted(input.title), body: untrusted(input.body), criteria: [], labels: input.labels ?? [],
    state: 'open', author, createdAt: now, updatedAt: now, contentEditedAt: null, events: [], comments: [],
  };
  return takeSnapshot(ticket, { charsMax: 65_536, now });
}

const scoreOf = (input: Parameters<typeof snapshotOf>[0]): ReadinessScore => scoreTicket(snapshotOf(input));
const shareOf = (score: ReadinessScore, part: ReadinessPartId): number => {
  const found = score.parts.find((one) => one.part === part);
  return found === undefined ? Number.NaN : found.points / found.most;
};

describe('the labelled tickets', () => {
  const scored = TICKETS.map((ticket) => ({ ...ticket, score: scoreOf(ticket) }));
  const passes = (one: { readonly score: ReadinessScore }): boolean => one.score.score >= 75;

  it('are at least 60, of both kinds', () => {
    expect(TICKETS.length).toBeGreaterThanOrEqual(60);
    expect(TICKETS.filter((one) => one.ready).length).toBeGreaterThanOrEqual(25);
    expect(TICKETS.filter((one) => !one.ready).length).toBeGreaterThanOrEqual(25);
  });

  it('are told apart at 75: precision and recall of «ready»', () => {
    const right = scored.filter((one) => one.ready && passes(one)).length;
    const precision = right / scored.filter(passes).length;
    const recall = right / scored.filter((one) => one.ready).length;
    process.stderr.write(`readiness at 75 on ${scored.length} tickets: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}\n`);
    const wrong = scored.filter((one) => one.ready !== passes(one)).map((one) => `${one.ready ? 'ready' : 'unready'} ${one.score.score} ${one.score.kind} ${one.title} ${one.score.parts.map((part) => `${part.part}=${part.points}/${part.most}`).join(' ')}`);
    if (wrong.length > 0) process.stderr.write(`${wrong.join('\n')}\n`);
    expect(precision).toBeGreaterThanOrEqual(0.95);
    expect(recall).toBeGreaterThanOrEqual(0.95);
  });

  it('leave no unready ticket without a question', () => {
    for (const one of scored.filter((ticket) => !passes(ticket))) expect(one.score.parts.some((part) => part.question !== undefined)).toBe(true);
  });
});

describe('scoreTicket', () => {
  it('has weights that add to 100 for every kind', () => {
    for (const row of Object.values(WEIGHTS)) expect(Object.values(row).reduce((sum, one) => sum + one, 0)).toBe(100);
  });

  it('is total and deterministic, whatever the text is', () => {
    const text = fc.oneof(fc.string({ maxLength: 400, unit: 'binary' }), fc.array(fc.constantFrom('- [ ] ', '```', '`', '\n', '# ', 'should ', 'src/a.ts ', '1. ', '?', '漢字', 'the ', '> ', '**', ':'), { maxLength: 80 }).map((parts) => parts.join('')));
    fc.assert(fc.property(text, text, fc.array(fc.constantFrom('bug', 'docs', 'x'), { maxLength: 2 }), (title, body, labels) => {
      const snapshot = snapshotOf({ title, body, labels });
      const score = scoreTicket(snapshot);
      expect(ReadinessScore.safeParse(score).success).toBe(true);
      expect(scoreTicket(snapshot)).toEqual(score);
    }));
  });

  const answers: readonly (readonly [ReadinessPartId, string])[] = [
    ['criteria', '\n\n- [ ] `total([])` answers 0 for no prices\n'],
    ['target', '\n\nIt is in `src/billing/total.ts` below the folder of the shop.\n'],
    ['scope', '\n\nThe total of an order with a voucher counts the voucher of the customer two times when the order is sent again.\n'],
    ['expected', '\n\nCurrently it answers 12, and it should answer 10.\n'],
    ['reproduction', '\n\n1. Run `acme total`\n2. Look at the last line\n'],
    ['context', '\n\nThe shop needs it because customers are charged too much.\n'],
  ];
  it.each(answers)('never takes points of «%s» away for what answers it', (part, answer) => {
    const english = TICKETS.filter((one) => scoreOf(one).language === 'english');
    let grew = 0;
    for (const ticket of english) {
      const before = scoreOf(ticket);
      const after = scoreOf({ ...ticket, body: `${ticket.body}${answer}` });
      if (Number.isNaN(shareOf(before, part))) continue;
      expect(shareOf(after, part)).toBeGreaterThanOrEqual(shareOf(before, part));
      if (shareOf(after, part) > shareOf(before, part)) grew += 1;
    }
    expect(grew).toBeGreaterThan(0);
  });

  it('judges a text that is not English by its form alone, and says so', () => {
    const score = scoreOf(TICKETS.find((one) => one.title.startsWith('ログイン')) ?? { title: '', body: '' });
    expect(score.language).toBe('other');
    expect(score.parts.map((part) => part.part)).not.toContain('expected');
    expect(score.parts.reduce((sum, part) => sum + part.most, 0)).toBeGreaterThanOrEqual(97);
  });

  it('takes a directive block for no description', () => {
    const block = '\n```heddle\nfolders: [src/billing]\ncontext: [src/billing/total.ts]\n```\n';
    const plain = { title: 'Wrong total', body: 'The total is wrong.' };
    expect(scoreOf({ ...plain, body: `${plain.body}${block}` })).toEqual(scoreOf(plain));
  });

  it('does work that grows with the text and no faster', () => {
    // Counted by the process's own processor time, four times the text in one go: quadratic work would take sixteen times as long.
    const bodies = ['![[', '[', '`', 'a/', 'aA', '- [ ] ', '?', '1.', '#1 ', 'a_', '(', '** ', 'A-1', 'x.y'].map((unit) => unit.repeat(Math.ceil(60_000 / unit.length)));
    for (const body of bodies) {
      const spent = (size: number): number => {
        const before = process.cpuUsage();
        scoreTicket({ title: untrusted('A title'), body: untrusted(body.slice(0, size)), criteria: [], labels: [] });
        const used = process.cpuUsage(before);
        return (used.user + used.system) / 1000;
      };
      spent(15_000);
      expect(spent(60_000)).toBeLessThan(200);
    }
  });
});
