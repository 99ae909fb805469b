import { z } from 'zod';
import * as shape from './shapes.js';
import type { Level } from './world.js';

export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Members of the query beside those of paging, which every list has. */
  readonly query: readonly string[];
  readonly body: z.ZodType | undefined;
  /** The answer of a success. `undefined`: no content; `raw`: not JSON. */
  readonly answer: z.ZodType | 'raw' | undefined;
  readonly status: number;
  /** The level of a member that may do it; 0: who may see the project. */
  readonly level: Level;
  /** A job's token may be used; a number: from this version of GitLab on. */
  readonly job: boolean | number;
  /** The scope `read_api` is enough. */
  readonly read: boolean;
}
interface More { readonly query?: readonly string[]; readonly body?: z.ZodType; readonly status?: number; readonly level?: Level; readonly job?: boolean | number }

const text = z.string();
const number = z.union([z.int(), z.string().regex(/^\d+$/)]);
const flag = z.union([z.boolean(), z.enum(['true', 'false'])]);
const ids = z.union([z.array(number), text]);
const labels = z.union([text, z.array(text)]);
const body = (shapeOf: z.ZodRawShape): z.ZodType => z.strictObject(Object.fromEntries(Object.entries(shapeOf).map(([name, type]) => [name, type as z.ZodType])));
const opt = (type: z.ZodType): z.ZodType => type.optional();
const note = { body: text, created_at: opt(text) };
const rule = z.looseObject({ id: z.int(), name: text, rule_type: text, approvals_required: z.int() });
const P = '/projects/:id';
const I = `${P}/issues/:iid`;
const M = `${P}/merge_requests/:iid`;
const R = `${P}/repository`;
const sorted = ['sort', 'order_by'];

function get(name: string, path: string, answer: Operation['answer'], more: More = {}): Operation {
  return { name, method: 'GET', path, query: more.query ?? [], body: undefined, answer, status: 200, level: more.level ?? 0, job: more.job ?? false, read: true };
}
function write(method: string) {
  return (name: string, path: string, answer: Operation['answer'], more: More = {}): Operation => ({
    name, method, path, query: more.query ?? [], body: more.body ?? (method === 'DELETE' ? undefined : body({})), answer, status: more.status ?? (method === 'POST' ? 201 : method === 'DELETE' ? 204 : 200), level: more.level ?? 30, job: more.job ?? false, read: false,
  });
}
const post = write('POST');
const put = write('PUT');
const del = write('DELETE');

const people: readonly Operation[] = [
  get('metadata.show', '/metadata', shape.Metadata),
  get('users.current', '/user', shape.CurrentUser),
  get('users.list', '/users', z.array(shape.User), { query: ['username', 'search', 'active'] }),
  get('users.show', '/users/:user_id', shape.User),
  get('tokens.self', '/personal_access_tokens/self', shape.TokenSelf),
  get('job.current', '/job', shape.Job, { job: true }),
  get('groups.show', '/groups/:id', shape.Group, { query: ['with_projects', 'with_custom_attributes'] }),
  get('groups.members.all', '/groups/:id/members/all', z.array(shape.Member), { query: ['query', 'user_ids', 'state'] }),
  get('groups.member', '/groups/:id/members/all/:user_id', shape.Member),
  get('groups.own_member', '/groups/:id/members/:user_id', shape.Member),
  get('projects.show', P, shape.Project, { query: ['license', 'statistics'] }),
  get('members.list', `${P}/members/all`, z.array(shape.Member), { query: ['query', 'user_ids', 'state'] }),
  get('members.show', `${P}/members/all/:user_id`, shape.Member),
];

