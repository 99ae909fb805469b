import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TreeSha } from '../../src/domain/ids.js';
import type { CommitSha } from '../../src/domain/ids.js';
import type { Workspace } from '../../src/ports/workspace.js';

/**
 * What a workspace adapter's test gives to the suite: a workspace over a repository whose `main` has one commit with
 * README.md ("# shop\n"), src/total.ts ("export const total = 1;\n"), bin/tool (executable), link -> src/total.ts and a
 * .gitignore with node_modules/.
 */
export interface WorkspaceHarness { readonly workspace: Workspace; close(): Promise<void> }

const LIMITS = { filesMax: 100, diffBytesMax: 100_000, fileBytesMax: 50_000 };

/** The ONE suite that every workspace adapter passes. */
export function workspaceContract(name: string, makeHarness: () => Promise<WorkspaceHarness>): void {
  describe(`workspace contract: ${name}`, () => {
    let harness: WorkspaceHarness;
    let temporary: string;
    let base: CommitSha;
    let tree: TreeSha;
    beforeEach(async () => {
      harness = await makeHarness();
      temporary = mkdtempSync(join(tmpdir(), 'heddle-contract-'));
      const resolved = await harness.workspace.resolve('main');
      if (!resolved.ok) throw new Error(resolved.error.message);
      base = resolved.value;
      tree = await harness.workspace.treeOf(base);
    });
    afterEach(async () => {
      rmSync(temporary, { recursive: true, force: true });
      await harness.close();
    });
    const at = (): Context => ({ workspace: harness.workspace, base, tree, folder: join(temporary, 'work'), temporary });
    describe('reading', () => { reading(at); });
    describe('checkout', () => { checkingOut(at); });
    describe('capture', () => { capturing(at); });
    describe('bundle', () => { bundling(at); });
  });
}

interface Context { readonly workspace: Workspace; readonly base: CommitSha; readonly tree: TreeSha; readonly folder: string; readonly temporary: string }

function reading(at: () => Context): void {
  it('names what exists when a revision is unknown', async () => {
    const answer = await at().workspace.resolve('no-such-branch');
    expect(answer).toMatchObject({ ok: false, error: { code: 'not-found', side: 'setup' } });
    expect(answer.ok ? '' : answer.error.message).toContain('main');
  });

  it.each(['-h', '--all', 'main@{0}', 'main^', 'main..main', ':/base', '', 'main\nmain'])('takes %j for a name, never for an expression', async (revision) => {
    expect(await at().workspace.resolve(revision)).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });

  it('tells its history, with lines and without, and bounds it', async () => {
    const { workspace, base } = at();
    const plain = await workspace.history({ head: base, paths: [], commitsMax: 10 });
    expect(plain).toMatchObject({ whole: true });
    expect(plain.commits).toHaveLength(1);
    expect(plain.commits[0]).toMatchObject({ commit: base, reverts: [] });
    expect(plain.commits[0]?.files.find((file) => file.path === 'src/total.ts')).toMatchObject({ additions: 1, deletions: 0, added: true, deleted: false });
    const lined = await workspace.history({ head: base, paths: ['src/total.ts'], commitsMax: 10, lines: true });
    expect(lined.commits[0]?.files).toEqual([{ path: 'src/total.ts', additions: 1, deletions: 0, added: true, deleted: false, removedLines: [], addedLines: [[1, 1]] }]);
    expect((await workspace.history({ head: base, paths: ['--all', ':(top)', '*'], commitsMax: 10 })).commits).toEqual([]);
    expect(await workspace.history({ head: base, paths: [], commitsMax: 1 })).toMatchObject({ whole: false });
    expect((await workspace.history({ head: base, paths: [], commitsMax: 10, since: 4_000_000_000 })).commits).toEqual([]);
  });

  it('finds lines that hold fixed words, and takes no word for a pattern or an option', async () => {
    const { workspace, base, tree } = at();
    expect(await workspace.mentions(tree, ['const total'])).toEqual([{ path: 'src/total.ts', text: 'export const total = 1;' }]);
    expect(await workspace.mentions(base, ['.*', '--cached', 'no such word'])).toEqual([]);
    expect(await workspace.mentions(tree, [])).toEqual([]);
  });

  it('lists files in path order, below a folder too, and reads them without following links', async () => {
    const { workspace, base, tree } = at();
    const paths = (await workspace.list(tree)).map((entry) => entry.path);
    expect(paths).toEqual([...paths].sort());
    expect(paths).toContain('src/total.ts');
    expect((await workspace.list(base, 'src')).every((entry) => entry.path.startsWith('src/'))).toBe(true);
    expect((await workspace.list(tree, 'no/such'))).toEqual([]);
    expect(text(await workspace.read(base, 'src/total.ts'))).toBe('export const total = 1;\n');
    expect(text(await workspace.read(tree, 'link'))).toBe('src/total.ts');
    expect(await workspace.read(tree, 'src')).toBeUndefined();
    expect(await workspace.read(tree, 'src/nothing')).toBeUndefined();
    expect(await workspace.read(tree, 'README.md/x')).toBeUndefined();
  });

  it('counts no drift from a commit to itself, and does not guess about an unknown one', async () => {
    const { workspace, base } = at();
    expect(await workspace.drift(base, base)).toBe(0);
    expect(await workspace.drift(base, '1'.repeat(40) as CommitSha)).toBeUndefined();
  });
}

