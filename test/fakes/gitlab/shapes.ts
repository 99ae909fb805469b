import { z } from 'zod';

/**
 * What GitLab answers, written by hand from its documentation (docs.gitlab.com/api and the version 18 to 19 API description, whose
 * own text is under CC BY-SA 4.0 and therefore not copied): the members that are always there, their types, and which may be null.
 */
const id = z.int().positive();
const time = z.iso.datetime({ offset: true });
const url = z.url();
const sha = z.string().regex(/^[0-9a-f]{40}$/);

export const UserBasic = z.looseObject({ id, username: z.string(), name: z.string(), state: z.enum(['active', 'blocked']), locked: z.boolean(), avatar_url: z.string().nullable(), web_url: url });
export const User = UserBasic.extend({ created_at: time, bot: z.boolean(), public_email: z.string().nullable() });
export const CurrentUser = User.extend({ email: z.string(), is_admin: z.boolean().optional() });
export const Member = UserBasic.extend({ access_level: z.union([z.literal(5), z.literal(10), z.literal(15), z.literal(20), z.literal(30), z.literal(40), z.literal(50)]), created_at: time, expires_at: z.string().nullable(), membership_state: z.literal('active') });
export const TokenSelf = z.looseObject({ id, name: z.string(), revoked: z.boolean(), active: z.boolean(), scopes: z.array(z.string()), user_id: id, expires_at: z.string().nullable(), created_at: time, last_used_at: time.nullable() });
export const Metadata = z.looseObject({ version: z.string(), revision: z.string(), enterprise: z.boolean() });

const level = z.looseObject({ id, access_level: z.int(), access_level_description: z.string() });
export const ProtectedBranch = z.looseObject({ id, name: z.string(), push_access_levels: z.array(level), merge_access_levels: z.array(level), allow_force_push: z.boolean() });
export const Project = z.looseObject({
  id, name: z.string(), path: z.string(), path_with_namespace: z.string(), name_with_namespace: z.string(), default_branch: z.string(), visibility: z.enum(['private', 'internal', 'public']), web_url: url, http_url_to_repo: url,
  ssh_url_to_repo: z.string(), archived: z.boolean(), namespace: z.looseObject({ id, full_path: z.string(), kind: z.enum(['group', 'user']) }), created_at: time, merge_method: z.enum(['merge', 'rebase_merge', 'ff']),
  only_allow_merge_if_pipeline_succeeds: z.boolean(), squash_option: z.string(), permissions: z.looseObject({ project_access: z.looseObject({ access_level: z.int() }).nullable(), group_access: z.looseObject({ access_level: z.int() }).nullable() }).optional(),
});
export const Group = z.looseObject({ id, name: z.string(), path: z.string(), full_path: z.string(), visibility: z.string(), web_url: url });

export const Commit = z.looseObject({ id: sha, short_id: z.string(), title: z.string(), message: z.string(), author_name: z.string(), author_email: z.string(), authored_date: time, committer_name: z.string(), committer_email: z.string(), committed_date: time, created_at: time, parent_ids: z.array(sha), web_url: url });
export const Branch = z.looseObject({ name: z.string(), commit: Commit, merged: z.boolean(), protected: z.boolean(), developers_can_push: z.boolean(), developers_can_merge: z.boolean(), can_push: z.boolean(), default: z.boolean(), web_url: url });
export const Tag = z.looseObject({ name: z.string(), message: z.string().nullable(), target: sha, commit: Commit, protected: z.boolean() });
export const TreeItem = z.looseObject({ id: sha, name: z.string(), type: z.enum(['tree', 'blob', 'commit']), path: z.string(), mode: z.string().regex(/^\d{6}$/) });
export const File = z.looseObject({ file_name: z.string(), file_path: z.string(), size: z.int(), encoding: z.literal('base64'), content: z.string(), content_sha256: z.string(), ref: z.string(), blob_id: sha, commit_id: sha, last_commit_id: sha, execute_filemode: z.boolean() });
export const Diff = z.looseObject({ diff: z.string(), new_path: z.string(), old_path: z.string(), a_mode: z.string(), b_mode: z.string(), new_file: z.boolean(), renamed_file: z.boolean(), deleted_file: z.boolean() });
export const Compare = z.looseObject({ commit: Commit.nullable(), commits: z.array(Commit), diffs: z.array(Diff), compare_timeout: z.boolean(), compare_same_ref: z.boolean(), web_url: url });
const states = ['pending', 'running', 'success', 'failed', 'canceled', 'skipped'] as const;
export const CommitStatus = z.looseObject({ id, sha, ref: z.string(), status: z.enum(states), name: z.string(), target_url: z.string().nullable(), description: z.string().nullable(), created_at: time, started_at: time.nullable(), finished_at: time.nullable(), allow_failure: z.boolean(), coverage: z.number().nullable(), pipeline_id: id.optional(), author: UserBasic });

