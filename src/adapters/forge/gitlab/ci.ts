import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../../domain/fault.js';
import type { CommitSha, HeddleBranch } from '../../../domain/ids.js';
import { ok, type Result } from '../../../kit/result.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { isUnsure } from '../../gitlab-client/fault.js';
import { isOwn } from './map.js';
import { MergeRequestsAnswer, Nothing, PipelinesAnswer, ProjectAnswer } from './schema.js';

const LOOKS_MAX = 5;

type Pipelines = readonly { readonly name: string; readonly url: string }[];
type Started = { readonly runs: Pipelines; readonly why: string };
interface Place { readonly client: GitlabClient; readonly branch: HeddleBranch; readonly commit: CommitSha; readonly signal: AbortSignal | undefined }

/**
 * The project's own pipelines for the commit. A push with the token of a person, a project or a group starts them, so they are
 * waited for first. Only when none appears (a push with a job's own token starts none) one is made: for the merge request
 * where there is one, so that rules for merge requests hold; otherwise, or when those rules leave no job, for the branch.
 * Answers only pipelines that GitLab lists for the commit.
 */
export async function startCi(client: GitlabClient, branch: HeddleBranch, commit: CommitSha, signal: AbortSignal | undefined): Promise<Result<Started, Fault>> {
  const place: Place = { client, branch, commit, signal };
  const path = await configPath(place);
  if (!path.ok) return path;
  if (path.value === undefined) return ok({ runs: [], why: 'The commit has no CI configuration file.' });
  const pushed = await awaitPipelines(place, LOOKS_MAX);
  if (!pushed.ok) return pushed;
  if (pushed.value.length > 0) return ok({ runs: pushed.value, why: `${String(pushed.value.length)} pipeline(s) exist for the commit; the push started them.` });
  const notes: string[] = [];
  const made = await makePipeline(place, notes);
  if (!made.ok) return made;
  const runs = made.value ? await awaitPipelines(place, LOOKS_MAX) : ok([]);
  if (!runs.ok) return runs;
  const state = runs.value.length > 0 ? `${String(runs.value.length)} pipeline(s) exist for the commit.` : made.value ? 'A pipeline was asked for, but none has appeared yet.' : 'No pipeline exists for the commit.';
  return ok({ runs: runs.value, why: [state, ...notes].join(' ') });
}

/** `undefined`: there is no file, so that nothing will ever start. A configuration of elsewhere (`path@project`, an address) is taken as there. */
async function configPath({ client, commit, signal }: Place): Promise<Result<string | undefined, Fault>> {
  const project = await client.call({ ask: (api) => api('Projects').show(client.project), schema: ProjectAnswer, signal });
  const own = project.ok ? project.value.ci_config_path ?? '' : '';
  if (own.includes('@') || own.includes('://')) return ok(own);
  const path = own === '' ? '.gitlab-ci.yml' : own;
  const file = await client.call({ ask: { method: 'GET', path: `${client.projectPath}/repository/files/${encodeURIComponent(path)}`, query: { ref: commit } }, schema: Nothing, signal });
  if (file.ok) return ok(path);
  return file.error.code === 'not-found' ? ok(undefined) : file;
}

async function awaitPipelines({ client, commit, signal }: Place, looks: number): Promise<Result<Pipelines, Fault>> {
  for (let look = 1; ; look += 1) {
    const listed = await client.call({ ask: (api) => api('Pipelines').all(client.project, { sha: commit, perPage: 100 }), schema: PipelinesAnswer, signal });
    if (!listed.ok) return listed;
    // A commit status of ours makes a pipeline of its own kind, which runs nothing.
    const found = listed.value.filter((one) => one.sha === commit && one.source !== 'external');
    if (found.length > 0 || look >= looks || signal?.aborted === true) return ok(found.map((one) => ({ name: `#${String(one.id)} (${one.source.replace(/[^a-z_]/g, '')})`, url: one.web_url })));
    await sleep(look * client.backoffUnitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

async function makePipeline({ client, branch, signal }: Place, notes: string[]): Promise<Result<boolean, Fault>> {
  if (client.isJobToken) {
    notes.push('A job\'s own token (CI_JOB_TOKEN) starts no pipelines. Give a project access token with the role Developer and the scope api as GITLAB_TOKEN.');
    return ok(false);
  }
  const requests = await client.call({ ask: (api) => api('MergeRequests').all({ projectId: client.project, sourceBranch: branch, state: 'opened', perPage: 20 }), schema: MergeRequestsAnswer, signal });
  if (!requests.ok) return requests;
  const request = requests.value.find((one) => one.source_branch === branch && isOwn(one));
  const paths = [...(request === undefined ? [] : [`${client.projectPath}/merge_requests/${String(request.iid)}/pipelines`]), `${client.projectPath}/pipeline`];
  for (const path of paths) {
    const made = await client.call({ ask: { method: 'POST', path, body: path.endsWith('/pipeline') ? { ref: branch } : {} }, schema: Nothing, signal });
    if (made.ok || isUnsure(made.error)) return ok(true);
    if (made.error.code === 'rate-limited') return made;
    notes.push(`${path.endsWith('/pipeline') ? 'A pipeline of the branch' : 'A pipeline of the merge request'} was refused: ${made.error.message}`.slice(0, 600));
  }
  return ok(false);
}
