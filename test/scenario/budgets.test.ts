import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create as createLedger } from '../../src/adapters/ledger-store/ledger-folder/index.js';
import { NO_UNITS, type Booking } from '../../src/domain/booking.js';
import type { Fault } from '../../src/domain/fault.js';
import { Instant } from '../../src/domain/ids.js';
import { MicroUsd } from '../../src/domain/money.js';
import { err } from '../../src/kit/result.js';
import type { Ledger } from '../../src/ports/ledger.js';
import { readLedgerLines } from '../../src/ledger/ledger-entry.js';
import { row, value } from '../contract/ledger-contract.js';
import { temporaryFolder } from '../temporary-folder.js';
import { startRun, type Ended } from './in-process.js';
import { factsOf, makeScene, MENDING_AGENT, seeForge, seeRun, type Scene } from './rig.js';

const ALL = { since: Instant.parse('2000-01-01T00:00:00.000Z') };
const DAILY = { budgets: [{ per: 'repository', every: 'day', cost_usd: 8, runs: 2, least_percent: 30 }], breakers: [{ failures: 2 }] };

/** Whole runs with a ledger: the road from the booking to the settlement. */
describe('budgets in whole runs', () => {
  let scene: Scene;
  let ledger: Ledger;
  const now = Instant.parse(new Date().toISOString());
  beforeEach(() => {
    scene = makeScene({ agent: MENDING_AGENT, config: DAILY });
    ledger = createLedger({ folder: temporaryFolder('heddle-ledger-') }, { pause: (ms) => new Promise((resolve) => { setTimeout(resolve, ms); }), random: Math.random });
  });
  afterEach(() => { scene.close(); });
  const run = (with_: Ledger = ledger): Promise<Ended> => startRun(scene, { wrap: (ports) => ({ ...ports, ledger: with_ }) });
  const earlier = (run_: string, more: Partial<Booking>): Booking => row(run_, { repository: 'repo', ticket: { tracker: 'file', key: 'other.md' }, at: now, changedAt: now, expiresAt: now, ...more });
  const fill = async (...rows: readonly Booking[]): Promise<void> => { value(await ledger.book(ALL, () => ({ rows, answer: undefined }))); };

  it('gives a run what is left, settles it by what it took, and keeps its story', async () => {
    await fill(earlier('old00001', { state: 'ended', outcome: 'delivered', reserved: NO_UNITS, spent: { cost: MicroUsd.parse(5_000_000), tokens: 1, minutes: 3 } }));
    const ended = await run();
    expect(ended.rest.state.kind).toBe('delivered');
    const [admitted] = factsOf(seeRun(scene.out), 'admitted');
    expect(admitted?.order.limits.costMicroUsdMax).toBe(3_000_000);
    const mine = value(await ledger.read(ALL)).rows.find((one) => one.run === ended.trail.run);
    expect(mine).toMatchObject({ state: 'ended', outcome: 'delivered', reserved: { cost: 0 }, spent: { cost: 0, minutes: expect.any(Number) } });
    expect(mine?.spent.minutes).toBeGreaterThan(0);
    const kept = readLedgerLines(value(await ledger.linesOf(ended.trail.run)));
    expect(kept.map((entry) => ('fact' in entry ? entry.fact.type : entry.problem))).toEqual(ended.trail.events.map((event) => event.fact.type));
  });

  it('waits for a person when the last unit is taken, holds nothing meanwhile, and starts no agent', async () => {
    await fill(earlier('old00001', { state: 'ended', spent: { cost: MicroUsd.parse(1), tokens: 1, minutes: 1 } }), earlier('old00002', { state: 'ended', spent: { cost: MicroUsd.parse(1), tokens: 1, minutes: 1 } }));
    const ended = await run();
    expect(ended.rest.kind).toBe('waiting');
    const seen = seeRun(scene.out);
    expect(factsOf(seen, 'human-asked')).toMatchObject([{ asks: 'budget', question: 'the budget of the repository for the day has no room for this run: 2 of 2 runs used or held' }]);
    expect([factsOf(seen, 'attempt-started'), seeForge(scene.forge).branches]).toEqual([[], []]);
    expect(value(await ledger.read(ALL)).rows.find((one) => one.run === ended.trail.run)).toMatchObject({ state: 'waiting', reserved: { cost: 0, minutes: 0 }, spent: { minutes: 0 } });
  });

  it('waits when too many runs failed lately, and says which', async () => {
    await fill(...['bad00001', 'bad00002'].map((one) => earlier(one, { state: 'ended', outcome: 'exhausted', code: 'attempts' })));
    const ended = await run();
    expect(ended.rest.kind).toBe('waiting');
    expect(JSON.stringify(factsOf(seeRun(scene.out), 'human-asked')[0]?.why)).toContain('bad00002 attempts');
  });

  it('declines with the next step when the ledger cannot be written, and gives the ticket back', async () => {
    const fault: Fault = { code: 'forbidden', side: 'setup', retryable: false, source: 'test', message: 'The token may only read.' };
    const ended = await run({ ...ledger, book: () => Promise.resolve(err(fault)) });
    expect(ended.rest.state).toMatchObject({ kind: 'declined', decline: { code: 'ledger-away', words: expect.stringContaining('contents: write') } });
    expect(seeForge(scene.forge).liveClaims).toBe(0);
  });

  it('delivers also when the end cannot be written, says so, and the reservation stands until it expires', async () => {
    const fault: Fault = { code: 'unreachable', side: 'theirs', retryable: true, source: 'test', message: 'The remote does not answer.' };
    const ended = await run({ ...ledger, keep: () => Promise.resolve(err(fault)) });
    expect(ended.rest.state.kind).toBe('delivered');
    expect(await ended.ports.evidence.readText('warnings.txt')).toContain('The ledger does not have the end of this run');
    expect(value(await ledger.read(ALL)).rows.find((one) => one.run === ended.trail.run)).toMatchObject({ state: 'running', reserved: { cost: 5_000_000 } });
  });
});
