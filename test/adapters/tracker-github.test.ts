import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create } from '../../src/adapters/tracker/github/index.js';
import type { TicketRef } from '../../src/domain/ticket.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { failure, value } from '../contract/forge-contract.js';
import { seedTicket, trackerContract } from '../contract/tracker-contract.js';
import type { SeedActor, SeedTicket, TrackerHarness } from '../contract/tracker-contract.js';
import { FakeGitHub } from '../fakes/github/fake-github.js';
import { isoSeconds } from '../fakes/github/git-objects.js';
import type { Account, Issue, Repository } from '../fakes/github/world.js';

interface GithubTrackerHarness extends TrackerHarness { readonly fake: FakeGitHub; readonly repository: Repository; seed(ticket: SeedTicket): Promise<TicketRef>; issueOf(ref: TicketRef): Issue; as(login: string, deps?: { readonly requestTimeoutMs?: number }): Tracker }

async function makeHarness(login = 'github-actions[bot]'): Promise<GithubTrackerHarness> {
  const fake = await FakeGitHub.start();
  const repository = fake.addRepository({ slug: 'acme/shop', roles: { amy: 'write', carl: 'write' } });
  const account = (actor: SeedActor): Account => fake.world.account(actor.login, { type: actor.kind === 'bot' ? 'Bot' : 'User' });
  const issueOf = (ref: TicketRef): Issue => {
    const issue = repository.issues.get(Number(ref.key.split('#')[1]));
    if (issue === undefined) throw new Error(`no ${ref.key}`);
    return issue;
  };
  const texts = (ref: TicketRef, own: boolean): Promise<readonly string[]> =>
    Promise.resolve(issueOf(ref).comments.filter((comment) => (comment.author.login === login) === own).map((comment) => comment.body));
  const as: GithubTrackerHarness['as'] = (who, deps = {}) => create({ apiUrl: fake.url, token: fake.tokenOf(who) }, { backoffUnitMs: 1, ...deps });
  return {
    fake, repository, issueOf, as, tracker: as(login),
    seed: (ticket) => {
      const issue = fake.world.addIssue(repository, {
        title: ticket.title, body: ticket.body, labels: [...ticket.labels], state: ticket.state, author: account(ticket.author),
        createdAt: isoSeconds(Date.parse(ticket.createdAt)), editedAt: ticket.editedAt,
      });
      for (const event of ticket.events) fake.world.addEvent(issue, { event: event.kind, actor: account(event.actor), at: isoSeconds(Date.parse(event.at)), ...(event.label === undefined ? {} : { label: event.label }) });
      return Promise.resolve({ tracker: 'github', key: `acme/shop#${String(issue.number)}` });
    },
    missing: () => ({ tracker: 'github', key: 'acme/shop#999' }),
    ownComments: (ref) => texts(ref, true),
    foreignComments: (ref) => texts(ref, false),
    seedForeignComment: (ref, author, text) => {
      fake.world.addComment(issueOf(ref), account(author), text);
      return Promise.resolve();
    },
    close: () => fake.stop(),
  };
}

trackerContract('github, token of a workflow', () => makeHarness());
trackerContract('github, token of a person', () => makeHarness('carl'));

