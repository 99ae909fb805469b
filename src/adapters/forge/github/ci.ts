import type { Fault } from '../../../domain/fault.js';
import type { CommitSha, HeddleBranch } from '../../../domain/ids.js';
import { ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { GithubClient } from '../../github-client/client.js';
import { isUnsure } from '../../github-client/fault.js';
import { triggersIn } from '../lib/workflow-triggers.js';
import { FileAnswer, FolderAnswer, Nothing, RunsAnswer } from './schema.js';

const FOLDER = '.github/workflows';
const FILES_MAX = 50;
const FILE_BYTES_MAX = 512 * 1024;
const LOOKS_MAX = 5;

type Runs = readonly { readonly name: string; readonly url: string; readonly path: string }[];
type Started = { readonly runs: readonly { readonly name: string; readonly url: string }[]; readonly why: string };

/**
 * Starts what a push or pull request would have started. The API does not tell a workflow's triggers, so the files are
 * read at the commit: those with `workflow_dispatch` beside `push` or `pull_request` are dispatched on the branch, unless
 * the commit has a run of theirs already. Answers only runs that GitHub lists for the commit.
 */
export async function startCi(client: GithubClient, branch: HeddleBranch, commit: CommitSha, signal: AbortSignal | undefined): Promise<Result<Started, Fault>> {
  const before = await runsOf(client, commit, signal);
  if (!before.ok) return before;
  const files = await workflowFiles(client, commit, signal);
  if (!files.ok) return files;
  const notes: string[] = [];
  const dispatched: string[] = [];
  for (const file of files.value) {
    if (before.value.some((run) => run.path === file.path || run.path.startsWith(`${file.path}@`))) continue;
    const triggers = await triggersOf(client, file.path, commit, signal);
    if (!triggers.ok) return triggers;
    if (!triggers.value.has('push') && !triggers.value.has('pull_request')) continue;
    if (!triggers.value.has('workflow_dispatch')) {
      notes.push(`${file.name} has no workflow_dispatch trigger`);
      continue;
    }
    const answer = await client.call({ route: 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', with: { workflow_id: file.name, ref: branch }, repeat: 'once', schema: Nothing, signal });
    if (answer.ok || isUnsure(answer.error)) dispatched.push(file.path);
    else if (answer.error.code === 'rate-limited') return answer;
    else notes.push(`${file.name} could not be dispatched: ${answer.error.message}`);
  }
  const runs = await awaitRuns({ client, commit, signal, wanted: dispatched, known: before.value });
  if (!runs.ok) return runs;
  return ok({ runs: runs.value.map(({ name, url }) => ({ name, url })), why: whyOf(runs.value, dispatched, notes, files.value.length) });
}

function whyOf(runs: Runs, dispatched: readonly string[], notes: readonly string[], files: number): string {
  if (files === 0) return `The commit has no workflow files in ${FOLDER}.`;
  const missing = dispatched.filter((path) => !runs.some((run) => run.path.startsWith(path)));
  const words = [
    ...(runs.length > 0 ? [`${String(runs.length)} workflow run(s) exist for the commit.`] : ['No workflow run exists for the commit.']),
    ...missing.map((path) => `${path} was dispatched, but no run has appeared yet.`),
    ...(notes.length > 0 ? [`Not started: ${notes.join('; ')}. Add «workflow_dispatch:» under «on:» in the file, or give Heddle the token of an app.`] : []),
  ];
  return words.join(' ');
}

async function runsOf(client: GithubClient, commit: CommitSha, signal: AbortSignal | undefined): Promise<Result<Runs, Fault>> {
  const answer = await client.pages({ route: 'GET /repos/{owner}/{repo}/actions/runs', with: { head_sha: commit }, schema: RunsAnswer, signal }, (page) => page.workflow_runs, 200);
  return answer.ok ? ok(answer.value.items.map((run) => ({ name: run.name ?? run.path, url: run.html_url, path: run.path }))) : answer;
}

/** A dispatched run appears after a moment: it is looked for a few times, and only what is listed is answered. */
async function awaitRuns({ client, commit, signal, wanted, known }: { client: GithubClient; commit: CommitSha; signal: AbortSignal | undefined; wanted: readonly string[]; known: Runs }): Promise<Result<Runs, Fault>> {
  if (wanted.length === 0) return ok(known);
  for (let look = 1; ; look += 1) {
    const runs = await runsOf(client, commit, signal);
    if (!runs.ok || look >= LOOKS_MAX || wanted.every((path) => runs.value.some((run) => run.path.startsWith(path)))) return runs;
    await new Promise<void>((resolve) => { setTimeout(resolve, look * client.backoffUnitMs); });
  }
}

async function workflowFiles(client: GithubClient, commit: CommitSha, signal: AbortSignal | undefined): Promise<Result<readonly { readonly name: string; readonly path: string }[], Fault>> {
  const folder = await client.call({ route: 'GET /repos/{owner}/{repo}/contents/{path}', with: { path: FOLDER, ref: commit }, schema: FolderAnswer, signal });
  if (!folder.ok) return folder.error.code === 'not-found' ? ok([]) : folder;
  return ok(folder.value.filter((file) => file.type === 'file' && /\.ya?ml$/.test(file.name) && file.size <= FILE_BYTES_MAX).slice(0, FILES_MAX));
}

async function triggersOf(client: GithubClient, path: string, commit: CommitSha, signal: AbortSignal | undefined): Promise<Result<ReadonlySet<string>, Fault>> {
  const file = await client.call({ route: 'GET /repos/{owner}/{repo}/contents/{path}', with: { path, ref: commit }, schema: FileAnswer, signal });
  return file.ok ? ok(triggersIn(Buffer.from(file.value.content, 'base64').toString('utf8'))) : file;
}