const repository: readonly Operation[] = [
  get('branches.list', `${R}/branches`, z.array(shape.Branch), { query: ['search', 'regex', 'page_token', 'sort'], job: true }),
  get('branches.show', `${R}/branches/:branch`, shape.Branch, { job: true }),
  post('branches.create', `${R}/branches`, shape.Branch, { query: ['branch', 'ref'], body: body({ branch: opt(text), ref: opt(text) }) }),
  del('branches.delete', `${R}/branches/:branch`, undefined),
  get('tags.show', `${R}/tags/:tag`, shape.Tag, { job: true }),
  get('tags.list', `${R}/tags`, z.array(shape.Tag), { query: ['search', 'order_by', 'sort', 'page_token'], job: true }),
  post('tags.create', `${R}/tags`, shape.Tag, { query: ['tag_name', 'ref', 'message'], body: body({ tag_name: opt(text), ref: opt(text), message: opt(text) }) }),
  del('tags.delete', `${R}/tags/:tag`, undefined),
  get('commits.list', `${R}/commits`, z.array(shape.Commit), { query: ['ref_name', 'since', 'until', 'path', 'all', 'with_stats', 'first_parent', 'order'], job: true }),
  get('commits.show', `${R}/commits/:sha`, shape.Commit, { query: ['stats'], job: true }),
  get('commits.diff', `${R}/commits/:sha/diff`, z.array(shape.Diff), { query: ['unidiff'], job: true }),
  get('commits.merge_requests', `${R}/commits/:sha/merge_requests`, z.array(shape.MergeRequest), { query: ['state'], job: true }),
  post('commits.create', `${R}/commits`, shape.Commit, { body: body({
    branch: text, commit_message: text, start_branch: opt(text), start_sha: opt(text), start_project: opt(text), author_email: opt(text), author_name: opt(text), stats: opt(flag), force: opt(flag),
    actions: z.array(body({ action: z.enum(['create', 'delete', 'move', 'update', 'chmod']), file_path: text, previous_path: opt(text), content: opt(text), encoding: opt(z.enum(['text', 'base64'])), last_commit_id: opt(text), execute_filemode: opt(flag) })),
  }) }),
  get('statuses.list', `${R}/commits/:sha/statuses`, z.array(shape.CommitStatus), { query: ['ref', 'stage', 'name', 'pipeline_id', 'all', ...sorted] }),
  post('statuses.create', `${P}/statuses/:sha`, shape.CommitStatus, { query: ['state', 'ref', 'name', 'context', 'target_url', 'description', 'coverage', 'pipeline_id'], body: body({ state: opt(text), ref: opt(text), name: opt(text), context: opt(text), target_url: opt(text), description: opt(text), coverage: opt(z.number()), pipeline_id: opt(number) }) }),
  get('tree.list', `${R}/tree`, z.array(shape.TreeItem), { query: ['path', 'ref', 'recursive', 'page_token'], job: true }),
  get('files.show', `${R}/files/:file_path`, shape.File, { query: ['ref'], job: true }),
  get('files.raw', `${R}/files/:file_path/raw`, 'raw', { query: ['ref', 'lfs'], job: true }),
  post('files.create', `${R}/files/:file_path`, z.looseObject({ file_path: text, branch: text }), { body: fileBody() }),
  put('files.update', `${R}/files/:file_path`, z.looseObject({ file_path: text, branch: text }), { body: fileBody() }),
  del('files.delete', `${R}/files/:file_path`, undefined, { query: ['branch', 'commit_message', 'author_email', 'author_name', 'last_commit_id'], body: body({ branch: opt(text), commit_message: opt(text), author_email: opt(text), author_name: opt(text) }) }),
  get('blobs.raw', `${R}/blobs/:sha/raw`, 'raw', { job: true }),
  get('compare', `${R}/compare`, shape.Compare, { query: ['from', 'to', 'from_project_id', 'straight', 'unidiff'], job: true }),
  get('merge_base', `${R}/merge_base`, shape.Commit, { query: ['refs'], job: true }),
  get('protected_branches.list', `${P}/protected_branches`, z.array(shape.ProtectedBranch), { query: ['search'], level: 30 }),
  get('push_rule.show', `${P}/push_rule`, z.looseObject({}).nullable(), { level: 30 }),
  get('protected_branches.show', `${P}/protected_branches/:name`, shape.ProtectedBranch, { level: 30 }),
];

function fileBody(): z.ZodType {
  return body({ branch: text, content: text, commit_message: text, encoding: opt(z.enum(['text', 'base64'])), author_email: opt(text), author_name: opt(text), start_branch: opt(text), execute_filemode: opt(flag), last_commit_id: opt(text) });
}

