import { describe, expect, it } from '@jest/globals';
import { useCommand } from '../../../src/flow/acts/use-command.js';
import { takeAct } from '../../../src/flow/acts/take-act.js';
import type { RunFactOf } from '../../../src/flow/event.js';
import { tellTicket } from '../../../src/flow/commands/tell-ticket.js';
import type { SlashCommand } from '../../../src/domain/slash-command.js';
import { TREE_2 } from '../../fixtures/run-events.js';
import { ASKED_FOR_MONEY, HELD_CHANGE, place, type Place } from './waiting-place.js';

const override = (rule: string): SlashCommand => ({ name: 'override', rule, reason: 'the pilot ends today' });

async function use(at: Place, login: string, command: SlashCommand): Promise<string> {
  expect(await useCommand(at.context, at.say(login, command))).toEqual({ ok: true, value: undefined });
  return at.trail.state.kind;
}

/** The newest use as it was recorded. */
function used(at: Place): { readonly allowed: boolean; readonly words: string; readonly command: string } {
  const fact = at.facts().findLast((one) => one.type === 'command-used');
  if (fact?.type !== 'command-used') throw new Error('no use was recorded');
  return fact;
}

describe('/heddle override', () => {
  const CASES: readonly [name: string, facts: typeof ASKED_FOR_MONEY, login: string, rule: string, yaml: string, state: string, words: string][] = [
    ['a budget, by default', ASKED_FOR_MONEY, 'mona', 'budget', '', 'requested', 'is lifted for this run until 2026-03-03T10:00:00.000Z'],
    ['one pot of it', ASKED_FOR_MONEY, 'mona', 'budget:pilot', 'overrides: { rules: [budget] }', 'requested', 'is lifted'],
    ['a gate, by default', HELD_CHANGE, 'mona', 'hold-paths', '', 'validated', 'is lifted'],
    ['by who may only write', ASKED_FOR_MONEY, 'will', 'budget', '', 'asked', 'will may not'],
    ['by who may only write, after the work', HELD_CHANGE, 'will', 'hold-paths', '', 'waiting', 'will may not'],
    ['by an account about which the forge is silent', ASKED_FOR_MONEY, 'ghost', 'budget', '', 'asked', 'the forge gave no answer'],
    ['a rule that is not listed', ASKED_FOR_MONEY, 'mona', 'budget', 'overrides: { rules: [readiness] }', 'asked', 'cannot be lifted'],
    ['the whole where one pot is listed', ASKED_FOR_MONEY, 'mona', 'budget', 'overrides: { rules: ["budget:pilot"] }', 'asked', 'cannot be lifted'],
    ['the approval', ASKED_FOR_MONEY, 'mona', 'approved', '', 'asked', 'cannot be lifted'],
    ['the approval by its inner name', ASKED_FOR_MONEY, 'mona', 'approval', '', 'asked', 'cannot be lifted'],
    ['a rule that does not hold', ASKED_FOR_MONEY, 'mona', 'budget:day', '', 'asked', 'holds nothing here; what holds: budget, budget:pilot'],
    ['a name of another stage', HELD_CHANGE, 'mona', 'budget', '', 'waiting', 'holds nothing here; what holds: hold-paths'],
  ];
  for (const [name, facts, login, rule, yaml, state, words] of CASES) {
    it(`${name}: ${state}`, async () => {
      const at = await place(facts, yaml);
      expect(await use(at, login, override(rule))).toBe(state);
      expect(used(at)).toMatchObject({ command: 'override', words: expect.stringContaining(words), arguments: { rule, reason: 'the pilot ends today' } });
      expect(at.facts().filter((fact) => fact.type === 'override-granted')).toHaveLength(words.startsWith('is lifted') ? 1 : 0);
      expect(at.notes.size).toBe(words.startsWith('is lifted') ? 0 : 1);
    });
  }

  it('lifts what was found around finished work, which is no gate', async () => {
    const held = HELD_CHANGE.map((fact) => (fact.type !== 'human-asked' ? fact : { ...fact, why: { effect: 'hold' as const, tree: { rule: 'gates', effect: 'hold' as const, words: 'w', children: [{ rule: 'overlap-runs', effect: 'hold' as const, words: 'another run' }] } } }));
    const at = await place(held);
    expect(await use(at, 'mona', override('overlap-runs'))).toBe('validated');
  });
});

