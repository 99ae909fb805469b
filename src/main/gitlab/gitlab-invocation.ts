import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { create as createGitlabHost, type GitlabHost, type GitlabJob } from '../../adapters/host/gitlab-ci/index.js';
import type { Actor } from '../../domain/actor.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Arguments } from '../arguments.js';
import { EVENT_BYTES_MAX, parseEvent } from '../event-file.js';
import type { Invocation } from '../invocation.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import type { Secrets } from '../secrets.js';
import { refusedSource } from './refused-source.js';

/** What of an invocation a GitLab job around the command decides. */
export type GitlabSurrounding = Pick<Invocation, 'host' | 'forge' | 'event' | 'actor' | 'triggeringActor' | 'localUser' | 'gitlab'>;

export interface GitlabWanted {
  readonly given: Arguments;
  readonly secrets: Secrets;
  readonly cwd: string;
  /** The event that `--event` named, which beats the one that started the pipeline. */
  readonly event: Invocation['event'];
}

/** True in a job of GitLab, and only there. */
export function isGitlabJob(env: NodeJS.ProcessEnv): boolean {
  return env['GITLAB_CI'] === 'true';
}

/** The record of a GitLab job: its host with every secret hidden, the event that triggered it, who GitLab says is behind it. */
export async function gitlabSurrounding(env: NodeJS.ProcessEnv, wanted: GitlabWanted): Promise<Result<GitlabSurrounding, Problem>> {
  const { given, secrets, cwd } = wanted;
  const host = createGitlabHost(env, {
    out: process.stderr, folder: path.resolve(cwd, given.values.get('out') ?? 'heddle-run'),
    dotenv: given.command === 'admit' || given.command === 'deliver',
  });
  if (!host.ok) return err(faultProblem(host.error));
  for (const secret of Object.values(secrets)) if (secret !== undefined) host.value.mask(secret);
  const { job } = host.value;
  const wrong = wrongPlace(given, job);
  if (wrong !== undefined) return err(wrong);
  const begins = (given.command === 'run' || given.command === 'admit') && wanted.event === undefined && (given.positionals[0] ?? '') === '';
  const triggered = await triggerOf(job);
  if (!triggered.ok) return triggered;
  const refused = refusedSource(job, { command: given.command, variables: triggered.value.variables, begins });
  if (refused !== undefined) return err(refused);
  const actor = await actorOf(given, host.value, secrets);
  return ok({
    host: host.value, forge: { id: 'gitlab', repository: job.project, apiUrl: job.apiUrl, serverUrl: job.serverUrl },
    event: wanted.event ?? triggered.value.event, localUser: undefined, actor, triggeringActor: undefined, gitlab: job,
  });
}

/** `--gitlab-url` says in the pipeline's own text which server this is. Variables of a pipeline could send our token elsewhere. */
function wrongPlace(given: Arguments, job: GitlabJob): Problem | undefined {
  const named = given.values.get('gitlab-url');
  const own = URL.canParse(job.serverUrl) ? new URL(job.serverUrl).href : '';
  if (named !== undefined && named !== '' && (!URL.canParse(named) || new URL(named).href.replace(/\/+$/, '') !== own.replace(/\/+$/, ''))) {
    return usageProblem(`This job says that its GitLab is ${job.serverUrl} (CI_SERVER_URL), and --gitlab-url names ${named}. A variable of the pipeline may have replaced CI_SERVER_URL; nothing was sent anywhere. Start the pipeline without it, and set «Minimum role to use pipeline variables» to «No one allowed».`);
  }
  if (!job.apiUrl.startsWith(`${job.serverUrl}/`)) {
    return usageProblem(`CI_API_V4_URL (${job.apiUrl}) is not below CI_SERVER_URL (${job.serverUrl}). A variable of the pipeline must have replaced one of them; nothing was sent anywhere. Take it out.`);
  }
  if (job.traced) return usageProblem('CI_DEBUG_TRACE or CI_DEBUG_SERVICES is on: the log of this job shows the values of all variables, tokens and keys included. Take it out, delete the log of this job, and replace the secrets it showed.');
  return undefined;
}

interface Triggered { readonly event: Invocation['event']; readonly variables: readonly string[] }

/** The body of the call that triggered the pipeline. Only a webhook says its kind; a call with inputs alone is no event. */
async function triggerOf(job: GitlabJob): Promise<Result<Triggered, Problem>> {
  const file = job.source === 'trigger' ? job.payloadFile : undefined;
  if (file === undefined) return ok({ event: undefined, variables: [] });
  const text = await bounded(file);
  if (!text.ok) return text;
  const parsed = parseEvent(text.value, 'TRIGGER_PAYLOAD');
  if (!parsed.ok) return parsed;
  const { payload } = parsed.value;
  const members: Readonly<Record<string, unknown>> = typeof payload === 'object' && payload !== null ? { ...payload } : {};
  const variables = typeof members['variables'] === 'object' && members['variables'] !== null ? Object.keys(members['variables']) : [];
  return ok({ event: parsed.value.service === 'gitlab' ? parsed.value : undefined, variables });
}

async function bounded(file: string): Promise<Result<string, Problem>> {
  try {
    const facts = await stat(file);
    if (!facts.isFile() || facts.size > EVENT_BYTES_MAX) return err(usageProblem(`TRIGGER_PAYLOAD is no file of at most ${EVENT_BYTES_MAX} bytes. GitLab makes it; let no variable of your own replace it.`));
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    return err(usageProblem(`The file of TRIGGER_PAYLOAD cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). GitLab makes it for a triggered pipeline; let no variable of your own replace it.`));
  }
}

/**
 * Who is behind this very job, asked of GitLab with the job's own token: the one who started the pipeline by hand, or the manual
 * job. The variables that name somebody can be replaced by whoever starts a pipeline. Nobody, when GitLab does not say: then a
 * request by hand is declined, and an event names its own person, who is looked up.
 */
async function actorOf(given: Arguments, { job }: GitlabHost, secrets: Secrets): Promise<Actor | undefined> {
  const token = secrets['ci-job-token'];
  if (token === undefined || given.command === 'work' || given.command === 'verify') return undefined;
  const { askOwnJob } = await import('../../adapters/host/gitlab-ci/own-job.js');
  const own = await askOwnJob({ apiUrl: job.apiUrl, token });
  if (!own.ok || String(own.value.id) !== job.jobId) return undefined;
  return { login: own.value.user.username, id: String(own.value.user.id), kind: 'unknown' };
}
