import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../src/domain/fault.js';
import type { RunFact } from '../../src/flow/event.js';
import type { RunPorts } from '../../src/flow/run-ports.js';
import { err } from '../../src/kit/result.js';
import { create as createLedger } from '../../src/adapters/ledger-store/ledger-folder/index.js';
import { Instant } from '../../src/domain/ids.js';
import { temporaryFolder } from '../temporary-folder.js';
import { resumeRun, startRun, type Ended } from './in-process.js';
import { factsOf, makeScene, seeForge, seeRun, type Scene } from './rig.js';

/**
 * A run that waits, and each call about it fails, or the process ends at each of its events. The wait is made once; every case
 * goes on with a copy of it. Nothing may be lost, done twice, or left half.
 */
const WALL_MS = 900_000;
const MILA = { login: 'mila', id: 'mila', kind: 'human' } as const;
const PASSING: Fault = { code: 'service-error', side: 'theirs', retryable: true, source: 'test', message: 'The service answered 503.' };
const CALLS = new Set(['waiting.get', 'waiting.put', 'waiting.remove', 'claims.claim', 'claims.release', 'tracker.upsertComment', 'writer.upsertChange', 'writer.publish', 'ledger.book']);
const allow: RunFact = { type: 'human-answered', answer: 'allow', by: MILA };

interface Way { readonly name: string; readonly held: boolean; readonly before: RunFact | undefined; readonly unkept: boolean; readonly end: 'waiting' | 'delivered' }
const override: RunFact = { type: 'override-granted', grant: { rule: 'budget', by: MILA, reason: 'It ends today.', at: Instant.parse('2026-01-01T00:00:00.000Z'), expiresAt: Instant.parse('2999-01-01T00:00:00.000Z') } };
const again: RunFact = { type: 'reconsidered', request: { trigger: { kind: 'cli' }, ticket: { tracker: 'file', key: 'ticket.md' }, actor: MILA, fromFork: false, at: Instant.parse('2026-01-01T00:00:00.000Z') } };
const WAYS: readonly Way[] = [
  { name: 'keep-waiting', held: true, before: undefined, unkept: true, end: 'waiting' },
  { name: 'human-answered', held: true, before: allow, unkept: false, end: 'delivered' },
  { name: 'reconsidered', held: false, before: again, unkept: false, end: 'waiting' },
  { name: 'override-granted', held: false, before: override, unkept: false, end: 'delivered' },
];

const scenes: Scene[] = [];
let held: Scene;
let unadmitted: Scene;
const ledgerOf = (at: Scene): RunPorts['ledger'] => createLedger({ folder: join(at.root, 'ledger') }, { pause: () => Promise.resolve(), random: Math.random });

beforeAll(async () => {
  held = makeScene({ config: { gates: { hold: ['total.mjs'] } } });
  unadmitted = makeScene({ config: { budgets: [{ name: 'pilot', per: 'repository', every: 'day', cost_usd: 0.5 }], overrides: { rules: ['budget'] } } });
  scenes.push(held, unadmitted);
  for (const at of scenes) expect((await startRun(at, { wrap: (ports) => ({ ...ports, ledger: ledgerOf(at), waiting: watched(ports.waiting, at) }) })).rest.kind).toBe('waiting');
}, WALL_MS);
afterAll(() => { for (const scene of scenes) scene.close(); });

/** What the ledger's row promised when the pack was put, beside the end of the trail in the pack. */
const atPut: { readonly promised: string | undefined; readonly head: string }[] = [];

function watched(store: RunPorts['waiting'], at: Scene): RunPorts['waiting'] {
  if (store === undefined) return undefined;
  return {
    id: store.id, bytesMax: store.bytesMax, get: store.get.bind(store), pack: store.pack.bind(store), list: store.list.bind(store), remove: store.remove.bind(store),
    put: async (name, kept, signal) => {
      const { run, ticket, since, head } = kept.entry;
      const view = await ledgerOf(at)?.read({ since, ticket });
      atPut.push({ promised: view?.ok === true ? view.value.rows.find((row) => row.run === run)?.promised : undefined, head });
      return store.put(name, kept, signal);
    },
  };
}

/** The same wait on another machine; `unkept`: its process ended before anything was put at the forge. */
function copyOf(way: Way): Scene {
  const from = way.held ? held : unadmitted;
  const root = temporaryFolder('heddle-wf-');
  cpSync(from.root, root, { recursive: true, filter: (file) => !file.startsWith(join(from.root, 'tmp')) });
  mkdirSync(join(root, 'tmp'));
  const at = { ...from, root, repo: join(root, 'repo'), out: join(root, 'out'), forge: join(root, 'local-forge') };
  if (way.unkept) for (const name of ['waiting', 'claims']) rmSync(join(at.forge, name), { recursive: true });
  return at;
}

function failing(at: Scene, when: (n: number) => boolean): { readonly calls: string[]; wrap(ports: RunPorts): RunPorts } {
  const calls: string[] = [];
  const over = <T extends object>(name: string, port: T): T => new Proxy(port, {
    get(target, member, receiver): unknown {
      const value: unknown = Reflect.get(target, member, receiver);
      if (typeof value !== 'function' || !CALLS.has(`${name}.${String(member)}`)) return value;
      return (...args: unknown[]): unknown => {
        calls.push(`${name}.${String(member)}`);
        return when(calls.length) ? Promise.resolve(err(PASSING)) : Reflect.apply(value, target, args);
      };
    },
  });
  return {
    calls,
    wrap: (ports) => {
      const { waiting } = ports;
      const ledger = ledgerOf(at);
      if (waiting === undefined || ledger === undefined) throw new Error('the local forge keeps waiting runs');
      return { ...ports, waiting: over('waiting', waiting), claims: over('claims', ports.claims), tracker: over('tracker', ports.tracker), writer: over('writer', ports.writer), ledger: over('ledger', ledger) };
    },
  };
}

