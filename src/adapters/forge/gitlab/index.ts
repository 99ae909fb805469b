import { z } from 'zod';
import type { Change } from '../../../domain/change.js';
import type { CommitSha, HeddleBranch } from '../../../domain/ids.js';
import { ok } from '../../../kit/result.js';
import type { CandidateSource, ChangeText, CheckRunReport, CommitMessage, Forge, ForgeCapabilities, ForgeWriter } from '../../../ports/forge.js';
import { identityText } from '../../git-client/objects.js';
import { GitlabClient } from '../../gitlab-client/client.js';
import type { GitlabClientDeps } from '../../gitlab-client/client.js';
import { gitClaims } from '../lib/git-claims.js';
import { GitPlace } from '../lib/git-place.js';
import { gitPublish } from '../lib/git-publish.js';
import { gitWaiting } from '../lib/git-waiting.js';
import { upsertChange } from './change.js';
import { startCi } from './ci.js';
import { gitlabDispatcher } from './dispatcher.js';
import { noteLines } from './line-notes.js';
import { BODY_CHARS_MAX } from './map.js';
import { mergeWhenReady } from './merge-when-ready.js';
import { GitlabReader } from './reader.js';
import { requestReviews } from './reviews.js';
import { CommitAnswer, CurrentUserAnswer, JobAnswer } from './schema.js';
import { reportCheck } from './status.js';

export const id = 'gitlab';

export const optionSchema = z.strictObject({
  apiUrl: z.url({ protocol: /^https?$/ }).describe('Address of the server or of its REST API: https://gitlab.com, or https://HOST/PREFIX/api/v4.'),
  token: z.strictObject({ kind: z.enum(['private', 'job', 'oauth']), value: z.string().min(1) }).describe('Access token with the role Developer and the scope api; a job\'s own token can do little.'),
  project: z.string().regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.-]+(?:\/[\w.-]+)+$/, 'must be group/project').describe('group/sub/project'),
  scratch: z.string().min(1).describe('A folder of our own for git; what is in it can be fetched again.'),
  proxied: z.boolean().optional().describe('A proxy is set in the environment, and calls go through it.'),
  proxy: z.string().optional().describe('The address of the proxy, for git.'),
  caFile: z.string().optional().describe('A file with more certificate authorities, for git.'),
  triggerToken: z.string().min(1).optional().describe('Trigger token of the projects that are told of tickets of theirs.'),
});
export type GitlabForgeOptions = z.infer<typeof optionSchema>;

/** No check runs: a commit status has one line of words and no notes on lines. */
export const capabilities: ForgeCapabilities = { checkRuns: false, reviews: true, drafts: true, startsCi: true, bodyCharsMax: BODY_CHARS_MAX };

/** Only for tests: waiting made short. */
export type GitlabForgeDeps = Omit<GitlabClientDeps, 'source'>;

const SOURCE = 'forge/gitlab';

/** The forge port on GitLab.com and servers of one's own. Nothing is asked before the first call. */
export function create(options: GitlabForgeOptions, deps: GitlabForgeDeps = {}): Forge {
  const { apiUrl, token, project, proxied, proxy, caFile, scratch } = options;
  const client = new GitlabClient({ apiUrl, token, project, proxied }, { ...deps, source: SOURCE });
  const url = `${client.serverUrl}/${project}.git`;
  const place = new GitPlace({
    url, token: client.gitLogin.password, user: client.gitLogin.user, proxy, caFile, scratch, unitMs: deps.backoffUnitMs,
    speaker: { source: SOURCE, what: `the repository of ${project}`, refused: whatToGive(client) }, who: whoOf(client),
  });
  const writer: Required<ForgeWriter> = {
    publish: (branch: HeddleBranch, source: CandidateSource, message: CommitMessage, signal?: AbortSignal) => gitPublish({ place, branch, source, message, slug: project, at: new Date().toISOString(), signal, hasBase: () => hasCommit(client, source.base, signal) }),
    upsertChange: (branch: HeddleBranch, base: string, text: ChangeText, signal?: AbortSignal) => upsertChange({ client, branch, base, text, signal }),
    requestReviews: (change: Change, reviewers: readonly string[], signal?: AbortSignal) => requestReviews(client, change, reviewers, signal),
    reportCheck: (commit: CommitSha, report: CheckRunReport, signal?: AbortSignal) => reportCheck(client, commit, report, signal),
    noteLines: (change, notes, key, signal) => noteLines(client, { change, notes, key }, signal),
    mergeWhenReady: (change, how, signal) => mergeWhenReady(client, change, how, signal),
    startCi: (branch: HeddleBranch, commit: CommitSha, signal?: AbortSignal) => startCi(client, branch, commit, signal),
  };
  return {
    reader: new GitlabReader(client, capabilities, { url, proxy }), writer, claims: gitClaims(place), waiting: gitWaiting(place, id),
    dispatcher: gitlabDispatcher({ apiUrl, token, proxied, triggerToken: options.triggerToken }, deps),
  };
}

async function hasCommit(client: GitlabClient, commit: CommitSha, signal: AbortSignal | undefined): ReturnType<Parameters<typeof gitPublish>[0]['hasBase']> {
  const answer = await client.call({ ask: (api) => api('Commits').show(client.project, commit), schema: CommitAnswer, signal });
  if (answer.ok) return ok(true);
  return answer.error.code === 'not-found' ? ok(false) : answer;
}

function whatToGive(client: GitlabClient): string {
  return client.isJobToken
    ? 'To push with a job\'s own token, tick «Allow Git push requests to the repository» in Settings, CI/CD, Job token permissions; better give a project access token with the role Developer and the scope api as GITLAB_TOKEN.'
    : `The token needs the scope api (or write_repository), and its account the role Developer in ${client.project}.`;
}

/** Commits are made in the name of the token's account: a server may take no others. Where it cannot be told, they are Heddle's. */
function whoOf(client: GitlabClient): (signal: AbortSignal | undefined) => Promise<string> {
  let known: string | undefined;
  return async (signal) => {
    known ??= client.isJobToken ? await ofJob(client, signal) : await ofToken(client, signal);
    return known ?? identityText({ name: '', email: '' });
  };
}

async function ofToken(client: GitlabClient, signal: AbortSignal | undefined): Promise<string | undefined> {
  const user = await client.call({ ask: { method: 'GET', path: 'user' }, schema: CurrentUserAnswer, signal });
  if (!user.ok) return undefined;
  const { name, username, commit_email: commit, email, public_email: open } = user.value;
  return identityText({ name: name ?? username, email: [commit, email, open].find((one) => typeof one === 'string' && one !== '') ?? '' });
}

async function ofJob(client: GitlabClient, signal: AbortSignal | undefined): Promise<string | undefined> {
  const job = await client.call({ ask: { method: 'GET', path: 'job' }, schema: JobAnswer, signal });
  if (!job.ok || job.value.user === null || job.value.user === undefined) return undefined;
  return identityText({ name: job.value.user.name ?? job.value.user.username, email: job.value.user.public_email ?? '' });
}
