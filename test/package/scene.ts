import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { makeGitFixture } from '../contract/forge-git-fixture.js';
import type { GitFixture, SeedFile } from '../contract/forge-git-fixture.js';
import { serveFakes } from '../fakes/github/serve.js';
import type { FakeServices } from '../fakes/github/serve.js';
import type { Issue, Role, Settings } from '../fakes/github/world.js';
import { startFakeModel } from '../fakes/model/fake-model.js';
import type { FakeModel, FakeStep } from '../fakes/model/fake-model.js';
import { example } from './payloads.js';
import type { EventOf } from './payloads.js';
import { runStep, systemPath } from './runner.js';
import type { StepEnding, StepRun } from './runner.js';

export const MODEL_KEY = 'sk-ant-api03-keyOfTheTestThatMustNotBeSeen_0123456789';
export const SLUG = 'acme/shop';

export const CONFIGURATION = 'version: 1\nchecks:\n  test:\n    run: sh test.sh\n  lint:\n    run: sh lint.sh\nsandbox:\n  min_rung: none\n';

/** A repository with a bug, a check that sees more than the bug, and one that fails on the base commit already. */
const SHOP: Readonly<Record<string, SeedFile>> = {
  'README.md': '# shop\n',
  '.github/CODEOWNERS': '* @olga\n/src/ @otto\n',
  '.github/workflows/ci.yml': 'name: CI\non:\n  push:\n  pull_request:\n  workflow_dispatch:\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: sh test.sh\n',
  '.heddle.yml': CONFIGURATION,
  'AGENTS.md': 'Keep it small.\n',
  'src/total.mjs': 'export const total = (prices) => prices.reduce((sum, price) => sum + price);\n',
  'src/old.mjs': 'export var old = 1\n',
  'test.sh': 'grep -q "sum + price" src/total.mjs && exit 0\necho "src/total.mjs:1:5: error: total([1, 2]) is not 3"\nexit 1\n',
  'lint.sh': 'echo "src/old.mjs:1:8: error: var is not allowed"\nexit 1\n',
};

const BEFORE = 'sum + price);';
/** Breaks what worked: the check says so. */
export const WRONG = 'sum - price, 0);';
export const RIGHT = 'sum + price, 0);';

export function edit(before: string, after: string): FakeStep {
  return { text: 'I change the sum.', tools: [{ name: 'edit_file', input: { path: 'src/total.mjs', old_text: before, new_text: after } }] };
}

export function finish(summary: string): FakeStep {
  return { tools: [{ name: 'finish', input: { summary } }] };
}

export const RIGHT_AT_ONCE: readonly FakeStep[] = [edit(BEFORE, RIGHT), finish('The sum of no prices is 0.')];
export const RIGHT_ON_THE_SECOND: readonly FakeStep[] = [
  { text: 'I look.', tools: [{ name: 'read_file', input: { path: 'src/total.mjs' } }] }, edit(BEFORE, WRONG), finish('Done.'),
  edit(WRONG, RIGHT), finish('The sum of no prices is 0.'),
];

export interface SceneOptions {
  readonly files?: Readonly<Record<string, SeedFile>>;
  readonly steps?: readonly FakeStep[];
  readonly roles?: Readonly<Record<string, Role>>;
  readonly settings?: Partial<Settings>;
  /** `trigger.assignee` of the configuration. */
  readonly assignee?: string;
  /** Who wrote the ticket; `rita`, who may only read, when left out. */
  readonly author?: string;
  readonly title?: string;
  readonly body?: string;
}

export interface Scene {
  readonly services: FakeServices;
  readonly model: FakeModel;
  readonly issue: Issue;
  readonly folder: string;
  readonly workspace: string;
  /** `amy`, who may write, puts the label on the ticket; another may be named. */
  label(by?: string): void;
  /** Runs the action for an event of `by`; without an event, for the label. */
  run(event?: Partial<SceneEvent>): Promise<StepEnding>;
  close(): Promise<void>;
}