const healthy = (at: Scene) => ({ wrap: (ports: RunPorts): RunPorts => ({ ...ports, ledger: ledgerOf(at) }) });

function keptAt(at: Scene): number {
  const folder = join(at.forge, 'waiting');
  return readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)).map((file) => join(folder, name, file))).filter((file) => (JSON.parse(readFileSync(file, 'utf8')) as { kind: string }).kind === 'kept').length;
}

/** What is wrong, in words. `left`: the run came to its end while every call from this one on failed; what it could not take away ends by itself. */
function wrong(at: Scene, way: Way, { ended, left }: { readonly ended: Ended; readonly left: string | undefined }): string[] {
  const run = seeRun(at.out);
  const forge = seeForge(at.forge);
  const changes = way.end === 'delivered' ? 1 : 0;
  const kept = way.end === 'waiting' ? 1 : 0;
  const claims = way.end === 'waiting' ? 1 : 0;
  const stopped = ended.rest.kind === 'interrupted' ? 'interrupted' : ended.rest.state.kind;
  return [
    ...(run.damage === undefined ? [] : [`damaged: ${run.damage}`]),
    ...((way.end === 'waiting' ? ended.rest.kind : ended.rest.state.kind) === way.end ? [] : [`came to ${stopped}`]),
    ...(forge.changes.length === changes && forge.branches.length === changes ? [] : [`${forge.changes.length} changes, ${forge.branches.length} branches`]),
    ...(keptAt(at) === kept || (left !== undefined && keptAt(at) <= 1) ? [] : [`${keptAt(at)} kept`]),
    ...(forge.liveClaims === claims || (left !== undefined && forge.liveClaims <= 1) ? [] : [`${forge.liveClaims} claims`]),
    ...(factsOf(run, 'attempt-started').length <= 1 ? [] : ['a session was bought again']),
    ...(factsOf(run, 'human-answered').length <= 1 && factsOf(run, 'override-granted').length <= 1 && factsOf(run, 'delivered').length <= 1 ? [] : ['an act counts twice']),
  ];
}

const beforeOf = (way: Way): { readonly before?: RunFact } => (way.before === undefined ? {} : { before: way.before });

describe('a run that begins to wait', () => {
  it('has told the ledger its end before it is put at the forge, so that a kill between the two loses nothing', async () => {
    expect(atPut).toHaveLength(2);
    for (const { promised, head } of atPut) expect(promised).toBe(head);
    const rows = await ledgerOf(held)?.read({ since: Instant.parse('2026-01-01T00:00:00.000Z') });
    // The lines have come since, and say more.
    expect(rows?.ok === true ? rows.value.rows.map((row) => [row.state, row.promised]) : rows).toEqual([['waiting', undefined]]);
  });
});

describe.each(WAYS)('a run that waits: $name', (way) => {
  it('the n-th call fails and stays away, then the run is resumed', async () => {
    const whole = copyOf(way);
    const first = failing(whole, () => false);
    expect(wrong(whole, way, { ended: await resumeRun(whole, { ...beforeOf(way), wrap: first.wrap }), left: undefined })).toEqual([]);
    expect(first.calls).toContain('waiting.get');
    const problems: string[] = [];
    for (const [index, call] of first.calls.entries()) {
      const at = copyOf(way);
      const broken = await resumeRun(at, { ...beforeOf(way), wrap: failing(at, (n) => n > index).wrap });
      const stopped = broken.rest.kind === 'interrupted';
      const ended = stopped ? await resumeRun(at, healthy(at)) : broken;
      problems.push(...wrong(at, way, { ended, left: stopped ? undefined : call }).map((words) => `${index + 1} ${call}: ${words}`));
    }
    expect(problems).toEqual([]);
  }, WALL_MS);

  it('the process ends at the n-th event, before or after its line, then the run is resumed', async () => {
    const whole = copyOf(way);
    const old = seeRun(whole.out).facts.length;
    await resumeRun(whole, { ...beforeOf(way), ...healthy(whole) });
    // The act itself was recorded, or it was never done: what follows it is ours.
    const own = way.before === undefined ? 0 : 1;
    const events = seeRun(whole.out).facts.slice(old + own);
    const problems: string[] = [];
    for (const [index, fact] of events.entries()) {
      // A session that was cut off is made up for: other tests look at that.
      if (['attempt-started', 'agent-reported'].includes(fact.type)) continue;
      const at = copyOf(way);
      let lines = 0;
      await resumeRun(at, { ...beforeOf(way), ...healthy(at), wrapStore: (store) => ({ ...store, append: async (line) => {
        lines += 1;
        if (lines > index + own) throw new Error('the process is gone');
        await store.append(line);
      } }) }).catch(() => undefined);
      expect(seeRun(at.out).facts).toHaveLength(old + own + index);
      const ended = await resumeRun(at, healthy(at));
      problems.push(...wrong(at, way, { ended, left: undefined }).map((words) => `${index + 1} ${fact.type}: ${words}`));
    }
    expect(problems).toEqual([]);
  }, WALL_MS);
});
