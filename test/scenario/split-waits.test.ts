import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { factsOf, heddle, makeScene, seeForge, seeRun, type Scene } from './rig.js';
import { Split } from './split-rig.js';

/** The split through the store: deliver waits with finished work, its machine is gone, and `heddle resume` of another one goes on. */
describe('a run of four jobs that waits with its work done', () => {
  let place: Scene;
  let run: string;
  beforeAll(async () => {
    place = makeScene({ config: { gates: { hold: ['total.mjs'] } } });
    const split = new Split(place);
    const plan = await split.admit();
    const worked = await split.work(plan);
    await split.verify(plan, worked);
    const delivered = await split.deliver(plan, worked);
    expect([delivered.ending.code, delivered.json['outcome'], delivered.ending.stderr]).toEqual([4, 'waiting', expect.any(String)]);
    ({ run } = seeRun(delivered.out));
    // Of all four machines nothing is left: no plan, no bundle, no run folder.
    for (const job of [plan, worked, delivered]) rmSync(join(job.out, '..'), { recursive: true });
    expect([seeForge(place.forge).changes, seeForge(place.forge).liveClaims > 0]).toEqual([[], true]);
  }, 360_000);
  afterAll(() => { place.close(); });

  const resume = async (out: string, answer: string) => heddle(place, ['resume', run, '--forge', 'local', '--forge-dir', place.forge, '--repo', 'repo', '--out', out, '--json', '--answer', answer]);

  it('is delivered by `heddle resume RUN` with an answer, once, as deliver would have done', async () => {
    const ended = await resume('later', 'allow');
    expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
    const seen = seeRun(join(place.root, 'later'));
    expect([seen.run, seen.damage, factsOf(seen, 'human-answered').map((fact) => fact.answer)]).toEqual([run, undefined, ['allow']]);
    // Nothing is worked or proven again: that was another job's, and it stands as data.
    expect(['attempt-started', 'check-started'].map((type) => seen.facts.filter((fact) => fact.type === type).length)).toEqual([0, 0]);
    expect(factsOf(seen, 'delivered')[0]?.tree).toBe(factsOf(seen, 'bundle-received')[0]?.candidate.tree);
    expect([seeForge(place.forge).branches.length, seeForge(place.forge).changes.length]).toEqual([1, 1]);
    const again = await resume('again', 'allow');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining(`No run ${run} waits`)]);
    expect(seeForge(place.forge).changes).toHaveLength(1);
  }, 360_000);
});
