import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../adapters/workspace-git-fixture.js';
import { loadConfiguration } from '../../src/config/load.js';
import { Instant } from '../../src/domain/ids.js';
import { startRun } from './in-process.js';
import { factsOf, heddle, makeScene, runTicket, seeComments, seeForge, seeRun, put, type Ending, type Scene, type SceneOptions } from './rig.js';

/** A run that waits, through the compiled program: each job a process of its own, on a machine that has nothing but the remote and the forge. */
const WALL_MS = 360_000;
const HOLD = { gates: { hold: ['total.mjs'] } };

let open: Scene[] = [];
afterEach(() => {
  for (const scene of open) scene.close();
  open = [];
});

function scene(options: SceneOptions = {}): Scene {
  const made = makeScene({ ...options, config: { ...HOLD, ...options.config } });
  open.push(made);
  return made;
}

/** A fresh machine: a clone, the ticket, a home and a temporary folder of its own. The forge is the only thing that it shares. */
function machine(place: Scene, name: string): Scene {
  const root = join(place.root, name);
  for (const folder of ['home', 'tmp']) mkdirSync(join(root, folder), { recursive: true });
  git(root, 'clone', '-q', place.repo, join(root, 'repo'));
  put(join(root, 'ticket.md'), readFileSync(join(place.root, 'ticket.md'), 'utf8'));
  return { ...place, root, repo: join(root, 'repo'), out: join(root, 'out'), env: { ...place.env, HOME: join(root, 'home'), TMPDIR: join(root, 'tmp') } };
}

const atForge = (place: Scene): string[] => ['--forge', 'local', '--forge-dir', place.forge, '--repo', 'repo', '--out', 'out', '--json'];
const again = async (at: Scene, ...more: readonly string[]): Promise<Ending> => heddle(at, ['run', 'ticket.md', ...atForge(at), ...more]);
const resume = async (at: Scene, run: string, ...more: readonly string[]): Promise<Ending> => heddle(at, ['resume', run, ...atForge(at), ...more]);

/** What is kept at the forge for a later job. */
function kept(place: Scene): string[] {
  const folder = join(place.forge, 'waiting');
  return readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)).map((file) => join(folder, name, file))).filter((file) => (JSON.parse(readFileSync(file, 'utf8')) as { kind: string }).kind === 'kept');
}

/** The machine that asked is gone. */
function forget(place: Scene): void {
  rmSync(place.out, { recursive: true });
  rmSync(join(place.root, 'tmp'), { recursive: true });
}

async function waits(options: SceneOptions = {}): Promise<{ place: Scene; run: string }> {
  const place = scene(options);
  const ending = await runTicket(place);
  expect([ending.code, ending.stderr]).toEqual([4, expect.stringContaining('waiting:')]);
  return { place, run: seeRun(place.out).run };
}

