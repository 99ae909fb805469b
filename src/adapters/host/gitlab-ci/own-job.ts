import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';

const OwnJob = z.object({
  id: z.number().int().nonnegative(),
  user: z.object({ id: z.number().int().nonnegative(), username: z.string().min(1).max(200) }),
});
export type OwnJob = z.infer<typeof OwnJob>;

const WAIT_MS = 10_000;
const BYTES_MAX = 1024 * 1024;

/** `GET /job`: what GitLab itself says of the job that this token belongs to. It cannot be set from outside, as variables can. */
export async function askOwnJob(at: { readonly apiUrl: string; readonly token: string }): Promise<Result<OwnJob, Fault>> {
  let text: string;
  try {
    const answer = await fetch(`${at.apiUrl}/job`, { headers: { 'JOB-TOKEN': at.token }, redirect: 'error', signal: AbortSignal.timeout(WAIT_MS) });
    if (!answer.ok) return err(fault(answer.status >= 500 ? 'service-error' : 'forbidden', `GitLab answered ${answer.status} when it was asked for this job.`));
    text = (await answer.text()).slice(0, BYTES_MAX);
  } catch (cause) {
    return err(fault('unreachable', `GitLab could not be asked for this job (${cause instanceof Error ? cause.name : 'unknown error'}).`));
  }
  const parsed = OwnJob.safeParse(jsonOf(text));
  return parsed.success ? ok(parsed.data) : err(fault('invalid-answer', 'GitLab\'s answer about this job is not understood.'));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fault(code: Fault['code'], message: string): Fault {
  return { code, side: 'theirs', retryable: code !== 'forbidden', source: 'host/gitlab-ci', message };
}
