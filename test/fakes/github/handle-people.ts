import { renderComment, renderRun, renderUser } from './render.js';
import { notFound } from './world.js';
import type { Handler, Issue, Reply, World } from './world.js';

/** Teams and their members, reviews of environments, and single comments of issues and changes. */
export const peopleHandlers: Readonly<Record<string, Handler>> = {
  // A team that the caller may not see is not there, and neither are its members.
  'teams/get-by-name': (world, call) => {
    const team = `${call.params['org'] ?? ''}/${call.params['team_slug'] ?? ''}`;
    if (!maySee(world, team, call.user.login)) return notFound();
    const url = `${world.url}/orgs/${team}`;
    const slug = call.params['team_slug'] ?? '';
    return { status: 200, body: world.description.fill('team-full', { id: 1, slug, name: slug, url, html_url: url, members_url: url, repositories_url: url, permission: 'pull', members_count: 1, repos_count: 1, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z', organization: world.description.fill('team-organization', { login: call.params['org'], url, type: 'Organization', created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' }) }) };
  },
  'teams/get-membership-for-user-in-org': (world, call) => {
    const team = `${call.params['org'] ?? ''}/${call.params['team_slug'] ?? ''}`;
    const state = world.teams.get(team)?.get(call.params['username'] ?? '');
    if (!maySee(world, team, call.user.login) || state === undefined) return notFound();
    return { status: 200, body: { url: world.url, role: 'member', state } };
  },
  'actions/get-workflow-run': (world, call) => {
    const run = call.repository.runs.find((one) => String(one.id) === call.params['run_id']);
    return run === undefined ? notFound() : { status: 200, body: { ...renderRun(world, call.repository, run), ...(run.startedAt === undefined ? {} : { created_at: run.startedAt, run_started_at: run.startedAt }) } };
  },
  'actions/get-reviews-for-run': (world, call) => {
    const run = call.repository.runs.find((one) => String(one.id) === call.params['run_id']);
    if (run === undefined) return notFound();
    return { status: 200, body: (run.reviews ?? []).map(({ by, state, environment, comment }) => world.description.fill('environment-approvals', {
      state, comment, user: renderUser(world, by), environments: [{ id: 1, node_id: 'x', name: environment, url: world.url, html_url: world.url, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' }],
    })) };
  },
  'issues/get-comment': (world, call) => found(call.repository.issues.values(), (issue) => {
    const comment = issue.comments.find((one) => String(one.id) === call.params['comment_id']);
    return comment === undefined ? undefined : { status: 200, body: { ...renderComment(world, call.repository, issue, comment), issue_url: `${world.url}/repos/acme/shop/issues/${String(issue.number)}` } };
  }),
  'pulls/get-review-comment': (world, call) => found(call.repository.issues.values(), (issue) => {
    const comment = issue.pull?.lineComments?.find((one) => String(one.id) === call.params['comment_id']);
    if (comment === undefined) return undefined;
    const url = `${world.url}/repos/acme/shop/pulls/${String(issue.number)}`;
    return { status: 200, body: world.description.fill('pull-request-review-comment', {
      id: comment.id, body: comment.body, user: renderUser(world, comment.author), created_at: comment.createdAt, updated_at: comment.updatedAt, pull_request_url: url, url, html_url: url,
      diff_hunk: '@@', path: 'a.ts', commit_id: '0'.repeat(40), original_commit_id: '0'.repeat(40), author_association: 'NONE', _links: { self: { href: url }, html: { href: url }, pull_request: { href: url } },
    }) };
  }),
  'pulls/get-review': (world, call) => {
    const issue = call.repository.issues.get(Number(call.params['pull_number']));
    const review = issue?.pull?.reviews?.find((one) => String(one.id) === call.params['review_id']);
    if (review === undefined) return notFound();
    const url = `${world.url}/repos/acme/shop/pulls/${call.params['pull_number'] ?? ''}`;
    return { status: 200, body: world.description.fill('pull-request-review', {
      id: review.id, body: review.body, user: renderUser(world, review.author), submitted_at: review.createdAt, state: 'COMMENTED', html_url: url, pull_request_url: url, commit_id: '0'.repeat(40), author_association: 'NONE', _links: { html: { href: url }, pull_request: { href: url } },
    }) };
  },
};

function maySee(world: World, team: string, login: string): boolean {
  return world.teams.has(team) && !world.hiddenTeamsFrom.has(login);
}

function found(issues: Iterable<Issue>, look: (issue: Issue) => Reply | undefined): Reply {
  for (const issue of issues) {
    const reply = look(issue);
    if (reply !== undefined) return reply;
  }
  return notFound();
}
