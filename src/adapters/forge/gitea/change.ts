import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import type { HeddleBranch } from '../../../domain/ids.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { ChangeText } from '../../../ports/forge.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { isUnsure } from '../../gitea-client/fault.js';
import { addLabels } from './labels.js';
import { BODY_CHARS_MAX, cutBody, DRAFT_PREFIX, isLogin, isOf, splitReviewers, toChange } from './map.js';
import { Nothing, PullAnswer, PullsAnswer } from './schema.js';

interface Wanted { readonly client: GiteaClient; readonly branch: HeddleBranch; readonly base: string; readonly text: ChangeText; readonly signal: AbortSignal | undefined }

const OPEN_MAX = 500;

/**
 * Opens or updates the pull request of a branch. The server keeps at most one open pull request per head and base, so after a
 * lost answer looking for the two tells whether the write happened. A draft is a title that begins with `WIP: `.
 */
export async function upsertChange(wanted: Wanted): Promise<Result<Change, Fault>> {
  const existing = await findChange(wanted);
  if (!existing.ok) return existing;
  const pull = existing.value === undefined ? await openChange(wanted) : await updateChange(wanted, existing.value);
  if (!pull.ok) return pull;
  const labels = wanted.text.labels.filter((label) => !pull.value.labels.some((one) => one.name.toLowerCase() === label.toLowerCase()));
  const added = await addLabels(wanted.client, { number: pull.value.number, labels }, wanted.signal);
  return added.ok ? ok(toChange(pull.value)) : added;
}

/**
 * The open pull request from the branch; a conflict when there is only one that was closed. The one call by base and head answers
 * the oldest of them, closed or not, so a closed one is not the last word.
 */
async function findChange({ client, branch, base, signal }: Wanted): Promise<Result<PullAnswer | undefined, Fault>> {
  const found = await client.call({ route: 'GET /repos/{owner}/{repo}/pulls/{base}/{head}', path: { base, head: branch }, schema: PullAnswer, signal });
  if (!found.ok) return found.error.code === 'not-found' ? ok(undefined) : found;
  if (found.value.state === 'open') return ok(found.value);
  const open = await client.pages({ route: 'GET /repos/{owner}/{repo}/pulls', query: { state: 'open' }, schema: PullsAnswer, signal }, (page) => page, OPEN_MAX);
  if (!open.ok) return open;
  const again = open.value.items.find((pull) => pull.head.ref === branch && pull.base.ref === base && isOf(pull, client.slug));
  if (again !== undefined) return ok(again);
  return err({ code: 'conflict', side: 'theirs', retryable: false, source: client.source, message: `The pull request #${String(found.value.number)} of the branch «${branch}» was ${found.value.merged ? 'merged' : 'closed'} by a person. It is not opened again; reopen it by hand, or start a new run.` });
}

async function openChange(wanted: Wanted): Promise<Result<PullAnswer, Fault>> {
  const { client, branch, base, text, signal } = wanted;
  for (let tries = 1; ; tries += 1) {
    const made = await client.call({
      route: 'POST /repos/{owner}/{repo}/pulls', repeat: 'once', schema: PullAnswer, signal,
      body: { title: `${text.draft ? DRAFT_PREFIX : ''}${text.title}`, head: branch, base, body: cutBody(text.body, BODY_CHARS_MAX) },
    });
    if (made.ok || (made.error.code !== 'conflict' && !isUnsure(made.error))) return made;
    const existing = await findChange(wanted);
    if (!existing.ok) return existing;
    if (existing.value !== undefined) return ok(existing.value);
    if (tries >= 3) return made;
  }
}

async function updateChange({ client, base, text, signal }: Wanted, pull: PullAnswer): Promise<Result<PullAnswer, Fault>> {
  const body = cutBody(text.body, BODY_CHARS_MAX);
  // Whether it is a draft is left as it is: a person may have marked it ready.
  const title = `${pull.draft ? DRAFT_PREFIX : ''}${text.title}`;
  if (pull.title === title && pull.body === body && pull.base.ref === base) return ok(pull);
  return client.call({ route: 'PATCH /repos/{owner}/{repo}/pulls/{index}', path: { index: pull.number }, body: { title, body, ...(pull.base.ref === base ? {} : { base }) }, schema: PullAnswer, signal });
}

/**
 * Asks for reviews. One name that cannot review makes the server refuse the whole request, so after a refusal each name is asked for
 * by itself. Its answer lists the requests that are new, so who was asked is told by what was not refused.
 */
export async function requestReviews(client: GiteaClient, change: Change, reviewers: readonly string[], signal: AbortSignal | undefined): Promise<Result<readonly string[], Fault>> {
  const wanted = reviewers.filter((name) => names(client, [name]) > 0);
  if (wanted.length === 0) return ok([]);
  const ask = (some: readonly string[]): Promise<Result<unknown, Fault>> => {
    const { people, teams } = splitReviewers(some, client.owner);
    return client.call({ route: 'POST /repos/{owner}/{repo}/pulls/{index}/requested_reviewers', path: { index: change.number }, body: { reviewers: people, team_reviewers: teams }, schema: Nothing, signal });
  };
  const all = await ask(wanted);
  if (all.ok) return ok(wanted);
  if (!isRefusal(all.error)) return all;
  const taken: string[] = [];
  for (const name of wanted) {
    const answer = await ask([name]);
    if (answer.ok) taken.push(name);
    else if (!isRefusal(answer.error)) return answer;
  }
  return ok(taken);
}

function names(client: GiteaClient, some: readonly string[]): number {
  const { people, teams } = splitReviewers(some, client.owner);
  return people.length + teams.filter(isLogin).length;
}

function isRefusal(fault: Fault): boolean {
  return fault.code === 'rejected' || fault.code === 'forbidden' || fault.code === 'not-found';
}
