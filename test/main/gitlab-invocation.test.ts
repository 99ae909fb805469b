import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { artifactFile, jobOf, type PipelineAccess } from '../../src/adapters/host/gitlab-ci/pipeline-jobs.js';
import type { CommandName } from '../../src/config/options.js';
import { parseEvent } from '../../src/main/event-file.js';
import { gitlabSurrounding, isGitlabJob, type GitlabSurrounding } from '../../src/main/gitlab/gitlab-invocation.js';
import { handedByJob } from '../../src/main/gitlab/handed-by-job.js';
import type { Invocation } from '../../src/main/invocation.js';
import type { Problem } from '../../src/main/problem.js';
import { failure, value } from '../contract/forge-contract.js';
import { makeGitFixture, type GitFixture } from '../contract/forge-git-fixture.js';
import { startFakeGitlab, type FakeGitlab } from '../fakes/gitlab/fake-gitlab.js';
import { addPipeline } from '../fakes/gitlab/start-pipeline.js';
import type { Level } from '../fakes/gitlab/world.js';
import type { Result } from '../../src/kit/result.js';

let folder: string;
let server: Server;
let api: string;
let requests: { url: string; job: unknown; own: unknown }[];
/** What the server answers, by path. */
let answers: Map<string, { readonly status?: number; readonly body: string }>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-gi-'));
  server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', job: request.headers['job-token'], own: request.headers['private-token'] });
    const answer = answers.get(`${request.headers['private-token'] === undefined ? 'job' : 'own'} ${request.url ?? ''}`) ?? answers.get(request.url ?? '') ?? { status: 404, body: '{}' };
    response.writeHead(answer.status ?? 200).end(answer.body);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  requests = [];
  answers = new Map();
});

const environment = (change: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  GITLAB_CI: 'true', CI_PROJECT_PATH: 'acme/shop', CI_PROJECT_ID: '5', CI_PIPELINE_ID: '900', CI_PIPELINE_SOURCE: 'web', CI_JOB_ID: '77',
  CI_SERVER_URL: api.replace('/api/v4', ''), CI_API_V4_URL: api, CI_PROJECT_DIR: folder, ...change,
});
interface Asked { readonly env?: Readonly<Record<string, string>>; readonly command?: CommandName; readonly words?: readonly string[]; readonly options?: Readonly<Record<string, string>>; readonly secrets?: Readonly<Record<string, string>> }
const ask = (asked: Asked = {}): Promise<Result<GitlabSurrounding, Problem>> => gitlabSurrounding(environment(asked.env), {
  given: { command: asked.command ?? 'admit', positionals: asked.words ?? [], values: new Map(Object.entries(asked.options ?? {})) }, secrets: asked.secrets ?? {}, cwd: folder, event: undefined,
});
const refused = async (asked: Asked): Promise<Problem> => {
  const answer = await ask(asked);
  if (answer.ok) throw new Error('it was taken');
  return answer.error;
};
const taken = async (asked: Asked): Promise<GitlabSurrounding> => {
  const answer = await ask(asked);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
};

const FORK = { CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_PROJECT_ID: '5', CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '6' };
const OWN = { ...FORK, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '5' };