const issues: readonly Operation[] = [
  get('issues.list', `${P}/issues`, z.array(shape.Issue), { query: ['state', 'labels', 'search', 'in', 'updated_after', 'updated_before', 'created_after', 'author_id', 'author_username', 'assignee_id', 'assignee_username', 'issue_type', 'iids', 'scope', 'confidential', 'with_labels_details', 'not', ...sorted] }),
  get('issues.show', I, shape.Issue),
  post('issues.create', `${P}/issues`, shape.Issue, { level: 10, body: body({ title: text, description: opt(text), labels: opt(labels), assignee_ids: opt(ids), confidential: opt(flag), issue_type: opt(text), created_at: opt(text) }) }),
  put('issues.update', I, shape.Issue, { level: 10, body: body({ title: opt(text), description: opt(text), labels: opt(labels), add_labels: opt(labels), remove_labels: opt(labels), state_event: opt(z.enum(['close', 'reopen'])), assignee_ids: opt(ids), confidential: opt(flag) }) }),
  get('issues.label_events', `${I}/resource_label_events`, z.array(shape.LabelEvent)),
  get('issues.state_events', `${I}/resource_state_events`, z.array(shape.StateEvent)),
  get('issues.notes.list', `${I}/notes`, z.array(shape.Note), { query: ['activity_filter', ...sorted] }),
  get('issues.notes.show', `${I}/notes/:note_id`, shape.Note),
  post('issues.notes.create', `${I}/notes`, shape.Note, { level: 10, body: body({ ...note, internal: opt(flag), confidential: opt(flag) }) }),
  put('issues.notes.update', `${I}/notes/:note_id`, shape.Note, { level: 10, body: body({ body: opt(text), confidential: opt(flag) }) }),
  del('issues.notes.delete', `${I}/notes/:note_id`, undefined, { level: 10 }),
  get('issues.discussions.list', `${I}/discussions`, z.array(shape.Discussion)),
  get('labels.list', `${P}/labels`, z.array(shape.Label), { query: ['search', 'with_counts', 'include_ancestor_groups'] }),
  post('labels.create', `${P}/labels`, shape.Label, { level: 15, body: body({ name: text, color: text, description: opt(text), priority: opt(number) }) }),
];

