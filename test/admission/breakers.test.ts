import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { judgeBreakers } from '../../src/admission/breakers.js';
import { BreakerConfig } from '../../src/config/budget-config.js';
import type { Booking } from '../../src/domain/booking.js';
import { at, NOON, row } from '../contract/ledger-contract.js';

const breaker = (over: Readonly<Record<string, unknown>> = {}): BreakerConfig => BreakerConfig.parse({ failures: 2, ...over });
const failed = (run: string, minutes: number, more: Partial<Booking> = {}): Booking => row(run, { state: 'ended', outcome: 'exhausted', code: 'attempts', changedAt: at(minutes), ...more });
const ask = (rows: readonly Booking[], breakers: readonly BreakerConfig[] = [breaker()]): ReturnType<typeof judgeBreakers> => judgeBreakers({ row: row('newrun00', { agent: 'codex' }), breakers, now: NOON }, { rows, damage: [] });

describe('a breaker', () => {
  it('is closed below its number of failures, and opens at it, naming the runs', () => {
    expect(ask([failed('bad00001', -90)]).node.effect).toBe('allow');
    const open = ask([failed('bad00001', -90), failed('bad00002', -60, { outcome: 'faulted', code: 'unreachable' })]);
    expect(open).toMatchObject({ asks: 'budget', node: { rule: 'breaker', effect: 'hold', words: '2 runs of the repository failed in 24h; nothing new starts before 2026-11-21T15:00:00.000Z' } });
    expect(open.node.children?.[0]?.values).toMatchObject({ runs: ['bad00001 attempts', 'bad00002 unreachable'] });
  });

  it('declines where it is told to', () => {
    expect(ask([failed('bad00001', -90), failed('bad00002', -60)], [breaker({ on_open: 'deny' })])).toMatchObject({ code: 'too-many-failures', node: { effect: 'deny' } });
  });

  it('lets one run try after the pause, and no second beside it', () => {
    const old = [failed('bad00001', -600), failed('bad00002', -300)];
    expect(ask(old).node.effect).toBe('allow');
    expect(ask([...old, row('trying01')]).node).toMatchObject({ effect: 'hold', words: expect.stringContaining('run trying01 tries') });
    expect(ask([...old, row('trying01', { expiresAt: at(-1) })]).node.effect).toBe('allow');
    expect(ask([...old, failed('trying01', -1)]).node.effect).toBe('hold');
  });

  it.each<[string, BreakerConfig, Partial<Booking>]>([
    ['what a person said no to', breaker(), { code: 'human-denied' }],
    ['what nobody answered', breaker(), { code: 'wait-expired' }],
    ['what was delivered', breaker(), { outcome: 'delivered' }],
    ['what is older than the window', breaker({ window: '1h' }), { changedAt: at(-61) }],
    ['another repository', breaker(), { repository: 'acme/other' }],
    ['another agent', breaker({ per: 'agent' }), { agent: 'builtin' }],
    ['another sub-project', breaker({ per: 'target' }), { target: 'web' }],
    ['another label', breaker({ per: 'label' }), { labels: ['other'] }],
    ['another cause', breaker({ causes: ['cost'] }), {}],
  ])('does not count %s', (_what, one, of) => {
    expect(ask([failed('bad00001', -50, of), failed('bad00002', -40, of)], [one]).node.effect).toBe('allow');
  });

  it('counts each cause by itself when it is told to', () => {
    const mixed = [failed('bad00001', -50), failed('bad00002', -40, { code: 'cost' })];
    expect(ask(mixed, [breaker({ per: 'cause' })]).node.effect).toBe('allow');
    expect(ask([...mixed, failed('bad00003', -30, { code: 'cost' })], [breaker({ per: 'cause' })]).node.words).toContain('2 runs of the cause cost failed');
  });

  it('never lets more in when it is stricter', () => {
    const anyRow = fc.record({ minutes: fc.integer({ min: -2000, max: 200 }), kind: fc.constantFrom('failed', 'living', 'delivered') });
    fc.assert(fc.property(fc.array(anyRow, { maxLength: 8 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), fc.nat(3), fc.nat(20), (found, failures, window, pause, less, more) => {
      const rows = found.map(({ minutes, kind }, index) => {
        const run = `any${String(index).padStart(6, '0')}`;
        return kind === 'living' ? row(run, { changedAt: at(minutes) }) : failed(run, minutes, kind === 'delivered' ? { outcome: 'delivered' } : {});
      });
      const loose = breaker({ failures, window: `${String(window)}h`, pause: `${String(pause)}h` });
      const strict = breaker({ failures: Math.max(1, failures - less), window: `${String(window + more)}h`, pause: `${String(pause + more)}h` });
      if (ask(rows, [strict]).node.effect === 'allow') expect(ask(rows, [loose]).node.effect).toBe('allow');
    }), { numRuns: 1000 });
  });
});