describe('a job of GitLab', () => {
  it('is told by its one variable', () => {
    expect([isGitlabJob({ GITLAB_CI: 'true' }), isGitlabJob({ GITLAB_CI: '' }), isGitlabJob({ CI: 'true' })]).toEqual([true, false, false]);
  });

  it.each<[string, Asked, RegExp]>([
    ['a merge request from a fork', { env: FORK, words: ['#1'] }, /another project/],
    ['a merge request whose project is not told', { env: { CI_PIPELINE_SOURCE: 'merge_request_event' }, command: 'deliver' }, /another project/],
    ['work in a fork', { env: FORK, command: 'work' }, /another project/],
    ['resume in a fork', { env: FORK, command: 'resume' }, /another project/],
    ['a pull request of another service', { env: { CI_PIPELINE_SOURCE: 'external_pull_request_event' }, words: ['#1'] }, /another project/],
    ['a push that names no ticket', { env: { CI_PIPELINE_SOURCE: 'push' } }, /names no ticket/],
    ['a merge request that names no ticket', { env: OWN }, /names no ticket/],
    ['a log that shows variables', { env: { CI_DEBUG_TRACE: 'true' }, words: ['#1'] }, /replace the secrets/],
    ['services that show variables', { env: { CI_DEBUG_SERVICES: 'true' }, command: 'doctor' }, /CI_DEBUG_SERVICES/],
    ['another server than the one named', { options: { 'gitlab-url': 'https://gitlab.example' }, words: ['#1'] }, /nothing was sent anywhere/],
    ['an API that is not of the server', { env: { CI_API_V4_URL: 'https://evil.example/api/v4' }, words: ['#1'] }, /nothing was sent anywhere/],
    ['an API of a server whose name begins alike', { env: { CI_SERVER_URL: 'https://gitlab.example', CI_API_V4_URL: 'https://gitlab.example.evil/api/v4' }, words: ['#1'] }, /nothing was sent anywhere/],
    ['an environment that lacks what it must have', { env: { CI_PROJECT_PATH: '' } }, /CI_PROJECT_PATH/],
  ])('refuses %s before anything is sent', async (_, asked, words) => {
    const problem = await refused({ ...asked, secrets: { 'ci-job-token': 'glcbt-canary-token', 'gitlab-token': 'glpat-canary' } });
    expect([problem.exit, problem.message]).toEqual([2, expect.stringMatching(words)]);
    expect(problem.message).not.toContain('canary');
    expect(requests).toEqual([]);
  });

  it('takes a server that is named with or without a slash, and a look from anywhere', async () => {
    for (const url of [api.replace('/api/v4', ''), api.replace('/api/v4', '/')]) expect((await taken({ options: { 'gitlab-url': url }, words: ['#1'] })).forge).toMatchObject({ id: 'gitlab', repository: 'acme/shop', apiUrl: api });
    expect((await taken({ env: FORK, command: 'doctor' })).gitlab?.ofFork).toBe(true);
    expect((await taken({ env: { CI_PIPELINE_SOURCE: 'push' }, words: ['#1'] })).event).toBeUndefined();
  });

  it('reads the webhook that triggered it, and no other file', async () => {
    const file = join(folder, 'payload.json');
    writeFileSync(file, JSON.stringify({ object_kind: 'note', object_attributes: { note: '/heddle run' }, issue: { iid: 1 } }));
    expect((await taken({ env: { CI_PIPELINE_SOURCE: 'trigger', TRIGGER_PAYLOAD: file } })).event).toMatchObject({ service: 'gitlab', name: 'note', payload: { issue: { iid: 1 } } });
    expect((await taken({ env: { CI_PIPELINE_SOURCE: 'schedule', TRIGGER_PAYLOAD: '/etc/passwd' } })).event).toBeUndefined();
    // A call with typed inputs says no kind: its ticket is a word of the command.
    writeFileSync(file, JSON.stringify({ ref: 'main', inputs: { ticket: '7' } }));
    expect((await taken({ env: { CI_PIPELINE_SOURCE: 'trigger', TRIGGER_PAYLOAD: file }, words: ['#7'] })).event).toBeUndefined();
  });

  it.each<[string, string, RegExp]>([
    ['variables', '{"object_kind":"issue","variables":{"GITLAB_TOKEN":"x","NODE_OPTIONS":"y"}}', /GITLAB_TOKEN, NODE_OPTIONS/],
    ['no JSON', '{', /not JSON/],
  ])('refuses a call with %s', async (_, text, words) => {
    const file = join(folder, 'bad.json');
    writeFileSync(file, text);
    expect((await refused({ env: { CI_PIPELINE_SOURCE: 'trigger', TRIGGER_PAYLOAD: file } })).message).toMatch(words);
    expect((await refused({ env: { CI_PIPELINE_SOURCE: 'trigger', TRIGGER_PAYLOAD: folder } })).message).toContain('TRIGGER_PAYLOAD');
  });

  it('takes the person from GitLab\'s own answer about this job, never from variables', async () => {
    const secrets = { 'ci-job-token': 'glcbt-canary-token' };
    const env = { GITLAB_USER_LOGIN: 'boss', GITLAB_USER_ID: '1' };
    answers.set('/api/v4/job', { body: JSON.stringify({ id: 77, user: { id: 3, username: 'amy' } }) });
    expect((await taken({ secrets, env, words: ['#1'] })).actor).toEqual({ login: 'amy', id: '3', kind: 'unknown' });
    // The token of another job, an answer that is none, no answer: nobody.
    answers.set('/api/v4/job', { body: JSON.stringify({ id: 78, user: { id: 3, username: 'amy' } }) });
    expect((await taken({ secrets, env, words: ['#1'] })).actor).toBeUndefined();
    answers.set('/api/v4/job', { status: 200, body: '<html>' });
    expect((await taken({ secrets, env, words: ['#1'] })).actor).toBeUndefined();
    expect((await taken({ env, words: ['#1'] })).actor).toBeUndefined();
    requests = [];
    expect((await taken({ secrets, env, command: 'work' })).actor).toBeUndefined();
    expect(requests).toEqual([]);
  });

  it('hides the secrets in what its host prints', async () => {
    const { host } = await taken({ secrets: { 'gitlab-token': 'glpat-canary-5f0c1a' }, words: ['#1'] });
    await host.output('outcome', 'glpat-canary-5f0c1a');
    expect(JSON.stringify(host.facts)).not.toContain('canary');
  });
});

