import type { Fault } from '../../../domain/fault.js';
import { ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { GithubClient } from '../../github-client/client.js';
import { RepositoryAnswer, ViewerAnswer, WorkflowPermissionsAnswer } from './schema.js';

/**
 * What token and repository lack for a delivery, as far as reading can tell; nothing is tried. What cannot be read is
 * said as well, in lines that begin with `unknown: ` and are no lack: a workflow's own token cannot read its permissions.
 */
export async function missingForDelivery(client: GithubClient, serverUrl: string, signal?: AbortSignal): Promise<Result<readonly string[], Fault>> {
  const repository = await client.call({ route: 'GET /repos/{owner}/{repo}', schema: RepositoryAnswer, signal });
  if (!repository.ok) return repository;
  const lines: string[] = [];
  if (repository.value.archived) lines.push(`${client.slug} is archived, so nothing can be written to it. Unarchive it in its settings.`);
  const push = repository.value.permissions?.push;
  if (client.isInstallation) lines.push('unknown: whether the token has contents: write, pull-requests: write and issues: write; GitHub does not tell a workflow\'s token. Check the permissions block of the workflow.');
  else if (push === false) lines.push(`The token's account may not push to ${client.slug}. Give it the role Write, or give the token Contents: write and Pull requests: write.`);
  else if (push === undefined) lines.push(`unknown: whether the token may push to ${client.slug}; GitHub did not say.`);
  if (client.isInstallation) lines.push(...await actionsMayOpenChanges(client, serverUrl, signal));
  return ok(lines);
}

/** Only the token of a workflow run is bound by the setting; an app's own token is not. */
async function actionsMayOpenChanges(client: GithubClient, serverUrl: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const viewer = await client.graphql('query { viewer { login databaseId } }', {}, ViewerAnswer, signal);
  if (viewer.ok && viewer.value.data.viewer.login !== 'github-actions[bot]') return [];
  const where = `${serverUrl}/${client.slug}/settings/actions, «Workflow permissions», tick «Allow GitHub Actions to create and approve pull requests»`;
  const answer = await client.call({ route: 'GET /repos/{owner}/{repo}/actions/permissions/workflow', schema: WorkflowPermissionsAnswer, signal });
  if (!answer.ok) return [`unknown: whether GitHub Actions may create pull requests; only an administrator can read it. If a delivery fails there: ${where}.`];
  return answer.value.can_approve_pull_request_reviews ? [] : [`GitHub Actions may not create pull requests in ${client.slug}. Open ${where}.`];
}
