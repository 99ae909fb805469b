import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PINNED_AGENTS } from '../../../src/adapters/agent/lib/supply/pinned-agents.js';
import type { PinnedAgent } from '../../../src/adapters/agent/lib/supply/pinned-agents.js';
import { programSource } from '../../../src/adapters/agent/lib/supply/program-source.js';
import type { ProgramSource, SupplyOptions } from '../../../src/adapters/agent/lib/supply/program-source.js';
import { breaks, fails, fakeRegistry, gives, leadsTo } from './fake-registry.js';
import type { Answer, FakeRegistry } from './fake-registry.js';
import { integrityOf, tarball } from './tarball.js';
import type { Entry } from './tarball.js';

const PROGRAM = '#!/bin/sh\n[ "$1" = --version ] && echo "9.1.0 (Fixture)" && exit 0\necho ran\n';
const FILES: readonly Entry[] = [
  { name: 'package/claude', body: PROGRAM, mode: 0o755 },
  { name: 'package/package.json', body: JSON.stringify({ name: '@anthropic-ai/claude-code-linux-x64', scripts: { install: 'touch install-ran', postinstall: 'touch install-ran' } }) },
];
const PATH = '/npm/@anthropic-ai/claude-code-linux-x64/-/claude-code-linux-x64-9.1.0.tgz';

let root: string;
let cache: string;
const open: FakeRegistry[] = [];
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-supply-')));
  cache = join(root, 'cache');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  rmSync(root, { recursive: true, force: true });
});

const serve = async (answers: Readonly<Record<string, Answer>>): Promise<FakeRegistry> => {
  const registry = await fakeRegistry(answers);
  open.push(registry);
  return registry;
};

/** The table with one release of our own in it. */
function tableWith(integrity: string, tree: string, packedBytes: number): Readonly<Record<string, PinnedAgent>> {
  return { 'claude-code': { ...PINNED_AGENTS['claude-code'], version: '9.1.0', releases: { '9.1.0': { 'linux-x64': { integrity, tree, packedBytes, unpackedBytes: 0 } } } } };
}

interface Made { readonly registry?: FakeRegistry | undefined; readonly options?: Partial<SupplyOptions>; readonly agents?: Readonly<Record<string, PinnedAgent>>; readonly searchPath?: string; readonly token?: string }
function source({ registry, options = {}, agents, searchPath = '/usr/bin:/bin', token }: Made): ProgramSource {
  return programSource('claude-code', { path: undefined, version: '9.1.0', integrity: undefined, install: 'auto', ...options }, {
    searchPath, cache, platform: 'linux-x64', ...(agents === undefined ? {} : { agents }),
    registry: { url: registry?.url ?? 'http://127.0.0.1:9/npm', token, fetch, backoffMs: 0 },
  });
}

const good = tarball(FILES);
const pinned = { integrity: integrityOf(good) };
const changed = Buffer.from(good);
changed[changed.length - 12] = (changed[changed.length - 12] ?? 0) ^ 1;

/** Nothing of a package is in the cache, not even a draft. */
const empty = (): boolean => !existsSync(cache) || readdirSync(cache).length === 0;

