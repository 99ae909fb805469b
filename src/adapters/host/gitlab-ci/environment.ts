import { z } from 'zod';

const optional = z.string().optional().transform((text) => (text === '' ? undefined : text));
const address = z.string().regex(/^https?:\/\/[^\s@?#]+$/, 'must be an address without a password').transform((text) => text.replace(/\/+$/, ''));
const number = z.string().regex(/^[0-9]{1,20}$/, 'must be a number');
const flag = z.string().optional().transform((text) => text === 'true' || text === '1');

/**
 * What the runner puts into the environment (GitLab's reference «Predefined CI/CD variables»). Every value may have been set
 * anew by a pipeline variable, since those beat all others: nothing here proves who asked, it only says where to ask.
 */
export const GitlabEnvironment = z.object({
  CI_PROJECT_PATH: z.string().max(1000).regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*(?:\/[\p{L}\p{N}_][\p{L}\p{N}_.-]*)+$/u, 'must be group/project'),
  CI_PROJECT_ID: number,
  CI_PIPELINE_ID: number,
  CI_PIPELINE_SOURCE: z.string().regex(/^[a-z_]{1,60}$/, 'must be a pipeline source'),
  CI_JOB_ID: number,
  CI_SERVER_URL: address,
  CI_API_V4_URL: address,
  CI_JOB_NAME: optional,
  CI_JOB_URL: optional,
  CI_PIPELINE_URL: optional,
  CI_PROJECT_DIR: optional,
  CI_PROJECT_VISIBILITY: optional,
  CI_DEFAULT_BRANCH: optional,
  CI_COMMIT_REF_NAME: optional,
  CI_COMMIT_REF_PROTECTED: optional,
  CI_COMMIT_SHA: optional,
  CI_ENVIRONMENT_NAME: optional,
  CI_MERGE_REQUEST_PROJECT_ID: optional,
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: optional,
  CI_SERVER_VERSION: optional,
  CI_RUNNER_TAGS: optional,
  CI_DISPOSABLE_ENVIRONMENT: flag,
  CI_SHARED_ENVIRONMENT: flag,
  CI_DEBUG_TRACE: flag,
  CI_DEBUG_SERVICES: flag,
  GITLAB_USER_LOGIN: optional,
  GITLAB_USER_ID: optional,
  GIT_STRATEGY: optional,
  GIT_DEPTH: optional,
  /** A file: GitLab hands the body of the call that triggered the pipeline over in it. */
  TRIGGER_PAYLOAD: optional,
});
export type GitlabEnvironment = z.infer<typeof GitlabEnvironment>;

/** The facts of the job, typed: what main and intake start from. */
export interface GitlabJob {
  /** `group/sub/project` */
  readonly project: string;
  readonly projectId: string;
  readonly pipelineId: string;
  /** What started the pipeline: `trigger`, `schedule`, `web`, `api`, `merge_request_event`, … */
  readonly source: string;
  readonly jobId: string;
  readonly jobName: string | undefined;
  readonly jobUrl: string | undefined;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly serverVersion: string | undefined;
  readonly visibility: string | undefined;
  readonly projectFolder: string | undefined;
  readonly defaultBranch: string | undefined;
  readonly ref: string | undefined;
  /** Whether the pipeline's branch is protected: protected variables come only then. Undefined when it is not told. */
  readonly refProtected: boolean | undefined;
  readonly environment: string | undefined;
  /** A pipeline for a merge request whose commits come from another project. */
  readonly ofFork: boolean;
  /**
   * The account that GitLab runs the pipeline as. For a triggered one that is the owner of the trigger token, and for a schedule
   * the owner of the schedule: not the person who did something.
   */
  readonly user: { readonly login: string; readonly id: string } | undefined;
  /** `disposable`: made for this job and thrown away after it; `shared`: jobs follow each other on one machine. */
  readonly machine: 'disposable' | 'shared' | 'unknown';
  /** The log of this job shows the value of every variable. */
  readonly traced: boolean;
  readonly gitStrategy: string | undefined;
  readonly gitDepth: number | undefined;
  readonly payloadFile: string | undefined;
}

export function toJob(env: GitlabEnvironment): GitlabJob {
  const { CI_MERGE_REQUEST_PROJECT_ID: target, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: source, GITLAB_USER_LOGIN: login } = env;
  const depth = Number(env.GIT_DEPTH);
  return {
    project: env.CI_PROJECT_PATH, projectId: env.CI_PROJECT_ID, pipelineId: env.CI_PIPELINE_ID, source: env.CI_PIPELINE_SOURCE,
    jobId: env.CI_JOB_ID, jobName: env.CI_JOB_NAME, jobUrl: env.CI_JOB_URL, serverUrl: env.CI_SERVER_URL, apiUrl: env.CI_API_V4_URL,
    serverVersion: env.CI_SERVER_VERSION, visibility: env.CI_PROJECT_VISIBILITY, projectFolder: env.CI_PROJECT_DIR, defaultBranch: env.CI_DEFAULT_BRANCH,
    ref: env.CI_COMMIT_REF_NAME, refProtected: env.CI_COMMIT_REF_PROTECTED === undefined ? undefined : env.CI_COMMIT_REF_PROTECTED === 'true',
    environment: env.CI_ENVIRONMENT_NAME,
    // Unknown counts as a fork: what cannot be told is not trusted.
    ofFork: env.CI_PIPELINE_SOURCE === 'external_pull_request_event' || (env.CI_PIPELINE_SOURCE === 'merge_request_event' && (target === undefined || source !== target)),
    user: login === undefined ? undefined : { login, id: env.GITLAB_USER_ID ?? login },
    machine: env.CI_DISPOSABLE_ENVIRONMENT ? 'disposable' : env.CI_SHARED_ENVIRONMENT ? 'shared' : 'unknown',
    traced: env.CI_DEBUG_TRACE || env.CI_DEBUG_SERVICES,
    gitStrategy: env.GIT_STRATEGY, gitDepth: Number.isSafeInteger(depth) && depth > 0 ? depth : undefined, payloadFile: env.TRIGGER_PAYLOAD,
  };
}
