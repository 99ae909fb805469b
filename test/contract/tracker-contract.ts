import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/domain/fault.js';
import type { Ticket, TicketRef } from '../../src/domain/ticket.js';
import type { Result } from '../../src/kit/result.js';
import type { Tracker } from '../../src/ports/tracker.js';

/** Somebody on the tracker. The harness makes the account when the tracker needs one; ids are its own affair. */
export interface SeedActor { readonly login: string; readonly kind: 'human' | 'bot' }

/** Something that happened, oldest first. Only trackers with the `history` capability are asked to hold these. */
export interface SeedEvent {
  readonly kind: 'labeled' | 'unlabeled' | 'closed' | 'reopened';
  readonly label?: string;
  readonly actor: SeedActor;
  /** ISO 8601, whole seconds, UTC with `.000Z`. */
  readonly at: string;
}

export interface SeedTicket {
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly state: 'open' | 'closed';
  readonly author: SeedActor;
  readonly createdAt: string;
  /** Last edit of title or body; null = never. Only trackers with the `editTime` capability are asked to hold it. */
  readonly editedAt: string | null;
  readonly events: readonly SeedEvent[];
}

/** What a tracker adapter's test gives to the suite. A new one is made for every test and closed after it. */
export interface TrackerHarness {
  readonly tracker: Tracker;
  /** Puts a ticket into the place behind the tracker (a file, a fake server's state); answers how it is called. */
  seed(ticket: SeedTicket): Promise<TicketRef>;
  /** A well-formed reference to a ticket that does not exist. */
  missing(): TicketRef;
  /** The full texts of all comments that are on the ticket now and were written by our own account, oldest first. */
  ownComments(ref: TicketRef): Promise<readonly string[]>;
  /** Puts a comment of ANOTHER account on the ticket. Left out where nobody else can write one. */
  seedForeignComment?(ref: TicketRef, author: SeedActor, text: string): Promise<void>;
  /** The full texts of all comments of other accounts. Must be there when `seedForeignComment` is. */
  foreignComments?(ref: TicketRef): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A ticket with everything filled in; a test names only what it is about. */
export function seedTicket(over: Partial<SeedTicket> = {}): SeedTicket {
  return {
    title: 'Totals are rounded down', body: 'The total of an invoice is rounded down.\n\nIt should be rounded half up.\n',
    labels: ['bug', 'heddle'], state: 'open', author: { login: 'amy', kind: 'human' }, createdAt: '2026-03-01T09:00:00.000Z',
    editedAt: null, events: [], ...over,
  };
}

/** The ONE suite that every tracker adapter and every fake tracker passes. */
export function trackerContract(name: string, makeHarness: () => Promise<TrackerHarness>): void {
  describe(`tracker contract: ${name}`, () => {
    let harness: TrackerHarness;
    beforeEach(async () => { harness = await makeHarness(); });
    afterEach(async () => { await harness.close(); });

    fetching(() => harness);
    history(() => harness);
    commenting(() => harness);
  });
}

function fetching(harness: () => TrackerHarness): void {
  it('gives the ticket as it stands, under the name it was asked for', async () => {
    const seeded = seedTicket();
    const ref = await harness().seed(seeded);
    const ticket = value(await harness().tracker.fetch(ref));
    expect(ticket.ref).toEqual(ref);
    expect(ticket.title).toBe(seeded.title);
    expect(ticket.body.trimEnd()).toBe(seeded.body.trimEnd());
    expect([...ticket.labels].sort()).toEqual(['bug', 'heddle']);
    expect(ticket.state).toBe('open');
    expect(ticket.author.login).toBe('amy');
    expect(ticket.createdAt).toBe(seeded.createdAt);
  });

  it('gives the text uncleaned: cleaning and its record are the work of intake', async () => {
    const body = 'before <!-- hidden --> after\u200b \u202eabc\u202c ![alt](https://example.com/x.png)\n\n```\n<!-- code -->\n```';
    const ref = await harness().seed(seedTicket({ title: 'a \u200btitle <b>', body }));
    const ticket = value(await harness().tracker.fetch(ref));
    expect(ticket.title).toBe('a \u200btitle <b>');
    expect(ticket.body.trimEnd()).toBe(body);
  });

  it('says that a ticket is closed', async () => {
    const ref = await harness().seed(seedTicket({ state: 'closed' }));
    expect(value(await harness().tracker.fetch(ref)).state).toBe('closed');
  });

  it('gives an empty body as an empty text, not as a failure', async () => {
    const ref = await harness().seed(seedTicket({ body: '' }));
    expect(value(await harness().tracker.fetch(ref)).body.trim()).toBe('');
  });

  it('answers the same when asked twice', async () => {
    const ref = await harness().seed(seedTicket());
    const first = value(await harness().tracker.fetch(ref));
    expect(value(await harness().tracker.fetch(ref))).toEqual(first);
  });

  it('answers not-found for a ticket that is not there, with words', async () => {
    const fault = failure(await harness().tracker.fetch(harness().missing()));
    expect(fault.code).toBe('not-found');
    expect(fault.retryable).toBe(false);
    expect(fault.message.length).toBeGreaterThan(10);
  });
}

function history(harness: () => TrackerHarness): void {
  it('gives who labelled and when, in order, or claims no history', async () => {
    const amy: SeedActor = { login: 'amy', kind: 'human' };
    const bot: SeedActor = { login: 'helper[bot]', kind: 'bot' };
    const events: readonly SeedEvent[] = [
      { kind: 'labeled', label: 'heddle', actor: amy, at: '2026-03-01T10:00:00.000Z' },
      { kind: 'unlabeled', label: 'heddle', actor: amy, at: '2026-03-01T10:05:00.000Z' },
      { kind: 'closed', actor: amy, at: '2026-03-01T10:06:00.000Z' },
      { kind: 'reopened', actor: amy, at: '2026-03-01T10:07:00.000Z' },
      { kind: 'labeled', label: 'heddle', actor: bot, at: '2026-03-01T11:00:00.000Z' },
    ];
    const { tracker } = harness();
    const ticket = value(await tracker.fetch(await harness().seed(seedTicket({ events }))));
    const got = ticket.events.filter((event) => ['labeled', 'unlabeled', 'closed', 'reopened'].includes(event.kind));
    if (!tracker.capabilities.history) {
      expect(got).toEqual([]);
      return;
    }
    expect(got.map((event) => [event.kind, 'label' in event ? event.label : undefined, event.actor.login, event.at]))
      .toEqual(events.map((event) => [event.kind, event.label, event.actor.login, event.at]));
    expect(got.map((event) => event.actor.kind)).toEqual(['human', 'human', 'human', 'human', 'bot']);
    expect(new Set(got.map((event) => event.actor.id)).size).toBe(2);
  });

  it('tells when title or body were last edited, or claims that it cannot', async () => {
    const { tracker } = harness();
    const never = value(await tracker.fetch(await harness().seed(seedTicket({ editedAt: null }))));
    const edited = value(await tracker.fetch(await harness().seed(seedTicket({ editedAt: '2026-03-02T08:00:00.000Z' }))));
    if (tracker.capabilities.editTime) {
      expect(never.contentEditedAt).toBeNull();
      expect(edited.contentEditedAt).toBe('2026-03-02T08:00:00.000Z');
    } else {
      // A tracker that cannot tell must not invent a time: no file time, no time of the last comment.
      expect([null, undefined]).toContain(never.contentEditedAt);
      expect([null, undefined]).toContain(edited.contentEditedAt);
    }
  });
}

function commenting(harness: () => TrackerHarness): void {
  it('keeps ONE comment per marker and updates it', async () => {
    const { tracker } = harness();
    const ref = await harness().seed(seedTicket());
    const first = value(await tracker.upsertComment(ref, 'heddle:status', 'Heddle has **started**.'));
    const second = value(await tracker.upsertComment(ref, 'heddle:status', 'Heddle has **ended**.'));
    expect(second).toBe(first);
    const comments = await harness().ownComments(ref);
    expect(comments).toHaveLength(1);
    expect(comments[0]).toContain('Heddle has **ended**.');
    expect(comments[0]).not.toContain('started');
  });

  it('changes nothing when the same text is written again', async () => {
    const { tracker } = harness();
    const ref = await harness().seed(seedTicket());
    value(await tracker.upsertComment(ref, 'heddle:status', 'Same.'));
    const before = await harness().ownComments(ref);
    value(await tracker.upsertComment(ref, 'heddle:status', 'Same.'));
    expect(await harness().ownComments(ref)).toEqual(before);
  });

  it('matches a marker exactly: a longer one is another comment', async () => {
    const { tracker } = harness();
    const ref = await harness().seed(seedTicket());
    value(await tracker.upsertComment(ref, 'heddle:status-2', 'two'));
    value(await tracker.upsertComment(ref, 'heddle:status', 'one'));
    value(await tracker.upsertComment(ref, 'heddle:status', 'one again'));
    const comments = await harness().ownComments(ref);
    expect(comments).toHaveLength(2);
    expect(comments.filter((text) => text.includes('two'))).toHaveLength(1);
    expect(comments.filter((text) => text.includes('one again'))).toHaveLength(1);
  });

  it('keeps the comments of two tickets apart', async () => {
    const { tracker } = harness();
    const a = await harness().seed(seedTicket());
    const b = await harness().seed(seedTicket({ title: 'Another' }));
    value(await tracker.upsertComment(a, 'heddle:status', 'for a'));
    value(await tracker.upsertComment(b, 'heddle:status', 'for b'));
    expect((await harness().ownComments(a)).join()).toContain('for a');
    expect((await harness().ownComments(a)).join()).not.toContain('for b');
    expect((await harness().ownComments(b)).join()).toContain('for b');
  });

  it('never takes over a comment of another account, whatever it says', async () => {
    const { tracker, seedForeignComment, foreignComments } = harness();
    if (seedForeignComment === undefined || foreignComments === undefined) return;
    const ref = await harness().seed(seedTicket());
    value(await tracker.upsertComment(ref, 'heddle:status', 'ours'));
    // Somebody copies the source of our comment, hidden marker included, and a second one comes before any of ours.
    const [copied = ''] = await harness().ownComments(ref);
    const other = await harness().seed(seedTicket({ title: 'Another' }));
    await seedForeignComment.call(harness(), other, { login: 'mallory', kind: 'human' }, copied);
    value(await tracker.upsertComment(other, 'heddle:status', 'ours as well'));
    expect(await foreignComments.call(harness(), other)).toEqual([copied]);
    expect((await harness().ownComments(other)).join()).toContain('ours as well');
  });

  it('answers not-found when the ticket to comment on is not there', async () => {
    const fault = failure(await harness().tracker.upsertComment(harness().missing(), 'heddle:status', 'text'));
    expect(fault.code).toBe('not-found');
  });
}

function value<T>(result: Result<T, Fault>): T {
  if (!result.ok) throw new Error(`expected a value, got ${result.error.code}: ${result.error.message}`);
  return result.value;
}

function failure(result: Result<Ticket | string | undefined, Fault>): Fault {
  if (result.ok) throw new Error('expected a fault, got a value');
  return result.error;
}
