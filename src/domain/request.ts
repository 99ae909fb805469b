import { z } from 'zod';
import { Actor } from './actor.js';
import { Instant } from './ids.js';
import { MisreadProblem, SlashCommand } from './slash-command.js';
import { TicketRef } from './ticket.js';

/** Where a comment stands. Forges number each kind for itself. `change` is the number of the change it was written at. */
export const CommentPlace = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ticket') }),
  z.strictObject({ kind: z.enum(['change', 'review', 'review-comment']), change: z.number().int().positive() }),
]);
export type CommentPlace = z.infer<typeof CommentPlace>;

/**
 * What set a run off, or what was done about one that waits. The event is a hint: it names a ticket and a person, and both are
 * looked up again.
 */
export const Trigger = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('labeled'), label: z.string() }),
  z.strictObject({ kind: z.literal('assigned'), assignee: Actor }),
  /** `/heddle run` in trails of before there were other commands; the same as `command` with `run` at the ticket. */
  z.strictObject({ kind: z.literal('comment'), commentId: z.string(), command: z.enum(['run']) }),
  z.strictObject({ kind: z.literal('command'), commentId: z.string(), place: CommentPlace, command: SlashCommand }),
  /** A line that begins as a command and is none: it is answered, and starts nothing. */
  z.strictObject({ kind: z.literal('misread'), commentId: z.string(), place: CommentPlace, problem: MisreadProblem, word: z.string().max(40) }),
  /** The approving label was taken off. */
  z.strictObject({ kind: z.literal('unlabeled'), label: z.string() }),
  /** Title or text of the ticket changed. */
  z.strictObject({ kind: z.literal('edited') }),
  /** A new comment without a command: an answer, if the ticket has open questions. */
  z.strictObject({ kind: z.literal('answered'), commentId: z.string() }),
  /** The reviewers of a protected environment let the job through, or the job is in it: asked of the forge's own record. */
  z.strictObject({ kind: z.literal('environment'), environment: z.string().min(1).max(255) }),
  /** The ticket moved to another state: `closed` and `reopened` on a forge, the tracker's own words elsewhere. */
  z.strictObject({ kind: z.literal('state'), state: z.string().min(1).max(100) }),
  z.strictObject({ kind: z.literal('dispatch') }),
  z.strictObject({ kind: z.literal('repository-dispatch'), eventType: z.string() }),
  z.strictObject({ kind: z.literal('cli') }),
]);
export type Trigger = z.infer<typeof Trigger>;

/** Who asked for what, by which event. */
export const RunRequest = z.strictObject({
  trigger: Trigger,
  ticket: TicketRef,
  /** The person who acted, from the event. */
  actor: Actor,
  /** The person who started this very CI run, when it is another one (a re-run). Both must be allowed. */
  rerunBy: Actor.optional(),
  /** The event came from a fork or speaks of one: never admitted. */
  fromFork: z.boolean(),
  at: Instant,
});
export type RunRequest = z.infer<typeof RunRequest>;

/** Acts that may begin work by themselves. All others only speak about a run that is there, or ask something. */
export function mayBeginWork(trigger: Trigger): boolean {
  switch (trigger.kind) {
    case 'labeled': case 'assigned': case 'comment': case 'dispatch': case 'repository-dispatch': case 'cli': return true;
    case 'command': return trigger.command.name === 'run' || trigger.command.name === 'retry' || trigger.command.name === 'approve';
    case 'environment': return true;
    case 'misread': case 'unlabeled': case 'edited': case 'answered': case 'state': return false;
  }
}
