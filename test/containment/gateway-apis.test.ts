import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GatewaySession, ModelApi } from '../../src/ports/model-gateway.js';
import { ask, Bench, json, KEY, MODEL } from './gateway-support.js';
import type { Answer } from './gateway-support.js';

const bench = new Bench();
afterEach(() => bench.close());

const GENERATE = `/v1beta/models/${MODEL}:generateContent`;
const STREAM = `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`;

interface Speech {
  readonly path: (stream: boolean) => string;
  readonly body: (stream: boolean, over?: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  readonly bound: (body: Readonly<Record<string, unknown>>) => unknown;
  readonly bounded: (limit: number) => Record<string, unknown>;
  readonly keyHeader: string;
}

const speeches: Readonly<Record<ModelApi, Speech>> = {
  'anthropic-messages': {
    path: () => '/v1/messages', keyHeader: 'x-api-key', bounded: (max_tokens) => ({ max_tokens }), bound: (body) => body['max_tokens'],
    body: (stream, over) => ({ model: MODEL, stream, max_tokens: 1000, messages: [{ role: 'user', content: 'hello' }], ...over }),
  },
  'openai-chat': {
    path: () => '/v1/chat/completions', keyHeader: 'authorization', bounded: (max_tokens) => ({ max_tokens }), bound: (body) => body['max_tokens'],
    body: (stream, over) => ({ model: MODEL, stream, messages: [{ role: 'user', content: 'hello' }], ...over }),
  },
  'openai-responses': {
    path: () => '/v1/responses', keyHeader: 'authorization', bounded: (max_output_tokens) => ({ max_output_tokens }), bound: (body) => body['max_output_tokens'],
    body: (stream, over) => ({ model: MODEL, stream, input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] }], ...over }),
  },
  gemini: {
    path: (stream) => (stream ? STREAM : GENERATE), keyHeader: 'x-goog-api-key',
    bounded: (maxOutputTokens) => ({ generationConfig: { maxOutputTokens } }),
    bound: (body) => (body['generationConfig'] as Record<string, unknown> | undefined)?.['maxOutputTokens'],
    body: (_stream, over) => ({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }], ...over }),
  },
};
const APIS = Object.keys(speeches) as ModelApi[];
const BOTH = APIS.flatMap((api) => [true, false].map((stream) => [api, stream] as const));

const say = (session: GatewaySession, api: ModelApi, options: { readonly stream: boolean; readonly over?: Readonly<Record<string, unknown>> }): Promise<Answer> =>
  ask(session, { path: speeches[api].path(options.stream), body: speeches[api].body(options.stream, options.over) });

