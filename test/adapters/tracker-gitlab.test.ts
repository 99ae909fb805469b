import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assignedIn, parseKey } from '../../src/adapters/tracker/gitlab/map.js';
import { create } from '../../src/adapters/tracker/gitlab/index.js';
import type { TicketRef } from '../../src/domain/ticket.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { failure, value } from '../contract/forge-contract.js';
import { seedTicket, trackerContract } from '../contract/tracker-contract.js';
import type { SeedActor, SeedTicket, TrackerHarness } from '../contract/tracker-contract.js';
import { startFakeGitlab } from '../fakes/gitlab/fake-gitlab.js';
import type { FakeGitlab } from '../fakes/gitlab/fake-gitlab.js';
import { assign } from '../fakes/gitlab/handle-issues.js';
import type { Account, Issue, Project } from '../fakes/gitlab/world.js';

const PATH = 'acme/platform/shop';
interface GitlabTrackerHarness extends TrackerHarness { readonly fake: FakeGitlab; readonly project: Project; seed(ticket: SeedTicket): Promise<TicketRef>; issueOf(ref: TicketRef): Issue; as(login: string, deps?: { readonly requestTimeoutMs?: number }): Tracker }

async function makeHarness(login = 'project_7_bot_0123abcd'): Promise<GitlabTrackerHarness> {
  const fake = await startFakeGitlab();
  const project = await fake.addProject({ path: PATH, members: { amy: 30, carl: 30, project_7_bot_0123abcd: 20 } });
  const account = (actor: SeedActor): Account => fake.world.account(actor.login, { bot: actor.kind === 'bot' });
  const issueOf = (ref: TicketRef): Issue => {
    const issue = project.issues.get(Number(ref.key.split('#')[1]));
    if (issue === undefined) throw new Error(`no ${ref.key}`);
    return issue;
  };
  const texts = (ref: TicketRef, own: boolean): Promise<readonly string[]> =>
    Promise.resolve(issueOf(ref).notes.filter((note) => !note.system && (note.author.username === login) === own).map((note) => note.body));
  const as: GitlabTrackerHarness['as'] = (who, deps = {}) => create({ apiUrl: fake.apiUrl, token: { kind: 'private', value: fake.tokenOf(who) } }, { backoffUnitMs: 1, ...deps });
  return {
    fake, project, issueOf, as, tracker: as(login),
    seed: (ticket) => {
      const issue = fake.world.addIssue(project, { title: ticket.title, description: ticket.body, labels: [...ticket.labels], author: account(ticket.author), createdAt: ticket.createdAt, state: ticket.state === 'open' ? 'opened' : 'closed', editedAt: ticket.editedAt });
      for (const event of ticket.events) {
        const common = { id: fake.world.id(), user: account(event.actor), at: event.at };
        if (event.kind === 'closed' || event.kind === 'reopened') issue.stateEvents.push({ ...common, state: event.kind });
        else issue.labelEvents.push({ ...common, label: event.label ?? '', action: event.kind === 'labeled' ? 'add' : 'remove' });
      }
      return Promise.resolve({ tracker: 'gitlab', key: `${PATH}#${String(issue.iid)}` });
    },
    missing: () => ({ tracker: 'gitlab', key: `${PATH}#999` }),
    ownComments: (ref) => texts(ref, true),
    foreignComments: (ref) => texts(ref, false),
    seedForeignComment: (ref, author, text) => {
      fake.world.addNote(issueOf(ref), account(author), text);
      return Promise.resolve();
    },
    close: () => fake.close(),
  };
}

trackerContract('gitlab, token of a project', () => makeHarness());
trackerContract('gitlab, token of a person', () => makeHarness('carl'));

