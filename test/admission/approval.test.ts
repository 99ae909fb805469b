import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loopRule } from '../../src/admission/loop-guard.js';
import { mayUse } from '../../src/admission/command-rule.js';
import { permissionKey, teamKey } from '../../src/admission/people.js';
import { Configuration } from '../../src/config/configuration.js';
import { Booking, NO_UNITS } from '../../src/domain/booking.js';
import type { Permission } from '../../src/domain/actor.js';
import { Instant } from '../../src/domain/ids.js';
import { CommandName } from '../../src/domain/slash-command.js';
import { untrusted } from '../../src/domain/text.js';
import { amy, bob, bot, digestOf, factsOf, human, judge, labeled, mallory, outage, time, type Case } from './approval-cases.js';

/** Nobody labelled; what counts is only what the case adds. */
const bare: Case = { ticket: { labels: [] }, request: { trigger: { kind: 'environment', environment: 'gate' } } };
const approval = (by: typeof amy, one: Case, at = time('10:30:00')) => ({ by, body: `/heddle approve ${digestOf(one).slice(0, 12)}`, at });

describe('ways to approve', () => {
  it('a comment that names the digest, by anybody who may', async () => {
    expect((await judge({ ...bare, comments: [approval(bob, bare)] })).admitted).toBe(true);
    expect(await judge({ ...bare, comments: [approval(mallory, bare)] })).toMatchObject({ asks: 'approval', code: 'approver-may-not-write' });
  });

  it('a protected environment: what it proves, and no more', async () => {
    const config = { admission: { approval: { environments: ['gate'] } } };
    const review = (over: object = {}) => ({ since: time('10:20:00'), reviews: [{ by: bob, state: 'approved' as const, environments: ['gate'], comment: untrusted(''), ...over }] });
    expect((await judge({ ...bare, config, reviews: review() })).admitted).toBe(true);
    for (const [over, code] of [[{ environments: ['other'] }, 'not-approved'], [{ state: 'rejected' }, 'not-approved'], [{ by: mallory }, 'approver-may-not-write']] as const) expect(await judge({ ...bare, config, reviews: review(over) })).toMatchObject({ asks: 'approval', code });
    // The forge does not say when they looked: an edit after the run began voids it.
    expect(await judge({ ...bare, config, reviews: review(), ticket: { labels: [], contentEditedAt: time('10:20:00') } })).toMatchObject({ asks: 'approval', code: 'edited-after-approval' });
    // Digits in the note bind it to a text.
    expect((await judge({ ...bare, config, reviews: review({ comment: untrusted(`read ${digestOf({ ...bare, config }).slice(0, 16)}`) }) })).admitted).toBe(true);
    expect(await judge({ ...bare, config, reviews: review({ comment: untrusted('read 0123456789ab') }) })).toMatchObject({ asks: 'approval', code: 'edited-after-approval' });
    expect(await judge({ ...bare, reviews: review() })).toMatchObject({ asks: 'approval' });
    expect(await judge({ ...bare, config, reviews: outage })).toMatchObject({ asks: 'approval' });
  });

  it('the tracker\'s own approval, a dispatch, an assignment; each can be left out', async () => {
    const own: Case = { ...bare, ticket: { labels: [], events: [{ kind: 'approved', actor: bob, at: time('10:00:00') }] } };
    const dispatch: Case = { ticket: { labels: [] }, request: { trigger: { kind: 'dispatch' } } };
    for (const one of [own, dispatch, {}]) {
      expect((await judge(one)).admitted).toBe(true);
      expect(await judge({ ...one, config: { admission: { approval: { by: ['approve'] } } } })).toMatchObject({ asks: 'approval', admitted: false });
    }
  });

  it('what was said after a no, or after a stop, counts again; what was said before does not', async () => {
    for (const no of ['/heddle deny', '/heddle stop', '/heddle deny not now']) {
      expect(await judge({ comments: [{ by: bob, body: no, at: time('10:10:00') }] })).toMatchObject({ asks: 'approval', code: 'not-approved' });
      expect((await judge({ comments: [{ by: mallory, body: no, at: time('10:10:00') }] })).admitted).toBe(true);
      expect((await judge({ comments: [{ by: bob, body: no, at: time('09:59:00') }] })).admitted).toBe(true);
      expect((await judge({ comments: [{ by: bob, body: no, at: time('10:10:00'), editedAt: time('10:11:00') }] })).admitted).toBe(true);
    }
  });
});

