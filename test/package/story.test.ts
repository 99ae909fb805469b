import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { changesOf } from './forge-views.js';
import type { EventOf } from './payloads.js';
import { runCli, type StepEnding } from './runner.js';
import { useScenes, type Scene } from './scene.js';

/**
 * The story of issue 4, through the packaged action, each event a job of its own on a machine that only has the checkout: an unready
 * ticket is asked about, answered, approved by the wrong person and by the right one, edited, voided, approved again, claimed while
 * a second job is refused, held by a budget, let through by an override, delivered. Then `heddle explain` tells it from the ledger alone.
 *
 * `HEDDLE_STORY=1` prints the story (`npm run story`).
 */
const WALL_MS = 1_200_000;
const GOLDEN = fileURLToPath(new URL('../golden/story.txt', import.meta.url));
const ledger = mkdtempSync(join(tmpdir(), 'heddle-story-'));
afterAll(() => { rmSync(ledger, { recursive: true, force: true }); });
const scenes = useScenes();

const CONFIG = `version: 1
checks:
  test:
    run: sh test.sh
sandbox:
  min_rung: none
ledger:
  store: folder
  folder: ${ledger}
admission:
  approval:
    by: [approve]
    not_requester: true
    valid_for: 99999h
budgets:
  - { name: pilot, per: repository, every: day, cost_usd: 0.5 }
overrides:
  rules: [budget]
`;

/** Says a thing at the ticket, and what the job for it comes to. */
async function say(scene: Scene, by: string, body: string): Promise<StepEnding> {
  return scene.run({ by, event: comments(scene, by, body) });
}

function comments(scene: Scene, by: string, body: string): EventOf {
  const { world } = scene.services.github;
  return { name: 'issue_comment', comment: world.addComment(scene.issue, world.account(by), body) };
}

function write(scene: Scene, body: string): void {
  Object.assign(scene.issue, { body, editedAt: scene.services.github.world.now() });
}

async function edit(scene: Scene, by: string, body: string): Promise<StepEnding> {
  write(scene, body);
  return scene.run({ by, event: { name: 'issues', action: 'edited' } });
}

/** The one note of the run at the ticket; answers to commands stand in comments of their own. */
function note(scene: Scene): string {
  return scene.issue.comments.filter((one) => one.author.login === 'github-actions[bot]').map((one) => one.body).find((body) => body.includes('heddle-ticket')) ?? '';
}

function digestAsked(scene: Scene): string {
  const digest = /\/heddle approve ([0-9a-f]{12,64})/.exec(note(scene))?.[1];
  if (digest === undefined) throw new Error(`no digest is asked for: ${note(scene)}`);
  return digest;
}

/** Times, ids and digests differ in each run of the story. */
function normalised(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?/g, 'TIME').replaceAll(/\b[0-9a-f]{12,64}\b/g, 'HEX').replaceAll(ledger, 'LEDGER').replaceAll(/127\.0\.0\.1:\d+/g, 'HOST').replaceAll(/\$0\.\d+/g, '$COST');
}

async function explained(scene: Scene, last: StepEnding): Promise<string> {
  const { code, output } = await runCli(['explain', '#12', '--forge', 'github', '--repo', scene.workspace], last.env, scene.workspace);
  expect([code, output]).toEqual([0, expect.any(String)]);
  return normalised(output);
}

