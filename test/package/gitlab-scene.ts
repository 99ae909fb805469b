import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { VERSION } from '../../src/main/version.js';
import { makeGitFixture } from '../contract/forge-git-fixture.js';
import type { GitFixture, SeedFile } from '../contract/forge-git-fixture.js';
import { FakeGitlab } from '../fakes/gitlab/fake-gitlab.js';
import type { Issue, Job, Level, Pipeline, Project, Settings } from '../fakes/gitlab/world.js';
import { startFakeModel } from '../fakes/model/fake-model.js';
import type { FakeModel, FakeStep } from '../fakes/model/fake-model.js';
import { readTemplate, textOf } from '../gitlab-component/component.js';
import { filesBelow, prepareClone, runPipeline } from '../gitlab-component/local-runner.js';
import type { PipelineEnding, PipelineRun } from '../gitlab-component/local-runner.js';
import { issueWebhook } from './gitlab-webhook.js';
import { programOf } from './runner.js';
import { MODEL_KEY, RIGHT_AT_ONCE } from './scene.js';

export const PATH_OF_PROJECT = 'acme/web/shop';
/** The account of the project's access token. */
export const BOT = 'project_7_bot_0123456789abcdef0123456789abcdef';
const COMPONENT = fileURLToPath(new URL('../../gitlab-component', import.meta.url));

const SHOP: Readonly<Record<string, SeedFile>> = {
  'README.md': '# shop\n',
  'CODEOWNERS': '* @olga\n',
  'AGENTS.md': 'Keep it small.\n',
  'src/total.mjs': 'export const total = (prices) => prices.reduce((sum, price) => sum + price);\n',
  'src/old.mjs': 'export var old = 1\n',
  'test.sh': 'grep -q "sum + price" src/total.mjs && exit 0\necho "src/total.mjs:1:5: error: total([1, 2]) is not 3"\nexit 1\n',
};
const CONFIGURATION = 'version: 1\nchecks:\n  test:\n    run: sh test.sh\nsandbox:\n  min_rung: none\n';

