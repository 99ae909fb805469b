import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimName } from '../../src/admission/claim-name.js';
import { create as createForge } from '../../src/adapters/forge/local/index.js';
import { CommitSha, Instant, RunId } from '../../src/domain/ids.js';
import type { ForgeReader } from '../../src/ports/forge.js';
import type { TrailStore } from '../../src/ports/trail-store.js';
import { git } from '../adapters/workspace-git-fixture.js';
import { resumeRun, startRun } from './in-process.js';
import { factsOf, heddle, makeScene, put, runTicket, seeComments, seeForge, seeRun, type Ending, type Scene, type SceneOptions } from './rig.js';

const WALL_MS = 360_000;
const HOLD = { config: { gates: { hold: ['total.mjs'] } } };
const scenes: Scene[] = [];
function scene(options: SceneOptions = {}): Scene {
  const made = makeScene(options);
  scenes.push(made);
  return made;
}
afterEach(() => { for (const made of scenes.splice(0)) made.close(); });

/** A reader as plain members, so that one of them can be replaced. */
const readerOf = (reader: ForgeReader): ForgeReader => ({
  id: reader.id, capabilities: reader.capabilities, repository: (signal) => reader.repository(signal), headOf: (branch, signal) => reader.headOf(branch, signal),
  permissionOf: (login, signal) => reader.permissionOf(login, signal), openHeddleChanges: (signal) => reader.openHeddleChanges(signal), missingForDelivery: (signal) => reader.missingForDelivery(signal),
});

/** The same place, another run folder. */
const beside = (at: Scene, out: string): Scene => ({ ...at, out: join(at.root, out) });
const runInto = (at: Scene, out: string): Promise<Ending> => heddle(at, ['run', 'ticket.md', '--forge', 'local', '--repo', 'repo', '--forge-dir', 'local-forge', '--out', out, '--json']);
const resume = (at: Scene, ...more: string[]): Promise<Ending> => heddle(at, ['resume', 'out', '--json', ...more]);
const answerOf = (ending: Ending): { outcome: string; words: string } => JSON.parse(ending.stdout) as { outcome: string; words: string };
const one = { branches: 1, changes: 1 };
const counts = (at: Scene): { branches: number; changes: number } => ({ branches: seeForge(at.forge).branches.length, changes: seeForge(at.forge).changes.length });

/** Does something at the moment the trail gets its n-th line, before it is written. */
const at = (n: number, act: () => Promise<void>) => (store: TrailStore): TrailStore => {
  let lines = 0;
  return { ...store, append: async (line) => { lines += 1; if (lines === n) await act(); await store.append(line); } };
};

describe('two runs of one ticket', () => {
  it('the one that comes while the other works is declined', async () => {
    const place = scene();
    const [ADMITTED, BRIEFED] = [2, 3];
    let second: Ending | undefined;
    const first = await startRun(place, { wrapStore: at(BRIEFED, async () => { second = await runInto(place, 'out-b'); }) });
    expect(first.trail.events[ADMITTED - 1]?.fact.type).toBe('admitted');
    expect(first.rest.state.kind).toBe('delivered');
    expect({ code: second?.code, declines: factsOf(seeRun(join(place.root, 'out-b')), 'declined').map((fact) => fact.code) }).toEqual({ code: 3, declines: ['already-running'] });
    expect(counts(place)).toEqual(one);
  }, WALL_MS);

  it('of two that start at once, one delivers and one is declined', async () => {
    const place = scene();
    const endings = await Promise.all([runInto(place, 'out-a'), runInto(place, 'out-b')]);
    expect(endings.map((ending) => ending.code).sort()).toEqual([0, 3]);
    const declined = ['out-a', 'out-b'].flatMap((out) => factsOf(seeRun(join(place.root, out)), 'declined'));
    expect(['already-running', 'change-open']).toContain(declined[0]?.code);
    expect(counts(place)).toEqual(one);
  }, WALL_MS);

  it('the one that comes after the delivery is declined and names the change', async () => {
    const place = scene();
    expect((await runTicket(place)).code).toBe(0);
    const second = await runInto(place, 'out-b');
    expect(second.code).toBe(3);
    const [declined] = factsOf(seeRun(join(place.root, 'out-b')), 'declined');
    expect(declined?.code).toBe('change-open');
    expect(declined?.words).toContain('changes/1.md');
    expect(counts(place)).toEqual(one);
  }, WALL_MS);

  it('a second run of a ticket that waits is the same run; the folder it came from then is an old state of it', async () => {
    const place = scene({ config: { ...HOLD.config, admission: { claim_time: '1ms' } } });
    expect((await runTicket(place)).code).toBe(4);
    expect((await runInto(place, 'out-b')).code).toBe(4);
    expect(seeRun(join(place.root, 'out-b')).run).toBe(seeRun(place.out).run);
    expect((await heddle(place, ['resume', 'out-b', '--answer', 'allow'])).code).toBe(0);
    const late = await resume(place, '--answer', 'allow');
    expect({ code: late.code, ...counts(place) }).toEqual({ code: 3, ...one });
    expect(late.stderr).toContain('Another job went on with the waiting run');
    expect(readFileSync(join(place.out, 'attempts/1.patch'), 'utf8')).toContain('sum + price');
  }, WALL_MS);
});

