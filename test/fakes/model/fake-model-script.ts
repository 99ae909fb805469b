/** One tool call of a scripted answer. `custom` gives a free-form call (responses API only) instead of JSON `input`. */
export interface FakeToolCall {
  readonly name: string;
  readonly input?: unknown;
  readonly custom?: string;
  readonly namespace?: string;
}

export interface FakeUsage {
  /** Tokens of the prompt that came from no cache. */
  readonly input?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly output?: number;
}

/** One scripted answer. An empty step is an empty text that ends the turn. */
export interface FakeStep {
  readonly text?: string;
  readonly tools?: readonly FakeToolCall[];
  /** The default is 1000 in, 50 out, no cache. `none` leaves usage out of the answer altogether. */
  readonly usage?: FakeUsage | 'none';
  /** Anything but 200 answers with an error body in the shape of the API. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is instead of everything above; parts are written one by one, each in its own chunk. */
  readonly raw?: string | readonly (string | Uint8Array)[];
  /**
   * `silent` takes the request and never answers; `hang` begins the answer and stops; `cut` begins it and destroys the
   * connection; `endless` writes text deltas until the client goes away.
   */
  readonly ending?: 'silent' | 'hang' | 'cut' | 'endless';
}

export interface RenderedStep {
  readonly contentType: string;
  readonly parts: readonly (string | Uint8Array)[];
}

/** How one API writes a step: whole answers and, for `endless`, the first events and one more delta. */
export interface StepWriter {
  answer(step: FakeStep, ask: StepAsk): RenderedStep;
  opening(ask: StepAsk): string;
  delta(text: string): string;
  error(status: number): string;
}

