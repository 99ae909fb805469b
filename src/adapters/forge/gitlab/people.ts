import type { Permission } from '../../../domain/actor.js';
import type { Fault } from '../../../domain/fault.js';
import { Instant } from '../../../domain/ids.js';
import { untrusted } from '../../../domain/text.js';
import type { TicketComment } from '../../../domain/ticket.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { ChangeWithText } from '../../../ports/forge.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { isOwn, isUsername, toActor, toChange, toPermission } from './map.js';
import { AccountAnswer, AccountsAnswer, CommitAnswer, GroupAnswer, MemberAnswer, MergeRequestAnswer, NoteAnswer } from './schema.js';

/** The account with exactly this name; `undefined` when GitLab knows none. Deactivated and blocked accounts are none. */
export async function accountOf(client: GitlabClient, login: string, signal: AbortSignal | undefined): Promise<Result<AccountAnswer | undefined, Fault>> {
  if (!isUsername(login)) return ok(undefined);
  const answer = await client.call({ ask: { method: 'GET', path: 'users', query: { username: login } }, schema: AccountsAnswer, signal });
  if (!answer.ok) return answer;
  return ok(answer.value.find((one) => one.username.toLowerCase() === login.toLowerCase() && (one.state ?? 'active') === 'active'));
}

/** By the highest role in the project and the groups above it. A job's token cannot read members: then this is a fault. */
export async function permissionOf(client: GitlabClient, login: string, signal?: AbortSignal): Promise<Result<Permission, Fault>> {
  const account = await accountOf(client, login, signal);
  if (!account.ok) return account;
  if (account.value === undefined) return ok('none');
  const { id } = account.value;
  const answer = await client.call({ ask: (api) => api('ProjectMembers').show(client.project, id, { includeInherited: true }), schema: MemberAnswer, signal });
  if (answer.ok) return ok(isActive(answer.value) ? toPermission(answer.value.access_level) : 'none');
  return answer.error.code === 'not-found' ? ok('none') : answer;
}

/**
 * Whether an account is a member of the group itself: GitLab counts only those for approvals and code owners, and members of a
 * group above would make everybody of the company a member of each team. 404 stands for «no member» and «you may not see that
 * group» alike, so that the group is asked for as well.
 */
export async function memberOf(client: GitlabClient, team: string, who: { readonly login: string; readonly signal?: AbortSignal | undefined }): Promise<Result<boolean, Fault>> {
  const { signal } = who;
  const account = await accountOf(client, who.login, signal);
  if (!account.ok) return account;
  const path = `groups/${encodeURIComponent(team)}`;
  if (account.value !== undefined) {
    const answer = await client.call({ ask: { method: 'GET', path: `${path}/members/${String(account.value.id)}` }, schema: MemberAnswer, signal });
    if (answer.ok) return ok(isActive(answer.value) && toPermission(answer.value.access_level) !== 'none');
    if (answer.error.code !== 'not-found') return answer;
  }
  const seen = await client.call({ ask: { method: 'GET', path, query: { with_projects: false } }, schema: GroupAnswer, signal });
  if (seen.ok) return ok(false);
  return err({ ...seen.error, message: `The group ${team} cannot be read with this token: its account must be a member of the group, and the token needs the scope read_api. ${seen.error.message}`.slice(0, 4000) });
}

function isActive(member: { readonly state?: string | undefined; readonly membership_state?: string | undefined }): boolean {
  return (member.state ?? 'active') === 'active' && (member.membership_state ?? 'active') === 'active';
}

/** A comment at a merge request, in a discussion or by itself, as it stands now. What GitLab itself wrote is no comment. */
export async function changeComment(client: GitlabClient, place: { readonly change: number; readonly id: string }, signal?: AbortSignal): Promise<Result<TicketComment | undefined, Fault>> {
  if (!/^[0-9]{1,15}$/.test(place.id)) return ok(undefined);
  const answer = await client.call({ ask: (api) => api('MergeRequestNotes').show(client.project, place.change, Number(place.id)), schema: NoteAnswer, signal });
  if (!answer.ok) return answer.error.code === 'not-found' ? ok(undefined) : answer;
  const { author, body, created_at: created, updated_at: updated, system } = answer.value;
  if (system) return ok(undefined);
  const bot = await isBot(client, author, signal);
  if (!bot.ok) return bot;
  return ok({ id: place.id, author: toActor(author, bot.value), body: untrusted(body), createdAt: instantOf(created), updatedAt: instantOf(updated) });
}

/** Notes and approvals do not tell whether somebody is a machine; the account does. A job's token may not ask: then it is unknown. */
export async function isBot(client: GitlabClient, author: AccountAnswer | null, signal: AbortSignal | undefined): Promise<Result<boolean | undefined, Fault>> {
  if (author === null || client.isJobToken) return ok(undefined);
  const answer = await client.call({ ask: { method: 'GET', path: `users/${String(author.id)}` }, schema: AccountAnswer, signal });
  if (answer.ok) return ok(answer.value.bot);
  return answer.error.code === 'not-found' || answer.error.code === 'forbidden' ? ok(undefined) : answer;
}

/** The change and the message of its newest commit, which is ours as long as nobody pushed behind us. */
export async function changeAt(client: GitlabClient, number: number, signal?: AbortSignal): Promise<Result<ChangeWithText | undefined, Fault>> {
  const request = await client.call({ ask: (api) => api('MergeRequests').show(client.project, number), schema: MergeRequestAnswer, signal });
  if (!request.ok) return request.error.code === 'not-found' ? ok(undefined) : request;
  const change = isOwn(request.value) ? toChange(request.value) : undefined;
  if (change === undefined) return ok(undefined);
  const commit = await client.call({ ask: (api) => api('Commits').show(client.project, change.head), schema: CommitAnswer, signal });
  return commit.ok ? ok({ change, message: untrusted(commit.value.message) }) : commit;
}

export function instantOf(time: string): Instant {
  return Instant.parse(new Date(time).toISOString());
}
