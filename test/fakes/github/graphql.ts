import { isRecord } from './description.js';
import { isoSeconds } from './git-objects.js';
import { slugOf } from './render.js';
import type { Account, Issue, Reply, Repository, World } from './world.js';

/** The only questions the fake answers, written down again here: any other text is a problem. */
const QUERIES = {
  viewer: 'query { viewer { login databaseId } }',
  edited: 'query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { isPrivate issue(number: $number) { lastEditedAt } } }',
  open: 'query($owner: String!, $name: String!, $after: String, $before: String, $both: Boolean!, $files: Boolean!) { repository(owner: $owner, name: $name) { '
    + 'newest: pullRequests(states: OPEN, first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) { ...page } '
    + 'oldest: pullRequests(states: OPEN, first: 100, after: $before, orderBy: {field: CREATED_AT, direction: ASC}) @include(if: $both) { ...page } } } '
    + 'fragment page on PullRequestConnection { totalCount pageInfo { hasNextPage endCursor } nodes { number url title isDraft isCrossRepository headRefName headRefOid baseRefName author { login } labels(first: 20) { nodes { name } } '
    + 'reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { login } ... on Team { combinedSlug } } } } files(first: 100) @include(if: $files) { totalCount nodes { path } } } }',
  pull: 'query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { autoMergeAllowed pullRequest(number: $number) { id headRefOid mergeStateStatus autoMergeRequest { mergeMethod } } } }',
  merge: 'mutation($id: ID!, $head: GitObjectID!, $method: PullRequestMergeMethod!) { enablePullRequestAutoMerge(input: {pullRequestId: $id, expectedHeadOid: $head, mergeMethod: $method}) { pullRequest { autoMergeRequest { mergeMethod } } } }',
} as const;

/** Answers a GraphQL call. GraphQL has no OpenAPI description, so query and variables are compared exactly. */
export function answerGraphql(world: World, account: Account, body: unknown): Reply | { readonly problem: string } {
  if (!isRecord(body) || typeof body['query'] !== 'string') return { problem: 'graphql: no query' };
  const query = body['query'].replace(/\s+/g, ' ').trim();
  const variables = isRecord(body['variables']) ? body['variables'] : {};
  if (query === QUERIES.viewer) return data({ viewer: { login: account.login, databaseId: account.id } });
  if (query === QUERIES.open) return openPulls(world, account, variables);
  if (query === QUERIES.pull) return mergeable(world, variables);
  if (query === QUERIES.merge) return enableAutoMerge(world, variables);
  if (query !== QUERIES.edited) return { problem: `graphql: unknown query ${query}` };
  const { owner, name, number, ...others } = variables;
  if (typeof owner !== 'string' || typeof name !== 'string' || !Number.isInteger(number) || Object.keys(others).length > 0) return { problem: `graphql: wrong variables ${JSON.stringify(variables)}` };
  const repository = world.repositories.get(`${owner}/${name}`);
  if (repository === undefined) return { status: 200, body: { data: { repository: null }, errors: [{ type: 'NOT_FOUND', path: ['repository'], message: 'Could not resolve to a Repository.' }] } };
  const issue = repository.issues.get(Number(number));
  if (issue === undefined || issue.pull !== undefined) return { status: 200, body: { data: { repository: { issue: null } }, errors: [{ type: 'NOT_FOUND', path: ['repository', 'issue'], message: 'Could not resolve to an Issue.' }] } };
  return data({ repository: { isPrivate: repository.private, issue: { lastEditedAt: issue.editedAt === null ? null : isoSeconds(Date.parse(issue.editedAt)) } } });
}

function data(value: unknown): Reply {
  return { status: 200, body: { data: value } };
}

/** From either end; the cursor is the number of the last one that was given. Teams are not shown to the token of a workflow. */
function openPulls(world: World, account: Account, { owner, name, after, before, both, files, ...others }: Record<string, unknown>): Reply | { readonly problem: string } {
  const cursors = [after, before].every((one) => one === null || typeof one === 'string');
  if (typeof owner !== 'string' || typeof name !== 'string' || typeof files !== 'boolean' || typeof both !== 'boolean' || !cursors || Object.keys(others).length > 0) return { problem: 'graphql: wrong variables for the open pull requests' };
  const repository = world.repositories.get(`${owner}/${name}`);
  const role = repository?.roles.get(account.login);
  if (repository === undefined || (repository.private && (role === undefined || role === 'none'))) return { status: 200, body: { data: { repository: null }, errors: [{ type: 'NOT_FOUND', path: ['repository'], message: 'Could not resolve to a Repository.' }] } };
  const oldest = [...repository.issues.values()].filter((issue) => issue.pull !== undefined && issue.state === 'open').sort((a, b) => a.number - b.number);
  const pageOf = (all: readonly Issue[], rest: readonly Issue[]): unknown => {
    const page = rest.slice(0, 100);
    return {
      totalCount: all.length, pageInfo: { hasNextPage: rest.length > page.length, endCursor: page.length === 0 ? null : String(page.at(-1)?.number) },
      nodes: page.map((issue) => openPull(world, repository, issue, { files, teams: account.type === 'User' })),
    };
  };
  return data({ repository: {
    newest: pageOf(oldest, oldest.filter(({ number }) => after === null || number < Number(after)).reverse()),
    ...(both ? { oldest: pageOf(oldest, oldest.filter(({ number }) => before === null || number > Number(before))) } : {}),
  } });
}

