import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { FakeServices, RunnerJob } from '../fakes/github/serve.js';
import { readEnvironmentFile, readLog } from './runner-log.js';
import type { RunnerLog } from './runner-log.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The packaged files; another build can be named to be tested the same way. */
const DIST = resolve(ROOT, process.env['HEDDLE_DIST'] ?? 'dist');
const QUICK = join(ROOT, 'test', 'package', 'quick-pauses.mjs');

/** A secret of the job that is none of Heddle's business; runners pass whatever a workflow sets. */
export const JOB_SECRET = 'npm_secretOfTheJob0123456789';

export interface StepRun {
  readonly services: FakeServices;
  readonly job: RunnerJob;
  /** The action of one phase of the split instead of the one-job action. */
  readonly phase?: 'admit' | 'work' | 'verify' | 'deliver';
  readonly node?: string;
  /** Shortens the pauses between tries. Only where a service stays away: everything else runs on the real clock. */
  readonly quickPauses?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Told the process id as soon as there is one. */
  readonly onStart?: (pid: number) => void;
}

export interface StepEnding {
  readonly code: number | null;
  /** What a person sees in the log, and what the runner obeyed. */
  readonly log: RunnerLog;
  /** Everything as it was written, both streams. */
  readonly raw: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** RUNNER_TEMP: the run folder lies below it. */
  readonly temp: string;
  readonly ms: number;
  /** In TMPDIR, after it. */
  readonly leftBehind: readonly string[];
  /** What the step had around it, for a later step of the same job. */
  readonly env: Readonly<Record<string, string>>;
}

export function programOf(door: `${'action' | 'cli' | NonNullable<StepRun['phase']>}.js`): string {
  const file = join(DIST, door);
  if (!existsSync(file)) throw new Error(`${file} is missing. These tests run the packaged files: call \`npm run build\` first.`);
  return file;
}

/** Node 24 as the runner has it, and the machine's own when that is another one that is supported. */
export function nodes(): readonly { readonly name: string; readonly program: string }[] {
  const runners = join(ROOT, 'node_modules', 'node', 'bin', 'node');
  const found = systemPath().split(delimiter).map((folder) => join(folder, 'node')).find((file) => existsSync(file));
  const version = found === undefined ? '' : spawnSync(found, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  const supported = major > 20 || (major === 20 && minor >= 12);
  return [{ name: 'Node 24', program: runners }, ...(found !== undefined && supported && major !== 24 ? [{ name: `Node ${version}`, program: found }] : [])];
}

/** PATH without the folders that npm puts in front for the time of a script. */
export function systemPath(): string {
  return (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter).filter((folder) => !folder.includes('node_modules')).join(delimiter);
}

/** Runs the packaged action as the step of a job. */
export async function runStep(step: StepRun): Promise<StepEnding> {
  const { env, files } = await step.services.job({ ...step.job, inputs: { ...defaults(step.services.github.actionsToken, step.phase), ...step.job.inputs } });
  const tmp = join(step.job.folder, 't');
  await mkdir(tmp);
  const started = Date.now();
  const { code, output } = await runProgram({
    program: step.node ?? nodes()[0]?.program ?? process.execPath, args: [...(step.quickPauses === true ? ['--import', QUICK] : []), programOf(`${step.phase ?? 'action'}.js`)], cwd: step.job.workspace,
    env: { ...env, PATH: systemPath(), GITHUB_ACTION: 'heddle', GITHUB_ACTION_PATH: ROOT, GITHUB_REF_NAME: 'main', GITHUB_RETENTION_DAYS: '90', RUNNER_NAME: 'runner', TMPDIR: tmp, NPM_TOKEN: JOB_SECRET, ...step.env },
    ...(step.onStart === undefined ? {} : { onStart: step.onStart }),
  });
  return {
    code, raw: output, log: readLog(output), outputs: readEnvironmentFile(await readFile(files.output, 'utf8')),
    summary: await readFile(files.summary, 'utf8'), temp: env['RUNNER_TEMP'] ?? '', ms: Date.now() - started, env: { ...env, TMPDIR: tmp }, leftBehind: readdirSync(tmp),
  };
}

/** Runs the packaged command line with an environment of its own. */
export async function runCli(args: readonly string[], env: Readonly<Record<string, string | undefined>>, cwd: string): Promise<{ readonly code: number | null; readonly output: string }> {
  return runProgram({ program: nodes()[0]?.program ?? process.execPath, args: [programOf('cli.js'), ...args], cwd, env: { PATH: systemPath(), ...env } });
}

interface Program {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onStart?: (pid: number) => void;
}

async function runProgram({ program, args, cwd, env, onStart }: Program): Promise<{ readonly code: number | null; readonly output: string }> {
  const child: ChildProcess = spawn(program, [...args], { cwd, env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)), stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (child.pid !== undefined) onStart?.(child.pid);
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  return { code, output: Buffer.concat(chunks).toString('utf8') };
}

/** The inputs as the runner fills them in from action.yml: each is there, empty when it has no default. */
function defaults(token: string, phase: StepRun['phase']): Readonly<Record<string, string>> {
  const action = parse(readFileSync(join(ROOT, ...(phase === undefined ? [] : ['action', phase]), 'action.yml'), 'utf8')) as { readonly inputs: Readonly<Record<string, { readonly default?: string }>> };
  return Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default === '${{ github.token }}' ? token : input.default ?? '']));
}
