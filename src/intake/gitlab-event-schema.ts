import { z } from 'zod';

/** What is read of GitLab's webhook payloads; everything else in them is left unread on purpose: an event is only a hint. */
const number = z.number().int().positive();
const project = z.object({ path_with_namespace: z.string().max(500) });
const label = z.object({ title: z.string() });
const account = z.object({ username: z.string().max(300) });
const changed = <T extends z.ZodType>(of: T): z.ZodOptional<z.ZodNullable<z.ZodObject<{ previous: z.ZodOptional<z.ZodNullable<T>>; current: z.ZodOptional<z.ZodNullable<T>> }>>> => z.object({ previous: of.nullable().optional(), current: of.nullable().optional() }).nullable().optional();

/** `issue` for issues, `work_item` for tasks, incidents and the rest. An epic has no project. */
export const IssuePayload = z.object({
  project,
  object_attributes: z.object({ iid: number, action: z.string().max(40).optional() }),
  labels: z.array(label).nullish(),
  assignees: z.array(account).nullish(),
  changes: z.object({ labels: changed(z.array(label)), assignees: changed(z.array(account)), title: changed(z.unknown()), description: changed(z.unknown()) }).nullish(),
});
export type IssuePayload = z.infer<typeof IssuePayload>;

/** `action` is missing before GitLab 16.11, which told of new notes alone. */
export const NotePayload = z.object({
  project,
  object_attributes: z.object({ id: number, noteable_type: z.string().max(40), action: z.string().max(40).nullish(), system: z.boolean().nullish(), type: z.string().max(40).nullish() }),
  issue: z.object({ iid: number }).nullish(),
  merge_request: z.object({ iid: number, source_project_id: z.number().int().nullish(), target_project_id: z.number().int().nullish() }).nullish(),
});
