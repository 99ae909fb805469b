import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { create as createFolder } from '../../src/adapters/ledger-store/ledger-folder/index.js';
import { digestOf } from '../../src/domain/digest.js';
import { Instant, RunId } from '../../src/domain/ids.js';
import type { Ledger } from '../../src/ports/ledger.js';
import { row, value } from '../contract/ledger-contract.js';
import { temporaryFolder } from '../temporary-folder.js';
import { gitRemote, type GitRemote } from './ledger-git-remote.js';

const WORKER = fileURLToPath(new URL('fixtures/ledger-worker.mjs', import.meta.url));
const ALL = { since: Instant.parse('2000-01-01T00:00:00.000Z') };
const HEAD = digestOf('head');

interface Answer { readonly value?: string; readonly fault?: string; readonly most?: number }
type Store = { readonly url: string; readonly branch: string; readonly scratch: string } | { readonly folder: string };

/** A process of its own that writes to ledgers when it is told to. */
class Writer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;

  constructor() {
    this.#child = spawn(process.execPath, [WORKER], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { id, ...answer } = JSON.parse(line) as Answer & { readonly id: number };
      this.#waiting.get(id)?.(answer);
    });
    this.#child.on('close', () => { for (const settle of this.#waiting.values()) settle({ fault: 'killed' }); });
  }

  tell(command: Readonly<Record<string, unknown>>): Promise<Answer> {
    const id = this.#last += 1;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const WRITERS = 8;

const all: Writer[] = [];
function started(writer: Writer): Writer {
  all.push(writer);
  return writer;
}
afterAll(() => { for (const writer of all) writer.kill(); });

describe('many processes on one real git remote', () => {
  let remote: GitRemote;
  let writers: readonly Writer[];
  beforeAll(() => {
    remote = gitRemote(true);
    writers = Array.from({ length: WRITERS }, () => started(new Writer()));
  });
  const storeOf = (branch: string): Store => ({ url: `file://${remote.gitDir}`, branch, scratch: remote.folder });
  const readerOf = (branch: string): Ledger => remote.open({ branch });

  it('loses no run of eight that end at the same moment, in at most ten round trips each', async () => {
    const branch = 'heddle/keep';
    const ran = writers.map((_, index) => RunId.parse(`keeprun${String(index)}`));
    const answers = await Promise.all(ran.map((run, index) => (writers[index] as Writer).tell({ kind: 'keep', store: storeOf(branch), row: row(run, { state: 'ended' }), lines: `{"run":"${run}"}\n`, head: HEAD })));
    expect(answers.map((answer) => answer.fault)).toEqual(ran.map(() => undefined));
    expect(Math.max(...answers.map((answer) => answer.most ?? 99))).toBeLessThanOrEqual(10);
    const reader = readerOf(branch);
    expect(value(await reader.read(ALL)).rows.map((one) => one.run).sort()).toEqual([...ran].sort());
    for (const run of ran) expect(Buffer.from(value(await reader.linesOf(run))).toString()).toBe(`{"run":"${run}"}\n`);
    expect(Number(remote.git('rev-list', '--count', branch))).toBe(WRITERS);
    expect(remote.git('rev-list', '--min-parents=2', branch)).toBe('');
  });

  it('gives the last unit of a budget to one of them, round after round', async () => {
    for (let round = 0; round < 20; round += 1) {
      const branch = `heddle/race-${String(round)}`;
      const racers = writers.slice(0, 2 + (round % 7));
      // Room for two runs, or for money that two can take: the others come too late.
      const budgets = round % 2 === 0 ? [{ per: 'repository', every: 'day', runs: 1 }] : [{ per: 'person', every: 'day', cost_usd: 9, least_percent: 50 }];
      const answers = await Promise.all(racers.map((writer, index) => writer.tell({ kind: 'book', store: storeOf(branch), budgets, row: row(`race${String(round).padStart(2, '0')}r${String(index)}x`) })));
      expect(answers.filter((answer) => answer.fault !== undefined)).toEqual([]);
      const room = round % 2 === 0 ? 1 : 2;
      expect(answers.filter((answer) => answer.value === 'in').length).toBe(Math.min(room, racers.length));
      expect(Math.max(...answers.map((answer) => answer.most ?? 99))).toBeLessThanOrEqual(10);
      const rows = value(await readerOf(branch).read(ALL)).rows;
      expect(rows.length).toBe(Math.min(room, racers.length));
      expect(rows.reduce((sum, one) => sum + one.reserved.cost, 0)).toBeLessThanOrEqual(round % 2 === 0 ? 5_000_000 : 9_000_000);
    }
  }, 360_000);
});

describe.each(['branch', 'folder'] as const)('a process that is killed while it writes to a %s', (kind) => {
  it('leaves a ledger that is whole, has all that it said to have written, and can be written on', async () => {
    const remote = gitRemote(true);
    const folder = join(temporaryFolder('heddle-ledger-'), 'ledger');
    const store: Store = kind === 'folder' ? { folder } : { url: `file://${remote.gitDir}`, branch: 'heddle/ledger', scratch: remote.folder };
    const connect = (): Ledger => (kind === 'folder' ? createFolder({ folder }, { pause: (ms) => new Promise((resolve) => { setTimeout(resolve, ms); }), random: Math.random }) : remote.open());
    const said: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const writer = started(new Writer());
      for (let index = 0; ; index += 1) {
        const run = `kill${String(round)}x${String(index).padStart(3, '0')}`;
        const answer = writer.tell({ kind: 'keep', store, row: row(run, { state: 'ended' }), lines: `{"run":"${run}"}\n`, head: HEAD });
        if (index < 2 + round) {
          expect((await answer).fault).toBeUndefined();
          said.push(run);
          continue;
        }
        // Somewhere inside the write: each round a little later.
        await new Promise((resolve) => { setTimeout(resolve, kind === 'folder' ? round : 15 * round); });
        writer.kill();
        if ((await answer).fault === undefined) said.push(run);
        break;
      }
      const view = value(await connect().read(ALL));
      expect(view.damage).toEqual([]);
      const known = view.rows.map((one) => one.run);
      expect(known).toEqual(expect.arrayContaining(said));
      for (const run of known) expect(Buffer.from(value(await connect().linesOf(run))).toString()).toBe(`{"run":"${run}"}\n`);
    }
    value(await connect().book(ALL, () => ({ rows: [row('after001')], answer: undefined })));
    expect(value(await connect().read(ALL)).rows.length).toBeGreaterThan(said.length);
  }, 360_000);
});
