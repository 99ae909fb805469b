import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changeDemands, demandWords, metDemands, whyNot, type ChangeDemand } from '../../src/admission/change-demands.js';
import type { Actor } from '../../src/domain/actor.js';
import type { RequiredApproval } from '../../src/domain/policy-outcome.js';
import type { VerdictEffect, VerdictNode } from '../../src/domain/verdict.js';

const person = (login: string): Actor => ({ login, id: `id-${login}`, kind: 'human' });
const wants = (more: Partial<RequiredApproval>): RequiredApproval => ({ rule: 'policy/payments', count: 2, roles: [], teams: [], users: [], notRequester: true, ...more });
const held = (approvals: readonly RequiredApproval[], risk: VerdictEffect = 'allow', effect: VerdictEffect = 'hold') => changeDemands({
  verdict: { effect, tree: { rule: 'gates', effect, words: 'w', children: [{ rule: 'risk', effect: risk, words: 'w', values: { level: 'high' } } satisfies VerdictNode] } },
  policy: { effect, decidedBy: 'x', matched: [], labels: [], reviewers: { users: [], teams: [], owners: false }, approvals: [...approvals], budget: {}, lifted: [], sources: [] },
  review: { high: { users: ['@nora'], teams: ['billing'], count: 2 } }, organisation: 'acme',
});
const only = (demands: readonly ChangeDemand[]): ChangeDemand => {
  if (demands[0] === undefined || demands.length > 1) throw new Error(`${demands.length} demands`);
  return demands[0];
};
const NOBODY = { permissions: {}, teams: {} };

describe('what a held change demands', () => {
  it('is nothing when nothing holds, the rules of the team when they do, and the people of a level that holds by itself', () => {
    expect(held([wants({})], 'hold', 'allow')).toEqual([]);
    expect(held([wants({ teams: ['payments'] })]).map(({ name, count, from }) => [name, count, from])).toEqual([['policy/payments', 2, 'team acme/payments']]);
    expect(held([], 'hold').map(({ name, count, from, notRequester }) => [name, count, from, notRequester])).toEqual([['delivery.review.high', 2, 'nora, team acme/billing', true]]);
    expect(held([], 'allow')).toEqual([]);
  });

  it.each<[string, Partial<RequiredApproval>, Actor, string | undefined]>([
    ['whoever asked for it', {}, person('mila'), 'mila asked for the work'],
    ['whoever asked for it, where that may be', { notRequester: false }, person('mila'), undefined],
    ['anybody else, where nobody is named', {}, person('otto'), undefined],
    ['a bot', {}, { login: 'ci[bot]', id: '9', kind: 'bot' }, 'is no person'],
    ['somebody named', { users: ['OTTO'] }, person('otto'), undefined],
    ['somebody else', { users: ['nora'] }, person('otto'), 'otto is none of nora'],
    ['a member', { teams: ['payments'] }, person('tina'), undefined],
    ['no member', { teams: ['payments'] }, person('otto'), 'otto is none of team acme/payments'],
    ['a team of which the forge says nothing', { teams: ['ghosts'] }, person('otto'), 'is not known'],
    ['a level of permission', { roles: ['maintain'] }, person('mona'), undefined],
    ['a lower one', { roles: ['maintain'] }, person('otto'), 'otto is none of role maintain'],
    ['a role of our own', { roles: ['sec'] }, person('sam'), undefined],
    ['a role that nobody defined lets nobody through', { roles: ['nonsense'] }, person('mona'), 'none of role nonsense'],
  ])('%s', (_, more, actor, why) => {
    const accounts = {
      permissions: { 'id-mona/mona': { kind: 'known' as const, permission: 'admin' as const }, 'id-otto/otto': { kind: 'known' as const, permission: 'write' as const } },
      teams: { 'acme/payments id-tina/tina': { kind: 'known' as const, member: true }, 'acme/payments id-otto/otto': { kind: 'known' as const, member: false } },
    };
    const said = whyNot(only(held([wants(more)])), actor, { accounts, named: { sec: { users: ['sam'], teams: [] } }, requesters: [person('mila')] });
    if (why === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(why);
  });

  it('counts each person once, whatever they write and under whatever spelling', () => {
    const demands = held([wants({})]);
    const yes = (login: string, id = `id-${login}`) => ({ by: { login, id, kind: 'human' as const }, counts: ['policy/payments'] });
    expect(metDemands(demands, [yes('otto'), yes('otto'), yes('Otto', 'id-otto')])[0]).toMatchObject({ met: false });
    expect(metDemands(demands, [yes('otto'), yes('tina')])[0]).toMatchObject({ met: true });
    expect(metDemands(demands, [yes('otto'), { ...yes('tina'), counts: ['policy/other'] }])[0]).toMatchObject({ met: false });
    expect(demandWords(demands, [yes('otto')])).toBe('1 of 2 yeses by otto, of those who may approve, not whoever asked for the work (policy/payments)');
  });

  it('more demands are never met by fewer people', () => {
    const logins = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(fc.property(fc.array(logins, { maxLength: 8 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (said, first, second) => {
      const one = held([wants({ count: first })]);
      const both = held([wants({ count: first }), wants({ rule: 'policy/second', count: second })]);
      const given = said.map((login) => ({ by: person(login), counts: both.filter((demand) => whyNot(demand, person(login), { accounts: NOBODY, named: {}, requesters: [] }) === undefined).map(({ name }) => name) }));
      const all = (demands: readonly ChangeDemand[]): boolean => metDemands(demands, given).every(({ met }) => met);
      expect(all(both)).toBe(new Set(said).size >= Math.max(first, second));
      if (all(both)) expect(all(one)).toBe(true);
    }));
  });
});
