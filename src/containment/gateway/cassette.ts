import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { Fault } from '../../domain/fault.js';
import { Digest } from '../../domain/ids.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { errorCode } from './error-code.js';
import { gatewayFault } from './upstream-fault.js';

const count = z.number().int().nonnegative();

/** What a request must look like to get the answer beside it. Members that are left out are not compared. */
export const RequestShape = z.strictObject({
  path: z.string().max(200).optional().describe('Path of the request, for example /v1/messages.'),
  model: z.string().max(200).optional(),
  stream: z.boolean().optional(),
  messages: count.optional().describe('Number of messages (input items of the responses API).'),
  roles: z.array(z.string().max(40)).optional().describe('Role of each message, or its type when it has none.'),
  tools: z.array(z.string().max(200)).optional().describe('Names of the tools that were offered, in order.'),
  lastMessage: Digest.optional().describe('Digest of the last message with all that differs between runs taken out.'),
});
export type RequestShape = z.infer<typeof RequestShape>;

/** An answer in few words; the gateway writes it in the format and manner (streamed or whole) that the client asked for. */
export const CompactReply = z.strictObject({
  content: z.array(z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text'), text: z.string() }),
    z.strictObject({ type: z.literal('tool_use'), id: z.string().min(1).max(200).optional(), name: z.string().min(1).max(200), input: z.record(z.string(), z.unknown()) }),
  ])).max(1000),
  stop_reason: z.enum(['end_turn', 'tool_use', 'max_tokens']).optional().describe('Follows from the content when left out.'),
  usage: z.strictObject({
    input_tokens: count.describe('Input that came from no cache and went into none.'),
    cache_read_input_tokens: count.default(0),
    cache_creation_input_tokens: count.default(0),
    output_tokens: count,
  }),
});
export type CompactReply = z.infer<typeof CompactReply>;

const RecordedResponse = z.strictObject({ status: z.number().int().min(200).max(599), headers: z.record(z.string(), z.string()), body: z.string() });

export const CassetteEntry = z.strictObject({
  attempt: z.number().int().nonnegative().describe('The attempt whose session asks, 0 for the opinion on a ticket before there is one; the entries of one attempt are played in order.'),
  request: RequestShape.default({}),
  response: z.union([RecordedResponse, z.strictObject({ message: CompactReply })]),
});
export type CassetteEntry = z.infer<typeof CassetteEntry>;

/** Model answers on file: recorded from a provider, or written by hand. Holds no key and no other secret of the run. */
export const CassetteDocument = z.strictObject({
  format: z.literal('heddle-cassette'),
  version: z.literal(1),
  api: z.enum(['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini']).optional().describe('Needed when an answer is recorded and not compact.'),
  entries: z.array(CassetteEntry).max(10_000),
});
export type CassetteDocument = z.infer<typeof CassetteDocument>;

const CASSETTE_BYTES_MAX = 256 * 1024 * 1024;

export async function readCassette(file: string): Promise<Result<CassetteDocument, Fault>> {
  const setup = (message: string): Result<CassetteDocument, Fault> => err(gatewayFault('rejected', 'setup', `The cassette ${file} ${message}`));
  let text: string;
  try {
    // A device or a pipe has no end that could be waited for, and a size only shows afterwards.
    const stats = await stat(file);
    if (!stats.isFile()) return setup('is no plain file.');
    if (stats.size > CASSETTE_BYTES_MAX) return setup('is larger than 256 MiB.');
    text = await readFile(file, 'utf8');
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? setup('does not exist. Give the path of a recorded cassette.') : setup('cannot be read.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return setup('is not JSON.');
  }
  const parsed = CassetteDocument.safeParse(value);
  if (!parsed.success) return setup(`is not a cassette of version 1: ${z.prettifyError(parsed.error).slice(0, 1000)}`);
  const compactOnly = parsed.data.entries.every((entry) => 'message' in entry.response);
  return parsed.data.api === undefined && !compactOnly ? setup('holds recorded answers and must name their `api`.') : ok(parsed.data);
}
