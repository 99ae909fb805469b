import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import type { Ticket, TicketRef } from '../../../domain/ticket.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { Tracker, TrackerCapabilities } from '../../../ports/tracker.js';
import { GiteaClient, type GiteaClientDeps } from '../../gitea-client/client.js';
import { upsertComment } from './comment.js';
import { parseKey, toTicket } from './map.js';
import { CommentsAnswer, IssueAnswer, RepositoryAnswer, TimelineAnswer } from './schema.js';

export const id = 'gitea';

export const optionSchema = z.strictObject({
  apiUrl: z.url({ protocol: /^https?$/ }).describe('Address of the REST API: https://HOST/api/v1.'),
  proxied: z.boolean().optional().describe('A proxy is set in the environment, and calls go through it.'),
  token: z.string().min(1).describe('Token with read:repository, read:issue and read:user; write:issue for comments.'),
});
export type GiteaTrackerOptions = z.infer<typeof optionSchema>;

export const capabilities: TrackerCapabilities = { history: true, editTime: false, comments: true };

/** Only for tests: waiting made short. */
export type GiteaTrackerDeps = Omit<GiteaClientDeps, 'source'>;

const SOURCE = 'tracker/gitea';
const COMMENTS_MAX = 500;
/** History decides who approved: one that is longer cannot be judged. */
const ENTRIES_MAX = 5000;

/** Issues of any repository of Gitea or Forgejo that the token can see; a ticket's key is `owner/repo#12`. */
export function create(options: GiteaTrackerOptions, deps: GiteaTrackerDeps = {}): Tracker {
  const clients = new Map<string, GiteaClient>();
  const open = (ref: TicketRef): Result<{ readonly client: GiteaClient; readonly number: number }, Fault> => {
    const key = parseKey(ref.key);
    if (key === undefined) return err({ code: 'rejected', side: 'setup', retryable: false, source: SOURCE, message: `«${ref.key.slice(0, 200)}» is no issue of Gitea. Write it as owner/repo#12.` });
    const client = clients.get(key.repository) ?? new GiteaClient({ ...options, repository: key.repository }, { ...deps, source: SOURCE });
    clients.set(key.repository, client);
    return ok({ client, number: key.number });
  };
  return {
    id, capabilities,
    fetch: async (ref, signal) => {
      const opened = open(ref);
      return opened.ok ? fetchTicket(ref, opened.value, signal) : opened;
    },
    upsertComment: async (ref, marker, markdown, signal) => {
      const opened = open(ref);
      if (!opened.ok) return opened;
      const issue = await issueOf(ref, opened.value, signal);
      return issue.ok ? upsertComment(opened.value.client, opened.value.number, { marker, markdown }, signal) : issue;
    },
  };
}

interface Opened { readonly client: GiteaClient; readonly number: number }

/** Asked first, always: for the comments of an issue that is not there some versions answer 500, which would be tried again. */
async function issueOf(ref: TicketRef, { client, number }: Opened, signal: AbortSignal | undefined): Promise<Result<IssueAnswer, Fault>> {
  const issue = await client.call({ route: 'GET /repos/{owner}/{repo}/issues/{index}', path: { index: number }, schema: IssueAnswer, signal });
  if (issue.ok || issue.error.code !== 'not-found') return issue;
  return err({ ...issue.error, message: `There is no issue ${ref.key}, or the token may not see it. Check the number and the token's access.` });
}

async function fetchTicket(ref: TicketRef, opened: Opened, signal: AbortSignal | undefined): Promise<Result<Ticket, Fault>> {
  const { client, number } = opened;
  const issue = await issueOf(ref, opened, signal);
  if (!issue.ok) return issue;
  if (issue.value.pull_request !== undefined && issue.value.pull_request !== null) {
    return err({ code: 'rejected', side: 'setup', retryable: false, source: SOURCE, message: `${ref.key} is a pull request, no issue. Name the issue that describes the work.` });
  }
  // Without a page number the whole history comes at once. Page by page it cannot be read safely: the server leaves entries out of a
  // page after it was cut, so a short page, or an empty one, is not the last.
  const timeline = await client.call({ route: 'GET /repos/{owner}/{repo}/issues/{index}/timeline', path: { index: number }, schema: TimelineAnswer, signal });
  if (!timeline.ok) return timeline;
  if (timeline.value.length > ENTRIES_MAX) return err({ code: 'rejected', side: 'theirs', retryable: false, source: SOURCE, message: `${ref.key} has more than ${String(ENTRIES_MAX)} history entries, so who approved it cannot be told. Open a new issue for the work.` });
  const comments = await client.call({ route: 'GET /repos/{owner}/{repo}/issues/{index}/comments', path: { index: number }, schema: CommentsAnswer, signal });
  if (!comments.ok) return comments;
  const repository = await client.call({ route: 'GET /repos/{owner}/{repo}', schema: RepositoryAnswer, signal });
  if (!repository.ok) return repository;
  return ok(toTicket({
    ref, issue: issue.value, comments: comments.value.slice(0, COMMENTS_MAX), restricted: repository.value.private,
    timeline: timeline.value.flatMap((entry) => (entry === undefined ? [] : [entry])),
  }));
}
