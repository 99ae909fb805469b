import { assertNever } from '../../kit/assert-never.js';
import type { ModelApi } from '../../ports/model-gateway.js';
import type { CompactReply } from './cassette.js';

export interface ReplyManner {
  readonly api: ModelApi;
  readonly model: string;
  readonly stream: boolean;
  /** Makes ids that differ between entries and are the same in every replay. */
  readonly number: number;
}

export interface RenderedReply { readonly contentType: string; readonly body: string }

interface Block { readonly type: 'text' | 'tool_use'; readonly text: string; readonly id: string; readonly name: string; readonly input: unknown }

/** Writes a compact reply as the provider of the wire format would have sent it, streamed or whole. */
export function renderReply(reply: CompactReply, manner: ReplyManner): RenderedReply {
  const blocks = reply.content.map((block, at): Block => (block.type === 'text'
    ? { type: 'text', text: block.text, id: '', name: '', input: {} }
    : { type: 'tool_use', text: '', id: block.id ?? `call_${manner.number}_${at}`, name: block.name, input: block.input }));
  const stop = reply.stop_reason ?? (blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn');
  const input = { ...manner, reply, blocks, stop };
  switch (manner.api) {
    case 'anthropic-messages': return manner.stream ? anthropicStream(input) : anthropicWhole(input);
    case 'openai-chat': return manner.stream ? chatStream(input) : chatWhole(input);
    case 'openai-responses': return responses(input);
    case 'gemini': return gemini(input);
    default: return assertNever(manner.api);
  }
}

interface Input extends ReplyManner { readonly reply: CompactReply; readonly blocks: readonly Block[]; readonly stop: 'end_turn' | 'tool_use' | 'max_tokens' }

const whole = (value: unknown): RenderedReply => ({ contentType: 'application/json', body: JSON.stringify(value) });
const stream = (events: readonly string[]): RenderedReply => ({ contentType: 'text/event-stream; charset=utf-8', body: events.join('') });
const named = <T extends { readonly type: string }>(value: T): string => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

function anthropicWhole({ reply, blocks, stop, model, number }: Input): RenderedReply {
  const content = blocks.map((block) => (block.type === 'text' ? { type: 'text', text: block.text } : { type: 'tool_use', id: block.id, name: block.name, input: block.input }));
  return whole({ id: `msg_${number}`, type: 'message', role: 'assistant', model, content, stop_reason: stop, stop_sequence: null, usage: reply.usage });
}

function anthropicStream({ reply, blocks, stop, model, number }: Input): RenderedReply {
  const usage = { ...reply.usage, output_tokens: 1 };
  return stream([
    named({ type: 'message_start', message: { id: `msg_${number}`, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage } }),
    ...blocks.flatMap((block, index) => {
      const begun = block.type === 'text' ? { type: 'text', text: '' } : { type: 'tool_use', id: block.id, name: block.name, input: {} };
      const delta = block.type === 'text' ? { type: 'text_delta', text: block.text } : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
      return [
        named({ type: 'content_block_start', index, content_block: begun }),
        named({ type: 'content_block_delta', index, delta }),
        named({ type: 'content_block_stop', index }),
      ];
    }),
    named({ type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: reply.usage.output_tokens } }),
    named({ type: 'message_stop' }),
  ]);
}

const CHAT_STOP = { end_turn: 'stop', tool_use: 'tool_calls', max_tokens: 'length' } as const;

function promptTokens(reply: CompactReply): number {
  return reply.usage.input_tokens + reply.usage.cache_read_input_tokens + reply.usage.cache_creation_input_tokens;
}

function chatUsage(reply: CompactReply): unknown {
  const prompt = promptTokens(reply);
  return {
    prompt_tokens: prompt, completion_tokens: reply.usage.output_tokens, total_tokens: prompt + reply.usage.output_tokens,
    prompt_tokens_details: { cached_tokens: reply.usage.cache_read_input_tokens },
  };
}

