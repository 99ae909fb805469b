import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { changesOf, heddleBranches } from './forge-views.js';
import { example } from './payloads.js';
import { runStep, type StepEnding, type StepRun } from './runner.js';
import { MODEL_KEY, SLUG, useScenes, type Scene } from './scene.js';

const scenes = useScenes();
type Phase = NonNullable<StepRun['phase']>;

/** One job of the workflow: its own process, environment, event file and RUNNER_TEMP. The inputs are those that the shipped workflow gives. */
async function job(scene: Scene, phase: Phase, inputs: Readonly<Record<string, string>>): Promise<StepEnding> {
  const folder = await mkdtemp(join(scene.folder, `${phase}-`));
  const { world } = scene.services.github;
  const payload = await example({ name: 'issues', action: 'labeled', label: 'heddle' }, { world, repository: scene.services.repository, issue: scene.issue, by: world.account('amy') });
  return runStep({ services: scene.services, phase, job: { folder, slug: SLUG, eventName: 'issues', payload, workspace: scene.workspace, actor: 'amy', runId: '500', inputs } });
}

/** What actions/download-artifact leaves in the folder. */
async function download(scene: Scene, id: string): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'heddle-artifact-')), 'bundle');
  await mkdir(folder);
  for (const [name, bytes] of scene.services.artifacts.artifacts[Number(id) - 1]?.files ?? []) await writeFile(join(folder, name), bytes);
  return folder;
}

const orders = (admitted: StepEnding): Record<string, string> => ({ 'plan': admitted.outputs['plan'] ?? '', 'plan-digest': admitted.outputs['plan-digest'] ?? '' });

describe('the packaged actions of the split, from label to pull request', () => {
  it('four jobs with four environments: one change, and nothing of it before the last', async () => {
    const scene = await scenes({ files: { '.heddle.yml': 'version: 1\nchecks:\n  test:\n    run: sh test.sh\nsandbox:\n  min_rung: none\nmodel:\n  base_url: http://model.localhost\n' } });
    const { services } = scene;
    scene.label();
    const admitted = await job(scene, 'admit', { 'model-base-url': scene.model.url });
    expect([admitted.code, admitted.outputs['outcome'], admitted.raw]).toEqual([0, 'admitted', expect.any(String)]);
    expect(admitted.outputs['base-commit']).toMatch(/^[0-9a-f]{40}$/);
    // The branch, and the claim on the ticket: admit says nothing when there is nothing to say.
    expect([scene.issue.comments.length, [...services.repository.refs.keys()].filter((ref) => !ref.startsWith('refs/heddle/claims/'))]).toEqual([0, ['refs/heads/main']]);

    const worked = await job(scene, 'work', { ...orders(admitted), 'model-key': MODEL_KEY });
    expect([worked.code, worked.outputs['outcome'], worked.raw]).toEqual([0, 'worked', expect.any(String)]);
    expect([worked.outputs['artifact-id'], worked.outputs['bundle-digest']]).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(Object.keys(worked.outputs).sort()).toEqual(['artifact-id', 'bundle-digest', 'cost-usd', 'evidence', 'outcome']);
    const bundle = { 'bundle': await download(scene, worked.outputs['artifact-id'] ?? ''), 'bundle-digest': worked.outputs['bundle-digest'] ?? '' };

    const verified = await job(scene, 'verify', { ...orders(admitted), ...bundle });
    expect([verified.code, verified.outputs['outcome'], verified.raw]).toEqual([0, 'verified', expect.any(String)]);
    expect([scene.issue.comments.length, heddleBranches(services.repository).length, changesOf(services.repository).length]).toEqual([0, 0, 0]);

    const delivered = await job(scene, 'deliver', { ...orders(admitted), ...bundle, verified: 'success' });
    expect([delivered.code, delivered.outputs['outcome'], delivered.raw]).toEqual([0, 'delivered', expect.any(String)]);
    const [pull] = changesOf(services.repository);
    expect([changesOf(services.repository).length, heddleBranches(services.repository).length, scene.issue.comments.length]).toEqual([1, 1, 1]);
    expect(pull?.body).toContain('Reported by the work job, not proven');
    expect(delivered.outputs['change-url']).toContain(`/pull/${String(pull?.number)}`);

    // Deliver alone, run again: the same change, no second one.
    const again = await job(scene, 'deliver', { ...orders(admitted), ...bundle, verified: 'success' });
    expect([again.outputs['outcome'], changesOf(services.repository).length, heddleBranches(services.repository).length]).toEqual(['delivered', 1, 1]);
    for (const ending of [admitted, worked, verified, delivered]) expect([ending.raw.includes(MODEL_KEY) && !ending.raw.includes(`::add-mask::${MODEL_KEY}`), ending.leftBehind]).toEqual([false, []]);
    expect(services.github.problems()).toEqual([]);
  }, 360_000);

  it('an artifact of the name of verify\'s evidence is there already: verify is not green', async () => {
    const scene = await scenes({ files: { '.heddle.yml': 'version: 1\nchecks:\n  test:\n    run: sh test.sh\nsandbox:\n  min_rung: none\nmodel:\n  base_url: http://model.localhost\n' } });
    scene.label();
    const admitted = await job(scene, 'admit', { 'model-base-url': scene.model.url });
    const worked = await job(scene, 'work', { ...orders(admitted), 'model-key': MODEL_KEY });
    const bundle = { 'bundle': await download(scene, worked.outputs['artifact-id'] ?? ''), 'bundle-digest': worked.outputs['bundle-digest'] ?? '' };
    const first = await job(scene, 'verify', { ...orders(admitted), ...bundle });
    const second = await job(scene, 'verify', { ...orders(admitted), ...bundle });
    const without = await job(scene, 'verify', { ...orders(admitted), ...bundle, 'upload-evidence': 'false' });
    expect([first.code, second.code, second.outputs['outcome'], without.code]).toEqual([0, 6, 'verified', 0]);
    expect(second.log.shown).toContain('do not believe it');
  }, 360_000);

  it('verify failed: the ticket is told, nothing is delivered', async () => {
    const scene = await scenes();
    scene.label();
    const admitted = await job(scene, 'admit', { 'model-base-url': scene.model.url });
    for (const verified of ['failure', 'skipped', 'cancelled', '']) {
      const delivered = await job(scene, 'deliver', { ...orders(admitted), verified });
      expect([delivered.code, delivered.outputs['outcome'], delivered.outputs['change-url']]).toEqual([5, 'exhausted', '']);
    }
    expect([changesOf(scene.services.repository).length, heddleBranches(scene.services.repository).length, scene.issue.comments.length]).toEqual([0, 0, 1]);
  }, 240_000);

  it('a work job that hands on other things than a number and a digest', async () => {
    const scene = await scenes();
    scene.label();
    const admitted = await job(scene, 'admit', { 'model-base-url': scene.model.url });
    const bundle = await download(scene, '0');
    for (const digest of ['done', 'a\nb', '${{ secrets.GITHUB_TOKEN }}', 'f'.repeat(100_000)]) {
      const delivered = await job(scene, 'deliver', { ...orders(admitted), bundle, 'bundle-digest': digest, verified: 'success' });
      expect([delivered.code, delivered.log.shown]).toEqual([5, expect.stringContaining('digest-malformed')]);
    }
    expect([changesOf(scene.services.repository).length, heddleBranches(scene.services.repository).length]).toEqual([0, 0]);
  }, 240_000);
});
