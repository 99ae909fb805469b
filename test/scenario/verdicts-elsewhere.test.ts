import { afterAll, describe, expect, it } from '@jest/globals';
import { startRun } from './in-process.js';
import { placeOf } from './places.js';
import { factsOf, seeRun } from './rig.js';
import { Golden, normalised, verdictLines } from './verdict-picture.js';
import { CASES, PLANTED, shopScene } from './verdict-shop.js';

/**
 * Verdicts that are proposed at GitHub (verdicts-github.test.ts), at the other forges: the verdict is word for word the same, and
 * each place shows it in its own way. Every kind of consequence once; all nine cases differ in nothing that a forge sees.
 */
const WALL_MS = 360_000;
const NAMES = ['a skipped test', 'a planted secret', 'an uncovered new branch', 'a clean change of the docs', 'a critical service'];
const atGithub = new Golden('verdicts-proposed').read();

describe.each(['gitlab', 'gitea'] as const)('verdicts, proposed at %s', (id) => {
  const golden = new Golden(`verdicts-at-${id}`);
  afterAll(() => { golden.write(); });

  it.each(CASES.filter(({ name }) => NAMES.includes(name)))('$name', async (one) => {
    const scene = shopScene(one, 'propose');
    const place = await placeOf(id, scene, { title: one.name, body: 'At the keyboard.' });
    try {
      const { rest } = await startRun(scene, place.delivering);
      const seen = seeRun(scene.out);
      const verdict = normalised(verdictLines(seen).join('\n'), scene.root);
      expect({ state: rest.state.kind, verdict }).toEqual({ state: one.proposed, verdict: atGithub.get(one.name)?.slice(0, verdict.length) });
      const warnings = factsOf(seen, 'delivered').flatMap((fact) => fact.warnings.map((warning) => `warning: ${warning}`));
      const words = normalised([...place.seen(), ...warnings].join('\n'), scene.root).replace(/<run>-[0-9a-f]{12}/g, '<run>').replace(/https?:\/\/127\.0\.0\.1:\d+/g, '<site>');
      expect(words).toBe(golden.expected(one.name, words));
      expect(JSON.stringify([seen.facts, await place.changes(), place.comments()])).not.toContain(PLANTED);
      expect(place.problems()).toEqual([]);
    } finally {
      await place.close();
      scene.close();
    }
  }, WALL_MS);
});
