import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../src/domain/digest.js';
import type { RunPorts } from '../../src/flow/run-ports.js';
import { err, ok } from '../../src/kit/result.js';
import { startRun } from './in-process.js';
import { factsOf, makeScene, MENDING_AGENT, seeRun } from './rig.js';

/** What a run does with the program that its agent names: it is recorded before the agent begins, or nothing begins. */
const named = (identify: NonNullable<RunPorts['agent']['identify']>) => (ports: RunPorts): RunPorts => ({ ...ports, agent: { ...ports.agent, identify } });

describe('the program of an agent', () => {
  it('is in the trail of each attempt', async () => {
    const at = makeScene({ agent: MENDING_AGENT });
    try {
      const program = { version: '2.1.329', digest: digestOf('program'), origin: 'installed' } as const;
      await startRun(at, { wrap: named(() => Promise.resolve(ok(program))) });
      const starts = factsOf(seeRun(at.out), 'attempt-started');
      expect(starts.length).toBeGreaterThan(0);
      for (const start of starts) expect(start.program).toEqual(program);
    } finally {
      at.close();
    }
  });

  it('that is not what was pinned lets no attempt begin, and the run says why', async () => {
    const at = makeScene({ agent: MENDING_AGENT });
    try {
      await startRun(at, { wrap: named(() => Promise.resolve(err({ code: 'conflict', side: 'setup', retryable: false, source: 'agent/supply', message: 'The tool cache was changed.' }))) });
      const run = seeRun(at.out);
      expect(factsOf(run, 'attempt-started')).toEqual([]);
      expect(factsOf(run, 'faulted')).toMatchObject([{ fault: { message: 'The tool cache was changed.' } }]);
    } finally {
      at.close();
    }
  });
});
