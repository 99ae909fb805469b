import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import type { TicketRef } from '../../../domain/ticket.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { Tracker, TrackerCapabilities } from '../../../ports/tracker.js';
import { GitlabClient } from '../../gitlab-client/client.js';
import type { GitlabClientDeps } from '../../gitlab-client/client.js';
import { readIssue, upsertComment } from './api.js';
import { parseKey, toTicket } from './map.js';

export const id = 'gitlab';

export const optionSchema = z.strictObject({
  apiUrl: z.url({ protocol: /^https?$/ }).describe('Address of the server or of its REST API: https://gitlab.com, or https://HOST/PREFIX/api/v4.'),
  token: z.strictObject({ kind: z.enum(['private', 'job', 'oauth']), value: z.string().min(1) }).describe('Access token with the scope api and the role Reporter; a job\'s own token cannot read issues.'),
  proxied: z.boolean().optional().describe('A proxy is set in the environment, and calls go through it.'),
});
export type GitlabTrackerOptions = z.infer<typeof optionSchema>;

export const capabilities: TrackerCapabilities = { history: true, editTime: true, comments: true };

/** Only for tests: waiting made short. */
export type GitlabTrackerDeps = Omit<GitlabClientDeps, 'source'>;

const SOURCE = 'tracker/gitlab';

/** Issues of any project the token can see; a ticket's key is `group/sub/project#12`. */
export function create(options: GitlabTrackerOptions, deps: GitlabTrackerDeps = {}): Tracker {
  const clients = new Map<string, GitlabClient>();
  const open = (ref: TicketRef): Result<{ readonly client: GitlabClient; readonly number: number }, Fault> => {
    const key = parseKey(ref.key);
    if (key === undefined) return err({ code: 'rejected', side: 'setup', retryable: false, source: SOURCE, message: `«${ref.key.slice(0, 200)}» is no GitLab issue. Write it as group/project#12, with all groups above it.` });
    const client = clients.get(key.project) ?? new GitlabClient({ ...options, project: key.project }, { ...deps, source: SOURCE });
    clients.set(key.project, client);
    return ok({ client, number: key.number });
  };
  return {
    id, capabilities,
    fetch: async (ref, signal) => {
      const opened = open(ref);
      if (!opened.ok) return opened;
      const read = await readIssue(opened.value.client, opened.value.number, signal);
      return read.ok ? ok(toTicket({ ref, ...read.value })) : err(nameTicket(read.error, ref, opened.value.client));
    },
    upsertComment: async (ref, marker, markdown, signal) => {
      const opened = open(ref);
      if (!opened.ok) return opened;
      const written = await upsertComment(opened.value.client, opened.value.number, { marker, markdown }, signal);
      return written.ok ? written : err(nameTicket(written.error, ref, opened.value.client));
    },
  };
}

function nameTicket(fault: Fault, ref: TicketRef, client: GitlabClient): Fault {
  if (fault.code !== 'not-found') return fault;
  const next = client.isJobToken ? 'A job\'s own token (CI_JOB_TOKEN) cannot read issues: give an access token as GITLAB_TOKEN.' : 'Check the number, and that the token\'s account is a member with the role Reporter or higher (confidential issues need Planner).';
  return { ...fault, message: `There is no issue ${ref.key}, or the token may not see it. ${next}` };
}
