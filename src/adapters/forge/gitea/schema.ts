import { z } from 'zod';

/** Only the members that are used, of answers that come from outside. Texts in them are foreign. Go writes `null` for an empty list. */
export const sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const list = <T extends z.ZodType>(item: T) => z.array(item).nullish().transform((items) => items ?? []);

export const Nothing = z.unknown();
const Account = z.object({ login: z.string(), id: z.number().int() });
export type AccountAnswer = z.infer<typeof Account>;

export const RepositoryAnswer = z.object({
  full_name: z.string().min(3).max(300),
  default_branch: z.string().min(1).max(255),
  private: z.boolean(),
  html_url: z.string(),
  archived: z.boolean().default(false),
  object_format_name: z.string().optional(),
  permissions: z.object({ push: z.boolean(), admin: z.boolean() }).nullish(),
});
export type RepositoryAnswer = z.infer<typeof RepositoryAnswer>;

export const BranchAnswer = z.object({
  name: z.string(), commit: z.object({ id: sha }), protected: z.boolean(), required_approvals: z.number().int(), enable_status_check: z.boolean(), status_check_contexts: list(z.string().max(500)),
});
export const PermissionAnswer = z.object({ permission: z.string() });
export const CommitAnswer = z.object({ sha, commit: z.object({ message: z.string() }) });
export const UserAnswer = z.object({ login: z.string(), id: z.number().int(), full_name: z.string().nullish(), email: z.string().nullish() });

export const PullAnswer = z.object({
  number: z.number().int().positive(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  draft: z.boolean(),
  user: Account.nullish(),
  head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }).nullish() }),
  base: z.object({ ref: z.string() }),
  labels: list(z.object({ name: z.string() })),
  requested_reviewers: list(Account),
  requested_reviewers_teams: list(z.object({ name: z.string() })),
});
export type PullAnswer = z.infer<typeof PullAnswer>;
export const PullsAnswer = list(PullAnswer);
export const FilesAnswer = list(z.object({ filename: z.string().max(4096) }));

export const LabelAnswer = z.object({ id: z.number().int(), name: z.string() });
export const LabelsAnswer = list(LabelAnswer);
export const ReviewAnswer = z.object({ id: z.number().int(), user: Account.nullish(), body: z.string().nullish(), state: z.string(), commit_id: z.string().nullish(), dismissed: z.boolean().default(false), submitted_at: z.string().nullish(), updated_at: z.string().nullish() });
export const ReviewsAnswer = list(ReviewAnswer);
export const StatusesAnswer = list(z.object({ context: z.string(), status: z.string(), description: z.string().nullish() }));
export const TeamsAnswer = z.object({ data: list(z.object({ id: z.number().int(), name: z.string() })) });

const time = z.iso.datetime({ offset: true });
/** Not a comment but another entry of the history has no content: then nothing comes. */
export const CommentAnswer = z.object({ id: z.number().int(), user: Account.nullish(), body: z.string(), created_at: time, updated_at: time, issue_url: z.string().nullish(), pull_request_url: z.string().nullish() }).optional();

export const FolderAnswer = z.array(z.object({ type: z.string(), name: z.string(), path: z.string(), size: z.number() }));
export const FileAnswer = z.object({ encoding: z.literal('base64'), content: z.string() });
/** Gitea says `path` (`ci.yml@refs/heads/x`), Forgejo `workflow_id` (`ci.yml`). */
export const RunsAnswer = z.object({ workflow_runs: list(z.object({ html_url: z.string(), path: z.string().nullish(), workflow_id: z.string().nullish(), display_title: z.string().nullish(), title: z.string().nullish() })) });
