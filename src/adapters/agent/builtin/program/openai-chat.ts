import type { Block, Message } from './conversation.js';
import { asArray, asNumber, asObject, asString, parseObject } from './json.js';
import type { JsonObject } from './json.js';
import type { ModelApi, ModelTurn, TurnReader } from './model-api.js';

/** OpenAI's chat completions, as many other providers speak them too (API reference: "Create chat completion", "Streaming"). */
export const openaiChat: ModelApi = {
  path: '/v1/chat/completions',
  headers: (settings) => ({ authorization: `Bearer ${settings.token}` }),
  body: (settings, request) => ({
    model: settings.model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'system', content: request.system }, ...request.messages.flatMap(writeMessage)],
    tools: request.tools.map((tool) => ({ type: 'function', function: { name: tool.name, description: tool.description, parameters: tool.parameters } })),
  }),
  reader: () => new Reader(),
};

/** Results are messages of their own in this format; they must follow the calls directly, before any text of the person. */
function writeMessage(message: Message): readonly JsonObject[] {
  const texts = message.blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  const text = texts.join('\n\n');
  if (message.role === 'assistant') {
    const calls = message.blocks.flatMap((block) => (block.type === 'tool-call'
      ? [{ id: block.id, type: 'function', function: { name: block.name, arguments: JSON.stringify(block.input ?? {}) } }] : []));
    return [{ role: 'assistant', content: text === '' ? null : text, ...(calls.length > 0 ? { tool_calls: calls } : {}) }];
  }
  const results = message.blocks.flatMap((block) => (block.type === 'tool-result'
    ? [{ role: 'tool', tool_call_id: block.id, content: block.ok ? block.text : `ERROR: ${block.text}` }] : []));
  return [...results, ...(text === '' ? [] : [{ role: 'user', content: text }])];
}

interface OpenCall { id: string; name: string; text: string }

class Reader implements TurnReader {
  private text = '';
  private readonly calls = new Map<number, OpenCall>();
  private stop: string | undefined;

  event(data: JsonObject): string | undefined {
    if (data['error'] !== undefined && data['error'] !== null) return asString(asObject(data['error'])?.['message']) ?? 'the stream ended with an error';
    const choice = asObject(asArray(data['choices'])[0]);
    if (choice === undefined) return undefined;
    // Some providers answer whole although a stream was asked for.
    const delta = asObject(choice['delta']) ?? asObject(choice['message']) ?? {};
    this.text += asString(delta['content']) ?? '';
    asArray(delta['tool_calls']).forEach((call, at) => { this.call(asObject(call) ?? {}, at); });
    this.stop = asString(choice['finish_reason']) ?? this.stop;
    return undefined;
  }

  end(): ModelTurn | undefined {
    if (this.stop === undefined) return undefined;
    const calls = [...this.calls.entries()].sort(([a], [b]) => a - b).map(([, call]): Block => ({
      type: 'tool-call', id: call.id, name: call.name, input: call.text.trim() === '' ? {} : parseObject(call.text),
    }));
    return { cut: this.stop === 'length', blocks: [...(this.text.trim() === '' ? [] : [{ type: 'text', text: this.text } as const]), ...calls] };
  }

  private call(part: JsonObject, at: number): void {
    const index = asNumber(part['index']) ?? at;
    const call = this.calls.get(index) ?? { id: '', name: '', text: '' };
    const fn = asObject(part['function']) ?? {};
    call.id = asString(part['id']) ?? (call.id === '' ? `call_${index}` : call.id);
    call.name += asString(fn['name']) ?? '';
    call.text += asString(fn['arguments']) ?? '';
    this.calls.set(index, call);
  }
}
