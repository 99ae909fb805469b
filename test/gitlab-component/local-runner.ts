import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUNNER = join(ROOT, 'node_modules', 'gitlab-ci-local', 'dist', 'index.js');
/** The runner wants Node 22 or later; the machine's own may be older. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');

/** Why no pipeline can run on this machine; nothing when one can. */
export function lacksForPipelines(): string | undefined {
  const missing = ['rsync', 'bash', 'git', 'tar'].filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined);
  return missing.length === 0 ? undefined : `the local GitLab runner needs ${missing.join(', ')}, which this machine has not`;
}

export interface ProjectOptions {
  readonly folder: string;
  /** By path in the repository. */
  readonly files: Readonly<Record<string, string>>;
  /** Address of the remote `origin`: the runner takes host, group and project from it. */
  readonly origin: string;
}

/** A clone of a project as the runner wants it: everything tracked, a remote, and the remote's default branch known. */
export function makeProject({ folder, files, origin }: ProjectOptions): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const git = (...args: readonly string[]): void => { execFileSync('git', ['-C', folder, ...args], { stdio: 'ignore', env: gitEnvironment() }); };
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=Begin');
  prepareClone(folder, origin);
  // So that `file://FOLDER` is an address of the project, as GitLab's is without the suffix.
  symlinkSync(join(folder, '.git'), `${folder}.git`);
  return folder;
}

/** Gives a clone the remote of the service, and the default branch of it that the runner asks for. */
export function prepareClone(folder: string, origin: string): void {
  const git = (...args: readonly string[]): void => { execFileSync('git', ['-C', folder, ...args], { stdio: 'ignore', env: gitEnvironment() }); };
  try {
    git('remote', 'set-url', 'origin', origin);
  } catch {
    git('remote', 'add', 'origin', origin);
  }
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
}

export interface PipelineRun {
  /** A clone, by `makeProject`. */
  readonly project: string;
  /** CI_PIPELINE_SOURCE */
  readonly source: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** As GitLab's predefined and pipeline variables: every job gets them. */
  readonly variables?: Readonly<Record<string, string>>;
  /** As the variables of the project, by name: the value, or a value for each environment. */
  readonly secrets?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  /** These jobs alone, without what they need. */
  readonly only?: readonly string[];
  readonly schema?: boolean;
  /** Told while the pipeline runs, in GitLab's words. */
  readonly onJob?: (job: string, status: 'running' | 'success' | 'failed') => void;
}

export type JobState = 'passed' | 'warned' | 'failed';

export interface PipelineEnding {
  readonly code: number | null;
  readonly output: string;
  /** Of every job that ran. */
  readonly states: Readonly<Record<string, JobState>>;
  /** The exit code of a job that did not pass. */
  readonly exits: Readonly<Record<string, number>>;
  log(job: string): string;
  /** The folder with what a job left as its artifact. */
  artifacts(job: string): string;
}

/** Runs a pipeline: each job in a folder of its own, with the artifacts of the jobs it needs and nothing else of them. */
export async function runPipeline(run: PipelineRun): Promise<PipelineEnding> {
  const { project } = run;
  const args = [...argumentsOf(run), ...(run.only ?? [])];
  writeFileSync(join(project, '.gitlab-ci-local-variables.yml'), JSON.stringify(Object.fromEntries(Object.entries(run.secrets ?? {}).map(([name, value]) => [name, typeof value === 'string' ? { values: { '*': value } } : { values: value }]))));
  const { code, output } = await runnerProcess(project, args, (line) => { tellOf(line, run.onJob); });
  const state = join(project, '.gitlab-ci-local');
  return {
    code, output, states: statesOf(output),
    exits: Object.fromEntries([...output.matchAll(/^([\w-]+) +finished in .* (?:WARN|FAIL) (\d+) *$/gm)].map(([, job, exit]) => [job, Number(exit)])),
    log: (job) => (existsSync(join(state, 'output', `${job}.log`)) ? readFileSync(join(state, 'output', `${job}.log`), 'utf8') : ''),
    artifacts: (job) => join(state, 'artifacts', job),
  };
}

/** The names of the jobs that a pipeline would have. */
export async function jobsOf(run: PipelineRun): Promise<readonly string[]> {
  const { code, stdout, output } = await runnerProcess(run.project, [...argumentsOf(run), '--list-json']);
  if (code !== 0) throw new Error(output);
  return (JSON.parse(stdout) as readonly { readonly name: string; readonly when: string }[]).filter((job) => job.when !== 'never').map((job) => job.name).sort();
}

