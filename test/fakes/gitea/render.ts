import type { Account, Comment, Entry, Issue, Label, Repository, Review, Role, Status, WorkflowRun, World } from './world.js';
import { git, headOf, isAdminRole, mayWriteRole } from './world.js';

/** The model in Gitea's words: the members that somebody asks about, `null` where Go would write it. */
type Json = Record<string, unknown>;

export const slugOf = (repository: Repository): string => `${repository.owner.login}/${repository.name}`;

export function renderUser(world: World, account: Account): Json {
  return { id: account.id, login: account.login, login_name: '', full_name: '', email: `${String(account.id)}@noreply.example.com`, html_url: `${world.url}/${encodeURIComponent(account.login)}`, avatar_url: '', language: '', is_admin: false, active: true, visibility: 'public' };
}

export function renderRepository(world: World, repository: Repository, role: Role | undefined): Json {
  const url = `${world.url}/${slugOf(repository)}`;
  return {
    id: repository.id, owner: renderUser(world, repository.owner), name: repository.name, full_name: slugOf(repository), private: repository.private, fork: false, archived: repository.archived, empty: false,
    html_url: url, clone_url: `${url}.git`, default_branch: repository.defaultBranch, parent: null, permissions: { admin: isAdminRole(role), push: mayWriteRole(role), pull: true }, object_format_name: 'sha1',
  };
}

export function renderLabel(world: World, repository: Repository, label: Label): Json {
  return { id: label.id, name: label.name, exclusive: false, is_archived: false, color: 'ededed', description: '', url: `${world.url}/api/v1/repos/${slugOf(repository)}/labels/${String(label.id)}` };
}

export function renderIssue(world: World, repository: Repository, issue: Issue): Json {
  const kind = issue.pull === undefined ? 'issues' : 'pulls';
  const url = `${world.url}/${slugOf(repository)}/${kind}/${String(issue.number)}`;
  return {
    id: issue.id, url, html_url: url, number: issue.number, user: renderUser(world, issue.author), original_author: '', original_author_id: 0, title: issue.title, body: issue.body, ref: '', assets: [],
    labels: issue.labels.map((label) => renderLabel(world, repository, label)), milestone: null, assignee: null, assignees: null, state: issue.state, is_locked: false, comments: issue.comments.length,
    created_at: issue.createdAt, updated_at: issue.updatedAt, closed_at: issue.state === 'closed' ? issue.updatedAt : null, due_date: null,
    pull_request: issue.pull === undefined ? null : { merged: issue.pull.merged, merged_at: null, draft: false, html_url: url },
    repository: { id: repository.id, name: repository.name, owner: repository.owner.login, full_name: slugOf(repository) }, pin_order: 0,
  };
}

export function renderComment(world: World, repository: Repository, issue: Issue, comment: Comment): Json {
  const pull = issue.pull !== undefined;
  const url = `${world.url}/${slugOf(repository)}/${pull ? 'pulls' : 'issues'}/${String(issue.number)}`;
  return {
    id: comment.id, html_url: `${url}#issuecomment-${String(comment.id)}`, pull_request_url: pull ? url : '', issue_url: pull ? '' : url, user: renderUser(world, comment.author),
    original_author: '', original_author_id: 0, body: comment.body, assets: [], created_at: comment.createdAt, updated_at: comment.updatedAt,
  };
}

/** One entry of the timeline; the members of other kinds stand there empty, as the server writes them. */
export function renderEntry(world: World, repository: Repository, entry: Entry): Json {
  return {
    id: entry.id, type: entry.type, html_url: '', pull_request_url: '', issue_url: '', user: renderUser(world, entry.actor), created_at: entry.at, updated_at: entry.at,
    body: entry.type === 'label' && entry.removed !== true ? '1' : '', old_project_id: 0, project_id: 0, old_milestone: null, milestone: null, tracked_time: null,
    old_title: '', new_title: '', old_ref: '', new_ref: '', ref_issue: null, ref_comment: null, ref_action: '', ref_commit_sha: '', review_id: 0,
    label: entry.label === undefined ? null : renderLabel(world, repository, entry.label),
    assignee: entry.assignee === undefined ? null : renderUser(world, entry.assignee), assignee_team: null, removed_assignee: entry.type === 'assignees' && entry.removed === true, resolve_doer: null, dependent_issue: null,
  };
}

export function renderTimelineComment(world: World, repository: Repository, comment: Comment): Json {
  return { ...renderEntry(world, repository, { id: comment.id, type: 'commit_ref', actor: comment.author, at: comment.createdAt }), type: 'comment', body: comment.body, updated_at: comment.updatedAt };
}

/** Gitea has no draft of its own: the title says it. */
export const isDraft = (title: string): boolean => /^(wip:|\[wip\])/i.test(title);

