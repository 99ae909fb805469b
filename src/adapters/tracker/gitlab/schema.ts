import { z } from 'zod';

/** Only the members that are used. Titles, texts, labels and names are foreign text. */
const User = z.object({ id: z.number().int(), username: z.string() });
export type UserAnswer = z.infer<typeof User>;
export const AccountAnswer = User.extend({ bot: z.boolean().nullish() });
export const AccountsAnswer = z.array(AccountAnswer);

export const IssueAnswer = z.object({
  iid: z.number().int(), web_url: z.string(), title: z.string(), description: z.string().nullish(), state: z.enum(['opened', 'closed']),
  labels: z.array(z.string()), author: User.nullable(), created_at: z.string(), updated_at: z.string(), confidential: z.boolean().nullish(),
});
export type IssueAnswer = z.infer<typeof IssueAnswer>;

export const NoteAnswer = z.object({
  id: z.number().int(), body: z.string(), author: User.nullable(), created_at: z.string(), updated_at: z.string(), system: z.boolean(), internal: z.boolean().nullish(), confidential: z.boolean().nullish(),
});
export type NoteAnswer = z.infer<typeof NoteAnswer>;
export const NotesAnswer = z.array(NoteAnswer);

/**
 * Admission judges by these. One that cannot be read makes the whole answer unreadable: leaving out a removal would turn a withdrawn
 * approval into an approval. A label that was deleted since is null.
 */
export const LabelEventAnswer = z.object({ id: z.number().int(), user: User.nullable(), created_at: z.string(), label: z.object({ name: z.string() }).nullable(), action: z.enum(['add', 'remove']) });
export type LabelEventAnswer = z.infer<typeof LabelEventAnswer>;
export const LabelEventsAnswer = z.array(LabelEventAnswer);

/** `opened` in the oldest ones; anything else (`merged`, `locked`) is not of an issue. */
export const StateEventAnswer = z.object({ id: z.number().int(), user: User.nullable(), created_at: z.string(), state: z.string() });
export type StateEventAnswer = z.infer<typeof StateEventAnswer>;
export const StateEventsAnswer = z.array(StateEventAnswer);

const Widget = z.object({ lastEditedAt: z.string().nullable().optional() });
export const EditedAnswer = z.object({
  data: z.object({ project: z.object({ visibility: z.string().nullish(), workItems: z.object({ nodes: z.array(z.object({ widgets: z.array(Widget).nullish() })) }).nullish() }).nullable() }),
});
export type EditedAnswer = z.infer<typeof EditedAnswer>;
