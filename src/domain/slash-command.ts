import { z } from 'zod';
import type { Actor } from './actor.js';
import type { Instant } from './ids.js';

/** Everything a person may say to Heddle in a comment. Closed: a word that is not here is answered, never guessed. */
export const CommandName = z.enum(['run', 'retry', 'continue', 'stop', 'approve', 'deny', 'override', 'explain']);
export type CommandName = z.infer<typeof CommandName>;

/** Words of the person, on one line. Foreign text: shown through a renderer, never a rule. */
const reason = z.string().min(1).max(1000);

/** The name of a verdict node, as the comment that asks shows it: `budget`, `budget:pilot`, `test-tampering/skipped-test`, `policy/no-friday`. */
export const RuleName = z.string().regex(/^[A-Za-z0-9][\w:./@#+-]{0,199}$/);

/** Enough digits that nobody meets another digest by trying. */
export const DigestPrefix = z.string().regex(/^[0-9a-f]{12,64}$/);

/**
 * One command with its arguments. `approve` names what is approved: the digest in the comment that asked (of the ticket with its
 * bounds before the work, the tree of the change after it).
 */
export const SlashCommand = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('run') }),
  z.strictObject({ name: z.literal('retry') }),
  z.strictObject({ name: z.literal('continue') }),
  z.strictObject({ name: z.literal('stop'), reason: reason.optional() }),
  z.strictObject({ name: z.literal('approve'), digest: DigestPrefix }),
  z.strictObject({ name: z.literal('deny'), reason: reason.optional() }),
  z.strictObject({ name: z.literal('override'), rule: RuleName, reason }),
  z.strictObject({ name: z.literal('explain') }),
]);
export type SlashCommand = z.infer<typeof SlashCommand>;

/** Why a line that begins with `/heddle` is no command. It is answered and starts nothing. */
export const MisreadProblem = z.enum(['unknown-command', 'several-commands', 'missing-argument', 'wrong-argument', 'too-many-words']);
export type MisreadProblem = z.infer<typeof MisreadProblem>;

/** The arguments as the trail and people see them: by name, without those that were left out. */
export function commandArguments(command: SlashCommand): Readonly<Record<string, string>> {
  const { name, ...given } = command;
  void name;
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** A command that stands in a comment of a ticket, as the tracker shows it now. `edited` ones never count. */
export interface TicketCommand {
  readonly commentId: string;
  readonly by: Actor;
  readonly at: Instant;
  readonly edited: boolean;
  readonly command: SlashCommand;
}
