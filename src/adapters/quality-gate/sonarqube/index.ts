import { z } from 'zod';
import type { Fault, FaultCode } from '../../../domain/fault.js';
import type { QualityGateAnswer } from '../../../domain/quality-gate.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { QualityGateQuestion, QualityGateSource } from '../../../ports/quality-gate.js';
import { StatusAnswer, TaskAnswer } from './schema.js';

export const optionSchema = z.strictObject({ url: z.url({ protocol: /^https?$/ }), project: z.string().min(1).max(400), branch: z.string().min(1).max(255).optional() });
export type SonarqubeOptions = z.infer<typeof optionSchema>;

export interface SonarqubeDeps {
  readonly token: string | undefined;
  /** Waits before the server is asked again. Ends early when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly monotonicMs: () => number;
}

const ANSWER_MS_MAX = 20_000;
const ANSWER_BYTES_MAX = 1024 * 1024;
const POLL_MS = 2_000;
/** The form of task names; what a check left must not reach into the address. */
const TASK_ID = /^[A-Za-z0-9_-]{1,100}$/;

/** The quality gate of a SonarQube server (web API of versions 8 to 2025). The token goes to the configured address alone. */
export function create(options: SonarqubeOptions, deps: SonarqubeDeps): QualityGateSource {
  const call = async <T>(path: string, query: Readonly<Record<string, string>>, schema: z.ZodType<T>, signal: AbortSignal): Promise<Result<T, Fault>> => {
    const url = new URL(`${options.url.replace(/\/+$/, '')}/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return answerOf(url, { token: deps.token, schema, signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]) });
  };
  return {
    id: 'sonarqube',
    ask: async (question, signal = new AbortController().signal) => {
      const analysis = question.task === undefined ? ok(undefined) : await analysisOf(question, question.task, { options, deps, signal, call: async (id) => call('api/ce/task', { id }, TaskAnswer, signal) });
      if (!analysis.ok) return analysis;
      const query = analysis.value === undefined ? { projectKey: options.project, ...(options.branch === undefined ? {} : { branch: options.branch }) } : { analysisId: analysis.value };
      const status = await call('api/qualitygates/project_status', query, StatusAnswer, signal);
      return status.ok ? ok(mapped(status.value, analysis.value === undefined ? `the newest analysis of ${options.project}${options.branch === undefined ? '' : `, branch ${options.branch}`}` : 'the analysis of this candidate')) : status;
    },
  };
}

interface Waiting {
  readonly options: SonarqubeOptions;
  readonly deps: SonarqubeDeps;
  readonly signal: AbortSignal;
  readonly call: (id: string) => Promise<Result<z.infer<typeof TaskAnswer>, Fault>>;
}

/** Waits until the server has worked off the task. A task of another project is refused: somebody else's green gate says nothing. */
async function analysisOf(question: QualityGateQuestion, task: { readonly project: string; readonly id: string }, { options, deps, signal, call }: Waiting): Promise<Result<string, Fault>> {
  if (!TASK_ID.test(task.id) || task.project !== options.project) return err(fault('rejected', 'setup', `The report-task.txt that a check left is not of the project ${options.project}. Let the scanner use that project key, or take the report out of the check.`));
  const until = deps.monotonicMs() + question.waitMsMax;
  for (;;) {
    const answer = await call(task.id);
    if (!answer.ok) return answer;
    const { status, componentKey, analysisId } = answer.value.task;
    if (componentKey !== undefined && componentKey !== options.project) return err(fault('rejected', 'setup', `The analysis that a check left belongs to another project than ${options.project}.`));
    if (status === 'SUCCESS') return analysisId === undefined ? err(fault('invalid-answer', 'theirs', 'SonarQube ended the analysis and names none.')) : ok(analysisId);
    if (status === 'FAILED' || status === 'CANCELED') return err(fault('rejected', 'theirs', `SonarQube ended the analysis as ${status}. See its background tasks.`));
    if (signal.aborted || deps.monotonicMs() >= until) return err(fault('timed-out', 'theirs', `SonarQube has not ended the analysis within ${Math.round(question.waitMsMax / 1000)} s. Raise \`wait\`, or see its background tasks.`));
    await deps.pause(POLL_MS, signal);
  }
}

function mapped({ projectStatus }: StatusAnswer, about: string): QualityGateAnswer {
  const status = projectStatus.status === 'ERROR' ? 'failed' : projectStatus.status === 'NONE' ? 'none' : 'passed';
  return {
    status, about,
    conditions: projectStatus.conditions.map(({ metricKey, status: state, actualValue, errorThreshold, comparator }) => ({
      metric: plain(metricKey), passed: state !== 'ERROR', actual: plain(actualValue ?? ''), threshold: `${comparator === 'GT' ? 'at most' : comparator === 'LT' ? 'at least' : ''} ${plain(errorThreshold ?? '')}`.trim(),
    })),
  };
}

function plain(text: string): string {
  return text.replace(/[^\w .,%:-]/g, '').slice(0, 100);
}

async function answerOf<T>(url: URL, how: { readonly token: string | undefined; readonly schema: z.ZodType<T>; readonly signal: AbortSignal }): Promise<Result<T, Fault>> {
  let response: Response;
  let text: string;
  try {
    // A redirect could carry the token to another host; the basic form is the one that every version takes.
    response = await fetch(url, { redirect: 'error', signal: how.signal, headers: { accept: 'application/json', ...(how.token === undefined ? {} : { authorization: `Basic ${Buffer.from(`${how.token}:`).toString('base64')}` }) } });
    text = await bounded(response);
  } catch {
    return err(fault(how.signal.aborted ? 'timed-out' : 'unreachable', 'theirs', `SonarQube at ${url.origin} gave no answer.`, true));
  }
  if (response.status === 401) return err(fault('unauthorized', 'setup', `SonarQube at ${url.origin} does not take the token. Give one that may browse the project in SONAR_TOKEN.`));
  if (response.status === 403) return err(fault('forbidden', 'setup', `The token may not see the project in SonarQube at ${url.origin}. It needs the permission Browse.`));
  if (response.status === 404) return err(fault('not-found', 'setup', `SonarQube at ${url.origin} does not know the project, branch or analysis.`));
  if (!response.ok) return err(fault('service-error', 'theirs', `SonarQube at ${url.origin} answered with status ${response.status}.`, response.status >= 500));
  try {
    const parsed = how.schema.safeParse(JSON.parse(text));
    if (parsed.success) return ok(parsed.data);
  } catch {
    // Told below: an answer that is no JSON is as little use as one of another shape.
  }
  return err(fault('invalid-answer', 'theirs', `SonarQube at ${url.origin} answered in another form than its web API describes.`));
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function fault(code: FaultCode, side: Fault['side'], message: string, retryable = false): Fault {
  return { code, side, retryable, source: 'quality-gate/sonarqube', message };
}