describe('the other commands', () => {
  const digest = (of: string): SlashCommand => ({ name: 'approve', digest: of });
  const CASES: readonly [name: string, facts: typeof ASKED_FOR_MONEY, login: string, command: SlashCommand, yaml: string, state: string, allowed: boolean][] = [
    ['continue before the work', ASKED_FOR_MONEY, 'will', { name: 'continue' }, '', 'requested', true],
    ['retry before the work', ASKED_FOR_MONEY, 'will', { name: 'retry' }, '', 'requested', true],
    ['continue after it', HELD_CHANGE, 'will', { name: 'continue' }, '', 'waiting', true],
    ['continue by a reader', ASKED_FOR_MONEY, 'rita', { name: 'continue' }, '', 'asked', false],
    ['deny before the work', ASKED_FOR_MONEY, 'will', { name: 'deny', reason: 'no' }, '', 'turned-down', true],
    ['deny after it', HELD_CHANGE, 'will', { name: 'deny' }, '', 'answered', true],
    ['deny by the author alone', HELD_CHANGE, 'tess', { name: 'deny' }, '', 'waiting', false],
    ['approve the change by its tree', HELD_CHANGE, 'will', digest(TREE_2.slice(0, 12)), '', 'answered', true],
    ['approve another tree', HELD_CHANGE, 'will', digest('b'.repeat(12)), '', 'waiting', true],
    ['approve with one wrong digit at the end', HELD_CHANGE, 'will', digest(`${TREE_2.slice(0, 15)}b`), '', 'waiting', true],
    ['approve with more digits than the tree has', HELD_CHANGE, 'will', digest(`${TREE_2}4444`), '', 'waiting', true],
    ['approve by the author', HELD_CHANGE, 'aron', digest(TREE_2), '', 'answered', true],
    ['approve by the author where not_author', HELD_CHANGE, 'aron', digest(TREE_2), 'admission: { approval: { not_author: true } }', 'waiting', false],
    ['approve by another one where not_author', HELD_CHANGE, 'will', digest(TREE_2), 'admission: { approval: { not_author: true } }', 'answered', true],
    ['approve before the work looks again', ASKED_FOR_MONEY, 'will', digest('c'.repeat(12)), '', 'requested', true],
    ['explain by triage', ASKED_FOR_MONEY, 'tess', { name: 'explain' }, '', 'asked', true],
    ['explain by a reader', ASKED_FOR_MONEY, 'rita', { name: 'explain' }, '', 'asked', false],
    ['stop before the work', ASKED_FOR_MONEY, 'aron', { name: 'stop', reason: 'later' }, '', 'cancelled', true],
    ['stop by a reader', ASKED_FOR_MONEY, 'rita', { name: 'stop' }, '', 'asked', false],
  ];
  for (const [name, facts, login, command, yaml, state, allowed] of CASES) {
    it(`${name}: ${state}`, async () => {
      const at = await place(facts, yaml);
      expect(await use(at, login, command)).toBe(state);
      expect(used(at)).toMatchObject({ command: command.name, allowed, by: { login } });
      if (state === 'asked' || state === 'waiting') expect(at.notes.get('heddle-command')).toContain(login);
    });
  }

  it('who asked for the run may not let its change through where not_requester', async () => {
    const first = HELD_CHANGE[0];
    if (first?.type !== 'requested') throw new Error('a run begins with a request');
    const at = await place(HELD_CHANGE, 'admission: { approval: { not_requester: true } }');
    const asker = first.request.actor;
    const said = at.say('maria', digest(TREE_2));
    await useCommand({ ...at.context, ports: { ...at.context.ports, tracker: { ...at.context.ports.tracker, fetch: async (ref) => {
      const ticket = await at.context.ports.tracker.fetch(ref);
      return ticket.ok ? { ok: true, value: { ...ticket.value, comments: ticket.value.comments.map((one) => ({ ...one, author: asker })) } } : ticket;
    } } } }, { ...said, actor: asker });
    expect([at.trail.state.kind, used(at).words]).toEqual(['waiting', expect.stringContaining('not_requester')]);
  });

  it('stop gives the ticket back, tells it and names who and why', async () => {
    const at = await place(ASKED_FOR_MONEY);
    await use(at, 'aron', { name: 'stop', reason: 'later' });
    expect([at.released.length, at.facts().at(-1)]).toEqual([1, expect.objectContaining({ type: 'cancelled', by: 'aron (/heddle stop): later' })]);
    expect(at.notes.get('heddle-ticket')).toContain('The run was cancelled');
  });

  it('explain names what holds, the approval too', async () => {
    const at = await place(ASKED_FOR_MONEY);
    await use(at, 'tess', { name: 'explain' });
    for (const words of ['`budget:pilot`', '`approval`']) expect(used(at).words).toContain(words);
  });

  it('explain shows the tree and who can do what, as `heddle explain` does', async () => {
    const at = await place(ASKED_FOR_MONEY);
    await use(at, 'tess', { name: 'explain' });
    const note = at.notes.get('heddle-command') ?? '';
    for (const words of ['waits for a person (budget)', 'next  ', 'until 2026-03-09', 'HOLD budget:pilot: full', 'yes  ticket-open', 'Asked for by maria']) expect(note).toContain(words);
  });
});