const discussion = { ...note, commit_id: opt(text), position: opt(body({
  base_sha: text, start_sha: text, head_sha: text, position_type: z.enum(['text', 'image', 'file']), new_path: opt(text), old_path: opt(text), new_line: opt(number), old_line: opt(number), line_range: opt(z.looseObject({})),
})) };
const mergeFields = { title: opt(text), description: opt(text), labels: opt(labels), assignee_id: opt(number), assignee_ids: opt(ids), reviewer_ids: opt(ids), remove_source_branch: opt(flag), squash: opt(flag), allow_collaboration: opt(flag), milestone_id: opt(number) };
const mergeRequests: readonly Operation[] = [
  get('merge_requests.list', `${P}/merge_requests`, z.array(shape.MergeRequest), { job: true, query: ['state', 'source_branch', 'target_branch', 'source_project_id', 'author_id', 'author_username', 'reviewer_username', 'reviewer_id', 'labels', 'iids', 'scope', 'search', 'in', 'wip', 'draft', 'view', 'updated_after', 'created_after', 'with_merge_status_recheck', 'not', ...sorted] }),
  get('merge_requests.show', M, shape.MergeRequestFull, { job: true, query: ['include_diverged_commits_count', 'include_rebase_in_progress', 'render_html'] }),
  post('merge_requests.create', `${P}/merge_requests`, shape.MergeRequestFull, { body: body({ ...mergeFields, title: text, source_branch: text, target_branch: text, target_project_id: opt(number) }) }),
  put('merge_requests.update', M, shape.MergeRequestFull, { body: body({ ...mergeFields, target_branch: opt(text), add_labels: opt(labels), remove_labels: opt(labels), state_event: opt(z.enum(['close', 'reopen'])) }) }),
  put('merge_requests.merge', `${M}/merge`, shape.MergeRequestFull, { body: body({ sha: opt(text), auto_merge: opt(flag), merge_when_pipeline_succeeds: opt(flag), squash: opt(flag), should_remove_source_branch: opt(flag), merge_commit_message: opt(text), squash_commit_message: opt(text) }) }),
  post('merge_requests.cancel_auto_merge', `${M}/cancel_merge_when_pipeline_succeeds`, shape.MergeRequestFull),
  get('merge_requests.commits', `${M}/commits`, z.array(shape.Commit), { job: true }),
  get('merge_requests.diffs', `${M}/diffs`, z.array(shape.Diff), { job: true, query: ['unidiff'] }),
  get('merge_requests.versions', `${M}/versions`, z.array(shape.Version), { job: true }),
  get('merge_requests.pipelines.list', `${M}/pipelines`, z.array(shape.PipelineBasic)),
  post('merge_requests.pipelines.create', `${M}/pipelines`, shape.Pipeline),
  get('merge_requests.label_events', `${M}/resource_label_events`, z.array(shape.LabelEvent)),
  get('merge_requests.state_events', `${M}/resource_state_events`, z.array(shape.StateEvent)),
  get('merge_requests.notes.list', `${M}/notes`, z.array(shape.Note), { job: true, query: ['activity_filter', ...sorted] }),
  get('merge_requests.notes.show', `${M}/notes/:note_id`, shape.Note, { job: true }),
  post('merge_requests.notes.create', `${M}/notes`, shape.Note, { level: 10, body: body({ ...note, internal: opt(flag), merge_request_diff_head_sha: opt(text) }) }),
  put('merge_requests.notes.update', `${M}/notes/:note_id`, shape.Note, { level: 10, body: body({ body: opt(text) }) }),
  get('merge_requests.discussions.list', `${M}/discussions`, z.array(shape.Discussion)),
  get('merge_requests.discussions.show', `${M}/discussions/:discussion_id`, shape.Discussion),
  post('merge_requests.discussions.create', `${M}/discussions`, shape.Discussion, { level: 10, body: body(discussion) }),
  put('merge_requests.discussions.resolve', `${M}/discussions/:discussion_id`, shape.Discussion, { query: ['resolved'], body: body({ resolved: opt(flag) }) }),
  post('merge_requests.discussions.notes.create', `${M}/discussions/:discussion_id/notes`, shape.Note, { level: 10, body: body({ ...note, note_id: opt(number) }) }),
  get('approvals.show', `${M}/approvals`, shape.Approvals),
  get('approvals.state', `${M}/approval_state`, shape.ApprovalState),
  post('approvals.approve', `${M}/approve`, shape.Approvals, { body: body({ sha: opt(text), approval_password: opt(text) }) }),
  post('approvals.unapprove', `${M}/unapprove`, undefined, { status: 201 }),
  get('approval_rules.list', `${M}/approval_rules`, z.array(rule)),
  post('approval_rules.create', `${M}/approval_rules`, rule, { body: body({ name: text, approvals_required: number, group_ids: opt(ids), user_ids: opt(ids) }) }),
  get('status_checks.list', `${M}/status_checks`, z.array(z.looseObject({ id: z.int(), name: text, external_url: text, status: text }))),
  post('status_checks.respond', `${M}/status_check_responses`, z.looseObject({ id: z.int() }), { body: body({ sha: text, external_status_check_id: number, status: z.enum(['pending', 'passed', 'failed']) }) }),
  get('merge_trains.list', `${P}/merge_trains`, z.array(shape.MergeTrainCar), { query: ['scope', 'sort'] }),
  get('merge_trains.show', `${P}/merge_trains/merge_requests/:iid`, shape.MergeTrainCar),
  post('merge_trains.add', `${P}/merge_trains/merge_requests/:iid`, z.array(shape.MergeTrainCar), { body: body({ sha: opt(text), squash: opt(flag), auto_merge: opt(flag), when_pipeline_succeeds: opt(flag) }) }),
];

