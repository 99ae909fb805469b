import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import type { HeddleBranch } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeText } from '../../../ports/forge.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { isUnsure } from '../../gitlab-client/fault.js';
import { withoutQuickActions } from '../../gitlab-client/quick-actions.js';
import { BODY_CHARS_MAX, cutBody, isOwn, titleOf, toChange } from './map.js';
import { MergeRequestAnswer, MergeRequestsAnswer } from './schema.js';

interface Wanted { readonly client: GitlabClient; readonly branch: HeddleBranch; readonly base: string; readonly text: ChangeText; readonly signal: AbortSignal | undefined }

const TRIES_MAX = 3;
const LOOKS_MAX = 5;

/**
 * Opens or updates the merge request of a branch. GitLab keeps at most one open merge request per source and target branch
 * (409 for a second one), so after a lost answer looking for the branch tells whether the write happened.
 */
export async function upsertChange(wanted: Wanted): Promise<Result<Change, Fault>> {
  const existing = await findChange(wanted);
  if (!existing.ok) return existing;
  const request = existing.value === undefined ? await openChange(wanted) : await updateChange(wanted, existing.value);
  return request.ok ? withHead(wanted, request.value) : request;
}

/** The open merge request from the branch; a conflict when there is only one that was closed. */
async function findChange({ client, branch, signal }: Wanted): Promise<Result<MergeRequestAnswer | undefined, Fault>> {
  const answer = await client.call({ ask: (api) => api('MergeRequests').all({ projectId: client.project, sourceBranch: branch, perPage: 100 }), schema: MergeRequestsAnswer, signal });
  if (!answer.ok) return answer;
  const ours = answer.value.filter((request) => request.source_branch === branch && isOwn(request));
  const open = ours.find((request) => request.state === 'opened' || request.state === 'locked');
  const [closed] = ours;
  if (open !== undefined || closed === undefined) return ok(open);
  return err({ code: 'conflict', side: 'theirs', retryable: false, source: client.source, message: `The merge request !${String(closed.iid)} of the branch «${branch}» was ${closed.state} by a person. It is not opened again; reopen it by hand, or start a new run.` });
}

async function openChange(wanted: Wanted): Promise<Result<MergeRequestAnswer, Fault>> {
  const { client, branch, base, text, signal } = wanted;
  for (let tries = 1; ; tries += 1) {
    // `squash` is not said: the project's own default then holds.
    const made = await client.call({
      ask: (api) => api('MergeRequests').create(client.project, branch, base, titleOf(text.title, text.draft), { description: bodyOf(text), labels: [...text.labels].join(','), removeSourceBranch: true }),
      schema: MergeRequestAnswer, signal,
    });
    if (made.ok) return made;
    if (made.error.code === 'forbidden' || made.error.code === 'unauthorized') return err({ ...made.error, message: `${made.error.message} ${whatToGive(client)}`.slice(0, 4000) });
    if (made.error.code !== 'conflict' && !isUnsure(made.error)) return made;
    const existing = await findChange(wanted);
    if (!existing.ok) return existing;
    if (existing.value !== undefined) return ok(existing.value);
    if (tries >= TRIES_MAX) return made;
  }
}

function whatToGive(client: GitlabClient): string {
  return client.isJobToken
    ? 'A job\'s own token (CI_JOB_TOKEN) cannot open merge requests. Give a project access token with the role Developer and the scope api as GITLAB_TOKEN. The branch is there already; a repeated delivery goes on from it.'
    : `Give the token the scope api, and its account the role Developer in ${client.project}. The branch is there already; a repeated delivery goes on from it.`;
}

/** Whether it is a draft is left as it is: a person may have marked it ready. Labels are added; those of people stay. */
async function updateChange({ client, base, text, signal }: Wanted, request: MergeRequestAnswer): Promise<Result<MergeRequestAnswer, Fault>> {
  const title = titleOf(text.title, request.draft);
  const description = bodyOf(text);
  const missing = text.labels.filter((label) => !request.labels.some((one) => one.toLowerCase() === label.toLowerCase()));
  if (request.title === title && (request.description ?? '') === description && request.target_branch === base && missing.length === 0) return ok(request);
  return client.call({
    ask: (api) => api('MergeRequests').edit(client.project, request.iid, { title, description, targetBranch: base, ...(missing.length === 0 ? {} : { addLabels: missing.join(',') }) }),
    schema: MergeRequestAnswer, repeat: 'safe', signal,
  });
}

function bodyOf(text: ChangeText): string {
  return cutBody(withoutQuickActions(text.body), BODY_CHARS_MAX);
}

/** A new merge request is prepared by a worker; its head is looked for again as long as it is not known. */
async function withHead({ client, signal }: Wanted, first: MergeRequestAnswer): Promise<Result<Change, Fault>> {
  let request = first;
  for (let looks = 1; ; looks += 1) {
    const change = toChange(request);
    if (change !== undefined) return ok(change);
    if (looks > LOOKS_MAX) return err({ code: 'invalid-answer', side: 'theirs', retryable: true, source: client.source, message: `GitLab does not tell the head of the new merge request !${String(request.iid)}. Run again; it goes on from it.` });
    await sleep(looks * client.backoffUnitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    const again = await client.call({ ask: (api) => api('MergeRequests').show(client.project, request.iid), schema: MergeRequestAnswer, signal });
    if (!again.ok) return again;
    request = again.value;
  }
}
