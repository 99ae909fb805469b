import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { judgeBudgets, periodStart, unitsOf, wasAdmitted } from '../../src/admission/budgets.js';
import { BudgetConfig } from '../../src/config/budget-config.js';
import { NO_UNITS, type Booking, type Units } from '../../src/domain/booking.js';
import { Instant } from '../../src/domain/ids.js';
import { MicroUsd } from '../../src/domain/money.js';
import { at, NOON, row } from '../contract/ledger-contract.js';

const budget = (over: Readonly<Record<string, unknown>>): BudgetConfig => BudgetConfig.parse(over);
const units = (cost: number, tokens = 0, minutes = 1): Units => ({ cost: MicroUsd.parse(cost * 1_000_000), tokens, minutes });
const view = (rows: readonly Booking[], damaged = false): Parameters<typeof judgeBudgets>[1] => ({ rows, damage: damaged ? [{ place: 'living.jsonl:3', problem: 'the row was changed: its hash is another' }] : [] });
const ask = (rows: readonly Booking[], budgets: readonly BudgetConfig[], wanted: Booking = row('newrun00', { reserved: units(5, 1000, 120) }), now: Instant = NOON): ReturnType<typeof judgeBudgets> => judgeBudgets({ row: wanted, budgets, now }, view(rows));
const ended = (run: string, cost: number, more: Partial<Booking> = {}): Booking => row(run, { state: 'ended', spent: units(cost), reserved: NO_UNITS, ...more });