const ci: readonly Operation[] = [
  get('pipelines.list', `${P}/pipelines`, z.array(shape.PipelineBasic), { query: ['sha', 'ref', 'status', 'source', 'scope', 'username', 'updated_after', 'updated_before', 'name', 'yaml_errors', ...sorted] }),
  get('pipelines.show', `${P}/pipelines/:pipeline_id`, shape.Pipeline),
  post('pipelines.create', `${P}/pipeline`, shape.Pipeline, { query: ['ref'], body: body({ ref: opt(text), variables: opt(z.array(z.looseObject({ key: text, value: text }))), inputs: opt(z.record(text, z.unknown())) }) }),
  post('pipelines.cancel', `${P}/pipelines/:pipeline_id/cancel`, shape.Pipeline, { status: 200 }),
  post('pipelines.retry', `${P}/pipelines/:pipeline_id/retry`, shape.Pipeline, { status: 201 }),
  get('pipelines.variables', `${P}/pipelines/:pipeline_id/variables`, z.array(shape.Variable), { level: 30 }),
  get('pipelines.jobs', `${P}/pipelines/:pipeline_id/jobs`, z.array(shape.Job), { job: 18, query: ['scope', 'include_retried'] }),
  get('pipelines.bridges', `${P}/pipelines/:pipeline_id/bridges`, z.array(z.unknown()), { query: ['scope'] }),
  get('pipelines.test_report', `${P}/pipelines/:pipeline_id/test_report`, shape.TestReport),
  get('jobs.list', `${P}/jobs`, z.array(shape.Job), { job: true, query: ['scope'] }),
  get('jobs.show', `${P}/jobs/:job_id`, shape.Job),
  get('jobs.artifact', `${P}/jobs/:job_id/artifacts/:path*`, 'raw', { job: true }),
  get('jobs.trace', `${P}/jobs/:job_id/trace`, 'raw'),
  post('jobs.play', `${P}/jobs/:job_id/play`, shape.Job, { status: 200, body: body({ job_variables_attributes: opt(z.array(z.unknown())) }) }),
  post('trigger.pipeline', `${P}/trigger/pipeline`, shape.Pipeline, { job: true, level: 0, query: ['token', 'ref'], body: z.looseObject({}) }),
  post('trigger.webhook', `${P}/ref/:ref/trigger/pipeline`, shape.Pipeline, { job: true, level: 0, query: ['token'], body: z.looseObject({}) }),
  get('environments.list', `${P}/environments`, z.array(shape.Environment), { job: true, query: ['name', 'search', 'states'] }),
  get('environments.show', `${P}/environments/:environment_id`, shape.Environment, { job: true }),
  get('protected_environments.list', `${P}/protected_environments`, z.array(shape.ProtectedEnvironment), { level: 40 }),
  get('protected_environments.show', `${P}/protected_environments/:name`, shape.ProtectedEnvironment, { level: 40 }),
  get('deployments.list', `${P}/deployments`, z.array(shape.Deployment), { job: true, query: ['environment', 'status', 'updated_after', 'updated_before', 'finished_after', ...sorted] }),
  get('deployments.show', `${P}/deployments/:deployment_id`, shape.Deployment, { job: true }),
  post('deployments.create', `${P}/deployments`, shape.Deployment, { job: true, body: body({ environment: text, sha: text, ref: text, tag: flag, status: text }) }),
  post('deployments.approval', `${P}/deployments/:deployment_id/approval`, shape.DeploymentApproval, { job: true, body: body({ status: z.enum(['approved', 'rejected']), comment: opt(text), represented_as: opt(text) }) }),
  get('packages.list', `${P}/packages`, z.array(shape.Package), { job: true, query: ['package_type', 'package_name', 'package_version', 'status', ...sorted] }),
  get('packages.files', `${P}/packages/:package_id/package_files`, z.array(shape.PackageFile), { query: sorted }),
  get('packages.download', `${P}/packages/generic/:name/:version/:file`, 'raw', { job: true }),
  put('packages.upload', `${P}/packages/generic/:name/:version/:file`, z.looseObject({}), { job: true, status: 201, query: ['status', 'select'], body: z.unknown() }),
  del('packages.delete', `${P}/packages/:package_id`, undefined, { job: true, level: 40 }),
];

/** Every call that the fake serves; one that is not here is unknown, and a test that makes it fails. */
export const OPERATIONS: readonly Operation[] = [...people, ...repository, ...issues, ...mergeRequests, ...ci];
