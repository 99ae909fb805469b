import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create } from '../../src/adapters/host/github-actions/index.js';
import type { GithubActionsHost } from '../../src/adapters/host/github-actions/index.js';
import { SUMMARY_BYTES_MAX, cutToBytes } from '../../src/adapters/host/github-actions/summary.js';
import { failure, value } from '../contract/forge-contract.js';
import { FakeArtifacts } from '../fakes/github/artifacts.js';
import { serveFakes } from '../fakes/github/serve.js';

let folder: string;
let printed: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-host-'));
  printed = '';
});
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });

const environment = (): Record<string, string> => ({
  GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '77', GITHUB_RUN_ATTEMPT: '2', GITHUB_EVENT_NAME: 'issues', GITHUB_EVENT_PATH: '/event.json',
  GITHUB_API_URL: 'http://127.0.0.1:1/', GITHUB_SERVER_URL: 'http://github.localhost', GITHUB_ACTOR: 'amy', GITHUB_ACTOR_ID: '5', GITHUB_TRIGGERING_ACTOR: 'carl',
  GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary'), RUNNER_ENVIRONMENT: 'github-hosted',
});
const open = (env: NodeJS.ProcessEnv = environment()): GithubActionsHost => value(create(env, { write: (text: string) => { printed += text; } }));

describe('host/github-actions', () => {
  it('tells who started the run and where', () => {
    const host = open();
    expect(host.facts).toEqual({ id: 'github-actions', runKey: 'github/acme/shop/runs/77', attempt: 2, url: 'http://github.localhost/acme/shop/actions/runs/77/attempts/2', ci: true });
    expect(host.run).toMatchObject({ repository: 'acme/shop', eventName: 'issues', apiUrl: 'http://127.0.0.1:1', actor: { login: 'amy', id: '5' }, triggeringActor: { login: 'carl' }, hosted: true });
  });

  it.each([['GITHUB_REPOSITORY', ''], ['GITHUB_REPOSITORY', 'acme/..'], ['GITHUB_RUN_ID', '1/2'], ['GITHUB_EVENT_PATH', undefined]])('names the variable that is wrong: %s=%s', (name, text) => {
    const fault = failure(create({ ...environment(), [name]: text }, { write: () => true }));
    expect(fault).toMatchObject({ code: 'rejected', side: 'setup' });
    expect(fault.message).toContain(name);
  });

  it.each([
    [{ GITEA_ACTIONS: 'true' }, 'gitea'], [{ GITEA_ACTIONS: 'true', FORGEJO_ACTIONS: 'true' }, 'forgejo'], [{ FORGEJO_ACTIONS: 'true' }, 'forgejo'], [{ GITEA_ACTIONS: 'false' }, 'github'], [{}, 'github'],
  ] as const)('knows whose Actions they are: %j', (more, flavour) => {
    expect(open({ ...environment(), ...more }).run.flavour).toBe(flavour);
  });

  it('is the job of a Gitea by its number, and offers no artifact that the client would refuse', () => {
    const host = open({ ...environment(), GITEA_ACTIONS: 'true', GITHUB_RUN_NUMBER: '9', GITHUB_API_URL: 'https://git.example/api/v1', GITHUB_SERVER_URL: 'https://git.example' });
    expect(host.facts).toEqual({ id: 'github-actions', runKey: 'gitea/acme/shop/runs/77', attempt: 2, url: 'https://git.example/acme/shop/actions/runs/9', ci: true });
    expect(host.run).toMatchObject({ apiUrl: 'https://git.example/api/v1', serverUrl: 'https://git.example', runNumber: '9' });
    expect(host.uploadArtifact).toBeUndefined();
  });

  it.each(['GITHUB_SERVER_URL', 'GITHUB_API_URL'])('never takes GitHub for the server of a Gitea that does not name itself: %s', (name) => {
    const fault = failure(create({ ...environment(), GITEA_ACTIONS: 'true', [name]: '' }, { write: () => true }));
    expect(fault).toMatchObject({ code: 'rejected', side: 'setup' });
    expect(fault.message).toContain(name);
  });

  it('reads inputs as the runner spells them', () => {
    const host = open({ ...environment(), 'INPUT_MAX-COST': ' 5 ', INPUT_TWO_WORDS: 'x', INPUT_EMPTY: '' });
    expect([host.readInput('max-cost'), host.readInput('two words'), host.readInput('empty'), host.readInput('none')]).toEqual(['5', 'x', undefined, undefined]);
  });

  it('does not look at the environment again', () => {
    const env: NodeJS.ProcessEnv = { ...environment(), INPUT_A: '1' };
    const host = open(env);
    env['INPUT_A'] = '2';
    expect(host.readInput('a')).toBe('1');
  });

  it('writes commands that a message cannot break out of', () => {
    const host = open();
    host.group('a\n::error::b');
    host.line('plain');
    host.endGroup();
    host.annotate('warning', 'bad\r\n::error::100%', { file: 'a,b:c.ts', line: 3 });
    host.annotate('notice', 'no place');
    expect(printed).toBe('::group::a%0A::error::b\nplain\n::endgroup::\n::warning file=a%2Cb%3Ac.ts,line=3::bad%0D%0A::error::100%25\n::notice::no place\n');
  });

  it('masks every line of a secret but the very short ones', () => {
    open().mask('first-line\nab\nsecond-line\n');
    expect(printed).toBe('::add-mask::first-line\n::add-mask::second-line\n');
  });

  it('writes outputs between marks that the value cannot hold', async () => {
    const host = open();
    await host.output('outcome', 'delivered');
    await host.output('text', 'a\nx<<y\nz');
    const blocks = [...(await readFile(join(folder, 'output'), 'utf8')).matchAll(/^(\w+)<<(ghadelimiter_[0-9a-f-]{36})\n([^]*?)\n\2\n/gm)];
    expect(blocks.map((block) => [block[1], block[3]])).toEqual([['outcome', 'delivered'], ['text', 'a\nx<<y\nz']]);
    expect(blocks[0]?.[2]).not.toBe(blocks[1]?.[2]);
  });

  it('keeps the summary within 1 MiB over several calls and says that it was cut', async () => {
    const host = open();
    value(await host.summary('start\n'));
    value(await host.summary('ü€😀'.repeat(200_000)));
    const bytes = await readFile(join(folder, 'summary'));
    expect(bytes.length).toBeLessThanOrEqual(SUMMARY_BYTES_MAX);
    expect(bytes.length).toBeGreaterThan(SUMMARY_BYTES_MAX - 8);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    expect(text.startsWith('start\n')).toBe(true);
    expect(text.endsWith('has all of it._\n')).toBe(true);
    expect(cutToBytes('abc', 3)).toBe('abc');
    expect(cutToBytes('abcd', 3)).toBe('');
  });

  it('says that there is no place for a summary, and that a place cannot be written', async () => {
    const { GITHUB_STEP_SUMMARY: _none, ...without } = environment();
    expect(failure(await open(without).summary('x'))).toMatchObject({ code: 'unsupported', side: 'setup' });
    expect(failure(await open({ ...environment(), GITHUB_STEP_SUMMARY: folder }).summary('x'))).toMatchObject({ code: 'io' });
  });
});

