import { createHash } from 'node:crypto';
import type { GitCommit } from './git-store.js';
import type { Account, CommitStatus, Deployment, Environment, Issue, Job, LabelEvent, MergeRequest, Note, Noteable, Pipeline, Project, StateEvent, World } from './world.js';

/** The model in GitLab's words. */
type Json = Record<string, unknown>;

export function renderUser(world: World, account: Account): Json {
  return { id: account.id, username: account.username, name: account.name, state: account.state, locked: false, avatar_url: null, web_url: `${world.url}/${account.username}` };
}

export function renderFullUser(world: World, account: Account): Json {
  return { ...renderUser(world, account), created_at: '2026-01-01T00:00:00.000Z', bot: account.bot, public_email: '', bio: '', location: null, job_title: '', followers: 0, following: 0 };
}

export const webUrl = (world: World, project: Project): string => `${world.url}/${project.path}`;

export function renderProject(world: World, project: Project, level: number): Json {
  const [name = '', ...above] = project.path.split('/').reverse();
  const group = above.reverse().join('/');
  return {
    id: project.id, name, path: name, path_with_namespace: project.path, name_with_namespace: project.path.split('/').join(' / '), description: null, default_branch: project.defaultBranch, visibility: project.visibility,
    web_url: webUrl(world, project), http_url_to_repo: `${webUrl(world, project)}.git`, ssh_url_to_repo: `git@${new URL(world.url).host}:${project.path}.git`, archived: false, created_at: '2026-01-01T00:00:00.000Z', topics: [],
    namespace: { id: world.group(group).id, name: group, path: group, full_path: group, kind: 'group', web_url: `${world.url}/groups/${group}` }, merge_method: 'merge', squash_option: project.settings.squash, issues_access_level: 'enabled',
    only_allow_merge_if_pipeline_succeeds: project.settings.onlyMergeIfPipelineSucceeds, only_allow_merge_if_all_discussions_are_resolved: false, merge_pipelines_enabled: project.settings.mergeTrains, merge_trains_enabled: project.settings.mergeTrains,
    ci_push_repository_for_job_token_allowed: project.settings.jobTokenMayPush, ci_pipeline_variables_minimum_override_role: project.settings.variablesRole, ci_job_token_scope_enabled: false, ci_config_path: '', jobs_enabled: true,
    permissions: { project_access: level > 0 ? { access_level: level, notification_level: 3 } : null, group_access: null },
  };
}

export function renderCommit(world: World, project: Project, commit: GitCommit): Json {
  return {
    id: commit.sha, short_id: commit.sha.slice(0, 8), title: commit.message.split('\n')[0] ?? '', message: commit.message, author_name: commit.author, author_email: commit.email, authored_date: commit.date,
    committer_name: commit.author, committer_email: commit.email, committed_date: commit.date, created_at: commit.date, parent_ids: commit.parents, trailers: {}, extended_trailers: {}, web_url: `${webUrl(world, project)}/-/commit/${commit.sha}`,
  };
}

export async function renderCommitOf(world: World, project: Project, sha: string): Promise<Json> {
  const commit = await project.git.commit(sha);
  if (commit === undefined) throw new Error(`no commit ${sha}`);
  return renderCommit(world, project, commit);
}

export function renderIssue(world: World, project: Project, issue: Issue): Json {
  const closed = issue.stateEvents.filter((event) => event.state === 'closed').at(-1);
  return {
    id: issue.id, iid: issue.iid, project_id: project.id, title: issue.title, description: issue.description === '' ? null : issue.description, state: issue.state, created_at: issue.createdAt, updated_at: issue.updatedAt,
    closed_at: issue.state === 'closed' ? closed?.at ?? issue.updatedAt : null, closed_by: issue.state === 'closed' && closed?.user != null ? renderUser(world, closed.user) : null, labels: issue.labels,
    milestone: null, assignees: issue.assignees.map((one) => renderUser(world, one)), assignee: issue.assignees[0] === undefined ? null : renderUser(world, issue.assignees[0]), author: renderUser(world, issue.author),
    type: issue.type, issue_type: issue.type.toLowerCase(), user_notes_count: issue.notes.filter((note) => !note.system).length, merge_requests_count: 0, upvotes: 0, downvotes: 0, due_date: null, confidential: issue.confidential, discussion_locked: null,
    web_url: `${webUrl(world, project)}/-/issues/${String(issue.iid)}`, references: { short: `#${String(issue.iid)}`, relative: `#${String(issue.iid)}`, full: `${project.path}#${String(issue.iid)}` }, severity: 'UNKNOWN', moved_to_id: null, has_tasks: false,
  };
}

