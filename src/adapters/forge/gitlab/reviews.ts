import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import { ok, type Result } from '../../../kit/result.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { splitReviewers } from './map.js';
import { accountOf } from './people.js';
import { ApprovalRulesAnswer, GroupAnswer, MergeRequestAnswer, Nothing } from './schema.js';

interface Asked { readonly client: GitlabClient; readonly change: Change; readonly signal: AbortSignal | undefined }

/**
 * People become reviewers; who is one already stays one. Without Premium GitLab keeps only the first, and it leaves out who may
 * not see the project: the answer tells who was taken. A group cannot be asked; where approval rules of merge requests are there
 * (Premium) it becomes an optional rule, so that its members are shown as approvers. Unknown names are left out.
 */
export async function requestReviews(client: GitlabClient, change: Change, reviewers: readonly string[], signal: AbortSignal | undefined): Promise<Result<readonly string[], Fault>> {
  const asked: Asked = { client, change, signal };
  const { people, groups } = splitReviewers(reviewers);
  const taken = await askPeople(asked, people);
  if (!taken.ok) return taken;
  const ruled = await addRules(asked, groups);
  if (!ruled.ok) return ruled;
  const accepted = new Set([...taken.value, ...ruled.value].map((name) => name.toLowerCase()));
  return ok(reviewers.filter((name) => accepted.has(name.replace(/^@/, '').toLowerCase())));
}

async function askPeople({ client, change, signal }: Asked, people: readonly string[]): Promise<Result<readonly string[], Fault>> {
  const ids: number[] = [];
  for (const login of people) {
    const account = await accountOf(client, login, signal);
    if (!account.ok) return account;
    if (account.value !== undefined) ids.push(account.value.id);
  }
  if (ids.length === 0) return ok([]);
  const before = await client.call({ ask: (api) => api('MergeRequests').show(client.project, change.number), schema: MergeRequestAnswer, signal });
  if (!before.ok) return before;
  const there = (before.value.reviewers ?? []).map((one) => one.id);
  // The author reviews nothing of their own; GitLab would allow it.
  const wanted = [...new Set([...there, ...ids])].filter((id) => id !== before.value.author?.id);
  if (wanted.every((id) => there.includes(id))) return ok((before.value.reviewers ?? []).map((one) => one.username));
  const after = await client.call({ ask: { method: 'PUT', path: `${client.projectPath}/merge_requests/${String(change.number)}`, body: { reviewer_ids: wanted } }, schema: MergeRequestAnswer, repeat: 'safe', signal });
  if (!after.ok) return isRefusal(after.error) ? ok([]) : after;
  return ok((after.value.reviewers ?? []).map((one) => one.username));
}

async function addRules({ client, change, signal }: Asked, groups: readonly string[]): Promise<Result<readonly string[], Fault>> {
  if (groups.length === 0) return ok([]);
  const path = `${client.projectPath}/merge_requests/${String(change.number)}/approval_rules`;
  const rules = await client.call({ ask: { method: 'GET', path }, schema: ApprovalRulesAnswer, signal });
  if (!rules.ok) return isRefusal(rules.error) ? ok([]) : rules;
  const taken: string[] = [];
  for (const group of groups) {
    const name = `Heddle: ${group}`;
    if (!rules.value.some((rule) => rule.name === name)) {
      const found = await client.call({ ask: { method: 'GET', path: `groups/${encodeURIComponent(group)}`, query: { with_projects: false } }, schema: GroupAnswer, signal });
      if (!found.ok && !isRefusal(found.error)) return found;
      if (!found.ok) continue;
      const made = await client.call({ ask: { method: 'POST', path, body: { name, approvals_required: 0, group_ids: [found.value.id] } }, schema: Nothing, signal });
      if (!made.ok && !isRefusal(made.error)) return made;
      if (!made.ok) continue;
    }
    taken.push(group);
  }
  return ok(taken);
}

/** Not on this plan, not for this role, or no such thing: names to leave out. */
function isRefusal(fault: Fault): boolean {
  return fault.code === 'rejected' || fault.code === 'forbidden' || fault.code === 'not-found';
}
