import { z } from 'zod';
import { Actor } from './actor.js';
import { CheckId, Digest, Instant } from './ids.js';
import { UntrustedText } from './text.js';

export const TrackerId = z.enum(['github', 'gitlab', 'gitea', 'jira', 'linear', 'azure-boards', 'monday', 'file']);
export type TrackerId = z.infer<typeof TrackerId>;

/** Where a ticket lives. `key` is the tracker's own full name for it: `acme/shop#12`, `PROJ-123`, `bugs/total.md`. */
export const TicketRef = z.strictObject({ tracker: TrackerId, key: z.string().min(1).max(500) });
export type TicketRef = z.infer<typeof TicketRef>;

/** One thing that happened to a ticket, from the tracker's own history; the source of who asked and who approved. */
export const TicketEvent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('labeled'), label: z.string(), actor: Actor, at: Instant }),
  z.strictObject({ kind: z.literal('unlabeled'), label: z.string(), actor: Actor, at: Instant }),
  z.strictObject({ kind: z.literal('assigned'), assignee: Actor, actor: Actor, at: Instant }),
  z.strictObject({ kind: z.literal('edited'), actor: Actor, at: Instant }),
  z.strictObject({ kind: z.literal('closed'), actor: Actor, at: Instant }),
  z.strictObject({ kind: z.literal('reopened'), actor: Actor, at: Instant }),
  z.strictObject({ kind: z.literal('approved'), actor: Actor, at: Instant }),
]);
export type TicketEvent = z.infer<typeof TicketEvent>;

export const TicketComment = z.strictObject({
  id: z.string(), author: Actor, body: UntrustedText, createdAt: Instant, updatedAt: Instant,
});
export type TicketComment = z.infer<typeof TicketComment>;

/** An acceptance criterion. It may name the check that proves it: `- [ ] rounds half up (check: unit)`. */
export const Criterion = z.strictObject({ id: z.string(), text: UntrustedText, check: CheckId.optional() });
export type Criterion = z.infer<typeof Criterion>;

/** A ticket as its tracker gives it, uncleaned. Only intake reads the text; everybody else gets the snapshot. */
export interface Ticket {
  readonly ref: TicketRef;
  readonly url: string | undefined;
  readonly title: UntrustedText;
  readonly body: UntrustedText;
  /** From the tracker's own field or the front matter; criteria inside the body are found by intake. */
  readonly criteria: readonly UntrustedText[];
  readonly labels: readonly string[];
  readonly state: 'open' | 'closed';
  readonly author: Actor;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** The last change of title or body; `null` = never edited; `undefined` = the tracker cannot say. */
  readonly contentEditedAt: Instant | null | undefined;
  readonly events: readonly TicketEvent[];
  readonly comments: readonly TicketComment[];
  /** Whether not everybody may read it; `undefined` = the tracker cannot say. */
  readonly restricted?: boolean | undefined;
}

/** Something that was taken out of the text before the agent gets it. The approver is shown each one. */
export const Removal = z.strictObject({
  kind: z.enum([
    'html-comment', 'html-element', 'html-attribute', 'invisible-character', 'bidi-control', 'control-character',
    'private-use', 'tag-character', 'ansi-escape', 'image', 'link-title', 'unused-link-definition', 'entity', 'cut-at-cap', 'normalised',
  ]),
  where: z.enum(['title', 'body', 'criterion', 'comment']),
  count: z.number().int().positive(),
  /** A short, escaped sample, so that a person can see what was hidden. */
  sample: z.string().max(200),
});
export type Removal = z.infer<typeof Removal>;

/** An answer in a comment that belongs to the work. Cleaned like the body. */
export const ChosenComment = z.strictObject({ id: z.string(), author: Actor, at: Instant, text: UntrustedText });
export type ChosenComment = z.infer<typeof ChosenComment>;

/** A fenced `heddle` block as it stands in the cleaned body. `line` is that of its first line of content, from 1. */
export const DirectiveBlock = z.strictObject({ text: UntrustedText, line: z.number().int().positive(), closed: z.boolean() });
export type DirectiveBlock = z.infer<typeof DirectiveBlock>;

/** The canonical text and facts of a ticket at one moment. `digest` covers everything but itself and `takenAt`. */
export const Snapshot = z.strictObject({
  ref: TicketRef,
  url: z.string().optional(),
  title: UntrustedText,
  body: UntrustedText,
  criteria: z.array(Criterion),
  labels: z.array(z.string()),
  author: Actor,
  rawDigest: Digest,
  removals: z.array(Removal),
  /** Absent in snapshots without any, and in those of before there were such. */
  comments: z.array(ChosenComment).max(50).optional(),
  directives: z.array(DirectiveBlock).max(5).optional(),
  takenAt: Instant,
  digest: Digest,
});
export type Snapshot = z.infer<typeof Snapshot>;