export function renderNote(world: World, project: Project, to: Noteable, note: Note): Json {
  const isIssue = !('sourceBranch' in to);
  const resolvable = !isIssue && !note.system && !note.individual;
  return {
    id: note.id, type: note.position !== undefined ? 'DiffNote' : note.individual ? null : 'DiscussionNote', body: note.body, author: renderUser(world, note.author), created_at: note.createdAt, updated_at: note.updatedAt, system: note.system,
    noteable_id: to.id, noteable_type: isIssue ? 'Issue' : 'MergeRequest', noteable_iid: to.iid, project_id: project.id, resolvable, confidential: note.internal, internal: note.internal, imported: false, commands_changes: {},
    ...(resolvable ? { resolved: note.resolved ?? false, resolved_by: null } : {}), ...(note.position === undefined ? {} : { position: note.position }),
  };
}

export function renderLabelEvent(world: World, project: Project, to: Noteable, event: LabelEvent): Json {
  return {
    id: event.id, user: event.user === null ? null : renderUser(world, event.user), created_at: event.at, resource_type: 'sourceBranch' in to ? 'MergeRequest' : 'Issue', resource_id: to.id, action: event.action,
    label: event.label === null ? null : { id: world.label(project, event.label), name: event.label, color: '#ededed', description: null },
  };
}

export function renderStateEvent(world: World, to: Noteable, event: StateEvent): Json {
  return { id: event.id, user: event.user === null ? null : renderUser(world, event.user), created_at: event.at, resource_type: 'sourceBranch' in to ? 'MergeRequest' : 'Issue', resource_id: to.id, state: event.state, source_commit: null, source_merge_request: null };
}

/** What GitLab says of whether it could be merged now; the first rule that is not met. */
export function detailedStatus(project: Project, request: MergeRequest, head: Pipeline | undefined): string {
  if (request.detailedStatus !== undefined) return request.detailedStatus;
  if (request.state !== 'opened') return 'not_open';
  if (/^(\[draft\]|\(draft\)|draft:)/i.test(request.title)) return 'draft_status';
  if (project.settings.onlyMergeIfPipelineSucceeds && head?.status !== 'success') return head === undefined || head.status === 'failed' ? 'ci_must_pass' : 'ci_still_running';
  return request.approvedBy.length < project.settings.approvalsRequired ? 'not_approved' : 'mergeable';
}

export async function renderMergeRequest(world: World, project: Project, request: MergeRequest, whole: boolean): Promise<Json> {
  const source = request.sourceProject;
  const head = await source.git.head(request.sourceBranch);
  const target = await project.git.head(request.targetBranch);
  const pipeline = project.pipelines.filter((one) => one.sha === head).at(-1);
  const base = head === undefined || target === undefined ? undefined : await project.git.mergeBase(target, head);
  const status = detailedStatus(project, request, pipeline);
  return {
    id: request.id, iid: request.iid, project_id: project.id, title: request.title, description: request.description === '' ? null : request.description, state: request.state, created_at: request.createdAt, updated_at: request.updatedAt,
    merged_at: request.state === 'merged' ? request.updatedAt : null, merge_user: null, merged_by: null, closed_at: request.state === 'closed' ? request.updatedAt : null, closed_by: null, target_branch: request.targetBranch, source_branch: request.sourceBranch,
    source_project_id: source.id, target_project_id: project.id, author: renderUser(world, request.author), assignees: request.assignees.map((one) => renderUser(world, one)), assignee: request.assignees[0] === undefined ? null : renderUser(world, request.assignees[0]),
    reviewers: request.reviewers.map((one) => renderUser(world, one)), labels: request.labels, draft: /^(\[draft\]|\(draft\)|draft:)/i.test(request.title), work_in_progress: false, milestone: null,
    merge_when_pipeline_succeeds: request.autoMerge, merge_status: status === 'mergeable' ? 'can_be_merged' : 'cannot_be_merged', detailed_merge_status: status, sha: head ?? null, merge_commit_sha: request.mergeCommit, squash_commit_sha: null,
    squash: request.squash, squash_on_merge: request.squash, has_conflicts: false, blocking_discussions_resolved: true, discussion_locked: null, should_remove_source_branch: request.removeSourceBranch, force_remove_source_branch: request.removeSourceBranch,
    user_notes_count: request.notes.filter((note) => !note.system).length, upvotes: 0, downvotes: 0, reference: `!${String(request.iid)}`, references: { short: `!${String(request.iid)}`, relative: `!${String(request.iid)}`, full: `${project.path}!${String(request.iid)}` },
    web_url: `${webUrl(world, project)}/-/merge_requests/${String(request.iid)}`, prepared_at: request.createdAt,
    ...(whole ? {
      changes_count: base === undefined || head === undefined ? null : String((await project.git.changedPaths(base, head)).length), merge_error: null, first_contribution: false, subscribed: false, user: { can_merge: true },
      diff_refs: base === undefined || head === undefined || target === undefined ? null : { base_sha: base, head_sha: head, start_sha: target },
      head_pipeline: pipeline === undefined ? null : renderPipeline(world, project, pipeline), pipeline: pipeline === undefined ? null : renderPipeline(world, project, pipeline),
    } : {}),
  };
}

