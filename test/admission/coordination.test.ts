import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { capRules } from '../../src/admission/caps.js';
import { holdsLease, type ChangeFacts, type CoordinationFacts } from '../../src/admission/coordination.js';
import { coordinationRules } from '../../src/admission/coordination-rules.js';
import { overlapRule } from '../../src/admission/overlap.js';
import { CapsConfig, OverlapConfig } from '../../src/config/overlap-config.js';
import { Booking, NO_UNITS, Units } from '../../src/domain/booking.js';
import type { Grant } from '../../src/domain/grant.js';
import { Instant, RunId } from '../../src/domain/ids.js';
import { strictest } from '../../src/domain/verdict.js';

const NOW = Instant.parse('2026-03-01T12:00:00.000Z');
const LATER = Instant.parse('2026-03-01T15:00:00.000Z');
const MILA = { login: 'mila', id: '1', kind: 'human' as const };
const HELD = Units.parse({ cost: 5_000_000, tokens: 1000, minutes: 60 });
const runOf = (n: number): RunId => RunId.parse(String(n).padStart(8, '0'));

const row = (n: number, more: Partial<Booking> = {}): Booking => Booking.parse({
  version: 1, run: runOf(n), ticket: { tracker: 'github', key: `acme/shop#${n}` }, repository: 'acme/shop', target: '', at: NOW, changedAt: NOW, requestedBy: MILA,
  labels: [], owners: [], holder: 'ci', state: 'running', reserved: HELD, spent: NO_UNITS, expiresAt: LATER, scope: [], ...more,
});
const change = (number: number, more: Partial<ChangeFacts> = {}): ChangeFacts => ({ number, url: `https://forge.example/${number}`, branch: `topic/${number}`, ours: false, author: 'tom', reviewers: [], pathsCut: false, paths: [], owners: [], ...more });
interface Wanted extends Partial<Omit<CoordinationFacts, 'overlap' | 'caps'>> { readonly overlap?: Parameters<typeof OverlapConfig.parse>[0]; readonly caps?: CapsConfig }
const facts = ({ overlap = {}, caps = {}, ...more }: Wanted = {}): CoordinationFacts => ({
  run: runOf(99), ticket: { tracker: 'github', key: 'acme/shop#99' }, repository: 'acme/shop', now: NOW, scope: ['src/a.ts', 'src/b.ts'], certainty: 'likely', likeness: undefined,
  owners: [], reviewers: [], changes: [], changesCut: false, grants: [], overlap: OverlapConfig.parse(overlap), caps, ...more,
});
const known = (...rows: Booking[]) => ({ rows, damage: [] });
const effects = (answers: readonly { readonly node: { readonly rule: string; readonly effect: string } }[]) => Object.fromEntries(answers.map(({ node }) => [node.rule, node.effect]));

describe('overlap with runs', () => {
  const other = row(1, { scope: ['src/b.ts', 'src/c.ts'] });
  it.each([['warn', 'allow'], ['hold', 'hold'], ['queue', 'hold'], ['off', 'allow']] as const)('policy %s: %s', (heddle, effect) => {
    expect(effects(overlapRule(known(other), facts({ overlap: { heddle } })))['overlap-runs']).toBe(effect);
  });

  it('names the run, its ticket and the files, and whom a queue waits for', () => {
    const [answer] = overlapRule(known(other), facts({ overlap: { heddle: 'queue' } }));
    expect(answer).toMatchObject({ asks: 'overlap', node: { effect: 'hold', values: { behind: ['run 00000001 (acme/shop#1)'], paths: ['src/b.ts'] } } });
    expect(answer?.node.words).toContain('it waits until that has ended');
  });

  const free: readonly (readonly [string, Booking])[] = [
    ['of another repository', row(1, { repository: 'acme/other', scope: ['src/a.ts'] })],
    ['of the same ticket, which one claim is for', row(1, { ticket: { tracker: 'github', key: 'Acme/Shop#99' }, scope: ['src/a.ts'] })],
    ['that has ended', row(1, { state: 'ended', scope: ['src/a.ts'] })],
    ['that vanished and whose time is over', row(1, { expiresAt: NOW, scope: ['src/a.ts'] })],
    ['that waits before its order', row(1, { state: 'waiting', reserved: NO_UNITS, scope: ['src/a.ts'] })],
    ['that is this very run', row(99, { scope: ['src/a.ts'] })],
    ['on other files', row(1, { scope: ['src/A.ts', 'src'] })],
  ];
  it.each(free)('does not wait for a run %s', (_, booked) => {
    expect(effects(overlapRule(known(booked), facts({ overlap: { heddle: 'hold' } })))['overlap-runs']).toBe('allow');
  });

  it('waits for one that waits with its work done', () => {
    expect(effects(overlapRule(known(row(1, { state: 'waiting', scope: ['src/a.ts'] })), facts({ overlap: { heddle: 'hold' } })))['overlap-runs']).toBe('hold');
  });

  it('is not looser for a ledger with damage: what cannot be read may have been anybody\'s row', () => {
    expect(effects(overlapRule({ rows: [], damage: ['x'] }, facts({ overlap: { heddle: 'hold' } })))['overlap-runs']).toBe('hold');
    expect(effects(overlapRule({ rows: [], damage: ['x'] }, facts()))['overlap-runs']).toBe('allow');
  });
});

