import type { Block, Message } from './conversation.js';
import { asNumber, asObject, asString, parseObject } from './json.js';
import type { JsonObject } from './json.js';
import type { ModelApi, ModelTurn, TurnReader } from './model-api.js';

/** Room for one answer with a whole new file in it; the gateway lowers it when the budget is smaller. */
const OUTPUT_TOKENS_MAX = 16_000;
const CACHED = { cache_control: { type: 'ephemeral' } };

/** Anthropic's Messages API (platform docs: "Create a Message", "Streaming Messages", "Prompt caching"). */
export const anthropicMessages: ModelApi = {
  path: '/v1/messages',
  headers: (settings) => ({ 'x-api-key': settings.token, 'anthropic-version': '2023-06-01' }),
  body: (settings, request) => ({
    model: settings.model,
    max_tokens: OUTPUT_TOKENS_MAX,
    stream: true,
    // Three markers: the system text with the tools before it, and the ends of the last two user messages, so that each
    // call reads what the call before has written.
    system: [{ type: 'text', text: request.system, ...CACHED }],
    tools: request.tools.map((tool) => ({ name: tool.name, description: tool.description, input_schema: tool.parameters })),
    messages: markCache(request.messages.map(writeMessage)),
  }),
  reader: () => new Reader(),
};

interface WrittenMessage { readonly role: string; readonly content: readonly JsonObject[] }

function writeMessage(message: Message): WrittenMessage {
  return { role: message.role, content: message.blocks.map(writeBlock) };
}

function writeBlock(block: Block): JsonObject {
  switch (block.type) {
    case 'text': return { type: 'text', text: block.text };
    case 'tool-call': return { type: 'tool_use', id: block.id, name: block.name, input: block.input ?? {} };
    case 'tool-result': return { type: 'tool_result', tool_use_id: block.id, content: block.text, ...(block.ok ? {} : { is_error: true }) };
  }
}

function markCache(messages: readonly WrittenMessage[]): readonly WrittenMessage[] {
  const marked = new Set(messages.flatMap((message, index) => (message.role === 'user' ? [index] : [])).slice(-2));
  return messages.map((message, index) => (marked.has(index)
    ? { ...message, content: message.content.map((block, at) => (at === message.content.length - 1 ? { ...block, ...CACHED } : block)) }
    : message));
}

interface OpenBlock { readonly kind: 'text' | 'tool'; readonly id: string; readonly name: string; text: string; readonly input: unknown }

class Reader implements TurnReader {
  private readonly open = new Map<number, OpenBlock>();
  private stop: string | undefined;

  event(data: JsonObject): string | undefined {
    switch (data['type']) {
      case 'content_block_start': this.start(asNumber(data['index']) ?? 0, asObject(data['content_block']) ?? {}); return undefined;
      case 'content_block_delta': this.delta(asNumber(data['index']) ?? 0, asObject(data['delta']) ?? {}); return undefined;
      case 'message_delta': this.stop = asString(asObject(data['delta'])?.['stop_reason']) ?? this.stop; return undefined;
      case 'error': return asString(asObject(data['error'])?.['message']) ?? 'the stream ended with an error';
      default: return undefined;
    }
  }

  end(): ModelTurn | undefined {
    if (this.stop === undefined) return undefined;
    const blocks = [...this.open.entries()].sort(([a], [b]) => a - b).map(([, block]) => block);
    return { cut: this.stop === 'max_tokens', blocks: blocks.flatMap(readBlock) };
  }

  private start(index: number, block: JsonObject): void {
    const type = block['type'];
    // Thinking and other kinds are never asked for and are not replayed.
    if (type !== 'text' && type !== 'tool_use') return;
    this.open.set(index, {
      kind: type === 'text' ? 'text' : 'tool', id: asString(block['id']) ?? `call_${index}`, name: asString(block['name']) ?? '',
      text: asString(block['text']) ?? '', input: block['input'],
    });
  }

  private delta(index: number, delta: JsonObject): void {
    const block = this.open.get(index);
    if (block !== undefined) block.text += asString(delta['text']) ?? asString(delta['partial_json']) ?? '';
  }
}

function readBlock(block: OpenBlock): readonly Block[] {
  if (block.kind === 'text') return block.text.trim() === '' ? [] : [{ type: 'text', text: block.text }];
  return [{ type: 'tool-call', id: block.id, name: block.name, input: block.text === '' ? asObject(block.input) ?? {} : parseObject(block.text) }];
}
