import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { create } from '../../src/adapters/workspace/git/index.js';
import { put } from '../scenario/rig.js';
import { git } from './workspace-git-fixture.js';

const root = mkdtempSync(join(tmpdir(), 'heddle-compose-'));
afterAll(() => { rmSync(root, { recursive: true, force: true }); });

describe('a tree made of two', () => {
  it('has the laid-over files and everything else as it was, as git itself would write it', async () => {
    const repo = join(root, 'repo');
    for (const [name, text] of [['a/b/one.txt', '1'], ['a/two.txt', '2'], ['folder/x.txt', 'x'], ['plain', 'p']] as const) put(join(repo, name), text);
    git(repo, 'init', '-q', '-b', 'main');
    git(repo, 'add', '-A');
    git(repo, 'commit', '-q', '-m', 'base');
    const opened = await create().open(repo, join(root, 'scratch'));
    if (!opened.ok) throw new Error(opened.error.message);
    const workspace = opened.value;
    const base = await workspace.resolve('main');
    if (!base.ok) throw new Error(base.error.message);
    const blob = git(repo, 'rev-parse', 'HEAD:a/two.txt').trim();
    // One file is replaced, one is new in a new folder, a folder becomes a file, and a file becomes a folder.
    const made = await workspace.compose(base.value, ['a/b/one.txt', 'new/deep/three.txt', 'folder', 'plain/below.txt'].map((path) => ({ path, mode: '100755', blob })));
    if (!made.ok) throw new Error(made.error.message);
    expect((await workspace.list(made.value)).map(({ path, mode, blob: of }) => [path, mode, of === blob])).toEqual([
      ['a/b/one.txt', '100755', true], ['a/two.txt', '100644', true], ['folder', '100755', true], ['new/deep/three.txt', '100755', true], ['plain/below.txt', '100755', true],
    ]);
    const out = join(root, 'out');
    expect((await workspace.checkout(made.value, out)).ok).toBe(true);
    expect(readFileSync(join(out, 'new/deep/three.txt'), 'utf8')).toBe('2');
    expect(git(workspace.gitDir, 'fsck', '--strict', '--no-dangling', made.value)).toBe('');
    const same = await workspace.compose(base.value, []);
    expect(same.ok ? same.value : '').toBe(await workspace.treeOf(base.value));
  });
});
