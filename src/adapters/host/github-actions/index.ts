import { appendFile } from 'node:fs/promises';
import type { Fault } from '../../../domain/fault.js';
import { logText } from '../../../kit/log-text.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Host } from '../../../ports/host.js';
import { uploadArtifact } from './artifact.js';
import { command, fileEntry, maskCommands } from './command.js';
import { ActionsEnvironment, toRun } from './environment.js';
import type { ActionsRun } from './environment.js';
import { appendSummary } from './summary.js';

export type { ActionsRun } from './environment.js';

export const id = 'github-actions';

/** Where the log goes: `process.stdout` in the action, a memory in tests. */
export interface Printer { write(text: string): unknown }

export interface GithubActionsHost extends Host {
  readonly run: ActionsRun;
  /** An input of the action by its name in action.yml; undefined when it is empty or not there. */
  readInput(name: string): string | undefined;
}

/** The host of a workflow job. The environment is read here, once; nothing looks at it later. */
export function create(env: NodeJS.ProcessEnv, out: Printer): Result<GithubActionsHost, Fault> {
  const parsed = ActionsEnvironment.safeParse(env);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => issue.path.map(String).join('.')))].join(', ');
    return err({ code: 'rejected', side: 'setup', retryable: false, source: 'host/github-actions', message: `The environment is not that of a workflow run: ${names} missing or not valid. Run the action in GitHub Actions, or use the command line instead.` });
  }
  const inputs = new Map(Object.entries(env).flatMap(([name, value]) => (name.startsWith('INPUT_') && value !== undefined ? [[name, value.trim()] as const] : [])));
  const run = toRun(parsed.data);
  const missing = missingAddress(run, env);
  if (missing !== undefined) return err({ code: 'rejected', side: 'setup', retryable: false, source: 'host/github-actions', message: `The environment is that of a job of ${run.flavour}, but ${missing} is not set, so which server it is of is not known. Update the runner.` });
  const ofGithub = run.flavour === 'github';
  const { GITHUB_OUTPUT, GITHUB_STEP_SUMMARY } = parsed.data;
  return ok({
    facts: { id, runKey: `${ofGithub ? 'github' : 'gitea'}/${run.repository}/runs/${run.runId}`, attempt: run.attempt, ci: true, url: pageOf(run) },
    run,
    readInput: (name) => inputs.get(`INPUT_${name.replace(/ /g, '_').toUpperCase()}`) || undefined,
    mask: (secret) => { out.write(maskCommands(secret)); },
    group: (title) => { out.write(command('group', {}, title)); },
    endGroup: () => { out.write(command('endgroup', {}, '')); },
    line: (text) => { out.write(`${logText(text)}\n`); },
    annotate: (level, message, at) => { out.write(command(level, { file: at?.file, line: at?.line }, message)); },
    summary: (markdown) => appendSummary(GITHUB_STEP_SUMMARY, markdown),
    output: async (name, value) => {
      // Without the file there is no later step that could read it.
      if (GITHUB_OUTPUT !== undefined) await appendFile(GITHUB_OUTPUT, fileEntry(name, value));
    },
    // The toolkit's client refuses every server but GitHub's: there the workflow keeps the folder with a step of its own.
    ...(ofGithub ? { uploadArtifact: (name: string, folder: string, files: readonly string[]) => uploadArtifact(run, { name, folder, files }) } : {}),
  });
}

function pageOf(run: ActionsRun): string {
  const runs = `${run.serverUrl}/${run.repository}/actions/runs`;
  return run.flavour === 'github' ? `${runs}/${run.runId}/attempts/${String(run.attempt)}` : `${runs}/${run.runNumber}`;
}

/** Without these a token would be sent to GitHub: its addresses are what is taken where a runner names none. */
function missingAddress(run: ActionsRun, env: NodeJS.ProcessEnv): string | undefined {
  return run.flavour === 'github' ? undefined : ['GITHUB_SERVER_URL', 'GITHUB_API_URL'].find((name) => (env[name] ?? '') === '');
}
