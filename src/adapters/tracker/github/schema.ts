import { z } from 'zod';

/** Only the members that are used. Titles, bodies, labels and names are foreign text. */
const User = z.object({ login: z.string(), id: z.number().int(), type: z.string() });
export type UserAnswer = z.infer<typeof User>;

export const IssueAnswer = z.object({
  number: z.number().int(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullable().optional(),
  state: z.enum(['open', 'closed']),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullable().optional() })])),
  user: User.nullable(),
  comments: z.number().int().nonnegative().optional(),
  created_at: z.string(),
  updated_at: z.string(),
  pull_request: z.unknown().optional(),
});
export type IssueAnswer = z.infer<typeof IssueAnswer>;

export const CommentAnswer = z.object({
  id: z.number().int(), body: z.string().optional().default(''), user: User.nullable(), created_at: z.string(), updated_at: z.string(), html_url: z.string(),
});
export type CommentAnswer = z.infer<typeof CommentAnswer>;
export const CommentsAnswer = z.array(CommentAnswer);

const at = { actor: User.nullable().optional(), created_at: z.string() };
/**
 * The events that admission judges by. One of these that cannot be read makes the whole answer unreadable: leaving out an
 * `unlabeled` would turn a withdrawn approval into an approval. All other kinds are passed over.
 */
const KNOWN = new Set(['labeled', 'unlabeled', 'assigned', 'closed', 'reopened', 'renamed']);
const KnownEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('labeled'), label: z.object({ name: z.string() }), ...at }),
  z.object({ event: z.literal('unlabeled'), label: z.object({ name: z.string() }), ...at }),
  z.object({ event: z.literal('assigned'), assignee: User.nullable().optional(), ...at }),
  z.object({ event: z.literal('closed'), ...at }),
  z.object({ event: z.literal('reopened'), ...at }),
  z.object({ event: z.literal('renamed'), ...at }),
]);
export type EventAnswer = z.infer<typeof KnownEvent>;
const OtherEvent = z.object({ event: z.string().optional() }).refine((one) => one.event === undefined || !KNOWN.has(one.event)).transform(() => undefined);
/** A comment with its text. One that lacks something is passed over here, and then the comments are asked for by themselves. */
const CommentedEvent = CommentAnswer.extend({ event: z.literal('commented'), body: z.string() });
export const TimelineAnswer = z.array(z.union([KnownEvent, CommentedEvent, OtherEvent]));
export type TimelineItem = z.output<typeof TimelineAnswer>[number];

export const EditedAnswer = z.object({ data: z.object({ repository: z.object({ isPrivate: z.boolean().optional(), issue: z.object({ lastEditedAt: z.string().nullable() }) }) }) });
export const ViewerAnswer = z.object({ data: z.object({ viewer: z.object({ login: z.string(), databaseId: z.number().int().nullable().optional() }) }) });
export const SelfAnswer = z.object({ login: z.string(), id: z.number().int() });