describe('what a budget leaves', () => {
  it('says nothing where nothing is configured', () => {
    expect(ask([], [])).toMatchObject({ node: { rule: 'budget', effect: 'allow' }, room: { cost: 5_000_000 } });
  });

  it('counts what ended runs spent and what living ones hold, and tightens the run to the rest', () => {
    const daily = budget({ per: 'repository', every: 'day', cost_usd: 20 });
    expect(ask([ended('old00001', 7), row('live0001', { reserved: units(9) })], [daily])).toMatchObject({ node: { effect: 'allow' }, room: { cost: 4_000_000 } });
  });

  it('does not start with less than the least part of what the run wants', () => {
    const answer = ask([ended('old00001', 19.5)], [budget({ per: 'repository', every: 'day', cost_usd: 20 })]);
    expect(answer).toMatchObject({ asks: 'budget', node: { effect: 'hold', words: 'the budget of the repository for the day has no room for this run: $19.5000 of $20.0000 used or held' } });
    expect(ask([ended('old00001', 19.5)], [budget({ per: 'repository', every: 'day', cost_usd: 20, least_percent: 10 })]).room.cost).toBe(500_000);
  });

  it('declines where the budget says so', () => {
    expect(ask([ended('old00001', 1)], [budget({ per: 'repository', every: 'month', runs: 1, on_exceed: 'deny' })])).toMatchObject({ code: 'over-budget', node: { effect: 'deny' } });
  });

  it.each<[string, BudgetConfig, Partial<Booking>, boolean]>([
    ['the same person by id', budget({ per: 'person', every: 'day', runs: 1 }), { requestedBy: { login: 'new-name', id: '7', kind: 'human' } }, true],
    ['another person with the same login', budget({ per: 'person', every: 'day', runs: 1 }), { requestedBy: { login: 'ann', id: '8', kind: 'human' } }, false],
    ['the same ticket, spelt otherwise', budget({ per: 'ticket', every: 'ever', runs: 1 }), { ticket: { tracker: 'github', key: 'Acme/SHOP#12' }, at: Instant.parse('2020-01-01T00:00:00.000Z'), changedAt: Instant.parse('2020-01-01T00:00:00.000Z') }, true],
    ['another ticket', budget({ per: 'ticket', every: 'ever', runs: 1 }), { ticket: { tracker: 'github', key: 'acme/shop#13' } }, false],
    ['a label in common', budget({ per: 'label', every: 'day', runs: 1 }), { labels: ['other', 'heddle'] }, true],
    ['no label in common', budget({ per: 'label', every: 'day', runs: 1 }), { labels: ['other'] }, false],
    ['the same sub-project', budget({ per: 'target', every: 'day', runs: 1 }), {}, true],
    ['another sub-project', budget({ per: 'target', every: 'day', runs: 1 }), { target: 'web' }, false],
    ['another repository', budget({ per: 'repository', every: 'day', runs: 1 }), { repository: 'acme/other' }, false],
    ['a run that was declined', budget({ per: 'repository', every: 'day', runs: 1 }), { spent: NO_UNITS, outcome: 'declined' }, false],
    ['yesterday', budget({ per: 'repository', every: 'day', runs: 1 }), { at: at(-900), changedAt: at(-900) }, false],
    ['yesterday, for the month', budget({ per: 'repository', every: 'month', runs: 1 }), { at: at(-900), changedAt: at(-900) }, true],
    ['tomorrow: a clock that is ahead', budget({ per: 'repository', every: 'day', runs: 1 }), { at: at(1500), changedAt: at(1500) }, true],
    ['a person of the list', budget({ per: 'repository', every: 'day', runs: 1, who: ['ANN'] }), {}, true],
    ['a person who is not of the list', budget({ per: 'repository', every: 'day', runs: 1, who: ['ann'] }), { requestedBy: { login: 'bob', id: '9', kind: 'human' } }, false],
  ])('counts or leaves out: %s', (_what, one, of, counts) => {
    expect(ask([ended('old00001', 1, of)], [one]).node.effect).toBe(counts ? 'hold' : 'allow');
  });

  it('is not about runs that its lists leave out', () => {
    const other = budget({ per: 'repository', every: 'day', runs: 1, labels: ['big'] });
    expect(ask([ended('old00001', 1, { labels: ['big'] })], [other]).node).toMatchObject({ effect: 'allow', words: 'no budget is about this run' });
  });

  it('counts a run that vanished with all that it held, until its period is over', () => {
    const vanished = row('gone0001', { reserved: units(18), spent: units(1), at: at(-300), changedAt: at(-300), expiresAt: at(-60) });
    expect(ask([vanished], [budget({ per: 'repository', every: 'day', cost_usd: 20 })]).room.cost).toBe(2_000_000);
    expect(ask([vanished], [budget({ per: 'repository', every: 'day', cost_usd: 20 })], undefined, at(1440)).room.cost).toBe(5_000_000);
  });

  it('counts a waiting run by what it took, since it holds no more', () => {
    expect(ask([row('wait0001', { state: 'waiting', spent: units(3), reserved: units(3) })], [budget({ per: 'repository', every: 'day', cost_usd: 20 })]).room.cost).toBe(5_000_000);
  });

  it('is never looser for a damaged ledger, and lets budgets of one run alone', () => {
    const row0 = row('newrun00', { reserved: units(5, 1000, 120) });
    const daily = budget({ per: 'repository', every: 'day', cost_usd: 20 });
    expect(judgeBudgets({ row: row0, budgets: [daily], now: NOON }, view([], true))).toMatchObject({ asks: 'budget', node: { effect: 'hold' } });
    expect(judgeBudgets({ row: row0, budgets: [budget({ per: 'run', every: 'ever', cost_usd: 2 })], now: NOON }, view([], true))).toMatchObject({ node: { effect: 'allow' }, room: { cost: 2_000_000 } });
  });

  it('looks back to the beginning of the day or month of UTC', () => {
    expect([periodStart('day', NOON), periodStart('month', NOON)]).toEqual(['2026-11-21T00:00:00.000Z', '2026-11-01T00:00:00.000Z']);
  });
});

describe('configuration', () => {
  it.each([{ per: 'repository' }, { per: 'repository', every: 'ever', runs: 1 }, { per: 'run', runs: 1 }, { per: 'person', every: 'week', runs: 1 }, { per: 'person', runs: 0 }])('refuses %j', (wrong) => {
    expect(BudgetConfig.safeParse(wrong).success).toBe(false);
  });
});

/** Days of a month that a test's clock may jump between; life goes on in hours. */
const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-10T00:00:00.000Z');
const instant = (ms: number): Instant => Instant.parse(new Date(ms).toISOString());

type Act =
  | { readonly kind: 'admit'; readonly cost: number; readonly minutes: number; readonly life: number }
  | { readonly kind: 'settle'; readonly which: number; readonly part: number }
  | { readonly kind: 'wait'; readonly which: number; readonly part: number }
  | { readonly kind: 'kill'; readonly which: number; readonly part: number }
  | { readonly kind: 'clock'; readonly hours: number };

