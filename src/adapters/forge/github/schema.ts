import { z } from 'zod';

/** Only the members that are used, of answers that come from outside. Texts in them are foreign. */
export const sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);

export const RepositoryAnswer = z.object({
  full_name: z.string().min(3).max(300),
  default_branch: z.string().min(1).max(255),
  private: z.boolean(),
  html_url: z.string(),
  archived: z.boolean().default(false),
  permissions: z.object({ push: z.boolean() }).optional(),
});
export type RepositoryAnswer = z.infer<typeof RepositoryAnswer>;

export const PermissionAnswer = z.object({ permission: z.string(), role_name: z.string().optional() });
export const RefAnswer = z.object({ ref: z.string(), object: z.object({ type: z.string(), sha }) });
export const RefsAnswer = z.array(RefAnswer);
export const CommitAnswer = z.object({ sha, message: z.string(), tree: z.object({ sha }), parents: z.array(z.object({ sha })) });
/** 100 MB is what the service gives at most; the caller looks at the length. */
export const BlobAnswer = z.object({ encoding: z.literal('base64'), content: z.string() });
export const NewObject = z.object({ sha });
export const Nothing = z.unknown();

export const PullAnswer = z.object({
  number: z.number().int().positive(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  merged_at: z.string().nullable().optional(),
  draft: z.boolean().optional(),
  head: z.object({ ref: z.string(), sha, repo: z.object({ full_name: z.string() }).nullable() }),
  base: z.object({ ref: z.string() }),
  labels: z.array(z.object({ name: z.string().optional() })).default([]),
});
export type PullAnswer = z.infer<typeof PullAnswer>;
export const PullsAnswer = z.array(PullAnswer);

export const ReviewersAnswer = z.object({
  requested_reviewers: z.array(z.object({ login: z.string() })).nullable().default([]),
  requested_teams: z.array(z.object({ slug: z.string() })).nullable().default([]),
});

export const CheckRunAnswer = z.object({
  id: z.number().int(),
  name: z.string(),
  output: z.object({ title: z.string().nullable(), summary: z.string().nullable(), annotations_count: z.number().int() }),
});
export const CheckRunsAnswer = z.object({ check_runs: z.array(CheckRunAnswer) });

export const NamedCheckRunsAnswer = z.object({ check_runs: z.array(z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullable(), app: z.object({ slug: z.string().optional() }).nullable().optional() })) });
export const CombinedStatusAnswer = z.object({ statuses: z.array(z.object({ context: z.string(), state: z.string() })) });

export const WorkflowPermissionsAnswer = z.object({ can_approve_pull_request_reviews: z.boolean() });
export const ViewerAnswer = z.object({ data: z.object({ viewer: z.object({ login: z.string() }) }) });

export const FolderAnswer = z.array(z.object({ type: z.string(), name: z.string(), path: z.string(), size: z.number() }));
export const FileAnswer = z.object({ encoding: z.literal('base64'), content: z.string() });
export const RunsAnswer = z.object({
  workflow_runs: z.array(z.object({ id: z.number().int(), name: z.string().nullable().optional(), path: z.string(), html_url: z.string() })),
});

const Account = z.object({ login: z.string(), id: z.number().int(), type: z.string() });
export type AccountAnswer = z.infer<typeof Account>;

export const MembershipAnswer = z.object({ state: z.enum(['active', 'pending']) });
export const TeamAnswer = z.object({ slug: z.string() });
const time = z.iso.datetime({ offset: true });
export const WorkflowRunAnswer = z.object({ id: z.number().int(), created_at: time, run_started_at: time.optional() });
export const ApprovalsAnswer = z.array(z.object({
  state: z.enum(['approved', 'rejected', 'pending']), user: Account, comment: z.string(), environments: z.array(z.object({ name: z.string().optional() })),
}));
/** Comments of issues, of changes and of lines; the addresses say what it belongs to. */
export const CommentAnswer = z.object({
  id: z.number().int(), user: Account.nullable(), body: z.string().optional().default(''), created_at: time, updated_at: time,
  issue_url: z.string().optional(), pull_request_url: z.string().optional(),
});
export type CommentAnswer = z.infer<typeof CommentAnswer>;
export const ReviewAnswer = z.object({ id: z.number().int(), user: Account.nullable(), body: z.string(), submitted_at: time.optional() });