describe('overlap with open changes', () => {
  it('tells people\'s changes from our own, each by its own policy', () => {
    const changes = [change(1, { paths: ['src/a.ts'] }), change(2, { ours: true, author: 'heddle', paths: ['src/b.ts'] })];
    const hold = (overlap: Wanted['overlap']) => overlapRule(known(), facts({ changes, overlap }))[1];
    expect(hold({ people: 'hold', heddle: 'off' })?.node).toMatchObject({ effect: 'hold', values: { with: ['change 1 by tom'] } });
    expect(hold({ people: 'off', heddle: 'queue' })?.node).toMatchObject({ effect: 'hold', values: { behind: ['Heddle\'s change 2 by heddle'] } });
    expect(hold({})?.node).toMatchObject({ effect: 'allow', values: { warning: true } });
  });

  it('is silent about its own change, and says what it could not compare', () => {
    const own = row(99, { change: { number: 7, url: 'x', branch: 'heddle/x-00000000' } });
    const changes = [change(7, { ours: true, paths: ['src/a.ts'] }), change(8, { paths: undefined }), change(9, { pathsCut: true })];
    expect(overlapRule(known(own), facts({ changes, overlap: { heddle: 'hold', people: 'hold' } }))[1]?.node).toMatchObject({ effect: 'allow', words: 'no open change touches these files; 2 of 3 are not compared in full' });
    expect(overlapRule(known(), facts({ changes: undefined }))[1]?.node.words).toContain('does not list open changes');
  });
});

describe('caps on open changes', () => {
  const ours = (number: number, more: Partial<ChangeFacts> = {}): ChangeFacts => change(number, { ours: true, branch: `heddle/x-${String(number).padStart(8, '0')}`, ...more });
  it('counts open changes of ours and runs on their way, never one twice, and people\'s changes not at all', () => {
    const changes = [ours(1), ours(2), change(3)];
    const running = row(5);
    const delivering = row(6, { change: { number: 2, url: 'x', branch: 'heddle/x-00000002' } });
    const at = (repository: number) => effects(capRules([running, delivering], facts({ changes, caps: { repository } })))['cap-repository'];
    expect([at(3), at(4)]).toEqual(['hold', 'allow']);
  });

  it('counts per owner by the files of the changes, and per reviewer by who was asked, names in any case', () => {
    const changes = [ours(1, { owners: ['@acme/Pay'], reviewers: ['Amy', 'acme/pay'] }), ours(2, { owners: ['@acme/pay'], reviewers: [] })];
    const asked = { changes, owners: ['@Acme/pay', '@zoe'], reviewers: ['amy', 'zoe'] };
    expect(effects(capRules([], facts({ ...asked, caps: { per_team: 2, per_reviewer: 1 } })))).toEqual({ 'cap-team': 'hold', 'cap-reviewer': 'hold' });
    expect(effects(capRules([], facts({ ...asked, caps: { per_team: 3, per_reviewer: 2 } })))).toEqual({ 'cap-team': 'allow', 'cap-reviewer': 'allow' });
    expect(effects(capRules([row(4, { owners: ['@acme/pay', '@amy'] })], facts({ ...asked, caps: { per_team: 3, per_reviewer: 2 } })))).toEqual({ 'cap-team': 'hold', 'cap-reviewer': 'hold' });
  });

  it('has no rule where no cap is set, and holds where nothing can be counted', () => {
    expect(capRules([], facts())).toEqual([]);
    expect(effects(capRules([], facts({ changes: undefined, caps: { repository: 9, per_team: 9, per_reviewer: 9 } })))).toEqual({ 'cap-repository': 'hold', 'cap-team': 'hold', 'cap-reviewer': 'hold' });
  });
});

describe('grants', () => {
  it('lift exactly the rule that they name', () => {
    const grant: Grant = { rule: 'overlap-runs', by: MILA, reason: 'we spoke', at: NOW, expiresAt: LATER };
    const about = { overlap: { heddle: 'hold' as const, people: 'hold' as const }, changes: [change(1, { paths: ['src/a.ts'] })], grants: [grant] };
    expect(effects(coordinationRules(known(row(1, { scope: ['src/a.ts'] })), facts(about)))).toMatchObject({ 'overlap-runs': 'allow', 'overlap-changes': 'hold' });
  });
});

