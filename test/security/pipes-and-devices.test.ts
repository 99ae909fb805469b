import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create as createTracker } from '../../src/adapters/tracker/file/index.js';
import { readCassette } from '../../src/containment/gateway/cassette.js';
import type { TicketRef } from '../../src/domain/ticket.js';

const TICKET: TicketRef = { tracker: 'file', key: 'ticket.md' };
let root: string;
beforeEach(async () => { root = await mkdtemp(path.join(tmpdir(), 'heddle-pipes-')); });
afterEach(async () => rm(root, { recursive: true, force: true }));
const pipe = async (file: string): Promise<unknown> => promisify(execFile)('mkfifo', [file]);

describe('a pipe or a device in the place of a file', () => {
  it('is no ticket, and does not hold us', async () => {
    await pipe(path.join(root, 'ticket.md'));
    const fetched = await createTracker({ root, commentsDir: path.join(root, 'comments') }).fetch(TICKET);
    expect(fetched.ok ? 'fetched' : fetched.error.message).toMatch(/is not a file/);
  });

  it('is no cassette', async () => {
    await pipe(path.join(root, 'cassette.json'));
    for (const file of [path.join(root, 'cassette.json'), '/dev/zero', root]) {
      const read = await readCassette(file);
      expect(read.ok ? 'read' : read.error.message).toMatch(/is no plain file/);
    }
  });

  it('is replaced where a comment goes, and a link there is not written through', async () => {
    const commentsDir = path.join(root, 'comments');
    await writeFile(path.join(root, 'ticket.md'), '---\ntitle: A title\n---\nText\n');
    const tracker = createTracker({ root, commentsDir });
    expect(await tracker.upsertComment(TICKET, 'marker', 'one')).toMatchObject({ ok: true });
    const [name] = await readdir(commentsDir);
    const file = path.join(commentsDir, name ?? '');
    await writeFile(path.join(root, 'mine'), 'mine');
    await rm(commentsDir, { recursive: true });
    await mkdir(commentsDir);
    await symlink(path.join(root, 'mine'), file);
    await symlink(path.join(root, 'mine'), `${file}.part`);
    expect(await tracker.upsertComment(TICKET, 'marker', 'two')).toMatchObject({ ok: true });
    await rm(file);
    await pipe(file);
    expect(await tracker.upsertComment(TICKET, 'marker', 'three')).toMatchObject({ ok: true });
    expect(await readFile(file, 'utf8')).toBe('three\n');
    expect(await readFile(path.join(root, 'mine'), 'utf8')).toBe('mine');
  });
});