describe('installing a pinned agent', () => {
  it('takes the very package, runs none of its scripts, and runs the program itself', async () => {
    const registry = await serve({ [PATH]: gives(good) });
    const made = await source({ registry, options: pinned }).ready();
    if (!made.ok) throw new Error(made.error.message);
    const { command, args, mounts, identity } = made.value;
    expect(execFileSync(command, args, { encoding: 'utf8' })).toBe('ran\n');
    expect(identity).toEqual({ version: '9.1.0', origin: 'installed', digest: expect.stringMatching(/^sha256:/) });
    expect(mounts).toEqual([{ from: dirname(command), to: dirname(command), writable: false }]);
    expect(execFileSync('find', [root, '-name', 'install-ran'], { encoding: 'utf8' })).toBe('');
    expect(statSync(command).mode & 0o777).toBe(0o555);
    expect(registry.asked).toEqual([{ path: PATH, authorization: undefined }]);
  });

  it('can be read and run by every user, whatever the mask for new files is: the sandbox has a user of its own', async () => {
    const deep = tarball([...FILES, { name: 'package/lib/deep/part.js', body: 'x' }]);
    const mask = process.umask(0o077);
    try {
      const made = await source({ registry: await serve({ [PATH]: gives(deep) }), options: { integrity: integrityOf(deep) } }).ready();
      if (!made.ok) throw new Error(made.error.message);
      const files = dirname(made.value.command);
      const modes = [cache, dirname(files), files, join(files, 'lib'), join(files, 'lib/deep'), join(files, 'lib/deep/part.js'), made.value.command].map((path) => statSync(path).mode & 0o777);
      expect(modes).toEqual([0o755, 0o755, 0o755, 0o755, 0o755, 0o444, 0o555]);
    } finally {
      process.umask(mask);
    }
  });

  it.each<[string, Answer, string]>([
    ['one byte is changed', gives(changed), 'is not the package that is pinned'],
    ['another version comes', gives(tarball([{ name: 'package/claude', body: PROGRAM.replace('9.1', '9.2'), mode: 0o755 }])), 'is not the package that is pinned'],
    ['there is more behind it', gives(Buffer.concat([good, Buffer.from('x')])), 'is not the package that is pinned'],
    ['it is cut short, tidily', gives(good.subarray(0, good.length - 9)), 'is not the package that is pinned'],
    ['the connection breaks', breaks(good), 'could not be downloaded'],
    ['the registry fails', fails(503), 'answered'],
    ['the registry does not have it', fails(404), 'does not have'],
    ['the registry wants a token', fails(401), 'HEDDLE_REGISTRY_TOKEN'],
    ['it leads to no address', leadsTo('file:///etc/passwd'), 'leads to an address that is none'],
  ])('refuses when %s, and leaves nothing behind', async (_name, answer, words) => {
    const made = await source({ registry: await serve({ [PATH]: answer }), options: pinned }).ready();
    expect(made).toMatchObject({ ok: false, error: { source: 'agent/supply', message: expect.stringContaining(words) } });
    expect(empty()).toBe(true);
  });

  it('tries a broken connection again, but never what has another content', async () => {
    let calls = 0;
    const flaky = await serve({ [PATH]: (request, response) => { ((calls += 1) < 3 ? breaks(good) : gives(good))(request, response); } });
    expect(await source({ registry: flaky, options: pinned }).ready()).toMatchObject({ ok: true });
    rmSync(cache, { recursive: true });
    const lying = await serve({ [PATH]: gives(changed) });
    await source({ registry: lying, options: pinned }).ready();
    expect([calls, lying.asked.length]).toEqual([3, 1]);
  });

  it('stops a known package at its size, before the registry has sent it all', async () => {
    const registry = await serve({ [PATH]: gives(Buffer.alloc(4_000_000)) });
    const made = await source({ registry, agents: tableWith(integrityOf(good), 'sha256:0', good.length) }).ready();
    expect(made).toMatchObject({ ok: false, error: { message: expect.stringContaining(`larger than ${good.length} bytes`) } });
  });

  it('refuses a package whose files are not those of the table', async () => {
    const made = await source({ registry: await serve({ [PATH]: gives(good) }), agents: tableWith(integrityOf(good), `sha256:${'0'.repeat(64)}`, good.length) }).ready();
    expect(made).toMatchObject({ ok: false, error: { code: 'conflict' } });
  });

  it('gives the registry\'s token to the registry alone', async () => {
    const elsewhere = await serve({ '/npm/file.tgz': gives(good) });
    const registry = await serve({ [PATH]: leadsTo(`${elsewhere.url}/file.tgz`) });
    expect(await source({ registry, options: pinned, token: 'registry-token-1' }).ready()).toMatchObject({ ok: true });
    expect([registry.asked[0]?.authorization, elsewhere.asked[0]?.authorization]).toEqual(['Bearer registry-token-1', undefined]);
  });

  it('finds an archive that the registry keeps elsewhere', async () => {
    const far = await serve({ '/npm/blob/1': gives(good) });
    const registry = await serve({ '/npm/@anthropic-ai%2fclaude-code-linux-x64/9.1.0': gives(Buffer.from(JSON.stringify({ dist: { tarball: `${far.url}/blob/1` } }))) });
    expect(await source({ registry, options: pinned }).ready()).toMatchObject({ ok: true });
  });

  it('installs once when two runs ask at once', async () => {
    const registry = await serve({ [PATH]: gives(good) });
    const all = await Promise.all([1, 2, 3].map(() => source({ registry, options: pinned }).ready()));
    expect(new Set(all.map((made) => (made.ok ? made.value.command : made.error.message))).size).toBe(1);
    expect(all.every((made) => made.ok)).toBe(true);
    expect(readdirSync(cache)).toHaveLength(1);
  });
});

