import { describe, expect, it } from '@jest/globals';
import { gatherAdmissionFacts } from '../../src/admission/facts.js';
import type { AdmissionInput } from '../../src/admission/facts.js';
import { judgeAdmission } from '../../src/admission/judge.js';
import { branchFor } from '../../src/admission/branch.js';
import { Configuration } from '../../src/config/configuration.js';
import type { Actor, Permission } from '../../src/domain/actor.js';
import { Change } from '../../src/domain/change.js';
import type { Fault } from '../../src/domain/fault.js';
import { Instant, RunId } from '../../src/domain/ids.js';
import type { RunRequest } from '../../src/domain/request.js';
import type { Ticket, TicketEvent } from '../../src/domain/ticket.js';
import { untrusted } from '../../src/domain/text.js';
import { Verdict } from '../../src/domain/verdict.js';
import { takeSnapshot } from '../../src/intake/snapshot.js';
import { err, ok } from '../../src/kit/result.js';
import type { ForgeReader } from '../../src/ports/forge.js';

const time = (text: string): Instant => Instant.parse(`2026-03-01T${text}.000Z`);
const human = (login: string): Actor => ({ login, id: `id-${login}`, kind: 'human' });
const amy = human('amy');
const mallory = human('mallory');
const bot: Actor = { login: 'helper[bot]', id: '555', kind: 'bot' };
const outage: Fault = { code: 'service-error', side: 'theirs', retryable: true, source: 'forge/github', message: 'HTTP 503' };

interface Case {
  readonly request?: Partial<RunRequest>;
  readonly ticket?: Partial<Ticket>;
  readonly config?: unknown;
  readonly tracker?: AdmissionInput['tracker'];
  readonly permissions?: Readonly<Record<string, Permission | Fault>>;
  readonly changes?: readonly string[];
  readonly localUser?: boolean;
}

const labeled = (actor: Actor, at: Instant, label = 'heddle'): TicketEvent => ({ kind: 'labeled', label, actor, at });
const comment = (over: Partial<Ticket['comments'][number]> = {}) => ({ id: '9', author: amy, body: untrusted('/heddle run'), createdAt: time('10:00:00'), updatedAt: time('10:00:00'), ...over });
const byComment: Partial<RunRequest> = { trigger: { kind: 'comment', commentId: '9', command: 'run' } };

function inputOf(one: Case): AdmissionInput {
  const ticket: Ticket = {
    ref: { tracker: 'github', key: 'acme/shop#12' }, url: 'https://github.com/acme/shop/issues/12', title: untrusted('Title'), body: untrusted('Body'), criteria: [], labels: ['heddle'],
    state: 'open', author: amy, createdAt: time('08:00:00'), updatedAt: time('08:00:00'), contentEditedAt: null, events: [labeled(amy, time('10:00:00'))], comments: [], ...one.ticket,
  };
  return {
    request: { trigger: { kind: 'labeled', label: 'heddle' }, ticket: ticket.ref, actor: amy, fromFork: false, at: time('10:00:05'), ...one.request },
    ticket, snapshot: takeSnapshot(ticket, { charsMax: 65_536, now: time('10:01:00') }), config: Configuration.parse(one.config ?? {}),
    tracker: one.tracker ?? { id: 'github', capabilities: { history: true, editTime: true, comments: true } }, localUser: one.localUser ?? false,
  };
}

function readerOf(one: Case, asked: string[] = []): ForgeReader {
  const permissions: Readonly<Record<string, Permission | Fault>> = { amy: 'write', ...one.permissions };
  const never = () => Promise.resolve(err(outage));
  return {
    id: 'github', capabilities: { checkRuns: true, reviews: true, drafts: true, startsCi: true, bodyCharsMax: 60_000 }, repository: never, headOf: never, missingForDelivery: never,
    permissionOf: (login) => {
      asked.push(login);
      const answer = permissions[login] ?? 'none';
      return Promise.resolve(typeof answer === 'string' ? ok(answer) : err(answer));
    },
    openHeddleChanges: () => Promise.resolve(ok((one.changes ?? []).map((branch, index) => Change.parse({
      number: index + 1, url: `https://github.com/acme/shop/pull/${index + 1}`, branch, base: 'main', head: 'a'.repeat(40), state: 'open', draft: true,
    })))),
  };
}