describe('tracker/github', () => {
  let harness: GithubTrackerHarness;
  beforeEach(async () => { harness = await makeHarness(); });
  afterEach(async () => { await harness.close(); });

  it('refuses a pull request and a name that is no issue', async () => {
    harness.fake.world.addIssue(harness.repository, { title: 'a change', author: harness.fake.world.account('amy'), number: 7, pull: { head: 'x', base: 'main', draft: false, merged: false, reviewers: [], teams: [] } });
    expect(failure(await harness.tracker.fetch({ tracker: 'github', key: 'acme/shop#7' }))).toMatchObject({ code: 'rejected', side: 'setup' });
    for (const key of ['acme/shop', 'acme/shop#0', '../x#1', 'x/..#1', 'acme/shop#1/../2', 'a/b/c#1']) {
      expect(failure(await harness.tracker.fetch({ tracker: 'github', key }))).toMatchObject({ code: 'rejected' });
    }
  });

  it('reads assignments and renames, and takes the later of a new title and a new body as the edit', async () => {
    const ref = await harness.seed(seedTicket({ editedAt: '2026-03-02T08:00:00.000Z' }));
    const amy = harness.fake.world.account('amy');
    harness.fake.world.addEvent(harness.issueOf(ref), { event: 'assigned', actor: amy, assignee: harness.fake.world.account('helper[bot]'), at: '2026-03-03T08:00:00Z' });
    harness.fake.world.addEvent(harness.issueOf(ref), { event: 'renamed', actor: amy, at: '2026-03-04T08:00:00Z' });
    const ticket = value(await harness.tracker.fetch(ref));
    expect(ticket.contentEditedAt).toBe('2026-03-04T08:00:00.000Z');
    expect(ticket.events.map((event) => event.kind)).toEqual(['assigned', 'edited']);
    expect(ticket.events[0]).toMatchObject({ assignee: { login: 'helper[bot]', kind: 'bot' }, actor: { login: 'amy', kind: 'human' } });
  });

  it('reads a long issue page by page and stops at 500 comments', async () => {
    const ref = await harness.seed(seedTicket());
    const amy = harness.fake.world.account('amy');
    for (let index = 0; index < 520; index += 1) harness.fake.world.addComment(harness.issueOf(ref), amy, `comment ${String(index)}`);
    harness.fake.world.addEvent(harness.issueOf(ref), { event: 'labeled', label: 'heddle', actor: amy, at: '2027-01-01T00:00:00Z' });
    const ticket = value(await harness.tracker.fetch(ref));
    expect(ticket.comments).toHaveLength(500);
    expect(ticket.comments[0]?.body).toBe('comment 0');
    expect(ticket.events.map((event) => event.kind)).toEqual(['labeled']);
  });

  it('asks for the comments by themselves when one was written between the issue and its history, and knows it', async () => {
    const ref = await harness.seed(seedTicket());
    const amy = harness.fake.world.account('amy');
    harness.fake.world.addComment(harness.issueOf(ref), amy, 'first');
    const before = value(await harness.tracker.fetch(ref));
    expect([before.comments.map((comment) => comment.body), harness.fake.count('issues/list-comments')]).toEqual([['first'], 0]);
    harness.fake.afterNext('issues/get', () => { harness.fake.world.addComment(harness.issueOf(ref), amy, '/heddle stop'); });
    const after = value(await harness.tracker.fetch(ref));
    expect([after.comments.map((comment) => comment.body), harness.fake.count('issues/list-comments')]).toEqual([['first', '/heddle stop'], 1]);
  });

  it('tells a comment the same way from the history as from the list', async () => {
    const ref = await harness.seed(seedTicket());
    for (const [login, text] of [['amy', 'one'], ['helper[bot]', '']] as const) harness.fake.world.addComment(harness.issueOf(ref), harness.fake.world.account(login), text);
    const told = value(await harness.tracker.fetch(ref)).comments;
    harness.fake.afterNext('issues/get', () => { harness.issueOf(ref).comments.pop(); });
    const listed = value(await harness.tracker.fetch(ref)).comments;
    expect(listed).toEqual(told.slice(0, 1));
  });

  it('says that the edit time is unknown when GraphQL is not there, and still knows its own comments', async () => {
    harness.fake.force({ route: 'graphql', times: 3, kind: '404' });
    const ref = await harness.seed(seedTicket({ editedAt: null }));
    expect(value(await harness.tracker.fetch(ref)).contentEditedAt).toBeUndefined();
    value(await harness.tracker.upsertComment(ref, 'status', 'one'));
    value(await harness.tracker.upsertComment(ref, 'status', 'two'));
    expect(await harness.ownComments(ref)).toEqual(['<!-- heddle:status -->\ntwo']);
  });

  it('cuts a text that is longer than GitHub takes, and says so', async () => {
    const ref = await harness.seed(seedTicket());
    value(await harness.tracker.upsertComment(ref, 'status', '😀'.repeat(40_000)));
    const [text = ''] = await harness.ownComments(ref);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toContain('The rest was cut');
    expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text);
  });

});

describe('tracker/github when GitHub fails for a moment', () => {
  let harness: GithubTrackerHarness;
  beforeEach(async () => { harness = await makeHarness(); });
  afterEach(async () => { await harness.close(); });

  it.each([['cut'], ['truncated-page'], ['slow'], ['500']] as const)('writes one comment though the answer to the first is spoiled: %s', async (kind) => {
    const ref = await harness.seed(seedTicket());
    harness.fake.force({ route: 'issues/create-comment', times: 1, kind });
    value(await harness.as('github-actions[bot]', { requestTimeoutMs: 300 }).upsertComment(ref, 'status', 'text'));
    expect(await harness.ownComments(ref)).toEqual(['<!-- heddle:status -->\ntext']);
  });

  it.each([
    ['issues/get'], ['issues/list-events-for-timeline'], ['graphql'],
  ])('reads again after a short limit, a failure, a cut line and half a page: %s', async (route) => {
    const ref = await harness.seed(seedTicket());
    for (const kind of ['429', '500', 'cut', 'truncated-page'] as const) {
      harness.fake.force({ route, times: 1, kind });
      expect(value(await harness.tracker.fetch(ref)).title).toBe('Totals are rounded down');
    }
  });

  it('reads comments again too, where they are asked for by themselves', async () => {
    const ref = await harness.seed(seedTicket());
    for (const kind of ['429', '500', 'cut', 'truncated-page'] as const) {
      harness.fake.afterNext('issues/get', () => { harness.fake.world.addComment(harness.issueOf(ref), harness.fake.world.account('amy'), kind); });
      harness.fake.force({ route: 'issues/list-comments', times: 1, kind });
      expect(value(await harness.tracker.fetch(ref)).comments.at(-1)?.body).toBe(kind);
    }
  });

  it('gives up with the time to wait when the limit is far away', async () => {
    const ref = await harness.seed(seedTicket());
    harness.fake.force({ route: 'issues/get', times: 1, kind: '429', resetInSeconds: 1800 });
    const fault = failure(await harness.tracker.fetch(ref));
    expect(fault).toMatchObject({ code: 'rate-limited', retryable: true });
    expect(fault.retryAfterMs).toBeGreaterThan(1_700_000);
    expect(harness.fake.count('issues/get')).toBe(1);
  });
});