function chatCalls(blocks: readonly Block[]): readonly unknown[] {
  return blocks.filter((block) => block.type === 'tool_use')
    .map((block) => ({ id: block.id, type: 'function', function: { name: block.name, arguments: JSON.stringify(block.input) } }));
}

function textOf(blocks: readonly Block[]): string {
  return blocks.filter((block) => block.type === 'text').map((block) => block.text).join('\n\n');
}

function chatWhole({ reply, blocks, stop, model, number }: Input): RenderedReply {
  const calls = chatCalls(blocks);
  const text = textOf(blocks);
  const message = { role: 'assistant', content: text === '' ? null : text, ...(calls.length > 0 && { tool_calls: calls }) };
  return whole({
    id: `chatcmpl-${number}`, object: 'chat.completion', created: 0, model,
    choices: [{ index: 0, message, finish_reason: CHAT_STOP[stop] }], usage: chatUsage(reply),
  });
}

function chatStream({ reply, blocks, stop, model, number }: Input): RenderedReply {
  const base = { id: `chatcmpl-${number}`, object: 'chat.completion.chunk', created: 0, model };
  const chunk = (delta: unknown, reason: string | null): string => data({ ...base, choices: [{ index: 0, delta, finish_reason: reason }] });
  const text = textOf(blocks);
  return stream([
    chunk({ role: 'assistant', content: '' }, null),
    ...(text === '' ? [] : [chunk({ content: text }, null)]),
    ...chatCalls(blocks).map((call, index) => chunk({ tool_calls: [{ index, ...(call as object) }] }, null)),
    chunk({}, CHAT_STOP[stop]),
    data({ ...base, choices: [], usage: chatUsage(reply) }),
    'data: [DONE]\n\n',
  ]);
}

const GEMINI_STOP = { end_turn: 'STOP', tool_use: 'STOP', max_tokens: 'MAX_TOKENS' } as const;

/** One event holds the whole answer, as the provider does for short ones. */
function gemini({ reply, blocks, stop, model, number, stream: streamed }: Input): RenderedReply {
  const prompt = promptTokens(reply);
  const parts = blocks.map((block) => (block.type === 'text' ? { text: block.text } : { functionCall: { id: block.id, name: block.name, args: block.input } }));
  const answer = {
    candidates: [{ content: { role: 'model', parts }, finishReason: GEMINI_STOP[stop], index: 0 }],
    usageMetadata: {
      promptTokenCount: prompt, cachedContentTokenCount: reply.usage.cache_read_input_tokens,
      candidatesTokenCount: reply.usage.output_tokens, totalTokenCount: prompt + reply.usage.output_tokens,
    },
    modelVersion: model, responseId: `resp_${number}`,
  };
  return streamed ? stream([data(answer)]) : whole(answer);
}

function responses({ reply, blocks, model, number, stream: streamed, stop }: Input): RenderedReply {
  const prompt = promptTokens(reply);
  const output = blocks.map((block, at) => (block.type === 'text'
    ? { type: 'message', id: `msg_${number}_${at}`, role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: block.text, annotations: [] }] }
    : { type: 'function_call', id: `fc_${number}_${at}`, call_id: block.id, name: block.name, arguments: JSON.stringify(block.input), status: 'completed' }));
  const cut = stop === 'max_tokens';
  const response = {
    id: `resp_${number}`, object: 'response', created_at: 0, model, status: cut ? 'incomplete' : 'completed', output,
    ...(cut && { incomplete_details: { reason: 'max_output_tokens' } }),
    usage: {
      input_tokens: prompt, input_tokens_details: { cached_tokens: reply.usage.cache_read_input_tokens },
      output_tokens: reply.usage.output_tokens, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: prompt + reply.usage.output_tokens,
    },
  };
  if (!streamed) return whole(response);
  return stream([
    named({ type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } }),
    ...output.map((item, at) => named({ type: 'response.output_item.done', output_index: at, item })),
    named({ type: cut ? 'response.incomplete' : 'response.completed', response }),
  ]);
}
