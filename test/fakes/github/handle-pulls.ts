import { notAccessible } from './handle-git.js';
import { renderPull, renderUser, slugOf } from './render.js';
import { basicError, mayWriteRole, notFound, page, unprocessable } from './world.js';
import type { Call, Handler, Issue, Reply, Review, World } from './world.js';

export const pullHandlers: Readonly<Record<string, Handler>> = {
  'pulls/list': (world, call) => {
    const { state = 'open', head, base } = call.query;
    const found = [...call.repository.issues.values()].filter((issue) => issue.pull !== undefined
      && (state === 'all' || issue.state === state)
      && (head === undefined || head === `${call.repository.owner.login}:${issue.pull.head}`)
      && (base === undefined || base === issue.pull.base)).sort((a, b) => b.number - a.number);
    return page(world, call, `/repos/${call.repository.owner.login}/${call.repository.name}/pulls`, found.map((issue) => renderPull(world, call.repository, issue, 'pull-request-simple')));
  },
  'pulls/create': createPull,
  'pulls/get': (world, call) => withPull(call, (issue) => ({ status: 200, body: renderPull(world, call.repository, issue, 'pull-request') })),
  'pulls/update': (world, call) => withPull(call, (issue) => {
    const { title, body, state, base } = call.body;
    if (title !== undefined) issue.title = String(title);
    if (body !== undefined) issue.body = String(body);
    if (base !== undefined && issue.pull !== undefined) issue.pull.base = String(base);
    if (state === 'open' || state === 'closed') issue.state = state;
    issue.updatedAt = world.now();
    return { status: 200, body: renderPull(world, call.repository, issue, 'pull-request') };
  }),
  'pulls/request-reviewers': requestReviewers,
  'pulls/list-reviews': (world, call) => withPull(call, (issue) => page(world, call, `/repos/${call.repository.owner.login}/${call.repository.name}/pulls/${String(issue.number)}/reviews`, (issue.pull?.notes ?? []).map((review) => renderReview(world, call, issue, review)))),
  'pulls/create-review': createReview,
};

function createPull(world: World, call: Call): Reply {
  const { repository } = call;
  const head = String(call.body['head']).replace(`${repository.owner.login}:`, '');
  const base = String(call.body['base']);
  if (call.user.type === 'Bot' && !repository.settings.actionsMayOpenChanges) {
    return basicError(403, 'GitHub Actions is not permitted to create or approve pull requests.', { documentation_url: 'https://docs.github.com/rest/pulls/pulls#create-a-pull-request' });
  }
  if (call.body['draft'] === true && !repository.settings.drafts) return unprocessable('Draft pull requests are not supported in this repository.');
  const invalid = (field: string): Reply => unprocessable('Validation Failed', [{ resource: 'PullRequest', field, code: 'invalid' }]);
  const headSha = repository.refs.get(`refs/heads/${head}`);
  if (headSha === undefined) return invalid('head');
  if (!repository.refs.has(`refs/heads/${base}`)) return invalid('base');
  if (repository.refs.get(`refs/heads/${base}`) === headSha) return unprocessable('Validation Failed', [{ resource: 'PullRequest', code: 'custom', message: `No commits between ${base} and ${head}` }]);
  const open = [...repository.issues.values()].some((issue) => issue.state === 'open' && issue.pull?.head === head && issue.pull.base === base);
  if (open) return unprocessable('Validation Failed', [{ resource: 'PullRequest', code: 'custom', message: `A pull request already exists for ${repository.owner.login}:${head}.` }]);
  const body = String(call.body['body'] ?? '');
  if (body.length > 65_536) return unprocessable('Validation Failed', [{ resource: 'PullRequest', field: 'body', code: 'custom', message: 'body is too long (maximum is 65536 characters)' }]);
  const issue = world.addIssue(repository, {
    title: String(call.body['title']), body, author: call.user,
    pull: { head, base, draft: call.body['draft'] === true, merged: false, reviewers: [], teams: [] },
  });
  return { status: 201, body: renderPull(world, repository, issue, 'pull-request') };
}

/** One name that cannot review makes the whole request fail, and nobody is asked. */
function requestReviewers(world: World, call: Call): Reply {
  return withPull(call, (issue) => {
    const logins = (call.body['reviewers'] ?? []) as string[];
    const teams = (call.body['team_reviewers'] ?? []) as string[];
    if (teams.length > 0 && call.user.type === 'Bot') return notAccessible();
    const cannot = logins.some((login) => !mayWriteRole(call.repository.roles.get(login)) && call.repository.roles.get(login) !== 'read');
    if (cannot) return unprocessable('Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.');
    if (logins.includes(issue.author.login)) return unprocessable('Review cannot be requested from pull request author.');
    if (teams.some((team) => !call.repository.settings.teams.includes(team))) return unprocessable('Could not resolve to a node');
    for (const login of logins) {
      const account = world.account(login);
      if (issue.pull?.reviewers.includes(account) === false) issue.pull.reviewers.push(account);
    }
    for (const team of teams) if (issue.pull?.teams.includes(team) === false) issue.pull.teams.push(team);
    return { status: 201, body: renderPull(world, call.repository, issue, 'pull-request-simple') };
  });
}

function withPull(call: Call, found: (issue: Issue) => Reply): Reply {
  const issue = call.repository.issues.get(Number(call.params['pull_number']));
  return issue?.pull === undefined ? notFound() : found(issue);
}

/** A comment on a line that the change does not add makes the whole review fail. */
function createReview(world: World, call: Call): Reply {
  return withPull(call, (issue) => {
    const { pull } = issue;
    if (pull === undefined) return notFound();
    const head = call.repository.refs.get(`refs/heads/${pull.head}`) ?? '';
    const base = call.repository.refs.get(`refs/heads/${pull.base}`) ?? '';
    const comments = (call.body['comments'] ?? []) as { path: string; line: number; body: string }[];
    const changed = call.repository.git.changedPaths(call.repository.git.mergeBase(base, head), head);
    if (call.body['commit_id'] !== undefined && call.body['commit_id'] !== head) return unprocessable('commit_id is not part of the pull request');
    if (comments.some((comment) => !changed.includes(comment.path))) return { status: 422, body: { message: 'Unprocessable Entity', errors: ['Path could not be resolved'], documentation_url: 'https://docs.github.com/rest' } };
    const review: Review = { id: world.id(), author: call.user, body: String(call.body['body'] ?? ''), commit: head, state: call.body['event'] === 'COMMENT' ? 'COMMENTED' : 'PENDING', comments };
    pull.notes = [...pull.notes ?? [], review];
    return { status: 200, body: renderReview(world, call, issue, review) };
  });
}

function renderReview(world: World, call: Call, issue: Issue, review: Review): Record<string, unknown> {
  const url = `${world.url}/${slugOf(call.repository)}/pull/${String(issue.number)}`;
  return world.description.fill('pull-request-review', {
    id: review.id, node_id: `R${String(review.id)}`, user: renderUser(world, review.author), body: review.body, state: review.state, html_url: url, pull_request_url: url,
    _links: { html: { href: url }, pull_request: { href: url } }, commit_id: review.commit, author_association: 'NONE', submitted_at: world.now(),
  });
}
