import { isDraft, renderPull, renderReview } from './render.js';
import { git, headOf, notFound, page, problem } from './world.js';
import type { Call, Handler, Issue, Pull, Reply, Review, World } from './world.js';

export const pullHandlers: Readonly<Record<string, Handler>> = {
  repoListPullRequests: (world, call) => {
    const { state = 'open' } = call.query;
    const found = [...call.repository.issues.values()].filter((issue) => issue.pull !== undefined && (state === 'all' || issue.state === state)).sort((a, b) => b.number - a.number);
    return page(world, call, `${pathOf(call)}/pulls`, found.map((issue) => renderPull(world, call.repository, issue)));
  },
  repoCreatePullRequest: createPull,
  repoGetPullRequest: (world, call) => withPull(call, (issue) => ({ status: 200, body: renderPull(world, call.repository, issue) })),
  // Of several the oldest, open or not.
  repoGetPullRequestByBaseHead: (world, call) => {
    const found = [...call.repository.issues.values()].find((issue) => issue.pull?.head === call.params['head'] && issue.pull?.base === call.params['base'] && issue.pull?.fork !== true);
    return found === undefined ? notFound() : { status: 200, body: renderPull(world, call.repository, found) };
  },
  repoEditPullRequest: (world, call) => withPull(call, (issue, pull) => {
    const { title, body, state, base } = call.body;
    if (title !== undefined) issue.title = String(title);
    if (body !== undefined) issue.body = String(body);
    if (base !== undefined) pull.base = String(base);
    if (state === 'open' || state === 'closed') issue.state = state;
    issue.updatedAt = world.now();
    return { status: 201, body: renderPull(world, call.repository, issue) };
  }),
  repoGetPullRequestFiles: (world, call) => withPull(call, (_issue, pull) => {
    const base = headOf(call.repository, pull.base) ?? '';
    const head = headOf(call.repository, pull.head) ?? '';
    const lines = (git(call.repository, ['diff', '--name-only', '--no-renames', '-z', `${base}...${head}`]) ?? '').split('\0').filter((path) => path !== '');
    return page(world, call, `${pathOf(call)}/pulls/${call.params['index'] ?? ''}/files`, lines.map((filename) => ({ filename, status: 'changed', additions: 1, deletions: 0, changes: 1, html_url: '', contents_url: '', raw_url: '' })));
  }),
  repoCreatePullReviewRequests: requestReviewers,
  repoListPullReviews: (world, call) => withPull(call, (issue, pull) => page(world, call, `${pathOf(call)}/pulls/${String(issue.number)}/reviews`, pull.reviews.map((review) => renderReview(world, call.repository, issue, review)))),
  repoGetPullReview: (world, call) => withPull(call, (issue, pull) => {
    const review = pull.reviews.find((one) => String(one.id) === call.params['id']);
    return review === undefined ? notFound() : { status: 200, body: renderReview(world, call.repository, issue, review) };
  }),
  repoCreatePullReview: createReview,
  repoMergePullRequest: merge,
};

function createPull(world: World, call: Call): Reply {
  const { repository } = call;
  const head = String(call.body['head']);
  const base = String(call.body['base']);
  const headCommit = headOf(repository, head);
  if (headCommit === undefined || headOf(repository, base) === undefined) return notFound();
  const open = [...repository.issues.values()].some((issue) => issue.state === 'open' && issue.pull?.head === head && issue.pull.base === base);
  if (open) return problem(409, 'pull request already exists for these targets');
  const issue = world.addIssue(repository, { title: String(call.body['title']), body: String(call.body['body'] ?? ''), author: call.user, pull: { head, base, merged: false, reviewers: [], teams: [], reviews: [] } });
  return { status: 201, body: renderPull(world, repository, issue) };
}

/** One name that cannot review makes the whole request fail, and nobody is asked. */
function requestReviewers(world: World, call: Call): Reply {
  return withPull(call, (issue, pull) => {
    const logins = (call.body['reviewers'] ?? []) as string[];
    const teams = (call.body['team_reviewers'] ?? []) as string[];
    if (logins.some((login) => !world.accounts.has(login))) return notFound();
    if (logins.includes(issue.author.login)) return problem(422, 'poster of pr can\'t be reviewer');
    if (logins.some((login) => (call.repository.roles.get(login) ?? 'none') === 'none')) return problem(422, 'Reviewer can\'t read');
    const known = teams.map((name) => `${call.repository.owner.login}/${name}`);
    if (known.some((name) => !world.teams.has(name))) return notFound();
    for (const login of logins) {
      const account = world.account(login);
      if (!pull.reviewers.includes(account)) pull.reviewers.push(account);
    }
    for (const name of known) if (!pull.teams.includes(name)) pull.teams.push(name);
    // The requests that came of this call, as empty reviews.
    return { status: 201, body: logins.map((login) => renderReview(world, call.repository, issue, { id: world.id(), author: world.account(login), body: '', commit: '', state: 'COMMENT', comments: [], at: world.now() })) };
  });
}

/** Gitea looks neither at the path nor at the line: a note that fits nowhere is kept and shown as outdated. */
function createReview(world: World, call: Call): Reply {
  return withPull(call, (issue, pull) => {
    const comments = ((call.body['comments'] ?? []) as { path: string; new_position: number; body: string }[]).map((one) => ({ path: one.path, line: one.new_position, body: one.body }));
    const state = call.body['event'] === 'APPROVED' ? 'APPROVED' : call.body['event'] === 'REQUEST_CHANGES' ? 'REQUEST_CHANGES' : 'COMMENT';
    const review: Review = { id: world.id(), author: call.user, body: String(call.body['body'] ?? ''), commit: String(call.body['commit_id'] ?? ''), state, comments, at: world.now() };
    pull.reviews.push(review);
    return { status: 200, body: renderReview(world, call.repository, issue, review) };
  });
}

/** Without anything that must still come a merge that was to wait is done at once. */
function merge(_world: World, call: Call): Reply {
  return withPull(call, (issue, pull) => {
    const head = headOf(call.repository, pull.head) ?? '';
    if (issue.state !== 'open') return notFound();
    if (isDraft(issue.title)) return problem(405, 'Work in progress PRs cannot be merged');
    if (call.body['head_commit_id'] !== undefined && call.body['head_commit_id'] !== head) return problem(409, 'head out of date');
    if (pull.autoMerge !== undefined) return problem(409, 'pull request is already scheduled to auto merge when checks succeed');
    if (call.body['merge_when_checks_succeed'] === true && isBlocked(call, pull, head)) {
      pull.autoMerge = { style: String(call.body['Do']), head };
      return { status: 201 };
    }
    if (isBlocked(call, pull, head)) return problem(405, 'not all required status checks successful');
    pull.merged = true;
    issue.state = 'closed';
    return { status: 200 };
  });
}

function isBlocked(call: Call, pull: Pull, head: string): boolean {
  const rule = call.repository.protections.get(pull.base);
  if (rule === undefined) return false;
  const approved = pull.reviews.filter((review) => review.state === 'APPROVED').length;
  const good = rule.contexts.every((context) => call.repository.statuses.filter((one) => one.commit === head && one.context === context).at(-1)?.state === 'success');
  return !good || approved < rule.approvals;
}

function withPull(call: Call, found: (issue: Issue, pull: Pull) => Reply): Reply {
  const issue = call.repository.issues.get(Number(call.params['index']));
  return issue?.pull === undefined ? notFound() : found(issue, issue.pull);
}

function pathOf(call: Call): string {
  return `/repos/${call.params['owner'] ?? ''}/${call.params['repo'] ?? ''}`;
}
