import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { basicCredentials, gitPathOf, serveGit } from '../fakes/lib/git-http.js';
import { gitlabSections } from '../containment/runner-commands.js';
import { DOOR } from './rig.js';

jest.setTimeout(180_000);
const JOB_TOKEN = 'glcbt-64_canaryCanary5f0c1a';
const PROJECT_SECRET = 'canary-of-the-project-9b1e';

let root: string;
let server: Server;
let url: string;
/** What the API says of the jobs of the pipeline; a test changes it. */
let jobs: { id: number; name: string; status: string }[];
let asked: { path: string; token: string }[];

/** Only what these jobs ask: git for the job's token, the pipeline's jobs, and single files of an archive. */
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'heddle-gj-'));
  asked = [];
  server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://x');
    const git = gitPathOf(pathname);
    if (git !== undefined) {
      const { user, password } = basicCredentials(request.headers.authorization);
      asked.push({ path: pathname, token: password });
      const known = git.repository === 'acme/web/shop' && user === 'gitlab-ci-token' && password === JOB_TOKEN;
      void serveGit({ request, response, gitDir: join(root, 'origin.git'), path: git.rest, query: search.slice(1), user: known ? user : undefined, mayWrite: false });
      return;
    }
    const stored = /^\/store\/(heddle-run\/bundle\/[a-z.]+)$/.exec(pathname)?.[1];
    asked.push({ path: stored === undefined ? pathname : 'store', token: String(request.headers['job-token']) });
    if (stored !== undefined) { response.end(readFileSync(join(root, 'work', stored))); return; }
    if (request.headers['job-token'] !== JOB_TOKEN) { response.writeHead(401).end(); return; }
    if (pathname === '/api/v4/projects/5/pipelines/900/jobs') { response.end(JSON.stringify(jobs)); return; }
    const file = /^\/api\/v4\/projects\/5\/jobs\/11\/artifacts\/(heddle-run\/bundle\/[a-z.]+)$/.exec(pathname)?.[1];
    // The archive of a job lies in a store of its own, as on a large instance.
    if (file !== undefined) { response.writeHead(302, { location: `${url}/store/${file}` }).end(); return; }
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  seed();
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(root, { recursive: true, force: true });
});

function seed(): void {
  const repo = join(root, 'repo');
  for (const name of ['repo', 'home', 'work', 'verify']) mkdirSync(join(root, name));
  const git = (...args: string[]): void => { execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.test', ...args], { cwd: repo, env: { PATH: process.env['PATH'], HOME: join(root, 'home') }, stdio: 'ignore' }); };
  git('init', '-b', 'main');
  writeFileSync(join(repo, '.heddle.yml'), 'agent: {id: command, command: [sh, noise.sh]}\nsandbox: {min_rung: none}\nchecks:\n  unit: {run: "sh noise.sh; exit 0"}\n');
  // An agent and a check that try to close our section of the log and open one of theirs.
  writeFileSync(join(repo, 'noise.sh'), "printf 'section_end:1:heddle_1\\r\\033[0K\\n\\033[2Ksection_start:1:evil\\r\\033[0Khidden\\n'\nenv > seen.txt\necho 1 > made.txt\n");
  git('add', '-A');
  git('commit', '-m', 'base');
  git('branch', 'heddle/left-by-a-run-0123abcd');
  git('clone', '--bare', repo, join(root, 'origin.git'));
  writeFileSync(join(root, 'ticket.md'), '---\ntitle: Add a file\n---\nAdd made.txt.\n');
  // What an earlier job, or the archive of another one, left in the project folder (V09).
  const left = join(root, 'work');
  mkdirSync(join(left, '.git/hooks'), { recursive: true });
  writeFileSync(join(left, '.git/config'), '[core]\n\tfsmonitor = "touch /tmp/heddle-pwned-by-config"\n');
  writeFileSync(join(left, '.heddle.yml'), 'agent: {id: command, command: [sh, -c, "echo stranger > made.txt"]}\n');
  writeFileSync(join(left, '.npmrc'), 'ignore-scripts=false\n');
}

interface Ended { readonly code: number | null; readonly out: string; readonly err: string }

function heddle(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [DOOR, ...args], { cwd, env: { PATH: process.env['PATH'] ?? '', HOME: join(root, 'home'), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes) => { out += String(bytes); });
  child.stderr.on('data', (bytes) => { err += String(bytes); });
  return new Promise((resolve) => { child.on('close', (code) => { resolve({ code, out, err }); }); });
}

const job = (name: string, change: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  GITLAB_CI: 'true', CI: 'true', CI_PROJECT_PATH: 'acme/web/shop', CI_PROJECT_ID: '5', CI_PIPELINE_ID: '900', CI_PIPELINE_SOURCE: 'trigger', CI_JOB_ID: '77', CI_JOB_NAME: name,
  CI_SERVER_URL: url, CI_API_V4_URL: `${url}/api/v4`, CI_JOB_URL: `${url}/acme/web/shop/-/jobs/77`, CI_PROJECT_DIR: join(root, name), CI_DEFAULT_BRANCH: 'main',
  CI_JOB_TOKEN: JOB_TOKEN, CI_REGISTRY_PASSWORD: JOB_TOKEN, CI_REPOSITORY_URL: `${url.replace('://', `://gitlab-ci-token:${JOB_TOKEN}@`)}/acme/web/shop.git`, DEPLOY_KEY_OF_THE_TEAM: PROJECT_SECRET, ...change,
});