const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('admit' as const), cost: fc.integer({ min: 1, max: 9 }), minutes: fc.integer({ min: 1, max: 60 }), life: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), which: fc.nat(20), part: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  fc.record({ kind: fc.constant('wait' as const), which: fc.nat(20), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('kill' as const), which: fc.nat(20), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('clock' as const), hours: fc.integer({ min: -40, max: 40 }) }) },
);

/** A run as it really is: what it took is known to nobody before it settles. */
interface Real { row: Booking; took: number; over: boolean }

/** Plays acts on a ledger that is always atomic; answers what really happened. */
function play(acts: readonly Act[], budgets: readonly BudgetConfig[]): readonly Real[] {
  const runs: Real[] = [];
  let now = START;
  const living = (): Real[] => runs.filter((run) => !run.over);
  for (const one of acts) {
    if (one.kind === 'clock') { now = Math.max(START - 5 * DAY_MS, now + one.hours * 3_600_000); continue; }
    if (one.kind === 'admit') {
      const wanted = row(`run${String(runs.length).padStart(6, '0')}`, { at: instant(now), changedAt: instant(now), expiresAt: instant(now + one.life * 3_600_000), reserved: units(one.cost, 0, one.minutes) });
      const answer = judgeBudgets({ row: wanted, budgets, now: instant(now) }, view(runs.map((run) => run.row)));
      if (answer.node.effect === 'allow') runs.push({ row: { ...wanted, reserved: answer.room }, took: 0, over: false });
      continue;
    }
    const alive = living();
    const run = alive.length === 0 ? undefined : alive[one.which % alive.length];
    if (run === undefined) continue;
    run.over = true;
    run.took = Math.floor(run.row.reserved.cost * one.part);
    const spent: Units = { cost: MicroUsd.parse(run.took), tokens: 0, minutes: Math.max(1, Math.floor(run.row.reserved.minutes * one.part)) };
    if (one.kind === 'settle') run.row = { ...run.row, state: 'ended', spent, reserved: NO_UNITS, changedAt: instant(now) };
    if (one.kind === 'wait') run.row = { ...run.row, state: 'waiting', spent, reserved: spent, changedAt: instant(now) };
    // Killed: the row stays as it is, and the truth is in nobody's ledger.
  }
  return runs;
}

