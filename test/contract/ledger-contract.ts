import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Booking, NO_UNITS } from '../../src/domain/booking.js';
import { digestOf } from '../../src/domain/digest.js';
import { Instant, RunId } from '../../src/domain/ids.js';
import { MicroUsd } from '../../src/domain/money.js';
import type { Fault } from '../../src/domain/fault.js';
import type { Result } from '../../src/kit/result.js';
import type { Ledger } from '../../src/ports/ledger.js';

/** What a ledger store's test gives to the suite. A new one is made for every test and closed after it. */
export interface LedgerHarness {
  /** A connection of its own to the one place, as another job on another machine would have. */
  connect(): Promise<Ledger>;
  /** The text of one file of the ledger, as somebody sees it who does not go through the adapter. */
  file(path: string): Promise<string | undefined>;
  /** Somebody else writes a file of the ledger by hand. */
  tamper(path: string, content: string): Promise<void>;
  close(): Promise<void>;
}

export const NOON = Instant.parse('2026-11-21T12:00:00.000Z');
const PERSON = { login: 'ann', id: '7', kind: 'human' as const };

/** A row of a living run, with what a test wants to be different. */
export function row(run: string, different: Partial<Booking> = {}): Booking {
  return Booking.parse({
    version: 1, run: RunId.parse(run), ticket: { tracker: 'github', key: 'acme/shop#12' }, repository: 'acme/shop', target: '', at: NOON, changedAt: NOON, requestedBy: PERSON,
    labels: ['heddle'], owners: [], holder: 'ci/1', state: 'running', reserved: { cost: MicroUsd.parse(5_000_000), tokens: 1000, minutes: 120 }, spent: NO_UNITS,
    expiresAt: at(180), scope: [], ...different,
  });
}

/** Minutes after noon. */
export function at(minutes: number): Instant {
  return Instant.parse(new Date(Date.parse(NOON) + minutes * 60_000).toISOString());
}