describe('the job environment of the fakes', () => {
  it('is one that the host takes, and a failing call makes stop() throw', async () => {
    const fakes = await serveFakes({ slug: 'acme/shop' });
    const { env, files } = await fakes.job({ folder, slug: 'acme/shop', eventName: 'issues', payload: { action: 'labeled' }, inputs: { 'dry run': 'yes' }, workspace: folder, triggeringActor: 'carl' });
    const host = open(env);
    expect(host.readInput('dry run')).toBe('yes');
    expect(host.run).toMatchObject({ apiUrl: fakes.github.url, triggeringActor: { login: 'carl' } });
    expect(JSON.parse(await readFile(host.run.eventPath, 'utf8'))).toEqual({ action: 'labeled' });
    await host.output('a', 'b');
    expect(await readFile(files.output, 'utf8')).toContain('a<<ghadelimiter_');
    expect((await fetch(`${fakes.github.url}/repos/acme/shop/no-such-route`)).status).toBe(404);
    await expect(fakes.stop()).rejects.toThrow('unknown route GET /repos/acme/shop/no-such-route');
  });

  it('finds members of a request that the description does not know', async () => {
    const fakes = await serveFakes({ slug: 'acme/shop' });
    await fetch(`${fakes.github.url}/repos/acme/shop/git/refs`, { method: 'POST', headers: { authorization: `token ${fakes.github.actionsToken}` }, body: JSON.stringify({ ref: 1, comit: 'x' }) });
    expect(fakes.github.problems()).toEqual(expect.arrayContaining([expect.stringContaining('unknown body member comit'), expect.stringContaining("required property 'sha'")]));
    await expect(fakes.stop()).rejects.toThrow('comit');
  });
});

describe('host/github-actions artifacts', () => {
  let service: FakeArtifacts;
  const before = { ...process.env };
  beforeEach(async () => {
    service = await FakeArtifacts.start();
    // The toolkit's client reads the process's environment itself.
    Object.assign(process.env, service.env());
  });
  afterEach(async () => {
    for (const name of Object.keys(service.env())) if (before[name] === undefined) delete process.env[name]; else process.env[name] = before[name];
    await service.stop();
  });

  it('uploads the named files with their paths and answers where they are', async () => {
    await writeFile(join(folder, 'packet.md'), '# packet\n');
    await writeFile(join(folder, 'left-out'), 'x');
    expect(value(await open().uploadArtifact?.('heddle-run', folder, ['packet.md']) ?? { ok: true, value: '' })).toBe('http://github.localhost/acme/shop/actions/runs/77/artifacts/1');
    const [artifact] = service.artifacts;
    expect(artifact?.name).toBe('heddle-run');
    expect([...artifact?.files ?? []].map(([path, bytes]) => [path, bytes.toString()])).toEqual([['packet.md', '# packet\n']]);
    expect(artifact?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('is a fault on a server without the service and when the name is taken', async () => {
    await writeFile(join(folder, 'packet.md'), '# packet\n');
    const host = open();
    value(await host.uploadArtifact?.('heddle-run', folder, ['packet.md']) ?? { ok: true, value: '' });
    expect(await host.uploadArtifact?.('heddle-run', folder, ['packet.md'])).toMatchObject({ ok: false, error: { code: 'service-error' } });
    process.env['GITHUB_SERVER_URL'] = 'https://ghes.example';
    expect(await host.uploadArtifact?.('other', folder, ['packet.md'])).toMatchObject({ ok: false, error: { code: 'unsupported', side: 'setup' } });
  });
});
