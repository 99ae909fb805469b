import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import type { Ticket, TicketRef } from '../../../domain/ticket.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Tracker, TrackerCapabilities } from '../../../ports/tracker.js';
import { GithubClient } from '../../github-client/client.js';
import type { GithubClientDeps } from '../../github-client/client.js';
import { upsertComment } from './comment.js';
import { parseKey, toTicket } from './map.js';
import { CommentsAnswer, EditedAnswer, IssueAnswer, TimelineAnswer } from './schema.js';
import type { CommentAnswer, TimelineItem } from './schema.js';

export const id = 'github';

export const optionSchema = z.strictObject({
  apiUrl: z.url({ protocol: /^https?$/ }).describe('Address of the REST API: https://api.github.com, or https://HOST/api/v3.'),
  proxied: z.boolean().optional().describe('A proxy is set in the environment, and calls go through it.'),
  token: z.string().min(1).describe('Token with issues: read; issues: write for comments.'),
});
export type GithubTrackerOptions = z.infer<typeof optionSchema>;

export const capabilities: TrackerCapabilities = { history: true, editTime: true, comments: true };

/** Only for tests: waiting made short. */
export type GithubTrackerDeps = Omit<GithubClientDeps, 'source'>;

const SOURCE = 'tracker/github';
const COMMENTS_MAX = 500;
/** History decides who approved, and GitHub lists it oldest first: one that is longer cannot be judged. */
const EVENTS_MAX = 5000;
const EDITED = 'query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { isPrivate issue(number: $number) { lastEditedAt } } }';

/** Issues of any repository the token can see; a ticket's key is `owner/repo#12`. */
export function create(options: GithubTrackerOptions, deps: GithubTrackerDeps = {}): Tracker {
  const clients = new Map<string, GithubClient>();
  const open = (ref: TicketRef): Result<{ readonly client: GithubClient; readonly number: number }, Fault> => {
    const key = parseKey(ref.key);
    if (key === undefined) return err({ code: 'rejected', side: 'setup', retryable: false, source: SOURCE, message: `«${ref.key.slice(0, 200)}» is no GitHub issue. Write it as owner/repo#12.` });
    const client = clients.get(key.repository) ?? new GithubClient({ ...options, repository: key.repository }, { ...deps, source: SOURCE });
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
      const written = await upsertComment(opened.value.client, opened.value.number, { marker, markdown }, signal);
      return written.ok ? written : err(nameTicket(written.error, ref));
    },
  };
}

async function fetchTicket(ref: TicketRef, { client, number }: { readonly client: GithubClient; readonly number: number }, signal: AbortSignal | undefined): Promise<Result<Ticket, Fault>> {
  const issue = await client.call({ route: 'GET /repos/{owner}/{repo}/issues/{issue_number}', with: { issue_number: number }, schema: IssueAnswer, signal });
  if (!issue.ok) return err(nameTicket(issue.error, ref));
  if (issue.value.pull_request !== undefined && issue.value.pull_request !== null) {
    return err({ code: 'rejected', side: 'setup', retryable: false, source: SOURCE, message: `${ref.key} is a pull request, no issue. Name the issue that describes the work.` });
  }
  const timeline = await client.pages({ route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/timeline', with: { issue_number: number }, schema: TimelineAnswer, signal }, (page) => page, EVENTS_MAX);
  if (!timeline.ok) return timeline;
  if (timeline.value.cut) return err({ code: 'rejected', side: 'theirs', retryable: false, source: SOURCE, message: `${ref.key} has more than ${String(EVENTS_MAX)} history entries, so who approved it cannot be told. Open a new issue for the work.` });
  const comments = await commentsOf({ client, issue: issue.value, timeline: timeline.value.items }, signal);
  if (!comments.ok) return comments;
  const edited = await client.graphql(EDITED, { owner: client.owner, name: client.repo, number }, EditedAnswer, signal);
  // A passing failure is a fault; only a server that does not answer the question makes the time unknown.
  if (!edited.ok && edited.error.retryable && edited.error.code !== 'invalid-answer') return edited;
  return ok(toTicket({
    ref, issue: issue.value, comments: comments.value,
    timeline: timeline.value.items.flatMap((event) => (event === undefined || event.event === 'commented' ? [] : [event])),
    restricted: edited.ok ? edited.value.data.repository.isPrivate : undefined,
    bodyEditedAt: edited.ok ? edited.value.data.repository.issue.lastEditedAt : undefined,
  }));
}

interface Read { readonly client: GithubClient; readonly issue: IssueAnswer; readonly timeline: readonly TimelineItem[] }

/**
 * The history tells the comments with their texts, and the issue how many there are. As long as the two agree nothing more is
 * asked; otherwise (one was written meanwhile, one could not be read) the list of comments decides, as it always may.
 */
async function commentsOf({ client, issue, timeline }: Read, signal: AbortSignal | undefined): Promise<Result<readonly CommentAnswer[], Fault>> {
  const told = new Map(timeline.flatMap((event) => (event?.event === 'commented' ? [[event.id, event] as const] : [])));
  if (told.size === issue.comments) return ok([...told.values()].sort((a, b) => a.id - b.id).slice(0, COMMENTS_MAX));
  const listed = await client.pages({ route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments', with: { issue_number: issue.number }, schema: CommentsAnswer, signal }, (page) => page, COMMENTS_MAX);
  return listed.ok ? ok(listed.value.items) : listed;
}

function nameTicket(fault: Fault, ref: TicketRef): Fault {
  return fault.code === 'not-found' ? { ...fault, message: `There is no issue ${ref.key}, or the token may not see it. Check the number and the token's access.` } : fault;
}