describe('the story of a ticket', () => {
  it('from unready to delivered, and told from the ledger alone', async () => {
    const scene = await scenes({ files: { '.heddle.yml': CONFIG }, roles: { mona: 'maintain' }, body: 'It does not work.', title: 'Broken' });
    const { repository } = scene.services;
    const outcomes: (string | undefined)[] = [];
    const seen = (ending: StepEnding): StepEnding => { outcomes.push(ending.outputs['outcome']); return ending; };

    // Unready: questions, and nothing else.
    scene.label('amy');
    const first = seen(await scene.run());
    const run = first.outputs['run-id'];
    expect([first.code, first.outputs['outcome'], first.raw]).toEqual([0, 'waiting', expect.any(String)]);
    expect(note(scene)).toContain('**Heddle waits for a person.**');

    // Answered: now it is clear, and not approved.
    seen(await edit(scene, 'rita', CLEAR));
    expect(note(scene)).toContain('/heddle approve');
    const before = digestAsked(scene);

    // Approved by the wrong person: an answer, and nothing follows.
    const wrong = seen(await say(scene, 'tom', `/heddle approve ${before}`));
    expect(wrong.outputs['outcome']).toBe('waiting');
    expect(scene.issue.comments.map((one) => one.body).join('\n')).toContain('may not');

    // Approved by the right person, and edited before the job for that looks: the approval is of another text, and void.
    const comment = comments(scene, 'olga', `/heddle approve ${before}`);
    write(scene, `${CLEAR}\nAlso for prices with cents.\n`);
    const voided = seen(await scene.run({ by: 'olga', event: comment }));
    expect(voided.outputs['outcome']).toBe('waiting');
    expect(note(scene)).toContain(`olga approved \`${before.slice(0, 12)}`);
    const after = digestAsked(scene);
    expect(after).not.toBe(before);
    expect(seen(await scene.run({ by: 'rita', event: { name: 'issues', action: 'edited' } })).outputs['outcome']).toBe('waiting');
    expect(digestAsked(scene)).toBe(after);

    // Approved again: claimed, and while that job holds the claim a second one for the same ticket is refused. Then the budget holds it.
    const others: StepEnding[] = [];
    scene.services.github.meanwhile(
      ({ route, body }) => route === 'git/create-ref' && JSON.stringify(body).includes(`claims/resume-${run ?? ''}`),
      async () => { others.push(seen(await say(scene, 'olga', '/heddle run'))); },
    );
    const approved = seen(await say(scene, 'olga', `/heddle approve ${after}`));
    expect(others.map(({ outputs, log }) => [outputs['outcome'], log.shown])).toEqual([['ignored', expect.stringContaining('another job goes on with the waiting run')]]);
    expect([approved.outputs['outcome'], note(scene)]).toEqual(['waiting', expect.stringContaining('budget')]);
    expect(approved.outputs['run-id']).toBe(run);
    expect(changesOf(repository)).toHaveLength(0);

    // Somebody who may not lift it, and somebody who may, with a reason.
    expect(seen(await say(scene, 'amy', '/heddle override budget please')).outputs['outcome']).toBe('waiting');
    const last = seen(await say(scene, 'mona', '/heddle override budget The pilot ends today and this must be in it'));
    expect([last.outputs['outcome'], last.raw]).toEqual(['delivered', expect.any(String)]);
    expect([last.outputs['run-id'], changesOf(repository).length]).toEqual([run, 1]);
    expect([...repository.refs.keys()].filter((ref) => ref.startsWith('refs/heddle/waiting/'))).toEqual([]);
    expect(outcomes).toEqual(['waiting', 'waiting', 'waiting', 'waiting', 'waiting', 'ignored', 'waiting', 'waiting', 'delivered']);

    const told = await explained(scene, last);
    if (process.env['HEDDLE_STORY'] === '1') process.stderr.write(`${told}\n`);
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(GOLDEN)) writeFileSync(GOLDEN, told);
    expect(told).toBe(readFileSync(GOLDEN, 'utf8'));
    expect(scene.services.github.problems()).toEqual([]);
  }, WALL_MS);
});

const CLEAR = `## What happens

Calling \`total([])\` in \`src/total.mjs\` throws \`TypeError: Reduce of empty array with no initial value\`.

## Steps to reproduce

1. Import \`total\` from \`src/total.mjs\`.
2. Call \`total([])\`.

## Expected

It answers 0. Only \`src/total.mjs\` has to change; nothing else is in scope.

## Acceptance criteria

- [ ] \`total([])\` is 0
- [ ] \`total([1, 2])\` is 3
`;