function checkingOut(at: () => Context): void {
  it('writes bytes, modes and links, and nothing else', async () => {
    const { workspace, tree, folder } = at();
    expect(await workspace.checkout(tree, folder)).toEqual({ ok: true, value: undefined });
    const files = (await workspace.list(tree)).map((entry) => entry.path.split('/')[0]);
    expect(readdirSync(folder).sort()).toEqual([...new Set(files)].sort());
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('# shop\n');
    expect(lstatSync(join(folder, 'bin/tool')).mode & 0o111).not.toBe(0);
    expect(readlinkSync(join(folder, 'link'))).toBe('src/total.ts');
  });

  it('refuses a folder that holds something', async () => {
    const { workspace, tree, folder } = at();
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine.txt'), 'mine\n');
    expect((await workspace.checkout(tree, folder)).ok).toBe(false);
    expect(readdirSync(folder)).toEqual(['mine.txt']);
  });

  it('shows a .git without remotes, hooks or users when asked', async () => {
    const { workspace, tree, base, folder } = at();
    expect((await workspace.checkout(tree, folder, { git: base })).ok).toBe(true);
    expect(readFileSync(join(folder, '.git/HEAD'), 'utf8').trim()).toBe(base);
    expect(readFileSync(join(folder, '.git/config'), 'utf8')).not.toMatch(/remote|url|user|helper|hook/i);
    expect(await workspace.capture(folder, base, 1, LIMITS)).toEqual({ ok: true, value: { kind: 'empty' } });
  });
}

