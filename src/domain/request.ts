import { z } from 'zod';
import { Actor } from './actor.js';
import { Instant } from './ids.js';
import { TicketRef } from './ticket.js';

/** What set a run off. The event is a hint: it names a ticket and a person, and both are looked up again. */
export const Trigger = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('labeled'), label: z.string() }),
  z.strictObject({ kind: z.literal('assigned'), assignee: Actor }),
  z.strictObject({ kind: z.literal('comment'), commentId: z.string(), command: z.enum(['run']) }),
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
