import type { Fault } from '../../../domain/fault.js';
import type { Permission } from '../../../domain/actor.js';
import { untrusted } from '../../../domain/text.js';
import type { TicketComment } from '../../../domain/ticket.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { ChangeWithText } from '../../../ports/forge.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { isLogin, isOf, toActor, toChange, toInstant, toPermission } from './map.js';
import { CommentAnswer, CommitAnswer, Nothing, PermissionAnswer, PullAnswer, ReviewAnswer, TeamsAnswer } from './schema.js';

const TEAMS_MAX = 500;

/** What an account may do here. Only an administrator of the repository may ask that about others: a job's own token cannot. */
export async function permissionOf(client: GiteaClient, login: string, signal: AbortSignal | undefined): Promise<Result<Permission, Fault>> {
  if (!isLogin(login)) return ok('none');
  const answer = await client.call({ route: 'GET /repos/{owner}/{repo}/collaborators/{collaborator}/permission', path: { collaborator: login }, schema: PermissionAnswer, signal });
  if (answer.ok) return ok(toPermission(answer.value.permission));
  if (answer.error.code === 'not-found') return ok('none');
  if (answer.error.code !== 'forbidden') return answer;
  return err({ ...answer.error, message: `What ${login} may do in ${client.slug} cannot be asked with this token: the forge tells it to administrators of the repository alone, and never to a job's own token. Give the token of an account that administers the repository (gitea-token).` });
}

/** Whether an account is a member. Teams are found by a search, which only members of the organisation may do. */
export async function memberOf(client: GiteaClient, team: string, who: { readonly login: string; readonly signal?: AbortSignal | undefined }): Promise<Result<boolean, Fault>> {
  const [org = '', name = ''] = team.split('/');
  if (!isLogin(who.login)) return ok(false);
  const unreadable = (fault: Fault): Fault => ({ ...fault, message: `The team ${team} cannot be read with this token: its account must be a member of the organisation, and the token needs read:organization. ${fault.message}`.slice(0, 4000) });
  const found = await client.pages({ route: 'GET /orgs/{org}/teams/search', path: { org }, query: { q: name }, schema: TeamsAnswer, signal: who.signal }, (page) => page.data, TEAMS_MAX);
  if (!found.ok) return err(unreadable(found.error));
  const same = found.value.items.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (same === undefined) return err({ code: 'not-found', side: 'setup', retryable: false, source: client.source, message: `There is no team ${team}, or this token may not see it.` });
  const member = await client.call({ route: 'GET /teams/{id}/members/{username}', path: { id: same.id, username: who.login }, schema: Nothing, signal: who.signal });
  if (member.ok) return ok(true);
  return member.error.code === 'not-found' ? ok(false) : err(unreadable(member.error));
}

/** The comment as it stands now. One of another change than was named is none. Comments on lines have no address of their own there. */
export async function changeComment(client: GiteaClient, place: { readonly kind: 'change' | 'review' | 'review-comment'; readonly change: number; readonly id: string }, signal?: AbortSignal): Promise<Result<TicketComment | undefined, Fault>> {
  if (!/^[1-9][0-9]{0,19}$/.test(place.id) || place.kind === 'review-comment') return ok(undefined);
  if (place.kind === 'review') return reviewOf(client, place, signal);
  const answer = await client.call({ route: 'GET /repos/{owner}/{repo}/issues/comments/{id}', path: { id: place.id }, schema: CommentAnswer, signal });
  if (!answer.ok) return answer.error.code === 'not-found' ? ok(undefined) : answer;
  if (answer.value === undefined) return ok(undefined);
  const { user, body, created_at: created, updated_at: updated, issue_url: issue, pull_request_url: pull } = answer.value;
  const of = (pull === '' || pull === null || pull === undefined ? issue : pull)?.split('/').at(-1);
  if (of !== String(place.change)) return ok(undefined);
  return ok({ id: place.id, author: toActor(user), body: untrusted(body), createdAt: toInstant(created), updatedAt: toInstant(updated) });
}

async function reviewOf(client: GiteaClient, place: { readonly change: number; readonly id: string }, signal: AbortSignal | undefined): Promise<Result<TicketComment | undefined, Fault>> {
  const answer = await client.call({ route: 'GET /repos/{owner}/{repo}/pulls/{index}/reviews/{id}', path: { index: place.change, id: place.id }, schema: ReviewAnswer, signal });
  if (!answer.ok) return answer.error.code === 'not-found' ? ok(undefined) : answer;
  const { user, body, submitted_at: at, updated_at: updated } = answer.value;
  if (typeof at !== 'string') return ok(undefined);
  return ok({ id: place.id, author: toActor(user), body: untrusted(body ?? ''), createdAt: toInstant(at), updatedAt: toInstant(updated ?? at) });
}

/** The change and the message of its newest commit, which is ours as long as nobody pushed behind us. */
export async function changeAt(client: GiteaClient, number: number, signal?: AbortSignal): Promise<Result<ChangeWithText | undefined, Fault>> {
  const pull = await client.call({ route: 'GET /repos/{owner}/{repo}/pulls/{index}', path: { index: number }, schema: PullAnswer, signal });
  if (!pull.ok) return pull.error.code === 'not-found' ? ok(undefined) : pull;
  if (!isOf(pull.value, client.slug)) return ok(undefined);
  const commit = await client.call({ route: 'GET /repos/{owner}/{repo}/git/commits/{sha}', path: { sha: pull.value.head.sha }, schema: CommitAnswer, signal });
  return commit.ok ? ok({ change: toChange(pull.value), message: untrusted(commit.value.commit.message) }) : commit;
}
