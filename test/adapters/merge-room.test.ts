import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '../../src/adapters/workspace/git/index.js';
import { fetchHeads } from '../../src/adapters/forge/lib/fetch-heads.js';
import { CommitSha, TreeSha } from '../../src/domain/ids.js';
import type { MergeAnswer, MergeRoom, Workspace } from '../../src/ports/workspace.js';
import { git, makePlace, writeFiles, type Files, type Place } from './workspace-git-fixture.js';

const LINES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const text = (change: Readonly<Record<string, string>> = {}): string => LINES.map((line) => `${change[line] ?? line}\n`).join('');
const BASE: Files = { 'a.txt': text(), 'b.txt': text(), 'dir/c.txt': text(), 'bin.dat': new Uint8Array([0, 1, 2, 3]), 'tool.sh': '#!/bin/sh\necho a\n' };

let place: Place;
let workspace: Workspace;
let room: MergeRoom;

/** Two branches from one base; each is written by a function of the checkout. */
function branch(name: string, change: (repo: string) => void, from = 'main'): CommitSha {
  git(place.repo, 'checkout', '-q', '-f', '-B', name, from);
  change(place.repo);
  git(place.repo, 'add', '-A', '-f');
  git(place.repo, 'commit', '-q', '--allow-empty', '-m', name);
  const head = git(place.repo, 'rev-parse', 'HEAD');
  git(place.repo, 'checkout', '-q', '-f', 'main');
  return CommitSha.parse(head);
}
const files = (changed: Files) => (repo: string): void => { writeFiles(repo, changed); };

async function open(): Promise<MergeRoom> {
  const opened = await create().open(place.repo, place.path('scratch'));
  if (!opened.ok) throw new Error(opened.error.message);
  workspace = opened.value;
  return workspace.openMergeRoom();
}

async function merged(ours: CommitSha, theirs: CommitSha): Promise<MergeAnswer | undefined> {
  room = await open();
  return (await room.merge([{ ours, theirs }], { wallMsMax: 20_000 }))[0];
}

beforeEach(() => { place = makePlace(BASE); });
afterEach(() => { place.close(); });

interface Case { readonly name: string; readonly ours: (repo: string) => void; readonly theirs: (repo: string) => void; readonly conflicts: readonly string[] | undefined }

const CASES: readonly Case[] = [
  { name: 'other files', ours: files({ 'a.txt': text({ one: 'ours' }) }), theirs: files({ 'b.txt': text({ one: 'theirs' }) }), conflicts: undefined },
  { name: 'the same file far apart', ours: files({ 'a.txt': text({ one: 'ours' }) }), theirs: files({ 'a.txt': text({ nine: 'theirs' }) }), conflicts: undefined },
  { name: 'the same change on both sides', ours: files({ 'a.txt': text({ one: 'same' }) }), theirs: files({ 'a.txt': text({ one: 'same' }) }), conflicts: undefined },
  { name: 'the same line', ours: files({ 'a.txt': text({ two: 'ours' }) }), theirs: files({ 'a.txt': text({ two: 'theirs' }) }), conflicts: ['a.txt'] },
  { name: 'changed here, deleted there', ours: files({ 'a.txt': text({ two: 'ours' }) }), theirs: (repo) => { rmSync(join(repo, 'a.txt')); }, conflicts: ['a.txt'] },
  { name: 'changed here, renamed there', ours: files({ 'dir/c.txt': text({ two: 'ours' }) }), theirs: (repo) => { git(repo, 'mv', 'dir/c.txt', 'dir/moved.txt'); }, conflicts: undefined },
  { name: 'renamed to two names', ours: (repo) => { git(repo, 'mv', 'a.txt', 'x.txt'); }, theirs: (repo) => { git(repo, 'mv', 'a.txt', 'y.txt'); }, conflicts: ['a.txt', 'x.txt', 'y.txt'] },
  { name: 'two new files of one name', ours: files({ 'new.txt': 'ours\n' }), theirs: files({ 'new.txt': 'theirs\n' }), conflicts: ['new.txt'] },
  { name: 'a file here, a folder there', ours: files({ 'new': 'ours\n' }), theirs: files({ 'new/inside.txt': 'theirs\n' }), conflicts: ['new~'] },
  { name: 'a mode here, a line there', ours: (repo) => { git(repo, 'update-index', '--chmod=+x', 'tool.sh'); git(repo, 'checkout-index', '-f', 'tool.sh'); }, theirs: files({ 'tool.sh': '#!/bin/sh\necho b\n' }), conflicts: undefined },
  { name: 'bytes that are no text', ours: files({ 'bin.dat': new Uint8Array([0, 9]) }), theirs: files({ 'bin.dat': new Uint8Array([0, 8]) }), conflicts: ['bin.dat'] },
];