const path = fc.constantFrom('a', 'b', 'c', 'd');
const anyRow = fc.record({ n: fc.integer({ min: 1, max: 9 }), scope: fc.uniqueArray(path), state: fc.constantFrom('running' as const, 'waiting' as const, 'ended' as const), held: fc.boolean(), owners: fc.uniqueArray(fc.constantFrom('@x', '@y')) })
  .map(({ n, held, ...more }) => row(n, { ...more, reserved: held ? HELD : NO_UNITS }));
const anyChange = fc.record({ number: fc.integer({ min: 1, max: 9 }), ours: fc.boolean(), paths: fc.uniqueArray(path), owners: fc.uniqueArray(fc.constantFrom('@x', '@y')), reviewers: fc.uniqueArray(fc.constantFrom('x', 'y')) }).map(({ number, ...more }) => change(number, more));
const RANK = { allow: 0, hold: 1, deny: 2, error: 3 } as const;

describe('properties', () => {
  it('tightening any setting never admits more', () => {
    const people = ['off', 'warn', 'hold'] as const;
    const heddle = ['off', 'warn', 'queue', 'hold'] as const;
    const cap = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });
    const settings = fc.record({ people: fc.nat(2), heddle: fc.nat(3), repository: cap, per_team: cap, per_reviewer: cap });
    fc.assert(fc.property(fc.array(anyRow, { maxLength: 5 }), fc.array(anyChange, { maxLength: 5 }), fc.uniqueArray(path), settings, settings, (rows, changes, scope, one, two) => {
      const tighter = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined ? b : b === undefined ? a : Math.min(a, b));
      const strict = { people: Math.max(one.people, two.people), heddle: Math.max(one.heddle, two.heddle), repository: tighter(one.repository, two.repository), per_team: tighter(one.per_team, two.per_team), per_reviewer: tighter(one.per_reviewer, two.per_reviewer) };
      const judge = (set: typeof one): number => {
        const caps = CapsConfig.parse(JSON.parse(JSON.stringify({ repository: set.repository, per_team: set.per_team, per_reviewer: set.per_reviewer })));
        const answers = coordinationRules(known(...rows), facts({ scope, changes, owners: ['@x'], reviewers: ['x'], caps, overlap: { people: people[set.people] ?? 'off', heddle: heddle[set.heddle] ?? 'off' } }));
        return RANK[strictest(answers.map((answer) => answer.node.effect))];
      };
      return judge(strict) >= judge(one) && judge(strict) >= judge(two);
    }), { numRuns: 400 });
  });

  it('no interleaving of runs that look, take, wait and end holds two overlapping leases, and no two wait for each other', () => {
    const acts = fc.array(fc.record({ n: fc.integer({ min: 1, max: 5 }), act: fc.constantFrom('look' as const, 'end' as const, 'pause' as const), scope: fc.uniqueArray(path, { minLength: 1, maxLength: 3 }) }), { minLength: 1, maxLength: 40 });
    fc.assert(fc.property(acts, (steps) => {
      const rows = new Map<number, Booking>();
      const scopes = new Map<number, string[]>();
      const step = (n: number): boolean => {
        const scope = scopes.get(n) ?? [];
        const about = facts({ run: runOf(n), ticket: { tracker: 'github', key: `acme/shop#${n}` }, scope, overlap: { heddle: 'hold' } });
        // One compare-and-swap: judged on the newest rows and written in the same step.
        const through = coordinationRules(known(...rows.values()), about).every((answer) => answer.node.effect === 'allow');
        rows.set(n, row(n, through ? { scope, reserved: HELD } : { state: 'waiting', reserved: NO_UNITS, scope }));
        return through;
      };
      for (const { n, act, scope } of steps) {
        const own = rows.get(n);
        if (act === 'look' && (own === undefined || !holdsLease(own, NOW))) {
          scopes.set(n, scopes.get(n) ?? scope);
          step(n);
        } else if (act === 'end' && own !== undefined) rows.set(n, { ...own, state: 'ended' });
        else if (act === 'pause' && own !== undefined && holdsLease(own, NOW)) rows.set(n, { ...own, state: 'waiting' });
        const held = [...rows.values()].filter((one) => holdsLease(one, NOW));
        if (held.some((a, at) => held.slice(at + 1).some((b) => a.scope.some((one) => b.scope.includes(one))))) return false;
      }
      // When all that hold have ended, somebody who waits gets through: nobody waits for one that waits.
      for (const [n, one] of rows) if (holdsLease(one, NOW)) rows.set(n, { ...one, state: 'ended' });
      const waiting = [...rows].filter(([, one]) => one.state === 'waiting').map(([n]) => n);
      return waiting.length === 0 || step(waiting[0] ?? 0);
    }), { numRuns: 500 });
  });
});
