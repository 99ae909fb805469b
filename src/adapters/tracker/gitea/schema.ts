import { z } from 'zod';

/** Only the members that are used. Titles, bodies, labels and names are foreign text. Gitea writes `null` for what is not there. */
const User = z.object({ login: z.string(), id: z.number().int() });
export type UserAnswer = z.infer<typeof User>;

/** Go writes an empty list that nobody made as `null`. */
const list = <T extends z.ZodType>(item: T): z.ZodType<readonly z.output<T>[]> => z.array(item).nullish().transform((items) => items ?? []) as never;

export const IssueAnswer = z.object({
  number: z.number().int(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']),
  labels: list(z.object({ name: z.string() })),
  user: User.nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  pull_request: z.unknown().optional(),
});
export type IssueAnswer = z.infer<typeof IssueAnswer>;

export const CommentAnswer = z.object({
  id: z.number().int(), body: z.string(), user: User.nullable(), created_at: z.string(), updated_at: z.string(), html_url: z.string(),
});
export type CommentAnswer = z.infer<typeof CommentAnswer>;
export const CommentsAnswer = list(CommentAnswer);

const at = { user: User.nullable(), created_at: z.string() };
/**
 * The kinds of entries that admission judges by. One of these that cannot be read makes the whole answer unreadable: leaving out a
 * label that was taken off would turn a withdrawn approval into an approval. All other kinds are passed over.
 */
const KNOWN = new Set(['label', 'assignees', 'close', 'reopen', 'change_title']);
const KnownEntry = z.discriminatedUnion('type', [
  // `1` stands for a label that was put on, an empty text for one that was taken off. A label that was deleted since is null.
  z.object({ type: z.literal('label'), label: z.object({ name: z.string() }).nullish(), body: z.enum(['1', '']), ...at }),
  z.object({ type: z.literal('assignees'), assignee: User.nullish(), removed_assignee: z.boolean(), ...at }),
  z.object({ type: z.literal('close'), ...at }),
  z.object({ type: z.literal('reopen'), ...at }),
  z.object({ type: z.literal('change_title'), ...at }),
]);
export type EntryAnswer = z.infer<typeof KnownEntry>;
const OtherEntry = z.object({ type: z.string() }).refine((one) => !KNOWN.has(one.type)).transform(() => undefined);
export const TimelineAnswer = list(z.union([KnownEntry, OtherEntry]));

export const RepositoryAnswer = z.object({ private: z.boolean() });
export const SelfAnswer = z.object({ login: z.string(), id: z.number().int() });
