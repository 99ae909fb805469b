import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create } from '../../src/adapters/tracker/gitea/index.js';
import type { TicketRef } from '../../src/domain/ticket.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { failure, value } from '../contract/forge-contract.js';
import { seedTicket, trackerContract } from '../contract/tracker-contract.js';
import type { SeedActor, SeedTicket, TrackerHarness } from '../contract/tracker-contract.js';
import type { Flavour } from '../fakes/gitea/description.js';
import { startFakeGitea } from '../fakes/gitea/fake-gitea.js';
import type { FakeGitea } from '../fakes/gitea/fake-gitea.js';
import { ACTIONS_ID, isoSeconds } from '../fakes/gitea/world.js';
import type { Account, Issue, Repository } from '../fakes/gitea/world.js';
import type { ForcedKind } from '../fakes/github/forced.js';

interface Harness extends TrackerHarness { readonly fake: FakeGitea; readonly repository: Repository; seed(ticket: SeedTicket): Promise<TicketRef>; issueOf(ref: TicketRef): Issue; by(token: string, deps?: { readonly requestTimeoutMs?: number }): Tracker }

async function makeHarness(flavour: Flavour, login = `${flavour}-actions`): Promise<Harness> {
  const fake = await startFakeGitea({ flavour });
  const repository = fake.addRepository({ slug: 'acme/shop', roles: { amy: 'write', carl: 'write', rita: 'read' } });
  // Accounts with a number below zero belong to the server itself.
  const account = (actor: SeedActor): Account => fake.world.account(actor.login, actor.kind === 'bot' ? ACTIONS_ID : undefined);
  const issueOf = (ref: TicketRef): Issue => {
    const issue = repository.issues.get(Number(ref.key.split('#')[1]));
    if (issue === undefined) throw new Error(`no ${ref.key}`);
    return issue;
  };
  const texts = (ref: TicketRef, own: boolean): Promise<readonly string[]> =>
    Promise.resolve(issueOf(ref).comments.filter((comment) => (comment.author.login === login) === own).map((comment) => comment.body));
  const by: Harness['by'] = (token, deps = {}) => create({ apiUrl: fake.apiUrl, token }, { backoffUnitMs: 1, ...deps });
  return {
    fake, repository, issueOf, by, tracker: by(fake.tokenOf(login)),
    seed: (ticket) => {
      const issue = fake.world.addIssue(repository, { title: ticket.title, body: ticket.body, labels: [...ticket.labels], state: ticket.state, author: account(ticket.author), createdAt: isoSeconds(Date.parse(ticket.createdAt)) });
      for (const event of ticket.events) {
        const common = { actor: account(event.actor), at: isoSeconds(Date.parse(event.at)) };
        if (event.kind === 'closed' || event.kind === 'reopened') fake.world.addEntry(issue, { type: event.kind === 'closed' ? 'close' : 'reopen', ...common });
        else fake.world.addEntry(issue, { type: 'label', label: fake.world.label(repository, event.label ?? ''), removed: event.kind === 'unlabeled', ...common });
      }
      return Promise.resolve({ tracker: 'gitea', key: `acme/shop#${String(issue.number)}` });
    },
    missing: () => ({ tracker: 'gitea', key: 'acme/shop#999' }),
    ownComments: (ref) => texts(ref, true), foreignComments: (ref) => texts(ref, false),
    seedForeignComment: (ref, author, text) => {
      fake.world.addComment(issueOf(ref), account(author), text);
      return Promise.resolve();
    },
    close: () => fake.close(),
  };
}

trackerContract('gitea, token of a job', () => makeHarness('gitea'));
trackerContract('forgejo, token of a person', () => makeHarness('forgejo', 'carl'));