/** The pipeline as GitLab would see it after all includes, inputs and extends. */
export async function renderPipeline(run: PipelineRun): Promise<{ readonly code: number | null; readonly yaml: string; readonly output: string }> {
  const { code, stdout, output } = await runnerProcess(run.project, [...argumentsOf(run), '--preview']);
  return { code, yaml: stdout, output };
}

function argumentsOf({ source, inputs, variables, schema }: PipelineRun): string[] {
  const given = { CI_PIPELINE_SOURCE: source, CI_PROJECT_DIR: undefined, ...variables };
  return [
    '--cwd', '.', '--home', '..', '--no-color', '--force-shell-executor', '--shell-isolation', '--no-artifacts-to-source',
    ...(schema === true ? [] : ['--no-json-schema-validation']),
    ...Object.entries(inputs ?? {}).flatMap(([name, value]) => ['--input', `${name}=${JSON.stringify(value)}`]),
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : ['--variable', `${name}=${value}`])),
  ];
}

/** The runner reads settings of its own from the environment, and hands all of it on to the jobs. */
async function runnerProcess(cwd: string, args: readonly string[], onLine?: (line: string) => void): Promise<{ readonly code: number | null; readonly stdout: string; readonly output: string }> {
  const home = join(cwd, '..', 'home');
  mkdirSync(home, { recursive: true });
  const env = { ...gitEnvironment(), PATH: [dirname(NODE), systemPath()].join(delimiter), HOME: home, TMPDIR: join(cwd, '..'), LANG: 'C.UTF-8', GCL_IGNORE_PREDEFINED_VARS: PREDEFINED };
  const child = spawn(NODE, [RUNNER, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const all: Buffer[] = [];
  const out: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => { all.push(chunk); out.push(chunk); });
  if (onLine !== undefined) createInterface({ input: child.stdout }).on('line', onLine);
  child.stderr.on('data', (chunk: Buffer) => { all.push(chunk); });
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  return { code, stdout: Buffer.concat(out).toString('utf8'), output: Buffer.concat(all).toString('utf8') };
}

/** It warns about each variable of GitLab's own that is given; here they are given to be those of a service. */
const PREDEFINED = ['CI', 'GITLAB_CI', ...['API_V4_URL', 'COMMIT_BRANCH', 'COMMIT_REF_PROTECTED', 'DISPOSABLE_ENVIRONMENT', 'JOB_ID', 'JOB_TOKEN', 'JOB_URL', 'PIPELINE_ID', 'PIPELINE_SOURCE', 'PIPELINE_URL', 'PROJECT_ID', 'PROJECT_URL', 'PROJECT_VISIBILITY', 'SERVER_URL'].map((name) => `CI_${name}`), 'GITLAB_USER_LOGIN', 'GITLAB_USER_ID'].join(',');

/** Its lines about a job that begins and one that ends; an exit code stands there only when it is not 0. */
function tellOf(line: string, onJob: PipelineRun['onJob']): void {
  const [, job = '', word = '', rest = ''] = /^([\w-]+) +(starting|finished) (.*)$/.exec(line) ?? [];
  if (job !== '') onJob?.(job, word === 'starting' ? 'running' : /(?:WARN|FAIL) \d+ *$/.test(rest) ? 'failed' : 'success');
}

const STATES: Readonly<Record<string, JobState>> = { PASS: 'passed', WARN: 'warned', FAIL: 'failed' };

/** The lines at the end of a pipeline. */
function statesOf(output: string): Readonly<Record<string, JobState>> {
  return Object.fromEntries([...output.matchAll(/^ (PASS|WARN|FAIL) +([\w-]+)/gm)].map(([, word, job]) => [job ?? '', STATES[word ?? ''] ?? 'failed']));
}

/** PATH without the folders that npm puts in front for the time of a script. */
function systemPath(): string {
  return (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter).filter((folder) => !folder.includes('node_modules')).join(delimiter);
}

function gitEnvironment(): Record<string, string> {
  return {
    PATH: systemPath(), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Amy', GIT_AUTHOR_EMAIL: 'amy@example.com', GIT_COMMITTER_NAME: 'Amy', GIT_COMMITTER_EMAIL: 'amy@example.com',
  };
}

/** Every file below a folder, by path. */
export function filesBelow(folder: string): ReadonlyMap<string, Buffer> {
  if (!existsSync(folder)) return new Map();
  return new Map(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => {
    const file = join(one.parentPath, one.name);
    return [file.slice(folder.length + 1), readFileSync(file)] as const;
  }).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The component as a folder of the project itself, for `include: local`. */
export function componentFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(['run', 'split'].map((name) => [`heddle/${name}.yml`, readFileSync(join(ROOT, 'gitlab-component', 'templates', name, 'template.yml'), 'utf8')]));
}
