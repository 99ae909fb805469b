import type { Fault } from '../../../domain/fault.js';
import type { CommitSha } from '../../../domain/ids.js';
import { ok, type Result } from '../../../kit/result.js';
import type { CheckRunReport } from '../../../ports/forge.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { isUnsure } from '../../gitlab-client/fault.js';
import { ExternalChecksAnswer, MergeRequestsAnswer, Nothing, StatusesAnswer } from './schema.js';

/** GitLab's limit for a status' description. */
const DESCRIPTION_CHARS_MAX = 255;
const TRIES_MAX = 3;

interface Reported { readonly client: GitlabClient; readonly commit: CommitSha; readonly report: CheckRunReport; readonly signal: AbortSignal | undefined }

/**
 * A commit status by name: GitLab has no check runs, so there is one line of words and no notes on lines (the code quality
 * report of the job carries those). The newest status of a name counts; one that says the same already is left as it is.
 * Where the project has an external status check of the same name (Ultimate), it gets the same answer.
 */
export async function reportCheck(client: GitlabClient, commit: CommitSha, report: CheckRunReport, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  const reported: Reported = { client, commit, report, signal };
  const written = await writeStatus(reported);
  return written.ok ? answerExternalCheck(reported) : written;
}

async function writeStatus({ client, commit, report, signal }: Reported): Promise<Result<void, Fault>> {
  const state = report.conclusion === 'failure' ? 'failed' : 'success';
  const description = descriptionOf(report);
  for (let tries = 1; ; tries += 1) {
    const there = await client.call({ ask: { method: 'GET', path: `${client.projectPath}/repository/commits/${commit}/statuses`, query: { name: report.name, per_page: 100 } }, schema: StatusesAnswer, signal });
    if (!there.ok) return there;
    if (there.value.some((one) => one.name === report.name && one.status === state && one.description === description)) return ok(undefined);
    const made = await client.call({ ask: { method: 'POST', path: `${client.projectPath}/statuses/${commit}`, body: { state, name: report.name, description } }, schema: Nothing, signal });
    if (made.ok) return ok(undefined);
    if (!isUnsure(made.error) || tries >= TRIES_MAX) return made;
  }
}

/** A neutral end does not stop a pipeline; that it decided nothing is said. */
function descriptionOf(report: CheckRunReport): string {
  const words = `${report.conclusion === 'neutral' ? 'neutral: ' : ''}${report.title}`.replace(/\s+/g, ' ').trim();
  return words.length <= DESCRIPTION_CHARS_MAX ? words : `${words.slice(0, DESCRIPTION_CHARS_MAX - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

async function answerExternalCheck({ client, commit, report, signal }: Reported): Promise<Result<void, Fault>> {
  const requests = await client.call({ ask: (api) => api('Commits').allMergeRequests(client.project, commit), schema: MergeRequestsAnswer, signal });
  if (!requests.ok) return isAbsent(requests.error) ? ok(undefined) : requests;
  for (const request of requests.value.filter((one) => one.state === 'opened' && one.sha === commit).slice(0, 5)) {
    const path = `${client.projectPath}/merge_requests/${String(request.iid)}`;
    const checks = await client.call({ ask: { method: 'GET', path: `${path}/status_checks`, query: { per_page: 100 } }, schema: ExternalChecksAnswer, signal });
    if (!checks.ok) return isAbsent(checks.error) ? ok(undefined) : checks;
    const status = report.conclusion === 'failure' ? 'failed' : 'passed';
    for (const check of checks.value.filter((one) => one.name === report.name && one.status !== status)) {
      const sent = await client.call({ ask: { method: 'POST', path: `${path}/status_check_responses`, body: { sha: commit, external_status_check_id: check.id, status } }, schema: Nothing, repeat: 'safe', signal });
      if (!sent.ok) return sent;
    }
  }
  return ok(undefined);
}

/** The plan of most projects has no external checks, and few tokens may see them: nothing is lacking then. */
function isAbsent(fault: Fault): boolean {
  return fault.code === 'not-found' || fault.code === 'forbidden' || fault.code === 'unauthorized';
}
