import { describe, expect, it } from '@jest/globals';
import { Digest } from '../../src/domain/ids.js';
import { settledRow } from '../../src/flow/ledger/settle.js';
import { fold } from '../../src/flow/evolve.js';
import type { RunEvent } from '../../src/flow/event.js';
import { chainLine, verifyChain } from '../../src/ledger/chain.js';
import { ledgerLines, readLedgerLines, type LedgerLines } from '../../src/ledger/ledger-entry.js';
import { at, row } from '../contract/ledger-contract.js';
import { deliveredAfterOneRepair } from '../fixtures/run-events.js';

const events = deliveredAfterOneRepair({ title: 'FOREIGN-title', body: 'FOREIGN-body', criterion: 'FOREIGN-criterion', summary: 'FOREIGN-summary', finding: 'FOREIGN-finding' });
const hashes = (of: readonly RunEvent[]): readonly Digest[] => of.map((event) => chainLine(event).hash);

function linesOf(of: readonly RunEvent[]): LedgerLines {
  const lines = ledgerLines(of, hashes(of));
  if (lines === undefined) throw new Error('a trail without events');
  return lines;
}

describe('the lines of a run in the ledger', () => {
  it('are a chain of their own, one for each line of the trail, with its hash', () => {
    const lines = linesOf(events);
    expect(verifyChain(lines.bytes, lines.head)).toMatchObject({ ok: true, value: { events: events.length, head: lines.head } });
    expect(readLedgerLines(lines.bytes).map((entry) => ('event' in entry ? entry.event : entry.problem))).toEqual(hashes(events));
  });

  it('have no contents, and still the story', () => {
    const text = linesOf(events).bytes.toString('utf8');
    expect(text).not.toContain('FOREIGN');
    for (const type of new Set(events.map((event) => event.fact.type))) expect(text).toContain(`"type":"${type}"`);
    expect(text).toContain('"rule":"admission"');
  });

  it('only grow when the run goes on', () => {
    const [some, all] = [linesOf(events.slice(0, 7)).bytes.toString(), linesOf(events).bytes.toString()];
    expect(all.startsWith(some)).toBe(true);
  });

  it('are found to be changed when one byte is', () => {
    const { bytes, head } = linesOf(events);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
    expect(verifyChain(bytes, head).ok).toBe(false);
  });
});

describe('the row that a run leaves', () => {
  const upTo = (of: readonly RunEvent[]): Parameters<typeof settledRow>[0] => {
    const state = fold(of);
    if (!state.ok) throw new Error(state.error.problem);
    return { events: of, state: state.value };
  };
  const before = row('aaaaaaaa01', { scope: ['src/total.ts'], owners: ['@acme/pay'] });

  it('says what a delivered run took, and holds nothing more', () => {
    const settled = settledRow(upTo(events), { row: before, now: at(60 * 24 * 400), lines: linesOf(events) });
    const cost = events.reduce((sum, { fact }) => sum + (fact.type === 'agent-reported' ? fact.usage.cost : 0), 0);
    expect(cost).toBeGreaterThan(0);
    expect(settled).toMatchObject({ state: 'ended', outcome: 'delivered', reserved: { cost: 0, tokens: 0, minutes: 0 }, spent: { cost }, scope: ['src/total.ts'], owners: ['@acme/pay'], head: linesOf(events).head });
    expect(settled.change?.number).toBeGreaterThan(0);
    expect(settled.spent.minutes).toBeGreaterThan(0);
  });

  it('goes on holding what it held when the run was interrupted, and knows what was spent', () => {
    const cut = events.slice(0, events.findIndex(({ fact }) => fact.type === 'agent-reported') + 1);
    const settled = settledRow(upTo(cut), { row: before, now: at(60 * 24 * 400), lines: linesOf(cut) });
    expect(settled).toMatchObject({ state: 'running', reserved: before.reserved, expiresAt: before.expiresAt });
    expect(settled.spent.cost).toBeGreaterThan(0);
  });

  it('holds nothing and took nothing when the run was never admitted', () => {
    const [first] = events;
    if (first === undefined) throw new Error('no events');
    const declined: RunEvent = { ...first, sequence: 1, previous: chainLine(first).hash, fact: { type: 'declined', code: 'ticket-closed', words: 'FOREIGN-words', verdict: { effect: 'deny', tree: { rule: 'admission', effect: 'deny', words: 'not admitted' } } } };
    const settled = settledRow(upTo([first, declined]), { row: before, now: at(1), lines: linesOf([first, declined]) });
    expect(settled).toMatchObject({ state: 'ended', outcome: 'declined', code: 'ticket-closed', reserved: { minutes: 0 }, spent: { cost: 0, tokens: 0, minutes: 0 } });
    expect(linesOf([first, declined]).bytes.toString()).not.toContain('FOREIGN');
  });
});
