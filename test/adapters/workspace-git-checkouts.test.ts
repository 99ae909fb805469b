import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, describeCheckout } from '../../src/adapters/workspace/git/index.js';
import { BASE, LIMITS, checkedOut, codesIn, git, makePlace, openAt, treeIn, writeFiles } from './workspace-git-fixture.js';
import type { Place } from './workspace-git-fixture.js';

describe('kinds of checkouts that are opened', () => {
  let place: Place;
  beforeEach(() => { place = makePlace(); });
  afterEach(() => { place.close(); });

  async function worksAt(repo: string): Promise<void> {
    const { workspace, base, tree } = await openAt(place, repo);
    const work = mkdtempSync(join(tmpdir(), 'heddle-kind-'));
    try {
      expect(await workspace.checkout(tree, join(work, 'w'), { git: base })).toEqual({ ok: true, value: undefined });
      expect(git(join(work, 'w'), 'status', '--porcelain')).toBe('');
      expect(git(join(work, 'w'), 'rev-parse', 'HEAD')).toBe(base);
      writeFileSync(join(work, 'w/new.txt'), 'new\n');
      const captured = treeIn(await workspace.capture(join(work, 'w'), base, 1, LIMITS), tree);
      expect(captured).not.toBe(tree);
      expect(await workspace.bundle(base, captured as typeof tree, join(work, 'b'), new Date(0))).toMatchObject({ ok: true });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }

  it('a shallow clone in the way CI makes it: detached, remote branches only', async () => {
    appendFileSync(join(place.repo, 'README.md'), 'second\n');
    git(place.repo, 'commit', '-qam', 'second');
    const ci = place.path('ci');
    git(place.root, 'clone', '-q', '--depth', '1', `file://${place.repo}`, ci);
    git(ci, 'checkout', '-q', '--detach');
    git(ci, 'branch', '-q', '-D', 'main');
    await worksAt(ci);
    expect(await describeCheckout(ci)).toMatchObject({ ok: true, value: { branch: undefined, shallow: true, defaultBranch: 'main', dirty: false } });
    const { workspace, base } = await openAt(place, ci);
    expect(await workspace.resolve('main')).toEqual({ ok: true, value: base });
    expect(await workspace.resolve('origin/main')).toEqual({ ok: true, value: base });
    const unknown = await workspace.resolve('develop');
    expect(unknown.ok ? '' : unknown.error.message).toContain('origin/main');
  });

  it('a worktree, a sub-folder, a bare repository and a SHA-256 repository', async () => {
    git(place.repo, 'worktree', 'add', '-q', place.path('tree'), '-b', 'other');
    await worksAt(place.path('tree'));
    await worksAt(join(place.repo, 'src/deep'));
    expect(await describeCheckout(join(place.repo, 'src/deep'))).toMatchObject({ ok: true, value: { subfolder: 'src/deep', branch: 'main' } });
    git(place.root, 'clone', '-q', '--bare', place.repo, place.path('bare.git'));
    await worksAt(place.path('bare.git'));
    mkdirSync(place.path('sha256'));
    git(place.path('sha256'), 'init', '-q', '--object-format=sha256', '-b', 'main');
    writeFiles(place.path('sha256'), BASE);
    git(place.path('sha256'), 'add', '-A');
    git(place.path('sha256'), 'commit', '-q', '-m', 'base');
    await worksAt(place.path('sha256'));
  });

  it('a clone that borrows its objects, in a folder with a strange name', async () => {
    const odd = place.path('ünï "q" #1');
    git(place.root, 'clone', '-q', '--shared', place.repo, odd);
    await worksAt(odd);
  });

  it('says what to do about a folder without a repository, one without a commit, and none at all', async () => {
    mkdirSync(place.path('empty'));
    git(place.path('empty'), 'init', '-q');
    expect(await create().open(place.path('empty'), place.path('s'))).toMatchObject({ ok: false, error: { code: 'rejected', side: 'setup', message: expect.stringContaining('no commit yet') } });
    expect(await describeCheckout(place.path('empty'))).toMatchObject({ ok: false, error: { code: 'rejected' } });
    mkdirSync(place.path('plain'));
    expect(await create().open(place.path('plain'), place.path('s'))).toMatchObject({ ok: false, error: { message: expect.stringContaining('not inside a git repository') } });
    expect(await create().open(place.path('nowhere'), place.path('s'))).toMatchObject({ ok: false, error: { code: 'not-found' } });
    expect(await create({ command: place.path('no-git') }).open(place.repo, place.path('s'))).toMatchObject({ ok: false, error: { code: 'not-installed', side: 'setup' } });
  });

  it('hides name and password of origin, and sees what is dirty', async () => {
    git(place.repo, 'remote', 'add', 'origin', 'https://amy:secret@example.com/acme/shop.git');
    expect(await describeCheckout(place.repo)).toMatchObject({ ok: true, value: { origin: 'https://example.com/acme/shop.git', dirty: false } });
    writeFileSync(join(place.repo, 'untracked.txt'), 'x');
    utimesSync(join(place.repo, 'README.md'), 1, 1);
    expect(await describeCheckout(place.repo)).toMatchObject({ ok: true, value: { dirty: false } });
    writeFileSync(join(place.repo, 'README.md'), 'x');
    expect(await describeCheckout(place.repo)).toMatchObject({ ok: true, value: { dirty: true } });
  });

  it('counts how far the base moved', async () => {
    const { base } = await openAt(place);
    appendFileSync(join(place.repo, 'README.md'), 'more\n');
    git(place.repo, 'commit', '-qam', 'more');
    const { workspace, base: head } = await openAt(place);
    expect(await workspace.drift(base, head)).toBe(1);
    expect(await workspace.drift(head, base)).toBeUndefined();
  });
});

describe('edits that are easy to get wrong', () => {
  let place: Place;
  beforeEach(() => { place = makePlace(); });
  afterEach(() => { place.close(); });

  it('swaps files and folders, renames by case, and drops what became empty', async () => {
    const { workspace, base, work } = await checkedOut(place);
    rmSync(join(work, 'src/deep'), { recursive: true });
    writeFileSync(join(work, 'src/deep'), 'a file now\n');
    rmSync(join(work, 'bin/tool'));
    mkdirSync(join(work, 'bin/tool'));
    writeFileSync(join(work, 'bin/tool/inner'), 'a folder now\n');
    renameSync(join(work, 'README.md'), join(work, 'Readme.md'));
    mkdirSync(join(work, 'nothing/at/all'), { recursive: true });
    writeFileSync(join(work, 'ünïcode ‑ 日本.txt'), 'x\n');
    const answer = await workspace.capture(work, base, 1, LIMITS);
    if (!answer.ok || answer.value.kind !== 'captured') throw new Error(JSON.stringify(answer));
    expect(answer.value.candidate.files.map((file) => `${file.status} ${file.path}`)).toEqual([
      'deleted README.md', 'added Readme.md', 'deleted bin/tool', 'added bin/tool/inner', 'added src/deep', 'deleted src/deep/er/file.txt', 'added ünïcode ‑ 日本.txt',
    ]);
  });

  it('sees a change of the same size with the old times put back', async () => {
    const { workspace, base, tree, work } = await checkedOut(place);
    const old = new Date(1_700_000_000_000);
    const file = join(work, 'src/total.ts');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('1', '2'));
    utimesSync(file, old, old);
    expect(treeIn(await workspace.capture(work, base, 1, LIMITS), tree)).not.toBe(tree);
    writeFileSync(file, text);
    expect(await workspace.capture(work, base, 1, LIMITS)).toMatchObject({ ok: true, value: { kind: 'empty' } });
    chmodSync(file, 0o755);
    expect(await workspace.capture(work, base, 1, LIMITS)).toMatchObject({ ok: true, value: { candidate: { files: [{ path: 'src/total.ts', oldMode: '100644', newMode: '100755' }] } } });
  });

  it('keeps a tracked file in an ignored folder, and no other file of it', async () => {
    git(place.repo, 'rm', '-q', '--cached', 'README.md');
    writeFiles(place.repo, { 'node_modules/kept.js': '1\n' });
    git(place.repo, 'add', '-f', 'node_modules/kept.js', 'README.md');
    git(place.repo, 'commit', '-q', '-m', 'tracked though ignored');
    const { workspace, base, tree, work } = await checkedOut(place);
    writeFiles(work, { 'node_modules/other.js': 'x\n', 'node_modules/.git/config': 'x\n' });
    expect(treeIn(await workspace.capture(work, base, 1, LIMITS), tree)).toBe(tree);
    writeFileSync(join(work, 'node_modules/kept.js'), '2\n');
    expect(treeIn(await workspace.capture(work, base, 1, LIMITS), tree)).not.toBe(tree);
  });

  it('collects at most fifty refusals', async () => {
    const { workspace, base, work } = await checkedOut(place);
    for (let n = 0; n < 60; n += 1) writeFileSync(join(work, `bad\u200b${String(n)}`), '');
    expect(codesIn(await workspace.capture(work, base, 1, LIMITS))).toHaveLength(50);
  });

  it('takes ten thousand files', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`d${String(n % 100)}/f${String(n)}.txt`, `${String(n)}\n`]));
    const large = makePlace(many);
    try {
      const { workspace, base, work } = await checkedOut(large);
      expect(await workspace.list(base)).toHaveLength(10_000);
      expect(await workspace.capture(work, base, 1, LIMITS)).toMatchObject({ ok: true, value: { kind: 'empty' } });
      writeFileSync(join(work, 'd7/f7.txt'), 'changed\n');
      expect(await workspace.capture(work, base, 1, LIMITS)).toMatchObject({ ok: true, value: { candidate: { stats: { files: 1, additions: 1, deletions: 1 } } } });
    } finally {
      large.close();
    }
  }, 360_000);
});
