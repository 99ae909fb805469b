import { describe, expect, it } from '@jest/globals';
import { RELEASED, changesOf, heddleBranches, topClaims } from './forge-views.js';
import { processesBelow } from './proc.js';
import type { SeenProcess } from './proc.js';
import { parsed, schemaProblems } from './run-folder.js';
import { JOB_SECRET, nodes } from './runner.js';
import { MODEL_KEY, RIGHT_ON_THE_SECOND, useScenes } from './scene.js';
import type { Scene } from './scene.js';

const scenes = useScenes();
const MICRO = 1_000_000;
/** Ten thousand runs would not cost more than this test says: 5 calls of 1,000 tokens in and 50 out, at $3 and $15 a million. */
const COST_USD = 5 * (1000 * 3 + 50 * 15) / MICRO;

describe('the packaged action, from label to pull request', () => {
  it('delivers the second attempt, with all evidence, and shows no secret to anybody', async () => {
    const scene = await scenes({ steps: RIGHT_ON_THE_SECOND });
    scene.label();
    const seen: SeenProcess[] = [];
    const ending = await scene.run({ onStart: (pid) => void scene.model.received(1).then(() => { seen.push(...processesBelow(pid)); }) });
    const { services } = scene;
    expect([ending.code, ending.log.shown]).toEqual([0, expect.stringMatching(/^delivered: draft change /m)]);

    const [artifact] = services.artifacts.artifacts;
    const files = artifact?.files ?? new Map<string, Buffer>();
    expect(schemaProblems(files)).toEqual([]);
    deliveredOnce(scene, files);
    pullRequest(scene);
    told(scene);

    const [pull] = changesOf(services.repository);
    expect(ending.outputs).toEqual({
      'outcome': 'delivered', 'run-id': parsed(files, 'run.json')['run'], 'change-url': `${services.github.url}/acme/shop/pull/${String(pull?.number)}`,
      'cost-usd': COST_USD.toFixed(6), 'evidence': 'http://github.localhost/acme/shop/actions/runs/101/artifacts/1',
    });
    expect(ending.summary).toMatch(/^## \S+ Delivered: /);
    expect(Buffer.byteLength(ending.summary)).toBeLessThan(1024 * 1024);
    costs(files);
    noSecrets(scene, { shown: ending.log.shown, summary: ending.summary, files, seen });
    expect(services.github.problems()).toEqual([]);
    expect(ending.leftBehind).toEqual([]);

    // Another event for the same ticket, while the change is open: nothing is paid for twice.
    const calls = scene.model.requests.length;
    const again = await scene.run();
    expect([again.code, again.outputs['outcome'], scene.model.requests.length]).toEqual([0, 'declined', calls]);
    expect(again.log.shown).toContain('(change-open)');
    expect(changesOf(services.repository)).toHaveLength(1);
    expect(scene.issue.comments).toHaveLength(1);
  }, 240_000);

  const others = nodes().slice(1);
  (others.length === 0 ? it.skip : it)('delivers on the machine\'s own Node as well', async () => {
    const scene = await scenes();
    scene.label();
    const ending = await scene.run({ node: others[0]?.program ?? '' });
    expect([ending.code, ending.outputs['outcome'], changesOf(scene.services.repository).length]).toEqual([0, 'delivered', 1]);
  }, 240_000);
});

function deliveredOnce({ services: { repository }, issue }: Scene, files: ReadonlyMap<string, Buffer>): void {
  const [branch, ...more] = heddleBranches(repository);
  expect([more, branch]).toEqual([[], expect.stringMatching(/^heddle\//)]);
  const verification = parsed(files, 'verification.json') as { readonly candidate: { readonly tree: string; readonly base: string } };
  const commit = repository.git.commit(repository.refs.get(`refs/heads/${branch ?? ''}`) ?? '');
  expect(commit).toMatchObject({ tree: verification.candidate.tree, parents: [repository.refs.get('refs/heads/main')] });
  const trailers = (commit?.message ?? '').trimEnd().split('\n\n').at(-1)?.split('\n').map((line) => line.split(': ')[0]);
  expect(trailers).toEqual(expect.arrayContaining(['Assisted-by', 'Heddle-Run', 'Ticket']));
  expect(commit?.message).toContain(`#${String(issue.number)}`);
  expect(topClaims(repository)).toEqual([RELEASED]);
}

function pullRequest({ services: { repository } }: Scene): void {
  const [change, ...more] = changesOf(repository);
  expect(more).toEqual([]);
  expect(change).toMatchObject({ state: 'open', labels: ['heddle', 'risk:low'], pull: { draft: true, base: 'main', reviewers: [{ login: 'otto' }] } });
  expect(change?.body.length).toBeLessThan(65_536);
  expect(change?.body).toContain('/actions/runs/');
  expect(repository.checkRuns).toMatchObject([{
    name: 'Heddle', headSha: repository.refs.get(`refs/heads/${change?.pull?.head ?? ''}`), status: 'completed', conclusion: 'neutral',
    annotations: [{ path: 'src/old.mjs', start_line: 1, annotation_level: 'warning' }],
  }, { name: 'Heddle gates', status: 'completed', conclusion: 'success', annotations: [] }]);
  expect(repository.runs).toMatchObject([{ workflow: '.github/workflows/ci.yml', branch: change?.pull?.head, event: 'workflow_dispatch' }]);
}

function told({ issue, services: { repository } }: Scene): void {
  expect(issue.comments.map((comment) => comment.author.login)).toEqual(['github-actions[bot]']);
  const [note] = issue.comments;
  expect(note?.body).toContain(`/pull/${String(changesOf(repository)[0]?.number)}`);
  expect(note?.body).toContain(`/actions/runs/${String(repository.runs[0]?.id)}`);
}

function costs(files: ReadonlyMap<string, Buffer>): void {
  type Priced = { readonly costUsd: number; readonly usage: { readonly calls: number; readonly inputTokens: number; readonly outputTokens: number } };
  const cost = parsed(files, 'cost.json') as unknown as { readonly attempts: readonly Priced[]; readonly total: Priced };
  expect(cost.attempts.map(({ usage }) => usage.calls)).toEqual([3, 2]);
  expect(cost.total.usage).toMatchObject({ calls: 5, inputTokens: 5000, outputTokens: 250 });
  expect(cost.total.costUsd).toBeCloseTo(COST_USD, 6);
  expect(cost.attempts.reduce((sum, attempt) => sum + attempt.costUsd, 0)).toBeCloseTo(COST_USD, 6);
}

function noSecrets({ services: { github, artifacts, repository }, model, issue }: Scene, seen: { readonly shown: string; readonly summary: string; readonly files: ReadonlyMap<string, Buffer>; readonly seen: readonly SeenProcess[] }): void {
  const runtime = artifacts.env()['ACTIONS_RUNTIME_TOKEN'] ?? '';
  const places: readonly (readonly [string, string])[] = [
    ['log', seen.shown], ['summary', seen.summary], ...[...seen.files].map(([name, bytes]) => [`artifact ${name}`, bytes.toString('latin1')] as const),
    ['requests to GitHub', JSON.stringify(github.requests)], ['prompts', model.requests.map((request) => request.text).join('\n')],
    ['issues', JSON.stringify([...repository.issues.values()].map(({ title, body }) => [title, body]))], ['comments', issue.comments.map((one) => one.body).join('\n')],
  ];
  const secrets = [MODEL_KEY, github.actionsToken, runtime, JOB_SECRET];
  const encodings = (text: string): readonly string[] => [text, Buffer.from(text).toString('base64').replace(/=+$/, ''), Buffer.from(text).toString('hex')];
  for (const secret of secrets) for (const form of encodings(secret)) {
    expect(places.filter(([, text]) => text.includes(form)).map(([name]) => name)).toEqual([]);
  }
  // The gateway alone has the key, and it came to the provider.
  expect(model.requests.map((request) => request.headers['x-api-key'])).toEqual(model.requests.map(() => MODEL_KEY));
  // Waiting parent, working process and the agent with everything around it.
  expect(seen.seen.length).toBeGreaterThanOrEqual(3);
  expect(seen.seen.filter(({ environment }) => secrets.some((secret) => environment.includes(secret))).map(({ pid, program }) => `${String(pid)} ${program}`)).toEqual([]);
}
