import { Instant } from '../../../domain/ids.js';
import type { Fault } from '../../../domain/fault.js';
import { untrusted } from '../../../domain/text.js';
import type { TicketComment } from '../../../domain/ticket.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { ChangeWithText, EnvironmentReview } from '../../../ports/forge.js';
import type { GithubClient } from '../../github-client/client.js';
import { toChange } from './map.js';
import { ApprovalsAnswer, CommentAnswer, CommitAnswer, MembershipAnswer, PullAnswer, ReviewAnswer, TeamAnswer, WorkflowRunAnswer } from './schema.js';
import type { AccountAnswer } from './schema.js';

/**
 * Whether an account is an active member. GitHub answers 404 for «no member» and for «you may not see that team» alike, so that
 * the team itself is asked for: one that cannot be seen says nothing about anybody.
 */
export async function memberOf(client: GithubClient, team: string, who: { readonly login: string; readonly signal?: AbortSignal | undefined }): Promise<Result<boolean, Fault>> {
  const [org = '', slug = ''] = team.split('/');
  if (!/^[A-Za-z0-9_-]+(\[bot\])?$/.test(who.login)) return ok(false);
  const where = { org, team_slug: slug };
  const answer = await client.call({ route: 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}', with: { ...where, username: who.login }, schema: MembershipAnswer, signal: who.signal });
  if (answer.ok) return ok(answer.value.state === 'active');
  if (answer.error.code !== 'not-found') return answer;
  const seen = await client.call({ route: 'GET /orgs/{org}/teams/{team_slug}', with: where, schema: TeamAnswer, signal: who.signal });
  if (seen.ok) return ok(false);
  return err({ ...seen.error, message: `The team ${team} cannot be read with this token: it needs the permission Members: read of the organisation. ${seen.error.message}`.slice(0, 4000) });
}

/** The reviews of this run's protected environments; each came after the run's attempt began. */
export async function environmentReviews(client: GithubClient, run: string, signal?: AbortSignal): Promise<Result<{ readonly reviews: readonly EnvironmentReview[]; readonly since: Instant }, Fault>> {
  if (!/^[0-9]{1,20}$/.test(run)) return err({ code: 'rejected', side: 'ours', retryable: false, source: client.source, message: 'A CI run of GitHub is named by its number.' });
  const at = { run_id: Number(run) };
  const started = await client.call({ route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}', with: at, schema: WorkflowRunAnswer, signal });
  if (!started.ok) return started;
  const answer = await client.call({ route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals', with: at, schema: ApprovalsAnswer, signal });
  if (!answer.ok) return answer;
  const reviews = answer.value.flatMap(({ state, user, environments, comment }): EnvironmentReview[] => (state === 'pending' ? [] : [
    { by: actorOf(user), state, environments: environments.flatMap(({ name }) => (name === undefined ? [] : [name])), comment: untrusted(comment) },
  ]));
  return ok({ reviews, since: instantOf(started.value.run_started_at ?? started.value.created_at) });
}

/** The comment as it stands now. One of another change than was named is none. */
export async function changeComment(client: GithubClient, place: { readonly kind: 'change' | 'review' | 'review-comment'; readonly change: number; readonly id: string }, signal?: AbortSignal): Promise<Result<TicketComment | undefined, Fault>> {
  if (!/^[0-9]{1,20}$/.test(place.id)) return ok(undefined);
  const id = Number(place.id);
  const answer = place.kind === 'review' ? await reviewOf(client, place.change, { id, signal })
    : place.kind === 'change' ? await client.call({ route: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}', with: { comment_id: id }, schema: CommentAnswer, signal })
      : await client.call({ route: 'GET /repos/{owner}/{repo}/pulls/comments/{comment_id}', with: { comment_id: id }, schema: CommentAnswer, signal });
  if (!answer.ok) return answer.error.code === 'not-found' ? ok(undefined) : answer;
  const { user, body, created_at: created, updated_at: updated, issue_url: issue, pull_request_url: pull } = answer.value;
  const of = (issue ?? pull)?.split('/').at(-1);
  if (of !== undefined && of !== String(place.change)) return ok(undefined);
  return ok({ id: place.id, author: actorOf(user), body: untrusted(body), createdAt: instantOf(created), updatedAt: instantOf(updated) });
}

/** GitHub tells no time of an edit of a review; its words are then those of now, and the event's are not compared. */
async function reviewOf(client: GithubClient, pull: number, { id, signal }: { readonly id: number; readonly signal: AbortSignal | undefined }): Promise<Result<CommentAnswer, Fault>> {
  const answer = await client.call({ route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}', with: { pull_number: pull, review_id: id }, schema: ReviewAnswer, signal });
  if (!answer.ok) return answer;
  const { user, body, submitted_at: at } = answer.value;
  if (at === undefined) return err({ code: 'not-found', side: 'theirs', retryable: false, source: client.source, message: 'The review is not submitted.' });
  return ok({ id, user, body, created_at: at, updated_at: at });
}

/** The change and the message of its newest commit, which is ours as long as nobody pushed behind us. */
export async function changeAt(client: GithubClient, number: number, signal?: AbortSignal): Promise<Result<ChangeWithText | undefined, Fault>> {
  const pull = await client.call({ route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}', with: { pull_number: number }, schema: PullAnswer, signal });
  if (!pull.ok) return pull.error.code === 'not-found' ? ok(undefined) : pull;
  if (pull.value.head.repo?.full_name.toLowerCase() !== client.slug.toLowerCase()) return ok(undefined);
  const commit = await client.call({ route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', with: { commit_sha: pull.value.head.sha }, schema: CommitAnswer, signal });
  if (!commit.ok) return commit;
  return ok({ change: toChange(pull.value), message: untrusted(commit.value.message) });
}

function actorOf(user: AccountAnswer | null): TicketComment['author'] {
  if (user === null) return { login: 'ghost', id: 'deleted', kind: 'unknown' };
  return { login: user.login, id: String(user.id), kind: user.type === 'User' ? 'human' : user.type === 'Bot' ? 'bot' : 'unknown' };
}

function instantOf(time: string): Instant {
  return Instant.parse(new Date(time).toISOString());
}