function capturing(at: () => Context): void {
  it('is empty for an untouched checkout, with and without its record', async () => {
    const { workspace, tree, base, folder, temporary } = at();
    await workspace.checkout(tree, folder);
    expect(await workspace.capture(folder, base, 1, LIMITS)).toEqual({ ok: true, value: { kind: 'empty' } });
    const moved = join(temporary, 'moved');
    mkdirSync(moved);
    for (const name of ['README.md', 'src', 'bin', 'link', '.gitignore']) copy(join(folder, name), join(moved, name));
    const again = await workspace.capture(moved, base, 1, LIMITS);
    expect(again).toMatchObject({ ok: true });
  });

  it('says every change with its counts, and the same tree can be written and captured again', async () => {
    const { workspace, tree, base, folder, temporary } = at();
    await workspace.checkout(tree, folder);
    appendFileSync(join(folder, 'README.md'), 'more\n');
    writeFileSync(join(folder, 'src/new.ts'), 'a\nb\n');
    rmSync(join(folder, 'src/total.ts'));
    chmodSync(join(folder, 'bin/tool'), 0o644);
    rmSync(join(folder, 'link'));
    writeFileSync(join(folder, 'link'), 'file now\n');
    mkdirSync(join(folder, 'node_modules/x'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/x/index.js'), 'ignored\n');
    const answer = await workspace.capture(folder, base, 3, LIMITS);
    if (!answer.ok || answer.value.kind !== 'captured') throw new Error(JSON.stringify(answer));
    const { candidate } = answer.value;
    expect(candidate).toMatchObject({ attempt: 3, base, stats: { files: 5 } });
    expect(candidate.files.map((file) => [file.path, file.status, file.newMode, file.additions, file.deletions])).toEqual([
      ['README.md', 'modified', '100644', 1, 0], ['bin/tool', 'modified', '100644', 0, 0], ['link', 'type-changed', '100644', 1, 1],
      ['src/new.ts', 'added', '100644', 2, 0], ['src/total.ts', 'deleted', '000000', 0, 1],
    ]);
    expect(Buffer.from(await workspace.patch(base, candidate.tree)).length).toBe(candidate.stats.bytes);
    const fresh = join(temporary, 'fresh');
    expect((await workspace.checkout(candidate.tree, fresh)).ok).toBe(true);
    const second = await workspace.capture(fresh, base, 4, LIMITS);
    expect(second).toMatchObject({ ok: true, value: { candidate: { tree: candidate.tree, patchDigest: candidate.patchDigest } } });
    expect(text(await workspace.source(candidate).readBlob(candidate.files.find((file) => file.path === 'src/new.ts')?.newBlob ?? ''))).toBe('a\nb\n');
  });

  it('collects all refusals and keeps nothing', async () => {
    const { workspace, tree, base, folder } = at();
    await workspace.checkout(tree, folder);
    symlinkSync('/etc/passwd', join(folder, 'out'));
    writeFileSync(join(folder, 'bad\u202ename'), 'x');
    writeFileSync(join(folder, 'big'), Buffer.alloc(50_001));
    mkdirSync(join(folder, 'sub/.git'), { recursive: true });
    const answer = await workspace.capture(folder, base, 1, LIMITS);
    expect(answer.ok || !('refusals' in answer.error) ? [] : answer.error.refusals.map((refusal) => refusal.code).sort())
      .toEqual(['file-too-large', 'link-escapes', 'nested-repository', 'unsafe-name']);
  });

  it('refuses a patch over the limit, and too many files', async () => {
    const { workspace, tree, base, folder } = at();
    await workspace.checkout(tree, folder);
    writeFileSync(join(folder, 'text.txt'), 'line\n'.repeat(5000));
    expect(await workspace.capture(folder, base, 1, { ...LIMITS, diffBytesMax: 10_000 })).toMatchObject({ ok: false, error: { refusals: [{ code: 'diff-too-large' }] } });
    for (let n = 0; n < 11; n += 1) writeFileSync(join(folder, `f${String(n)}`), 'x');
    expect(await workspace.capture(folder, base, 1, { ...LIMITS, filesMax: 10 })).toMatchObject({ ok: false, error: { refusals: [{ code: 'too-many-files' }] } });
  });

  it('is a fault when the folder is gone', async () => {
    const { workspace, base, folder } = at();
    expect(await workspace.capture(folder, base, 1, LIMITS)).toMatchObject({ ok: false, error: { fault: { code: 'io' } } });
  });
}

function bundling(at: () => Context): void {
  it('writes one commit of the tree, the same for the same time', async () => {
    const { workspace, tree, base, folder, temporary } = at();
    await workspace.checkout(tree, folder);
    writeFileSync(join(folder, 'new.txt'), 'new\n');
    const answer = await workspace.capture(folder, base, 1, LIMITS);
    if (!answer.ok || answer.value.kind !== 'captured') throw new Error(JSON.stringify(answer));
    const date = new Date('2026-03-01T12:00:00Z');
    const first = await workspace.bundle(base, answer.value.candidate.tree, join(temporary, 'change.bundle'), date);
    const again = await workspace.bundle(base, answer.value.candidate.tree, join(temporary, 'again.bundle'), date);
    expect(first).toMatchObject({ ok: true });
    expect(again).toEqual(first);
    expect(readFileSync(join(temporary, 'change.bundle'), 'latin1')).toContain('refs/heddle/candidate');
  });

  it('is a fault for a tree that is not there', async () => {
    const { workspace, base, temporary } = at();
    const answer = await workspace.bundle(base, TreeSha.parse('1'.repeat(40)), join(temporary, 'change.bundle'), new Date(0));
    expect(answer.ok).toBe(false);
  });
}

function copy(from: string, to: string): void {
  const stat = lstatSync(from);
  if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else if (stat.isDirectory()) {
    mkdirSync(to);
    for (const name of readdirSync(from)) copy(join(from, name), join(to, name));
  } else {
    writeFileSync(to, readFileSync(from));
    chmodSync(to, stat.mode);
  }
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}
