import type { Fault } from '../../../domain/fault.js';
import type { ForgeCheck } from '../../../domain/forge-check.js';
import type { CommitSha } from '../../../domain/ids.js';
import { ok, type Result } from '../../../kit/result.js';
import type { GithubClient } from '../../github-client/client.js';
import { CombinedStatusAnswer, NamedCheckRunsAnswer } from './schema.js';

/** What GitHub counts as met by a required check (docs: "successful, skipped, or neutral"). */
const MET: ReadonlySet<string> = new Set(['success', 'neutral', 'skipped']);

/** The newest check runs of a name on a commit, and the newest commit status of it: a required check may be either. */
export async function checksAt(client: GithubClient, commit: CommitSha, about: { readonly name: string; readonly signal?: AbortSignal | undefined }): Promise<Result<readonly ForgeCheck[], Fault>> {
  const { name, signal } = about;
  const runs = await client.call({ route: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', with: { ref: commit, check_name: name, filter: 'latest', per_page: 100 }, schema: NamedCheckRunsAnswer, signal });
  if (!runs.ok) return runs;
  const statuses = await client.call({ route: 'GET /repos/{owner}/{repo}/commits/{ref}/status', with: { ref: commit, per_page: 100 }, schema: CombinedStatusAnswer, signal });
  if (!statuses.ok) return statuses;
  return ok([
    ...runs.value.check_runs.filter((run) => run.name === name).map((run): ForgeCheck => ({
      name, state: run.status !== 'completed' ? 'pending' : MET.has(run.conclusion ?? '') ? 'green' : 'red', ...(run.app?.slug === undefined ? {} : { by: run.app.slug }),
    })),
    ...statuses.value.statuses.filter(({ context }) => context === name).map(({ state }): ForgeCheck => ({ name, state: state === 'success' ? 'green' : state === 'pending' ? 'pending' : 'red' })),
  ]);
}
