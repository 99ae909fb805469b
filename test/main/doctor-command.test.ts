import { existsSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DoctorDocument, type Examined } from '../../src/main/doctor/doctor-document.js';
import { PINNED_AGENTS } from '../../src/adapters/agent/lib/supply/pinned-agents.js';
import { fakeRegistry, gives } from '../adapters/supply/fake-registry.js';
import { tarball } from '../adapters/supply/tarball.js';
import { git } from '../adapters/workspace-git-fixture.js';
import { FakeGitHub } from '../fakes/github/fake-github.js';
import type { RepositorySeed } from '../fakes/github/fake-github.js';

/** The compiled program: `npm test` compiles before; while developing, `npx tsc -p tsconfig.json`. */
const DOOR = fileURLToPath(new URL('../../build/door.js', import.meta.url));
const KEY = 'sk-test-0123456789abcdef';
const PACKAGE = { 'package.json': '{"scripts":{"test":"node --test"}}\n' };

// Each test starts the program several times, and one waits for the client's own tries.
jest.setTimeout(120_000);

let root = '';
let folder = '';

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'heddle-doc-'));
  folder = path.join(root, 'shop');
  await mkdir(path.join(root, 'tmp'), { recursive: true });
  await mkdir(folder);
});

afterEach(async () => {
  // What the doctor planted is gone again; the clean start and the sandbox leave nothing either.
  expect(await readdir(path.join(root, 'tmp'))).toEqual([]);
  await rm(root, { recursive: true, force: true });
});

interface Ended { readonly code: number; readonly stdout: string; readonly stderr: string }