describe('tracker/gitea', () => {
  let harness: Harness;
  beforeEach(async () => { harness = await makeHarness('gitea'); });
  afterEach(async () => { await harness.close(); });

  it('refuses a pull request and a name that is no issue', async () => {
    harness.fake.world.addIssue(harness.repository, { title: 'a change', author: harness.fake.world.account('amy'), number: 7, pull: { head: 'x', base: 'main', merged: false, reviewers: [], teams: [], reviews: [] } });
    expect(failure(await harness.tracker.fetch({ tracker: 'gitea', key: 'acme/shop#7' }))).toMatchObject({ code: 'rejected', side: 'setup' });
    for (const key of ['acme/shop', 'acme/shop#0', '../x#1', 'x/..#1', 'acme/shop#1/../2', 'a/b/c#1']) expect(failure(await harness.tracker.fetch({ tracker: 'gitea', key }))).toMatchObject({ code: 'rejected' });
  });

  it('knows the accounts by their numbers: the server\'s own are no people, and one that is gone is nobody', async () => {
    const ref = await harness.seed(seedTicket());
    const ghost: Account = { id: -1, login: 'Ghost' };
    harness.fake.world.addComment(harness.issueOf(ref), ghost, 'gone');
    harness.fake.world.addComment(harness.issueOf(ref), harness.fake.world.account('gitea-actions'), 'by a job');
    harness.fake.world.addComment(harness.issueOf(ref), harness.fake.world.account('amy'), 'by amy');
    const { comments } = value(await harness.tracker.fetch(ref));
    expect(comments.map(({ author }) => [author.login, author.kind, author.id])).toEqual([['ghost', 'unknown', 'deleted'], ['gitea-actions', 'bot', '-2'], ['amy', 'human', String(harness.fake.world.account('amy').id)]]);
  });

  it('reads the whole history also where a page would be empty in its middle', async () => {
    const ref = await harness.seed(seedTicket());
    const issue = harness.issueOf(ref);
    const amy = harness.fake.world.account('amy');
    const label = harness.fake.world.label(harness.repository, 'heddle');
    harness.fake.world.addEntry(issue, { type: 'label', label, actor: amy, at: '2026-03-01T10:00:00Z' });
    // References from a repository that the token may not see are left out after the page was cut.
    for (let n = 0; n < 130; n += 1) harness.fake.world.addEntry(issue, { type: 'commit_ref', actor: amy, at: `2026-03-01T10:${String(1 + Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}Z` });
    harness.fake.world.addEntry(issue, { type: 'label', label, removed: true, actor: amy, at: '2026-03-01T11:00:00Z' });
    expect(value(await harness.tracker.fetch(ref)).events.map((event) => event.kind)).toEqual(['labeled', 'unlabeled']);
  });

  it('passes over a label that was deleted since, and tells assignments and new titles', async () => {
    const ref = await harness.seed(seedTicket());
    const amy = harness.fake.world.account('amy');
    const at = '2026-03-01T10:00:00Z';
    const add = (entry: Parameters<FakeGitea['world']['addEntry']>[1]): void => { harness.fake.world.addEntry(harness.issueOf(ref), entry); };
    add({ type: 'label', actor: amy, at });
    add({ type: 'assignees', actor: amy, assignee: harness.fake.world.account('carl'), at });
    add({ type: 'assignees', actor: amy, assignee: harness.fake.world.account('carl'), removed: true, at });
    add({ type: 'change_title', actor: amy, at });
    const { events, contentEditedAt } = value(await harness.tracker.fetch(ref));
    expect(events.map((event) => [event.kind, 'assignee' in event ? event.assignee.login : undefined])).toEqual([['assigned', 'carl'], ['edited', undefined]]);
    expect(contentEditedAt).toBeUndefined();
  });

  it('says whether not everybody may read the ticket', async () => {
    const ref = await harness.seed(seedTicket());
    expect(value(await harness.tracker.fetch(ref)).restricted).toBe(false);
    const hidden = harness.fake.addRepository({ slug: 'acme/secret', private: true });
    harness.fake.world.addIssue(hidden, { title: 'secret', author: harness.fake.world.account('amy') });
    expect(value(await harness.tracker.fetch({ tracker: 'gitea', key: 'acme/secret#1' })).restricted).toBe(true);
    expect(failure(await harness.by(harness.fake.tokenOf('stranger')).fetch({ tracker: 'gitea', key: 'acme/secret#1' })).code).toBe('not-found');
  });

  it('says what a token lacks', async () => {
    const ref = await harness.seed(seedTicket());
    const fault = failure(await harness.by(harness.fake.scoped('carl', ['read:repository', 'read:issue', 'read:user'])).upsertComment(ref, 'm', 'x'));
    expect(fault).toMatchObject({ code: 'forbidden', side: 'setup', retryable: false });
    expect(fault.message).toContain('write:issue');
    expect(failure(await harness.by('no-such-token').fetch(ref))).toMatchObject({ code: 'unauthorized', side: 'setup' });
  });

  it('is found by a marker in the first line alone, also when people took the rest apart', async () => {
    const ref = await harness.seed(seedTicket());
    value(await harness.tracker.upsertComment(ref, 'm', 'one'));
    const [own] = harness.issueOf(ref).comments;
    if (own === undefined) throw new Error('no comment');
    own.body = own.body.replaceAll('\n', '\r\n').replace('one', 'edited by a person');
    value(await harness.tracker.upsertComment(ref, 'm', 'two'));
    expect(harness.issueOf(ref).comments.map((comment) => comment.body)).toEqual(['<!-- heddle:m -->\ntwo']);
  });

  it('cuts a text that is too long, and says so', async () => {
    const ref = await harness.seed(seedTicket());
    value(await harness.tracker.upsertComment(ref, 'm', '😀'.repeat(40_000)));
    const [comment] = await harness.ownComments(ref);
    expect(comment?.length).toBeLessThanOrEqual(65_536);
    expect(comment).toContain('too long for a comment');
    expect(comment).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
  });

  it.each<ForcedKind>(['429', '500', 'cut', 'truncated-page', 'slow'])('gets through a moment of %s and writes one comment', async (kind) => {
    for (const route of ['issueGetIssue', 'userGetCurrent', 'issueGetComments', 'issueCreateComment']) {
      const ref = await harness.seed(seedTicket());
      harness.fake.force({ route, times: 1, kind, resetInSeconds: 1 });
      const tracker = harness.by(harness.fake.actionsToken, { requestTimeoutMs: 400 });
      value(await tracker.upsertComment(ref, 'heddle:status', 'Working.'));
      expect(await harness.ownComments(ref)).toHaveLength(1);
    }
  });
});
