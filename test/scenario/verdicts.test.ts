import { afterAll, describe, expect, it } from '@jest/globals';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRun } from './in-process.js';
import { factsOf, heddle, makeScene, put, seeForge, seeRun, type Scene } from './rig.js';
import { Golden, normalised, UPDATE, verdictLines } from './verdict-picture.js';
import { CASES, PLANTED, settings, shopScene } from './verdict-shop.js';

/** Every gate of issue 5 in a whole run on a small shop, with the local forge and `on_hold: ask`. */
const WALL_MS = 240_000;
const golden = new Golden('verdicts-asked');
/** All runs of this file, for `simulate`. */
const runs = mkdtempSync(join(tmpdir(), 'heddle-verdicts-'));
const scenes: Scene[] = [];
afterAll(() => {
  golden.write();
  for (const scene of scenes) scene.close();
  rmSync(runs, { recursive: true, force: true });
});

interface LocalChange { readonly number: number; readonly labels?: readonly string[]; readonly draft?: boolean }
interface LocalCheck { readonly name: string; readonly conclusion: string; readonly title: string; readonly summary: string }

/** A change of the local forge as a person finds it: a file, and its checks beside it. */
function seenChange(scene: Scene, change: LocalChange): readonly string[] {
  const { checks } = JSON.parse(readFileSync(join(scene.forge, 'changes', `${change.number}.checks.json`), 'utf8')) as { readonly checks: readonly LocalCheck[] };
  return [
    `change: ${change.draft === true ? 'draft' : 'open for review'}; labels ${(change.labels ?? []).join(', ')}`,
    ...checks.filter(({ name }) => name === 'Heddle gates').map((check) => `check ${check.name}: ${check.conclusion}; ${check.title}`),
  ];
}

function picture(scene: Scene): string {
  const seen = seeRun(scene.out);
  const question = factsOf(seen, 'human-asked').map((fact) => `question: ${fact.question}`);
  const changes = (seeForge(scene.forge).changes as readonly LocalChange[]).flatMap((change) => seenChange(scene, change));
  return normalised([...verdictLines(seen), ...question, ...changes].join('\n'), scene.root);
}

describe('verdicts, asked about at the local forge', () => {
  it('each has its words written down, and none is left over', () => {
    if (!UPDATE) expect([...golden.read().keys()]).toEqual(CASES.map((one) => one.name));
  });

  it.each(CASES)('$name', async (one) => {
    const scene = shopScene(one, 'ask');
    scenes.push(scene);
    const { rest } = await startRun(scene);
    const seen = seeRun(scene.out);
    const words = picture(scene);
    expect({ state: rest.state.kind, words }).toEqual({ state: one.asked, words: golden.expected(one.name, words) });
    expect(JSON.stringify(seen.facts)).not.toContain(PLANTED);
    expect(seeForge(scene.forge).changes).toHaveLength(one.asked === 'delivered' ? 1 : 0);
    const explained = await heddle(scene, ['policy', 'explain', 'out']);
    expect(explained.stdout).toContain(`decided by ${one.decidedBy}`);
    cpSync(scene.out, join(runs, one.name.replaceAll(' ', '-')), { recursive: true });
  }, WALL_MS);

  it('simulate says what a stricter rule would have done to these runs', async () => {
    const scene = makeScene({ config: settings('ask') });
    scenes.push(scene);
    const now = JSON.parse(readFileSync(join(scene.repo, '.heddle.yml'), 'utf8')) as object;
    put(join(scene.repo, '.heddle.yml'), JSON.stringify({ ...now, policy: (settings('ask', [{ id: 'freeze', match: { paths: ['docs/**'] }, effect: 'deny', message: 'the docs are frozen' }]))['policy'] }));
    const ending = await heddle(scene, ['policy', 'simulate', '--repo', 'repo', '--runs', runs, '--json']);
    const answer = JSON.parse(ending.stdout) as { readonly rows: readonly { readonly before: { readonly effect: string }; readonly after: { readonly effect: string; readonly by: string }; readonly changed: boolean }[]; readonly stricter: number };
    expect(answer.rows).toHaveLength(CASES.length);
    expect(answer.rows.filter(({ changed }) => changed).map(({ before, after }) => [before.effect, after.effect, after.by])).toEqual([['allow', 'deny', 'policy/freeze']]);
    expect(answer.stricter).toBe(1);
  }, WALL_MS);
});
