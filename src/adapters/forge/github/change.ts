import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import type { HeddleBranch } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { ChangeText } from '../../../ports/forge.js';
import type { GithubClient } from '../../github-client/client.js';
import { isUnsure } from '../../github-client/fault.js';
import { cutBody, splitReviewers, toChange } from './map.js';
import { Nothing, PullAnswer, PullsAnswer, ReviewersAnswer } from './schema.js';

export const BODY_CHARS_MAX = 65_536;

interface Wanted { readonly client: GithubClient; readonly serverUrl: string; readonly branch: HeddleBranch; readonly base: string; readonly text: ChangeText; readonly signal: AbortSignal | undefined }

/**
 * Opens or updates the pull request of a branch. GitHub keeps at most one open pull request per head and base, so after a
 * lost answer looking for the head tells whether the write happened.
 */
export async function upsertChange(wanted: Wanted): Promise<Result<Change, Fault>> {
  const existing = await findChange(wanted);
  if (!existing.ok) return existing;
  const pull = existing.value === undefined ? await openChange(wanted) : await updateChange(wanted, existing.value);
  if (!pull.ok) return pull;
  const labels = wanted.text.labels.filter((label) => !pull.value.labels.some((one) => one.name?.toLowerCase() === label.toLowerCase()));
  if (labels.length > 0) {
    const added = await wanted.client.call({ route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels', with: { issue_number: pull.value.number, labels }, schema: Nothing, signal: wanted.signal });
    if (!added.ok) return added;
  }
  return ok(toChange(pull.value));
}

/** The open pull request from the branch; a conflict when there is only one that was closed. */
async function findChange({ client, branch, signal }: Wanted): Promise<Result<PullAnswer | undefined, Fault>> {
  const answer = await client.call({ route: 'GET /repos/{owner}/{repo}/pulls', with: { state: 'all', head: `${client.owner}:${branch}`, per_page: 100 }, schema: PullsAnswer, signal });
  if (!answer.ok) return answer;
  // An unknown `head` filter is ignored by the API, so the names are compared again.
  const ours = answer.value.filter((pull) => pull.head.ref === branch && pull.head.repo?.full_name.toLowerCase() === client.slug.toLowerCase());
  const open = ours.find((pull) => pull.state === 'open');
  const [closed] = ours;
  if (open !== undefined || closed === undefined) return ok(open);
  const how = typeof closed.merged_at === 'string' ? 'merged' : 'closed';
  return err({ code: 'conflict', side: 'theirs', retryable: false, source: client.source, message: `The pull request #${String(closed.number)} of the branch «${branch}» was ${how} by a person. It is not opened again; reopen it by hand, or start a new run.` });
}

async function openChange(wanted: Wanted): Promise<Result<PullAnswer, Fault>> {
  const { client, branch, base, text, signal } = wanted;
  let draft = text.draft;
  for (let tries = 1; ; tries += 1) {
    const made = await client.call({
      route: 'POST /repos/{owner}/{repo}/pulls', repeat: 'once', schema: PullAnswer, signal,
      with: { title: text.title, head: branch, base, body: cutBody(text.body, BODY_CHARS_MAX), draft },
    });
    if (made.ok) return made;
    if (made.error.code === 'forbidden') return err({ ...made.error, message: `${made.error.message} ${whereToAllow(wanted)}` });
    if (made.error.code !== 'rejected' && !isUnsure(made.error)) return made;
    const existing = await findChange(wanted);
    if (!existing.ok) return existing;
    if (existing.value !== undefined) return ok(existing.value);
    // Private repositories on some plans have no drafts; the rejection has no code of its own, so it is tried without.
    if (made.error.code === 'rejected' && !draft) return made;
    if (made.error.code === 'rejected') draft = false;
    else if (tries >= 3) return made;
  }
}

/** 403 has one of two causes here, and the answer has no code that tells them apart: the next step names both. */
function whereToAllow({ client, serverUrl }: Wanted): string {
  return `To let a workflow open pull requests, set «pull-requests: write» in its permissions block and tick «Allow GitHub Actions to create and approve pull requests» at ${serverUrl}/${client.slug}/settings/actions. The branch is there already; a repeated delivery goes on from it.`;
}

async function updateChange({ client, base, text, signal }: Wanted, pull: PullAnswer): Promise<Result<PullAnswer, Fault>> {
  const body = cutBody(text.body, BODY_CHARS_MAX);
  // Whether it is a draft is left as it is: a person may have marked it ready.
  if (pull.title === text.title && pull.body === body && pull.base.ref === base) return ok(pull);
  return client.call({ route: 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}', with: { pull_number: pull.number, title: text.title, body, base }, schema: PullAnswer, signal });
}

/**
 * Asks for reviews. One name that cannot review makes GitHub refuse the whole request, so after a refusal each name is
 * asked for by itself. Asking twice for the same person changes nothing.
 */
export async function requestReviews(client: GithubClient, change: Change, reviewers: readonly string[], signal: AbortSignal | undefined): Promise<Result<readonly string[], Fault>> {
  const { people, teams } = splitReviewers(reviewers);
  if (people.length + teams.length === 0) return ok([]);
  const ask = (some: { readonly reviewers: readonly string[]; readonly team_reviewers: readonly string[] }) => client.call({
    route: 'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', with: { pull_number: change.number, ...some }, schema: ReviewersAnswer, signal,
  });
  const all = await ask({ reviewers: people, team_reviewers: teams });
  if (all.ok) return ok(accepted(reviewers, all.value));
  if (!isRefusal(all.error)) return all;
  const taken: string[] = [];
  for (const name of reviewers) {
    const one = splitReviewers([name]);
    if (one.people.length + one.teams.length === 0) continue;
    const answer = await ask({ reviewers: one.people, team_reviewers: one.teams });
    if (answer.ok) taken.push(...accepted([name], answer.value));
    else if (!isRefusal(answer.error)) return answer;
  }
  return ok(taken);
}

/** A workflow's token may not ask teams at all (403); a stranger or the author is 422. Both are names to leave out. */
function isRefusal(fault: Fault): boolean {
  return fault.code === 'rejected' || fault.code === 'forbidden' || fault.code === 'not-found';
}

function accepted(names: readonly string[], answer: { readonly requested_reviewers: readonly { readonly login: string }[] | null; readonly requested_teams: readonly { readonly slug: string }[] | null }): readonly string[] {
  const logins = new Set((answer.requested_reviewers ?? []).map((one) => one.login.toLowerCase()));
  const slugs = new Set((answer.requested_teams ?? []).map((one) => one.slug.toLowerCase()));
  return names.filter((name) => {
    const { people, teams } = splitReviewers([name.toLowerCase()]);
    return people.some((login) => logins.has(login)) || teams.some((slug) => slugs.has(slug));
  });
}
