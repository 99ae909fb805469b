import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { changesOf, heddleBranches, RELEASED, topClaims } from './forge-views.js';
import { parsed } from './run-folder.js';
import { runCli } from './runner.js';
import { MODEL_KEY, RIGHT_AT_ONCE, useScenes } from './scene.js';
import type { Scene } from './scene.js';

const scenes = useScenes();

describe('services that fail', () => {
  it('GitHub stumbles in the middle, and the change is delivered once all the same', async () => {
    const scene = await scenes();
    scene.label();
    const { github } = scene.services;
    github.force({ route: 'issues/get', kind: '500', times: 1 });
    github.force({ route: 'git/create-tree', kind: '500', times: 1 });
    github.force({ route: 'pulls/list', kind: '429', times: 1, after: 1 });
    github.force({ route: 'pulls/create', kind: 'cut', times: 1 });
    github.force({ route: 'issues/create-comment', kind: 'cut', times: 1 });
    const ending = await scene.run({ quickPauses: true });
    expect([ending.code, ending.outputs['outcome']]).toEqual([0, 'delivered']);
    deliveredOnce(scene);
  }, 240_000);

  it('GitHub goes away for good after the work: exit 6, everything kept, and `resume` delivers it once', async () => {
    const scene = await scenes();
    scene.label();
    const { github, artifacts } = scene.services;
    void scene.model.received(RIGHT_AT_ONCE.length).then(() => { github.force({ route: '*', kind: '500', times: 9999 }); });
    const ending = await scene.run({ quickPauses: true });
    expect([ending.code, ending.outputs['outcome'], changesOf(scene.services.repository)]).toEqual([6, 'interrupted', []]);
    expect(ending.log.shown).toContain('`heddle resume` goes on from here');
    expect([...artifacts.artifacts[0]?.files.keys() ?? []]).toEqual(expect.arrayContaining(['events.jsonl', 'run.json', 'verification.json', 'change.patch', 'bundle/change.bundle']));

    expect(ending.leftBehind).toEqual([expect.stringMatching(/^heddle-[0-9a-f]{16}$/)]);

    github.calm();
    const resumed = await runCli(['resume', join(ending.temp, 'heddle-run')], { ...laterStep(ending.env), GITHUB_TOKEN: github.actionsToken, HEDDLE_MODEL_KEY: MODEL_KEY }, scene.workspace);
    expect([resumed.code, resumed.output]).toEqual([0, expect.stringContaining('delivered: draft change')]);
    expect(resumed.output).not.toContain(MODEL_KEY);
    deliveredOnce(scene);
    expect(scene.model.stepsLeft()).toBe(0);
    // A run that has ended is only described again.
    const again = await runCli(['resume', join(ending.temp, 'heddle-run')], { ...laterStep(ending.env), GITHUB_TOKEN: github.actionsToken }, scene.workspace);
    expect([again.code, again.output]).toEqual([0, expect.stringContaining('has ended as delivered')]);
    deliveredOnce(scene);
  }, 240_000);

  it('Actions may not create pull requests: exit 2, the next step in the annotation, the work in the artifact', async () => {
    const scene = await scenes({ settings: { actionsMayOpenChanges: false } });
    scene.label();
    const ending = await scene.run();
    expect([ending.code, ending.outputs['outcome'], ending.outputs['change-url']]).toEqual([2, 'faulted', '']);
    expect(ending.log.commands.filter(({ name }) => name === 'error').map(({ message }) => message)).toEqual([expect.stringContaining('Allow GitHub Actions to create and approve pull requests')]);
    const files = scene.services.artifacts.artifacts[0]?.files ?? new Map<string, Buffer>();
    expect(files.get('change.patch')?.toString('utf8')).toContain('+export const total');
    expect(parsed(files, 'bundle/manifest.json')).toMatchObject({ proven: true, tree: (parsed(files, 'verification.json')['candidate'] as { readonly tree: string }).tree });
    expect(scene.issue.comments.map(({ body }) => body)).toEqual([expect.stringContaining('Allow GitHub Actions to create and approve pull requests')]);
    expect([changesOf(scene.services.repository), topClaims(scene.services.repository)]).toEqual([[], [RELEASED]]);
  }, 240_000);

  it('the artifact service is down: a warning, and the change is delivered', async () => {
    const scene = await scenes();
    scene.label();
    scene.services.artifacts.failures = 99;
    const ending = await scene.run({ quickPauses: true });
    expect([ending.code, ending.outputs['outcome'], ending.outputs['evidence']]).toEqual([0, 'delivered', join(ending.temp, 'heddle-run')]);
    expect(ending.log.commands.filter(({ name }) => name === 'warning' || name === 'error').map(({ message }) => message)).toEqual([expect.stringContaining(`It is in ${join(ending.temp, 'heddle-run')} on the runner.`)]);
    deliveredOnce(scene);
  }, 240_000);

  it('the model refuses the key: exit 2, nothing is opened, the ticket is told', async () => {
    const scene = await scenes({ steps: [{ status: 401 }] });
    scene.label();
    const ending = await scene.run();
    expect([ending.code, ending.outputs['outcome'], heddleBranches(scene.services.repository)]).toEqual([2, 'faulted', []]);
    expect(ending.log.commands.filter(({ name }) => name === 'error')).toHaveLength(1);
    expect([scene.issue.comments.length, topClaims(scene.services.repository)]).toEqual([1, [RELEASED]]);
  }, 240_000);
});

function deliveredOnce({ services: { repository }, issue }: Scene): void {
  expect([changesOf(repository).length, heddleBranches(repository).length, issue.comments.length, topClaims(repository)]).toEqual([1, 1, 1, [RELEASED]]);
  const [change] = changesOf(repository);
  expect(repository.git.commit(repository.refs.get(`refs/heads/${change?.pull?.head ?? ''}`) ?? '')?.parents).toEqual([repository.refs.get('refs/heads/main')]);
}

/** A `run:` step has the variables of the job, without inputs and without the tokens that only actions get. */
function laterStep(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(INPUT_|ACTIONS_)/.test(name) && name !== 'PATH'));
}