export function renderPull(world: World, repository: Repository, issue: Issue): Json {
  const { pull } = issue;
  if (pull === undefined) throw new Error(`#${String(issue.number)} is no pull request`);
  const end = (branch: string, fork: boolean): Json => ({
    label: branch, ref: branch, sha: headOf(repository, branch) ?? '', repo_id: fork ? 0 : repository.id,
    repo: fork ? { ...renderRepository(world, repository, 'read'), full_name: `somebody/${repository.name}`, fork: true } : renderRepository(world, repository, 'read'),
  });
  const url = `${world.url}/${slugOf(repository)}/pulls/${String(issue.number)}`;
  const base = headOf(repository, pull.base) ?? '';
  return {
    id: issue.id, url, number: issue.number, user: renderUser(world, issue.author), title: issue.title, body: issue.body, labels: issue.labels.map((label) => renderLabel(world, repository, label)), milestone: null,
    assignee: null, assignees: null, requested_reviewers: pull.reviewers.length === 0 ? null : pull.reviewers.map((one) => renderUser(world, one)), requested_reviewers_teams: pull.teams.length === 0 ? null : pull.teams.map((name) => renderTeam(world, name)),
    state: issue.state, draft: isDraft(issue.title), is_locked: false, comments: issue.comments.length, html_url: url, diff_url: `${url}.diff`, patch_url: `${url}.patch`, mergeable: true, merged: pull.merged,
    merged_at: pull.merged ? issue.updatedAt : null, merge_commit_sha: null, merged_by: null, allow_maintainer_edit: false, base: end(pull.base, false), head: end(pull.head, pull.fork === true),
    merge_base: git(repository, ['merge-base', base, headOf(repository, pull.head) ?? '']) ?? '', due_date: null, created_at: issue.createdAt, updated_at: issue.updatedAt, closed_at: null, pin_order: 0,
  };
}

export function renderTeam(world: World, name: string): Json {
  return { id: world.teams.get(name)?.id ?? 0, name: name.slice(name.indexOf('/') + 1), description: '', organization: null, includes_all_repositories: false, permission: 'write', units: [], units_map: {}, can_create_org_repo: false };
}

export function renderReview(world: World, repository: Repository, issue: Issue, review: Review): Json {
  const url = `${world.url}/${slugOf(repository)}/pulls/${String(issue.number)}`;
  return {
    id: review.id, user: renderUser(world, review.author), team: null, state: review.state, body: review.body, commit_id: review.commit, stale: false, official: false, dismissed: false, comments_count: review.comments.length,
    submitted_at: review.at, updated_at: review.at, html_url: `${url}#issuecomment-${String(review.id)}`, pull_request_url: url,
  };
}

export function renderStatus(world: World, status: Status): Json {
  return { id: status.id, status: status.state, target_url: '', description: status.description, url: `${world.url}/api/v1/statuses/${status.commit}`, context: status.context, creator: renderUser(world, status.by), created_at: status.at, updated_at: status.at };
}

export function renderCommit(world: World, repository: Repository, sha: string): Json | undefined {
  const text = /^[0-9a-f]{40}$/.test(sha) ? git(repository, ['cat-file', 'commit', sha]) : undefined;
  if (text === undefined) return undefined;
  const [header = '', ...rest] = text.split('\n\n');
  const lines = header.split('\n');
  const url = `${world.url}/api/v1/repos/${slugOf(repository)}/git`;
  const who = { name: 'Heddle', email: 'heddle@users.noreply.invalid', date: '2026-03-01T12:00:00Z' };
  return {
    url: `${url}/commits/${sha}`, sha, created: '2026-03-01T12:00:00Z', html_url: `${world.url}/${slugOf(repository)}/commit/${sha}`, author: null, committer: null, files: [], stats: null,
    commit: { url, author: who, committer: who, message: rest.join('\n\n'), tree: { url, sha: lines.find((line) => line.startsWith('tree '))?.slice(5) ?? '', created: '0001-01-01T00:00:00Z' }, verification: null },
    parents: lines.filter((line) => line.startsWith('parent ')).map((line) => ({ url, sha: line.slice(7), created: '0001-01-01T00:00:00Z' })),
  };
}

/** The two servers tell of a run in different words. */
export function renderRun(world: World, repository: Repository, run: WorkflowRun): Json {
  const url = `${world.url}/${slugOf(repository)}/actions/runs/${String(run.id)}`;
  return world.description.flavour === 'gitea'
    ? { id: run.id, url, html_url: url, display_title: run.file, path: `${run.file.split('/').at(-1) ?? ''}@refs/heads/${run.branch}`, event: run.event, run_attempt: 0, run_number: run.id, head_sha: run.commit, head_branch: run.branch, status: 'queued', repository_id: repository.id }
    : { id: run.id, html_url: url, title: run.file, workflow_id: run.file.split('/').at(-1) ?? '', event: run.event, trigger_event: run.event, commit_sha: run.commit, prettyref: run.branch, status: 'waiting', index_in_repo: run.id, need_approval: false };
}
