import { z } from 'zod';
import { SessionId } from '../lib/session-id.js';

const text = z.string();

/** The lines of our own program. It runs beside the agent's commands, so its words are foreign all the same. */
export const WireLine = z.discriminatedUnion('type', [
  z.object({ v: z.literal(1), type: z.literal('session'), session: SessionId }),
  z.object({ v: z.literal(1), type: z.literal('said'), text }),
  z.object({ v: z.literal(1), type: z.literal('tool-called'), tool: z.string(), input: z.unknown() }),
  z.object({ v: z.literal(1), type: z.literal('tool-answered'), tool: z.string(), ok: z.boolean(), output: text }),
  z.object({ v: z.literal(1), type: z.literal('noted'), text }),
  z.object({
    v: z.literal(1), type: z.literal('ended'),
    reason: z.enum(['finished', 'turn-limit', 'session-lost', 'model-refused', 'model-unreachable', 'model-answer-broken']),
    summary: text, status: z.number().int().optional(),
  }),
]);
export type WireLine = z.infer<typeof WireLine>;

export const BuiltinOptions = z.strictObject({
  turns_max: z.number().int().positive().max(1000).default(150).describe('Model answers per session.'),
  context_chars_max: z.number().int().min(20_000).max(4_000_000).default(400_000).describe('Longest conversation that is sent, in characters; old tool results are shortened.'),
});
export type BuiltinOptions = z.infer<typeof BuiltinOptions>;
