import { z } from 'zod';

/** What is read of GitHub's webhook payloads; everything else in them is left unread on purpose: an event is only a hint. */
const account = z.object({ login: z.string().min(1).max(200), id: z.number().int().positive(), type: z.string().max(40).optional() });
export type GithubAccount = z.infer<typeof account>;

const repository = z.object({ full_name: z.string().max(300), fork: z.boolean().optional() });
const number = z.number().int().positive();
const issue = z.object({ number, pull_request: z.unknown().optional() });
const base = { repository, sender: account };
const comment = z.object({ id: number, body: z.string(), user: account });

export const IssuesPayload = z.object({
  ...base, action: z.string(), issue, label: z.object({ name: z.string() }).optional(), assignee: account.nullish(),
});
export const IssueCommentPayload = z.object({ ...base, action: z.string(), issue, comment });
/** A review may have no words at all. */
export const ReviewPayload = z.object({ ...base, action: z.string(), pull_request: z.object({ number }), review: comment.extend({ body: z.string().nullable() }) });
export const ReviewCommentPayload = z.object({ ...base, action: z.string(), pull_request: z.object({ number }), comment });
export const WorkflowDispatchPayload = z.object({ ...base, inputs: z.record(z.string(), z.unknown()).nullish() });
export const RepositoryDispatchPayload = z.object({ ...base, action: z.string().max(100), client_payload: z.record(z.string(), z.unknown()).nullish() });