export interface SceneEvent extends Pick<StepRun, 'node' | 'quickPauses' | 'env' | 'onStart'> {
  readonly event: EventOf;
  readonly by: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly triggeringActor: string;
  readonly runId: string;
  readonly attempt: string;
  /** Changes the payload in the end. */
  readonly spoil: (payload: Record<string, unknown>) => void;
}

/** Gives scenes to the tests of a file and closes them after each, however it went; an unclosed server would keep the runner up. */
export function useScenes(): (options?: SceneOptions) => Promise<Scene> {
  const open: Scene[] = [];
  afterEach(async () => {
    for (const scene of open.splice(0)) await scene.close();
  });
  return async (options) => {
    const scene = await makeScene(options);
    open.push(scene);
    return scene;
  };
}

/** The place of one test: fake services, a model, a checkout as actions/checkout leaves it, and a ticket. */
async function makeScene(options: SceneOptions = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-package-'));
  const configured = options.assignee === undefined ? {} : { '.heddle.yml': `${CONFIGURATION}trigger:\n  assignee: ${options.assignee}\n` };
  const git = await makeGitFixture({ ...SHOP, ...configured, ...options.files });
  const services = await serveFakes({
    slug: SLUG, gitDir: git.gitDir, commit: git.base, roles: { amy: 'write', tom: 'triage', rita: 'read', olga: 'write', otto: 'write', ...options.roles },
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  const model = await startFakeModel({ steps: options.steps ?? RIGHT_AT_ONCE });
  const workspace = checkout(git, join(folder, 'work', 'shop'));
  const { world } = services.github;
  const issue = world.addIssue(services.repository, { number: 12, title: options.title ?? 'The sum of no prices is an error', body: options.body ?? 'Calling `total([])` throws.\n\n- [ ] `total([])` is 0\n', author: world.account(options.author ?? 'rita') });
  let runs = 0;
  return {
    services, model, issue, folder, workspace,
    label(by = 'amy') {
      issue.labels.push('heddle');
      world.addEvent(issue, { event: 'labeled', actor: world.account(by), at: world.now(), label: 'heddle' });
    },
    async run(given = {}) {
      runs += 1;
      const number = runs;
      const place = join(folder, `step-${String(number)}`);
      await mkdir(place);
      const by = given.by ?? 'amy';
      const event = given.event ?? { name: 'issues', action: 'labeled', label: 'heddle' };
      const payload = await example(event, { world, repository: services.repository, issue, by: world.account(by) });
      given.spoil?.(payload);
      return runStep({
        services, ...pick(given),
        job: {
          folder: place, slug: SLUG, eventName: event.name, payload, workspace, actor: by, runId: given.runId ?? String(100 + number), attempt: given.attempt ?? '1',
          ...(given.triggeringActor === undefined ? {} : { triggeringActor: given.triggeringActor }),
          inputs: { 'model-base-url': model.url, 'model-key': MODEL_KEY, ...given.inputs },
        },
      });
    },
    close: async () => {
      await Promise.all([model.close(), git.close()]);
      await rm(folder, { recursive: true, force: true });
      await services.stop();
    },
  };
}

function pick({ node, quickPauses, env, onStart }: Partial<SceneEvent>): Pick<StepRun, 'node' | 'quickPauses' | 'env' | 'onStart'> {
  return { ...(node === undefined ? {} : { node }), ...(quickPauses === undefined ? {} : { quickPauses }), ...(env === undefined ? {} : { env }), ...(onStart === undefined ? {} : { onStart }) };
}

/** As actions/checkout leaves it without persisted credentials: depth 1, the branch checked out, the forge as origin. */
function checkout(git: GitFixture, workspace: string): string {
  const run = (...args: string[]): void => {
    execFileSync('git', args, { stdio: 'ignore', env: { PATH: systemPath(), GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1' } });
  };
  run('clone', '--quiet', '--depth', '1', '--branch', 'main', `file://${git.gitDir}`, workspace);
  run('-C', workspace, 'remote', 'set-url', 'origin', `https://github.com/${SLUG}`);
  return workspace;
}

/** A document of the run folder. */
export async function document(ending: StepEnding, name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(ending.temp, 'heddle-run', name), 'utf8')) as Record<string, unknown>;
}
