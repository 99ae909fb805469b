import type { JsonObject } from './json.js';

/** One part of a message, in no vendor's words. */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  /** `input` is undefined when the model's JSON was broken or cut; the call is then answered with an error. */
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string; readonly input: JsonObject | undefined }
  | { readonly type: 'tool-result'; readonly id: string; readonly ok: boolean; readonly text: string };

export interface Message { readonly role: 'user' | 'assistant'; readonly blocks: readonly Block[] }

/** Tool results and inputs up to this size are never shortened. */
const SMALL = 400;
/** So many of the newest messages stay whole. */
const FRESH_MESSAGES = 8;

/**
 * The conversation within its budget. Old tool results and large inputs are replaced by a note, oldest first. It is cut
 * down to half of the budget at once and not to its edge: the provider's prompt cache holds as long as the beginning
 * stays the same, so it must change rarely.
 */
export function withinBudget(messages: readonly Message[], charsMax: number): readonly Message[] {
  let size = sizeOf(messages);
  if (size <= charsMax) return messages;
  const target = charsMax / 2;
  return messages.map((message, index) => {
    if (size <= target || index >= messages.length - FRESH_MESSAGES) return message;
    const shorter: Message = { role: message.role, blocks: message.blocks.map(shorten) };
    size -= sizeOf([message]) - sizeOf([shorter]);
    return shorter;
  });
}

function shorten(block: Block): Block {
  if (block.type === 'tool-result' && block.text.length > SMALL) {
    return { ...block, text: `${block.text.slice(0, SMALL / 2)}\n[… ${block.text.length - SMALL / 2} characters of this old result were left out; call the tool again if you need them]` };
  }
  if (block.type === 'tool-call' && block.input !== undefined) {
    const input = Object.fromEntries(Object.entries(block.input).map(([name, value]) =>
      [name, typeof value === 'string' && value.length > SMALL ? `${value.slice(0, SMALL / 2)} [… shortened]` : value]));
    return { ...block, input };
  }
  return block;
}

function sizeOf(messages: readonly Message[]): number {
  let size = 0;
  for (const block of messages.flatMap((message) => message.blocks)) {
    if (block.type === 'tool-call') size += block.name.length + JSON.stringify(block.input ?? {}).length;
    else size += block.text.length;
  }
  return size;
}

/** The texts of the last message of the model. */
export function lastWords(blocks: readonly Block[]): string {
  return blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n').trim();
}

/**
 * A conversation that ends in the middle of a tool round (the session was killed) cannot be sent again: each call needs
 * its result. Such an open end gets an answer that says what happened.
 */
export function closeOpenCalls(messages: readonly Message[]): readonly Message[] {
  const last = messages.at(-1);
  const open = last?.role === 'assistant' ? last.blocks.flatMap((block) => (block.type === 'tool-call' ? [block] : [])) : [];
  if (open.length === 0) return messages;
  return [...messages, { role: 'user', blocks: open.map((call) => ({ type: 'tool-result', id: call.id, ok: false, text: 'The session was ended before this call was answered.' })) }];
}

/** The next message of the person: joined to an open user message, because two of the same role in a row are not allowed everywhere. */
export function withPrompt(messages: readonly Message[], prompt: string): readonly Message[] {
  const closed = closeOpenCalls(messages);
  const last = closed.at(-1);
  if (last?.role !== 'user') return [...closed, { role: 'user', blocks: [{ type: 'text', text: prompt }] }];
  return [...closed.slice(0, -1), { role: 'user', blocks: [...last.blocks, { type: 'text', text: prompt }] }];
}
