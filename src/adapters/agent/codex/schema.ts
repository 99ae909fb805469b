import { z } from 'zod';
import { SessionId } from '../lib/session-id.js';

/**
 * The JSON lines of `codex exec --json`, as far as we use them, seen with 0.169.0. Unknown members and kinds pass; a member
 * of another type than expected makes the line a strange one.
 */
const count = z.number().nonnegative();

export const KnownLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('thread.started'), thread_id: SessionId }),
  z.object({ type: z.literal('turn.started') }),
  z.object({ type: z.literal('turn.completed'), usage: z.object({ input_tokens: count, output_tokens: count }).optional() }),
  z.object({ type: z.literal('turn.failed'), error: z.object({ message: z.string() }) }),
  z.object({ type: z.literal('error'), message: z.string() }),
  z.object({ type: z.enum(['item.started', 'item.updated', 'item.completed']), item: z.object({ id: z.string().max(200), type: z.string() }).loose() }),
]);
export type KnownLine = z.infer<typeof KnownLine>;
export type ItemLine = Extract<KnownLine, { item: unknown }>;

/** Kinds of items; others (reasoning, plans, web searches) say nothing that we keep. */
export const Item = z.discriminatedUnion('type', [
  z.object({ type: z.literal('agent_message'), text: z.string() }),
  z.object({ type: z.literal('command_execution'), command: z.string(), aggregated_output: z.string().nullish(), exit_code: z.number().nullish(), status: z.string().optional() }),
  z.object({ type: z.literal('file_change'), changes: z.array(z.object({ path: z.string(), kind: z.string().optional() })).max(10_000), status: z.string().optional() }),
  z.object({ type: z.literal('mcp_tool_call'), server: z.string(), tool: z.string(), arguments: z.unknown().optional(), result: z.unknown().optional(), error: z.unknown().optional(), status: z.string().optional() }),
  z.object({ type: z.literal('error'), message: z.string() }),
]);
export type Item = z.infer<typeof Item>;
