import { z } from 'zod';

/** Only the members that are used, of answers that come from outside. Texts in them are foreign. */
export const sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const id = z.number().int().positive();
const time = z.iso.datetime({ offset: true });
export const Nothing = z.unknown();

/** Of an access level: a member's own, or what a rule asks for. */
const level = z.number().int().nonnegative();

export const ProjectAnswer = z.object({
  id,
  path_with_namespace: z.string().min(3).max(500),
  default_branch: z.string().min(1).max(255).nullable(),
  visibility: z.enum(['private', 'internal', 'public']).default('private'),
  web_url: z.string(),
  archived: z.boolean().default(false),
  merge_method: z.string().default('merge'),
  squash_option: z.string().optional(),
  merge_trains_enabled: z.boolean().nullable().optional(),
  ci_config_path: z.string().nullable().optional(),
  repository_access_level: z.string().optional(),
  merge_requests_access_level: z.string().optional(),
  builds_access_level: z.string().optional(),
  permissions: z.object({
    project_access: z.object({ access_level: level }).nullable().optional(),
    group_access: z.object({ access_level: level }).nullable().optional(),
  }).optional(),
});
export type ProjectAnswer = z.infer<typeof ProjectAnswer>;

export const CommitAnswer = z.object({ id: sha, message: z.string(), parent_ids: z.array(sha).default([]) });
export const BranchAnswer = z.object({ name: z.string(), commit: z.object({ id: sha }) });

export const AccountAnswer = z.object({ id, username: z.string().max(300), name: z.string().max(1000).optional(), bot: z.boolean().optional(), state: z.string().optional() });
export type AccountAnswer = z.infer<typeof AccountAnswer>;
export const AccountsAnswer = z.array(AccountAnswer);
export const CurrentUserAnswer = AccountAnswer.extend({ email: z.string().nullable().optional(), commit_email: z.string().nullable().optional(), public_email: z.string().nullable().optional() });
export const JobAnswer = z.object({ user: z.object({ name: z.string().optional(), username: z.string(), public_email: z.string().nullable().optional() }).nullable().optional() });
export const MemberAnswer = z.object({ id, username: z.string(), access_level: level, state: z.string().optional(), membership_state: z.string().optional(), expires_at: z.string().nullable().optional() });
export const GroupAnswer = z.object({ id, full_path: z.string() });

export const MergeRequestAnswer = z.object({
  iid: id,
  project_id: id,
  source_project_id: z.number().int().nullable(),
  target_project_id: id,
  web_url: z.string(),
  title: z.string(),
  description: z.string().nullable(),
  state: z.enum(['opened', 'closed', 'merged', 'locked']),
  draft: z.boolean().default(false),
  source_branch: z.string(),
  target_branch: z.string(),
  sha: sha.nullable(),
  labels: z.array(z.string()).default([]),
  author: AccountAnswer.nullable().optional(),
  reviewers: z.array(AccountAnswer).nullable().optional(),
  merge_when_pipeline_succeeds: z.boolean().default(false),
  detailed_merge_status: z.string().optional(),
  merge_status: z.string().optional(),
  diff_refs: z.object({ base_sha: sha, head_sha: sha, start_sha: sha }).nullable().optional(),
});
export type MergeRequestAnswer = z.infer<typeof MergeRequestAnswer>;
export const MergeRequestsAnswer = z.array(MergeRequestAnswer);
export const VersionsAnswer = z.array(z.object({ head_commit_sha: sha, base_commit_sha: sha, start_commit_sha: sha }));
export const DiffsAnswer = z.array(z.object({ old_path: z.string(), new_path: z.string(), diff: z.string().default(''), deleted_file: z.boolean().default(false) }));

export const NoteAnswer = z.object({ id, body: z.string(), system: z.boolean().default(false), author: AccountAnswer.nullable(), created_at: time, updated_at: time });
export const DiscussionsAnswer = z.array(z.object({ id: z.string(), notes: z.array(z.object({ body: z.string(), author: AccountAnswer.nullable().optional() })).default([]) }));

export const StatusesAnswer = z.array(z.object({ id, name: z.string(), status: z.string(), description: z.string().nullable(), target_url: z.string().nullable().optional() }));
export const ExternalChecksAnswer = z.array(z.object({ id, name: z.string(), status: z.string().optional() }));

export const PipelinesAnswer = z.array(z.object({ id, sha, ref: z.string(), status: z.string(), source: z.string().default('unknown'), web_url: z.string() }));
export const PipelineAnswer = z.object({ id, status: z.string(), created_at: time, web_url: z.string() });
export const JobsAnswer = z.array(z.object({ id, name: z.string(), stage: z.string().default(''), status: z.string(), allow_failure: z.boolean().default(false), web_url: z.string(), failure_reason: z.string().nullable().optional() }));

export const DeploymentsAnswer = z.array(z.object({ id, environment: z.object({ name: z.string() }).nullable().optional(), deployable: z.object({ pipeline: z.object({ id }).nullable().optional() }).nullable().optional() }));
export const DeploymentAnswer = z.object({
  id, approvals: z.array(z.object({ user: AccountAnswer, status: z.enum(['approved', 'rejected']), comment: z.string().nullable().optional() })).optional(),
});

export const TokenAnswer = z.object({ name: z.string().optional(), scopes: z.array(z.string()), active: z.boolean().optional(), expires_at: z.string().nullable().optional() });
const rule = z.array(z.object({ access_level: level.nullable(), user_id: z.number().nullable().optional(), group_id: z.number().nullable().optional(), deploy_key_id: z.number().nullable().optional() }));
export const ProtectedBranchesAnswer = z.array(z.object({ name: z.string(), push_access_levels: rule.default([]) }));
export const PushRuleAnswer = z.object({
  commit_message_regex: z.string().nullable().optional(), branch_name_regex: z.string().nullable().optional(), author_email_regex: z.string().nullable().optional(),
  reject_unsigned_commits: z.boolean().nullable().optional(), reject_non_dco_commits: z.boolean().nullable().optional(),
}).nullable();
export const ApprovalRulesAnswer = z.array(z.object({ id, name: z.string() }));
