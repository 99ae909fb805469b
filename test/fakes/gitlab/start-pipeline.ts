import type { Account, Job, Pipeline, Project, World } from './world.js';

export interface PipelineSeed {
  readonly ref: string;
  readonly user: Account;
  readonly source: string;
  readonly sha?: string;
  readonly variables?: Pipeline['variables'];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly status?: string;
  readonly jobs?: readonly { readonly name: string; readonly status: string; readonly stage?: string; readonly allowFailure?: boolean; readonly trace?: string; readonly failureReason?: string }[];
}

/** A pipeline of the branch, when it has a `.gitlab-ci.yml`. A push with a job's token starts none, and neither does `[ci skip]`. */
export async function startPipeline(world: World, project: Project, seed: PipelineSeed): Promise<Pipeline | undefined> {
  const sha = seed.sha ?? await project.git.head(seed.ref);
  if (sha === undefined || !project.settings.pipelinesStart || await project.git.file(sha, '.gitlab-ci.yml') === undefined) return undefined;
  return addPipeline(world, project, { ...seed, sha });
}

export function addPipeline(world: World, project: Project, seed: PipelineSeed & { readonly sha: string }): Pipeline {
  const at = world.now();
  const jobs: Job[] = [];
  const pipeline: Pipeline = {
    id: world.id(), iid: project.pipelines.length + 1, ref: seed.ref, sha: seed.sha, status: seed.status ?? 'created', source: seed.source, createdAt: at, updatedAt: at, user: seed.user, variables: seed.variables ?? [], inputs: seed.inputs ?? {}, jobs,
  };
  for (const job of seed.jobs ?? []) {
    jobs.push({ id: world.id(), name: job.name, stage: job.stage ?? 'test', status: job.status, allowFailure: job.allowFailure ?? false, pipeline, trace: job.trace ?? '', webPath: '', user: seed.user, ...(job.failureReason === undefined ? {} : { failureReason: job.failureReason }) });
  }
  project.pipelines.push(pipeline);
  return pipeline;
}
