import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { err, ok, type Result } from '../../kit/result.js';
import { option, type Invocation } from '../invocation.js';
import { proxyFor } from '../git-proxy.js';
import { faultProblem, type Problem } from '../problem.js';

const WALL_MS_MAX = 10 * 60_000;

export interface SourcePlace {
  /** A folder of ours that is taken away after the run. */
  readonly scratch: string;
  /** The commit that the plan stands on. */
  readonly commit?: string | undefined;
}

/**
 * The folder with the repository. In a job of GitLab that is a copy of our own, unless `--repo` names one: the project folder may
 * be one that an earlier job wrote, artifacts of other jobs are unpacked into it, and the runner's clone has the job's token in
 * its configuration. So no job needs a checkout (`GIT_STRATEGY: none`), and deliver never looks at one.
 */
export async function sourceFolder(invocation: Invocation, { scratch, commit }: SourcePlace): Promise<Result<string, Problem>> {
  const { gitlab, cwd } = invocation;
  const named = option(invocation, 'repo');
  if (named !== undefined || gitlab === undefined) return ok(path.resolve(cwd, named ?? '.'));
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const folder = path.join(scratch, 'source.git');
  const { copySource } = await import('../../adapters/git-client/source-copy.js');
  const url = `${gitlab.serverUrl}/${gitlab.project}.git`;
  const access = readAccess(invocation);
  const copied = await copySource({
    url, ...access, folder, branch: gitlab.defaultBranch ?? 'main', commit, depth: gitlab.gitDepth, proxy: proxyFor(url), caFile: authoritiesOf(process.env), path: invocation.path, wallMsMax: WALL_MS_MAX,
  });
  return copied.ok ? ok(folder) : err(faultProblem(copied.error));
}

/** The job's own token first: it reads this project and ends with the job. */
export function readAccess({ secrets }: Pick<Invocation, 'secrets'>): { readonly token: string | undefined; readonly user: string } {
  const job = secrets['ci-job-token'];
  return job === undefined ? { token: secrets['gitlab-token'], user: 'oauth2' } : { token: job, user: 'gitlab-ci-token' };
}

/** Certificates of a self-managed GitLab, from the person who set the machine up, or from its runner. */
export function authoritiesOf(env: NodeJS.ProcessEnv): string | undefined {
  return [env['SSL_CERT_FILE'], env['CI_SERVER_TLS_CA_FILE']].find((file) => file !== undefined && file !== '');
}