describe('merge room', () => {
  for (const { name, ours, theirs, conflicts } of CASES) {
    it(`says of ${name}: ${conflicts === undefined ? 'clean' : 'conflict'}`, async () => {
      const answer = await merged(branch('ours', ours), branch('theirs', theirs));
      if (conflicts === undefined) expect(answer?.kind).toBe('clean');
      else if (answer?.kind === 'conflict') expect(conflicts.every((path) => answer.paths.some((one) => one.startsWith(path)))).toBe(true);
      else expect(answer).toBe('a conflict');
    });
  }

  it('answers a whole batch in its order, also when one pair has no common history and one head is not here', async () => {
    const ours = branch('ours', files({ 'a.txt': text({ two: 'ours' }) }));
    const clean = branch('clean', files({ 'b.txt': text({ two: 'theirs' }) }));
    const clash = branch('clash', files({ 'a.txt': text({ two: 'theirs' }) }));
    const orphan = CommitSha.parse(git(place.repo, 'commit-tree', `${clean}^{tree}`, '-m', 'alone'));
    git(place.repo, 'branch', 'orphan', orphan);
    room = await open();
    const theirs = [clean, clash, orphan, CommitSha.parse('1'.repeat(40)), clean];
    const answers = await room.merge(theirs.map((one) => ({ ours, theirs: one })), { wallMsMax: 20_000 });
    expect(answers.map((answer) => (answer.kind === 'unknown' ? answer.why : answer.kind))).toEqual(['clean', 'conflict', 'no-common-history', 'not-here', 'clean']);
    expect(await room.merge([{ ours, theirs: clean }, { ours, theirs: clash }], { wallMsMax: 0 })).toEqual([{ kind: 'unknown', why: 'timed-out' }, { kind: 'unknown', why: 'timed-out' }]);
  });

  it('merges across a criss-cross history, where there are two common commits', async () => {
    const left = branch('left', files({ 'a.txt': text({ one: 'left' }) }));
    const right = branch('right', files({ 'b.txt': text({ one: 'right' }) }));
    const cross = (name: string, own: CommitSha, other: CommitSha, changed: Files): CommitSha => {
      git(place.repo, 'checkout', '-q', '-f', '-B', name, own);
      git(place.repo, 'merge', '-q', '--no-ff', '-m', name, other);
      writeFiles(place.repo, changed);
      git(place.repo, 'commit', '-q', '-a', '-m', `${name} again`);
      return CommitSha.parse(git(place.repo, 'rev-parse', 'HEAD'));
    };
    const one = cross('one', left, right, { 'dir/c.txt': text({ one: 'first' }) });
    const two = cross('two', right, left, { 'dir/c.txt': text({ nine: 'two' }) });
    const three = cross('three', right, left, { 'dir/c.txt': text({ one: 'three' }) });
    expect(git(place.repo, 'merge-base', '--all', one, two).split('\n')).toHaveLength(2);
    room = await open();
    const answers = await room.merge([{ ours: one, theirs: two }, { ours: one, theirs: three }], { wallMsMax: 20_000 });
    expect(answers.map((answer) => answer.kind)).toEqual(['clean', 'conflict']);
  });
});

