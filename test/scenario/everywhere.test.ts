import { afterAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resumeRun, startRun } from './in-process.js';
import { PLACES, placeOf, type Place, type PlaceId, type SeenChange, type TicketText } from './places.js';
import { factsOf, makeScene, MENDING_AGENT, QUICK_AGENT, seeRun, type Scene, type SceneOptions, type SeenRun } from './rig.js';
import { Golden, normalised, verdictLines } from './verdict-picture.js';

/**
 * One test for every place: the same ticket, repository and agent, at the keyboard and at each service. The tree, the verdict, the
 * facts and the words are the same; what differs is written down in test/golden/everywhere.txt, and nothing else may.
 */
const WALL_MS = 360_000;
const SERVICES = PLACES.filter((id) => id !== 'local');
const golden = new Golden('everywhere');
afterAll(() => { golden.write(); });

const TICKET: TicketText = {
  title: 'The total of a basket is wrong',
  body: `## What happens

Calling \`total([1, 2])\` in \`total.mjs\` answers -1.

## Steps to reproduce

1. Import \`total\` from \`total.mjs\`.
2. Call \`total([1, 2])\`.

## Expected

It answers 3. Only \`total.mjs\` has to change; nothing else is in scope.

## Acceptance criteria

- [ ] \`total([1, 2])\` is 3
`,
};

interface Played { readonly place: PlaceId; readonly end: string; readonly seen: SeenRun; readonly changes: readonly SeenChange[]; readonly comments: readonly string[]; readonly packet: string }

/** Plays at one place; what the service's own description does not know of is a failure everywhere. */
async function play(id: PlaceId, options: SceneOptions, run: (place: Place, scene: Scene) => Promise<string>): Promise<Played> {
  const scene = makeScene(options);
  const place = await placeOf(id, scene, TICKET);
  try {
    const end = await run(place, scene);
    expect(place.problems()).toEqual([]);
    const seen = seeRun(scene.out);
    const packet = seen.facts.some((fact) => fact.type === 'packet-sealed') ? readFileSync(join(scene.out, 'packet.md'), 'utf8') : '';
    return { place: id, end, seen, changes: await place.changes(), comments: place.comments(), packet: inGeneral(packet, scene) };
  } finally {
    await place.close();
    scene.close();
  }
}

/** Without what names the place, the moment or the run. */
function inGeneral(text: string, scene: Scene): string {
  return normalised(text, scene.root).replace(/https?:\/\/127\.0\.0\.1:\d+/g, '<site>').replace(/\d+(?:\.\d+)? (?:ms|s)\b/g, '<time>').replace(/\b[0-9a-f]{7,64}\b/g, '<object>');
}

const rested = async (place: Place, scene: Scene): Promise<string> => (await startRun(scene, place.asked)).rest.state.kind;
const kinds = ({ seen }: Played): string => seen.facts.map((fact) => fact.type).join('\n');

/** The lines that only one of two texts has. */
function differing(one: string, other: string): readonly string[] {
  const [left, right] = [one.split('\n'), other.split('\n')];
  return [...left.filter((line) => !right.includes(line)).map((line) => `- ${line}`), ...right.filter((line) => !left.includes(line)).map((line) => `+ ${line}`)];
}

describe('the same ticket at every place', () => {
  it('delivers the same tree with the same verdict and facts, and packets that differ in their idiom alone', async () => {
    const local = await play('local', { agent: MENDING_AGENT }, rested);
    expect([local.end, local.changes.length]).toEqual(['delivered', 1]);
    for (const id of SERVICES) {
      const there = await play(id, { agent: MENDING_AGENT }, rested);
      expect({ id, end: there.end }).toEqual({ id, end: 'delivered' });
      expect({ id, trees: there.changes.map(({ tree }) => tree), verdict: verdictLines(there.seen) }).toEqual({ id, trees: local.changes.map(({ tree }) => tree), verdict: verdictLines(local.seen) });
      expect({ id, drafts: there.changes.map(({ draft, labels }) => ({ draft, labels: [...labels].sort() })) }).toEqual({ id, drafts: local.changes.map(({ draft, labels }) => ({ draft, labels: [...labels].sort() })) });
      expect([id, there.comments.length]).toEqual([id, 1]);
      const facts = differing(kinds(local), kinds(there)).map((line) => `fact ${line}`);
      const words = [...facts, `title: ${there.changes[0]?.title ?? ''}`, ...differing(local.packet, there.packet)].join('\n');
      expect([id, words]).toEqual([id, golden.expected(id, words)]);
    }
  }, WALL_MS);

  it.each(SERVICES)('turns away who may only read, at %s, and says so once', async (id) => {
    const there = await play(id, { agent: QUICK_AGENT }, async (place, scene) => (await startRun(scene, place.askedByReader)).rest.state.kind);
    expect({ end: there.end, code: factsOf(there.seen, 'declined')[0]?.code, changes: there.changes }).toEqual({ end: 'declined', code: 'actor-may-not-write', changes: [] });
    expect(there.comments).toEqual([expect.stringContaining('has no write permission in this repository')]);
    expect(factsOf(there.seen, 'attempt-started')).toEqual([]);
  }, WALL_MS);

  it.each(PLACES)('holds at %s, and goes on in another job when a person has said yes', async (id) => {
    let tree = '';
    const there = await play(id, { agent: QUICK_AGENT, config: { gates: { hold: ['total.mjs'] } } }, async (place, scene) => {
      const { rest } = await startRun(scene, place.asked);
      if (rest.state.kind !== 'waiting') return `not held: ${rest.state.kind}`;
      tree = rest.state.candidate.tree;
      expect(await place.changes()).toEqual([]);
      if (id !== 'local') expect(place.comments()).toEqual([expect.stringContaining('waits for a person')]);
      return (await resumeRun(scene, { ...place.again, before: { type: 'human-answered', answer: 'allow', by: { login: 'mila', id: 'mila', kind: 'human' } } })).rest.state.kind;
    });
    expect({ end: there.end, trees: there.changes.map((change) => change.tree) }).toEqual({ end: 'delivered', trees: [tree] });
  }, WALL_MS);

  it.each(SERVICES)('opens one change although %s answers 500 to the first try', async (id) => {
    const there = await play(id, { agent: QUICK_AGENT }, async (place, scene) => {
      place.stumble();
      return rested(place, scene);
    });
    expect({ end: there.end, changes: there.changes.length, comments: there.comments.length }).toEqual({ end: 'delivered', changes: 1, comments: 1 });
  }, WALL_MS);

  it.each(PLACES)('keeps the work of an agent that breaks the checks, and opens nothing, at %s', async (id) => {
    const breaks = ['sh', '-c', 'sed "s/sum [-*] price/sum * price/" total.mjs > new && cat new > total.mjs && rm new && echo done'];
    const there = await play(id, { agent: breaks }, rested);
    expect({ end: there.end, changes: there.changes, sessions: factsOf(there.seen, 'attempt-started').length > 1 }).toEqual({ end: 'exhausted', changes: [], sessions: true });
    expect(there.comments.length).toBe(1);
  }, WALL_MS);
});