describe('every wire format', () => {
  it.each(BOTH)('%s, streamed %p: passes on what the provider sent, with the key on the way out only, and counts it', async (api, stream) => {
    const model = await bench.model({ steps: [{ text: 'I look.', tools: [{ name: 'Read', input: { path: 'a' } }], usage: { input: 1200, cacheRead: 100, output: 30 } }] });
    const session = await bench.session(await bench.live(model, { api }), { api });
    const answer = await say(session, api, { stream });
    expect(answer).toMatchObject({ status: 200, cut: false });
    expect(answer.text).toContain('I look.');
    expect(answer.text).toContain('Read');
    expect(answer.headers['content-type']).toContain(stream ? 'text/event-stream' : 'application/json');
    expect(model.requests[0]?.headers[speeches[api].keyHeader]).toContain(KEY);
    expect(JSON.stringify(model.requests[0])).not.toContain(session.token);
    expect(session.usage()).toMatchObject({ inputTokens: 1200, cacheReadTokens: 100, outputTokens: 30, cost: 1200 + 100 + 300 });
    expect(await session.close()).toMatchObject([{ api, status: 200, inputTokens: 1200, outputTokens: 30 }]);
  });

  it.each(BOTH)('%s, streamed %p: is recorded, and replayed to the byte', async (api, stream) => {
    const model = await bench.model({ steps: [{ text: 'one', tools: [{ name: 'Read', input: { a: 1 } }] }] });
    const cassetteFile = join(await bench.folder(), 'c.json');
    const live = await bench.session(await bench.gateway({ kind: 'record', baseUrl: model.url, key: KEY, headers: {}, api, cassetteFile }), { api });
    const first = await say(live, api, { stream });
    await live.close();
    expect(await readFile(cassetteFile, 'utf8')).not.toContain(KEY);
    const again = await bench.session(await bench.gateway({ kind: 'replay', cassetteFile }), { api });
    const second = await say(again, api, { stream });
    expect({ status: second.status, text: second.text, type: second.headers['content-type'] }).toEqual({ status: first.status, text: first.text, type: first.headers['content-type'] });
    expect(again.usage()).toEqual(live.usage());
  });

  it.each(BOTH)('%s, streamed %p: plays a reply written by hand', async (api, stream) => {
    const cassetteFile = join(await bench.folder(), 'c.json');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(cassetteFile, JSON.stringify({ format: 'heddle-cassette', version: 1, entries: [{ attempt: 1, request: { messages: 1, stream }, response: { message: {
      content: [{ type: 'text', text: 'I look.' }, { type: 'tool_use', name: 'Read', input: { path: 'a.mjs' } }], usage: { input_tokens: 1200, cache_read_input_tokens: 100, output_tokens: 30 } } } }] }));
    const session = await bench.session(await bench.gateway({ kind: 'replay', cassetteFile }), { api });
    const answer = await say(session, api, { stream });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('a.mjs');
    expect(session.usage()).toMatchObject({ inputTokens: 1200, cacheReadTokens: 100, outputTokens: 30 });
  });

  it.each(BOTH)('%s, streamed %p: the bound on the output is cut to what is left, and an odd one refused', async (api, stream) => {
    const model = await bench.model({ steps: [{ text: 'a', usage: { input: 10, output: 5 } }], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model, { api }), { api, tokensMax: 5000 });
    await say(session, api, { stream, over: speeches[api].bounded(900_000) });
    const bound = speeches[api].bound(model.requests[0]?.body ?? {});
    expect(bound).toBeGreaterThan(4000);
    expect(bound).toBeLessThanOrEqual(5000);
    for (const odd of [0, -5, 1.5, '9', 1e300]) expect((await say(session, api, { stream, over: speeches[api].bounded(odd as number) })).status).toBe(400);
    expect(model.requests).toHaveLength(1);
  });

  it.each(APIS)('%s: a stream without end is cut inside, with an error of that format', async (api) => {
    const model = await bench.model({ steps: [{ ending: 'endless', usage: 'none' }] });
    const session = await bench.session(await bench.live(model, { api }), { api, tokensMax: 3000 });
    const answer = await say(session, api, { stream: true });
    await expect(session.exceeded).resolves.toBe('tokens');
    const { inputTokens, outputTokens } = session.usage();
    expect(inputTokens + outputTokens).toBeLessThanOrEqual(3000 * 1.03);
    expect(outputTokens).toBeGreaterThan(2500);
    expect(answer.text).toContain('heddle gateway: the budget of this session');
    expect((await session.close())[0]).toMatchObject({ refused: 'budget:tokens' });
  });

  it.each(APIS.flatMap((api) => ([
    ['missing', 'none'], ['zero', { input: 0, output: 0 }], ['negative', { input: -5, output: -5 }], ['absurd', { input: 1e15, output: 1e15 }], ['broken', { input: 0.5, output: Number.MAX_VALUE }],
  ] as const).map(([name, usage]) => [api, name, usage] as const)))('%s: counts the estimate when usage is %s', async (api, _name, usage) => {
    const model = await bench.model({ steps: [{ text: 'x'.repeat(4000), usage }], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model, { api }), { api });
    await say(session, api, { stream: false });
    await say(session, api, { stream: true });
    expect(session.usage().outputTokens).toBeGreaterThanOrEqual(2000);
    expect(session.usage().outputTokens).toBeLessThan(2100);
    expect(session.usage().inputTokens).toBeGreaterThan(0);
  });

  it.each(APIS)('%s: a usage figure in the middle that lies does not open the budget', async (api) => {
    const lie = { 'anthropic-messages': { type: 'message_delta', delta: {}, usage: { output_tokens: 1 } }, 'openai-chat': { choices: [], usage: { prompt_tokens: 5, completion_tokens: 1 } },
      'openai-responses': { type: 'response.in_progress', response: { usage: { input_tokens: 5, output_tokens: 1 } } }, gemini: { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1 } } }[api];
    const word = { 'anthropic-messages': { type: 'content_block_delta', delta: { type: 'text_delta', text: 'w'.repeat(4000) } }, 'openai-chat': { choices: [{ delta: { content: 'w'.repeat(4000) } }] },
      'openai-responses': { type: 'response.output_text.delta', delta: 'w'.repeat(4000) }, gemini: { candidates: [{ content: { parts: [{ text: 'w'.repeat(4000) }] } }] } }[api];
    const raw = Array.from({ length: 400 }, () => `data: ${JSON.stringify(word)}\n\ndata: ${JSON.stringify(lie)}\n\n`);
    const model = await bench.model({ steps: [{ raw, headers: { 'content-type': 'text/event-stream' } }] });
    const session = await bench.session(await bench.live(model, { api }), { api, tokensMax: 3000 });
    const answer = await say(session, api, { stream: true });
    await expect(session.exceeded).resolves.toBe('tokens');
    expect(answer.text.length).toBeLessThan(400 * 4000);
  });

  it.each(APIS)('%s: errors of the provider go on without the key', async (api) => {
    const model = await bench.model({ steps: [{ status: 401, raw: JSON.stringify({ error: { message: `bad ${KEY}` } }) }] });
    const session = await bench.session(await bench.live(model, { api }), { api });
    const answer = await say(session, api, { stream: true });
    expect(answer.status).toBe(401);
    expect(JSON.stringify(answer)).not.toContain(KEY);
    expect(session.upstreamFault()).toMatchObject({ code: 'unauthorized' });
  });
});

