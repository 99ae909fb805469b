import { z } from 'zod';
import { SessionId } from '../lib/session-id.js';

/**
 * The JSON lines of `opencode run --format json`, as far as we use them, seen with 1.18.33. Unknown members and kinds pass;
 * a member of another type than expected makes the line a strange one.
 */
const count = z.number().nonnegative();
const sessionID = SessionId.optional();

export const KnownLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step_start'), sessionID }),
  z.object({ type: z.literal('text'), sessionID, part: z.object({ text: z.string() }) }),
  z.object({ type: z.literal('reasoning'), sessionID }),
  z.object({
    type: z.literal('tool_use'), sessionID,
    part: z.object({ tool: z.string(), state: z.object({ status: z.string(), input: z.unknown().optional(), output: z.unknown().optional(), error: z.unknown().optional() }) }),
  }),
  z.object({
    type: z.literal('step_finish'), sessionID,
    part: z.object({ reason: z.string().optional(), tokens: z.object({ input: count, output: count, reasoning: count.optional(), cache: z.object({ read: count, write: count }).optional() }).optional() }),
  }),
  z.object({
    type: z.literal('error'), sessionID,
    error: z.object({ name: z.string().optional(), data: z.object({ message: z.string().optional(), statusCode: z.number().optional() }).optional() }),
  }),
]);
export type KnownLine = z.infer<typeof KnownLine>;

/** What a tool call is about, by the members that the CLI's own tools have. */
export const CommandInput = z.object({ command: z.string() });
export const FileInput = z.object({ filePath: z.string() });
