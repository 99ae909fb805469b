import { z } from 'zod';
import { SessionId } from '../lib/session-id.js';

/**
 * The stream-json lines of the CLI, as far as we use them, seen with 0.61.0. Unknown members and kinds pass; a member of
 * another type than expected makes the line a strange one.
 */
const count = z.number().nonnegative();
const name = z.string();

export const KnownLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('init'), session_id: SessionId }),
  z.object({ type: z.literal('message'), role: z.string(), content: z.string(), delta: z.boolean().optional() }),
  z.object({ type: z.literal('tool_use'), tool_name: name, tool_id: z.string().max(300), parameters: z.unknown().optional() }),
  z.object({ type: z.literal('tool_result'), tool_id: z.string().max(300), status: z.string(), output: z.unknown().optional(), error: z.object({ message: z.string().optional() }).nullish() }),
  z.object({ type: z.literal('error'), message: z.string().optional(), severity: z.string().optional() }),
  z.object({
    type: z.literal('result'), status: z.string(), error: z.object({ type: z.string().optional(), message: z.string().optional() }).nullish(),
    stats: z.object({ input_tokens: count, output_tokens: count }).nullish(),
  }),
]);
export type KnownLine = z.infer<typeof KnownLine>;

/** What a tool call is about, by the members that the CLI's own tools have. */
export const CommandInput = z.object({ command: z.string() });
export const FileInput = z.object({ file_path: z.string() });