describe('a claim', () => {
  const claimed = async (place: Scene, expiresAt: string): Promise<void> => {
    const base = git(place.repo, 'rev-parse', 'main');
    const forge = createForge({ folder: place.forge, repositoryName: 'repo', defaultBranch: 'main', user: 'mila', seedFrom: join(place.repo, '.git'), baseCommit: base });
    const claim = { run: RunId.parse('aaaabbbbccccdddd'), holder: 'somebody/else', expiresAt: Instant.parse(expiresAt) };
    const taken = await forge.claims.claim(claimName({ tracker: 'file', key: 'ticket.md' }), claim, Instant.parse('2026-01-01T00:00:00.000Z'));
    expect(taken).toMatchObject({ ok: true, value: { kind: 'taken' } });
  };

  it('of a run that vanished is taken over when it has expired', async () => {
    const place = scene();
    await claimed(place, '2026-01-01T01:00:00.000Z');
    expect((await runTicket(place)).code).toBe(0);
    expect({ ...counts(place), claims: seeForge(place.forge).liveClaims }).toEqual({ ...one, claims: 0 });
  }, WALL_MS);

  it('that still holds declines the run, and is left as it is', async () => {
    const place = scene();
    await claimed(place, '2999-01-01T00:00:00.000Z');
    const ending = await runTicket(place);
    expect({ code: ending.code, ...counts(place), claims: seeForge(place.forge).liveClaims }).toEqual({ code: 3, branches: 0, changes: 0, claims: 1 });
    expect(answerOf(ending).words).toContain('aaaabbbbccccdddd');
  }, WALL_MS);
});

describe('a held change', () => {
  it('waits, says so at the ticket, and is delivered when a person allows it', async () => {
    const place = scene(HOLD);
    const waiting = await runTicket(place);
    expect({ code: waiting.code, outcome: answerOf(waiting).outcome, ...counts(place), comments: seeComments(place.out).length }).toEqual({ code: 4, outcome: 'waiting', branches: 0, changes: 0, comments: 1 });
    expect((await resume(place)).code).toBe(4);
    const allowed = await resume(place, '--answer', 'allow');
    expect({ code: allowed.code, stderr: allowed.stderr }).toEqual({ code: 0, stderr: allowed.stderr });
    expect({ ...counts(place), comments: seeComments(place.out).length, claims: seeForge(place.forge).liveClaims }).toEqual({ ...one, comments: 1, claims: 0 });
    expect(factsOf(seeRun(place.out), 'human-answered')).toHaveLength(1);
  }, WALL_MS);

  it('is not delivered when a person denies it, and is kept', async () => {
    const place = scene(HOLD);
    expect((await runTicket(place)).code).toBe(4);
    const denied = await resume(place, '--answer', 'deny');
    expect({ code: denied.code, ...counts(place), claims: seeForge(place.forge).liveClaims }).toEqual({ code: 5, branches: 0, changes: 0, claims: 0 });
    expect(factsOf(seeRun(place.out), 'exhausted')[0]).toMatchObject({ reason: 'human-denied', best: { attempt: 1 } });
    expect(readFileSync(join(place.out, 'change.patch'), 'utf8')).toContain('sum + price');
  }, WALL_MS);

  it('an answer that nobody asked for is a mistake of usage', async () => {
    const place = scene();
    expect((await runTicket(place)).code).toBe(0);
    const ending = await resume(place, '--answer', 'allow');
    expect({ code: ending.code, stderr: ending.stderr }).toEqual({ code: 2, stderr: expect.stringContaining('not waiting for an answer') });
    expect(factsOf(seeRun(place.out), 'human-answered')).toEqual([]);
  }, WALL_MS);
});