describe('who may', () => {
  const team = (extra: object = {}) => ({ admission: { approval: { approve: { teams: ['acme/release'] }, ...extra } } });

  it('teams: members, others, and teams that nobody may read', async () => {
    expect((await judge({ config: team(), teams: { 'acme/release': ['amy'] } })).admitted).toBe(true);
    expect(await judge({ config: team(), teams: { 'acme/release': [] } })).toMatchObject({ asks: 'approval', code: 'approver-may-not-write' });
    expect(await judge({ config: team() })).toMatchObject({ decline: 'permission-unknown' });
  });

  it('roles of your own, by team, id and login', async () => {
    const config = { roles: { named: { release: { users: [bob.id] } } }, admission: { approval: { request: { permission: 'triage' }, approve: { roles: ['release'] } } } };
    expect(await judge({ config })).toMatchObject({ asks: 'approval', code: 'approver-may-not-write' });
    expect((await judge({ config, comments: [approval(bob, { config })] })).admitted).toBe(true);
    expect((await judge({ config, request: { actor: human('tom') }, comments: [approval(bob, { config })] })).admitted).toBe(true);
  });

  it('two people, and neither the author nor who asked', async () => {
    const config = { admission: { approval: { count: 2, not_requester: true } } };
    const two: Case = { config };
    expect(await judge(two)).toMatchObject({ asks: 'approval', code: 'own-approval' });
    expect(await judge({ ...two, comments: [approval(bob, two), approval(bob, two, time('10:31:00'))] })).toMatchObject({ asks: 'approval' });
    expect((await judge({ ...two, comments: [approval(bob, two), approval(human('maya'), two)] })).admitted).toBe(true);
    expect(await judge({ config: { admission: { approval: { count: 3, approve: { users: ['amy', 'bob'] } } } } })).toMatchObject({ decline: 'too-few-approvals' });
  });

  it.each([['label', { labels: ['risky'] }, { ticket: { labels: ['heddle', 'risky'] } }], ['path', { paths: ['db'] }, { paths: ['db/schema.sql'] }], ['risk', { risk: ['high'] }, { risk: 'high' as const }]])('a rule by %s asks for more, and never for less', async (_by, match, more) => {
    const config = { admission: { approval: { rules: [{ match, approve: { users: ['maya'] } }] } } };
    expect((await judge({ config })).admitted).toBe(true);
    const one: Case = { config, ...more };
    expect(await judge(one)).toMatchObject({ asks: 'approval', code: 'approver-may-not-write' });
    expect((await judge({ ...one, comments: [approval(human('maya'), one)] })).admitted).toBe(true);
    // The rule's own people do not stand in for the general ones.
    const strict = { admission: { approval: { approve: { permission: 'admin' }, rules: [{ match, approve: { users: ['maya'] } }] } } };
    const both: Case = { config: strict, ...more };
    expect((await judge({ ...both, comments: [approval(human('maya'), both)] })).admitted).toBe(false);
  });

  it('asks about each account once, and about no outsider who names another digest first', async () => {
    const asked: string[] = [];
    const crowd = Array.from({ length: 40 }, (_item, index) => ({ by: human(`crowd${index}`), body: '/heddle approve 0123456789ab', at: time(`10:3${index % 10}:00`) }));
    const one: Case = { ...bare, comments: [approval(bob, bare, time('10:00:01')), ...crowd] };
    expect((await judge(one)).admitted).toBe(true);
    await factsOf(one, asked);
    expect([asked.length, new Set(asked).size]).toEqual([asked.length, asked.length]);
    expect(asked.length).toBeLessThanOrEqual(14);
    expect(asked).toContain('bob');
  });
});

describe('grants', () => {
  const hidden: Case = { ticket: { author: mallory, body: untrusted('a <!-- b -->') } };
  const grant = (by: typeof amy, rule = 'nothing-hidden') => ({ rule, by, reason: 'read it', at: time('10:30:00'), expiresAt: time('12:00:00') });

  it('lift the rule that they name, while who gave them may, and never an approval', async () => {
    expect(await judge(hidden)).toMatchObject({ decline: 'hidden-content' });
    expect((await judge({ ...hidden, grants: [grant(human('maya'))] })).admitted).toBe(true);
    expect((await judge({ ...hidden, grants: [grant(amy)] })).admitted).toBe(false);
    expect((await judge({ ...hidden, grants: [grant(human('maya'))], permissions: { maya: 'write' } })).admitted).toBe(false);
    expect((await judge({ ...hidden, grants: [grant(human('maya'))], now: time('12:00:01') })).admitted).toBe(false);
    expect((await judge({ ...bare, grants: [grant(human('maya'), 'approved')] })).admitted).toBe(false);
  });
});

