import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describeCheckout } from '../../src/adapters/workspace/git/index.js';
import { isGitName } from '../../src/adapters/workspace/git/names.js';
import { BASE, LIMITS, checkedOut, git, makePlace, openAt } from './workspace-git-fixture.js';
import type { Place } from './workspace-git-fixture.js';
import { TRAPS } from './workspace-git-traps.js';

describe('git traps in the agent\'s folder', () => {
  let place: Place;
  beforeEach(() => { place = makePlace(); });
  afterEach(() => { place.close(); });
  const markers = (): string[] => readdirSync(place.root).filter((name) => name.startsWith('ran-'));
  const mark = (name: string): string => `touch '${place.path(`ran-${name.replaceAll(/\W/g, '-')}`)}'`;

  it.each(TRAPS)('$name: nothing runs; refused or harmless', async (trap) => {
    const { workspace, base, work } = await checkedOut(place, { git: true });
    trap.set(work, mark);
    // Setting the trap used git, which may have stepped into it: what counts is what happens from here on.
    for (const name of markers()) execFileSync('rm', [place.path(name)]);
    appendFileSync(join(work, 'bin/tool'), 'changed\n');
    const answer = await workspace.capture(work, base, 1, LIMITS);
    expect(markers()).toEqual([]);
    if (trap.refused !== undefined) {
      expect(answer.ok || !('refusals' in answer.error) ? answer : [...new Set(answer.error.refusals.map((one) => one.code))]).toEqual(trap.refused);
      return;
    }
    if (!answer.ok || answer.value.kind !== 'captured') throw new Error(JSON.stringify(answer));
    const { candidate } = answer.value;
    expect(candidate.files.map((file) => file.path)).toContain('bin/tool');
    expect(candidate.files.some((file) => /(^|\/)\.git\//.test(file.path))).toBe(false);
    await workspace.patch(base, candidate.tree);
    expect((await workspace.bundle(base, candidate.tree, place.path('change.bundle'), new Date(0))).ok).toBe(true);
    expect((await workspace.checkout(candidate.tree, place.path('fresh'), { git: base })).ok).toBe(true);
    expect(await workspace.capture(place.path('fresh'), base, 2, LIMITS)).toMatchObject({ ok: true, value: { candidate: { tree: candidate.tree } } });
    expect(markers()).toEqual([]);
  });

  it('sees the change that the index hides and the files that the agent\'s ignore rules hide', async () => {
    const { workspace, base, work } = await checkedOut(place);
    for (const name of ['assume-unchanged and skip-worktree', 'ignore rules of the agent']) TRAPS.find((trap) => trap.name === name)?.set(work, mark);
    const answer = await workspace.capture(work, base, 1, LIMITS);
    if (!answer.ok || answer.value.kind !== 'captured') throw new Error(JSON.stringify(answer));
    expect(answer.value.candidate.files.map((file) => file.path)).toEqual(['.gitignore', 'README.md', 'src/.gitignore', 'src/hidden.ts']);
  });

  it('shows refused paths without their control characters', async () => {
    const { workspace, base, work } = await checkedOut(place);
    writeFileSync(join(work, 'a\u001b[31m\n::error::x'), '');
    const answer = await workspace.capture(work, base, 1, LIMITS);
    expect(answer).toMatchObject({ ok: false, error: { refusals: [{ code: 'unsafe-name', path: 'a\\u{1b}[31m\\u{a}::error::x' }] } });
  });

  it('takes names that only look close to .git', () => {
    for (const name of ['.gitignore', '.github', 'git', 'git~', 'git~x', '.git-keep', 'a.git', '.gitx.']) expect([name, isGitName(name)]).toEqual([name, false]);
  });
});

describe('a trapped repository of the user', () => {
  it('is opened, described, checked out and captured without anything of it running', async () => {
    const place = makePlace({ ...BASE, '.gitattributes': '* filter=evil diff=evil text=auto eol=crlf\n*.utf working-tree-encoding=UTF-16\n', '.lfsconfig': '[lfs]\n\turl = https://example.invalid\n' });
    try {
      const trap = place.path('trap.sh');
      writeFileSync(trap, `#!/bin/sh\ntouch '${place.path('ran')}'\ncat\n`);
      chmodSync(trap, 0o755);
      for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction', 'pre-commit']) {
        execFileSync('cp', [trap, join(place.repo, '.git/hooks', hook)]);
      }
      for (const key of ['core.fsmonitor', 'core.sshCommand', 'filter.evil.clean', 'filter.evil.smudge', 'filter.evil.process', 'diff.evil.textconv', 'diff.evil.command', 'diff.external', 'core.pager', 'core.alternateRefsCommand', 'credential.helper']) {
        git(place.repo, '-c', 'core.fsmonitor=false', 'config', key, trap);
      }
      writeFileSync(join(place.repo, 'README.md'), '# other\n');
      expect(await describeCheckout(place.repo)).toMatchObject({ ok: true, value: { branch: 'main', dirty: true } });
      const { workspace, base, tree } = await openAt(place);
      const work = place.path('work');
      expect((await workspace.checkout(tree, work, { git: base })).ok).toBe(true);
      writeFileSync(join(work, 'README.md'), 'a\r\nb\r\n');
      const answer = await workspace.capture(work, base, 1, LIMITS);
      if (!answer.ok || answer.value.kind !== 'captured') throw new Error(JSON.stringify(answer));
      expect(Buffer.from(await workspace.read(answer.value.candidate.tree, 'README.md') ?? []).toString()).toBe('a\r\nb\r\n');
      expect(Buffer.from(await workspace.patch(base, answer.value.candidate.tree)).toString()).toContain('+a\r\n');
      expect(existsSync(place.path('ran'))).toBe(false);
    } finally {
      place.close();
    }
  });

  it('with links that lead out is refused with their names, before a byte is written', async () => {
    const place = makePlace({ ...BASE, 'out': { link: '/etc' } });
    try {
      const { workspace, tree } = await openAt(place);
      const answer = await workspace.checkout(tree, place.path('work'));
      expect(answer).toMatchObject({ ok: false, error: { code: 'rejected', side: 'setup', message: expect.stringContaining('out') } });
      expect(readdirSync(place.path('work'))).toEqual([]);
    } finally {
      place.close();
    }
  });

  it('with a tree that holds .git is refused', async () => {
    const place = makePlace();
    try {
      const blob = git(place.repo, 'rev-parse', 'HEAD:README.md');
      const evil = execFileSync('git', ['mktree'], { cwd: place.repo, input: `100644 blob ${blob}\tconfig\n`, encoding: 'utf8' }).trim();
      const top = execFileSync('git', ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], { cwd: place.repo, input: Buffer.concat([Buffer.from('40000 .GIT\0'), Buffer.from(evil, 'hex')]), encoding: 'utf8' }).trim();
      const commit = git(place.repo, 'commit-tree', top, '-m', 'evil');
      git(place.repo, 'update-ref', 'refs/heads/evil', commit);
      const { workspace } = await openAt(place);
      const resolved = await workspace.resolve('evil');
      if (!resolved.ok) throw new Error(resolved.error.message);
      expect(await workspace.checkout(await workspace.treeOf(resolved.value), place.path('work'))).toMatchObject({ ok: false, error: { message: expect.stringContaining('.GIT') } });
    } finally {
      place.close();
    }
  });

  it('keeps submodule folders empty, and refuses content in them', async () => {
    const place = makePlace();
    try {
      git(place.repo, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`);
      git(place.repo, 'commit', '-q', '-m', 'submodule');
      const { workspace, base, work } = await checkedOut(place);
      expect(readdirSync(join(work, 'vendor/lib'))).toEqual([]);
      expect(await workspace.capture(work, base, 1, LIMITS)).toMatchObject({ ok: true, value: { kind: 'empty' } });
      writeFileSync(join(work, 'vendor/lib/x'), 'x');
      expect(await workspace.capture(work, base, 1, LIMITS)).toMatchObject({ ok: false, error: { refusals: [{ code: 'submodule', path: 'vendor/lib' }] } });
      execFileSync('rm', ['-rf', join(work, 'vendor/lib')]);
      expect(await workspace.capture(work, base, 1, LIMITS)).toMatchObject({ ok: true, value: { kind: 'empty' } });
      symlinkSync('../src', join(work, 'vendor/lib'));
      expect(await workspace.capture(work, base, 1, LIMITS)).toMatchObject({ ok: false, error: { refusals: [{ code: 'submodule' }] } });
      mkdirSync(place.path('other'));
    } finally {
      place.close();
    }
  });
});