export function renderPipeline(world: World, project: Project, pipeline: Pipeline, whole = false): Json {
  return {
    id: pipeline.id, iid: pipeline.iid, project_id: project.id, sha: pipeline.sha, ref: pipeline.ref, status: pipeline.status, source: pipeline.source, created_at: pipeline.createdAt, updated_at: pipeline.updatedAt, name: null,
    web_url: `${webUrl(world, project)}/-/pipelines/${String(pipeline.id)}`,
    ...(whole ? { user: renderUser(world, pipeline.user), detailed_status: { icon: 'status', text: pipeline.status, label: pipeline.status, group: pipeline.status }, yaml_errors: null, duration: null, queued_duration: null, coverage: null, tag: false, before_sha: '0'.repeat(40), started_at: pipeline.createdAt, finished_at: null } : {}),
  };
}

export async function renderJob(world: World, project: Project, job: Job): Promise<Json> {
  const { pipeline } = job;
  return {
    id: job.id, name: job.name, stage: job.stage, status: job.status, ref: pipeline.ref, tag: false, allow_failure: job.allowFailure, coverage: null, created_at: pipeline.createdAt, started_at: job.startedAt ?? null, finished_at: job.finishedAt ?? null, duration: null, erased_at: null,
    web_url: `${webUrl(world, project)}/-/jobs/${String(job.id)}`, pipeline: { id: pipeline.id, project_id: project.id, sha: pipeline.sha, ref: pipeline.ref, status: pipeline.status }, user: renderUser(world, job.user),
    commit: await renderCommitOf(world, project, pipeline.sha), artifacts: [], ...(job.failureReason === undefined ? {} : { failure_reason: job.failureReason }),
  };
}

export function renderStatus(world: World, status: CommitStatus): Json {
  return {
    id: status.id, sha: status.sha, ref: status.ref, status: status.status, name: status.name, target_url: status.targetUrl, description: status.description, created_at: status.createdAt, started_at: null, finished_at: null, allow_failure: false, coverage: null,
    author: renderUser(world, status.author),
  };
}

export function renderEnvironment(environment: Environment): Json {
  return { id: environment.id, name: environment.name, slug: environment.name.toLowerCase().replace(/[^a-z0-9]+/g, '-'), state: 'available', external_url: null, tier: 'other' };
}

export function renderDeployment(world: World, deployment: Deployment): Json {
  const { job } = deployment;
  return {
    id: deployment.id, iid: deployment.iid, ref: deployment.ref, sha: deployment.sha, status: deployment.status, created_at: deployment.createdAt, updated_at: deployment.updatedAt, user: renderUser(world, deployment.user),
    environment: renderEnvironment(deployment.environment), deployable: job === undefined ? null : { id: job.id, name: job.name, status: job.status, pipeline: { id: job.pipeline.id } },
    pending_approval_count: Math.max(0, deployment.environment.approvalsRequired - deployment.approvals.filter((one) => one.status === 'approved').length),
    approvals: deployment.approvals.map((one) => ({ user: renderUser(world, one.user), status: one.status, created_at: one.createdAt, comment: one.comment })),
  };
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
