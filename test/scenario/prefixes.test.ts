import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Instant } from '../../src/domain/ids.js';
import { decide } from '../../src/flow/decide.js';
import { fold } from '../../src/flow/evolve.js';
import { parseEvents, reopenTrail } from '../../src/flow/trail.js';
import type { TrailStore } from '../../src/ports/trail-store.js';
import { resumeRun, startRun } from './in-process.js';
import { makeScene, MENDING_AGENT, seeComments, seeForge, seeRun, type Scene } from './rig.js';

/** A real trail with one repair, and everything that its run left behind. */
const WALL_MS = 900_000;
const NOW = Instant.parse('2026-01-01T00:00:00.000Z');
let scene: Scene;
let bytes: Buffer;
/** Where each line ends. */
let ends: number[];

beforeAll(async () => {
  scene = makeScene({ agent: MENDING_AGENT });
  const { rest } = await startRun(scene);
  if (rest.state.kind !== 'delivered') throw new Error(`the run to cut ended as ${rest.state.kind}`);
  bytes = readFileSync(join(scene.out, 'events.jsonl'));
  ends = [...bytes.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index + 1);
}, WALL_MS);
afterAll(() => { scene.close(); });

function stored(content: Uint8Array): TrailStore & { readonly now: () => Uint8Array } {
  let held = Buffer.from(content);
  return {
    now: () => held,
    read: () => Promise.resolve(held),
    append: (lines) => { held = Buffer.concat([held, Buffer.from(lines)]); return Promise.resolve(); },
    truncate: (length) => { held = held.subarray(0, length); return Promise.resolve(); },
  };
}

const reopened = (store: TrailStore): ReturnType<typeof reopenTrail> => reopenTrail({ store, clock: { now: () => NOW, monotonicMs: () => 0 }, onEvent: () => undefined, redact: (text) => text });

describe('a prefix of a real trail', () => {
  it('folds, to the same state each time, and something is decided for it', () => {
    for (const end of ends) {
      const events = parseEvents(bytes.subarray(0, end));
      if (!events.ok) throw new Error(events.error.message);
      const state = fold(events.value);
      expect(state).toMatchObject({ ok: true });
      expect(fold(events.value)).toEqual(state);
      if (!state.ok) continue;
      const command = decide(state.value, { now: NOW, dryRun: false });
      expect(decide(state.value, { now: NOW, dryRun: false })).toEqual(command);
      expect(command.kind === 'rest').toBe(end === ends.at(-1));
    }
  });

  it('cut anywhere, reopens at the last whole line, and only the torn one is taken off', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (length) => {
      const store = stored(bytes.subarray(0, length));
      const whole = ends.filter((end) => end <= length);
      const trail = await reopened(store);
      expect(trail.ok).toBe(whole.length > 0);
      if (!trail.ok) return;
      expect(trail.value.events).toHaveLength(whole.length);
      expect(store.now()).toHaveLength(whole.at(-1) ?? 0);
    }), { numRuns: 200 });
  });

  it('with a byte changed anywhere, is never gone on with', async () => {
    await fc.assert(fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), async (place, change) => {
      const damaged = Buffer.from(bytes);
      damaged[place] = (damaged[place] ?? 0) ^ change;
      const trail = await reopened(stored(damaged));
      // Without its last line feed, the last line is one that nobody was told of: it goes, and the run goes on before it.
      expect(trail.ok).toBe(place === bytes.length - 1);
    }), { numRuns: 300 });
  });
});

describe('a trail that lost its end after everything had been done', () => {
  it('is gone on with from every event: still one branch, one change, one comment', async () => {
    const problems: string[] = [];
    for (const [index, end] of ends.entries()) {
      const root = mkdtempSync(join(tmpdir(), 'heddle-cut-'));
      const copy: Scene = { ...scene, root, repo: join(root, 'repo'), out: join(root, 'out'), forge: join(root, 'local-forge') };
      try {
        cpSync(scene.root, root, { recursive: true });
        writeFileSync(join(copy.out, 'events.jsonl'), bytes.subarray(0, end));
        // The local forge borrows from the repository; the copy has its own.
        writeFileSync(join(copy.forge, 'forge.git', 'objects', 'info', 'alternates'), `${join(copy.repo, '.git', 'objects')}\n`);
        const { rest } = await resumeRun(copy);
        const [forge, run] = [seeForge(copy.forge), seeRun(copy.out)];
        // The ticket of a run that has only just been asked for has an open change: its own, which nothing in the trail claims.
        const wanted = index === 0 ? 'declined' : 'delivered';
        const seen = { state: rest.state.kind, branches: forge.branches.length, changes: forge.changes.length, comments: seeComments(copy.out).length, damage: run.damage };
        if (JSON.stringify(seen) !== JSON.stringify({ state: wanted, branches: 1, changes: 1, comments: 1, damage: undefined })) problems.push(`after ${index + 1}: ${JSON.stringify(seen)} ${rest.state.kind === 'faulted' ? rest.state.fault.message : ''}`);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }
    expect(problems).toEqual([]);
  }, WALL_MS);
});