describe('the tool cache', () => {
  const tampers: readonly [string, (folder: string) => void][] = [
    ['the program is another', (folder) => { rewrite(join(folder, 'claude'), PROGRAM.replace('ran', 'pwn')); }],
    ['one byte of another file is changed', (folder) => { rewrite(join(folder, 'package.json'), readFileSync(join(folder, 'package.json'), 'utf8').replace('linux', 'Linux')); }],
    ['a file is added', (folder) => { writeFileSync(join(folder, 'preload.js'), ''); }],
    ['a file is missing', (folder) => { rmSync(join(folder, 'package.json')); }],
    ['a file became executable', (folder) => { chmodSync(join(folder, 'package.json'), 0o755); }],
    ['the program became a link', (folder) => { rmSync(join(folder, 'claude')); symlinkSync('/bin/true', join(folder, 'claude')); }],
  ];
  const rewrite = (file: string, text: string): void => { chmodSync(file, 0o755); writeFileSync(file, text); chmodSync(file, file.endsWith('claude') ? 0o555 : 0o444); };
  const both: readonly ['of the table' | 'of the user\'s own', boolean][] = [['of the table', true], ['of the user\'s own', false]];

  it.each(both)('works without any network when the pin is %s', async (_name, known) => {
    const { folder, again } = await filled(known);
    expect(await again().ready()).toMatchObject({ ok: true, value: { mounts: [{ from: folder }] } });
    expect(await again().look()).toMatchObject({ kind: 'here' });
  });

  describe.each(both)('with a pin %s', (_name, known) => {
    it.each(tampers)('is found out when %s', async (_tampered, tamper) => {
      const { folder, again } = await filled(known);
      tamper(folder);
      expect(await again().ready()).toMatchObject({ ok: false, error: { code: 'conflict', message: expect.stringContaining(dirname(folder)) } });
      expect(await again().probe()).toMatchObject({ ok: false, message: expect.stringContaining('not what was installed') });
    });
  });

  it('is found out when the archive that proves the files was changed with them', async () => {
    const { folder, again } = await filled(false);
    rewrite(join(folder, 'claude'), PROGRAM.replace('ran', 'pwn'));
    writeFileSync(join(dirname(folder), 'package.tgz'), tarball([{ name: 'package/claude', body: PROGRAM.replace('ran', 'pwn'), mode: 0o755 }, ...FILES.slice(1)]));
    expect(await again().ready()).toMatchObject({ ok: false, error: { code: 'conflict' } });
  });

  /** A cache with the package in it, and sources that reach no registry. */
  async function filled(known: boolean): Promise<{ folder: string; again: () => ProgramSource }> {
    const registry = await serve({ [PATH]: gives(good) });
    const first = await source({ registry, options: pinned }).ready();
    if (!first.ok) throw new Error(first.error.message);
    const agents = tableWith(pinned.integrity, first.value.identity.digest, good.length);
    return { folder: dirname(first.value.command), again: () => source(known ? { agents } : { options: pinned }) };
  }
});

