import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spellingsOf } from '../../src/containment/secret-encodings.js';
import { checkDocuments } from './documents.js';
import { factsOf, fileIn, fixtureAgent, GOOD, heddle, makeScene, runTicket, SECOND_TRY, seeComments, seeForge, seeRun, type Ending, type Scene, type SceneOptions, type SeenForge, type SeenRun } from './rig.js';

interface Seen { readonly scene: Scene; readonly ending: Ending; readonly run: SeenRun; readonly forge: SeenForge }
interface Row {
  readonly name: string;
  readonly scene: SceneOptions;
  readonly exit: number;
  readonly outcome: string;
  /** Of the exhaustion; undefined for other ends. */
  readonly reason?: string;
  readonly attempts: number;
  /** Branches and changes in the forge: 1 when delivered. */
  readonly changes: number;
  readonly also?: (seen: Seen) => void | Promise<void>;
}

/** Only for a machine under load: nothing here waits. */
const WALL_MS = 360_000;
const one = { limits: { attempts: 1 } };
const KEY = 'sk-Heddle+Planted/Secret=0123456789&<tag>"quoted"';
const HELD = 'sk-not-a-key-of-ours-4711';

const ROWS: readonly Row[] = [
  { name: 'a good patch is delivered', scene: {}, exit: 0, outcome: 'delivered', attempts: 1, changes: 1, also: ({ scene, forge, run }) => {
    expect(fileIn(scene.forge, forge.branches[0] ?? '', 'total.mjs')).toContain('sum + price');
    expect(factsOf(run, 'delivered')[0]?.branch).toBe(forge.branches[0]);
    expect(checkDocuments(scene.out).seen).toEqual(['agent-trace', 'brief', 'check-result', 'configuration', 'cost', 'delivery', 'manifest', 'order', 'otlp', 'packet', 'provenance', 'run', 'ticket', 'trail-line', 'verification']);
  } },
  { name: 'no change at all ends as empty', scene: { agent: fixtureAgent('no-change') }, exit: 5, outcome: 'exhausted', reason: 'empty-change', attempts: 2, changes: 0 },
  { name: 'a forbidden file is denied twice and nothing is delivered', scene: { agent: fixtureAgent('edits-forbidden', { edits: [GOOD] }) }, exit: 5, outcome: 'exhausted', reason: 'gate-denied', attempts: 2, changes: 0, also: keepsPatch('sum + price') },
  { name: 'endless silence is stopped by the idle bound, its proven work delivered', scene: { agent: fixtureAgent('endless', { mode: 'silent', file: 'NOTES.md', content: 'half done\n' }), config: { limits: { attempts: 1, idle_time: '2500ms' } } }, exit: 0, outcome: 'delivered', attempts: 1, changes: 1, also: stoppedBy('idle') },
  { name: 'endless chatter is stopped by the wall, what it broke is kept and not delivered', scene: { agent: fixtureAgent('endless', { mode: 'chatty', file: 'total.mjs', content: '// sum * price\n' }), config: { limits: { attempts: 1, attempt_time: '3s' } } }, exit: 5, outcome: 'exhausted', reason: 'attempts', attempts: 1, changes: 0, also: (seen) => { stoppedBy('wall')(seen); keepsPatch('sum * price')(seen); } },
  { name: 'an agent that ignores signals is ended all the same', scene: { agent: fixtureAgent('endless', { mode: 'stubborn' }), config: { limits: { attempts: 1, idle_time: '2500ms' } } }, exit: 5, outcome: 'exhausted', reason: 'attempts', attempts: 1, changes: 0, also: stoppedBy('idle') },
  { name: 'a flood is stopped by the output bound', scene: { agent: fixtureAgent('endless', { mode: 'flood', file: 'NOTES.md' }), config: { limits: { attempts: 1, agent_output_mb: 1 } } }, exit: 0, outcome: 'delivered', attempts: 1, changes: 1, also: stoppedBy('output') },
  { name: 'a garbage stream does no harm', scene: { agent: fixtureAgent('garbage-stream', { file: 'NOTES.md' }) }, exit: 0, outcome: 'delivered', attempts: 1, changes: 1, also: ({ ending }) => {
    expect(ending.stderr).not.toMatch(/^(?:::|##\[)/m);
    expect(ending.stderr).not.toContain('\u001b');
  } },
  { name: 'an agent that dies with 137 has its work judged', scene: { agent: fixtureAgent('exits-137', { file: 'NOTES.md' }), config: one }, exit: 0, outcome: 'delivered', attempts: 1, changes: 1, also: ({ run }) => { expect(factsOf(run, 'agent-reported')[0]?.ending.kind).toBe('failed'); } },
  { name: 'an agent that dies and left nothing is a failure of the agent', scene: { agent: fixtureAgent('exits-137') }, exit: 5, outcome: 'exhausted', reason: 'agent-failed', attempts: 2, changes: 0 },
  { name: 'the second try mends what the first broke', scene: { agent: fixtureAgent('fixes-on-second-try', SECOND_TRY) }, exit: 0, outcome: 'delivered', attempts: 2, changes: 1, also: ({ scene, forge, run }) => {
    expect(fileIn(scene.forge, forge.branches[0] ?? '', 'total.mjs')).toContain('sum + price');
    expect(factsOf(run, 'repair-planned').map(({ because, findings }) => [because, findings.length])).toEqual([['findings', 1]]);
  } },
  { name: 'the same finding twice ends the loop with the best kept', scene: { agent: fixtureAgent('fixes-on-second-try', { ...SECOND_TRY, breakBoth: true }) }, exit: 5, outcome: 'exhausted', reason: 'oscillating-tree', attempts: 2, changes: 0, also: keepsPatch('sum * price') },
  { name: 'a question that nobody answers is an empty change', scene: { agent: fixtureAgent('asks-question') }, exit: 5, outcome: 'exhausted', reason: 'empty-change', attempts: 2, changes: 0 },
];

function keepsPatch(text: string): (seen: Seen) => void {
  return ({ scene }) => {
    expect(readFileSync(join(scene.out, 'change.patch'), 'utf8')).toContain(text);
    expect(existsSync(join(scene.out, 'bundle', 'change.bundle'))).toBe(true);
    expect(JSON.parse(readFileSync(join(scene.out, 'bundle', 'manifest.json'), 'utf8'))).toMatchObject({ proven: false });
  };
}

function stoppedBy(reason: string): (seen: Seen) => void {
  return ({ run }) => { expect(factsOf(run, 'agent-reported')[0]?.ending).toEqual({ kind: 'stopped', reason }); };
}

async function play(options: SceneOptions): Promise<Seen> {
  const scene = makeScene(options);
  const ending = await runTicket(scene);
  return { scene, ending, run: seeRun(scene.out), forge: seeForge(scene.forge) };
}

describe('fixture agents, from a ticket to the end', () => {
  it.each(ROWS)('$name', async (row) => {
    const seen = await play(row.scene);
    const { scene, ending, run, forge } = seen;
    try {
      expect({ stderr: ending.stderr, code: ending.code, outcome: run.outcome }).toEqual({ stderr: ending.stderr, code: row.exit, outcome: row.outcome });
      expect(JSON.parse(ending.stdout)).toMatchObject({ outcome: row.outcome, exitCode: row.exit, runId: run.run });
      expect(factsOf(run, 'exhausted').map((fact) => fact.reason)).toEqual(row.reason === undefined ? [] : [row.reason]);
      expect(factsOf(run, 'attempt-started')).toHaveLength(row.attempts);
      expect({ branches: forge.branches.length, changes: forge.changes.length, claims: forge.liveClaims }).toEqual({ branches: row.changes, changes: row.changes, claims: 0 });
      expect(seeComments(scene.out)).toHaveLength(1);
      expect(checkDocuments(scene.out).problems).toEqual([]);
      expect((await heddle(scene, ['audit', 'verify', 'out'])).code).toBe(0);
      await row.also?.(seen);
    } finally {
      scene.close();
    }
  }, WALL_MS);
});

/** Every file below a folder, also those whose names begin with a dot. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((file) => statSync(file).isFile());
}

function leaks(seen: Seen, secret: string): string[] {
  const spellings = [...spellingsOf(secret)].filter((text) => text.length >= 12);
  const texts = [['stdout', seen.ending.stdout], ['stderr', seen.ending.stderr], ...[seen.scene.out, seen.scene.forge].flatMap(filesBelow).map((file) => [file, readFileSync(file, 'latin1')])];
  return texts.flatMap(([place = '', text = '']) => spellings.filter((spelling) => text.includes(spelling)).map((spelling) => `${place}: ${spelling}`));
}

describe('a planted secret', () => {
  it('the environment of the agent and of its parents does not hold the key', async () => {
    const seen = await play({ agent: fixtureAgent('prints-secret', { env: ['HEDDLE_MODEL_KEY', 'GITHUB_TOKEN'] }), env: { HEDDLE_MODEL_KEY: KEY, GITHUB_TOKEN: 'ghp_plantedplantedplantedplantedplanted1' }, config: one });
    try {
      expect({ code: seen.ending.code, stderr: seen.ending.stderr }).toEqual({ code: 0, stderr: seen.ending.stderr });
      // It looked, and said so; otherwise this test would prove nothing.
      expect(readFileSync(join(seen.scene.out, 'agent', '1', 'events.jsonl'), 'utf8')).toContain('no HEDDLE_MODEL_KEY');
      expect(leaks(seen, KEY)).toEqual([]);
    } finally {
      seen.scene.close();
    }
  }, WALL_MS);

  it('a key that the agent knows all the same is in no document, no log and no change', async () => {
    const seen = await play({ agent: fixtureAgent('prints-secret', { literal: KEY }), env: { HEDDLE_MODEL_KEY: KEY }, config: one, files: {} });
    try {
      expect({ code: seen.ending.code, outcome: seen.run.outcome }).toEqual({ code: 5, outcome: 'exhausted' });
      expect(factsOf(seen.run, 'candidate-captured')[0]?.outcome).toMatchObject({ kind: 'refused', refusals: [{ code: 'known-secret' }] });
      expect(seen.forge.branches).toEqual([]);
      // The configuration of this scene names the key as an argument of the agent: it must be gone from there, too.
      expect(leaks(seen, KEY)).toEqual([]);
    } finally {
      seen.scene.close();
    }
  }, WALL_MS);

  it('the search for leaks finds a secret that nobody registered', async () => {
    const seen = await play({ agent: fixtureAgent('prints-secret', { literal: HELD }), config: one });
    try {
      expect(leaks(seen, HELD).length).toBeGreaterThan(3);
    } finally {
      seen.scene.close();
    }
  }, WALL_MS);
});

describe('ill will', () => {
  it('a daemon is dead when the folder is read, and stays dead', async () => {
    const token = randomUUID();
    const seen = await play({ agent: fixtureAgent('leaves-daemon', { heartbeat: 'beat.txt', file: 'NOTES.md', content: 'by the agent\n', after: `by the daemon ${token}\n`, lifeMs: 60_000 }), config: one });
    try {
      expect({ code: seen.ending.code, stderr: seen.ending.stderr }).toEqual({ code: 0, stderr: seen.ending.stderr });
      expect(fileIn(seen.scene.forge, seen.forge.branches[0] ?? '', 'beat.txt')).toMatch(/^\d+/);
      expect(readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(token))).toEqual([]);
    } finally {
      seen.scene.close();
    }
  }, WALL_MS);

  it('git hooks, filters and configuration of the agent never run', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'heddle-canary-'));
    const canary = join(outside, 'canary');
    const seen = await play({ agent: fixtureAgent('writes-git-hooks', { canary, edits: [GOOD] }), config: one });
    try {
      expect({ code: seen.ending.code, outcome: seen.run.outcome }).toEqual({ code: 5, outcome: 'exhausted' });
      expect(readFileSync(join(seen.scene.out, 'agent', '1', 'events.jsonl'), 'utf8')).toContain('set attributes');
      expect(factsOf(seen.run, 'candidate-captured')[0]?.outcome.kind).toBe('refused');
      expect(existsSync(canary)).toBe(false);
      expect(seen.forge.branches).toEqual([]);
    } finally {
      seen.scene.close();
      rmSync(outside, { recursive: true, force: true });
    }
  }, WALL_MS);
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
