import { isAbsolute, relative, resolve } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { logText } from '../../../kit/log-text.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Host } from '../../../ports/host.js';
import { GitlabEnvironment, toJob } from './environment.js';
import type { GitlabJob } from './environment.js';
import { dotenvOf, writeIn } from './outputs.js';
import { reportFiles } from './reports.js';
import { sectionEnd, sectionStart } from './section.js';

export type { GitlabJob } from './environment.js';

export const id = 'gitlab-ci';

export interface GitlabHostOptions {
  /** Where the log goes: `process.stderr` in a job, a memory in tests. */
  readonly out: { write(text: string): unknown };
  /** The run folder, below the project folder: GitLab keeps no artifact from elsewhere. */
  readonly folder: string;
  /** Also write the outputs as a dotenv report. Only for jobs that run nothing foreign: GitLab turns it into variables of later jobs. */
  readonly dotenv: boolean;
  readonly now?: () => Date;
}

export interface GitlabHost extends Host { readonly job: GitlabJob }

/** Lines of the summary that the log shows; the file has all of it. */
const SUMMARY_LINES_MAX = 300;

/**
 * The host of a GitLab job. The environment is read here, once. GitLab has no page of a job to write to, no annotations of lines
 * while a job runs and no masking at run time: the summary is a file and a closed section of the log, findings are report files,
 * and what must not be shown is taken out here before it is printed.
 */
export function create(env: NodeJS.ProcessEnv, options: GitlabHostOptions): Result<GitlabHost, Fault> {
  const parsed = GitlabEnvironment.safeParse(env);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')} ${issue.code === 'invalid_type' ? 'is missing' : issue.message}`))].join(', ');
    return err({ code: 'rejected', side: 'setup', retryable: false, source: 'host/gitlab-ci', message: `The environment is not that of a GitLab job: ${names}. Run the command in a GitLab job and let no variable of your own replace these, or unset GITLAB_CI to run it by hand.` });
  }
  const job = toJob(parsed.data);
  return ok(hostOf(job, options));
}

function hostOf(job: GitlabJob, options: GitlabHostOptions): GitlabHost {
  const { folder, out } = options;
  const now = options.now ?? (() => new Date());
  const secrets = new Set<string>();
  const outputs: Record<string, string> = {};
  const open: string[] = [];
  let sections = 0;
  const masked = (text: string): string => [...secrets].reduce((all, secret) => all.replaceAll(secret, '[MASKED]'), text);
  const print = (text: string): void => { out.write(`${logText(masked(text))}\n`); };
  const group = (title: string): void => {
    sections += 1;
    const name = `heddle_${sections}`;
    open.push(name);
    out.write(sectionStart(name, logText(masked(title)), now()));
  };
  const endGroup = (): void => {
    const name = open.pop();
    if (name !== undefined) out.write(sectionEnd(name, now()));
  };
  return {
    facts: {
      // Jobs are retried inside of their pipeline, so the pipeline is the holder; GitLab counts no attempts.
      id, runKey: `gitlab/${job.project}/pipelines/${job.pipelineId}`, attempt: 1, ci: true,
      url: job.jobUrl, evidenceUrl: artifactsUrl(job, folder),
    },
    job,
    mask: (secret) => {
      for (const line of secret.split(/\r?\n/)) if (line.length >= 4) secrets.add(line);
    },
    group, endGroup, line: print,
    annotate: (level, message, at) => { print(`${level}: ${at === undefined ? '' : `${at.file}${at.line === undefined ? '' : `:${String(at.line)}`}: `}${message}`); },
    summary: async (markdown) => {
      const lines = masked(markdown).split('\n');
      group('Heddle: summary of the run');
      for (const line of lines.slice(0, SUMMARY_LINES_MAX)) print(line);
      if (lines.length > SUMMARY_LINES_MAX) print(`… ${lines.length - SUMMARY_LINES_MAX} more lines are in summary.md of the artifacts`);
      endGroup();
      return writeIn(folder, 'summary.md', masked(markdown));
    },
    output: async (name, value) => {
      outputs[name] = masked(value);
      const { text, leftOut } = dotenvOf(outputs);
      const written = [await writeIn(folder, 'outputs.json', `${JSON.stringify(outputs, null, 2)}\n`), ...(options.dotenv ? [await writeIn(folder, 'heddle.env', text)] : [])];
      for (const one of written) if (!one.ok) print(`warning: ${one.error.message}`);
      if (options.dotenv && leftOut.includes(name)) print(`warning: the output ${name} is no plain word and stands in outputs.json alone`);
    },
    reports: async (reports) => {
      for (const [name, text] of Object.entries(reportFiles(reports))) {
        const written = await writeIn(folder, name, masked(text));
        if (!written.ok) return written;
      }
      return ok(undefined);
    },
  };
}

/** Where people look at the artifacts of this job; nothing when the run folder lies where GitLab cannot keep it. */
export function artifactsUrl(job: Pick<GitlabJob, 'jobUrl' | 'projectFolder'>, folder: string): string | undefined {
  if (job.jobUrl === undefined || job.projectFolder === undefined) return undefined;
  const below = relative(resolve(job.projectFolder), resolve(folder));
  if (below === '' || below.startsWith('..') || isAbsolute(below)) return undefined;
  return `${job.jobUrl}/artifacts/browse/${below.split('/').map(encodeURIComponent).join('/')}/`;
}
