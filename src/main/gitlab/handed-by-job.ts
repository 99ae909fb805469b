import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { digestOf } from '../../domain/digest.js';
import { BUNDLE_BYTES_MAX } from '../../delivery/read-bundle/read-folder.js';
import { readHeld } from '../../flow/replay/held-rules-of-verify.js';
import type { Handover } from '../../flow/run-ports.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { PipelineAccess } from '../../adapters/host/gitlab-ci/pipeline-jobs.js';
import { option, type Invocation } from '../invocation.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';

/**
 * What verify and deliver get of the jobs before them in a pipeline of GitLab, asked of GitLab itself (`--bundle-job`,
 * `--verify-job`). A job that downloads another's artifacts also gets its dotenv report as variables of its own, and any job can
 * upload such a report, whatever its definition says: by that a work job that was taken over could say which programs run in
 * deliver. So these jobs download nothing of it (`artifacts: false`), and take two files of the archive as data.
 *
 * Answers nothing when neither option was given.
 */
export async function handedByJob(invocation: Invocation, folder: string): Promise<Result<Handover | undefined, Problem>> {
  const [work, verify] = [option(invocation, 'bundle-job'), option(invocation, 'verify-job')];
  if (work === undefined && verify === undefined) return ok(undefined);
  const access = accessOf(invocation);
  if (access === undefined) return err(usageProblem('--bundle-job and --verify-job name jobs of this pipeline of GitLab, and this is no job of one. Give a folder to --bundle and the result to --verified.'));
  const { isAfter, jobOf } = await import('../../adapters/host/gitlab-ci/pipeline-jobs.js');
  const verified = verify === undefined ? ok(undefined) : await jobOf(access, verify);
  if (!verified.ok) return err(faultProblem(verified.error));
  const said = { verified: verified.value?.status ?? option(invocation, 'verified'), held: await heldBy(access, invocation, verified.value?.id) };
  if (work === undefined) return ok({ bundle: path.resolve(invocation.cwd, option(invocation, 'bundle') ?? ''), bundleDigest: option(invocation, 'bundle-digest') ?? '', ...said });
  const job = await jobOf(access, work);
  if (!job.ok) return err(faultProblem(job.error));
  // Deliver still says at the ticket that the work did not end well.
  if (job.value.status !== 'success') return ok({ bundle: folder, bundleDigest: '', verified: said.verified === 'success' ? job.value.status : said.verified });
  // A new try of work has left another bundle than the one that verify saw.
  if (verify !== undefined && verified.value?.status === 'success' && !isAfter(verified.value, job.value)) {
    return err(usageProblem(`The job «${work}» ended after «${verify}» had begun, so it was started again: what «${verify}» proved is of an earlier try. Nothing is delivered. Start «${verify}» again, and then this job.`));
  }
  const digest = await fetched(access, { job: job.value.id, below: option(invocation, 'bundle') ?? 'heddle-run/bundle', folder });
  return digest.ok ? ok({ bundle: folder, bundleDigest: digest.value, ...said }) : digest;
}

/** What verify wants a person to look at, from its own outputs; when they are not found, deliver holds what it cannot judge. */
async function heldBy(access: PipelineAccess, invocation: Invocation, job: number | undefined): Promise<readonly string[] | undefined> {
  const named = option(invocation, 'held');
  if (named !== undefined || job === undefined) return readHeld(named);
  const { artifactFile } = await import('../../adapters/host/gitlab-ci/pipeline-jobs.js');
  for (const folder of ['heddle-run', 'heddle-verify']) {
    const file = await artifactFile(access, { job, path: `${folder}/outputs.json`, bytesMax: OUTPUTS_BYTES_MAX });
    const outputs = file.ok ? Outputs.safeParse(jsonOf(file.value)) : undefined;
    if (outputs?.success === true) return readHeld(outputs.data.held);
  }
  return undefined;
}

const OUTPUTS_BYTES_MAX = 64 * 1024;
const Outputs = z.object({ held: z.string().max(2000).optional() });

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function accessOf({ gitlab, secrets }: Invocation): PipelineAccess | undefined {
  if (gitlab === undefined) return undefined;
  const [job, own] = [secrets['ci-job-token'], secrets['gitlab-token']];
  return {
    apiUrl: gitlab.apiUrl, projectId: gitlab.projectId, pipelineId: gitlab.pipelineId,
    tokens: [...(job === undefined ? [] : [{ header: 'JOB-TOKEN' as const, value: job }]), ...(own === undefined ? [] : [{ header: 'PRIVATE-TOKEN' as const, value: own }])],
  };
}

/** Two files and no other, into a new folder of ours; the digest is of what came, and everything in it is read as hostile after this. */
async function fetched(access: PipelineAccess, from: { readonly job: number; readonly below: string; readonly folder: string }): Promise<Result<string, Problem>> {
  if (from.below.split('/').some((part) => part === '' || part === '.' || part === '..')) return err(usageProblem(`With --bundle-job, --bundle names a folder inside of the archive of that job, for example heddle-run/bundle, not ${from.below.slice(0, 200)}.`));
  const { artifactFile } = await import('../../adapters/host/gitlab-ci/pipeline-jobs.js');
  await mkdir(from.folder, { recursive: true, mode: 0o700 });
  let digest = '';
  for (const [name, bytesMax] of Object.entries(BUNDLE_BYTES_MAX)) {
    const file = await artifactFile(access, { job: from.job, path: `${from.below}/${name}`, bytesMax });
    if (!file.ok) return err(faultProblem(file.error));
    await writeFile(path.join(from.folder, name), file.value, { flag: 'wx', mode: 0o600 });
    if (name === 'manifest.json') digest = digestOf(file.value).slice('sha256:'.length);
  }
  return ok(digest);
}