describe('properties', () => {
  const limits = { cost: 20, runs: 4 };
  const budgets = [budget({ per: 'repository', every: 'day', cost_usd: limits.cost, least_percent: 1 }), budget({ per: 'person', every: 'day', runs: limits.runs })];

  it('no interleaving of starts, ends, waits, kills and clocks spends more than the budget of any day', () => {
    fc.assert(fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const runs = play(acts, budgets);
      for (let day = -5; day < 60; day += 1) {
        const [from, to] = [instant(START + day * DAY_MS), instant(START + (day + 1) * DAY_MS)];
        // A run belongs to every day from its start to its end, or to the end of its reservation.
        const ofDay = runs.filter(({ row: one }) => one.at < to && [one.at, one.changedAt, ...(one.state === 'running' ? [one.expiresAt] : [])].some((end) => end >= from));
        expect(ofDay.reduce((sum, run) => sum + run.took, 0)).toBeLessThanOrEqual(limits.cost * 1_000_000);
        expect(ofDay.length).toBeLessThanOrEqual(limits.runs);
      }
    }), { numRuns: 400 });
  });

  it('really comes near the budget: what is left is given away', () => {
    const runs = play(Array.from({ length: 6 }, () => ({ kind: 'admit', cost: 7, minutes: 5, life: 2 }) as const), [budgets[0] ?? budget({})]);
    expect(runs.map((run) => run.row.reserved.cost / 1_000_000)).toEqual([7, 7, 6]);
  });

  const anyRow = fc.record({
    cost: fc.integer({ min: 0, max: 12 }), hours: fc.integer({ min: -60, max: 30 }), state: fc.constantFrom('running' as const, 'waiting' as const, 'ended' as const),
    label: fc.constantFrom('heddle', 'big'), person: fc.constantFrom('7', '8'), target: fc.constantFrom('', 'web'), ticket: fc.constantFrom('acme/shop#12', 'acme/shop#13'), minutes: fc.integer({ min: 0, max: 90 }),
  });
  const rowsOf = (found: readonly (typeof anyRow extends fc.Arbitrary<infer T> ? T : never)[]): readonly Booking[] => found.map((one, index) => row(`old${String(index).padStart(6, '0')}`, {
    state: one.state, at: at(one.hours * 60), changedAt: at(one.hours * 60), expiresAt: at(one.hours * 60 + 180), labels: [one.label], target: one.target, requestedBy: { login: one.person, id: one.person, kind: 'human' },
    ticket: { tracker: 'github', key: one.ticket }, ...(one.state === 'running' ? { reserved: units(one.cost, one.cost * 100, one.minutes) } : { spent: units(one.cost, one.cost * 100, one.minutes), reserved: NO_UNITS }),
  }));
  const anyBudget = fc.record({
    per: fc.constantFrom('run' as const, 'ticket' as const, 'label' as const, 'person' as const, 'repository' as const, 'target' as const), every: fc.constantFrom('day' as const, 'month' as const), on_exceed: fc.constantFrom('hold' as const, 'deny' as const),
    cost_usd: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }), tokens: fc.option(fc.integer({ min: 1, max: 6000 }), { nil: undefined }), minutes: fc.integer({ min: 1, max: 600 }), runs: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    labels: fc.option(fc.constant(['heddle']), { nil: undefined }), least_percent: fc.integer({ min: 1, max: 100 }),
  }).map(({ per, runs, ...rest }) => budget({ per, ...rest, ...(per === 'run' ? {} : { runs }) }));
  const tighter = (one: BudgetConfig, how: number, by: number): BudgetConfig => {
    switch (how) {
      case 0: return { ...one, cost_usd: Math.max(0, (one.cost_usd ?? 100) - by) };
      case 1: return { ...one, tokens: Math.max(1, (one.tokens ?? 10_000) - by * 100) };
      case 2: return { ...one, minutes: Math.max(1, (one.minutes ?? 1000) - by) };
      case 3: return one.per === 'run' ? one : { ...one, runs: Math.max(1, (one.runs ?? 20) - by) };
      case 4: return { ...one, least_percent: Math.min(100, one.least_percent + by) };
      case 5: return { ...one, every: one.every === 'day' ? 'month' : one.every };
      case 6: return { ...one, labels: undefined };
      default: return { ...one, on_exceed: 'deny' };
    }
  };

  it('tightening any budget never admits more, and never gives more room', () => {
    fc.assert(fc.property(fc.array(anyRow, { maxLength: 8 }), fc.array(anyBudget, { minLength: 1, maxLength: 3 }), fc.nat(7), fc.integer({ min: 0, max: 30 }), fc.boolean(), (found, loose, how, by, damaged) => {
      const wanted = row('newrun00', { reserved: units(5, 500, 60) });
      const strict = loose.map((one, index) => (index === 0 ? tighter(one, how, by) : one));
      const before = judgeBudgets({ row: wanted, budgets: loose, now: NOON }, view(rowsOf(found)));
      const after = judgeBudgets({ row: wanted, budgets: strict, now: NOON }, view(rowsOf(found), damaged));
      if (after.node.effect !== 'allow') return;
      expect(before.node.effect).toBe('allow');
      for (const one of ['cost', 'tokens', 'minutes'] as const) expect(after.room[one]).toBeLessThanOrEqual(before.room[one]);
    }), { numRuns: 1500 });
  });

  it('one more row of anybody never admits more', () => {
    fc.assert(fc.property(fc.array(anyRow, { maxLength: 8 }), anyRow, fc.array(anyBudget, { minLength: 1, maxLength: 3 }), (found, more, budgetsHere) => {
      const wanted = row('newrun00', { reserved: units(5, 500, 60) });
      const [few, all] = [ask(rowsOf(found), budgetsHere, wanted), ask(rowsOf([...found, more]), budgetsHere, wanted)];
      if (all.node.effect === 'allow') expect(few.node.effect).toBe('allow');
    }), { numRuns: 500 });
  });

  it('what a living run counts is never less than what it holds or has spent', () => {
    expect(unitsOf(row('live0001', { reserved: units(2, 9, 1), spent: units(3, 1, 4) }))).toEqual({ cost: 3_000_000, tokens: 9, minutes: 4 });
    expect(wasAdmitted(row('live0001', { reserved: NO_UNITS }))).toBe(false);
  });
});
