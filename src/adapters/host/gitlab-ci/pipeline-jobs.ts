import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';

export interface PipelineAccess {
  readonly apiUrl: string;
  readonly projectId: string;
  readonly pipelineId: string;
  /** Tried in this order; a job's own token may read the jobs of its project from GitLab 18.0 on. */
  readonly tokens: readonly { readonly header: 'JOB-TOKEN' | 'PRIVATE-TOKEN'; readonly value: string }[];
}

const Time = z.iso.datetime({ offset: true }).nullish();
const Job = z.object({ id: z.number().int().positive(), name: z.string(), status: z.string(), started_at: Time, finished_at: Time });
export type PipelineJob = z.infer<typeof Job>;

/**
 * True when `later` began after `earlier` had ended, by GitLab's own record: it has seen what that try of it left. Whoever starts a job
 * again makes a new try with a new archive, and leaves the jobs after it as they ended. Servers behind one address may differ by a
 * second; no job starts and fetches within that time.
 */
export function isAfter(later: PipelineJob, earlier: PipelineJob): boolean {
  return Date.parse(later.started_at ?? '') + CLOCK_MS >= Date.parse(earlier.finished_at ?? '');
}

const CLOCK_MS = 1000;

const WAIT_MS = 60_000;
const LIST_BYTES_MAX = 8 * 1024 * 1024;
const PAGES_MAX = 10;
const PAGE = 100;

/**
 * A job of this pipeline by its name, as GitLab itself knows it: its newest try. Asked instead of taking variables or files of
 * the job, since a job that was taken over can upload both, also those that its definition does not name.
 */
export async function jobOf(access: PipelineAccess, name: string): Promise<Result<PipelineJob, Fault>> {
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const answer = await get(access, `projects/${access.projectId}/pipelines/${access.pipelineId}/jobs?per_page=${PAGE}&page=${page}`, LIST_BYTES_MAX);
    if (!answer.ok) return answer;
    const jobs = z.array(Job).safeParse(jsonOf(answer.value));
    if (!jobs.success) return err(fault('invalid-answer', 'theirs', 'GitLab\'s list of the jobs of this pipeline is not understood.'));
    const found = jobs.data.find((job) => job.name === name);
    if (found !== undefined) return ok(found);
    if (jobs.data.length < PAGE) break;
  }
  return err(fault('not-found', 'setup', `This pipeline has no job «${name.slice(0, 100)}». Give the name as the pipeline shows it.`));
}

/** One file of a job's archive, at most `bytesMax` bytes of it: hostile data. */
export async function artifactFile(access: PipelineAccess, file: { readonly job: number; readonly path: string; readonly bytesMax: number }): Promise<Result<Uint8Array, Fault>> {
  return get(access, `projects/${access.projectId}/jobs/${file.job}/artifacts/${file.path.split('/').map(encodeURIComponent).join('/')}`, file.bytesMax);
}

async function get(access: PipelineAccess, path: string, bytesMax: number): Promise<Result<Uint8Array, Fault>> {
  let last = err(fault('unauthorized', 'setup', 'GitLab must be asked for the jobs of this pipeline, and there is no token. CI_JOB_TOKEN is there in every job; do not unset it before this command.'));
  for (const { header, value } of access.tokens) {
    const answer = await once(`${access.apiUrl}/${path}`, { [header]: value }, bytesMax);
    if (answer.ok || !['unauthorized', 'forbidden', 'not-found'].includes(answer.error.code)) return answer;
    last = answer;
  }
  return last;
}

async function once(url: string, headers: Record<string, string>, bytesMax: number, redirected = false): Promise<Result<Uint8Array, Fault>> {
  try {
    // Artifacts may lie in an object store: the one step to there is taken without our token.
    const answer = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(WAIT_MS) });
    const to = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && to !== null && !redirected) return await once(new URL(to, url).href, {}, bytesMax, true);
    if (answer.ok) return await bounded(answer, bytesMax);
    await answer.body?.cancel();
    return err(refusal(answer.status, 'JOB-TOKEN' in headers));
  } catch (cause) {
    return err(fault('unreachable', 'theirs', `GitLab did not answer about the jobs of this pipeline (${cause instanceof Error ? cause.name : 'unknown error'}). Start the job again.`));
  }
}

async function bounded(answer: Response, bytesMax: number): Promise<Result<Uint8Array, Fault>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) return err(fault('rejected', 'theirs', `GitLab's answer is larger than the ${bytesMax} bytes that it may have.`));
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks));
}

/** What to set when a job's own token was refused: the same words for 403 and 404, since GitLab hides with 404 what a token may not see. */
const OTHER_TOKEN = 'A job\'s own token lists the jobs of its pipeline from GitLab 18.0 on, and reads files of their artifacts with Premium or Ultimate; also, `artifacts:access` of that job must let the pipeline\'s user in. Otherwise give this job an access token as GITLAB_TOKEN, scope read_api and role Developer; the component takes it from the CI/CD variable HEDDLE_READ_TOKEN with the environment scope heddle/verify (docs/gitlab.md).';

function refusal(status: number, ofJob: boolean): Fault {
  if (status === 401) return fault('unauthorized', 'setup', 'GitLab does not know the token that was sent (401). A job\'s token is valid only while its job runs.');
  if (status === 403) return fault('forbidden', 'setup', `This token may not read the jobs of the pipeline (403). ${ofJob ? OTHER_TOKEN : 'GITLAB_TOKEN needs the scope read_api or api and the role Developer, and `artifacts:access` of that job must let its account in.'}`);
  if (status === 404) return fault('not-found', 'setup', `GitLab has no such pipeline, job or file for this token (404). ${ofJob ? OTHER_TOKEN : 'Look whether the job kept its artifact, and whether the account of GITLAB_TOKEN is a member of the project.'}`);
  return { ...fault('service-error', 'theirs', `GitLab answered ${status} when it was asked for a job of this pipeline. Start the job again.`), retryable: status >= 500 || status === 429 };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function fault(code: Fault['code'], side: Fault['side'], message: string): Fault {
  return { code, side, retryable: code === 'unreachable', source: 'host/gitlab-ci', message };
}
