import { afterEach, describe, expect, it } from '@jest/globals';
import { factsOf, fileIn, makeScene, seeForge, seeRun, type Scene, type SceneOptions } from './rig.js';
import { Split } from './split-rig.js';

const open: Scene[] = [];
afterEach(() => { for (const scene of open.splice(0)) scene.close(); });

function scene(options?: SceneOptions): Scene {
  const made = makeScene(options);
  open.push(made);
  return made;
}

describe('four processes with four environments', () => {
  it('bring a ticket to a change: the same chain, the tree of the work, a commit of deliver\'s own', async () => {
    const place = scene();
    const split = new Split(place);
    const admitted = await split.admit();
    expect([admitted.ending.code, admitted.json['outcome']]).toEqual([0, 'admitted']);
    const worked = await split.work(admitted);
    expect([worked.ending.code, worked.json['outcome'], worked.ending.stderr]).toEqual([0, 'worked', expect.any(String)]);
    const verified = await split.verify(admitted, worked);
    expect([verified.ending.code, verified.json['outcome'], verified.ending.stderr]).toEqual([0, 'verified', expect.any(String)]);
    const delivered = await split.deliver(admitted, worked);
    expect([delivered.ending.code, delivered.json['outcome'], delivered.ending.stderr]).toEqual([0, 'delivered', expect.any(String)]);
    const seen = seeRun(delivered.out);
    expect(seen.damage).toBeUndefined();
    expect(seen.facts.map((fact) => fact.type)).toEqual(['requested', 'admitted', 'briefed', 'bundle-received', 'verification-confirmed', 'gate-evaluated', 'packet-sealed', 'delivered']);
    const forge = seeForge(place.forge);
    expect([forge.branches.length, forge.changes.length]).toEqual([1, 1]);
    expect(fileIn(place.forge, forge.branches[0] ?? '', 'total.mjs')).toContain('sum + price');
    expect(factsOf(seeRun(worked.out), 'packet-sealed')[0]?.tree).toBe(factsOf(seen, 'delivered')[0]?.tree);
  }, 60_000);
});
