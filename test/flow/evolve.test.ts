import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RunEvent, RunFact } from '../../src/flow/event.js';
import { evolve, fold } from '../../src/flow/evolve.js';
import { isTerminal } from '../../src/flow/state.js';
import { declinedRun, deliveredAfterOneRepair, exhaustedRun, faultedRun, waitingRun } from '../fixtures/run-events.js';

const ROADS: Record<string, RunEvent[]> = {
  delivered: deliveredAfterOneRepair(), declined: declinedRun(), exhausted: exhaustedRun(), faulted: faultedRun(), waiting: waitingRun(),
};
const EVERY_FACT: readonly RunFact[] = Object.values(ROADS).flat().map((event) => event.fact);

describe('fold', () => {
  for (const [name, events] of Object.entries(ROADS)) {
    it(`ends a ${name} road as ${name}`, () => {
      expect(fold(events)).toMatchObject({ ok: true, value: { kind: name } });
    });
  }

  it('is deterministic: folding again, or in two parts, gives the same state', () => {
    fc.assert(fc.property(fc.constantFrom(...Object.values(ROADS)), fc.nat(60), (events, cut) => {
      const whole = fold(events);
      const head = fold(events.slice(0, cut));
      if (!head.ok || !whole.ok) return false;
      let state = head.value;
      for (const event of events.slice(cut)) {
        const next = evolve(state, event.fact);
        if (!next.ok) return false;
        state = next.value;
      }
      return JSON.stringify(state) === JSON.stringify(whole.value);
    }));
  });

  it('lets no event leave a terminal state', () => {
    for (const events of Object.values(ROADS)) {
      const end = fold(events);
      if (!end.ok || !isTerminal(end.value)) continue;
      for (const fact of EVERY_FACT) expect(evolve(end.value, fact).ok).toBe(false);
    }
  });

  it('never throws and never reaches delivered without passing sealed, whatever list of facts it is given', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...EVERY_FACT), { maxLength: 40 }), (facts) => {
      let state: Parameters<typeof evolve>[0] = { kind: 'new' };
      let sealed = false;
      for (const fact of facts) {
        const next = evolve(state, fact);
        if (!next.ok) continue;
        state = next.value;
        if (state.kind === 'sealed') sealed = true;
        if (state.kind === 'delivered' && !sealed) return false;
      }
      return true;
    }), { numRuns: 500 });
  });

  it('refuses a delivery of another tree than the sealed one', () => {
    const events = deliveredAfterOneRepair();
    const delivered = events.at(-1);
    const before = fold(events.slice(0, -1));
    if (!before.ok || delivered?.fact.type !== 'delivered') throw new Error('the fixture is delivered');
    const other = { ...delivered.fact, tree: 'f'.repeat(40) as typeof delivered.fact.tree };
    expect(evolve(before.value, other)).toEqual({ ok: false, error: 'delivered cannot follow in state sealed' });
  });

  it('names the first event that cannot stand where it does', () => {
    const events = deliveredAfterOneRepair();
    const [first, , ...rest] = events;
    if (first === undefined) throw new Error('the fixture has events');
    const result = fold([first, ...rest]);
    expect(result).toMatchObject({ ok: false, error: { sequence: rest[0]?.sequence } });
  });
});