describe('properties', () => {
  const levels: readonly Permission[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];
  const world = fc.record({
    permission: fc.constantFrom(...levels), second: fc.constantFrom(...levels), author: fc.constantFrom(amy, bob, human('rita')), labelled: fc.constantFrom(amy, bob, mallory), edited: fc.constantFrom(null, time('09:00:00'), time('10:00:00'), time('10:40:00')),
    approvers: fc.uniqueArray(fc.constantFrom(amy, bob, human('maya'), mallory), { selector: (one) => one.login }),
  });
  const settings = fc.record({ level: fc.constantFrom('read', 'triage', 'write', 'maintain', 'admin'), count: fc.integer({ min: 1, max: 3 }), not_author: fc.boolean(), not_requester: fc.boolean(), hours: fc.constantFrom<number>(1, 2, 700) });
  type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
  type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;
  const admits = async (seen: World, { level, hours, ...rest }: Settings, rules: readonly object[] = []): Promise<boolean> => {
    const config = { admission: { approval: { request: { permission: level }, approve: { permission: level }, valid_for: `${hours}h`, rules, ...rest } } };
    const one: Case = { config, permissions: { amy: seen.permission, bob: seen.second }, ticket: { author: seen.author, contentEditedAt: seen.edited, events: [labeled(seen.labelled, time('10:00:00'))] } };
    return (await judge({ ...one, comments: seen.approvers.map((by) => approval(by, one)) })).admitted;
  };

  it('tightening anything never admits more', async () => {
    let admitted = 0;
    await fc.assert(fc.asyncProperty(world, settings, settings, async (seen, a, b) => {
      const order = ['read', 'triage', 'write', 'maintain', 'admin'] as const;
      const tighter: Settings = {
        level: order[Math.max(order.indexOf(a.level), order.indexOf(b.level))] ?? 'admin', count: Math.max(a.count, b.count), not_author: a.not_author || b.not_author,
        not_requester: a.not_requester || b.not_requester, hours: Math.min(a.hours, b.hours),
      };
      const loose = await admits(seen, a);
      if (await admits(seen, tighter)) expect(loose).toBe(true);
      if (await admits(seen, a, [{ match: { labels: ['heddle'] }, count: b.count, not_author: b.not_author }])) expect(loose).toBe(true);
      if (loose) admitted += 1;
    }), { numRuns: 120 });
    // Otherwise this would prove nothing.
    expect(admitted).toBeGreaterThan(10);
  });

  it('any edit at or after the approval voids it, by whatever way it came', async () => {
    const ways: readonly Case[] = [
      {}, { request: { trigger: { kind: 'dispatch' }, at: time('10:30:00') }, ticket: { labels: [] } }, { ...bare, comments: [approval(bob, bare)] },
      { request: { trigger: { kind: 'command', commentId: '1', place: { kind: 'ticket' }, command: { name: 'run' } } }, ticket: { labels: [] }, comments: [{ by: amy, body: '/heddle run' }] },
      { ...bare, config: { admission: { approval: { environments: ['gate'] } } }, reviews: { since: time('10:00:00'), reviews: [{ by: bob, state: 'approved', environments: ['gate'], comment: untrusted('') }] } },
    ];
    await fc.assert(fc.asyncProperty(fc.constantFrom(...ways), fc.integer({ min: 0, max: 3_600_000 }), async (way, afterMs) => {
      const edit = (ms: number): Case => ({ ...way, ticket: { ...way.ticket, contentEditedAt: Instant.parse(new Date(Date.parse(time('10:30:00')) + ms).toISOString()) } });
      expect((await judge(way)).admitted).toBe(true);
      expect((await judge(edit(afterMs))).admitted).toBe(false);
    }), { numRuns: 40 });
  });
});

