import { describe, expect, it } from '@jest/globals';
import { ok } from '../../src/kit/result.js';
import { examineForgePermissions, examineForgeToken } from '../../src/main/doctor/examine-forge.js';
import { examineHost } from '../../src/main/doctor/examine-host.js';
import { examinePipeline } from '../../src/main/doctor/examine-pipeline.js';
import { examineWorkflow } from '../../src/main/doctor/examine-workflow.js';
import type { Facts } from '../../src/main/doctor/facts.js';
import { examined, gitlabFacts, goodFacts } from './doctor-fakes.js';

describe('the token on GitLab', () => {
  it('names token, role and scope, and why the one that is there may not be enough', async () => {
    expect(await examined(examineForgeToken, gitlabFacts())).toMatchObject({ standing: 'good' });
    const missing = await examined(examineForgeToken, gitlabFacts({ tokenSet: false }, { refProtected: false, ref: 'topic', environment: undefined }));
    expect(missing).toMatchObject({ standing: 'missing', side: 'setup', next: expect.stringMatching(/role Developer, scope api.*GITLAB_TOKEN/) });
    expect(missing.details).toEqual([expect.stringContaining('CI_JOB_TOKEN'), expect.stringContaining('topic is not protected'), expect.stringContaining('no environment')]);
    expect((await examined(examineForgeToken, gitlabFacts({ tokenSet: false, jobTokenSet: false }))).details).toEqual([]);
  });

  it('shows what the forge says is lacking, feature by feature', async () => {
    const answer = await examined(examineForgePermissions, gitlabFacts({ missingForDelivery: async () => ok(['Merge requests: the token needs api.', 'unknown: which branches are protected']) }));
    expect(answer).toMatchObject({ standing: 'missing', details: ['Merge requests: the token needs api.', 'not known: which branches are protected'] });
  });
});

describe('the job on GitLab', () => {
  const rung = (name: 'landlock' | 'none' | 'bubblewrap'): Partial<Facts> => ({ sandbox: async () => ({ rung: name, form: 'x', refused: [] }) });

  it('is good in a container on the protected default branch', async () => {
    expect(await examined(examineHost, gitlabFacts())).toMatchObject({ standing: 'good', details: [], words: expect.stringContaining('GitLab CI 18.5.0') });
  });

  it('explains the rung of a container without privileges', async () => {
    const answer = await examined(examineHost, gitlabFacts(rung('landlock')));
    expect(answer.standing).toBe('good');
    expect(answer.details[0]).toMatch(/bubblewrap fails there; Landlock .* landlock is what held here/);
    expect((await examined(examineHost, gitlabFacts(rung('none')))).details[0]).toContain('even that did not hold');
    expect((await examined(examineHost, gitlabFacts(rung('landlock'), { machine: 'shared' }))).details).toEqual([]);
  });

  it.each<[Parameters<typeof gitlabFacts>[1], string, string]>([
    [{ machine: 'shared' }, 'warning', 'shell'], [{ refProtected: false }, 'warning', 'not protected'], [{ source: 'push' }, 'good', 'starts no run'],
    [{ ref: 'topic' }, 'good', 'not of the default branch'], [{ ofFork: true, source: 'merge_request_event' }, 'missing', 'another project'],
  ])('a job with %j is %s', async (job, standing, words) => {
    const answer = await examined(examineHost, gitlabFacts({}, job));
    expect(answer.standing).toBe(standing);
    expect([answer.words, ...answer.details].join('\n')).toContain(words);
  });
});

describe('the pipeline', () => {
  const of = (text: string | undefined): ReturnType<typeof examined> => examined(examinePipeline, gitlabFacts({ pipelineFile: async () => ok(text === undefined ? undefined : { path: '.gitlab-ci.yml', text }) }));

  it('is none of other forges, and the workflow none of GitLab', async () => {
    expect((await examined(examinePipeline, goodFacts())).standing).toBe('not-asked');
    expect((await examined(examineWorkflow, gitlabFacts())).standing).toBe('not-asked');
  });

  it.each<[string | undefined, string, RegExp]>([
    [undefined, 'warning', /no \.gitlab-ci\.yml/], ['test: {script: make}', 'warning', /No job and no component/], ['a: [', 'warning', /not read as YAML/],
    ['include: [{component: $CI_SERVER_FQDN/tools/heddle/split@1.2.0}]', 'good', /heddle\/split@1\.2\.0/],
    ['spec: {inputs: {ticket: {default: ""}}}\n---\ninclude: {component: gitlab.example/tools/heddle/run@0123456789012345678901234567890123456789}', 'good', /heddle\/run/],
    ['include: [{component: gitlab.example/tools/heddle/run@~latest}]', 'warning', /not pinned/],
    ['one: {resource_group: a, variables: {GIT_STRATEGY: none}, script: [heddle run]}', 'good', /job one/],
    ['one: {script: ["npx heddle run"]}', 'warning', /GIT_STRATEGY[^]*resource_group/],
    ['one: {resource_group: a, variables: {GIT_STRATEGY: none}, script: heddle run, artifacts: {reports: {dotenv: x.env}}}', 'missing', /dotenv/],
    ['w: {variables: {GIT_STRATEGY: none}, script: heddle work, artifacts: {reports: {dotenv: x.env}}}', 'missing', /dotenv/],
    ['a: {variables: {GIT_STRATEGY: none}, script: heddle admit, artifacts: {reports: {dotenv: x.env}}}', 'good', /job a/],
    ['d: {resource_group: a, variables: {GIT_STRATEGY: none}, needs: [admit, heddle-work], script: heddle deliver}', 'missing', /heddle-work.*artifacts: false/],
    ['d: {resource_group: a, variables: {GIT_STRATEGY: none}, needs: [admit, {job: heddle-work, artifacts: false}, {job: heddle-verify, artifacts: true}], script: heddle deliver}', 'missing', /heddle-verify/],
    ['d: {resource_group: a, variables: {GIT_STRATEGY: none}, script: heddle deliver}', 'missing', /all earlier jobs/],
    ['d: {resource_group: a, variables: {GIT_STRATEGY: none}, dependencies: [], script: heddle deliver}', 'good', /job d/],
    ['v: {variables: {GIT_STRATEGY: none}, needs: [heddle-admit, {job: heddle-work, artifacts: false}], script: heddle verify}', 'good', /job v/],
  ])('%j is %s', async (text, standing, words) => {
    const answer = await of(text);
    expect(answer.standing).toBe(standing);
    expect([answer.words, ...answer.details].join('\n')).toMatch(words);
  });
});
