import type { Fault } from '../../../domain/fault.js';
import type { CommitSha, HeddleBranch } from '../../../domain/ids.js';
import { ok, type Result } from '../../../kit/result.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { isUnsure } from '../../gitea-client/fault.js';
import { triggersIn } from '../lib/workflow-triggers.js';
import { FileAnswer, FolderAnswer, Nothing, RunsAnswer } from './schema.js';

/** The server reads the first of these that is there. */
const FOLDERS = ['.forgejo/workflows', '.gitea/workflows', '.github/workflows'] as const;
const FILES_MAX = 50;
const FILE_BYTES_MAX = 512 * 1024;
const LOOKS_MAX = 5;

type Runs = readonly { readonly name: string; readonly url: string; readonly file: string }[];
type Started = { readonly runs: readonly { readonly name: string; readonly url: string }[]; readonly why: string };
interface Files { readonly folder: string; readonly files: readonly { readonly name: string; readonly path: string }[] }

/**
 * Starts what a push or pull request would have started. What an account of its own pushed has started everything already; what a
 * job's token pushed has started nothing. Files with `workflow_dispatch` beside `push` or `pull_request` are dispatched on the branch
 * unless the commit has a run of theirs. Answers only runs that the server lists for the commit.
 */
export async function startCi(client: GiteaClient, branch: HeddleBranch, commit: CommitSha, signal: AbortSignal | undefined): Promise<Result<Started, Fault>> {
  const before = await runsOf(client, commit, signal);
  if (!before.ok) return before.error.code === 'not-found' ? ok({ runs: [], why: 'This version of the server has no API for workflow runs, or Actions are off in the repository; nothing was started.' }) : before;
  const found = await workflowFiles(client, commit, signal);
  if (!found.ok) return found;
  const notes: string[] = [];
  const dispatched: string[] = [];
  for (const file of found.value.files) {
    if (before.value.some((run) => run.file === file.name)) continue;
    const triggers = await triggersOf(client, file.path, { commit, signal });
    if (!triggers.ok) return triggers;
    if (!triggers.value.has('push') && !triggers.value.has('pull_request')) continue;
    if (!triggers.value.has('workflow_dispatch')) {
      notes.push(`${file.name} has no workflow_dispatch trigger`);
      continue;
    }
    const answer = await client.call({ route: 'POST /repos/{owner}/{repo}/actions/workflows/{workflow}/dispatches', path: { workflow: file.name }, body: { ref: branch }, repeat: 'once', schema: Nothing, signal });
    if (answer.ok || isUnsure(answer.error)) dispatched.push(file.name);
    else if (answer.error.code === 'rate-limited') return answer;
    else notes.push(`${file.name} could not be dispatched: ${answer.error.message}`);
  }
  const runs = await awaitRuns({ client, commit, signal, wanted: dispatched, known: before.value });
  if (!runs.ok) return runs;
  return ok({ runs: runs.value.map(({ name, url }) => ({ name, url })), why: whyOf(runs.value, { dispatched, notes, found: found.value }) });
}

function whyOf(runs: Runs, { dispatched, notes, found }: { readonly dispatched: readonly string[]; readonly notes: readonly string[]; readonly found: Files }): string {
  if (found.files.length === 0) return `The commit has no workflow files in ${FOLDERS.join(', ')}.`;
  const missing = dispatched.filter((file) => !runs.some((run) => run.file === file));
  return [
    runs.length > 0 ? `${String(runs.length)} workflow run(s) exist for the commit.` : 'No workflow run exists for the commit.',
    ...missing.map((file) => `${found.folder}/${file} was dispatched, but no run has appeared yet.`),
    ...(notes.length > 0 ? [`Not started: ${notes.join('; ')}. Add «workflow_dispatch:» under «on:» in the file, or give Heddle the token of an account of its own.`] : []),
  ].join(' ');
}

async function runsOf(client: GiteaClient, commit: CommitSha, signal: AbortSignal | undefined): Promise<Result<Runs, Fault>> {
  const answer = await client.pages({ route: 'GET /repos/{owner}/{repo}/actions/runs', query: { head_sha: commit }, schema: RunsAnswer, signal }, (page) => page.workflow_runs, 200);
  return answer.ok ? ok(answer.value.items.map((run) => {
    const file = (run.workflow_id ?? run.path ?? '').split('@')[0]?.split('/').at(-1) ?? '';
    return { name: run.display_title ?? run.title ?? file, url: run.html_url, file };
  })) : answer;
}

/** A dispatched run appears after a moment: it is looked for a few times, and only what is listed is answered. */
async function awaitRuns({ client, commit, signal, wanted, known }: { client: GiteaClient; commit: CommitSha; signal: AbortSignal | undefined; wanted: readonly string[]; known: Runs }): Promise<Result<Runs, Fault>> {
  if (wanted.length === 0) return ok(known);
  for (let look = 1; ; look += 1) {
    const runs = await runsOf(client, commit, signal);
    if (!runs.ok || look >= LOOKS_MAX || wanted.every((file) => runs.value.some((run) => run.file === file))) return runs;
    await new Promise<void>((resolve) => { setTimeout(resolve, look * client.backoffUnitMs); });
  }
}

async function workflowFiles(client: GiteaClient, commit: CommitSha, signal: AbortSignal | undefined): Promise<Result<Files, Fault>> {
  for (const folder of FOLDERS) {
    const listed = await client.call({ route: 'GET /repos/{owner}/{repo}/contents/{filepath}', path: { filepath: folder }, query: { ref: commit }, schema: FolderAnswer, signal });
    if (listed.ok) return ok({ folder, files: listed.value.filter((file) => file.type === 'file' && /\.ya?ml$/.test(file.name) && file.size <= FILE_BYTES_MAX).slice(0, FILES_MAX) });
    if (listed.error.code !== 'not-found') return listed;
  }
  return ok({ folder: FOLDERS[0], files: [] });
}

async function triggersOf(client: GiteaClient, path: string, { commit, signal }: { readonly commit: CommitSha; readonly signal: AbortSignal | undefined }): Promise<Result<ReadonlySet<string>, Fault>> {
  const file = await client.call({ route: 'GET /repos/{owner}/{repo}/contents/{filepath}', path: { filepath: path }, query: { ref: commit }, schema: FileAnswer, signal });
  return file.ok ? ok(triggersIn(Buffer.from(file.value.content, 'base64').toString('utf8'))) : file;
}
