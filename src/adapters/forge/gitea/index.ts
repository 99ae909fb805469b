import { z } from 'zod';
import type { Change } from '../../../domain/change.js';
import type { CommitSha, HeddleBranch } from '../../../domain/ids.js';
import { ok } from '../../../kit/result.js';
import type { CandidateSource, ChangeText, CheckRunReport, CommitMessage, Forge, ForgeCapabilities, ForgeWriter } from '../../../ports/forge.js';
import { identityText } from '../../git-client/objects.js';
import { GiteaClient, type GiteaClientDeps } from '../../gitea-client/client.js';
import { gitClaims } from '../lib/git-claims.js';
import { GitPlace } from '../lib/git-place.js';
import { gitPublish } from '../lib/git-publish.js';
import { gitWaiting } from '../lib/git-waiting.js';
import { requestReviews, upsertChange } from './change.js';
import { startCi } from './ci.js';
import { noteLines } from './line-notes.js';
import { BODY_CHARS_MAX } from './map.js';
import { mergeWhenReady } from './merge-when-ready.js';
import { GiteaReader } from './reader.js';
import { CommitAnswer, UserAnswer } from './schema.js';
import { reportCheck } from './status.js';

export const id = 'gitea';

export const optionSchema = z.strictObject({
  serverUrl: z.url({ protocol: /^https?$/ }).describe('Address of the site, for git and links: https://HOST.'),
  apiUrl: z.url({ protocol: /^https?$/ }).describe('Address of the REST API: https://HOST/api/v1.'),
  token: z.string().min(1).describe('Token with write:repository, write:issue, read:user and read:organization, of an account that administers the repository.'),
  repository: z.string().regex(/^(?!\.{1,2}\/)[A-Za-z0-9_.-]+\/(?!\.{1,2}$)[A-Za-z0-9_.-]+$/, 'must be owner/name').describe('owner/name'),
  scratch: z.string().min(1).describe('A folder of our own for git; what is in it can be fetched again.'),
  proxied: z.boolean().optional().describe('A proxy is set in the environment, and calls go through it.'),
  proxy: z.string().optional().describe('The address of the proxy, for git.'),
});
export type GiteaForgeOptions = z.infer<typeof optionSchema>;

/** No check runs: a commit status has one line of words and no notes on lines. */
export const capabilities: ForgeCapabilities = { checkRuns: false, reviews: true, drafts: true, startsCi: true, bodyCharsMax: BODY_CHARS_MAX };

/** Only for tests: waiting made short. */
export type GiteaForgeDeps = Omit<GiteaClientDeps, 'source'>;

const SOURCE = 'forge/gitea';

/**
 * The forge port on Gitea and Forgejo. Nothing is asked before the first call. Its API writes neither refs nor trees, so branches,
 * claims and waiting runs go by git itself. There is no dispatcher: no event can be sent to another repository there.
 */
export function create(options: GiteaForgeOptions, deps: GiteaForgeDeps = {}): Forge {
  const { apiUrl, token, repository, proxied, proxy, scratch } = options;
  const client = new GiteaClient({ apiUrl, token, repository, proxied }, { ...deps, source: SOURCE });
  const url = `${options.serverUrl.replace(/\/+$/, '')}/${repository}.git`;
  const place = new GitPlace({
    url, token, proxy, scratch, unitMs: deps.backoffUnitMs, who: whoOf(client),
    speaker: { source: SOURCE, what: `the repository of ${repository}`, refused: `The token needs the scope write:repository, and its account the role Write in ${repository}.` },
  });
  const writer: Required<ForgeWriter> = {
    publish: (branch: HeddleBranch, source: CandidateSource, message: CommitMessage, signal?: AbortSignal) => gitPublish({ place, branch, source, message, slug: repository, at: new Date().toISOString(), signal, hasBase: () => hasCommit(client, source.base, signal) }),
    upsertChange: (branch: HeddleBranch, base: string, text: ChangeText, signal?: AbortSignal) => upsertChange({ client, branch, base, text, signal }),
    requestReviews: (change: Change, reviewers: readonly string[], signal?: AbortSignal) => requestReviews(client, change, reviewers, signal),
    reportCheck: (commit: CommitSha, report: CheckRunReport, signal?: AbortSignal) => reportCheck(client, commit, report, signal),
    noteLines: (change, notes, key, signal) => noteLines(client, { change, notes, key }, signal),
    mergeWhenReady: (change, how, signal) => mergeWhenReady(client, change, how, signal),
    startCi: (branch: HeddleBranch, commit: CommitSha, signal?: AbortSignal) => startCi(client, branch, commit, signal),
  };
  return { reader: new GiteaReader(client, capabilities, { url, proxy }), writer, claims: gitClaims(place), waiting: gitWaiting(place, id) };
}

async function hasCommit(client: GiteaClient, commit: CommitSha, signal: AbortSignal | undefined): ReturnType<Parameters<typeof gitPublish>[0]['hasBase']> {
  const answer = await client.call({ route: 'GET /repos/{owner}/{repo}/git/commits/{sha}', path: { sha: commit }, schema: CommitAnswer, signal });
  if (answer.ok) return ok(true);
  return answer.error.code === 'not-found' ? ok(false) : answer;
}

/** Commits are made in the name of the token's account. Where it cannot be told, they are Heddle's. */
function whoOf(client: GiteaClient): (signal: AbortSignal | undefined) => Promise<string> {
  let known: string | undefined;
  return async (signal) => {
    if (known !== undefined) return known;
    const user = await client.call({ route: 'GET /user', schema: UserAnswer, signal });
    const { full_name: name, login, email } = user.ok ? user.value : { full_name: '', login: '', email: '' };
    known = identityText({ name: name === null || name === undefined || name === '' ? login : name, email: email ?? '' });
    return known;
  };
}
