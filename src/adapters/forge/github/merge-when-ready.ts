import { z } from 'zod';
import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import type { CommitSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { GithubClient } from '../../github-client/client.js';

const PULL_QUERY = 'query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { autoMergeAllowed pullRequest(number: $number) { id headRefOid mergeStateStatus autoMergeRequest { mergeMethod } } } }';
const MERGE_MUTATION = 'mutation($id: ID!, $head: GitObjectID!, $method: PullRequestMergeMethod!) { enablePullRequestAutoMerge(input: {pullRequestId: $id, expectedHeadOid: $head, mergeMethod: $method}) { pullRequest { autoMergeRequest { mergeMethod } } } }';

const PullAnswer = z.object({
  data: z.object({
    repository: z.object({
      autoMergeAllowed: z.boolean(),
      pullRequest: z.object({ id: z.string(), headRefOid: z.string(), mergeStateStatus: z.string(), autoMergeRequest: z.object({ mergeMethod: z.string() }).nullable() }).nullable(),
    }).nullable(),
  }),
});
const MergeAnswer = z.object({
  data: z.object({ enablePullRequestAutoMerge: z.object({ pullRequest: z.object({ autoMergeRequest: z.object({ mergeMethod: z.string() }).nullable() }).nullable() }).nullable() }).nullable(),
  errors: z.array(z.object({ message: z.string(), type: z.string().optional() })).optional(),
});

/**
 * GitHub's own auto-merge (GraphQL `enablePullRequestAutoMerge`), bound to the head by `expectedHeadOid`; where the base branch has a
 * merge queue, the service queues the pull request by the same call. It is asked for only while something still blocks
 * the merge: GitHub itself refuses it for one that could be merged at once, and merging at once is nobody's wish.
 */
export async function mergeWhenReady(client: GithubClient, change: Change, how: { readonly head: CommitSha; readonly method: 'merge' | 'squash' | 'rebase' }, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  const asked = await client.graphql(PULL_QUERY, { owner: client.owner, name: client.repo, number: change.number }, PullAnswer, signal);
  if (!asked.ok) return asked;
  const { repository } = asked.value.data;
  const pull = repository?.pullRequest;
  const rejected = (message: string): Result<never, Fault> => err({ code: 'rejected', side: 'setup', retryable: false, source: client.source, message });
  if (repository === null || pull === null || pull === undefined) return rejected(`The pull request #${change.number} cannot be seen.`);
  if (pull.headRefOid !== how.head) return rejected(`The pull request #${change.number} has another head (${pull.headRefOid.slice(0, 12)}) than the commit that was checked.`);
  if (pull.autoMergeRequest !== null) return ok(undefined);
  if (!repository.autoMergeAllowed) return rejected('«Allow auto-merge» is off in the settings of the repository.');
  if (pull.mergeStateStatus === 'CLEAN') return rejected('No rule of the base branch would have to be met first. Add required checks or reviews to the branch, so that something decides.');
  const merged = await client.graphql(MERGE_MUTATION, { id: pull.id, head: how.head, method: how.method.toUpperCase() }, MergeAnswer, signal);
  if (!merged.ok) return merged;
  if (merged.value.data?.enablePullRequestAutoMerge?.pullRequest?.autoMergeRequest == null) return rejected(`GitHub refused: ${merged.value.errors?.[0]?.message ?? 'it gave no reason'}`.slice(0, 500));
  return ok(undefined);
}