describe('a command is only what its author says now', () => {
  it('an edited comment is none', async () => {
    const at = await place(ASKED_FOR_MONEY);
    const said = at.say('mona', override('budget'));
    at.edit('c0');
    await useCommand(at.context, said);
    expect([at.trail.state.kind, used(at).allowed]).toEqual(['asked', false]);
  });

  it('somebody else who uses the comment is refused, and so is a fork', async () => {
    const at = await place(ASKED_FOR_MONEY);
    await useCommand(at.context, { ...at.say('will', override('budget')), actor: { login: 'mona', id: 'id-mona', kind: 'human' } });
    await useCommand(at.context, { ...at.say('mona', override('budget')), fromFork: true });
    expect([at.trail.state.kind, at.facts().filter((fact) => fact.type === 'command-used').map((fact) => fact.type === 'command-used' && fact.allowed)]).toEqual(['asked', [false, false]]);
  });

  it('who started the CI run again must be allowed as well', async () => {
    const at = await place(ASKED_FOR_MONEY);
    await useCommand(at.context, { ...at.say('mona', override('budget')), rerunBy: { login: 'will', id: 'id-will', kind: 'human' } });
    expect([at.trail.state.kind, used(at).allowed]).toEqual(['asked', false]);
  });

  it('a line that cannot be read (no reason) is recorded, answered and does nothing', async () => {
    const at = await place(ASKED_FOR_MONEY);
    const { trigger, ...rest } = at.say('mona', override('budget'));
    await takeAct(at.context, { ...rest, trigger: { kind: 'misread', commentId: 'c0', place: { kind: 'ticket' }, problem: 'missing-argument', word: 'override' } });
    expect([trigger.kind, at.trail.state.kind, used(at).command, at.notes.size]).toEqual(['command', 'asked', 'misread', 1]);
  });

  it('two at the same second: the first decides, the second finds no run that waits and changes nothing', async () => {
    const at = await place(HELD_CHANGE);
    const [no, yes] = [at.say('will', { name: 'deny' }), at.say('mona', { name: 'approve', digest: TREE_2 })];
    await takeAct(at.context, no);
    const before = at.facts().length;
    await takeAct(at.context, yes);
    expect([at.trail.state.kind, at.facts().length]).toEqual(['answered', before]);
  });
});

describe('a change that several people must say yes to', () => {
  const digest: SlashCommand = { name: 'approve', digest: TREE_2.slice(0, 16) };
  const WANTED = HELD_CHANGE.map((fact) => (fact.type !== 'gate-evaluated' || fact.tree !== TREE_2 ? fact : { ...fact, verdict: { effect: 'hold' as const, tree: { rule: 'gates', effect: 'hold' as const, words: 'w', children: [{ rule: 'policy', effect: 'hold' as const, words: 'payments' }] } }, policy: {
    effect: 'hold' as const, decidedBy: 'policy/payments', matched: ['policy/payments'], labels: [], reviewers: { users: [], teams: [], owners: false },
    approvals: [{ rule: 'policy/payments', count: 2, roles: [], teams: [], users: ['will', 'mona', 'maria'], notRequester: true }], budget: {}, lifted: [], sources: [],
  } }));

  it('waits for as many distinct people as the rule wants, none of them the one who asked', async () => {
    const at = await place(WANTED);
    expect(await use(at, 'aron', digest)).toBe('waiting');
    expect(used(at)).toMatchObject({ allowed: true, words: expect.stringContaining('counts for nothing: aron is none of will, mona, maria') });
    expect(await use(at, 'will', digest)).toBe('waiting');
    expect(at.facts().at(-1)).toMatchObject({ type: 'approval-given', by: { login: 'will' }, counts: ['policy/payments'], words: expect.stringContaining('1 of 2 yeses by will') });
    expect(await use(at, 'will', digest)).toBe('waiting');
    expect(await use(at, 'mona', digest)).toBe('answered');
    expect(at.facts().filter(({ type }) => type === 'human-answered')).toEqual([expect.objectContaining({ answer: 'allow', by: expect.objectContaining({ login: 'mona' }) })]);
  });

  it('one no is enough', async () => {
    const at = await place(WANTED);
    await use(at, 'will', digest);
    expect(await use(at, 'mona', { name: 'deny' })).toBe('answered');
    expect(at.facts().at(-1)).toMatchObject({ type: 'human-answered', answer: 'deny' });
  });

  it('tells the ticket how many are there', async () => {
    const at = await place(WANTED);
    await use(at, 'will', digest);
    await tellTicket(at.context, { tracker: 'github', key: 'acme/shop#12' }, at.facts().findLast((fact): fact is RunFactOf<'human-asked'> => fact.type === 'human-asked') as RunFactOf<'human-asked'>);
    expect(at.notes.get('heddle-ticket')).toContain('**Must say yes:** 1 of 2 yeses by will, of will, mona, maria, not whoever asked for the work \\(policy/payments\\).');
  });
});
