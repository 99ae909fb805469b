import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CoordinationFacts } from '../../src/admission/coordination.js';
import { alike, likenessOf, sharedWords, type TicketText } from '../../src/admission/likeness.js';
import { nearDuplicateRule } from '../../src/admission/near-duplicate.js';
import { OverlapConfig } from '../../src/config/overlap-config.js';
import { Booking, NO_UNITS } from '../../src/domain/booking.js';
import { Instant, RunId } from '../../src/domain/ids.js';

const NOW = Instant.parse('2026-03-31T12:00:00.000Z');
const LATER = Instant.parse('2026-03-31T15:00:00.000Z');
const FORM = '### Steps to reproduce\n\n### Expected behaviour\n\n### Actual behaviour\n';
const TOTAL: TicketText = { title: 'Cart total is rounded down', body: 'When the cart holds three items at 0.333 each, the total is cut off instead of being rounded half up. See src/cart/total.ts. The invoice then differs from the receipt by one cent, and customers write to support about it.' };

/** The score of two texts by their digests. */
const score = (a: TicketText, b: TicketText): number => alike(likenessOf(a) ?? [], likenessOf(b) ?? []);
const SAME_WORK: readonly (readonly [string, TicketText])[] = [
  ['copied and pasted with another title', { title: 'Wrong rounding of the cart total', body: TOTAL.body }],
  ['the same with a greeting and a line more', { title: TOTAL.title, body: `Hello all,\n\n${TOTAL.body}\n\nSeen in version 4.2 too.` }],
  ['wrapped into the form of the repository', { title: TOTAL.title, body: `${FORM}${TOTAL.body}` }],
  ['in other case, with other line ends and marks', { title: TOTAL.title.toUpperCase(), body: TOTAL.body.replaceAll(' ', '\r\n').replaceAll('.', '!') }],
];
const OTHER_WORK: readonly (readonly [string, TicketText])[] = [
  ['about the same file and another thing', { title: 'Cart shows removed items', body: 'After removing an item the cart in src/cart/list.ts still shows it until the page is loaded again. The request succeeds, but the view is not updated.' }],
  ['in the same form and nothing else', { title: 'Login page is slow', body: `${FORM}Open the login page over a slow line and it takes ten seconds, since the font file is loaded first. Expected is one second.` }],
  ['with the same few words in general use', { title: 'Please add a dark mode', body: 'When the user opens the settings, there should be a switch for a dark mode. See the design. It is stored for the account and used at the next visit.' }],
];

describe('likeness of two tickets', () => {
  it.each(SAME_WORK)('is above the default threshold for a ticket %s', (_, other) => {
    expect(score(TOTAL, other)).toBeGreaterThanOrEqual(OverlapConfig.parse({}).near_duplicates.threshold);
  });
  it.each(OTHER_WORK)('is far below it for a ticket %s', (_, other) => {
    expect(score(TOTAL, other)).toBeLessThan(0.25);
  });

  it('is 1 for the same text, symmetric, and holds nothing of the words', () => {
    fc.assert(fc.property(fc.string({ maxLength: 400, unit: 'grapheme' }), fc.string({ maxLength: 400 }), (title, body) => {
      const own = likenessOf({ title, body });
      if (own === undefined) return true;
      return alike(own, own) === 1 && own.length === 64 && own.every((value) => value >= 0 && value < 65_536) && alike(own, likenessOf(TOTAL) ?? []) === alike(likenessOf(TOTAL) ?? [], own);
    }));
  });

  it('estimates the share of words in common', () => {
    const words = Array.from({ length: 400 }, (_, at) => `word${String(at)}x`);
    const half = score({ title: '', body: words.slice(0, 300).join('\n') }, { title: '', body: words.slice(100).join('\n') });
    expect(half).toBeGreaterThan(0.3);
    expect(half).toBeLessThan(0.7);
  });

  it('is linear: a text of a megabyte of one word without end is no trouble, and words too few say nothing', () => {
    expect(likenessOf({ title: 'x', body: 'a'.repeat(1_000_000) })).toBeUndefined();
    expect(likenessOf({ title: 'Fix it', body: 'please' })).toBeUndefined();
  });

  it('names the words that two texts share, the longest first', () => {
    expect(sharedWords(TOTAL, SAME_WORK[0]?.[1] ?? TOTAL, 3)).toEqual(['customer', 'instead', 'invoice']);
  });
});