async function judge(one: Case) {
  const facts = await gatherAdmissionFacts(inputOf(one), { reader: readerOf(one) });
  if (!facts.ok) throw new Error('no facts');
  const judged = judgeAdmission(facts.value);
  expect(Verdict.parse(judged.verdict)).toEqual(judged.verdict);
  return judged;
}

describe('admission allows', () => {
  const none = { history: false, editTime: false, comments: true };
  it.each<[string, Case]>([
    ['a label by a person with write permission', {}],
    ['maintain and admin', { permissions: { amy: 'maintain' } }],
    ['an edit before the approval', { ticket: { contentEditedAt: time('09:59:59') } }],
    ['the latest label when an outsider put one before', { ticket: { events: [labeled(mallory, time('09:00:00')), labeled(amy, time('10:00:00'))] } }],
    ['an outsider\'s ticket that hides nothing', { ticket: { author: mallory } }],
    ['hidden content of an author with write permission', { ticket: { body: untrusted('a <!-- b -->') } }],
    ['hidden content when the configuration lets it', { ticket: { author: mallory, body: untrusted('a <!-- b -->') }, config: { admission: { hidden_content: 'allow' } } }],
    ['an outsider\'s picture', { ticket: { author: mallory, body: untrusted('a ![b](c)') } }],
    ['a comment', { request: byComment, ticket: { comments: [comment()], events: [] } }],
    ['a dispatch', { request: { trigger: { kind: 'dispatch' } }, ticket: { events: [] } }],
    ['an assignment', { request: { trigger: { kind: 'assigned', assignee: bot } }, ticket: { events: [{ kind: 'assigned', assignee: bot, actor: amy, at: time('10:00:00') }] } }],
    ['a bot that is listed by its id', { request: { actor: bot, trigger: { kind: 'repository-dispatch', eventType: 'x' } }, config: { admission: { bots: ['555'] } } }],
    ['a re-runner with write permission', { request: { rerunBy: human('bob') }, permissions: { bob: 'write' } }],
    ['open changes of other tickets below the cap', { changes: ['heddle/acme-shop-1-00000000', 'heddle/acme-shop-12-3-00000000'] }],
    ['the person at the keyboard', { request: { trigger: { kind: 'cli' }, actor: mallory }, localUser: true, tracker: { id: 'file', capabilities: none } }],
    ['a title with criteria and no text', { ticket: { body: untrusted(''), criteria: [untrusted('one')] } }],
  ])('%s', async (_name, one) => {
    const { verdict, decline } = await judge(one);
    expect(decline).toBeUndefined();
    expect(verdict.effect).toBe('allow');
    expect(verdict.tree.children).toHaveLength(12);
  });
});

