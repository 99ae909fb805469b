import type { Fault } from '../../../domain/fault.js';
import type { CommitSha } from '../../../domain/ids.js';
import { ok, type Result } from '../../../kit/result.js';
import type { CheckRunReport } from '../../../ports/forge.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { isUnsure } from '../../gitea-client/fault.js';
import { Nothing, StatusesAnswer } from './schema.js';

const DESCRIPTION_CHARS_MAX = 255;
const STATUSES_MAX = 500;
const TRIES_MAX = 3;

/**
 * A commit status by name: the server has no check runs, so there is one line of words and no notes on lines. Of several with one
 * name the newest counts; when that says the same already nothing is written.
 */
export async function reportCheck(client: GiteaClient, commit: CommitSha, report: CheckRunReport, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  const state = report.conclusion === 'failure' ? 'failure' : 'success';
  const description = descriptionOf(report);
  for (let tries = 1; ; tries += 1) {
    const newest = await newestStatuses(client, commit, signal);
    if (!newest.ok) return newest;
    const there = newest.value.get(report.name);
    if (there?.status === state && there.description === description) return ok(undefined);
    const made = await client.call({ route: 'POST /repos/{owner}/{repo}/statuses/{sha}', path: { sha: commit }, body: { context: report.name, state, description }, repeat: 'once', schema: Nothing, signal });
    if (made.ok) return ok(undefined);
    if (!isUnsure(made.error) || tries >= TRIES_MAX) return made;
  }
}

/** The status that counts, for each name. */
export async function newestStatuses(client: GiteaClient, commit: string, signal: AbortSignal | undefined): Promise<Result<ReadonlyMap<string, { readonly status: string; readonly description?: string | null | undefined }>, Fault>> {
  const listed = await client.pages({ route: 'GET /repos/{owner}/{repo}/statuses/{sha}', path: { sha: commit }, query: { sort: 'recentupdate' }, schema: StatusesAnswer, signal }, (page) => page, STATUSES_MAX);
  // Newest first: the first of a name stays.
  return listed.ok ? ok(new Map(listed.value.items.toReversed().map((one) => [one.context, one]))) : listed;
}

/** A neutral end must not stop a merge, as `warning` would; that it decided nothing is said. */
function descriptionOf(report: CheckRunReport): string {
  const words = `${report.conclusion === 'neutral' ? 'neutral: ' : ''}${report.title}`.replace(/\s+/g, ' ').trim();
  return words.length <= DESCRIPTION_CHARS_MAX ? words : `${words.slice(0, DESCRIPTION_CHARS_MAX - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
