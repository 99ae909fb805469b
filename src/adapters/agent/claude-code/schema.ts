import { z } from 'zod';
import { SessionId } from '../lib/session-id.js';

/**
 * The stream-json lines of the CLI, as far as we use them, seen with 2.1.329. Tolerant: unknown members and unknown kinds
 * pass, a member of another type than expected makes the line a strange one, never an error.
 */
const count = z.number().nonnegative();
const session = SessionId.optional();

const SystemLine = z.object({
  type: z.literal('system'), subtype: z.string(), session_id: session,
  tool_name: z.string().optional(), message: z.string().optional(),
  attempt: z.number().optional(), error_status: z.number().nullish(), error: z.string().optional(),
});

const TurnLine = z.object({
  type: z.enum(['assistant', 'user']), session_id: session,
  message: z.object({ content: z.union([z.string(), z.array(z.unknown())]) }),
});
export type TurnLine = z.infer<typeof TurnLine>;

const ResultLine = z.object({
  type: z.literal('result'), subtype: z.string(), is_error: z.boolean(), result: z.string().optional(), session_id: session,
  terminal_reason: z.string().nullish(), api_error_status: z.number().nullish(), errors: z.array(z.string()).optional(),
  usage: z.object({ input_tokens: count, output_tokens: count, cache_creation_input_tokens: count.nullish(), cache_read_input_tokens: count.nullish() }).optional().catch(undefined),
});
export type ResultLine = z.infer<typeof ResultLine>;

export const KnownLine = z.discriminatedUnion('type', [SystemLine, TurnLine, ResultLine]);
export type KnownLine = z.infer<typeof KnownLine>;
export type SystemLine = z.infer<typeof SystemLine>;

/** Kinds of lines that say nothing we keep; a later version may add more, which are then noted as they are. */
export const SILENT_TYPES: readonly string[] = ['stream_event', 'rate_limit_event', 'keep_alive', 'tool_progress'];

/** What a tool call is about, by the members that the CLI's own tools have. */
export const CommandInput = z.object({ command: z.string() });
export const FileInput = z.object({ file_path: z.string() });

/** One part of a turn; other kinds (thinking, images) are passed over. */
export const Block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string().max(200), name: z.string(), input: z.unknown() }),
  z.object({ type: z.literal('tool_result'), tool_use_id: z.string().max(200), content: z.unknown(), is_error: z.boolean().nullish() }),
]);
export type Block = z.infer<typeof Block>;

export const ClaudeCodeOptions = z.strictObject({
  turns_max: z.number().int().positive().max(1000).default(200).describe('Turns per session.'),
});
export type ClaudeCodeOptions = z.infer<typeof ClaudeCodeOptions>;
