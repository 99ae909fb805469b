import { readFile } from 'node:fs/promises';
import type { Account, Comment, Issue, Repository, World } from '../fakes/github/world.js';

export type EventOf =
  | { readonly name: 'issues'; readonly action: 'labeled'; readonly label: string }
  | { readonly name: 'issues'; readonly action: 'assigned'; readonly assignee: string }
  | { readonly name: 'issues'; readonly action: 'edited' }
  | { readonly name: 'issue_comment'; readonly comment: Comment }
  | { readonly name: 'workflow_dispatch'; readonly ticket?: string }
  | { readonly name: 'repository_dispatch'; readonly ticket: string }
  | { readonly name: 'workflow_run' };

interface About { readonly world: World; readonly repository: Repository; readonly issue: Issue; readonly by: Account }
type Json = Record<string, unknown>;

/** A published example of GitHub's own, with the names and numbers of the fake put in and nothing else changed. */
export async function example(event: EventOf, { world, repository, issue, by }: About): Promise<Json> {
  const payload = await load(fileOf(event));
  const slug = `${repository.owner.login}/${repository.name}`;
  Object.assign(payload['repository'] as Json, { id: repository.id, name: repository.name, full_name: slug, private: repository.private, default_branch: repository.defaultBranch });
  Object.assign(payload['sender'] as Json, named(by));
  if (isJson(payload['issue'])) Object.assign(payload['issue'], { id: issue.id, number: issue.number, title: issue.title, body: issue.body });
  if (event.name === 'issues' && event.action === 'labeled') Object.assign(payload['label'] as Json, { name: event.label });
  if (event.name === 'issues' && event.action === 'assigned') Object.assign(payload['assignee'] as Json, named(world.account(event.assignee)));
  if (event.name === 'issue_comment') {
    const comment = payload['comment'] as Json;
    Object.assign(comment, { id: event.comment.id, body: event.comment.body });
    Object.assign(comment['user'] as Json, named(event.comment.author));
  }
  if (event.name === 'workflow_dispatch' && event.ticket !== undefined) payload['inputs'] = { ticket: event.ticket };
  if (event.name === 'repository_dispatch') Object.assign(payload, { action: 'heddle', branch: 'main', client_payload: { ticket: event.ticket } });
  return payload;
}

function fileOf(event: EventOf): string {
  switch (event.name) {
    case 'issues': return `issues.${event.action}`;
    case 'issue_comment': return 'issue_comment.created';
    case 'workflow_run': return 'workflow_run.completed';
    default: return event.name;
  }
}

function named(account: Account): Json {
  return { login: account.login, id: account.id, type: account.type };
}

async function load(name: string): Promise<Json> {
  return JSON.parse(await readFile(new URL(`../fixtures/github-webhooks/${name}.json`, import.meta.url), 'utf8')) as Json;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
