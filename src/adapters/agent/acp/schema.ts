import { z } from 'zod';

/**
 * The Agent Client Protocol, version 1: JSON-RPC 2.0, one message a line, as far as we use it. Unknown members and unknown
 * kinds of updates pass; a member of another type than expected makes the message a strange one.
 */
const requestId = z.union([z.number(), z.string().max(200), z.null()]);
const sessionId = z.string().min(1).max(200);

export const Answer = z.object({ id: z.number(), result: z.unknown().optional(), error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional() });
export type Answer = z.infer<typeof Answer>;
/** A request carries an id, a notification none. */
export const Call = z.object({ id: requestId.optional(), method: z.string().max(200), params: z.unknown().optional() });
export type Call = z.infer<typeof Call>;

export const Initialized = z.object({
  protocolVersion: z.number(),
  agentCapabilities: z.object({ loadSession: z.boolean().optional() }).nullish(),
  authMethods: z.array(z.object({ id: z.string().max(200), _meta: z.record(z.string(), z.unknown()).nullish() })).max(100).nullish(),
});
export type Initialized = z.infer<typeof Initialized>;

export const NewSession = z.object({ sessionId });

export const Prompted = z.object({
  stopReason: z.string().max(100),
  usage: z.object({ inputTokens: z.number().nonnegative(), outputTokens: z.number().nonnegative() }).nullish().catch(undefined),
});

/** Of a call's content only what is used is kept: a call is held until its end, and a line of 1 MB can hold many small things. */
export const DiffContent = z.object({ type: z.literal('diff'), path: z.string() });
export const TextContent = z.object({ type: z.literal('content'), content: z.object({ type: z.literal('text'), text: z.string() }) });

/** A tool call as it is told in pieces: each update carries what is new. */
export const ToolCall = z.object({
  toolCallId: z.string().min(1).max(200),
  title: z.string().nullish(), kind: z.string().max(100).nullish(), status: z.string().max(100).nullish(),
  content: z.array(z.union([DiffContent, TextContent, z.unknown().transform(() => undefined)])).nullish(), locations: z.array(z.object({ path: z.string() })).max(10_000).nullish(),
  rawInput: z.unknown().optional(),
});
export type ToolCall = z.infer<typeof ToolCall>;

export const Update = z.object({ update: z.object({ sessionUpdate: z.string().max(100) }).loose() });
export const Chunk = z.object({ content: z.object({ type: z.literal('text'), text: z.string() }) });

export const PermissionRequest = z.object({
  toolCall: ToolCall,
  options: z.array(z.object({ optionId: z.string().max(200), kind: z.string().max(100) })).max(100),
});
export type PermissionRequest = z.infer<typeof PermissionRequest>;

export const CommandInput = z.object({ command: z.union([z.string(), z.array(z.string()).max(10_000)]) });

export const AcpOptions = z.strictObject({
  command: z.array(z.string().min(1).max(100_000)).min(1).max(200).describe('Program and arguments.'),
  env: z.record(z.string(), z.string()).default({}).describe('Variables of the program.'),
});
export type AcpOptions = z.infer<typeof AcpOptions>;
