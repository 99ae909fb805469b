import { describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { factsOf, fileIn, heddle, makeScene, MENDING_AGENT, runTicket, seeComments, seeForge, seeRun, type Ending, type Scene } from './rig.js';

/**
 * kill -9 at every event of a run with one repair: after the line is durable, and between an effect and its line. Whatever
 * the moment, `heddle resume` ends the run as delivered: one branch, one change, one comment, and nothing paid for twice.
 */
const RUNNER = fileURLToPath(new URL('fixtures/kill-run.mjs', import.meta.url));
const WALL_MS = 360_000;
/** The events of such a run; a test below says when this has changed. */
const EVENTS = [
  'requested', 'admitted', 'briefed', 'check-started', 'check-finished', 'findings-collected',
  'attempt-started', 'agent-reported', 'candidate-captured', 'check-started', 'check-finished', 'findings-collected', 'gate-evaluated', 'repair-planned',
  'attempt-started', 'agent-reported', 'candidate-captured', 'check-started', 'check-finished', 'findings-collected', 'gate-evaluated',
  'surroundings-seen', 'packet-sealed', 'delivered',
] as const;
type When = 'before' | 'after';

const scene = (): Scene => makeScene({ agent: MENDING_AGENT });
const kill = (at: Scene, n: number, when: When): Promise<Ending> => heddle(at, [String(n), when, at.root], RUNNER);
const ONCE = EVENTS.flatMap((event, index) => (['before', 'after'] as const).map((when) => ({ n: index + 1, event, when, machine: 'the same machine' })));
/** Where the scratch folder is what a new machine lacks: nothing but the run folder and the repository goes along. */
const ELSEWHERE = ONCE.filter(({ event, when }) => when === 'after' && ['admitted', 'findings-collected', 'attempt-started', 'agent-reported', 'candidate-captured', 'repair-planned', 'packet-sealed'].includes(event))
  .map((moment) => ({ ...moment, machine: 'another machine' }));
const MOMENTS = [...ONCE, ...ELSEWHERE];

describe('kill -9, then resume', () => {
  it('the run that is killed below is the run of the product', async () => {
    const whole = scene();
    try {
      expect((await runTicket(whole)).code).toBe(0);
      expect(seeRun(whole.out).facts.map((fact) => fact.type)).toEqual(EVENTS);
      whole.close();
      const composed = scene();
      expect((await kill(composed, EVENTS.length + 1, 'after')).code).toBe(0);
      expect(seeRun(composed.out).facts.map((fact) => fact.type)).toEqual(EVENTS);
      composed.close();
    } finally {
      whole.close();
    }
  }, WALL_MS);

  it.concurrent.each(MOMENTS)('$when event $n ($event), then on $machine', async ({ n, event, when, machine }) => {
    const at = scene();
    try {
      const killed = await kill(at, n, when);
      expect({ signal: killed.signal, stderr: killed.stderr }).toEqual({ signal: 'SIGKILL', stderr: killed.stderr });
      if (machine === 'another machine') rmSync(join(at.root, 'tmp'), { recursive: true });
      mkdirSync(join(at.root, 'tmp'), { recursive: true });
      if (event === 'agent-reported' && when === 'after' && machine === 'another machine') {
        await lostFolder(at);
        return;
      }
      const ending = await (n === 1 && when === 'before' ? runTicket(at) : heddle(at, ['resume', 'out', '--json']));
      expect({ code: ending.code, stderr: ending.stderr }).toEqual({ code: 0, stderr: ending.stderr });
      const run = seeRun(at.out);
      expect({ damage: run.damage, outcome: run.outcome, last: run.facts.at(-1)?.type }).toEqual({ damage: undefined, outcome: 'delivered', last: 'delivered' });
      const forge = seeForge(at.forge);
      expect({ branches: forge.branches.length, changes: forge.changes.length, claims: forge.liveClaims, comments: seeComments(at.out).length }).toEqual({ branches: 1, changes: 1, claims: 0, comments: 1 });
      expect(fileIn(at.forge, forge.branches[0] ?? '', 'total.mjs')).toContain('sum + price');
      // A session that was cut off before it did anything is made up for; one that had ended is never bought again.
      const lost = event === 'attempt-started' && when === 'after' ? 1 : 0;
      expect(factsOf(run, 'attempt-started')).toHaveLength(2 + lost);
      const captured = factsOf(run, 'candidate-captured').flatMap((fact) => (fact.outcome.kind === 'captured' ? [fact.outcome.candidate] : []));
      expect(new Set(captured.map((candidate) => candidate.tree)).size).toBe(2);
      expect(captured.map(({ attempt }) => existsSync(join(at.out, 'attempts', `${attempt}.patch`)))).toEqual(captured.map(() => true));
      expect(existsSync(join(at.out, 'bundle', 'change.bundle'))).toBe(true);
    } finally {
      at.close();
    }
  }, WALL_MS);
});

/** The agent has ended and nothing was captured when the machine went away: its work is gone, and the run says so. */
async function lostFolder(at: Scene): Promise<void> {
  const best = existsSync(join(at.out, 'attempts', '1.patch'));
  const ending = await heddle(at, ['resume', 'out', '--json']);
  expect({ code: ending.code, stderr: ending.stderr }).toEqual({ code: 1, stderr: ending.stderr });
  const run = seeRun(at.out);
  expect(factsOf(run, 'faulted')[0]).toMatchObject({ during: 'capture', ...(best ? { best: { attempt: 1 } } : {}) });
  expect({ kept: existsSync(join(at.out, 'change.patch')), damage: run.damage, forge: seeForge(at.forge) }).toEqual({ kept: best, damage: undefined, forge: { branches: [], changes: [], liveClaims: 0 } });
}
