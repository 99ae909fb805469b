import { appendFile, lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { carryDependencies, carryPlan, changesDependencies } from '../../src/validation/carry-dependencies.js';

describe('carryPlan', () => {
  it.each([
    ['package.json'], ['packages/api/package.json'], ['package-lock.json'], ['pnpm-lock.yaml'], ['yarn.lock'], ['bun.lockb'], ['.npmrc'], ['requirements-dev.txt'], ['requirements.in'], ['pyproject.toml'], ['Gemfile.lock'],
    ['go.sum'], ['Cargo.toml'], ['pom.xml'], ['app/build.gradle.kts'], ['.nvmrc'], ['patches/left-pad.patch'], ['PACKAGE.JSON'],
  ])('installs again when %s changed', (path) => {
    expect(changesDependencies([path])).toBe(true);
    expect(carryPlan(['src/a.ts', path], ['package.json'])).toEqual({ kind: 'install', why: `${path} changed, so packages are installed again` });
  });

  it.each(['src/a.ts', 'docs/package.json.md', 'my-package.json5', 'src/requirements.ts'])('carries when only %s changed', (path) => {
    expect(carryPlan([path], ['package.json', 'packages/api/package.json', 'requirements.txt', 'Gemfile'])).toMatchObject({ kind: 'carry', folders: ['.venv', 'node_modules', 'packages/api/node_modules', 'vendor/bundle'] });
  });

  it('never carries over files that the base or the candidate has itself', () => {
    expect(carryPlan([], ['package.json', 'node_modules/x/index.js'])).toMatchObject({ folders: [] });
    expect(carryPlan(['node_modules/evil.js'], ['package.json'])).toMatchObject({ folders: [] });
    expect(carryPlan(['node_modules'], ['package.json'])).toMatchObject({ folders: [] });
  });
});

describe('carryDependencies', () => {
  let root: string;
  const at = (...parts: string[]): string => join(root, ...parts);
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'carry-'));
    await mkdir(at('base/node_modules/x'), { recursive: true });
    await mkdir(at('base/node_modules/.bin'), { recursive: true });
    await writeFile(at('base/node_modules/x/index.js'), 'good', { mode: 0o755 });
    await symlink('../x/index.js', at('base/node_modules/.bin/x'));
    await mkdir(at('new'));
  });
  afterEach(async () => { await rm(root, { recursive: true, force: true }); });
  const carry = (mode: 'copy' | 'move', folders = ['node_modules']) => carryDependencies({ folders, from: at('base'), to: at('new'), mode });

  it('copies files of its own: what the candidate writes never reaches the base', async () => {
    expect(await carry('copy')).toEqual({ ok: true, value: { carried: ['node_modules'], way: 'copied' } });
    await appendFile(at('new/node_modules/x/index.js'), ' evil');
    await appendFile(at('new/node_modules/.bin/x'), ' again');
    expect(await readFile(at('base/node_modules/x/index.js'), 'utf8')).toBe('good');
    expect(await readFile(at('new/node_modules/x/index.js'), 'utf8')).toBe('good evil again');
    expect(await readlink(at('new/node_modules/.bin/x'))).toBe('../x/index.js');
    const [one, other] = [await lstat(at('base/node_modules/x/index.js')), await lstat(at('new/node_modules/x/index.js'))];
    expect(other.ino).not.toBe(one.ino);
    expect(other.mode).toBe(one.mode);
  });

  it('moves for good', async () => {
    expect(await carry('move')).toMatchObject({ ok: true, value: { way: 'moved' } });
    await expect(lstat(at('base/node_modules'))).rejects.toThrow();
    expect(await readFile(at('new/node_modules/x/index.js'), 'utf8')).toBe('good');
  });

  it('leaves out what is missing, what is there already, and links in either place', async () => {
    await mkdir(at('new/node_modules'));
    await symlink('node_modules', at('base/.venv'));
    await mkdir(at('base/packages/api/node_modules'), { recursive: true });
    await mkdir(at('outside'));
    await symlink(at('outside'), at('new/packages'));
    expect(await carry('copy', ['node_modules', '.venv', 'gone', 'packages/api/node_modules'])).toEqual({ ok: true, value: { carried: [], way: 'copied' } });
    await expect(lstat(at('outside/api'))).rejects.toThrow();
  });
});