export interface StepAsk {
  readonly index: number;
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

interface FullUsage { readonly input: number; readonly cacheRead: number; readonly cacheWrite: number; readonly output: number }

function usageOf(step: FakeStep): FullUsage | undefined {
  if (step.usage === 'none') return undefined;
  return { input: step.usage?.input ?? 1000, cacheRead: step.usage?.cacheRead ?? 0, cacheWrite: step.usage?.cacheWrite ?? 0, output: step.usage?.output ?? 50 };
}

const sse = (type: string, data: unknown): string => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const json = (value: unknown): RenderedStep => ({ contentType: 'application/json', parts: [JSON.stringify(value)] });
const events = (parts: readonly string[]): RenderedStep => ({ contentType: 'text/event-stream; charset=utf-8', parts });

export const anthropicWriter: StepWriter = {
  answer(step, ask) {
    const usage = usageOf(step);
    const input = usage && { input_tokens: usage.input, cache_read_input_tokens: usage.cacheRead, cache_creation_input_tokens: usage.cacheWrite };
    const blocks: Record<string, unknown>[] = [
      ...(step.text === undefined ? [] : [{ type: 'text', text: step.text }]),
      ...(step.tools ?? []).map((call, at) => ({ type: 'tool_use', id: `toolu_${ask.index}_${at}`, name: call.name, input: call.input ?? {} })),
    ];
    const stop = step.tools?.length ? 'tool_use' : 'end_turn';
    const message = { id: `msg_${ask.index}`, type: 'message', role: 'assistant', model: ask.model, stop_sequence: null };
    if (!ask.stream) {
      return json({ ...message, content: blocks, stop_reason: stop, ...(usage && { usage: { ...input, output_tokens: usage.output } }) });
    }
    return events([
      sse('message_start', { type: 'message_start', message: { ...message, content: [], stop_reason: null, ...(input && { usage: { ...input, output_tokens: 1 } }) } }),
      ...blocks.flatMap((block, index) => [
        sse('content_block_start', { type: 'content_block_start', index, content_block: block['type'] === 'text' ? { type: 'text', text: '' } : { ...block, input: {} } }),
        sse('content_block_delta', { type: 'content_block_delta', index, delta: block['type'] === 'text' ? { type: 'text_delta', text: block['text'] } : { type: 'input_json_delta', partial_json: JSON.stringify(block['input']) } }),
        sse('content_block_stop', { type: 'content_block_stop', index }),
      ]),
      sse('message_delta', { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, ...(usage && { usage: { output_tokens: usage.output } }) }),
      sse('message_stop', { type: 'message_stop' }),
    ]);
  },
  opening: (ask) => sse('message_start', { type: 'message_start', message: { id: `msg_${ask.index}`, type: 'message', role: 'assistant', model: ask.model, content: [], stop_reason: null, usage: { input_tokens: 10, output_tokens: 1 } } })
    + sse('content_block_start', { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  delta: (text) => sse('content_block_delta', { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  error: (status) => JSON.stringify({ type: 'error', error: { type: 'scripted_error', message: `scripted ${status}` } }),
};

export const openaiChatWriter: StepWriter = {
  answer(step, ask) {
    const usage = usageOf(step);
    const wire = usage && {
      prompt_tokens: usage.input + usage.cacheRead, completion_tokens: usage.output,
      total_tokens: usage.input + usage.cacheRead + usage.output, prompt_tokens_details: { cached_tokens: usage.cacheRead },
    };
    const calls = (step.tools ?? []).map((call, at) => ({ id: `call_${ask.index}_${at}`, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.input ?? {}) } }));
    const finish = calls.length > 0 ? 'tool_calls' : 'stop';
    const base = { id: `chatcmpl-${ask.index}`, created: 1, model: ask.model };
    if (!ask.stream) {
      const message = { role: 'assistant', content: step.text ?? null, ...(calls.length > 0 && { tool_calls: calls }) };
      return json({ ...base, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: finish }], ...(wire && { usage: wire }) });
    }
    const chunk = (delta: unknown, reason: string | null): string => data({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] });
    return events([
      chunk({ role: 'assistant', content: '' }, null),
      ...(step.text === undefined ? [] : [chunk({ content: step.text }, null)]),
      ...calls.map((call, index) => chunk({ tool_calls: [{ index, ...call }] }, null)),
      chunk({}, finish),
      ...(wire && ask.includeUsage ? [data({ ...base, object: 'chat.completion.chunk', choices: [], usage: wire })] : []),
      'data: [DONE]\n\n',
    ]);
  },
  opening: (ask) => data({ id: `chatcmpl-${ask.index}`, object: 'chat.completion.chunk', model: ask.model, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
  delta: (text) => data({ id: 'chatcmpl-x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: text }, finish_reason: null }] }),
  error: (status) => JSON.stringify({ error: { message: `scripted ${status}`, type: 'scripted_error', param: null, code: null } }),
};

export const openaiResponsesWriter: StepWriter = {
  answer(step, ask) {
    const usage = usageOf(step);
    const wire = usage && {
      input_tokens: usage.input + usage.cacheRead, input_tokens_details: { cached_tokens: usage.cacheRead },
      output_tokens: usage.output, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: usage.input + usage.cacheRead + usage.output,
    };
    const output = [
      ...(step.text === undefined ? [] : [{ type: 'message', id: `item_${ask.index}`, role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: step.text, annotations: [] }] }]),
      ...(step.tools ?? []).map((call, at) => (call.custom === undefined
        ? { type: 'function_call', id: `fc_${ask.index}_${at}`, call_id: `call_${ask.index}_${at}`, name: call.name, ...(call.namespace !== undefined && { namespace: call.namespace }), arguments: JSON.stringify(call.input ?? {}), status: 'completed' }
        : { type: 'custom_tool_call', id: `ctc_${ask.index}_${at}`, call_id: `call_${ask.index}_${at}`, name: call.name, input: call.custom, status: 'completed' })),
    ];
    const response = { id: `resp_${ask.index}`, object: 'response', created_at: 1, model: ask.model, status: 'completed', output, ...(wire && { usage: wire }) };
    if (!ask.stream) return json(response);
    return events([
      sse('response.created', { type: 'response.created', response: { id: response.id, object: 'response', status: 'in_progress', output: [] } }),
      ...output.map((item, at) => sse('response.output_item.done', { type: 'response.output_item.done', output_index: at, item })),
      sse('response.completed', { type: 'response.completed', response }),
    ]);
  },
  opening: (ask) => sse('response.created', { type: 'response.created', response: { id: `resp_${ask.index}`, object: 'response', status: 'in_progress', output: [] } }),
  delta: (text) => sse('response.output_text.delta', { type: 'response.output_text.delta', item_id: 'item_0', output_index: 0, content_index: 0, delta: text }),
  error: (status) => openaiChatWriter.error(status),
};

export const geminiWriter: StepWriter = {
  answer(step, ask) {
    const usage = usageOf(step);
    const wire = usage && {
      promptTokenCount: usage.input + usage.cacheRead, cachedContentTokenCount: usage.cacheRead,
      candidatesTokenCount: usage.output, totalTokenCount: usage.input + usage.cacheRead + usage.output,
    };
    const parts = [
      ...(step.text === undefined ? [] : [{ text: step.text }]),
      ...(step.tools ?? []).map((call) => ({ functionCall: { name: call.name, args: call.input ?? {} } })),
    ];
    const base = { modelVersion: ask.model, responseId: `resp_${ask.index}` };
    const chunk = (some: readonly unknown[], finish?: string): unknown => ({
      ...base, candidates: [{ content: { role: 'model', parts: some }, index: 0, ...(finish !== undefined && { finishReason: finish }) }], ...(wire && { usageMetadata: wire }),
    });
    if (!ask.stream) return json(chunk(parts, 'STOP'));
    return events([...parts.map((part) => data(chunk([part]))), data(chunk([], 'STOP'))]);
  },
  opening: (ask) => data({ modelVersion: ask.model, candidates: [{ content: { role: 'model', parts: [] }, index: 0 }], usageMetadata: { promptTokenCount: 10 } }),
  delta: (text) => data({ candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0 }] }),
  error: (status) => JSON.stringify({ error: { code: status, message: `scripted ${status}`, status: 'UNKNOWN' } }),
};
