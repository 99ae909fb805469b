import { isRecord } from './description.js';
import { isoSeconds } from './git-objects.js';
import type { Account, Reply, World } from './world.js';

/** The only two questions the fake answers, written down again here: any other text is a problem. */
const QUERIES = {
  viewer: 'query { viewer { login databaseId } }',
  edited: 'query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { issue(number: $number) { lastEditedAt } } }',
} as const;

/** Answers a GraphQL call. GraphQL has no OpenAPI description, so query and variables are compared exactly. */
export function answerGraphql(world: World, account: Account, body: unknown): Reply | { readonly problem: string } {
  if (!isRecord(body) || typeof body['query'] !== 'string') return { problem: 'graphql: no query' };
  const query = body['query'].replace(/\s+/g, ' ').trim();
  const variables = isRecord(body['variables']) ? body['variables'] : {};
  if (query === QUERIES.viewer) return data({ viewer: { login: account.login, databaseId: account.id } });
  if (query !== QUERIES.edited) return { problem: `graphql: unknown query ${query}` };
  const { owner, name, number, ...others } = variables;
  if (typeof owner !== 'string' || typeof name !== 'string' || !Number.isInteger(number) || Object.keys(others).length > 0) return { problem: `graphql: wrong variables ${JSON.stringify(variables)}` };
  const repository = world.repositories.get(`${owner}/${name}`);
  if (repository === undefined) return { status: 200, body: { data: { repository: null }, errors: [{ type: 'NOT_FOUND', path: ['repository'], message: 'Could not resolve to a Repository.' }] } };
  const issue = repository.issues.get(Number(number));
  if (issue === undefined || issue.pull !== undefined) return { status: 200, body: { data: { repository: { issue: null } }, errors: [{ type: 'NOT_FOUND', path: ['repository', 'issue'], message: 'Could not resolve to an Issue.' }] } };
  return data({ repository: { issue: { lastEditedAt: issue.editedAt === null ? null : isoSeconds(Date.parse(issue.editedAt)) } } });
}

function data(value: unknown): Reply {
  return { status: 200, body: { data: value } };
}