const row = (n: number, more: Partial<Booking> = {}): Booking => Booking.parse({
  version: 1, run: RunId.parse(String(n).padStart(8, '0')), ticket: { tracker: 'github', key: `acme/shop#${n}` }, repository: 'acme/shop', target: '', at: '2026-03-31T11:00:00.000Z', changedAt: '2026-03-31T11:00:00.000Z',
  requestedBy: { login: 'mila', id: '1', kind: 'human' }, labels: [], owners: [], holder: 'ci', state: 'running', reserved: { cost: 1, tokens: 1, minutes: 1 }, spent: NO_UNITS, expiresAt: LATER, scope: [], likeness: likenessOf(TOTAL), ...more,
});
const facts = (text: TicketText, near: object = {}): CoordinationFacts => ({
  run: RunId.parse('00000099'), ticket: { tracker: 'github', key: 'acme/shop#99' }, repository: 'acme/shop', now: NOW, scope: [], certainty: 'likely', likeness: likenessOf(text), owners: [], reviewers: [],
  changes: [], changesCut: false, grants: [], caps: {}, overlap: OverlapConfig.parse({ near_duplicates: near }),
});
const TWIN = SAME_WORK[0]?.[1] ?? TOTAL;

describe('near-duplicate tickets', () => {
  it.each([['hold', 'hold', undefined], ['decline', 'deny', 'near-duplicate'], ['warn', 'allow', undefined], ['off', 'allow', undefined]] as const)('then: %s says %s', (then, effect, code) => {
    const answer = nearDuplicateRule([row(1)], facts(TWIN, { then }));
    expect(answer.node.effect).toBe(effect);
    expect(answer.code).toBe(code);
    expect(answer.asks).toBe(effect === 'hold' ? 'overlap' : undefined);
  });

  it('shows the score, which ticket, and where its work is', () => {
    const { node } = nearDuplicateRule([row(1, { state: 'ended', outcome: 'delivered', change: { number: 7, url: 'https://forge.example/7', branch: 'heddle/x-00000000' } })], facts(TWIN));
    expect(node.values).toMatchObject({ ticket: 'acme/shop#1', change: 'https://forge.example/7', threshold: 0.6 });
    expect(node.words).toMatch(/nearly the same as acme\/shop#1 \(0\.\d\d of the words in common, the limit is 0\.6\); its change is https:\/\/forge\.example\/7/);
  });

  const silent: readonly (readonly [string, Booking])[] = [
    ['was declined', row(1, { state: 'ended', outcome: 'declined' })],
    ['was delivered long ago', row(1, { state: 'ended', outcome: 'delivered', changedAt: Instant.parse('2026-02-01T00:00:00.000Z') })],
    ['vanished', row(1, { expiresAt: NOW })],
    ['is in another repository', row(1, { repository: 'acme/other' })],
    ['is of the same ticket', row(1, { ticket: { tracker: 'github', key: 'ACME/shop#99' } })],
    ['came later and waits before its order', row(1, { state: 'waiting', reserved: NO_UNITS, at: LATER })],
    ['has no digest', row(1, { likeness: undefined })],
  ];
  it.each(silent)('lets it through when the other run %s', (_, other) => {
    expect(nearDuplicateRule([other], facts(TWIN)).node.effect).toBe('allow');
  });

  it('of two that wait before their orders, exactly one waits for the other', () => {
    const waiting = (n: number): Booking => row(n, { state: 'waiting', reserved: NO_UNITS });
    const [a, b] = [waiting(1), waiting(2)];
    const says = (own: Booking): string => nearDuplicateRule([a, b], { ...facts(TWIN), run: own.run, ticket: own.ticket }).node.effect;
    expect([says(a), says(b)].sort()).toEqual(['allow', 'hold']);
  });

  it('a higher threshold never stops more', () => {
    fc.assert(fc.property(fc.double({ min: 0.2, max: 1, noNaN: true }), fc.double({ min: 0.2, max: 1, noNaN: true }), fc.constantFrom(...SAME_WORK, ...OTHER_WORK), (one, two, [, text]) => {
      const stops = (threshold: number): boolean => nearDuplicateRule([row(1)], facts(text, { threshold })).node.effect === 'hold';
      return !stops(Math.max(one, two)) || stops(Math.min(one, two));
    }));
  });
});
