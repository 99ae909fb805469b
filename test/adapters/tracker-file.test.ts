import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '../../src/adapters/tracker/file/index.js';
import type { TicketRef } from '../../src/domain/ticket.js';
import { trackerContract } from '../contract/tracker-contract.js';
import type { SeedTicket, TrackerHarness } from '../contract/tracker-contract.js';

function fileOf(ticket: SeedTicket): string {
  return `---\ntitle: ${JSON.stringify(ticket.title)}\nlabels: ${JSON.stringify(ticket.labels)}\nstate: ${ticket.state}\nauthor: ${ticket.author.login}\ncreated: ${JSON.stringify(ticket.createdAt)}\n---\n${ticket.body}`;
}

async function makeHarness(): Promise<TrackerHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-tickets-'));
  const commentsDir = join(folder, 'comments');
  let count = 0;
  const names = new Map<string, string[]>();
  const plain = create({ root: folder, commentsDir });
  return {
    // Remembers which files the adapter named for a ticket: their names are its own affair.
    tracker: { ...plain, upsertComment: async (ref, marker, markdown, signal) => {
      const result = await plain.upsertComment(ref, marker, markdown, signal);
      if (result.ok && result.value !== undefined) names.set(ref.key, [...new Set([...names.get(ref.key) ?? [], result.value])]);
      return result;
    } },
    seed: async (ticket) => {
      count += 1;
      const ref: TicketRef = { tracker: 'file', key: `bugs/t${count}.md` };
      await mkdir(join(folder, 'bugs'), { recursive: true });
      await writeFile(join(folder, ref.key), fileOf(ticket));
      return ref;
    },
    missing: () => ({ tracker: 'file', key: 'bugs/none.md' }),
    ownComments: (ref) => Promise.all((names.get(ref.key) ?? []).map((path) => readFile(path, 'utf8'))),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

trackerContract('file', makeHarness);

describe('tickets as files', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'heddle-file-')); });
  afterEach(async () => { await rm(root, { recursive: true, force: true }); });

  async function fetchText(text: string | Uint8Array) {
    await writeFile(join(root, 'a.md'), text);
    return create({ root, commentsDir: join(root, 'c') }).fetch({ tracker: 'file', key: 'a.md' });
  }

  async function refusal(text: string | Uint8Array): Promise<string> {
    const result = await fetchText(text);
    if (result.ok) throw new Error('expected a fault');
    expect(result.error).toMatchObject({ code: 'rejected', side: 'setup', retryable: false, source: 'tracker/file' });
    return result.error.message;
  }

  it('reads every key, also with Windows line ends and a byte order mark', async () => {
    const result = await fetchText('\ufeff---\r\ntitle: T\r\nid: 12\r\nlabels: [a]\r\nauthor: amy\r\napproved_by: [bob, eve]\r\nacceptance_criteria:\r\n  - "one (check: unit)"\r\ncreated: 2026-03-01\r\n---\r\nBody\r\n');
    expect(result).toMatchObject({ ok: true, value: {
      title: 'T', labels: ['a'], state: 'open', author: { login: 'amy', id: 'file:amy', kind: 'unknown' }, criteria: ['one (check: unit)'],
      createdAt: '2026-03-01T00:00:00.000Z', contentEditedAt: null, body: 'Body\r\n',
      events: [{ kind: 'approved', actor: { login: 'bob' } }, { kind: 'approved', actor: { login: 'eve' } }],
    } });
  });

  it.each([
    ['an unknown key, with the nearest known one', '---\ntitle: T\naproved_by: amy\n---\n', 'a.md:3:1: unknown key "aproved_by". Did you mean approved_by? Allowed are: title, id, labels, state, author, approved_by, acceptance_criteria, created.'],
    ['a wrong type', '---\ntitle: 12\n---\n', 'a.md:2:8: title has a wrong value. title must be a text of 1 to 1000 characters; put it in quotes when it looks like a number or holds a colon.'],
    ['a wrong state', '---\ntitle: T\nstate: done\n---\n', 'a.md:3:8: state has a wrong value. state must be open or closed.'],
    ['a wrong item of a list', '---\ntitle: T\nlabels:\n  - a\n  - [b]\n---\n', 'a.md:5:5: labels.1 has a wrong value. labels must be a list of texts: [bug, heddle].'],
    ['a missing title', '---\nstate: open\n---\n', 'a.md:1:1: the key title is missing. It must be a text of 1 to 1000 characters; put it in quotes when it looks like a number or holds a colon.'],
    ['a key that stands twice', '---\ntitle: T\ntitle: U\n---\n', 'a.md:3:1: the front matter is not YAML: Map keys must be unique'],
    ['a front matter that is no map', '---\n- a\n---\n', 'a.md:1:1: the front matter must be keys with values. Allowed are: title, id, labels, state, author, approved_by, acceptance_criteria, created.'],
    ['a front matter without an end', '---\ntitle: T\n', 'a.md:1:1: the front matter is not closed. End it with a line that is just ---'],
    ['a date that is none', '---\ntitle: T\ncreated: soon\n---\n', 'a.md:3:10: created has a wrong value. created must be a date: 2026-03-01 or 2026-03-01T09:00:00Z.'],
  ])('refuses %s with file, line and column', async (_name, text, words) => {
    expect(await refusal(text)).toBe(words);
  });

  it('says what to put at the top when there is no front matter', async () => {
    expect(await refusal('# Title\n')).toContain('title: What should change');
  });

  it('gives all problems at once', async () => {
    expect((await refusal('---\ntitle: 1\nstat: x\n---\n')).split('\n')).toHaveLength(2);
  });

  it('refuses bytes that are not UTF-8, and a bomb of aliases', async () => {
    expect(await refusal(Uint8Array.from([0x2d, 0xff, 0xfe]))).toContain('UTF-8');
    const bomb = `---\ntitle: T\nlabels:\n  - &a [x,x]\n${Array.from({ length: 30 }, () => '  - *a\n').join('')}---\n`;
    expect(await refusal(bomb)).toContain('a.md:');
  });

  it('does not take the file\'s own time for an edit', async () => {
    const before = await fetchText('---\ntitle: T\ncreated: 2026-03-01\n---\nb\n');
    await utimes(join(root, 'a.md'), new Date(0), new Date('2030-01-01T00:00:00Z'));
    const after = await create({ root, commentsDir: root }).fetch({ tracker: 'file', key: 'a.md' });
    expect(after).toEqual(before);
  });

  it('writes comments beside nothing: the ticket\'s folder may be read-only', async () => {
    await mkdir(join(root, 'tickets'));
    await writeFile(join(root, 'tickets', 'a.md'), '---\ntitle: T\n---\n');
    await chmod(join(root, 'tickets'), 0o555);
    const tracker = create({ root, commentsDir: join(root, 'out', 'comments') });
    const path = await tracker.upsertComment({ tracker: 'file', key: 'tickets/a.md' }, 'heddle:../../status', 'x');
    await chmod(join(root, 'tickets'), 0o755);
    expect(await readdir(join(root, 'tickets'))).toEqual(['a.md']);
    const files = await readdir(join(root, 'out', 'comments'));
    expect(path).toEqual({ ok: true, value: join(root, 'out', 'comments', files[0] ?? '') });
    expect(files).toHaveLength(1);
  });
});
