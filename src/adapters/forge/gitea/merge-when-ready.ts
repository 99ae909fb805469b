import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import type { CommitSha } from '../../../domain/ids.js';
import { globMatcher } from '../../../kit/globs.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { BranchAnswer, Nothing, PullAnswer, ReviewsAnswer } from './schema.js';
import { newestStatuses } from './status.js';

const REVIEWS_MAX = 500;
const STYLE = { merge: 'merge', squash: 'squash', rebase: 'rebase' } as const;

/**
 * The server's own auto-merge (`merge_when_checks_succeed`), bound to the head by `head_commit_id`. The same call merges at once when
 * nothing has to come any more, and that is nobody's wish: so it is asked for only while a required check or approval of the base
 * branch is missing.
 */
export async function mergeWhenReady(client: GiteaClient, change: Change, how: { readonly head: CommitSha; readonly method: 'merge' | 'squash' | 'rebase' }, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  const rejected = (message: string): Result<never, Fault> => err({ code: 'rejected', side: 'setup', retryable: false, source: client.source, message });
  const pull = await client.call({ route: 'GET /repos/{owner}/{repo}/pulls/{index}', path: { index: change.number }, schema: PullAnswer, signal });
  if (!pull.ok) return pull;
  if (pull.value.head.sha !== how.head) return rejected(`The pull request #${String(change.number)} has another head (${pull.value.head.sha.slice(0, 12)}) than the commit that was checked.`);
  if (pull.value.draft) return rejected(`The pull request #${String(change.number)} is a draft (its title begins with WIP:), and the forge merges no drafts. Set delivery.draft to false where changes may merge themselves.`);
  const waits = await mustWait(client, pull.value, signal);
  if (!waits.ok) return waits;
  if (!waits.value) return rejected('No rule of the base branch would have to be met first. Protect the branch with required status checks or approvals, so that something decides.');
  const merged = await client.call({
    route: 'POST /repos/{owner}/{repo}/pulls/{index}/merge', path: { index: change.number }, body: { Do: STYLE[how.method], head_commit_id: how.head, merge_when_checks_succeed: true }, repeat: 'once', schema: Nothing, signal,
  });
  // «Already scheduled» is the same status as another head, which was looked at above and is looked at by the server when it merges.
  return merged.ok || merged.error.code === 'conflict' ? ok(undefined) : merged;
}

/** Whether something is still missing that the base branch demands. In doubt the answer is no, and then nothing is asked for. */
async function mustWait(client: GiteaClient, pull: PullAnswer, signal: AbortSignal | undefined): Promise<Result<boolean, Fault>> {
  const branch = await client.call({ route: 'GET /repos/{owner}/{repo}/branches/{branch}', path: { branch: pull.base.ref }, schema: BranchAnswer, signal });
  if (!branch.ok) return branch;
  const rule = branch.value;
  if (!rule.protected) return ok(false);
  if (rule.required_approvals > 0) {
    const reviews = await client.pages({ route: 'GET /repos/{owner}/{repo}/pulls/{index}/reviews', path: { index: pull.number }, schema: ReviewsAnswer, signal }, (page) => page, REVIEWS_MAX);
    if (!reviews.ok) return reviews;
    const approved = new Set(reviews.value.items.flatMap((one) => (one.state === 'APPROVED' && !one.dismissed ? [one.user?.id] : [])));
    if (approved.size < rule.required_approvals) return ok(true);
  }
  if (!rule.enable_status_check || rule.status_check_contexts.length === 0) return ok(false);
  const statuses = await newestStatuses(client, pull.head.sha, signal);
  if (!statuses.ok) return statuses;
  // Names of checks may be patterns there.
  return ok(rule.status_check_contexts.some((context) => {
    const matches = globMatcher([context], 'exact');
    const named = [...statuses.value].filter(([name]) => name === context || (matches.ok && matches.value(name)));
    return named.length === 0 || named.some(([, one]) => one.status !== 'success');
  }));
}
