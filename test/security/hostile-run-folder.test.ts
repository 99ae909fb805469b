import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create as createEvidence } from '../../src/adapters/evidence/folder/index.js';
import { create as createStore } from '../../src/adapters/ledger-store/folder/index.js';
import { createRedactor } from '../../src/containment/redactor.js';
import { parseEvents } from '../../src/flow/trail.js';
import { verifyChain } from '../../src/ledger/chain.js';
import type { Evidence } from '../../src/ports/evidence.js';

const MINE = 'mine, and nobody else may write it';
let root: string;
let folder: string;
let outside: string;
let evidence: Evidence;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'heddle-hostile-'));
  folder = path.join(root, 'run');
  outside = path.join(root, 'outside');
  await mkdir(folder);
  await mkdir(outside);
  await writeFile(path.join(outside, 'file'), MINE);
  evidence = createEvidence({ folder }, { redactor: createRedactor() });
});
afterEach(async () => rm(root, { recursive: true, force: true }));

/** The run folder that `heddle resume` is given may have been made by somebody else. */
describe('a hostile run folder', () => {
  it('cannot lead a document out through a linked folder', async () => {
    await symlink(outside, path.join(folder, 'checks'));
    await expect(evidence.writeText('checks/1/unit/log.txt', 'x')).rejects.toThrow(/never followed/);
    await expect(evidence.appendJsonLine('checks/1/log.jsonl', {})).rejects.toThrow(/never followed/);
    await expect(evidence.pathFor('checks/change.bundle')).rejects.toThrow(/never followed/);
    expect(await readdir(outside)).toEqual(['file']);
  });

  it('cannot have a file outside written by a link in the place of a document or of its beginning', async () => {
    await symlink(path.join(outside, 'file'), path.join(folder, 'events2.jsonl'));
    await symlink(path.join(outside, 'file'), path.join(folder, `cost.json.${process.pid}.new`));
    await link(path.join(outside, 'file'), path.join(folder, 'hard.jsonl'));
    await expect(evidence.appendJsonLine('events2.jsonl', { a: 1 })).rejects.toThrow(/plain file/);
    await expect(evidence.appendJsonLine('hard.jsonl', { a: 1 })).rejects.toThrow(/plain file/);
    await evidence.writeJson('cost.json', { a: 1 });
    expect(await readFile(path.join(outside, 'file'), 'utf8')).toBe(MINE);
    expect(await readFile(path.join(folder, 'cost.json'), 'utf8')).toBe('{"a":1}\n');
  });

  it('cannot have a file outside read, nor hold us at a pipe', async () => {
    await symlink(path.join(outside, 'file'), path.join(folder, 'brief.json'));
    await symlink(outside, path.join(folder, 'agent'));
    await promisify(execFile)('mkfifo', [path.join(folder, 'run.json')]);
    expect(await evidence.readText('brief.json')).toBeUndefined();
    expect(await evidence.readText('agent/file')).toBeUndefined();
    expect(await evidence.readText('run.json')).toBeUndefined();
  });

  it('cannot have a trail appended to a file outside', async () => {
    for (const make of [symlink, link]) {
      await rm(path.join(folder, 'events.jsonl'), { force: true });
      await make(path.join(outside, 'file'), path.join(folder, 'events.jsonl'));
      const store = await createStore({ folder });
      expect(store.ok ? 'opened' : store.error.message).toMatch(/is no trail/);
    }
    expect(await readFile(path.join(outside, 'file'), 'utf8')).toBe(MINE);
    expect(await readdir(folder)).not.toContain('.lock');
  });

  it('cannot hold us at a pipe in the place of the lock or the trail', async () => {
    await promisify(execFile)('mkfifo', [path.join(folder, '.lock'), path.join(folder, 'events.jsonl')]);
    const locked = await createStore({ folder });
    expect(locked.ok ? 'opened' : locked.error.message).toMatch(/does not say who holds it/);
    await rm(path.join(folder, '.lock'));
    const store = await createStore({ folder });
    expect(store.ok ? 'opened' : store.error.message).toMatch(/no plain file/);
  });

  it.each([
    ['text that is no JSON', '{"fact":]'],
    ['JSON of any depth', `{"fact":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
  ])('cannot crash the reader with a well-chained line of %s', (_, start) => {
    const event = `${start},"previous":null,"run":"abcdefgh12345678","sequence":0,"version":1}`;
    const hash = createHash('sha256').update(event).digest('hex');
    const bytes = Buffer.from(`{"event":${event},"hash":"sha256:${hash}"}\n`);
    expect(verifyChain(bytes).ok).toBe(true);
    const parsed = parseEvents(bytes);
    expect(parsed.ok ? 'parsed' : parsed.error.line).toBe(1);
  });
});

describe('the lock of a run folder', () => {
  it('is taken over from a process that is gone by exactly one of many', async () => {
    for (let round = 0; round < 20; round += 1) {
      await writeFile(path.join(folder, '.lock'), '999999999');
      const stores = await Promise.all(Array.from({ length: 8 }, () => createStore({ folder })));
      const open = stores.flatMap((store) => (store.ok ? [store.value] : []));
      expect(open).toHaveLength(1);
      await Promise.all(open.map((store) => store.close()));
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('is never empty: one that is being made cannot be taken for that of nobody', async () => {
    const stores = await Promise.all(Array.from({ length: 30 }, () => createStore({ folder })));
    expect(stores.filter((store) => store.ok)).toHaveLength(1);
  });
});