describe('the jobs of the split on GitLab', () => {
  let plan: readonly string[];
  beforeAll(async () => {
    const admitted = await heddle(root, ['admit', 'ticket.md', '--repo', 'repo', '--forge', 'local', '--out', 'plan', '--json']);
    expect(admitted).toMatchObject({ code: 0 });
    plan = ['--plan', join(root, 'plan/plan.json'), '--plan-digest', createHash('sha256').update(readFileSync(join(root, 'plan/plan.json'))).digest('hex')];
    jobs = [{ id: 9, name: 'heddle-admit', status: 'success' }, { id: 11, name: 'heddle-work', status: 'success' }];
  });

  it('work fetches the repository itself, believes nothing that lies in the project folder, and gives the agent no secret', async () => {
    const ended = await heddle(join(root, 'work'), ['work', ...plan, '--json'], job('work'));
    expect([ended.code, ended.err]).toEqual([0, expect.stringContaining('worked')]);
    const folder = join(root, 'work/heddle-run');
    const everything = ['change.patch', 'events.jsonl', 'outputs.json', 'summary.md', 'run.json'].map((name) => readFileSync(join(folder, name), 'utf8')).join('\n') + ended.err + ended.out;
    expect(everything).toContain('seen.txt');
    for (const secret of [JOB_TOKEN, PROJECT_SECRET]) expect(everything).not.toContain(secret);
    expect(readFileSync(join(folder, 'change.patch'), 'utf8')).not.toMatch(/CI_JOB_TOKEN|DEPLOY_KEY|stranger/);
    expect(JSON.parse(readFileSync(join(folder, 'outputs.json'), 'utf8'))).toMatchObject({ outcome: 'worked', 'bundle-digest': expect.stringMatching(/^[0-9a-f]{64}$/), evidence: `${url}/acme/web/shop/-/jobs/77/artifacts/browse/heddle-run/` });
    // A job that ran something foreign leaves no variables for later ones.
    expect(existsSync(join(folder, 'heddle.env'))).toBe(false);
    expect(existsSync('/tmp/heddle-pwned-by-config')).toBe(false);
    expect(ended.err).toMatch(/\u001b\[0Ksection_start:\d+:heddle_1\[collapsed=true\]\r\u001b\[0KHeddle: summary of the run\n/);
    expect(gitlabSections(ended.err)).toEqual(['heddle_1', 'heddle_1']);
    for (const name of ['junit.xml', 'gl-code-quality-report.json', 'annotations.json']) expect(existsSync(join(folder, name))).toBe(true);
  });

  it('verify takes two files of the work job from GitLab itself, and never its variables', async () => {
    asked.length = 0;
    const ended = await heddle(join(root, 'verify'), ['verify', ...plan, '--bundle-job', 'heddle-work', '--bundle', 'heddle-run/bundle', '--json'], job('verify'));
    expect([ended.code, ended.err]).toEqual([0, expect.stringContaining('verified')]);
    expect(asked.filter(({ path }) => path.startsWith('/api/')).map(({ path }) => path)).toEqual(['/api/v4/projects/5/pipelines/900/jobs', '/api/v4/projects/5/jobs/11/artifacts/heddle-run/bundle/manifest.json', '/api/v4/projects/5/jobs/11/artifacts/heddle-run/bundle/change.bundle']);
    // The store gets no token of ours.
    expect(asked.filter(({ path }) => path === 'store').map(({ token }) => token)).toEqual(['undefined', 'undefined']);
    expect(readFileSync(join(root, 'verify/heddle-run/junit.xml'), 'utf8')).toContain('<testcase classname="heddle.check" name="unit"');
  });

  it('refuses a trigger that brought variables, before anything is asked', async () => {
    const payload = join(root, 'payload.json');
    writeFileSync(payload, JSON.stringify({ object_kind: 'issue', variables: { CI_API_V4_URL: 'https://evil.example' } }));
    asked.length = 0;
    const ended = await heddle(join(root, 'verify'), ['admit', '--out', 'third'], job('verify', { TRIGGER_PAYLOAD: payload }));
    expect(ended.code).toBe(2);
    expect(ended.err).toContain('brought pipeline variables (CI_API_V4_URL)');
    expect(asked).toEqual([]);
  });
});