describe('a gate holds the change, and the machine is gone', () => {
  it('says who must do what until when, keeps the ticket, and is answered days later on a fresh machine', async () => {
    const { place, run } = await waits();
    const [comment] = seeComments(place.out);
    for (const words of ['**Heddle waits for a person.**', '**Who:** somebody with write permission', '**How:** look at the evidence', '**Until:** `20', run]) expect(comment).toContain(words);
    expect([kept(place).length, seeForge(place.forge).liveClaims, seeForge(place.forge).changes.length]).toEqual([1, 1, 0]);
    const before = seeRun(place.out).facts.length;
    forget(place);
    const later = machine(place, 'later');
    const ending = await resume(later, run, '--answer', 'allow');
    expect([ending.code, ending.stderr]).toEqual([0, expect.stringContaining('delivered')]);
    const seen = seeRun(later.out);
    expect([seen.run, seen.damage, seen.outcome]).toEqual([run, undefined, 'delivered']);
    expect(seen.facts.slice(before).map((fact) => fact.type)).toEqual(['resumed', 'human-answered', 'surroundings-seen', 'packet-sealed', 'delivered']);
    expect(factsOf(seen, 'attempt-started')).toHaveLength(1);
    expect(seeForge(place.forge)).toMatchObject({ branches: [expect.stringMatching(/^heddle\//)], liveClaims: 0 });
    expect(kept(place)).toEqual([]);
  }, WALL_MS);

  it('a no ends it, keeps nothing at the forge and gives the ticket back', async () => {
    const { place, run } = await waits();
    forget(place);
    const later = machine(place, 'later');
    expect((await resume(later, run, '--answer', 'deny')).code).toBe(5);
    expect(factsOf(seeRun(later.out), 'exhausted')[0]?.reason).toBe('human-denied');
    expect([kept(place), seeForge(place.forge).liveClaims, seeForge(place.forge).changes]).toEqual([[], 0, []]);
  }, WALL_MS);

  it('another event of the ticket is about the waiting run and starts no second one', async () => {
    const { place, run } = await waits();
    forget(place);
    const later = machine(place, 'later');
    const ending = await again(later);
    expect([ending.code, seeRun(later.out).run, seeRun(later.out).outcome]).toEqual([4, run, 'waiting']);
    expect([kept(place).length, seeForge(place.forge).liveClaims, factsOf(seeRun(later.out), 'attempt-started').length]).toEqual([1, 1, 1]);
  }, WALL_MS);

  it('of two answers at the same second one goes on, and the other says so', async () => {
    const { place, run } = await waits();
    forget(place);
    const both = [machine(place, 'one'), machine(place, 'two')];
    const endings = await Promise.all(both.map(async (at) => resume(at, run, '--answer', 'allow')));
    expect(seeForge(place.forge).changes).toHaveLength(1);
    expect(endings.filter((ending) => ending.stdout.includes('"delivered"'))).toHaveLength(1);
    const [other] = endings.filter((ending) => !ending.stdout.includes('"delivered"'));
    expect(other?.stderr).toMatch(/another job (?:goes|went) on with the waiting run|No run [0-9a-f]+ waits/);
    expect([kept(place), seeForge(place.forge).liveClaims]).toEqual([[], 0]);
  }, WALL_MS);

  it('the policy changed meanwhile: the run with an order goes on under what it was admitted under', async () => {
    const { place, run } = await waits();
    forget(place);
    const file = join(place.repo, '.heddle.yml');
    const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...config, gates: { protected: ['total.mjs'] }, delivery: { labels: ['changed'] } }));
    git(place.repo, 'commit', '-q', '-a', '-m', 'another policy');
    const later = machine(place, 'later');
    expect((await resume(later, run, '--answer', 'allow')).code).toBe(0);
    expect(JSON.stringify(JSON.parse(readFileSync(join(later.out, 'configuration.json'), 'utf8')))).toContain('"hold":["total.mjs"]');
    expect(seeForge(place.forge).changes).toHaveLength(1);
  }, WALL_MS);
});

/** A run that asked years ago: the same road, with a clock of then. */
async function waitedForYears(): Promise<{ place: Scene; run: string }> {
  const place = scene();
  const loaded = loadConfiguration({ text: readFileSync(join(place.repo, '.heddle.yml'), 'utf8'), file: '.heddle.yml' });
  if (!loaded.ok) throw new Error('the configuration of the scene is not valid');
  put(join(place.out, 'configuration.json'), JSON.stringify(loaded.value.config));
  const ended = await startRun(place, { clock: { now: () => Instant.parse('2020-01-01T00:00:00.000Z'), monotonicMs: () => performance.now() } });
  expect(ended.rest.kind).toBe('waiting');
  return { place, run: ended.trail.run };
}

describe('a wait that is over', () => {
  it('an answer after it ends the run as wait-expired, and the ticket is told', async () => {
    const { place, run } = await waitedForYears();
    forget(place);
    const later = machine(place, 'later');
    expect((await resume(later, run, '--answer', 'allow')).code).toBe(5);
    expect(factsOf(seeRun(later.out), 'exhausted')[0]?.reason).toBe('wait-expired');
    expect(seeComments(later.out).join('')).toContain('nobody answered in time');
    expect([kept(place), seeForge(place.forge).liveClaims, seeForge(place.forge).changes]).toEqual([[], 0, []]);
  }, WALL_MS);

  it('asking anew ends the old run and begins a new one', async () => {
    const { place, run } = await waitedForYears();
    forget(place);
    const later = machine(place, 'later');
    expect((await again(later)).code).toBe(4);
    expect(seeRun(later.out).run).not.toBe(run);
    expect(factsOf(seeRun(join(later.out, `expired-${run}`)), 'exhausted')[0]?.reason).toBe('wait-expired');
    expect(kept(place)).toHaveLength(1);
  }, WALL_MS);
});

describe('a pack that was changed at the forge', () => {
  const spoil = (place: Scene, change: (record: { entry: Record<string, unknown>; pack: string }) => void): void => {
    const [file] = kept(place);
    if (file === undefined) throw new Error('nothing is kept');
    const record = JSON.parse(readFileSync(file, 'utf8')) as { entry: Record<string, unknown>; pack: string };
    change(record);
    writeFileSync(file, JSON.stringify(record));
  };

  it('is refused with its reason, and nothing of it is gone on with', async () => {
    const { place, run } = await waits();
    forget(place);
    spoil(place, (record) => { record.pack = Buffer.from('other bytes').toString('base64'); });
    const later = machine(place, 'later');
    const ending = await resume(later, run, '--answer', 'allow');
    expect([ending.code, ending.stderr]).toEqual([2, expect.stringContaining('pack-changed')]);
    expect(seeComments(later.out).join('')).toContain('**Heddle did not go on.**');
    expect(seeForge(place.forge).changes).toEqual([]);
  }, WALL_MS);

  it('lets a new run begin, through the whole of admission', async () => {
    const { place, run } = await waits();
    forget(place);
    spoil(place, (record) => { record.entry['head'] = `sha256:${'0'.repeat(64)}`; });
    const later = machine(place, 'later');
    const ending = await again(later);
    expect([ending.code, ending.stderr]).toEqual([4, expect.stringContaining('trail-broken')]);
    expect(seeRun(later.out).run).not.toBe(run);
  }, WALL_MS);
});