describe('whose webhook a payload is', () => {
  it.each<[unknown, string, string]>([
    [{ object_kind: 'issue', issue: {} }, 'gitlab', 'issue'], [{ object_kind: 'note', issue: {}, comment: {} }, 'gitlab', 'note'],
    [{ issue: {}, comment: {} }, 'github', 'issue_comment'], [{ issue: {} }, 'github', 'issues'], [{ object_kind: 5 }, 'github', 'unknown'], [null, 'github', 'unknown'], [[], 'github', 'unknown'],
  ])('%j is of %s: %s', (payload, service, name) => {
    const parsed = parseEvent(JSON.stringify(payload), 'x');
    expect(parsed).toMatchObject({ ok: true, value: { service, name } });
  });
});

describe('the jobs of a pipeline', () => {
  const access = (): PipelineAccess => ({ apiUrl: api, projectId: '5', pipelineId: '900', tokens: [{ header: 'JOB-TOKEN', value: 'jjj' }, { header: 'PRIVATE-TOKEN', value: 'ppp' }] });
  const list = (page: number): string => `/api/v4/projects/5/pipelines/900/jobs?per_page=100&page=${page}`;
  const job = (id: number, name: string, status = 'success'): object => ({ id, name, status });

  it('finds a job on a later page, and says when there is none', async () => {
    answers.set(list(1), { body: JSON.stringify(Array.from({ length: 100 }, (_, at) => job(at + 1, `other-${at}`))) });
    answers.set(list(2), { body: JSON.stringify([job(500, 'heddle-work', 'failed')]) });
    expect(value(await jobOf(access(), 'heddle-work'))).toMatchObject({ id: 500, status: 'failed' });
    expect(failure(await jobOf(access(), 'nobody'))).toMatchObject({ code: 'not-found', side: 'setup' });
  });

  it('takes the other token where the job\'s own may not look', async () => {
    answers.set(`job ${list(1)}`, { status: 403, body: '{}' });
    answers.set(`own ${list(1)}`, { body: JSON.stringify([job(1, 'heddle-work')]) });
    expect(value(await jobOf(access(), 'heddle-work')).id).toBe(1);
    expect(requests.map((one) => [one.job, one.own])).toEqual([['jjj', undefined], [undefined, 'ppp']]);
    expect(failure(await jobOf({ ...access(), tokens: access().tokens.slice(0, 1) }, 'heddle-work')).message).toContain('18.0');
    expect(failure(await jobOf({ ...access(), tokens: [] }, 'heddle-work'))).toMatchObject({ code: 'unauthorized', side: 'setup' });
  });

  it.each<[{ readonly status?: number; readonly body: string }, object]>([
    [{ status: 500, body: '' }, { code: 'service-error', side: 'theirs', retryable: true }], [{ body: '{"not":"a list"}' }, { code: 'invalid-answer' }], [{ body: '[{"id":-1}]' }, { code: 'invalid-answer' }],
  ])('answers %j are faults', async (answer, fault) => {
    answers.set(list(1), answer);
    expect(failure(await jobOf(access(), 'heddle-work'))).toMatchObject(fault);
  });

  it('takes no more of a file than it may have', async () => {
    answers.set('/api/v4/projects/5/jobs/1/artifacts/a%20b/c', { body: 'x'.repeat(100) });
    expect(value(await artifactFile(access(), { job: 1, path: 'a b/c', bytesMax: 100 })).length).toBe(100);
    expect(failure(await artifactFile(access(), { job: 1, path: 'a b/c', bytesMax: 99 }))).toMatchObject({ code: 'rejected' });
  });
});

