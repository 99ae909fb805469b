import { z } from 'zod';
import type { Change } from '../../../domain/change.js';
import type { CommitSha, HeddleBranch } from '../../../domain/ids.js';
import type { CandidateSource, ChangeText, CheckRunReport, CommitMessage, Forge, ForgeCapabilities, ForgeWriter } from '../../../ports/forge.js';
import { GithubClient } from '../../github-client/client.js';
import type { GithubClientDeps } from '../../github-client/client.js';
import { BODY_CHARS_MAX, requestReviews, upsertChange } from './change.js';
import { reportCheck } from './check-run.js';
import { startCi } from './ci.js';
import { GithubClaims } from './claims.js';
import { githubDispatcher } from './dispatcher.js';
import { noteLines } from './line-notes.js';
import { mergeWhenReady } from './merge-when-ready.js';
import { publish } from './publish.js';
import { GithubReader } from './reader.js';
import { waitingRefs } from './waiting.js';

export const id = 'github';

export const optionSchema = z.strictObject({
  apiUrl: z.url({ protocol: /^https?$/ }).describe('Address of the REST API: https://api.github.com, or https://HOST/api/v3.'),
  token: z.string().min(1).describe('Token with contents, pull-requests, issues and checks: write, and actions: write to start workflows.'),
  repository: z.string().regex(/^[A-Za-z0-9_-]+\/(?!\.{1,2}$)[A-Za-z0-9_.-]+$/, 'must be owner/name').describe('owner/name'),
  proxied: z.boolean().optional().describe('A proxy is set in the environment, and calls go through it.'),
  serverUrl: z.url({ protocol: /^https?$/ }).describe('Address of the site, for links: https://github.com.'),
});
export type GithubForgeOptions = z.infer<typeof optionSchema>;

export const capabilities: ForgeCapabilities = { checkRuns: true, reviews: true, drafts: true, startsCi: true, bodyCharsMax: BODY_CHARS_MAX };

/** Beside what only tests give (waiting made short). */
export interface GithubForgeDeps extends Omit<GithubClientDeps, 'source'> {
  /** The tree of the base commit, when it is known: it is on the forge most probably, so that a claim need not look for one. */
  readonly baseTree?: () => Promise<string | undefined>;
}

/** The forge port on GitHub (also GitHub Enterprise Server). Nothing is asked before the first call. */
export function create(options: GithubForgeOptions, deps: GithubForgeDeps = {}): Forge {
  const client = new GithubClient(options, { ...deps, source: 'forge/github' });
  const writer: Required<ForgeWriter> = {
    publish: (branch: HeddleBranch, source: CandidateSource, message: CommitMessage, signal?: AbortSignal) => publish({ client, branch, source, message, signal }),
    upsertChange: (branch: HeddleBranch, base: string, text: ChangeText, signal?: AbortSignal) => upsertChange({ client, serverUrl: options.serverUrl.replace(/\/+$/, ''), branch, base, text, signal }),
    requestReviews: (change: Change, reviewers: readonly string[], signal?: AbortSignal) => requestReviews(client, change, reviewers, signal),
    reportCheck: (commit: CommitSha, report: CheckRunReport, signal?: AbortSignal) => reportCheck(client, commit, report, signal),
    noteLines: (change, notes, key, signal) => noteLines(client, { change, notes, key }, signal),
    mergeWhenReady: (change, how, signal) => mergeWhenReady(client, change, how, signal),
    startCi: (branch: HeddleBranch, commit: CommitSha, signal?: AbortSignal) => startCi(client, branch, commit, signal),
  };
  return { reader: new GithubReader(client, capabilities, options.serverUrl.replace(/\/+$/, '')), writer, claims: new GithubClaims(client, deps.baseTree), dispatcher: githubDispatcher(options, deps), waiting: waitingRefs(client) };
}
