import { setTimeout as sleep } from 'node:timers/promises';
import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import type { CommitSha } from '../../../domain/ids.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { MergeRequestAnswer, Nothing, ProjectAnswer } from './schema.js';

interface How { readonly head: CommitSha; readonly method: 'merge' | 'squash' | 'rebase' }

/** What GitLab says while it is still looking. */
const LOOKING: ReadonlySet<string> = new Set(['unchecked', 'checking', 'preparing', 'approvals_syncing']);
const LOOKS_MAX = 5;

/**
 * GitLab's own auto-merge, bound to the head by `sha`; in a project with merge trains the merge request is put on the train by
 * the train's own call, because the merge call could go past it. It is asked for only while something still blocks the merge:
 * the same call merges at once when nothing does, and that is nobody's wish.
 */
export async function mergeWhenReady(client: GitlabClient, change: Change, how: How, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  const asked = await settled(client, change, signal);
  if (!asked.ok) return asked;
  const request = asked.value;
  const rejected = (message: string): Result<never, Fault> => err({ code: 'rejected', side: 'setup', retryable: false, source: client.source, message });
  if (request.sha !== how.head) return rejected(`The merge request !${String(change.number)} has another head (${request.sha?.slice(0, 12) ?? 'none'}) than the commit that was checked.`);
  if (request.state !== 'opened') return rejected(`The merge request !${String(change.number)} is ${request.state}.`);
  if (request.merge_when_pipeline_succeeds) return ok(undefined);
  const status = request.detailed_merge_status ?? request.merge_status ?? 'unknown';
  if (status === 'mergeable' || status === 'can_be_merged') return rejected('No rule of the project would have to be met first. Require approvals or a pipeline that succeeds, so that something decides.');
  const project = await client.call({ ask: (api) => api('Projects').show(client.project), schema: ProjectAnswer, signal });
  if (!project.ok) return project;
  const { merge_method: method, squash_option: squash, merge_trains_enabled: trains } = project.value;
  if (how.method === 'rebase' && method !== 'rebase_merge' && method !== 'ff') return rejected(`The project merges with the method «${method}», not by rebasing. Choose merge or squash, or change the merge method in the project's settings.`);
  if (how.method === 'squash' && squash === 'never') return rejected('The project allows no squashing. Choose merge, or allow it in the project\'s settings.');
  const body = { sha: how.head, ...(how.method === 'rebase' ? {} : { squash: how.method === 'squash' || squash === 'always' }) };
  const merged = trains === true ? await boardTrain(client, change, { body, signal }) : await client.call({
    // Until 17.10 the parameter had the second name; each version leaves out the one that it does not know.
    ask: { method: 'PUT', path: `${client.projectPath}/merge_requests/${String(change.number)}/merge`, body: { ...body, auto_merge: true, merge_when_pipeline_succeeds: true } },
    schema: Nothing, repeat: 'safe', signal,
  });
  if (merged.ok) return merged.ok ? ok(undefined) : merged;
  // 401 is what the merge call says to somebody whose role may not merge here.
  return merged.error.code === 'unauthorized' || merged.error.code === 'conflict' ? rejected(`GitLab refused to merge by itself (${status}): the token's account may not merge into ${change.base}, or the merge request changed meanwhile. ${merged.error.message}`.slice(0, 1000)) : merged;
}

/** Asked for once more when it is on the train already. `when_pipeline_succeeds` is what `auto_merge` was called until 17.10. */
async function boardTrain(client: GitlabClient, change: Change, { body, signal }: { readonly body: Readonly<Record<string, unknown>>; readonly signal: AbortSignal | undefined }): Promise<Result<unknown, Fault>> {
  const path = `${client.projectPath}/merge_trains/merge_requests/${String(change.number)}`;
  const there = await client.call({ ask: { method: 'GET', path }, schema: Nothing, signal });
  if (there.ok || there.error.code !== 'not-found') return there;
  return client.call({ ask: { method: 'POST', path, body: { ...body, auto_merge: true, when_pipeline_succeeds: true } }, schema: Nothing, repeat: 'safe', signal });
}

/** The merge request when GitLab has looked whether it can be merged. */
async function settled(client: GitlabClient, change: Change, signal: AbortSignal | undefined): Promise<Result<MergeRequestAnswer, Fault>> {
  for (let looks = 1; ; looks += 1) {
    const request = await client.call({ ask: (api) => api('MergeRequests').show(client.project, change.number), schema: MergeRequestAnswer, signal });
    if (!request.ok || looks >= LOOKS_MAX || !LOOKING.has(request.value.detailed_merge_status ?? '')) return request;
    await sleep(looks * client.backoffUnitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
