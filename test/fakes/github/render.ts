import type { Account, CheckRun, Comment, Issue, IssueEvent, Repository, WorkflowRun, World } from './world.js';

/** The model in GitHub's words. Members nobody asks about are filled from the description. */
type Json = Record<string, unknown>;

export const slugOf = (repository: Repository): string => `${repository.owner.login}/${repository.name}`;

export function renderUser(world: World, account: Account): Json {
  return world.description.fill('simple-user', {
    id: account.id, login: account.login, type: account.type, html_url: `${world.url}/${encodeURIComponent(account.login)}`, url: `${world.url}/users/${encodeURIComponent(account.login)}`,
  });
}

export function renderRepository(world: World, repository: Repository, account: Account, schema: 'full-repository' | 'repository' = 'full-repository'): Json {
  const role = repository.roles.get(account.login) ?? 'read';
  const rank = ['none', 'read', 'triage', 'write', 'maintain', 'admin'].indexOf(role);
  return world.description.fill(schema, {
    id: repository.id, name: repository.name, full_name: slugOf(repository), private: repository.private, default_branch: repository.defaultBranch,
    owner: renderUser(world, repository.owner), html_url: `${world.url}/${slugOf(repository)}`,
    permissions: { admin: rank >= 5, maintain: rank >= 4, push: rank >= 3, triage: rank >= 2, pull: rank >= 1 },
    archived: false,
  });
}

export function renderRef(world: World, repository: Repository, ref: string, sha: string): Json {
  const url = `${world.url}/repos/${slugOf(repository)}/git`;
  return { ref, node_id: `REF_${ref}`, url: `${url}/${ref}`, object: { type: 'commit', sha, url: `${url}/commits/${sha}` } };
}

export function renderCommit(world: World, repository: Repository, sha: string): Json {
  const commit = repository.git.commit(sha);
  if (commit === undefined) throw new Error(`no commit ${sha}`);
  const url = `${world.url}/repos/${slugOf(repository)}/git`;
  const who = { name: commit.author, email: 'nobody@example.com', date: commit.date };
  return world.description.fill('git-commit', {
    sha, message: commit.message, author: who, committer: who, url: `${url}/commits/${sha}`, html_url: `${world.url}/commit/${sha}`,
    tree: { sha: commit.tree, url: `${url}/trees/${commit.tree}` },
    parents: commit.parents.map((parent) => ({ sha: parent, url: `${url}/commits/${parent}`, html_url: `${world.url}/commit/${parent}` })),
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  });
}

export function renderIssue(world: World, repository: Repository, issue: Issue): Json {
  const url = `${world.url}/repos/${slugOf(repository)}/issues/${String(issue.number)}`;
  return world.description.fill('issue', {
    id: issue.id, number: issue.number, title: issue.title, body: issue.body === '' ? null : issue.body, state: issue.state,
    labels: issue.labels.map((name) => ({ id: 1, node_id: '', url: `${world.url}/labels`, name, description: '', color: 'ededed', default: false })),
    user: renderUser(world, issue.author), assignees: issue.assignees.map((one) => renderUser(world, one)), comments: issue.comments.length,
    created_at: issue.createdAt, updated_at: issue.updatedAt, closed_at: issue.state === 'closed' ? issue.updatedAt : null,
    url, html_url: `${world.url}/${slugOf(repository)}/${issue.pull === undefined ? 'issues' : 'pull'}/${String(issue.number)}`, author_association: 'NONE',
    ...(issue.pull === undefined ? {} : { pull_request: { url, html_url: url, diff_url: url, patch_url: url, merged_at: null } }),
  });
}

export function renderComment(world: World, repository: Repository, issue: Issue, comment: Comment): Json {
  return world.description.fill('issue-comment', {
    id: comment.id, body: comment.body, user: renderUser(world, comment.author), created_at: comment.createdAt, updated_at: comment.updatedAt,
    url: `${world.url}/repos/${slugOf(repository)}/issues/comments/${String(comment.id)}`, author_association: 'NONE',
    html_url: `${world.url}/${slugOf(repository)}/issues/${String(issue.number)}#issuecomment-${String(comment.id)}`,
  });
}