describe('a job\'s own token at the servers that there are', () => {
  let git: GitFixture;
  beforeAll(async () => { git = await makeGitFixture({ 'a.txt': 'a\n' }); });
  afterAll(() => git.close());
  const access = (gitlab: FakeGitlab, project: number, pipeline: number, own?: string): PipelineAccess => ({
    apiUrl: gitlab.apiUrl, projectId: String(project), pipelineId: String(pipeline), tokens: [{ header: 'JOB-TOKEN', value: 'glcbt-1' }, ...(own === undefined ? [] : [{ header: 'PRIVATE-TOKEN' as const, value: own }])],
  });

  it.each<[string, string, { readonly premium: boolean; readonly level: Level }, 'list' | 'file' | undefined, string]>([
    ['18.6.0 with Premium', '18.6.0', { premium: true, level: 30 }, undefined, ''],
    ['18.6.0 without', '18.6.0', { premium: false, level: 30 }, 'file', 'with Premium or Ultimate'],
    ['17.11.0', '17.11.0', { premium: true, level: 30 }, 'list', 'from GitLab 18.0 on'],
    ['one whose archives are for maintainers', '18.6.0', { premium: true, level: 40 }, 'file', '`artifacts:access`'],
  ])('%s: it may, or the setting is named and a token that reads does it', async (_, version, { premium, level }, refusedAt, words) => {
    const gitlab = await startFakeGitlab();
    try {
      gitlab.world.version = version;
      const project = await gitlab.addProject({ path: 'acme/shop', gitDir: git.gitDir, commit: git.base, members: { dev: 30, mona: 40 }, settings: { premium } });
      const left = join(mkdtempSync(join(folder, 'left-')), 'archive');
      mkdirSync(left);
      writeFileSync(join(left, 'manifest.json'), '{}');
      const pipeline = addPipeline(gitlab.world, project, { ref: 'main', sha: git.base, user: gitlab.world.account('dev'), source: 'trigger', jobs: [{ name: 'heddle-work', status: 'success' }] });
      const [work] = pipeline.jobs;
      if (work === undefined) throw new Error('no job');
      work.artifacts = { folder: left, level };
      gitlab.world.token({ account: gitlab.world.account('dev'), kind: 'job', value: 'glcbt-1', project, job: work });
      gitlab.world.token({ account: gitlab.world.account('mona'), value: 'glpat-reads', scopes: ['read_api'] });
      const [alone, helped] = [access(gitlab, project.id, pipeline.id), access(gitlab, project.id, pipeline.id, 'glpat-reads')];
      const file = { job: work.id, path: 'manifest.json', bytesMax: 100 };
      const [listed, read] = [await jobOf(alone, 'heddle-work'), await artifactFile(alone, file)];
      expect([listed.ok, read.ok]).toEqual([refusedAt !== 'list', refusedAt !== 'file']);
      const refusal = [listed, read].find((one) => !one.ok);
      if (refusal !== undefined) {
        const { message, side } = failure(refusal);
        expect([side, message]).toEqual(['setup', expect.stringContaining(words)]);
        for (const name of ['GITLAB_TOKEN', 'HEDDLE_READ_TOKEN', 'heddle/verify', 'read_api']) expect(message).toContain(name);
      }
      expect(value(await jobOf(helped, 'heddle-work'))).toMatchObject({ id: work.id, status: 'success' });
      expect(Buffer.from(value(await artifactFile(helped, file))).toString()).toBe('{}');
      // What is missing is said of the archive, not of the token.
      expect(failure(await artifactFile(helped, { ...file, path: 'no-such.json' })).message).toContain('kept its artifact');
    } finally {
      await gitlab.close();
    }
  });
});

