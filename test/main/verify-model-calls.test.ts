import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Digest } from '../../src/domain/ids.js';
import type { RunEvent } from '../../src/flow/event.js';
import { linkRecord } from '../../src/kit/record-chain.js';
import type { Link } from '../../src/kit/record-chain.js';
import { chainLine } from '../../src/ledger/chain.js';
import { auditCommand } from '../../src/main/commands/audit.js';
import { verifyModelCalls } from '../../src/main/verify-model-calls.js';
import { deliveredAfterOneRepair } from '../fixtures/run-events.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const records = (count: number): readonly Link[] => {
  const all: Link[] = [];
  for (let at = 0; at < count; at += 1) all.push(linkRecord({ sequence: at + 1, status: 200 }, all.at(-1)?.hash ?? null));
  return all;
};
const jsonl = (all: readonly unknown[]): string => all.map((one) => `${JSON.stringify(one)}\n`).join('');

/** A run folder whose trail says that each attempt made so many calls; undefined says nothing, as older folders do. */
const runFolder = async (calls: number | undefined): Promise<{ readonly folder: string; readonly trail: string }> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'audit-'));
  folders.push(folder);
  let previous: RunEvent['previous'] = null;
  let trail = '';
  for (const event of deliveredAfterOneRepair()) {
    const all = records(calls ?? 0);
    const fact = event.fact.type === 'agent-reported' && calls !== undefined ? { ...event.fact, modelCalls: { count: calls, head: calls === 0 ? null : Digest.parse(all.at(-1)?.hash) } } : event.fact;
    const { line, hash } = chainLine({ ...event, fact, previous });
    previous = hash;
    trail += line;
    if (event.fact.type !== 'agent-reported' || calls === undefined || calls === 0) continue;
    const place = path.join(folder, 'agent', String(event.fact.attempt));
    await mkdir(place, { recursive: true });
    await writeFile(path.join(place, 'model-calls.jsonl'), jsonl(all));
  }
  await writeFile(path.join(folder, 'events.jsonl'), trail);
  return { folder, trail };
};
const audit = (folder: string): Promise<number> => auditCommand({ positionals: ['verify', folder], values: new Map() } as unknown as Parameters<typeof auditCommand>[0]);

describe('the records of model calls', () => {
  it('fit the trail', async () => {
    const { folder, trail } = await runFolder(3);
    expect(await verifyModelCalls(folder, trail)).toEqual({ ok: true, value: { calls: 6, attempts: 2 } });
    expect(await audit(folder)).toBe(0);
  });

  it.each([
    ['changed', (all: readonly Link[]) => jsonl(all).replace('"status":200', '"status":201'), 'hash-mismatch'], ['removed in the middle', (all: readonly Link[]) => jsonl(all.toSpliced(1, 1)), 'chain-broken'],
    ['removed at the end', (all: readonly Link[]) => jsonl(all.slice(0, -1)), 'head-mismatch'], ['all removed', () => '', 'head-mismatch'],
    ['written anew by somebody who knows how', (all: readonly Link[]) => jsonl([...records(2), linkRecord({ sequence: 3, status: 500 }, all[1]?.hash ?? null)]), 'head-mismatch'],
  ] as const)('are %s: found', async (_name, change, code) => {
    const { folder, trail } = await runFolder(3);
    const file = path.join(folder, 'agent', '2', 'model-calls.jsonl');
    await writeFile(file, change(records(3)));
    expect(await verifyModelCalls(folder, trail)).toMatchObject({ ok: false, error: { file, code } });
    expect(await audit(folder)).toBe(1);
  });

  it('are gone: found', async () => {
    const { folder, trail } = await runFolder(3);
    await rm(path.join(folder, 'agent'), { recursive: true });
    expect(await verifyModelCalls(folder, trail)).toMatchObject({ ok: false, error: { code: 'missing-file' } });
  });

  it.each([[undefined, 0], [0, 2]])('say nothing where the trail says nothing (%p calls)', async (calls, attempts) => {
    const { folder, trail } = await runFolder(calls);
    expect(await verifyModelCalls(folder, trail)).toEqual({ ok: true, value: { calls: 0, attempts } });
    expect(await audit(folder)).toBe(0);
  });
});
