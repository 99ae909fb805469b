import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeGitFixture, type GitFixture } from '../contract/forge-git-fixture.js';
import { FakeGitlab } from '../fakes/gitlab/fake-gitlab.js';
import type { Issue, Project } from '../fakes/gitlab/world.js';
import { issueWebhook, noteWebhook } from '../package/gitlab-webhook.js';
import { DOOR } from './rig.js';

jest.setTimeout(240_000);
/** A change that a gate holds: each job is a process of its own with a folder of its own, and shares nothing with the others but the project at GitLab. */
const CONFIGURATION = 'agent: {id: command, command: [sh, -c, "echo 1 > made.txt"]}\nsandbox: {min_rung: none}\ngates: {hold: [made.txt]}\nreadiness: {mode: note}\nchecks:\n  unit: {run: "true"}\n';

let root: string;
let git: GitFixture;
let gitlab: FakeGitlab;
let project: Project;
let issue: Issue;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'heddle-gw-'));
  git = await makeGitFixture({ 'README.md': '# shop\n', '.heddle.yml': CONFIGURATION });
  gitlab = await FakeGitlab.start();
  gitlab.world.setClock(Date.now() - 60_000);
  project = await gitlab.addProject({ path: 'acme/web/shop', gitDir: git.gitDir, commit: git.base, members: { mona: 40, amy: 30, gus: 10, bot: 30 }, settings: { pipelinesStart: false } });
  issue = gitlab.world.addIssue(project, { iid: 12, title: 'Make a file', description: 'Add made.txt with the number one.\n', author: gitlab.world.account('amy') });
});
afterAll(async () => {
  await git.close();
  await gitlab.close();
  rmSync(root, { recursive: true, force: true });
});

interface Ended { readonly code: number | null; readonly out: string; readonly err: string; readonly outputs: Readonly<Record<string, string>> }

