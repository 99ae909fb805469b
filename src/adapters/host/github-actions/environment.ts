import { z } from 'zod';

const optional = z.string().optional().transform((text) => (text === '' ? undefined : text));
const url = (fallback: string): z.ZodType<string, string | undefined> => z.string().optional().transform((text) => (text === undefined || text === '' ? fallback : text.replace(/\/+$/, '')));

/**
 * What the runner puts into the environment (GitHub's reference «Variables»). Names and values of people are foreign text;
 * the ids and logins are hints, looked up again before anything is allowed.
 */
export const ActionsEnvironment = z.object({
  // Names of owners have dots on Gitea.
  GITHUB_REPOSITORY: z.string().regex(/^(?!\.{1,2}\/)[A-Za-z0-9_.-]+\/(?!\.{1,2}$)[A-Za-z0-9_.-]+$/, 'must be owner/name'),
  GITHUB_RUN_ID: z.string().regex(/^[0-9]{1,20}$/, 'must be a number'),
  GITHUB_RUN_NUMBER: z.string().regex(/^[0-9]{1,20}$/).optional(),
  GITHUB_RUN_ATTEMPT: z.string().regex(/^[0-9]{1,9}$/).default('1'),
  GITHUB_EVENT_NAME: z.string().min(1),
  GITHUB_EVENT_PATH: z.string().min(1),
  GITHUB_API_URL: url('https://api.github.com'),
  GITHUB_SERVER_URL: url('https://github.com'),
  GITHUB_ACTOR: z.string().default(''),
  GITHUB_ACTOR_ID: optional,
  GITHUB_TRIGGERING_ACTOR: optional,
  GITHUB_SHA: optional,
  GITHUB_REF: optional,
  GITHUB_WORKFLOW: optional,
  GITHUB_WORKSPACE: optional,
  GITHUB_STEP_SUMMARY: optional,
  GITHUB_OUTPUT: optional,
  RUNNER_TEMP: optional,
  RUNNER_ENVIRONMENT: optional,
  GITEA_ACTIONS: optional,
  FORGEJO_ACTIONS: optional,
});
export type ActionsEnvironment = z.infer<typeof ActionsEnvironment>;

/** Whose Actions they are: Gitea and Forgejo run the same workflows and set the same variables, with these differences in value. */
export type ActionsFlavour = 'github' | 'gitea' | 'forgejo';

/** The facts of the workflow run, typed: what main and intake start from. */
export interface ActionsRun {
  readonly flavour: ActionsFlavour;
  readonly repository: string;
  readonly runId: string;
  /** Counts the runs of the repository; Gitea's pages go by it. */
  readonly runNumber: string;
  readonly attempt: number;
  readonly eventName: string;
  /** A file with the webhook's payload as JSON. */
  readonly eventPath: string;
  readonly apiUrl: string;
  readonly serverUrl: string;
  /** Who set the event off, and who started this very run; they differ after a re-run. */
  readonly actor: { readonly login: string; readonly id: string | undefined };
  readonly triggeringActor: { readonly login: string };
  readonly sha: string | undefined;
  readonly ref: string | undefined;
  readonly workflow: string | undefined;
  readonly workspace: string | undefined;
  readonly temp: string | undefined;
  /** True on a machine that is thrown away after the job; undefined when the runner does not say. */
  readonly hosted: boolean | undefined;
}

export function toRun(env: ActionsEnvironment): ActionsRun {
  return {
    flavour: flavourOf(env),
    repository: env.GITHUB_REPOSITORY, runId: env.GITHUB_RUN_ID, runNumber: env.GITHUB_RUN_NUMBER ?? env.GITHUB_RUN_ID, attempt: Math.max(1, Number(env.GITHUB_RUN_ATTEMPT)),
    eventName: env.GITHUB_EVENT_NAME, eventPath: env.GITHUB_EVENT_PATH, apiUrl: env.GITHUB_API_URL, serverUrl: env.GITHUB_SERVER_URL,
    actor: { login: env.GITHUB_ACTOR, id: env.GITHUB_ACTOR_ID }, triggeringActor: { login: env.GITHUB_TRIGGERING_ACTOR ?? env.GITHUB_ACTOR },
    sha: env.GITHUB_SHA, ref: env.GITHUB_REF, workflow: env.GITHUB_WORKFLOW, workspace: env.GITHUB_WORKSPACE, temp: env.RUNNER_TEMP,
    hosted: env.RUNNER_ENVIRONMENT === undefined ? undefined : env.RUNNER_ENVIRONMENT === 'github-hosted',
  };
}

/** Forgejo's runner says both; Gitea's says its own alone. */
function flavourOf(env: Pick<ActionsEnvironment, 'GITEA_ACTIONS' | 'FORGEJO_ACTIONS'>): ActionsFlavour {
  if (env.FORGEJO_ACTIONS === 'true') return 'forgejo';
  return env.GITEA_ACTIONS === 'true' ? 'gitea' : 'github';
}