export const Label = z.looseObject({ id, name: z.string(), color: z.string(), description: z.string().nullable() });
export const Issue = z.looseObject({
  id, iid: id, project_id: id, title: z.string(), description: z.string().nullable(), state: z.enum(['opened', 'closed']), created_at: time, updated_at: time, closed_at: time.nullable(), closed_by: UserBasic.nullable(), labels: z.array(z.string()),
  assignees: z.array(UserBasic), author: UserBasic, type: z.enum(['ISSUE', 'TASK', 'INCIDENT']), issue_type: z.string(), confidential: z.boolean(), web_url: url, user_notes_count: z.int(), references: z.looseObject({ short: z.string(), relative: z.string(), full: z.string() }),
});
export const Note = z.looseObject({
  id, type: z.enum(['DiffNote', 'DiscussionNote']).nullable(), body: z.string(), author: UserBasic, created_at: time, updated_at: time, system: z.boolean(), noteable_id: id, noteable_type: z.enum(['Issue', 'MergeRequest']), noteable_iid: id, project_id: id,
  resolvable: z.boolean(), confidential: z.boolean(), internal: z.boolean(), resolved: z.boolean().optional(),
});
export const Discussion = z.looseObject({ id: z.string().regex(/^[0-9a-f]{40}$/), individual_note: z.boolean(), notes: z.array(Note).min(1) });
export const LabelEvent = z.looseObject({ id, user: UserBasic.nullable(), created_at: time, resource_type: z.enum(['Issue', 'MergeRequest']), resource_id: id, label: Label.nullable(), action: z.enum(['add', 'remove']) });
export const StateEvent = z.looseObject({ id, user: UserBasic.nullable(), created_at: time, resource_type: z.enum(['Issue', 'MergeRequest']), resource_id: id, state: z.enum(['closed', 'reopened', 'merged']) });

export const PipelineBasic = z.looseObject({ id, iid: id, project_id: id, sha, ref: z.string(), status: z.string(), source: z.string(), created_at: time, updated_at: time, web_url: url });
export const Pipeline = PipelineBasic.extend({ user: UserBasic, detailed_status: z.looseObject({ text: z.string() }), yaml_errors: z.string().nullable(), duration: z.number().nullable() });
export const Job = z.looseObject({ id, name: z.string(), stage: z.string(), status: z.string(), ref: z.string(), allow_failure: z.boolean(), created_at: time, started_at: time.nullable(), finished_at: time.nullable(), web_url: url, failure_reason: z.string().optional(), pipeline: PipelineBasic.omit({ iid: true, source: true, created_at: true, updated_at: true, web_url: true }), user: UserBasic, commit: Commit, artifacts: z.array(z.unknown()) });
export const TestReport = z.looseObject({ total_time: z.number(), total_count: z.int(), success_count: z.int(), failed_count: z.int(), skipped_count: z.int(), error_count: z.int(), test_suites: z.array(z.looseObject({ name: z.string(), test_cases: z.array(z.looseObject({ status: z.enum(['success', 'failed', 'skipped', 'error']), name: z.string(), classname: z.string() })) })) });
export const Variable = z.looseObject({ variable_type: z.enum(['env_var', 'file']), key: z.string(), value: z.string() });