export function renderEvent(world: World, event: IssueEvent): Json {
  const common = { id: event.id, event: event.event, actor: renderUser(world, event.actor), created_at: event.at, url: `${world.url}/events/${String(event.id)}`, node_id: '', performed_via_github_app: null };
  switch (event.event) {
    case 'labeled': case 'unlabeled': return world.description.fill(`${event.event}-issue-event`, { ...common, label: { name: event.label ?? '', color: 'ededed' } });
    case 'assigned': return world.description.fill('timeline-assigned-issue-event', { ...common, assignee: renderUser(world, event.assignee ?? event.actor) });
    case 'renamed': return world.description.fill('renamed-issue-event', { ...common, rename: { from: 'old', to: 'new' } });
    default: return world.description.fill('state-change-issue-event', common);
  }
}

/** `pull-request` has everything, `pull-request-simple` (lists) a part of it. */
export function renderPull(world: World, repository: Repository, issue: Issue, schema: 'pull-request' | 'pull-request-simple'): Json {
  const pull = issue.pull;
  if (pull === undefined) throw new Error(`#${String(issue.number)} is no pull request`);
  const end = (branch: string): Json => ({
    ref: branch, label: `${repository.owner.login}:${branch}`, sha: repository.refs.get(`refs/heads/${branch}`) ?? '0'.repeat(40),
    repo: renderRepository(world, repository, issue.author, 'repository'), user: renderUser(world, repository.owner),
  });
  const url = `${world.url}/repos/${slugOf(repository)}/pulls/${String(issue.number)}`;
  const link = (href: string): Json => ({ href });
  return world.description.fill(schema, {
    id: issue.id, number: issue.number, title: issue.title, body: issue.body, state: issue.state, draft: pull.draft, locked: false,
    labels: issue.labels.map((name) => ({ id: 1, node_id: '', url, name, description: '', color: 'ededed', default: false })),
    user: renderUser(world, issue.author), head: end(pull.head), base: end(pull.base), url, html_url: `${world.url}/${slugOf(repository)}/pull/${String(issue.number)}`,
    created_at: issue.createdAt, updated_at: issue.updatedAt, closed_at: issue.state === 'closed' ? issue.updatedAt : null,
    merged_at: pull.merged ? issue.updatedAt : null, author_association: 'NONE', requested_reviewers: pull.reviewers.map((one) => renderUser(world, one)),
    _links: { comments: link(url), commits: link(url), statuses: link(url), html: link(url), issue: link(url), review_comments: link(url), review_comment: link(url), self: link(url) },
    requested_teams: pull.teams.map((slug) => world.description.fill(schema === 'pull-request' ? 'team-simple' : 'team', { name: slug, slug, permission: 'pull', url, html_url: url, members_url: url, repositories_url: url })),
    ...(schema === 'pull-request' ? { merged: pull.merged, mergeable: true, mergeable_state: 'clean' } : {}),
  });
}

export function renderCheckRun(world: World, run: CheckRun): Json {
  const url = `${world.url}/check-runs/${String(run.id)}`;
  return world.description.fill('check-run', {
    id: run.id, name: run.name, head_sha: run.headSha, status: run.status, conclusion: run.conclusion, url, html_url: url, details_url: url, external_id: '',
    output: { title: run.title, summary: run.summary, text: null, annotations_count: run.annotations.length, annotations_url: url },
    started_at: null, completed_at: null, check_suite: null, app: null, pull_requests: [],
  });
}

export function renderRun(world: World, repository: Repository, run: WorkflowRun): Json {
  const url = `${world.url}/${slugOf(repository)}/actions/runs/${String(run.id)}`;
  return world.description.fill('workflow-run', {
    id: run.id, name: run.name, head_branch: run.branch, head_sha: run.headSha, path: run.workflow, event: run.event, status: 'queued', conclusion: null,
    run_number: 1, workflow_id: 1, url, html_url: url, display_title: run.name,
    repository: world.description.fill('minimal-repository', { id: repository.id, name: repository.name, full_name: slugOf(repository), owner: renderUser(world, repository.owner) }),
    head_repository: world.description.fill('minimal-repository', { id: repository.id, name: repository.name, full_name: slugOf(repository), owner: renderUser(world, repository.owner) }),
  });
}
