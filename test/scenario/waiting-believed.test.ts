import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readRowLines, rowLine } from '../../src/adapters/ledger-store/lib/row-lines.js';
import { digestOf } from '../../src/domain/digest.js';
import { Digest } from '../../src/domain/ids.js';
import { RunEvent } from '../../src/flow/event.js';
import { parseEvents } from '../../src/flow/trail.js';
import { canonicalJson } from '../../src/kit/canonical-json.js';
import { chainLine } from '../../src/ledger/chain.js';
import { git } from '../adapters/workspace-git-fixture.js';
import { factsOf, heddle, makeScene, runTicket, seeComments, seeForge, seeRun, type Ending, type Scene } from './rig.js';

/** What a later job believes of a kept run, and under which policy it goes on: through the compiled program and a ledger beside the local forge. */
const WALL_MS = 360_000;

interface Kept { entry: { head: string; digest: string; bytes: number }; pack: string }
interface Pack { files: { path: string; content: string }[] }

let place: Scene;
afterEach(() => { place.close(); });

const resume = async (run: string, ...more: readonly string[]): Promise<Ending> => heddle(place, ['resume', run, '--forge', 'local', '--forge-dir', place.forge, '--repo', 'repo', '--out', 'later', '--json', ...more]);

/** The kept run as it lies at the forge; `change` writes it again. */
function keptRun(change?: (kept: Kept) => void): Kept {
  const folder = join(place.forge, 'waiting');
  const [file] = readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)).map((one) => join(folder, name, one)));
  if (file === undefined) throw new Error('nothing is kept');
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  change?.(kept);
  writeFileSync(file, JSON.stringify(kept));
  return kept;
}

/** A whole other story: every hash of the trail, the head, the pack and its digest are made anew. */
function forge(kept: Kept, of: (event: RunEvent) => RunEvent): void {
  const pack = JSON.parse(gunzipSync(Buffer.from(kept.pack, 'base64')).toString('utf8')) as Pack;
  const trail = pack.files.find(({ path }) => path === 'events.jsonl');
  const events = parseEvents(Buffer.from(trail?.content ?? '', 'base64'));
  if (trail === undefined || !events.ok) throw new Error('the pack has no trail');
  let previous: RunEvent['previous'] = null;
  const lines: string[] = [];
  for (const event of events.value) {
    const { line, hash } = chainLine(RunEvent.parse({ ...of(event), previous }));
    previous = hash;
    lines.push(line);
  }
  trail.content = Buffer.from(lines.join('')).toString('base64');
  const bytes = new Uint8Array(gzipSync(canonicalJson(pack)));
  kept.entry = { ...kept.entry, head: previous ?? '', digest: digestOf(bytes), bytes: bytes.length };
  kept.pack = Buffer.from(bytes).toString('base64');
}

const byNobody = (event: RunEvent): RunEvent => (event.fact.type === 'requested' ? { ...event, fact: { ...event.fact, request: { ...event.fact.request, actor: { login: 'mallory', id: 'mallory', kind: 'human' } } } } : event);

describe('a pack beside the ledger', () => {
  let run: string;
  beforeEach(async () => {
    place = makeScene({ config: { gates: { hold: ['total.mjs'] } } });
    expect((await runTicket(place)).code).toBe(4);
    run = seeRun(place.out).run;
    rmSync(place.out, { recursive: true });
  }, WALL_MS);

  it('that is what the ledger knows is gone on with', async () => {
    expect((await resume(run, '--answer', 'allow')).code).toBe(0);
    expect(seeForge(place.forge).changes).toHaveLength(1);
  }, WALL_MS);

  it('forged as a whole is refused, and told', async () => {
    keptRun((kept) => { forge(kept, byNobody); });
    const ending = await resume(run, '--answer', 'allow');
    expect([ending.code, ending.stderr]).toEqual([2, expect.stringContaining('ledger-contradicts')]);
    expect(seeComments(join(place.root, 'later')).join('')).toContain('ledger-contradicts');
    expect([existsSync(join(place.root, 'later', 'events.jsonl')), seeForge(place.forge).changes]).toEqual([false, []]);
  }, WALL_MS);

  it('forged as a whole is gone on with where no ledger is: nothing else could tell', async () => {
    keptRun((kept) => { forge(kept, byNobody); });
    rmSync(join(place.forge, 'ledger'), { recursive: true });
    expect((await resume(run, '--answer', 'allow')).code).toBe(0);
  }, WALL_MS);

  it('that was put by a job which was killed before the ledger had its lines is gone on with, and one with another end is not', async () => {
    // As the kill leaves it: the row with the promise, and no lines.
    rmSync(join(place.forge, 'ledger', 'runs'), { recursive: true });
    const promise = (head: string): void => {
      const file = join(place.forge, 'ledger', 'living.jsonl');
      const rows = readRowLines(file, readFileSync(file)).lines.flatMap(({ row }) => row ?? []);
      expect(rows.map((row) => [row.run, row.promised])).toEqual([[run, undefined]]);
      writeFileSync(file, rows.map((row) => `${rowLine({ ...row, promised: Digest.parse(head) }).text}\n`).join(''));
    };
    const kept = keptRun();
    const before = readFileSync(join(place.forge, 'ledger', 'living.jsonl'));
    promise(`sha256:${'0'.repeat(64)}`);
    expect((await resume(run, '--answer', 'allow')).stderr).toContain('ledger-unknown');
    writeFileSync(join(place.forge, 'ledger', 'living.jsonl'), before);
    rmSync(join(place.root, 'later'), { recursive: true, force: true });
    promise(kept.entry.head);
    expect((await resume(run, '--answer', 'allow')).code).toBe(0);
    expect(seeForge(place.forge).changes).toHaveLength(1);
  }, WALL_MS);

  it('of a run that the ledger does not know is refused', async () => {
    rmSync(join(place.forge, 'ledger', 'runs'), { recursive: true });
    const ending = await resume(run, '--answer', 'allow');
    expect([ending.code, ending.stderr]).toEqual([2, expect.stringContaining('ledger-unknown')]);
    expect(seeForge(place.forge).changes).toEqual([]);
  }, WALL_MS);
});

describe('the policy changed while a run without an order waited', () => {
  it('goes on under the new one, and on the base of today', async () => {
    place = makeScene({ config: { budgets: [{ per: 'repository', every: 'day', cost_usd: 0.5 }] } });
    const first = await runTicket(place);
    expect([first.code, first.stderr]).toEqual([4, expect.stringContaining('waiting')]);
    const { run } = seeRun(place.out);
    expect(factsOf(seeRun(place.out), 'admitted')).toEqual([]);
    rmSync(place.out, { recursive: true });
    const file = join(place.repo, '.heddle.yml');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')) as object, budgets: [], gates: { hold: ['total.mjs'] } }));
    git(place.repo, 'commit', '-q', '-a', '-m', 'another policy');
    const ending = await resume(run);
    const seen = seeRun(join(place.root, 'later'));
    expect([ending.code, seen.run, seen.outcome]).toEqual([4, run, 'waiting']);
    // The new policy holds the change; under the old one it would be delivered.
    expect(factsOf(seen, 'admitted')[0]?.order.base.commit).toBe(git(place.repo, 'rev-parse', 'main').trim());
    expect(seeForge(place.forge).changes).toEqual([]);
    expect((await heddle(place, ['resume', run, '--forge', 'local', '--forge-dir', place.forge, '--repo', 'repo', '--out', 'last', '--json', '--answer', 'allow'])).code).toBe(0);
    expect(seeForge(place.forge).changes).toHaveLength(1);
  }, WALL_MS);
});
