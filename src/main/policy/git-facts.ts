import type { Configuration } from '../../config/configuration.js';
import { CODEOWNERS_PATHS, parseCodeowners, type OwnerRule } from '../../domain/codeowners.js';
import type { CommitSha } from '../../domain/ids.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { PolicyFacts } from '../../policy/facts.js';
import { changeFacts } from '../../policy/gather-facts.js';
import type { Workspace } from '../../ports/workspace.js';
import { faultProblem, type Problem } from '../problem.js';

/** A change that git knows: who made it, from where to where. */
export interface GitChange { readonly from: CommitSha; readonly to: CommitSha; readonly author?: { readonly name: string; readonly email: string } | undefined }

/**
 * The facts of a change as far as git knows them. Agent and model are those of the configuration, as if the work had been done by
 * it; the author of the commit stands for who asked. Labels, tracker, gates and risk are not in git.
 */
export async function gitFacts({ from, to, author }: GitChange, at: { readonly workspace: Workspace; readonly config: Configuration }): Promise<Result<PolicyFacts, Problem>> {
  const { changeBetween } = await import('../../adapters/workspace/git/past-changes.js');
  const change = await changeBetween(at.workspace.gitDir, from, to);
  if (!change.ok) return err(faultProblem(change.error));
  const owners = await ownersAt(at.workspace, from);
  return ok({
    change: changeFacts({ ...change.value, owners }), ticket: { labels: [] }, requester: author === undefined ? undefined : personOf(author), approvers: [],
    agent: at.config.agent.id, model: at.config.agent.model, attempts: 1, stops: [], gates: [], checks: [], overrides: [],
  });
}

function personOf({ name, email }: { readonly name: string; readonly email: string }): NonNullable<PolicyFacts['requester']> {
  return { login: name.slice(0, 200), id: email.slice(0, 200), kind: /\[bot\]/.test(email) || /\[bot\]$/.test(name) ? 'bot' : 'human' };
}

async function ownersAt(workspace: Workspace, commit: CommitSha): Promise<readonly OwnerRule[]> {
  for (const place of CODEOWNERS_PATHS) {
    const bytes = await workspace.read(commit, place);
    if (bytes !== undefined) return parseCodeowners(Buffer.from(bytes).toString('utf8'));
  }
  return [];
}