describe('tracker/gitlab', () => {
  let harness: GitlabTrackerHarness;
  beforeEach(async () => { harness = await makeHarness(); });
  afterEach(async () => { await harness.close(); });

  it('reads assignments and edits from the lines that GitLab wrote, and believes no comment that looks like one', async () => {
    const ref = await harness.seed(seedTicket());
    const { world } = harness.fake;
    const [amy, carl, mallory] = [world.account('amy'), world.account('carl'), world.account('mallory')];
    const issue = harness.issueOf(ref);
    assign(world, issue, amy, [carl.id]);
    assign(world, issue, amy, []);
    world.edit(issue, amy, { title: 'Another title' });
    world.addNote(issue, mallory, 'assigned to @mallory');
    world.addNote(issue, mallory, 'changed the description');
    const ticket = value(await harness.tracker.fetch(ref));
    expect(ticket.events.map((event) => [event.kind, event.actor.login])).toEqual([['assigned', 'amy'], ['edited', 'amy']]);
    expect(ticket.events[0]).toMatchObject({ assignee: { login: 'carl', id: String(carl.id), kind: 'human' } });
    expect(ticket.contentEditedAt).toBe(issue.editedAt);
    expect(ticket.comments.map((comment) => comment.body)).toEqual(['assigned to @mallory', 'changed the description']);
  });

  it('keeps internal notes out of what may become public, and says what is restricted', async () => {
    const ref = await harness.seed(seedTicket());
    harness.fake.world.addNote(harness.issueOf(ref), harness.fake.world.account('amy'), 'the customer is …', { internal: true });
    const ticket = value(await harness.tracker.fetch(ref));
    expect(ticket.comments).toEqual([]);
    expect(ticket.restricted).toBe(true);
  });

  it('passes over events of labels that were deleted, and names nobody where an account was deleted', async () => {
    const ref = await harness.seed(seedTicket());
    harness.issueOf(ref).labelEvents.push({ id: 1, user: null, at: '2026-03-01T10:00:00.000Z', label: 'heddle', action: 'add' }, { id: 2, user: null, at: '2026-03-01T10:00:01.000Z', label: null, action: 'add' });
    expect(value(await harness.tracker.fetch(ref)).events).toEqual([{ kind: 'labeled', label: 'heddle', actor: { login: 'ghost', id: 'deleted', kind: 'unknown' }, at: '2026-03-01T10:00:00.000Z' }]);
  });

  it('takes the account of a token and a service account for machines, by what GitLab says of them', async () => {
    const ref = await harness.seed(seedTicket());
    harness.fake.world.addNote(harness.issueOf(ref), harness.fake.world.account('release-helper', { bot: true }), 'hello');
    harness.fake.world.addNote(harness.issueOf(ref), harness.fake.world.account('project_7_bot_0123abcd'), 'hello');
    harness.fake.world.addNote(harness.issueOf(ref), harness.fake.world.account('amy'), 'hello');
    expect(value(await harness.tracker.fetch(ref)).comments.map((comment) => comment.author.kind)).toEqual(['bot', 'bot', 'human']);
  });

  it('leaves the kind of an account unknown where the server does not tell it', async () => {
    const ref = await harness.seed(seedTicket());
    harness.fake.force({ route: 'users.show', times: 1, kind: '403' });
    expect(value(await harness.tracker.fetch(ref)).author).toMatchObject({ login: 'amy', kind: 'unknown' });
  });

  it('reads a long issue page by page and gives 500 comments', async () => {
    const ref = await harness.seed(seedTicket());
    const amy = harness.fake.world.account('amy');
    for (let index = 0; index < 520; index += 1) harness.fake.world.addNote(harness.issueOf(ref), amy, `comment ${String(index)}`);
    const ticket = value(await harness.tracker.fetch(ref));
    expect(ticket.comments).toHaveLength(500);
    expect(ticket.comments[0]?.body).toBe('comment 0');
    expect(harness.fake.count('issues.notes.list')).toBe(6);
  });

  it('says that the edit time is unknown when GraphQL is not there', async () => {
    harness.fake.force({ route: 'graphql', times: 1, kind: '404' });
    const ref = await harness.seed(seedTicket({ editedAt: null }));
    expect(value(await harness.tracker.fetch(ref)).contentEditedAt).toBeUndefined();
  });

  it('refuses a name that is no issue before anything is asked', async () => {
    for (const key of ['acme', 'acme#1', 'acme/shop', 'acme/shop#0', '../x#1', 'x/..#1', 'acme/shop#1/../2', 'acme//shop#1', `${PATH}#12345678901`]) {
      expect(failure(await harness.tracker.fetch({ tracker: 'gitlab', key }))).toMatchObject({ code: 'rejected', side: 'setup' });
    }
    expect(harness.fake.requests).toEqual([]);
  });

  it('does not show a confidential issue to a token that may not see it, and says what is missing', async () => {
    const ref = await harness.seed(seedTicket());
    harness.issueOf(ref).confidential = true;
    harness.project.members.set('project_7_bot_0123abcd', 10);
    expect(failure(await harness.tracker.fetch(ref))).toMatchObject({ code: 'not-found', message: expect.stringContaining('Planner') });
  });

  it('says with a job token which token is missing, for reading and for writing', async () => {
    const ref = await harness.seed(seedTicket());
    const token = harness.fake.world.token({ account: harness.fake.world.account('amy'), kind: 'job', value: 'job-1', project: harness.project });
    const tracker = create({ apiUrl: harness.fake.apiUrl, token: { kind: 'job', value: token.value } }, { backoffUnitMs: 1 });
    expect(failure(await tracker.fetch(ref)).message).toContain('GITLAB_TOKEN');
    expect(failure(await tracker.upsertComment(ref, 'status', 'x'))).toMatchObject({ code: 'unauthorized', side: 'setup', message: expect.stringContaining('GITLAB_TOKEN') });
  });

  it('gives GitLab no order in what it quotes, and leaves our own commands to be copied', async () => {
    const ref = await harness.seed(seedTicket());
    value(await harness.tracker.upsertComment(ref, 'status', 'Said:\n/close\n  /assign @rita\n```text\n/heddle approve 0123456789ab\n```'));
    const [text = ''] = await harness.ownComments(ref);
    expect(text.split('\n').slice(1)).toEqual(['Said:', '\\/close', '  \\/assign @rita', '```text', '/heddle approve 0123456789ab', '```']);
  });

  it('cuts a text that is longer than GitLab takes, and says so', async () => {
    const ref = await harness.seed(seedTicket());
    value(await harness.tracker.upsertComment(ref, 'status', '😀'.repeat(600_000)));
    const [text = ''] = await harness.ownComments(ref);
    expect(text.length).toBeLessThanOrEqual(1_000_000);
    expect(text).toContain('The rest was cut');
  });

  it.each([['cut'], ['truncated-page'], ['slow'], ['500']] as const)('writes one note though the answer to the first is spoiled: %s', async (kind) => {
    const ref = await harness.seed(seedTicket());
    harness.fake.force({ route: 'issues.notes.create', times: 1, kind });
    const url = value(await harness.as('project_7_bot_0123abcd', { requestTimeoutMs: 500 }).upsertComment(ref, 'status', 'text'));
    expect(url).toMatch(/\/acme\/platform\/shop\/-\/issues\/1#note_\d+$/);
    expect(await harness.ownComments(ref)).toEqual(['<!-- heddle:status -->\ntext']);
  });

  it.each([['issues.show'], ['issues.notes.list'], ['issues.label_events'], ['issues.state_events'], ['users.show'], ['graphql']])('reads again after a short limit, a failure, a cut line and half a page: %s', async (route) => {
    const ref = await harness.seed(seedTicket());
    for (const kind of ['429', '500', 'cut', 'truncated-page'] as const) {
      harness.fake.force({ route, times: 1, kind });
      expect(value(await harness.tracker.fetch(ref)).title).toBe('Totals are rounded down');
    }
  });

  it.each([['issues.label_events'], ['issues.state_events'], ['issues.notes.list'], ['graphql'], ['users.show']])('is a fault, never a ticket with half a history, when this stays away: %s', async (route) => {
    const ref = await harness.seed(seedTicket());
    harness.fake.force({ route, times: 99, kind: '500' });
    expect(failure(await harness.tracker.fetch(ref))).toMatchObject({ code: 'service-error', retryable: true });
    harness.fake.calm();
  });
});

describe('names of GitLab', () => {
  it.each([
    ['assigned to @amy', ['amy']], ['assigned to @amy and @bob', ['amy', 'bob']], ['assigned to @amy, @bob, and @carl', ['amy', 'bob', 'carl']], ['assigned to @amy and unassigned @bob', ['amy']],
    ['unassigned @amy', []], ['assigned to everybody', []], ['he assigned to @amy', []], ['assigned to @amy) @bob', []],
  ])('%s', (line, names) => { expect(assignedIn(line)).toEqual(names); });

  it('reads a key with all its groups', () => {
    expect(parseKey('acme/platform/shop#12')).toEqual({ project: 'acme/platform/shop', number: 12 });
    expect(parseKey('a/b.c#1')).toEqual({ project: 'a/b.c', number: 1 });
  });
});
