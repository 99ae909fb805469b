import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeArtifacts } from './artifacts.js';
import { FakeGitHub } from './fake-github.js';
import type { RepositorySeed } from './fake-github.js';
import type { Repository } from './world.js';

export interface RunnerJob {
  /** A folder of the test: event file, environment files and RUNNER_TEMP are made below it. */
  readonly folder: string;
  readonly slug: string;
  readonly eventName: string;
  readonly payload: unknown;
  /** By their names in action.yml. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly actor?: string;
  readonly triggeringActor?: string;
  readonly runId?: string;
  readonly attempt?: string;
}

export interface FakeServices {
  readonly github: FakeGitHub;
  readonly artifacts: FakeArtifacts;
  readonly repository: Repository;
  /** The whole environment of a job as a runner gives it, for a child process; `files` are the environment files in it. */
  job(job: RunnerJob): Promise<{ readonly env: Readonly<Record<string, string>>; readonly files: { readonly output: string; readonly summary: string } }>;
  /** @throws what was wrong with any request or response. */
  stop(): Promise<void>;
}

/** Starts the fake GitHub with one repository and the artifact service, for an action that runs as a process of its own. */
export async function serveFakes(seed: RepositorySeed): Promise<FakeServices> {
  const [github, artifacts] = await Promise.all([FakeGitHub.start(), FakeArtifacts.start()]);
  // An hour ago: every look moves it by a second, and nothing may come from the future.
  github.world.setClock(Date.now() - 3_600_000);
  const repository = github.addRepository(seed);
  return {
    github, artifacts, repository,
    job: (job) => runnerJob({ github, artifacts, job }),
    stop: async () => {
      await artifacts.stop().finally(() => github.stop());
    },
  };
}

async function runnerJob({ github, artifacts, job }: { readonly github: FakeGitHub; readonly artifacts: FakeArtifacts; readonly job: RunnerJob }): ReturnType<FakeServices['job']> {
  const at = (name: string): string => join(job.folder, name);
  await mkdir(at('temp'), { recursive: true });
  await writeFile(at('event.json'), JSON.stringify(job.payload));
  for (const name of ['output', 'env', 'path', 'state', 'summary.md']) await writeFile(at(name), '');
  const inputs = Object.fromEntries(Object.entries(job.inputs).map(([name, value]) => [`INPUT_${name.replace(/ /g, '_').toUpperCase()}`, value]));
  const actor = job.actor ?? 'amy';
  return {
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: job.folder, CI: 'true', GITHUB_ACTIONS: 'true', ...artifacts.env(), ...inputs,
      GITHUB_REPOSITORY: job.slug, GITHUB_REPOSITORY_OWNER: job.slug.split('/')[0] ?? '', GITHUB_EVENT_NAME: job.eventName, GITHUB_EVENT_PATH: at('event.json'),
      GITHUB_RUN_ID: job.runId ?? '123', GITHUB_RUN_NUMBER: '1', GITHUB_RUN_ATTEMPT: job.attempt ?? '1', GITHUB_API_URL: github.url, GITHUB_GRAPHQL_URL: `${github.url}/graphql`,
      GITHUB_ACTOR: actor, GITHUB_ACTOR_ID: String(github.world.account(actor).id), GITHUB_TRIGGERING_ACTOR: job.triggeringActor ?? actor,
      GITHUB_WORKSPACE: job.workspace, GITHUB_WORKFLOW: 'heddle', GITHUB_JOB: 'heddle', GITHUB_REF: 'refs/heads/main',
      GITHUB_OUTPUT: at('output'), GITHUB_ENV: at('env'), GITHUB_PATH: at('path'), GITHUB_STATE: at('state'), GITHUB_STEP_SUMMARY: at('summary.md'),
      RUNNER_TEMP: at('temp'), RUNNER_TOOL_CACHE: at('temp'), RUNNER_OS: 'Linux', RUNNER_ARCH: 'X64', RUNNER_ENVIRONMENT: 'github-hosted',
    },
    files: { output: at('output'), summary: at('summary.md') },
  };
}