export function value<T>(result: Result<T, Fault>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

/** The ONE suite that every ledger store passes. */
export function ledgerContract(name: string, makeHarness: () => Promise<LedgerHarness>): void {
  describe(`ledger contract: ${name}`, () => {
    let harness: LedgerHarness;
    beforeEach(async () => { harness = await makeHarness(); });
    afterEach(async () => { await harness.close(); });
    describe('rows', () => { rows(() => harness); });
    describe('lines', () => { lines(() => harness); });
    describe('many at once', () => { crowd(() => harness); });
    describe('damage', () => { damage(() => harness); });
  });
}

const ALL = { since: Instant.parse('2000-01-01T00:00:00.000Z') };

async function write(ledger: Ledger, ...written: readonly Booking[]): Promise<void> {
  value(await ledger.book(ALL, () => ({ rows: written, answer: undefined })));
}

async function runs(ledger: Ledger, query: Parameters<Ledger['read']>[0] = ALL): Promise<readonly string[]> {
  return value(await ledger.read(query)).rows.map((one) => `${one.run} ${one.state}`).sort();
}

function rows(harness: () => LedgerHarness): void {
  it('is empty before anything was written, and stays so when nothing is booked', async () => {
    const ledger = await harness().connect();
    expect(value(await ledger.read(ALL))).toEqual({ rows: [], damage: [] });
    expect(value(await ledger.book(ALL, (view) => ({ rows: [], answer: view.rows.length })))).toBe(0);
    expect(await harness().file('format.json')).toBeUndefined();
  });

  it('shows every member of a row to another connection', async () => {
    const full = row('aaaaaaaa01', { scope: ['src/total.ts'], owners: ['@acme/shop'], code: 'x', agent: 'codex', snapshot: digestOf('text'), likeness: [1, 2], change: { number: 3, url: 'https://forge.example/3', branch: 'heddle/a-00000000' } });
    await write(await harness().connect(), full);
    expect(value(await (await harness().connect()).read(ALL)).rows).toEqual([full]);
    expect(await harness().file('format.json')).toBe('{"format":"heddle-ledger","version":1}\n');
  });

  it('counts the last row of a run, and leaves none behind where it stood before', async () => {
    const ledger = await harness().connect();
    await write(ledger, row('aaaaaaaa01'));
    await write(ledger, row('aaaaaaaa01', { state: 'waiting', changedAt: at(1) }));
    expect(await runs(ledger)).toEqual(['aaaaaaaa01 waiting']);
    await write(ledger, row('aaaaaaaa01', { state: 'ended', changedAt: at(2), outcome: 'delivered' }));
    expect(await runs(await harness().connect())).toEqual(['aaaaaaaa01 ended']);
    expect(await harness().file('living.jsonl')).toBe('');
    expect((await harness().file('rows/2026-11/21.jsonl'))?.split('\n').length).toBe(2);
  });

  it('leaves out what ended before `since`, and never a living run or a run of the ticket', async () => {
    const ledger = await harness().connect();
    const old = Instant.parse('2026-09-03T08:00:00.000Z');
    await write(ledger,
      row('aaaaaaaa01', { state: 'ended', at: old, changedAt: old }), row('aaaaaaaa02', { at: old, changedAt: old, expiresAt: at(1) }),
      row('aaaaaaaa03', { state: 'ended', at: old, changedAt: old, ticket: { tracker: 'github', key: 'ACME/Shop#99' } }), row('aaaaaaaa04', { state: 'ended' }));
    expect(await runs(ledger, { since: Instant.parse('2026-11-01T00:00:00.000Z') })).toEqual(['aaaaaaaa02 running', 'aaaaaaaa04 ended']);
    expect(await runs(ledger, { since: NOON, ticket: { tracker: 'github', key: 'acme/shop#99' } })).toEqual(expect.arrayContaining(['aaaaaaaa02 running', 'aaaaaaaa03 ended']));
  });

  it('shows rows of the future: a wrong clock hides nothing', async () => {
    const ledger = await harness().connect();
    const later = Instant.parse('2027-02-01T00:00:00.000Z');
    await write(ledger, row('aaaaaaaa01', { state: 'ended', at: later, changedAt: later }));
    expect(await runs(await harness().connect(), { since: NOON })).toEqual(['aaaaaaaa01 ended']);
  });

  it('moves a reservation that ended long ago out of the living, and still knows it', async () => {
    const ledger = await harness().connect();
    const old = Instant.parse('2026-09-03T08:00:00.000Z');
    await write(ledger, row('aaaaaaaa01', { at: old, changedAt: old, expiresAt: Instant.parse('2026-09-03T11:00:00.000Z') }));
    await write(ledger, row('aaaaaaaa02'));
    expect(await runs(ledger, { since: NOON })).toEqual(['aaaaaaaa02 running']);
    expect(await runs(ledger)).toEqual(['aaaaaaaa01 running', 'aaaaaaaa02 running']);
    await write(ledger, row('aaaaaaaa01', { at: old, state: 'ended', changedAt: at(5) }));
    expect(await runs(await harness().connect())).toEqual(['aaaaaaaa01 ended', 'aaaaaaaa02 running']);
  });
}

const LINES = '{"entry":1}\n';
const HEAD = digestOf('head');

function lines(harness: () => LedgerHarness): void {
  const run = RunId.parse('aaaaaaaa01');
  const ended = row(run, { state: 'ended', changedAt: at(9), outcome: 'delivered' });
  const kept = (text: string, of: Booking = ended): Parameters<Ledger['keep']>[0] => ({ run, ticket: of.ticket, at: of.at, lines: Buffer.from(text), head: HEAD, amend: () => of });

  it('gives back the bytes that were kept, with the row, to another connection', async () => {
    await write(await harness().connect(), row(run));
    value(await (await harness().connect()).keep(kept(LINES)));
    const other = await harness().connect();
    expect(Buffer.from(value(await other.linesOf(run))).toString()).toBe(LINES);
    expect(await runs(other)).toEqual(['aaaaaaaa01 ended']);
    expect(await harness().file('runs/2026-11/21/aaaaaaaa01.jsonl')).toBe(LINES);
  });

  it('shows the row that the run had to whoever writes the next one', async () => {
    const ledger = await harness().connect();
    await write(ledger, row(run, { scope: ['src/total.ts'] }));
    const next = (before: Booking | undefined): Booking => ({ ...ended, scope: [...before?.scope ?? [], 'next'] });
    value(await (await harness().connect()).keep({ ...kept(LINES), amend: next }));
    value(await (await harness().connect()).keep({ ...kept(LINES), amend: next }));
    expect(value(await ledger.read(ALL)).rows.map((one) => one.scope)).toEqual([['src/total.ts', 'next', 'next']]);
  });

  it('keeps a run that was never booked: a declined one', async () => {
    value(await (await harness().connect()).keep(kept(LINES)));
    expect(await runs(await harness().connect())).toEqual(['aaaaaaaa01 ended']);
  });

  it('lets lines grow, takes a repeat, and a late one with fewer lines takes nothing away', async () => {
    const ledger = await harness().connect();
    for (const text of [LINES, `${LINES}more\n`, LINES]) value(await ledger.keep(kept(text)));
    expect(Buffer.from(value(await ledger.linesOf(run))).toString()).toBe(`${LINES}more\n`);
  });

  it('refuses other lines of the same run, and changes nothing', async () => {
    const ledger = await harness().connect();
    value(await ledger.keep(kept(LINES)));
    const refused = await ledger.keep(kept('{"entry":2}\nlonger\n', row(run, { state: 'ended', changedAt: at(10), outcome: 'faulted' })));
    expect(refused.ok ? 'kept' : refused.error.code).toBe('conflict');
    expect(Buffer.from(value(await ledger.linesOf(run))).toString()).toBe(LINES);
    expect(value(await ledger.read(ALL)).rows[0]?.outcome).toBe('delivered');
  });

  it('says that it has no lines of a run it does not know', async () => {
    const unknown = await (await harness().connect()).linesOf(RunId.parse('zzzzzzzz99'));
    expect(unknown.ok ? 'lines' : unknown.error.code).toBe('not-found');
  });
}

function crowd(harness: () => LedgerHarness): void {
  it('lets exactly as many in as there is room for, and shows each the newest rows', async () => {
    const seen: number[] = [];
    const answers = await Promise.all(Array.from({ length: 4 }, async (_, index) => {
      const ledger = await harness().connect();
      return value(await ledger.book(ALL, (view) => {
        seen.push(view.rows.length);
        return view.rows.length < 2 ? { rows: [row(`aaaaaaaa0${String(index)}`)], answer: 'in' } : { rows: [], answer: 'out' };
      }));
    }));
    expect(answers.sort()).toEqual(['in', 'in', 'out', 'out']);
    expect(Math.max(...seen)).toBe(2);
    expect((await runs(await harness().connect())).length).toBe(2);
  });
}

function damage(harness: () => LedgerHarness): void {
  it('reports a changed row, does not trust it, and does not write over it', async () => {
    await write(await harness().connect(), row('aaaaaaaa01'), row('aaaaaaaa02'));
    const text = await harness().file('living.jsonl') ?? '';
    await harness().tamper('living.jsonl', text.replace('"cost":5000000', '"cost":1'));
    const view = value(await (await harness().connect()).read(ALL));
    expect(view.rows.map((one) => one.run)).toEqual(['aaaaaaaa02']);
    expect(view.damage).toEqual([{ place: 'living.jsonl:1', problem: 'the row was changed: its hash is another' }]);
    await write(await harness().connect(), row('aaaaaaaa03'));
    expect(await harness().file('living.jsonl')).toContain('"cost":1,');
    expect(await runs(await harness().connect())).toEqual(['aaaaaaaa02 running', 'aaaaaaaa03 running']);
  });

  it.each([
    ['a line of something else', 'hello\n'], ['JSON of something else', '{"booking":{},"hash":"sha256:0"}\n'], ['bytes that are no text', '\u0000\u0001\u0002\n'], ['a very long line', `{"booking":"${'x'.repeat(700_000)}"}\n`],
    ['JSON that is very deep', `{"booking":${'['.repeat(20_000)}${']'.repeat(20_000)},"hash":"sha256:${'0'.repeat(64)}"}\n`],
  ])('takes %s for damage', async (_what, content) => {
    await write(await harness().connect(), row('aaaaaaaa01'));
    await harness().tamper('living.jsonl', content);
    const view = value(await (await harness().connect()).read(ALL));
    expect([view.rows.length, view.damage.length]).toEqual([0, 1]);
  });

  it('refuses a ledger of a form that it does not know', async () => {
    await write(await harness().connect(), row('aaaaaaaa01'));
    await harness().tamper('format.json', '{"format":"heddle-ledger","version":2}\n');
    const refused = await (await harness().connect()).read(ALL);
    expect(refused.ok ? 'read' : refused.error.code).toBe('unsupported');
  });
}
