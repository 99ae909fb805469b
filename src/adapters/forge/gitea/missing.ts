import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { ok, type Result } from '../../../kit/result.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { LabelsAnswer, RepositoryAnswer } from './schema.js';

/**
 * What token and repository lack for a delivery, as far as reading can tell; nothing is tried. A token's scopes cannot be asked
 * for, so one read is made in each part of the API that has a scope of its own: what may not be read may not be written either.
 */
export async function missingForDelivery(client: GiteaClient, signal?: AbortSignal): Promise<Result<readonly string[], Fault>> {
  const repository = await client.call({ route: 'GET /repos/{owner}/{repo}', schema: RepositoryAnswer, signal });
  if (!repository.ok) return repository;
  const { archived, permissions, object_format_name: format } = repository.value;
  const lines: string[] = [];
  if (archived) lines.push(`${client.slug} is archived, so nothing can be written to it. Unarchive it in its settings.`);
  if (format === 'sha256') lines.push(`${client.slug} names its objects with SHA-256, and Heddle pushes to repositories with SHA-1 names alone.`);
  if (permissions === null || permissions === undefined) lines.push(`unknown: whether the token may push to ${client.slug}; the forge did not say.`);
  else if (!permissions.push) lines.push(`The token's account may not push to ${client.slug}. Give it the role Write or Administrator under Settings, Collaborators, and the token the scopes write:repository and write:issue.`);
  else if (!permissions.admin) lines.push(`The token's account is no administrator of ${client.slug}. The forge tells what other accounts may do to administrators alone, and without that no approval can be judged. Make it one under Settings, Collaborators, or give another token (gitea-token); a job's own token never is one.`);
  const reads = [
    { scope: 'write:issue', why: 'labels and comments are written with it', ask: () => client.call({ route: 'GET /repos/{owner}/{repo}/labels', query: { limit: 1 }, schema: LabelsAnswer, signal }) },
    { scope: 'read:user', why: 'Heddle must know its own account, to find its comments again', ask: () => client.call({ route: 'GET /user', schema: z.object({ id: z.number() }), signal }) },
  ];
  for (const { scope, why, ask } of reads) {
    const answer = await ask();
    if (answer.ok) continue;
    if (answer.error.code !== 'forbidden') return answer;
    lines.push(`The token has not the scope ${scope}: ${why}. Make a token with write:repository, write:issue, read:user and read:organization under Settings, Applications.`);
  }
  return ok(lines);
}
