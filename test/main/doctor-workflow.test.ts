import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ok } from '../../src/kit/result.js';
import { examineWorkflow } from '../../src/main/doctor/examine-workflow.js';
import { heddleJobs } from '../../src/main/doctor/workflow-permissions.js';
import { examined, githubFacts, goodFacts } from './doctor-fakes.js';

const EXAMPLE = readFileSync('examples/workflows/heddle.yml', 'utf8');
const ALL = '{ contents: write, pull-requests: write, issues: write, checks: write, actions: write }';

function workflow(permissions: string | undefined, step = '- uses: acme/heddle@v1', on = '[issues]'): string {
  return `on: ${on}\njobs:\n  run:\n${permissions === undefined ? '' : `    permissions: ${permissions}\n`}    steps:\n      ${step}\n`;
}

function look(text: string, settings: unknown = {}) {
  return examined(examineWorkflow, githubFacts({ workflows: async () => ok([{ path: '.github/workflows/heddle.yml', text }]) }, settings));
}

describe('the workflow that starts Heddle', () => {
  it('our own example is neither too narrow nor too wide', async () => {
    expect(await look(EXAMPLE)).toMatchObject({ standing: 'good', words: '.github/workflows/heddle.yml, job run: neither too narrow nor too wide, as far as the file tells' });
  });

  const SPLIT = readFileSync('examples/workflows/heddle-split.yml', 'utf8');

  it('the split is judged part by part: admit and deliver may write, each its own', async () => {
    expect(await look(SPLIT)).toMatchObject({ standing: 'good', words: expect.stringContaining('job admit; .github/workflows/heddle.yml, job work;') });
    const wide = await look(SPLIT.replace('contents: read # the checkout', 'id-token: write'));
    expect(JSON.stringify(wide)).toContain('job work: may write id-token');
    expect(await look(SPLIT.replace('contents: write # the branch', 'contents: read'))).toMatchObject({ standing: 'missing' });
  });

  it.each([
    [ALL, 'good', ''],
    ['{ contents: write, issues: write }', 'missing', 'lacks pull-requests: write'],
    ['read-all', 'missing', 'lacks contents: write, pull-requests: write, issues: write'],
    ['{}', 'missing', 'lacks contents: write, pull-requests: write, issues: write'],
    [undefined, 'warning', 'no permissions block'],
    ['write-all', 'warning', 'wider than needed'],
    [ALL.replace('checks: write, ', ''), 'warning', 'lacks checks: write'],
    [ALL.replace(', actions: write', ''), 'warning', 'lacks actions: write'],
    [ALL.replace(' }', ', id-token: write, packages: read }'), 'warning', 'may write more than Heddle needs: id-token'],
  ])('permissions %s are %s', async (permissions, standing, words) => {
    const answer = await look(workflow(permissions));
    expect(answer.standing).toBe(standing);
    expect(answer.details.join('\n')).toContain(words);
  });

  it('does not ask for actions: write when CI is not to be started', async () => {
    expect((await look(workflow(ALL.replace(', actions: write', '')), { delivery: { start_ci: false } })).standing).toBe('good');
  });

  it('the block of the workflow holds for a job without one', () => {
    const [job] = heddleJobs([{ path: 'w.yml', text: `permissions: read-all\n${workflow(undefined)}` }]);
    expect(job?.permissions).toBe('read-all');
  });

  it('a token of its own makes the block no matter, the workflow\'s own does not', async () => {
    const withToken = (token: string): string => `- uses: acme/heddle@v1\n        with: { github-token: "${token}" }`;
    const answer = await look(workflow('{}', withToken('${{ secrets.APP_TOKEN }}')));
    expect(answer).toMatchObject({ standing: 'warning', details: [expect.stringContaining('token of its own')] });
    expect((await look(workflow('{}', withToken('${{ github.token }}')))).standing).toBe('missing');
  });

  it('warns of pull_request_target', async () => {
    const answer = await look(workflow(ALL, undefined, '{ issues: {}, pull_request_target: {} }'));
    expect(answer).toMatchObject({ standing: 'warning', details: [expect.stringContaining('pull_request_target')] });
  });

  it.each([
    ['- uses: acme/heddle/sub@v1', 0], ['- uses: ./heddle', 1], ['- run: npx heddle run "#12"', 1], ['- run: echo heddle', 0], ['- uses: actions/checkout@v6', 0],
  ])('%s starts Heddle: %i', (step, count) => {
    expect(heddleJobs([{ path: 'w.yml', text: workflow(ALL, step) }])).toHaveLength(count);
  });

  it.each(['{', 'jobs: 3', 'jobs: { a: { steps: 5 } }', 'jobs: { a: 1 }', '', '- a'])('a file %j that is no workflow is passed over', async (text) => {
    expect(await look(text)).toMatchObject({ standing: 'warning', words: expect.stringContaining('No job was found') });
  });

  it('is not asked where the forge is local', async () => {
    expect((await examined(examineWorkflow, goodFacts())).standing).toBe('not-asked');
  });
});