export const MergeRequest = z.looseObject({
  id, iid: id, project_id: id, title: z.string(), description: z.string().nullable(), state: z.enum(['opened', 'closed', 'merged', 'locked']), created_at: time, updated_at: time, merged_at: time.nullable(), closed_at: time.nullable(),
  target_branch: z.string(), source_branch: z.string(), source_project_id: id, target_project_id: id, author: UserBasic, assignees: z.array(UserBasic), reviewers: z.array(UserBasic), labels: z.array(z.string()), draft: z.boolean(),
  merge_when_pipeline_succeeds: z.boolean(), merge_status: z.string(), detailed_merge_status: z.string(), sha: sha.nullable(), merge_commit_sha: sha.nullable(), squash: z.boolean(), has_conflicts: z.boolean(), web_url: url,
  should_remove_source_branch: z.boolean().nullable(), force_remove_source_branch: z.boolean().nullable(), references: z.looseObject({ full: z.string() }), user_notes_count: z.int(),
});
export const MergeRequestFull = MergeRequest.extend({ changes_count: z.string().nullable(), diff_refs: z.looseObject({ base_sha: sha, head_sha: sha, start_sha: sha }).nullable(), head_pipeline: PipelineBasic.nullable(), merge_error: z.string().nullable(), user: z.looseObject({ can_merge: z.boolean() }) });
export const Version = z.looseObject({ id, head_commit_sha: sha, base_commit_sha: sha, start_commit_sha: sha, created_at: time, merge_request_id: id, state: z.string() });
export const Approvals = z.looseObject({ user_has_approved: z.boolean(), user_can_approve: z.boolean(), approved: z.boolean(), approved_by: z.array(z.looseObject({ user: UserBasic })), approvals_required: z.int().optional(), approvals_left: z.int().optional() });
export const ApprovalState = z.looseObject({ approval_rules_overwritten: z.boolean().nullable(), rules: z.array(z.looseObject({ id, name: z.string(), rule_type: z.string(), approvals_required: z.int(), approved: z.boolean(), approved_by: z.array(UserBasic), eligible_approvers: z.array(UserBasic) })) });
export const MergeTrainCar = z.looseObject({ id, merge_request: z.looseObject({ iid: id }), user: UserBasic, target_branch: z.string(), status: z.string(), created_at: time });
export const Environment = z.looseObject({ id, name: z.string(), slug: z.string(), state: z.string(), external_url: z.string().nullable() });
export const Deployment = z.looseObject({
  id, iid: id, ref: z.string(), sha, status: z.string(), created_at: time, updated_at: time, user: UserBasic, environment: Environment, deployable: z.looseObject({ id, pipeline: z.looseObject({ id }) }).nullable(), pending_approval_count: z.int().optional(),
  approvals: z.array(z.looseObject({ user: UserBasic, status: z.enum(['approved', 'rejected']), created_at: time, comment: z.string() })).optional(),
});
export const DeploymentApproval = z.looseObject({ user: UserBasic, status: z.enum(['approved', 'rejected']), created_at: time, comment: z.string().nullable() });
export const ProtectedEnvironment = z.looseObject({ name: z.string(), required_approval_count: z.int(), deploy_access_levels: z.array(level) });
export const Package = z.looseObject({ id, name: z.string(), version: z.string(), package_type: z.literal('generic'), status: z.string(), created_at: time });
export const PackageFile = z.looseObject({ id, package_id: id, file_name: z.string(), size: z.int(), file_sha256: z.string(), created_at: time });
export const Message = z.looseObject({ message: z.unknown() });
export const OAuthError = z.looseObject({ error: z.string() });