let pipelines = 0;
/** A job of a pipeline that `started` runs as: the runner's variables, an empty project folder, the webhook in a file. */
async function job(args: readonly string[], given: { readonly started: string; readonly payload?: unknown; readonly source?: string; readonly token?: string }): Promise<Ended> {
  pipelines += 1;
  const folder = join(root, `machine-${pipelines}`);
  for (const name of ['project', 'home', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
  const id = gitlab.world.id();
  const user = gitlab.world.account(given.started);
  const pipeline = { id: gitlab.world.id(), iid: 1, ref: 'main', sha: git.base, status: 'running', source: given.source ?? 'trigger', user, variables: [], inputs: {}, jobs: [], createdAt: gitlab.world.now(), name: null };
  const own = { id, name: 'heddle', stage: 'test', status: 'running', allowFailure: false, pipeline, trace: '', webPath: '', user };
  const token = gitlab.world.token({ account: user, kind: 'job', value: `glcbt-64_${id}_0123456789abcdef`, project, job: own as never });
  const file = join(folder, 'TRIGGER_PAYLOAD');
  if (given.payload !== undefined) writeFileSync(file, JSON.stringify(given.payload));
  const child = spawn(process.execPath, [DOOR, ...args], {
    cwd: join(folder, 'project'), stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'], HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp'), GITLAB_CI: 'true', CI: 'true', GITLAB_TOKEN: given.token ?? gitlab.tokenOf('bot'), CI_JOB_TOKEN: token.value,
      CI_PROJECT_PATH: project.path, CI_PROJECT_ID: String(project.id), CI_PIPELINE_ID: String(pipeline.id), CI_PIPELINE_SOURCE: given.source ?? 'trigger', CI_JOB_ID: String(id), CI_SERVER_URL: gitlab.url, CI_API_V4_URL: gitlab.apiUrl,
      CI_JOB_URL: `${gitlab.url}/${project.path}/-/jobs/${id}`, CI_PROJECT_DIR: join(folder, 'project'), CI_DEFAULT_BRANCH: 'main', CI_DISPOSABLE_ENVIRONMENT: 'true', GITLAB_USER_LOGIN: 'root', GITLAB_USER_ID: '1',
      ...(given.payload === undefined ? {} : { TRIGGER_PAYLOAD: file }),
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes) => { out += String(bytes); });
  child.stderr.on('data', (bytes) => { err += String(bytes); });
  const code = await new Promise<number | null>((resolve) => { child.on('close', resolve); });
  token.revoked = true;
  let outputs: Readonly<Record<string, string>> = {};
  try {
    outputs = JSON.parse(readFileSync(join(folder, 'project/heddle-run/outputs.json'), 'utf8')) as Readonly<Record<string, string>>;
  } catch {
    // A job that began nothing leaves nothing.
  }
  return { code, out, err, outputs };
}

const about = (by: string): { world: FakeGitlab['world']; project: Project; issue: Issue; by: ReturnType<FakeGitlab['world']['account']> } => ({ world: gitlab.world, project, issue, by: gitlab.world.account(by) });
const labelled = (by: string): unknown => {
  const previous = [...issue.labels];
  gitlab.world.relabel(project, issue, gitlab.world.account(by), [...previous, 'heddle']);
  return issueWebhook(about(by), { previous, current: [...issue.labels] });
};
const noted = (by: string, text: string): unknown => noteWebhook(about(by), gitlab.world.addNote(issue, gitlab.world.account(by), text));

interface Report { readonly examinations: readonly { readonly id: string; readonly standing: string; readonly words: string; readonly details: readonly string[] }[] }

describe('heddle doctor in a job of GitLab', () => {
  it('says before any money is spent which token, role and scope is lacking, and for what', async () => {
    const reader = gitlab.world.token({ account: gitlab.world.account('gus'), value: 'glpat-reader-0123456789abcd', scopes: ['read_api'] });
    const ended = await job(['doctor', '--json'], { started: 'amy', source: 'web', token: reader.value });
    const report = JSON.parse(ended.out) as Report;
    const of = (id: string): Report['examinations'][number] | undefined => report.examinations.find((one) => one.id === id);
    expect(ended.code).toBe(2);
    expect(of('forge-token')?.standing).toBe('good');
    expect(of('forge-permissions')?.standing).toBe('missing');
    expect(of('forge-permissions')?.details.join('\n')).toMatch(/read_api, and needs api[^]*needs Developer/);
    expect(of('host')).toMatchObject({ standing: 'good', words: expect.stringContaining('GitLab CI') });
    expect(of('checkout')?.standing).toBe('good');
    expect(of('pipeline')).toMatchObject({ standing: 'warning', words: expect.stringContaining('no .gitlab-ci.yml') });
    expect(ended.out + ended.err).not.toContain(reader.value);
    expect(project.mergeRequests.size).toBe(0);
  });
});

describe('a run that waits, on GitLab', () => {
  it('is asked at the issue, answered by a note of somebody with the right, and delivered by another pipeline', async () => {
    const first = await job(['run'], { started: 'mona', payload: labelled('amy') });
    expect([first.code, first.err]).toEqual([4, expect.stringContaining('waiting:')]);
    const note = (): string => issue.notes.findLast((one) => one.author.username === 'bot')?.body ?? '';
    expect(note()).toContain('**Heddle waits for a person.**');
    expect(project.mergeRequests.size).toBe(0);
    const tree = /\/heddle approve ([0-9a-f]{12,64})/.exec(note())?.[1] ?? '';

    // A guest's word changes nothing; the owner of the trigger token has nothing to do with it.
    const guest = await job(['run'], { started: 'mona', payload: noted('gus', `/heddle approve ${tree}`) });
    expect([guest.outputs['outcome'], project.mergeRequests.size]).not.toContain('delivered');
    expect(project.mergeRequests.size).toBe(0);

    const yes = await job(['run'], { started: 'mona', payload: noted('amy', `/heddle approve ${tree}`) });
    expect([yes.code, yes.err]).toEqual([0, expect.stringContaining('delivered')]);
    expect(yes.outputs).toMatchObject({ 'outcome': 'delivered', 'run-id': first.outputs['run-id'], 'change-url': `${gitlab.url}/acme/web/shop/-/merge_requests/1` });
    expect([...project.mergeRequests.values()].map((one) => one.author.username)).toEqual(['bot']);
  });

  it('goes on by hand: the person is who pressed the button, as GitLab says', async () => {
    issue = gitlab.world.addIssue(project, { iid: 13, title: 'Make a file again', description: 'Add made.txt once more.\n', author: gitlab.world.account('amy') });
    const first = await job(['run'], { started: 'mona', payload: labelled('amy') });
    expect([first.code, first.err]).toEqual([4, expect.stringContaining('waiting:')]);
    const run = first.outputs['run-id'] ?? '';
    const guest = await job(['resume', run, '--answer', 'allow'], { started: 'gus', source: 'web' });
    expect([guest.code, guest.err]).toEqual([3, expect.stringContaining('gus has no write permission')]);
    const yes = await job(['resume', run, '--answer', 'allow'], { started: 'amy', source: 'web' });
    expect([yes.code, yes.err]).toEqual([0, expect.stringContaining('delivered')]);
  });
});
