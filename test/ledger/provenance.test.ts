import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../src/domain/digest.js';
import type { RunEvent } from '../../src/flow/event.js';
import { RunEvent as Event } from '../../src/flow/event.js';
import { provenanceOf } from '../../src/ledger/export/provenance.js';
import { deliveredAfterOneRepair } from '../fixtures/run-events.js';

const by = { head: digestOf('head'), heddle: '0.1.0', builder: 'https://builder.example' };
const programs = (events: readonly RunEvent[]): readonly unknown[] => (provenanceOf(events, by)?.predicate.buildDefinition.resolvedDependencies ?? []).slice(4);

/** The attempts of a trail with the programs that ran, in their order. */
function withPrograms(...found: readonly { readonly version: string; readonly origin: 'installed' | 'found' }[]): RunEvent[] {
  const left = [...found];
  return deliveredAfterOneRepair().map((event) => {
    const program = event.fact.type === 'attempt-started' ? left.shift() : undefined;
    return program === undefined ? event : Event.parse({ ...event, fact: { ...event.fact, program: { ...program, digest: digestOf(program.version) } } });
  });
}

describe('the provenance of a change', () => {
  it('names each program that wrote on it once, with its digest', () => {
    expect(programs(deliveredAfterOneRepair())).toEqual([]);
    const one = { version: '2.1.329', origin: 'installed' } as const;
    expect(programs(withPrograms(one, one))).toEqual([{ name: 'builtin 2.1.329 (installed)', digest: { sha256: digestOf('2.1.329').slice('sha256:'.length) } }]);
    expect(programs(withPrograms(one, { version: '2.1.300', origin: 'found' }))).toHaveLength(2);
  });
});