describe('admission declines', () => {
  it.each<[string, string, Case]>([
    ['an event of a fork', 'from-fork', { request: { fromFork: true } }],
    ['a closed ticket', 'ticket-closed', { ticket: { state: 'closed' } }],
    ['a ticket without a title', 'ticket-empty', { ticket: { title: untrusted('\u200b') } }],
    ['a ticket that is empty after cleaning', 'ticket-empty', { ticket: { body: untrusted('<!-- x -->') } }],
    ['a bot', 'actor-is-bot', { request: { actor: bot }, permissions: { 'helper[bot]': 'admin' } }],
    ['a bot whose login alone is listed', 'actor-is-bot', { request: { actor: bot }, config: { admission: { bots: ['helper[bot]', '5555', '55'] } } }],
    ['a bot that calls itself a person', 'actor-is-bot', { request: { actor: { ...bot, kind: 'human' } } }],
    ['an unlisted bot without an id', 'actor-is-bot', { request: { actor: { ...bot, id: '' } }, config: { admission: { bots: [''] } } }],
    ['a bot that starts the run again', 'actor-is-bot', { request: { rerunBy: bot } }],
    ['an outsider', 'actor-may-not-write', { request: { actor: mallory } }],
    ['a triager', 'actor-may-not-write', { permissions: { amy: 'triage' } }],
    ['a reader', 'actor-may-not-write', { permissions: { amy: 'read' } }],
    ['a permission that cannot be asked', 'permission-unknown', { permissions: { amy: outage } }],
    ['a permission that is forbidden to ask', 'permission-unknown', { permissions: { amy: { ...outage, code: 'forbidden', side: 'setup' } } }],
    ['a permission that is answered oddly', 'permission-unknown', { permissions: { amy: { ...outage, code: 'invalid-answer' } } }],
    ['a re-run by an outsider', 'rerunner-may-not-write', { request: { rerunBy: mallory } }],
    ['a re-runner about whom nothing is known', 'permission-unknown', { request: { rerunBy: mallory }, permissions: { mallory: outage } }],
    ['an approver about whom nothing is known', 'permission-unknown', { ticket: { events: [labeled(mallory, time('10:00:00'))] }, permissions: { mallory: outage } }],
    ['a comment that was deleted', 'not-approved', { request: byComment }],
    ['a comment that was edited', 'not-approved', { request: byComment, ticket: { comments: [comment({ updatedAt: time('10:00:01') })] } }],
    ['a comment of somebody else', 'not-approved', { request: byComment, ticket: { comments: [comment({ author: mallory })] } }],
    ['an edit time that a tracker should know and does not', 'edit-time-unknown', { ticket: { contentEditedAt: undefined } }],
    ['hidden content of an outsider', 'hidden-content', { ticket: { author: mallory, body: untrusted('a <!-- b -->') } }],
    ['hidden content of an author about whom nothing is known', 'hidden-content', { ticket: { author: mallory, title: untrusted('a\u202eb') }, permissions: { mallory: outage } }],
    ['an open change of the same ticket', 'change-open', { changes: ['heddle/acme-shop-12-0123abcd'] }],
    ['too many open changes', 'too-many-open-changes', { changes: ['heddle/a-1-00000000', 'heddle/a-2-00000000'], config: { limits: { open_changes: 2 } } }],
    ['the command line in CI, by an outsider', 'actor-may-not-write', { request: { trigger: { kind: 'cli' }, actor: mallory } }],
    ['a local user for what no local user can start', 'actor-may-not-write', { request: { actor: mallory }, localUser: true }],
  ])('%s', async (_name, code, one) => {
    const { verdict, decline } = await judge(one);
    expect(decline).toBe(code);
    expect(verdict.effect).not.toBe('allow');
  });

  it('an author whose name comes from a file, however it is spelled', async () => {
    const tracker = { id: 'file', capabilities: { history: false, editTime: false, comments: true } };
    const one: Case = { tracker, request: { trigger: { kind: 'dispatch' } }, ticket: { ref: { tracker: 'file', key: 'a.md' }, author: { ...amy, id: 'file:amy' }, body: untrusted('a <!-- b -->'), contentEditedAt: null } };
    expect((await judge(one)).decline).toBe('hidden-content');
  });
});

describe('admission waits for an approval that can still come', () => {
  it.each<[string, string, Case]>([
    ['a bot that labelled', 'actor-is-bot', { ticket: { events: [labeled(bot, time('10:00:00'))] } }],
    ['a label by an outsider, the run started by a writer', 'approver-may-not-write', { ticket: { events: [labeled(amy, time('09:00:00')), labeled(mallory, time('10:00:00'))] } }],
    ['a label that is not on the ticket any more', 'not-approved', { ticket: { labels: [] } }],
    ['a label without an event', 'not-approved', { ticket: { events: [] } }],
    ['a label that was taken off last', 'not-approved', { ticket: { events: [labeled(amy, time('10:00:00')), { kind: 'unlabeled', label: 'heddle', actor: amy, at: time('10:00:00') }] } }],
    ['another label', 'not-approved', { ticket: { events: [labeled(amy, time('10:00:00'), 'h\u0435ddle')] } }],
    ['an assignment without an event', 'not-approved', { request: { trigger: { kind: 'assigned', assignee: bot } }, ticket: { labels: [] } }],
    ['an edit after the approval', 'edited-after-approval', { ticket: { contentEditedAt: time('10:00:01') } }],
    ['an edit in the second of the approval', 'edited-after-approval', { ticket: { contentEditedAt: time('10:00:00') } }],
    ['an edit after the comment', 'edited-after-approval', { request: byComment, ticket: { comments: [comment()], contentEditedAt: time('10:00:03') } }],
    ['an edit in the second of a dispatch', 'edited-after-approval', { request: { trigger: { kind: 'dispatch' }, at: Instant.parse('2026-03-01T10:00:05.900Z') }, ticket: { contentEditedAt: time('10:00:05') } }],
  ])('%s', async (_name, code, one) => {
    const { verdict, decline, asks } = await judge(one);
    expect([decline, asks, verdict.effect]).toEqual([undefined, 'approval', 'hold']);
    const node = verdict.tree.children?.find((child) => child.rule === 'approved');
    expect(node?.children?.[0]?.values?.['code']).toBe(code);
  });
});