function openPull(world: World, repository: Repository, issue: Issue, shown: { readonly files: boolean; readonly teams: boolean }): Record<string, unknown> {
  const { pull } = issue;
  if (pull === undefined) throw new Error(`#${String(issue.number)} is no pull request`);
  const head = repository.refs.get(`refs/heads/${pull.head}`) ?? '0'.repeat(40);
  const base = repository.refs.get(`refs/heads/${pull.base}`) ?? '0'.repeat(40);
  const paths = shown.files ? pull.files ?? repository.git.changedPaths(repository.git.mergeBase(base, head), head) : [];
  return {
    number: issue.number, url: `${world.url}/${slugOf(repository)}/pull/${String(issue.number)}`, title: issue.title, isDraft: pull.draft, isCrossRepository: pull.fork === true,
    headRefName: pull.head, headRefOid: head, baseRefName: pull.base, author: { login: issue.author.login.replace(/\[bot\]$/, '') },
    labels: { nodes: issue.labels.map((label) => ({ name: label })) },
    reviewRequests: { nodes: [
      ...pull.reviewers.map((one) => ({ requestedReviewer: { login: one.login } })),
      ...pull.teams.map((team) => ({ requestedReviewer: shown.teams ? { combinedSlug: `${repository.owner.login}/${team}` } : null })),
    ] },
    ...(shown.files ? { files: { totalCount: paths.length, nodes: paths.slice(0, 100).map((path) => ({ path })) } } : {}),
  };
}

function mergeable(world: World, { owner, name, number }: Record<string, unknown>): Reply {
  const repository = world.repositories.get(`${String(owner)}/${String(name)}`);
  const pull = repository?.issues.get(Number(number))?.pull;
  if (repository === undefined) return { status: 200, body: { data: { repository: null } } };
  if (pull === undefined) return data({ repository: { autoMergeAllowed: repository.settings.autoMerge === true, pullRequest: null } });
  return data({ repository: { autoMergeAllowed: repository.settings.autoMerge === true, pullRequest: {
    id: `${slugOf(repository)}#${String(number)}`, headRefOid: repository.refs.get(`refs/heads/${pull.head}`) ?? '0'.repeat(40), mergeStateStatus: pull.mergeState ?? 'BLOCKED',
    autoMergeRequest: pull.autoMerge === undefined ? null : { mergeMethod: pull.autoMerge },
  } } });
}

/** As the service: refused for a draft, for one that could be merged at once, for another head, and where it is switched off. */
function enableAutoMerge(world: World, { id, head, method }: Record<string, unknown>): Reply | { readonly problem: string } {
  const [slug = '', number] = String(id).split('#');
  const repository = world.repositories.get(slug);
  const pull = repository?.issues.get(Number(number))?.pull;
  if (repository === undefined || pull === undefined || (method !== 'MERGE' && method !== 'SQUASH' && method !== 'REBASE')) return { problem: 'graphql: wrong variables for auto-merge' };
  const refused = (message: string): Reply => ({ status: 200, body: { data: { enablePullRequestAutoMerge: null }, errors: [{ type: 'UNPROCESSABLE', path: ['enablePullRequestAutoMerge'], message }] } });
  if (repository.settings.autoMerge !== true) return refused('Auto merge is not allowed for this repository');
  if (pull.draft) return refused('Pull request is in draft state');
  if (pull.mergeState === 'CLEAN') return refused('Pull request is in clean status');
  if (repository.refs.get(`refs/heads/${pull.head}`) !== head) return refused('Head sha didn\'t match expected head sha');
  pull.autoMerge = method;
  return data({ enablePullRequestAutoMerge: { pullRequest: { autoMergeRequest: { mergeMethod: method } } } });
}