describe('the responses format', () => {
  const tools = [
    { type: 'function', name: 'exec_command' }, { type: 'custom', name: 'apply_patch', format: { type: 'grammar' } }, { type: 'local_shell' },
    { type: 'namespace', name: 'mcp__lab', tools: [{ type: 'function', name: 'note' }] },
  ];
  const gone = ['web_search', 'web_search_preview', 'file_search', 'code_interpreter', 'image_generation', 'computer_use_preview', 'computer', 'mcp', 'shell', 'tool_search'];

  it('keeps the tools of the client and strips those of the provider; nothing is stored', async () => {
    const model = await bench.model({ steps: [{ tools: [{ name: 'apply_patch', custom: '*** Begin Patch' }] }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-responses' }), { api: 'openai-responses' });
    const over = { tools: [...tools, ...gone.map((type) => ({ type })), { type: 'namespace', name: 'x', tools: [{ type: 'mcp' }] }], store: true, service_tier: 'priority', tool_choice: { type: 'web_search' } };
    const answer = await say(session, 'openai-responses', { stream: true, over });
    expect(answer.text).toContain('custom_tool_call');
    expect(model.requests[0]?.body).toMatchObject({ tools: [...tools, { type: 'namespace', name: 'x', tools: [] }], store: false });
    expect(model.requests[0]?.body).not.toHaveProperty('tool_choice');
    const [record] = await session.close();
    expect(record?.stripped).toEqual([...gone.map((type) => `tool:${type}`), 'tool:mcp', 'field:service_tier', 'field:store']);
  });

  it('says `store: false` where the client says nothing, and records nothing for it', async () => {
    const model = await bench.model({ steps: [{ text: 'a' }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-responses' }), { api: 'openai-responses' });
    await say(session, 'openai-responses', { stream: false });
    expect(model.requests[0]?.body).toMatchObject({ store: false });
    expect((await session.close())[0]?.stripped).toEqual([]);
  });

  it.each([[{}, 16_384], [{ reasoning: { effort: 'high' } }, 100_000], [{ reasoning: { effort: 'none' } }, 16_384]])('gives a bound to a client that names none, since reasoning is paid unseen: %p', async (over, bound) => {
    const model = await bench.model({ steps: [{ text: 'a' }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-responses' }), { api: 'openai-responses' });
    await say(session, 'openai-responses', { stream: true, over });
    expect(model.requests[0]?.body).toMatchObject({ max_output_tokens: bound });
  });

  const item = (content: unknown): Record<string, unknown> => ({ input: [{ type: 'message', role: 'user', content: [content] }] });
  it.each([
    [{ previous_response_id: 'resp_1' }, 'field:previous_response_id'], [{ conversation: 'conv_1' }, 'field:conversation'], [{ background: true }, 'field:background'],
    [{ prompt: { id: 'p' } }, 'field:prompt'], [item({ type: 'input_file', file_id: 'f' }), 'source:file-id'], [item({ type: 'input_file', file_url: 'http://x' }), 'source:url'],
    [item({ type: 'input_image', image_url: 'https://x/y.png' }), 'source:url'], [item({ type: 'input_image', file_id: 'f' }), 'source:file-id'], [{ input: [{ type: 'item_reference', id: 'x' }] }, 'source:stored-item'],
    [{ input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: 'HTTPS://x' }] }] }, 'source:url'], [{ model: 'other' }, 'model'],
  ])('refuses %j', async (over, code) => {
    const model = await bench.model({ steps: [{ text: 'never' }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-responses' }), { api: 'openai-responses' });
    expect((await say(session, 'openai-responses', { stream: true, over })).status).toBe(403);
    expect(model.requests).toHaveLength(0);
    expect((await session.close()).map((record) => record.refused)).toEqual([code]);
  });

  it('takes embedded images, and `background: false`', async () => {
    const model = await bench.model({ steps: [{ text: 'a' }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-responses' }), { api: 'openai-responses' });
    expect((await say(session, 'openai-responses', { stream: false, over: { ...item({ type: 'input_image', image_url: 'data:image/png;base64,AA==' }), background: false } })).status).toBe(200);
  });

  it.each(['/v1/responses/resp_1', '/v1/responses/resp_1/cancel', '/v1/responses/input_tokens', '/v1/conversations', '/v1/files', '/v1/responses?stream=true'])('has no %s', async (path) => {
    const model = await bench.model({ steps: [] });
    const session = await bench.session(await bench.live(model, { api: 'openai-responses' }), { api: 'openai-responses' });
    expect((await ask(session, { path })).status).toBe(403);
  });

  it('refuses a websocket', async () => {
    const model = await bench.model({ steps: [{ text: 'never' }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-responses' }), { api: 'openai-responses' });
    const answer = await ask(session, { path: '/v1/responses', method: 'GET', headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-version': '13' } });
    expect(answer.status).toBe(403);
    expect(model.requests).toHaveLength(0);
  });
});

describe('the Gemini format', () => {
  const open = async (): Promise<{ readonly model: Awaited<ReturnType<Bench['model']>>; readonly session: GatewaySession }> => {
    const model = await bench.model({ steps: [{ text: 'a' }], afterwards: 'repeat' });
    return { model, session: await bench.session(await bench.live(model, { api: 'gemini' }), { api: 'gemini' }) };
  };

  it('takes the token as a header or as `key`, and passes neither on', async () => {
    const { model, session } = await open();
    const none = { 'x-api-key': [], authorization: [] };
    const body = speeches.gemini.body(true);
    expect((await ask(session, { path: STREAM, body, headers: { ...none, 'x-goog-api-key': session.token } })).status).toBe(200);
    expect((await ask(session, { path: `${STREAM}&key=${session.token}`, body, headers: none })).status).toBe(200);
    expect((await ask(session, { path: `${GENERATE}?key=${session.token}`, body, headers: none })).status).toBe(200);
    expect((await ask(session, { path: `${STREAM}&key=wrong`, body, headers: none })).status).toBe(401);
    expect(model.requests.map((request) => request.path)).toEqual([STREAM, STREAM, GENERATE]);
    expect(JSON.stringify(model.requests)).not.toContain(session.token);
    expect(model.requests[0]?.headers['x-goog-api-key']).toBe(KEY);
  });

  it('counts tokens for nothing', async () => {
    const { session } = await open();
    expect(json(await ask(session, { path: `/v1beta/models/${MODEL}:countTokens`, body: speeches.gemini.body(false) }))).toEqual({ totalTokens: 42 });
    expect(session.usage()).toMatchObject({ cost: 0, calls: 1 });
  });

  it.each([
    [`/v1beta/models/${MODEL}:streamGenerateContent`, 'path'], [`/v1beta/models/${MODEL}:batchGenerateContent`, 'path'], [`/v1beta/models/${MODEL}:predict`, 'path'], [`/v1beta/models/${MODEL}`, 'path'],
    [`/v1beta/models/../files:generateContent`, 'path'], [`/v1beta/models/${MODEL}%2f:generateContent`, 'path'], [`/v1beta//models/${MODEL}:generateContent`, 'path'], ['/v1beta/cachedContents', 'path'],
    [`${STREAM}&alt=json`, 'path'], [`${GENERATE}?key=a&key=b`, 'token'], [`${GENERATE}?x=1`, 'path'], ['/v1beta/models/other:generateContent', 'model'], [`/v1/models/${MODEL}:generateContent`, 'path'],
  ])('refuses %s', async (path, code) => {
    const { model, session } = await open();
    const answer = await ask(session, { path, body: speeches.gemini.body(false), headers: code === 'token' ? { 'x-api-key': [] } : {} });
    expect([401, 403]).toContain(answer.status);
    expect(json(answer)).toMatchObject({ error: { code: answer.status, status: expect.any(String) } });
    expect(model.requests).toHaveLength(0);
    expect((await session.close()).map((record) => record.refused)).toEqual([code]);
  });

  it('keeps declared functions and strips everything that runs at the provider, in both spellings', async () => {
    const { model, session } = await open();
    const declared = { functionDeclarations: [{ name: 'read_file' }] };
    const tools = [declared, { googleSearch: {} }, { google_search: {} }, { googleSearchRetrieval: {} }, { urlContext: {} }, { url_context: {} }, { codeExecution: {} }, { fileSearch: {} }, { computerUse: {} }, { googleMaps: {} }, { function_declarations: [{ name: 'edit' }], code_execution: {} }];
    await say(session, 'gemini', { stream: true, over: { tools, toolConfig: { functionCallingConfig: { mode: 'AUTO' }, retrievalConfig: {} }, labels: { a: 'b' }, serviceTier: 'priority' } });
    expect(model.requests[0]?.body).toEqual({ contents: expect.any(Array), tools: [declared, { function_declarations: [{ name: 'edit' }] }], toolConfig: { functionCallingConfig: { mode: 'AUTO' } } });
    expect((await session.close())[0]?.stripped).toEqual([
      'tool:googleSearch', 'tool:google_search', 'tool:googleSearchRetrieval', 'tool:urlContext', 'tool:url_context', 'tool:codeExecution', 'tool:fileSearch', 'tool:computerUse', 'tool:googleMaps', 'tool:code_execution',
      'field:labels', 'field:serviceTier',
    ]);
  });

  const part = (value: unknown): Record<string, unknown> => ({ contents: [{ role: 'user', parts: [value] }] });
  it.each([
    [part({ fileData: { fileUri: 'https://x' } }), 'source:url'], [part({ file_data: { file_uri: 'gs://x' } }), 'source:url'],
    [{ systemInstruction: { parts: [{ fileData: { fileUri: 'x' } }] } }, 'source:url'], [{ system_instruction: { parts: [{ file_data: {} }] } }, 'source:url'],
    [part({ functionResponse: { name: 'f', response: {}, parts: [{ fileData: {} }] } }), 'source:url'],
    [{ cachedContent: 'cachedContents/x' }, 'field:cachedContent'], [{ cached_content: 'cachedContents/x' }, 'field:cached_content'], [{ generateContentRequest: {} }, 'field:generateContentRequest'],
    [{ generationConfig: { candidateCount: 4 } }, 'field:candidateCount'], [{ generation_config: { candidate_count: 4 } }, 'field:candidateCount'], [{ generationConfig: { responseModalities: ['IMAGE'] } }, 'field:responseModalities'],
    [{ generationConfig: {}, generation_config: { maxOutputTokens: 1 } }, 'body'], [{ generationConfig: { maxOutputTokens: 1, max_output_tokens: 9 } }, 'body'], [{ model: 'models/other' }, 'model'],
  ])('refuses %j', async (over, code) => {
    const { model, session } = await open();
    expect([400, 403]).toContain((await say(session, 'gemini', { stream: true, over })).status);
    expect(model.requests).toHaveLength(0);
    expect((await session.close()).map((record) => record.refused)).toEqual([code]);
  });

  it('lets data of tools speak of files, and takes embedded content', async () => {
    const { session } = await open();
    const over = { contents: [{ role: 'model', parts: [{ functionCall: { name: 'f', args: { fileData: 1 } } }] }, { role: 'user', parts: [{ functionResponse: { name: 'f', response: { fileData: 'x' } } }, { inlineData: { mimeType: 'image/png', data: 'AA==' } }] }] };
    expect((await say(session, 'gemini', { stream: false, over })).status).toBe(200);
  });

  it('counts thoughts as output, tool results as input, and what came from the cache apart', async () => {
    const raw = `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: 'a' }] } }], usageMetadata: { promptTokenCount: 1000, cachedContentTokenCount: 400, toolUsePromptTokenCount: 50, thoughtsTokenCount: 70, candidatesTokenCount: 30, totalTokenCount: 1150 } })}\r\n\r\n`;
    const model = await bench.model({ steps: [{ raw }] });
    const session = await bench.session(await bench.live(model, { api: 'gemini' }), { api: 'gemini' });
    await say(session, 'gemini', { stream: true, over: { generationConfig: { thinkingConfig: { thinkingBudget: 2000 } } } });
    expect(session.usage()).toMatchObject({ inputTokens: 650, cacheReadTokens: 400, outputTokens: 100 });
  });

  it('waits for room for the thoughts that were asked for, or ends', async () => {
    const { model, session } = await open();
    const small = await bench.session(await bench.live(model, { api: 'gemini' }), { api: 'gemini', tokensMax: 3000 });
    expect((await say(small, 'gemini', { stream: true, over: { generationConfig: { thinkingConfig: { thinkingBudget: 8000 } } } })).status).toBe(400);
    await expect(small.exceeded).resolves.toBe('tokens');
    expect((await say(session, 'gemini', { stream: true, over: { generationConfig: { thinkingConfig: { thinkingBudget: 8000 } } } })).status).toBe(200);
  });
});
