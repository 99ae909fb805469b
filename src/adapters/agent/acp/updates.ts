import type { AgentEvent } from '../../../ports/coding-agent.js';
import { clipText, jsonText } from '../lib/clip-text.js';
import { Chunk, ToolCall, Update } from './schema.js';
import { actionOf, held, merged, outputOf } from './tool-call.js';

const TEXT_MAX = 16_000;
const NAME_MAX = 100;
const OPEN_CALLS_MAX = 1000;

/** Turns the updates of one session into events: words come in pieces, and so do calls. */
export class Updates {
  #words = '';
  #lastWords = '';
  readonly #open = new Map<string, { readonly call: ToolCall; readonly shown: boolean }>();

  /** The last whole message. */
  get lastWords(): string {
    return this.#lastWords;
  }

  /** `undefined` says that this is no update of the protocol. */
  read(params: unknown): readonly AgentEvent[] | undefined {
    const update = Update.safeParse(params);
    if (!update.success) return undefined;
    const { sessionUpdate: kind, ...rest } = update.data.update;
    if (kind === 'agent_message_chunk') {
      const chunk = Chunk.safeParse(rest);
      // Pictures and links are passed over.
      if (chunk.success && this.#words.length <= TEXT_MAX) this.#words += chunk.data.content.text;
      return [];
    }
    // Thoughts come between the pieces of one message; everything else ends it. After a session was loaded the last words of
    // the attempt before may still be told, and must not run into the first new ones.
    if (kind !== 'tool_call' && kind !== 'tool_call_update') return kind === 'agent_thought_chunk' ? [] : this.said();
    const call = ToolCall.safeParse(rest);
    return call.success ? [...this.said(), ...this.#callEvents(call.data)] : undefined;
  }

  /** The message that is complete now, if there is one. */
  said(): readonly AgentEvent[] {
    if (this.#words === '') return [];
    this.#lastWords = this.#words;
    this.#words = '';
    return [{ type: 'said', text: clipText(this.#lastWords, TEXT_MAX) }];
  }

  /** What is known of a call when permission for it is asked. */
  known(piece: ToolCall): ToolCall {
    return merged(this.#open.get(piece.toolCallId)?.call, piece);
  }

  /** A call is shown when it starts, since only then all of it was told. */
  #callEvents(piece: ToolCall): readonly AgentEvent[] {
    const before = this.#open.get(piece.toolCallId);
    const call = merged(before?.call, piece);
    const status = call.status ?? 'pending';
    const ended = status === 'completed' || status === 'failed';
    const tool = (call.kind ?? 'other').slice(0, NAME_MAX);
    const starts = before?.shown !== true && status !== 'pending';
    if (ended) this.#open.delete(piece.toolCallId);
    else if (before !== undefined || this.#open.size < OPEN_CALLS_MAX) this.#open.set(piece.toolCallId, { call: held(call, TEXT_MAX), shown: before?.shown === true || starts });
    return [
      ...(starts ? [{ type: 'tool-called' as const, tool, input: jsonText(call.rawInput ?? call.title ?? '', TEXT_MAX), action: actionOf(call) }] : []),
      ...(ended ? [{ type: 'tool-answered' as const, tool, ok: status === 'completed', output: clipText(outputOf(call), TEXT_MAX) }] : []),
    ];
  }
}