describe('what deliver is handed by the jobs before it', () => {
  const invocation = async (options: Readonly<Record<string, string>>): Promise<Invocation> => ({
    ...await taken({ command: 'deliver' }), options: new Map(Object.entries(options)), ticket: undefined, cwd: folder, proxied: false, path: '', secrets: { 'ci-job-token': 'jjj' },
    toolCache: { folder, registry: undefined },
  });
  const jobs = (work: string, verify: string, [ended, began]: readonly (string | null)[] = ['2026-03-01T12:00:00.000Z', '2026-03-01T14:00:05.000+02:00']): void => {
    answers.set('/api/v4/projects/5/pipelines/900/jobs?per_page=100&page=1', { body: JSON.stringify([{ id: 1, name: 'w', status: work, finished_at: ended }, { id: 2, name: 'v', status: verify, started_at: began }]) });
    answers.set('/api/v4/projects/5/jobs/1/artifacts/heddle-run/bundle/manifest.json', { body: '{}' });
    answers.set('/api/v4/projects/5/jobs/1/artifacts/heddle-run/bundle/change.bundle', { body: 'PACK' });
  };
  it.each([['success', 'success', 'success', 64], ['success', 'failed', 'failed', 64], ['failed', 'skipped', 'skipped', 0], ['failed', 'success', 'failed', 0], ['running', 'success', 'running', 0]])('work %s and verify %s is verified %s', async (work, verify, verified, digits) => {
    jobs(work, verify);
    const into = join(mkdtempSync(join(folder, 'handed-')), 'bundle');
    const handed = await handedByJob(await invocation({ 'bundle-job': 'w', 'verify-job': 'v', 'verified': 'success' }), into);
    expect(handed).toMatchObject({ ok: true, value: { bundle: into, verified } });
    expect(handed.ok && handed.value?.bundleDigest.length).toBe(digits);
  });

  it.each([['2026-03-01T12:10:00.000Z', '2026-03-01T12:00:05.000Z'], ['2026-03-01T12:00:00.000Z', null], [null, '2026-03-01T12:00:05.000Z']])('a try of work that ended at %s was not seen by a verify job that began at %s', async (ended, began) => {
    jobs('success', 'success', [ended, began]);
    const handed = await handedByJob(await invocation({ 'bundle-job': 'w', 'verify-job': 'v' }), join(mkdtempSync(join(folder, 'again-')), 'bundle'));
    expect(handed).toMatchObject({ ok: false, error: { message: expect.stringContaining('Start «v» again') } });
    expect(requests.map((one) => one.url).filter((url) => url.includes('/jobs/1/'))).toEqual([]);
  });

  it('takes from the outputs of verify what a person must look at, and holds all when they are not there', async () => {
    jobs('success', 'success');
    const held = async (): Promise<unknown> => {
      const handed = await handedByJob(await invocation({ 'bundle-job': 'w', 'verify-job': 'v' }), join(mkdtempSync(join(folder, 'held-')), 'bundle'));
      return handed.ok ? handed.value?.held : handed.error;
    };
    expect(await held()).toBeUndefined();
    answers.set('/api/v4/projects/5/jobs/2/artifacts/heddle-verify/outputs.json', { body: '{"outcome":"verified","held":"none"}' });
    expect(await held()).toEqual([]);
    answers.set('/api/v4/projects/5/jobs/2/artifacts/heddle-verify/outputs.json', { body: '<html>' });
    expect(await held()).toBeUndefined();
  });

  it('is nothing of ours without the options, and a problem outside of GitLab', async () => {
    expect(await handedByJob(await invocation({}), 'x')).toEqual({ ok: true, value: undefined });
    const elsewhere = await handedByJob({ ...await invocation({ 'bundle-job': 'w' }), gitlab: undefined }, 'x');
    expect(elsewhere.ok).toBe(false);
  });
});