function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const all = { PATH: process.env['PATH'] ?? '', HOME: root, TMPDIR: path.join(root, 'tmp'), ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [DOOR, 'doctor', ...args], { cwd: folder, env: all, timeout: 100_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

/** As JSON, judged by its published schema; the exit code is the document's. */
async function asked(args: readonly string[] = [], env: Readonly<Record<string, string>> = { HEDDLE_MODEL_KEY: KEY }): Promise<{ readonly code: number; readonly missing: readonly string[]; readonly of: (id: string) => Examined }> {
  const ended = await doctor([...args, '--json', '--min-rung', 'none'], env);
  expect(ended.stdout + ended.stderr).not.toContain(KEY);
  const document = DoctorDocument.parse(JSON.parse(ended.stdout));
  expect(ended.code).toBe(document.exit);
  return {
    code: ended.code, missing: document.examinations.filter((one) => one.standing === 'missing').map((one) => one.id),
    of: (id) => {
      const found = document.examinations.find((one) => one.id === id);
      if (found === undefined) throw new Error(`no examination ${id}`);
      return found;
    },
  };
}

async function commit(files: Readonly<Record<string, string>>): Promise<string> {
  git(folder, 'init', '--quiet', '--initial-branch=main');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  git(folder, 'add', '--all');
  git(folder, '-c', 'user.name=Amy', '-c', 'user.email=amy@example.com', 'commit', '--quiet', '--message=One');
  return git(folder, 'rev-parse', 'HEAD').trim();
}

describe('heddle doctor, on a laptop', () => {
  it('a good repository with a key is good, and nothing is left behind', async () => {
    await commit(PACKAGE);
    const seen = await asked();
    expect(seen.missing).toEqual([]);
    expect(seen.code).toBe(0);
    expect(seen.of('checks').details).toEqual(expect.arrayContaining([expect.stringContaining('npm test')]));
    expect(seen.of('forge-repository').words).toContain('local');
    expect(await readdir(folder)).toEqual(['.git', 'package.json']);
  });

  it('without a key the key alone is missing, and the text says how to mend it', async () => {
    await commit(PACKAGE);
    const ended = await doctor(['--min-rung', 'none']);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toMatch(/^ {2}MISSING Model key/m);
    expect(ended.stdout).toContain('HEDDLE_MODEL_KEY');
    expect(ended.stdout.match(/MISSING/g)).toHaveLength(1);
  });

  it('outside a repository the rest is examined all the same', async () => {
    const seen = await asked();
    expect(seen.missing).toEqual(['checkout']);
    expect(seen.of('checkout').words).toContain('git init');
    expect(seen.of('base').standing).toBe('not-asked');
    expect(seen.of('agent').standing).toBe('good');
    expect(seen.of('model-price').standing).toBe('good');
  });

  it('a repository without a commit is told to make one', async () => {
    git(folder, 'init', '--quiet', '--initial-branch=main');
    const seen = await asked();
    expect(seen.missing).toEqual(['checkout']);
    expect(seen.of('checkout').words).toContain('first commit');
  });

  it('a dirty checkout without checks: one warning, one thing to mend', async () => {
    await commit({ 'readme.md': 'hello\n' });
    await writeFile(path.join(folder, 'readme.md'), 'changed\n');
    const seen = await asked();
    expect(seen.missing).toEqual(['checks']);
    expect(seen.of('checkout').standing).toBe('warning');
    expect(seen.of('checks').next).toContain('    checks:\n');
  });

  it('a broken configuration is shown with its place, and hides nothing else', async () => {
    await commit({ ...PACKAGE, '.heddle.yml': 'limits:\n  atempts: 3\n' });
    const seen = await asked();
    expect(seen.missing).toEqual(['configuration']);
    expect(seen.of('configuration').words).toContain('.heddle.yml:2:3: limits.atempts: unknown setting');
    expect(seen.of('checks').standing).toBe('good');
  });

  it('an uncommitted configuration, an unknown base, an agent that is not there', async () => {
    await commit(PACKAGE);
    await writeFile(path.join(folder, '.heddle.yml'), 'limits: { attempts: 2 }\n');
    expect((await asked()).of('configuration').words).toContain('a run does not see it');
    expect((await asked(['--base', 'nowhere'])).missing).toEqual(['base']);
    expect((await asked(['--agent', 'claude-code'], { HEDDLE_MODEL_KEY: KEY, PATH: '/usr/bin:/bin', HOME: folder })).of('agent')).toMatchObject({ standing: 'good', words: expect.stringContaining('pinned and not here yet') });
    expect(existsSync(path.join(folder, '.cache'))).toBe(false);
    expect((await asked(['--agent', 'command'])).missing).toEqual(['agent']);
    expect((await asked(['--model', 'nobody-knows-1'])).missing).toEqual(['model-price']);
  });

  it('downloads a pinned agent only when told to, from the registry of the environment, and unpacks nothing that is another one', async () => {
    await commit(PACKAGE);
    const registry = await fakeRegistry({});
    const of = (pin: { readonly name: string; readonly version: string }): string => `/npm/${pin.name}/-/${pin.name.split('/').at(-1) ?? ''}-${pin.version}.tgz`;
    const answers = Object.values(PINNED_AGENTS['gemini-cli'].packages).map(({ name }) => of({ name, version: PINNED_AGENTS['gemini-cli'].version }));
    try {
      const env = { HEDDLE_MODEL_KEY: KEY, GITHUB_TOKEN: 'ghp_0123456789abcdef0123', PATH: '/usr/bin:/bin', npm_config_registry: registry.url, RUNNER_TOOL_CACHE: path.join(root, 'tools') };
      const told = ['--agent', 'gemini-cli', '--model-api', 'gemini', '--forge', 'local'];
      expect((await asked(told, env)).of('agent')).toMatchObject({ standing: 'good', words: expect.stringContaining('pinned and not here yet') });
      expect(registry.asked).toEqual([]);
      registry.answers[answers[0] ?? ''] = gives(tarball([{ name: 'package/bundle/gemini.js', body: 'evil' }]));
      expect((await asked([...told, '--install'], env)).of('agent')).toMatchObject({ standing: 'missing', words: expect.stringContaining('is not the package that is pinned') });
      expect(registry.asked).toEqual([{ path: answers[0], authorization: undefined }]);
      expect(await readdir(path.join(root, 'tools', 'heddle'))).toEqual([]);
    } finally {
      await registry.close();
    }
  });

  it('the forge GitHub without a token', async () => {
    await commit(PACKAGE);
    const seen = await asked(['--forge', 'github']);
    expect(seen.missing).toEqual(['forge-token']);
    expect(seen.of('base').standing).toBe('warning');
  });

  it('a word too many is a mistake that is named', async () => {
    const ended = await doctor(['here']);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--repo here') });
  });
});

describe('heddle doctor, in a workflow', () => {
  let fake: FakeGitHub;

  beforeEach(async () => { fake = await FakeGitHub.start(); });
  afterEach(async () => { await fake.stop(); });

  async function job(seed: Partial<RepositorySeed> = {}, token = fake.actionsToken): Promise<Record<string, string>> {
    const workflow = 'on: [issues]\njobs:\n  run:\n    permissions: { contents: write, pull-requests: write, issues: write, checks: write, actions: write }\n    steps:\n      - uses: acme/heddle@v1\n';
    const head = await commit({ ...PACKAGE, '.github/workflows/heddle.yml': workflow });
    fake.addRepository({ slug: 'acme/shop', gitDir: path.join(folder, '.git'), commit: head, roles: { root: 'admin', rita: 'read' }, ...seed });
    await writeFile(path.join(root, 'event.json'), '{}');
    return {
      HEDDLE_MODEL_KEY: KEY, GITHUB_TOKEN: token, GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '77', GITHUB_EVENT_NAME: 'workflow_dispatch',
      GITHUB_EVENT_PATH: path.join(root, 'event.json'), GITHUB_API_URL: fake.url, GITHUB_SERVER_URL: 'https://github.example', GITHUB_ACTOR: 'amy', RUNNER_ENVIRONMENT: 'github-hosted',
    };
  }

  it('the token of a workflow: enough as far as known, and what is not known is said', async () => {
    const env = await job();
    const seen = await asked([], env);
    expect(seen.missing).toEqual([]);
    expect(seen.code).toBe(0);
    expect(seen.of('forge-repository').words).toContain('acme/shop, public, default branch main');
    expect(seen.of('forge-permissions')).toMatchObject({ standing: 'warning', details: expect.arrayContaining([expect.stringMatching(/^not known: whether GitHub Actions may create pull requests/)]) });
    expect(seen.of('workflow').standing).toBe('good');
    expect(seen.of('host').words).toContain('workflow_dispatch');
    expect(fake.requests.filter((request) => request.method !== 'GET' && request.route !== 'graphql')).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain(fake.actionsToken);
  });

  it('says where to click when Actions may not create pull requests', async () => {
    const env = await job({ roles: { 'github-actions[bot]': 'admin' }, settings: { actionsMayOpenChanges: false } });
    const seen = await asked([], env);
    expect(seen.missing).toEqual(['forge-permissions']);
    expect(seen.of('forge-permissions').details[0]).toContain('https://github.example/acme/shop/settings/actions');
    expect(seen.code).toBe(2);
  });

  it('an account that may only read, and a token that nobody knows', async () => {
    const env = await job();
    expect((await asked([], { ...env, GITHUB_TOKEN: fake.tokenOf('rita') })).of('forge-permissions')).toMatchObject({ standing: 'missing', side: 'setup' });
    const unknown = await asked([], { ...env, GITHUB_TOKEN: 'token-of-nobody' });
    expect(unknown.missing).toEqual(['forge-repository']);
    expect(unknown.of('forge-repository').words).toContain('401');
    expect(unknown.code).toBe(2);
  });

  it('a GitHub that does not answer is exit code 6, and the text is plain', async () => {
    const env = await job();
    const ended = await doctor(['--min-rung', 'none'], { ...env, GITHUB_API_URL: 'http://127.0.0.1:9' });
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 6, stdout: ended.stdout });
    expect(ended.stdout).toMatch(/^ {2}MISSING Forge/m);
    expect(ended.stdout).not.toMatch(/\u001b|^::/m);
    expect(ended.stdout.replace(/\s+/g, ' ')).toContain('An outside service did not answer; nothing else is missing. Ask again later');
  });
});