describe('who may use which command', () => {
  const config = Configuration.parse({ admission: { bots: ['555'] } });
  const known = (permission: Permission | undefined, actor = amy) => ({ accounts: { permissions: permission === undefined ? {} : { [permissionKey(actor)]: { kind: 'known' as const, permission } }, teams: { [teamKey('acme/x', actor)]: { kind: 'known' as const, member: true } } }, roles: config.roles, bots: config.admission.bots, author: human('rita') });

  it.each<[Permission, readonly string[]]>([
    ['none', []], ['read', []], ['triage', ['explain']], ['write', ['run', 'retry', 'continue', 'stop', 'approve', 'deny', 'explain']], ['maintain', [...CommandName.options]], ['admin', [...CommandName.options]],
  ])('%s', (permission, commands) => {
    expect(CommandName.options.filter((command) => mayUse(command, amy, known(permission)).allowed).sort()).toEqual([...commands].sort());
  });

  it('the author may stop and ask about the own ticket, and nothing else', () => {
    expect(CommandName.options.filter((command) => mayUse(command, human('rita'), known('read', human('rita'))).allowed)).toEqual(['stop', 'explain']);
  });

  it('a listed bot may do what writing allows, and lifts no rule; another one nothing', () => {
    expect(CommandName.options.filter((command) => mayUse(command, bot, known(undefined)).allowed)).toEqual(['run', 'retry', 'continue', 'stop', 'approve', 'deny']);
    expect(CommandName.options.filter((command) => mayUse(command, { ...bot, id: '556' }, known('admin', { ...bot, id: '556' })).allowed)).toEqual([]);
  });

  it('no answer of the forge is no yes', () => {
    expect(mayUse('run', amy, known(undefined))).toMatchObject({ allowed: false, unknown: true });
  });
});

describe('the loop guard', () => {
  const row = (minute: number, by: typeof amy): Booking => Booking.parse({
    version: 1, run: `run${String(minute).padStart(8, '0')}`, ticket: { tracker: 'github', key: 'acme/shop#12' }, repository: 'acme/shop', target: '', at: time(`10:${String(minute).padStart(2, '0')}:00`), changedAt: time('10:59:00'),
    requestedBy: by, labels: [], owners: [], holder: 'x', state: 'ended', outcome: 'declined', reserved: NO_UNITS, spent: NO_UNITS, expiresAt: time('12:00:00'), scope: [],
  });
  const now = time('11:00:00');

  it('stops a chain of bots, and a person breaks it', () => {
    const chain = [row(50, bot), row(51, bot), row(52, bot)];
    expect(loopRule({ rows: chain, now, actor: bot, most: 3 })).toMatchObject({ code: 'bot-loop', node: { effect: 'deny' } });
    expect(loopRule({ rows: chain.slice(1), now, actor: bot, most: 3 }).node.effect).toBe('allow');
    expect(loopRule({ rows: [...chain, row(53, amy)], now, actor: bot, most: 3 }).node.effect).toBe('allow');
    expect(loopRule({ rows: chain, now, actor: amy, most: 3 }).node.effect).toBe('allow');
    expect(loopRule({ rows: chain, now: time('12:30:00'), actor: bot, most: 3 }).node.effect).toBe('allow');
  });

  it('stops a program with a person\'s token', () => {
    const rows = Array.from({ length: 12 }, (_item, index) => row(10 + index, mallory));
    expect(loopRule({ rows, now, actor: mallory, most: 3 })).toMatchObject({ code: 'bot-loop' });
    expect(loopRule({ rows: rows.slice(1), now, actor: mallory, most: 3 }).node.effect).toBe('allow');
  });
});

describe('the configuration', () => {
  it.each<[string, object]>([
    ['a role that is nowhere defined', { admission: { approval: { approve: { roles: ['release'] } } } }], ['a command for nobody that is known', { roles: { commands: { run: ['writers'] } } }], ['a role with the name of a level', { roles: { named: { write: {} } } }],
    ['a rule that matches nothing', { admission: { approval: { rules: [{ match: {} }] } } }], ['a bot by its login', { admission: { approval: { approve: { users: ['helper[bot]'] } } } }], ['a look-alike login', { admission: { approval: { approve: { users: ['\u0430my'] } } } }],
    ['an override of the approval', { overrides: { rules: ['approved'] } }], ['a team without its organisation', { roles: { named: { x: { teams: ['release'] } } } }], ['an unknown key', { roles: { command: {} } }],
  ])('refuses %s', (_what, config) => { expect(Configuration.safeParse(config).success).toBe(false); });
});