describe('the evidence', () => {
  it('has every rule, with all that is wrong at once and the first in order as the code', async () => {
    const { verdict, decline } = await judge({ request: { actor: mallory, rerunBy: mallory }, ticket: { state: 'closed', contentEditedAt: time('11:00:00') }, changes: ['heddle/acme-shop-12-0123abcd'] });
    expect(decline).toBe('ticket-closed');
    expect(verdict.tree.children?.map((child) => [child.rule, child.effect])).toEqual([
      ['from-fork', 'allow'], ['ticket-open', 'deny'], ['ticket-content', 'allow'], ['kept-private', 'allow'], ['bots', 'allow'], ['actor-may-write', 'deny'], ['rerunner-may-write', 'deny'],
      ['loop', 'allow'], ['approved', 'hold'], ['nothing-hidden', 'allow'], ['no-open-change', 'deny'], ['below-cap', 'allow'],
    ]);
    expect(verdict.tree.words).toBe('not admitted: ticket-open, actor-may-write, rerunner-may-write, approved, no-open-change');
    expect(verdict.tree.children?.[5]).toMatchObject({ words: 'the person who asked has no write permission', values: { account: 'mallory (id-mallory)', permission: 'none' } });
  });

  it('counts an unknown permission as an error and hidden content as a question', async () => {
    expect((await judge({ permissions: { amy: outage } })).verdict.effect).toBe('error');
    expect((await judge({ ticket: { author: mallory, body: untrusted('a <!-- b -->') } })).verdict.effect).toBe('hold');
  });

  it('says what a tracker without history cannot prove', async () => {
    const { verdict, decline } = await judge({ tracker: { id: 'file', capabilities: { history: false, editTime: false, comments: true } }, ticket: { events: [] } });
    expect(decline).toBeUndefined();
    const words = verdict.tree.children?.map((child) => child.words).join('\n');
    expect(words).toContain('not provable who did it, because the tracker file gives no history');
    expect(words).toContain('not provable: the tracker file does not tell when title or text were edited');
  });

  it('records approved_by of a file and believes the person at the keyboard, not the file', async () => {
    const one: Case = { localUser: true, request: { trigger: { kind: 'cli' }, actor: mallory }, tracker: { id: 'file', capabilities: { history: false, editTime: false, comments: true } },
      ticket: { ref: { tracker: 'file', key: 'a.md' }, events: [{ kind: 'approved', actor: { login: 'eve', id: 'file:eve', kind: 'unknown' }, at: time('08:00:00') }] } };
    const { verdict, decline } = await judge(one);
    expect(decline).toBeUndefined();
    expect(verdict.tree.children?.find((child) => child.rule === 'approved')).toMatchObject({ words: 'approved_by in the front matter; recorded as the file says, not provable', values: { by: 'eve (file:eve)' } });
    // The same file in CI: nothing vouches for the name in it.
    expect((await judge({ ...one, localUser: false, request: { trigger: { kind: 'cli' }, actor: amy } })).decline).toBe('permission-unknown');
  });

  it('asks about each account once, and about nobody for a local user', async () => {
    const asked: string[] = [];
    await gatherAdmissionFacts(inputOf({ ticket: { body: untrusted('<!-- a --> b') } }), { reader: readerOf({}, asked) });
    expect(asked).toEqual(['amy']);
    const local: string[] = [];
    await gatherAdmissionFacts(inputOf({ localUser: true, request: { trigger: { kind: 'cli' } } }), { reader: readerOf({}, local) });
    expect(local).toEqual([]);
  });

  it('passes a failed question about open changes on as a fault', async () => {
    const reader = { ...readerOf({}), openHeddleChanges: () => Promise.resolve(err(outage)) };
    expect(await gatherAdmissionFacts(inputOf({}), { reader })).toEqual({ ok: false, error: outage });
  });

  it('finds an open change by the branch that a run of this ticket makes', async () => {
    const ref = { tracker: 'github' as const, key: 'Acme/Shop#12' };
    const branch = branchFor(ref, RunId.parse('0123456789abcdef'));
    expect((await judge({ changes: [branch] })).decline).toBe('change-open');
  });
});
