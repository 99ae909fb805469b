import { describe, expect, it } from '@jest/globals';
import { fold } from '../../src/flow/evolve.js';
import { declinedRun, deliveredAfterOneRepair, exhaustedRun, faultedRun, waitingRun } from '../fixtures/run-events.js';

describe('the event lists of the fixtures', () => {
  it.each([
    ['delivered', deliveredAfterOneRepair()], ['declined', declinedRun()], ['exhausted', exhaustedRun()], ['faulted', faultedRun()], ['waiting', waitingRun()],
  ])('are legal trails that end as %s', (kind, events) => {
    const state = fold(events);
    expect(state.ok ? state.value.kind : state.error).toBe(kind);
  });
});