export interface GitlabSceneOptions {
  readonly steps?: readonly FakeStep[];
  readonly files?: Readonly<Record<string, SeedFile>>;
  readonly settings?: Partial<Settings>;
  /** A folder with `dist/cli.js` in the place of the packaged program. */
  readonly program?: (folder: string) => string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

export interface GitlabScene {
  readonly gitlab: FakeGitlab;
  readonly project: Project;
  readonly issue: Issue;
  readonly model: FakeModel;
  readonly folder: string;
  /** `by` puts the label on the issue; answers what the webhook sends. */
  label(by: string): Readonly<Record<string, unknown>>;
  /** The webhook's call of the trigger address, as the quick start sets it up, and the pipeline that it makes, run to its end. */
  deliverWebhook(payload: Readonly<Record<string, unknown>>, given?: Partial<Secrets>): Promise<PipelineEnding>;
  /** A pipeline that `by` starts by hand with the input `ticket`. */
  startByHand(by: string, ticket: string, given?: Partial<Secrets>): Promise<PipelineEnding>;
  close(): Promise<void>;
}

/** The variables of the project, each by its environments. */
export interface Secrets { readonly HEDDLE_TOKEN: Readonly<Record<string, string>>; readonly HEDDLE_READ_TOKEN: Readonly<Record<string, string>>; readonly HEDDLE_MODEL_KEY: Readonly<Record<string, string>> }

/** A project with the component, as docs/gitlab.md sets it up, on a GitLab made for tests; and a machine that runs its pipelines. */
export async function makeGitlabScene(options: GitlabSceneOptions = {}): Promise<GitlabScene> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-gitlab-'));
  const model = await startFakeModel({ steps: options.steps ?? RIGHT_AT_ONCE });
  const gitlab = await FakeGitlab.start();
  const { world } = gitlab;
  world.setClock(Date.now() - 60_000);
  const component = await publishComponent(gitlab);
  const program = options.program?.(folder) ?? dirname(dirname(programOf('cli.js')));
  const pipeline = `${await exampleHead()}include:\n${indented(stringify([{ component: '$CI_SERVER_FQDN/tools/heddle/split@' + VERSION, inputs: { 'ticket': '$[[ inputs.ticket ]]', 'source': 'path', 'path': program, 'install-sandbox': false, 'model-base-url': model.url, 'gitlab-url': `${gitlab.url}/`, ...options.inputs } }]))}`;
  const git = await makeGitFixture({ ...SHOP, '.heddle.yml': CONFIGURATION, '.gitlab-ci.yml': pipeline, ...options.files });
  const members: Readonly<Record<string, Level>> = { mona: 40, amy: 30, tom: 20, gus: 10, olga: 30, [BOT]: 30 };
  const project = await gitlab.addProject({ path: PATH_OF_PROJECT, gitDir: git.gitDir, commit: git.base, members, settings: { pipelinesStart: false, ...options.settings } });
  // As the quick start has it: the scope api and no other.
  world.token({ account: world.account(BOT), kind: 'project', scopes: ['api'] });
  project.triggerTokens.set('glptt-of-the-webhook-0123456789', world.account('mona'));
  const issue = world.addIssue(project, { iid: 12, title: 'The sum of no prices is an error', description: 'Calling `total([])` throws.\n\n- [ ] `total([])` is 0\n', author: world.account('rita') });
  let runs = 0;
  const run = async (made: Pipeline, given: Partial<Secrets> | undefined): Promise<PipelineEnding> => {
    runs += 1;
    return runOnMachine({ gitlab, project, folder: join(folder, `machine-${String(runs)}`), pipeline: made, secrets: { HEDDLE_TOKEN: { 'heddle/admit': gitlab.tokenOf(BOT), 'heddle/deliver': gitlab.tokenOf(BOT) }, HEDDLE_MODEL_KEY: { 'heddle/work': MODEL_KEY }, ...given } });
  };
  return {
    gitlab, project, issue, model, folder,
    label(by) {
      const previous = [...issue.labels];
      world.relabel(project, issue, world.account(by), [...previous, 'heddle']);
      return issueWebhook({ world, project, issue, by: world.account(by) }, { previous, current: [...issue.labels] });
    },
    async deliverWebhook(payload, given) {
      const answer = await fetch(`${gitlab.apiUrl}/projects/${String(project.id)}/ref/main/trigger/pipeline?token=glptt-of-the-webhook-0123456789`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-gitlab-event': 'Issue Hook' }, body: JSON.stringify(payload) });
      if (answer.status !== 201) throw new Error(`the trigger answered ${String(answer.status)}: ${await answer.text()}`);
      return run(newest(project), given);
    },
    async startByHand(by, ticket, given) {
      // The fake makes a pipeline for every push or for none; GitLab makes none for a branch on which no rule lets a job be.
      project.settings.pipelinesStart = true;
      const answer = await fetch(`${gitlab.apiUrl}/projects/${String(project.id)}/pipeline?ref=main`, { method: 'POST', headers: { 'content-type': 'application/json', 'private-token': gitlab.tokenOf(by) }, body: JSON.stringify({ inputs: { ticket } }) });
      project.settings.pipelinesStart = false;
      if (answer.status !== 201) throw new Error(`the pipeline was refused with ${String(answer.status)}: ${await answer.text()}`);
      return run(newest(project), given);
    },
    close: async () => {
      await Promise.all([model.close(), git.close(), component.close()]);
      await rm(folder, { recursive: true, force: true });
      await gitlab.close();
    },
  };
}

/** The folder of the component as a project of its own with a tag, as its README says. */
async function publishComponent(gitlab: FakeGitlab): Promise<GitFixture> {
  const files = Object.fromEntries([...filesBelow(COMPONENT)].map(([name, bytes]) => [name, bytes.toString('utf8')]));
  const git = await makeGitFixture(files);
  const project = await gitlab.addProject({ path: 'tools/heddle', gitDir: git.gitDir, commit: git.base, visibility: 'public' });
  await project.git.git(['tag', VERSION, git.base]);
  await project.git.git(['config', 'uploadpack.allowFilter', 'true']);
  return git;
}

/** The inputs of the file that people copy, word by word. */
async function exampleHead(): Promise<string> {
  const text = await readFile(new URL('../../examples/gitlab/.gitlab-ci.yml', import.meta.url), 'utf8');
  return text.slice(text.indexOf('spec:'), text.indexOf('include:'));
}

interface Machine { readonly gitlab: FakeGitlab; readonly project: Project; readonly folder: string; readonly pipeline: Pipeline; readonly secrets: Partial<Secrets> }

/** What a runner does with a pipeline: the variables of GitLab, the file of the trigger, and each job in a folder of its own. */
async function runOnMachine({ gitlab, project, folder, pipeline, secrets }: Machine): Promise<PipelineEnding> {
  mkdirSync(folder, { recursive: true });
  const clone = join(folder, 'shop');
  execFileSync('git', ['clone', '--quiet', '--branch', 'main', project.git.folder, clone], { stdio: 'ignore' });
  const url = `${gitlab.url}/${project.path}`;
  prepareClone(clone, `${url}.git`);
  // The runner knows one number and one token for all jobs: those of the first, which runs as long as the pipeline. The states and
  // archives of the others are what the runner tells and keeps.
  const names = Object.keys(readTemplate(textOf('split')).jobs).filter((name) => !name.startsWith('.'));
  pipeline.jobs.push(...names.map((name): Job => ({ id: gitlab.world.id(), name, stage: 'test', status: 'created', allowFailure: false, pipeline, trace: '', webPath: '', user: pipeline.user })));
  const job = pipeline.jobs.find((one) => one.name === 'heddle-admit');
  if (job === undefined) throw new Error('the template has no job heddle-admit');
  job.status = 'running';
  const onJob: PipelineRun['onJob'] = (name, status) => {
    const told = pipeline.jobs.find((one) => one.name === name && one !== job);
    if (told === undefined) return;
    told.status = status;
    told[status === 'running' ? 'startedAt' : 'finishedAt'] = gitlab.world.now();
    // As `artifacts-access` has it when nobody gives it.
    if (status !== 'running') told.artifacts = { folder: join(clone, '.gitlab-ci-local', 'artifacts', name), level: 30 };
  };
  const token = gitlab.world.token({ account: pipeline.user, kind: 'job', value: `glcbt-64_${String(job.id)}_0123456789abcdef`, project, job });
  const payload = pipeline.variables.find((one) => one.key === 'TRIGGER_PAYLOAD')?.value;
  if (payload !== undefined) writeFileSync(join(folder, 'TRIGGER_PAYLOAD'), payload);
  const inputs = pipeline.inputs as Readonly<Record<string, string>>;
  const ending = await runPipeline({
    project: clone, source: pipeline.source, inputs, secrets: { ...secrets }, onJob,
    variables: {
      GITLAB_CI: 'true', CI_SERVER_URL: gitlab.url, CI_API_V4_URL: gitlab.apiUrl, CI_PROJECT_ID: String(project.id), CI_PROJECT_URL: url, CI_PROJECT_VISIBILITY: project.visibility, CI_COMMIT_REF_PROTECTED: 'true',
      CI_PIPELINE_ID: String(pipeline.id), CI_JOB_ID: String(job.id), CI_JOB_TOKEN: token.value, CI_PIPELINE_URL: `${url}/-/pipelines/${String(pipeline.id)}`, CI_JOB_URL: `${url}/-/jobs/${String(job.id)}`,
      GITLAB_USER_LOGIN: pipeline.user.username, GITLAB_USER_ID: String(pipeline.user.id), CI_DISPOSABLE_ENVIRONMENT: 'true',
      ...(payload === undefined ? {} : { TRIGGER_PAYLOAD: join(folder, 'TRIGGER_PAYLOAD') }),
    },
  });
  token.revoked = true;
  return ending;
}

function newest(project: Project): Pipeline {
  const pipeline = project.pipelines.at(-1);
  if (pipeline === undefined) throw new Error('no pipeline was made');
  return pipeline;
}

function indented(text: string): string {
  return text.split('\n').map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
}
