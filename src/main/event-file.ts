import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { err, ok, type Result } from '../kit/result.js';
import type { Invocation } from './invocation.js';
import { usageProblem, type Problem } from './problem.js';

export const EVENT_BYTES_MAX = 25 * 1024 * 1024;

/** The event that `--event` names; nothing when there is none. */
export async function eventFile(named: string | undefined, cwd: string): Promise<Result<Invocation['event'], Problem>> {
  if (named === undefined) return ok(undefined);
  const file = path.resolve(cwd, named);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return err(usageProblem(`The event file ${named} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Give the webhook's payload as a JSON file to --event.`));
  }
  return parseEvent(text, named);
}

/** Reads a webhook payload. Foreign data: only intake gives it a form. Whose it is, and its name, is found by the members it has. */
export function parseEvent(text: string, file: string, name?: string): Result<NonNullable<Invocation['event']>, Problem> {
  if (text.length > EVENT_BYTES_MAX) return err(usageProblem(`The event file ${file} is larger than ${EVENT_BYTES_MAX} bytes, the most a webhook can have.`));
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (cause) {
    return err(usageProblem(`The event file ${file} is not JSON: ${(cause as Error).message}.`));
  }
  const members = new Map<string, unknown>(typeof payload === 'object' && payload !== null ? Object.entries(payload) : []);
  // Every webhook of GitLab says its kind in this member, and none of GitHub's has it.
  const kind = members.get('object_kind');
  if (name === undefined && typeof kind === 'string') return ok({ service: 'gitlab', name: kind.slice(0, 60), payload });
  return ok({ service: 'github', name: name ?? githubName(members), payload });
}

function githubName(members: ReadonlyMap<string, unknown>): string {
  if (members.has('comment') && members.has('issue')) return 'issue_comment';
  if (members.has('issue')) return 'issues';
  if (members.has('pull_request') && members.has('review')) return 'pull_request_review';
  if (members.has('pull_request') && members.has('comment')) return 'pull_request_review_comment';
  if (members.has('client_payload')) return 'repository_dispatch';
  if (members.has('inputs') && members.has('workflow')) return 'workflow_dispatch';
  return 'unknown';
}