describe('a base branch that moved meanwhile', () => {
  it('is said in the delivery; the change stands on the commit of the order', async () => {
    const place = scene();
    const elsewhere = 'f'.repeat(40);
    const ended = await startRun(place, { wrap: (ports) => ({ ...ports, reader: { ...readerOf(ports.reader), headOf: async () => Promise.resolve({ ok: true, value: CommitSha.parse(elsewhere) }) } }) });
    expect(ended.rest).toMatchObject({ kind: 'ended', state: { kind: 'delivered' } });
    const [delivered] = factsOf(seeRun(place.out), 'delivered');
    expect(delivered?.warnings).toEqual([expect.stringMatching(/^The branch main moved to f{12} while the work was done; this change stands on [0-9a-f]{12}/)]);
    expect(git(join(place.forge, 'forge.git'), 'rev-parse', `${delivered?.branch ?? ''}^`)).toBe(git(place.repo, 'rev-parse', 'main'));
  }, WALL_MS);
});

describe('the run folder', () => {
  it('that another process writes is left alone', async () => {
    const place = scene();
    mkdirSync(place.out);
    put(join(place.out, '.lock'), String(process.pid));
    const ending = await runTicket(place);
    expect({ code: ending.code, stderr: ending.stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`in use by process ${String(process.pid)}`) });
    expect(counts(place)).toEqual({ branches: 0, changes: 0 });
  }, WALL_MS);

  it('that holds a run is not written over', async () => {
    const place = scene();
    expect((await runTicket(place)).code).toBe(0);
    const before = readFileSync(join(place.out, 'events.jsonl'), 'utf8');
    const ending = await runTicket(place);
    expect({ code: ending.code, stderr: ending.stderr }).toEqual({ code: 2, stderr: expect.stringContaining('already holds a run') });
    expect(readFileSync(join(place.out, 'events.jsonl'), 'utf8')).toBe(before);
  }, WALL_MS);

  it('of a run that has ended can be resumed: its documents are written again and nothing else happens', async () => {
    const place = scene();
    expect((await runTicket(place)).code).toBe(0);
    const before = readFileSync(join(place.out, 'events.jsonl'), 'utf8');
    const ending = await resume(place);
    expect({ code: ending.code, ...counts(place) }).toEqual({ code: 0, ...one });
    expect(readFileSync(join(place.out, 'events.jsonl'), 'utf8')).toBe(before);
  }, WALL_MS);

  it('whose trail was changed is refused with the line', async () => {
    const place = scene(HOLD);
    expect((await runTicket(place)).code).toBe(4);
    const trail = join(place.out, 'events.jsonl');
    const lines = readFileSync(trail, 'utf8').split('\n');
    put(trail, lines.map((line, index) => (index === 3 ? line.replace('"check":"unit"', '"check":"unix"') : line)).join('\n'));
    const ending = await resume(place, '--answer', 'allow');
    expect({ code: ending.code, stderr: ending.stderr }).toEqual({ code: 2, stderr: expect.stringContaining('events.jsonl:4:') });
    expect(counts(place)).toEqual({ branches: 0, changes: 0 });
  }, WALL_MS);
});

describe('a dry run', () => {
  it('leaves no branch, no claim, no comment, and spends nothing', async () => {
    const place = scene();
    const ending = await runTicket(place, '--dry-run');
    expect({ code: ending.code, outcome: answerOf(ending).outcome, stderr: ending.stderr }).toEqual({ code: 0, outcome: 'planned', stderr: ending.stderr });
    expect({ forge: seeForge(place.forge), comments: seeComments(place.out) }).toEqual({ forge: { branches: [], changes: [], liveClaims: 0 }, comments: [] });
    expect(seeRun(place.out).facts.map((fact) => fact.type)).toEqual(['requested', 'admitted', 'briefed']);
  }, WALL_MS);

  it('that is resumed takes its claim first, and loses to a run that came between', async () => {
    const place = scene();
    expect((await runTicket(place, '--dry-run')).code).toBe(0);
    const between = await startRun(beside(place, 'out-b'), { wrapStore: at(3, async () => { expect((await resume(place)).code).not.toBe(0); }) });
    expect({ state: between.rest.state.kind, ...counts(place) }).toEqual({ state: 'delivered', ...one });
  }, WALL_MS);
});

describe('time', () => {
  it('an order that has expired is not worked on', async () => {
    const place = scene(HOLD);
    expect((await startRun(place)).rest.kind).toBe('waiting');
    const late = await resumeRun(place, { clock: { now: () => Instant.parse('2999-01-01T00:00:00.000Z'), monotonicMs: () => performance.now() } });
    expect(late.rest.state).toMatchObject({ kind: 'exhausted', reason: 'wait-expired' });
    expect({ ...counts(beside(place, 'out')), claims: seeForge(place.forge).liveClaims }).toEqual({ branches: 0, changes: 0, claims: 0 });
  }, WALL_MS);
});