describe('what the runner has', () => {
  const onPath = (version: string): string => {
    const bin = join(root, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'claude'), PROGRAM.replace('9.1.0', version), { mode: 0o755 });
    return `${bin}:/usr/bin:/bin`;
  };

  it.each<[string, { version?: string; options: Partial<SupplyOptions>; here: object }]>([
    ['the pinned version is taken', { version: '9.1.0', options: pinned, here: { kind: 'here', program: { identity: { version: '9.1.0', origin: 'found' } } } }],
    ['another one is refused with both named, when nothing may be installed', { version: '8.0.0', options: { install: 'never' }, here: { kind: 'unfit', fault: { code: 'rejected', message: expect.stringMatching(/8\.0\.0.*9\.1\.0.*agent\.version/) } } }],
    ['another one is passed over when the pinned one can be installed', { version: '8.0.0', options: pinned, here: { kind: 'to-install', version: '9.1.0' } }],
    ['any is taken when any was asked for', { version: '8.0.0', options: { version: 'any' }, here: { kind: 'here', program: { identity: { version: '8.0.0' } } } }],
    ['one that tells no version is refused', { version: 'no', options: { version: 'any' }, here: { kind: 'unfit', fault: { code: 'invalid-answer', message: expect.stringContaining('does not tell its version') } } }],
    ['nothing is said to be missing', { options: { install: 'never' }, here: { kind: 'unfit', fault: { code: 'not-installed', message: expect.stringContaining('agent.install') } } }],
    ['a version without integrity is never installed', { options: { version: '9.9.9' }, here: { kind: 'unfit', fault: { code: 'rejected', message: expect.stringContaining('agent.integrity') } } }],
    ['an integrity of one\'s own opens a version', { options: { version: '9.9.9', integrity: { 'linux-x64': pinned.integrity } }, here: { kind: 'to-install', version: '9.9.9' } }],
    ['an integrity for the other platform does not', { options: { version: '9.9.9', integrity: { 'linux-arm64': pinned.integrity } }, here: { kind: 'unfit' } }],
  ])('%s', async (_name, { version, options, here }) => {
    const searchPath = version === undefined ? '/usr/bin:/bin' : onPath(version);
    expect(await source({ searchPath, options }).look()).toMatchObject(here);
    expect(empty()).toBe(true);
  });

  it('agent.path is compared as well, and its digest is that of the file', async () => {
    onPath('9.1.0');
    const path = join(root, 'bin', 'claude');
    const [same, other] = [await source({ options: { path } }).look(), await source({ options: { path, version: '9.1.1' } }).look()];
    expect(same).toMatchObject({ kind: 'here', program: { command: path } });
    expect(other).toMatchObject({ kind: 'unfit', fault: { code: 'rejected' } });
    const digest = execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);
    expect(same).toMatchObject({ program: { identity: { digest: `sha256:${digest}` } } });
  });

  it('the program behind a launcher that npm made is taken, not the launcher', async () => {
    const modules = join(root, 'lib', 'node_modules');
    const put = (name: string, text: string): void => {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      writeFileSync(join(modules, name), text, { mode: 0o755 });
    };
    put('@anthropic-ai/claude-code/package.json', '{"name":"@anthropic-ai/claude-code"}');
    put('@anthropic-ai/claude-code/bin/claude.exe', '#!/bin/sh\necho "the install script did not run" >&2; exit 1\n');
    put('@anthropic-ai/claude-code-linux-x64/package.json', '{"name":"@anthropic-ai/claude-code-linux-x64"}');
    put('@anthropic-ai/claude-code-linux-x64/claude', PROGRAM);
    mkdirSync(join(root, 'bin'));
    symlinkSync(join(modules, '@anthropic-ai/claude-code/bin/claude.exe'), join(root, 'bin', 'claude'));
    expect(await source({ searchPath: `${join(root, 'bin')}:/usr/bin:/bin`, options: { install: 'never' } }).look())
      .toMatchObject({ kind: 'here', program: { command: join(modules, '@anthropic-ai/claude-code-linux-x64/claude') } });
  });
});