describe('heads of strangers', () => {
  it('never run a merge driver, filter or text conversion that their attributes name', async () => {
    const trap = place.path('ran');
    const attributes = '* merge=evil filter=evil diff=evil\n';
    const driver = `touch ${trap}; cat %A`;
    for (const key of ['merge.evil.driver', 'filter.evil.smudge', 'filter.evil.clean', 'diff.evil.textconv']) git(place.repo, 'config', key, driver);
    const ours = branch('ours', files({ 'a.txt': text({ two: 'ours' }) }));
    git(place.repo, 'config', '--unset', 'filter.evil.clean');
    const theirs = branch('theirs', files({ 'a.txt': text({ two: 'theirs' }), '.gitattributes': attributes }));
    rmSync(trap, { force: true });
    expect(await merged(ours, theirs)).toMatchObject({ kind: 'conflict', paths: ['a.txt'] });
    expect(existsSync(trap)).toBe(false);
  });

  it('may have names with line breaks, quotes and control characters, and each stays one name', async () => {
    const odd = 'src/a "b"\n\u001b[31m\tc.txt';
    const ours = branch('ours', files({ [odd]: 'ours\n' }));
    const theirs = branch('theirs', files({ [odd]: 'theirs\n' }));
    expect(await merged(ours, theirs)).toEqual({ kind: 'conflict', paths: [odd] });
    expect(await room.changedPaths(ours, theirs)).toEqual([odd]);
  });

  it('that are a tree of a million paths made of few objects end in time, and the pair beside them is still answered', async () => {
    const ours = branch('ours', files({ 'a.txt': text({ two: 'ours' }) }));
    const clash = branch('clash', files({ 'a.txt': text({ two: 'theirs' }) }));
    const bomb = makeBomb();
    room = await open();
    const answers = await room.merge([{ ours, theirs: bomb }, { ours, theirs: clash }], { wallMsMax: 8_000 });
    expect(answers[1]).toEqual({ kind: 'conflict', paths: ['a.txt'] });
  });

  it('stay in the room: the clone does not get their objects, and nothing is left when it closes', async () => {
    const elsewhere = makePlace({ 'z.txt': 'z\n' });
    try {
      room = await open();
      const head = CommitSha.parse(git(elsewhere.repo, 'rev-parse', 'HEAD'));
      const fetched = await fetchHeads({ url: elsewhere.repo, source: 'test', refOf: (one) => `refs/heads/${one.branch}` }, {
        gitDir: room.gitDir, wallMsMax: 20_000, heads: [{ kind: 'change', number: 1, branch: 'main', commit: head }, { kind: 'change', number: 2, branch: 'gone', commit: CommitSha.parse('2'.repeat(40)) }],
      }, undefined);
      expect(fetched).toEqual({ ok: true, value: [head] });
      await expect(workspace.treeOf(head)).rejects.toThrow();
      room.close();
      expect(existsSync(room.gitDir)).toBe(false);
    } finally {
      elsewhere.close();
    }
  });

  it('with a branch name that git would read as more than a name are not asked for', async () => {
    room = await open();
    const asked = await fetchHeads({ url: place.repo, source: 'test', refOf: (one) => `refs/heads/${one.branch}` }, {
      gitDir: room.gitDir, wallMsMax: 20_000, heads: ['*', 'a..b', '-x:y', 'x@{1}', 'a b'].map((name) => ({ kind: 'change' as const, number: 1, branch: name, commit: CommitSha.parse('2'.repeat(40)) })),
    }, undefined);
    expect(asked).toEqual({ ok: true, value: [] });
  });
});

describe('a merged tree', () => {
  it('can be kept and checked out, and is the merge of both', async () => {
    const base = CommitSha.parse(git(place.repo, 'rev-parse', 'main'));
    const ours = branch('ours', files({ 'a.txt': text({ one: 'ours' }) }));
    const theirs = branch('theirs', files({ 'a.txt': text({ nine: 'theirs' }), 'fresh/new.txt': 'new\n' }));
    room = await open();
    const tree = TreeSha.parse(git(place.repo, 'rev-parse', `${ours}^{tree}`));
    const commit = room.commit(tree, base);
    expect(room.commit(tree, base)).toBe(commit);
    const [answer] = await room.merge([{ ours: commit, theirs }], { wallMsMax: 20_000 });
    if (answer?.kind !== 'clean') throw new Error('not clean');
    expect(await room.keep(answer.tree, [base])).toEqual({ ok: true, value: undefined });
    expect(await room.forkPoint(commit, theirs)).toBe(base);
    room.close();
    const folder = mkdtempSync(join(tmpdir(), 'heddle-merged-'));
    try {
      expect(await workspace.checkout(answer.tree, join(folder, 'out'))).toMatchObject({ ok: true });
      writeFileSync(join(folder, 'wanted'), text({ one: 'ours', nine: 'theirs' }));
      expect(git(folder, 'diff', '--no-index', '--stat', 'wanted', 'out/a.txt')).toBe('');
      expect(existsSync(join(folder, 'out/fresh/new.txt'))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Twelve folders deep, ten names in each that are one and the same tree: 10^12 paths in thirteen objects. */
function makeBomb(): CommitSha {
  const blob = git(place.repo, 'rev-parse', 'main:a.txt');
  const run = (input: string, command: string): string => execFileSync('git', [command], { cwd: place.repo, input: `${input}\n`, encoding: 'utf8' }).trim();
  let tree = run(Array.from({ length: 10 }, (_, at) => `100644 blob ${blob}\tf${String(at)}`).join('\n'), 'mktree');
  for (let depth = 0; depth < 12; depth += 1) tree = run(Array.from({ length: 10 }, (_, at) => `040000 tree ${tree}\td${String(at)}`).join('\n'), 'mktree');
  const commit = CommitSha.parse(git(place.repo, 'commit-tree', tree, '-p', 'main', '-m', 'bomb'));
  git(place.repo, 'update-ref', 'refs/heads/bomb', commit);
  return commit;
}
