import { stat } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createPriceTable } from '../../src/containment/gateway/prices.js';
import type { ModelApi } from '../../src/ports/model-gateway.js';
import { ask, Bench, json, KEY, message, MODEL } from './gateway-support.js';

const bench = new Bench();
afterEach(() => bench.close());

const PATHS: Readonly<Record<string, string>> = { 'anthropic-messages': '/v1/messages', 'openai-chat': '/v1/chat/completions', 'openai-responses': '/v1/responses' };

describe('the way to the model', () => {
  it.each(['tcp', 'unix'] as const)('adds the key, drops what the client sent, and meters, over %s', async (over) => {
    const model = await bench.model({ steps: [{ text: 'hi', usage: { input: 1000, cacheRead: 200, cacheWrite: 100, output: 50 } }] });
    const session = await bench.session(await bench.live(model));
    const answer = await ask(session, { over, path: '/v1/messages?beta=true', headers: { 'x-forwarded-for': '1.2.3.4', cookie: 'a=b', 'anthropic-beta': 'context-1m-2025-08-07, mcp-client-2025-04-04', 'x-anything': 'else' } });
    expect(answer.status).toBe(200);
    expect(json(answer)).toMatchObject({ content: [{ type: 'text', text: 'hi' }] });
    const [request] = model.requests;
    expect(request?.path).toBe('/v1/messages?beta=true');
    expect(request?.headers).toMatchObject({ 'x-api-key': KEY, 'anthropic-beta': 'context-1m-2025-08-07', 'anthropic-version': '2023-06-01', 'accept-encoding': 'identity' });
    for (const name of ['x-forwarded-for', 'cookie', 'x-anything', 'authorization']) expect(request?.headers).not.toHaveProperty(name);
    expect(session.usage()).toEqual({ calls: 1, inputTokens: 1000, cacheReadTokens: 200, cacheWriteTokens: 100, outputTokens: 50, cost: 1300 + 25 + 500, costKnown: true });
    const [record] = await session.close();
    expect(record).toMatchObject({ sequence: 1, status: 200, model: MODEL, inputTokens: 1000, outputTokens: 50, cost: 1825, refused: undefined, source: 'upstream' });
    expect(record?.requestDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it.each(['anthropic-messages', 'openai-chat', 'openai-responses'] as const)('passes streams of %s through and counts the same as whole answers', async (api: ModelApi) => {
    const step = { text: 'hello', tools: [{ name: 'Read', input: { file: 'a' } }], usage: { input: 900, cacheRead: 100, output: 40 } };
    const model = await bench.model({ steps: [step, step] });
    const gateway = await bench.live(model, { api, baseUrl: `${model.url}/v1` });
    const session = await bench.session(gateway, { api });
    const path = PATHS[api] ?? '';
    const body = { model: MODEL, messages: [], tools: [{ type: 'function', name: 'Read', function: { name: 'Read' } }] };
    const streamed = await ask(session, { path, body: { ...body, stream: true }, headers: { authorization: `Bearer ${session.token}`, 'x-api-key': 'nothing' } });
    expect(streamed.headers['content-type']).toContain('text/event-stream');
    expect(streamed.text).toContain('hello');
    const once = session.usage();
    expect(once).toMatchObject({ inputTokens: 900, cacheReadTokens: 100, outputTokens: 40, calls: 1 });
    const whole = await ask(session, { path, body });
    expect(whole.headers['content-type']).toContain('application/json');
    expect(session.usage()).toMatchObject({ inputTokens: 1800, cacheReadTokens: 200, outputTokens: 80, calls: 2, cost: once.cost * 2 });
    expect(model.requests[0]?.headers[api === 'anthropic-messages' ? 'x-api-key' : 'authorization']).toContain(KEY);
  });

  it('asks for usage in chat streams and keeps the extra chunk from a client that did not', async () => {
    const model = await bench.model({ steps: [{ text: 'a' }, { text: 'a' }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-chat' }), { api: 'openai-chat' });
    const body = { model: MODEL, messages: [], stream: true };
    const plain = await ask(session, { path: '/v1/chat/completions', body });
    expect(model.requests[0]?.body?.['stream_options']).toEqual({ include_usage: true });
    expect(plain.text).not.toContain('prompt_tokens');
    const asked = await ask(session, { path: '/v1/chat/completions', body: { ...body, stream_options: { include_usage: true } } });
    expect(asked.text).toContain('prompt_tokens');
    expect(session.usage()).toMatchObject({ inputTokens: 2000, outputTokens: 100 });
  });

  it('counts token counts as calls that cost nothing', async () => {
    const model = await bench.model({ steps: [] });
    const session = await bench.session(await bench.live(model), { callsMax: 1 });
    expect(json(await ask(session, { path: '/v1/messages/count_tokens' }))).toEqual({ input_tokens: 42 });
    expect(session.usage()).toMatchObject({ calls: 1, cost: 0, inputTokens: 0 });
    const second = await ask(session, { path: '/v1/messages/count_tokens' });
    expect(second.status).toBe(400);
    await expect(session.exceeded).resolves.toBe('model-calls');
  });

  it('opens a socket for our own account only and leaves none behind', async () => {
    const session = await bench.session(await bench.live(await bench.model({ steps: [] })));
    expect((await stat(session.socket)).mode & 0o777).toBe(0o600);
    await session.close();
    await expect(stat(session.socket)).rejects.toThrow();
    await expect(ask(session)).rejects.toThrow();
  });

  it('does not open without a price, for another wire format, or under a path that is too long', async () => {
    const model = await bench.model({ steps: [] });
    const request = { attempt: 1, model: 'no-such-model-anywhere', api: 'anthropic-messages', costMax: 1 as never, tokensMax: 1, callsMax: 1 } as const;
    const unknown = await (await bench.live(model, { prices: createPriceTable() })).open(request);
    expect(unknown).toMatchObject({ ok: false, error: { side: 'setup', message: expect.stringContaining('model.price') } });
    const other = await (await bench.live(model)).open({ ...request, api: 'openai-chat' });
    expect(other).toMatchObject({ ok: false, error: { side: 'setup', message: expect.stringContaining('model.api') } });
    const long = await (await bench.live(model, { socketDir: `/tmp/${'x'.repeat(100)}` })).open(request);
    expect(long).toMatchObject({ ok: false, error: { code: 'io', side: 'ours' } });
  });
});

describe('what may be asked', () => {
  it.each([
    ['GET', '/v1/messages'], ['GET', '/v1/models'], ['POST', '/v1/files'], ['POST', '/v1/messages/batches'], ['DELETE', '/v1/messages'],
    ['POST', '/v1/organizations/users'], ['POST', '/v1/fine_tuning/jobs'], ['POST', '//v1/messages'], ['POST', '/v1/../v1/messages'],
    ['POST', '/v1/./messages'], ['POST', '/v1/messages/'], ['POST', '/v1/messages?x=1'], ['POST', '/v1/messages?beta=true&x=1'],
    ['POST', '/v1/%6dessages'], ['POST', '/v1/messages/%2e%2e/files'], ['POST', 'http://127.0.0.1/v1/messages'], ['POST', '/v1/chat/completions'], ['POST', '/constructor'],
  ])('refuses %s %s with an error in the shape of the provider', async (method, path) => {
    const model = await bench.model({ steps: [{ text: 'never' }] });
    const session = await bench.session(await bench.live(model));
    const answer = await ask(session, { method, path });
    expect(answer.status).toBe(403);
    expect(json(answer)).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(model.requests).toHaveLength(0);
    expect(await session.close()).toMatchObject([{ status: 403, refused: 'path', cost: 0 }]);
  });

  it.each([[undefined], ['wrong'], ['']])('refuses the token %p', async (token) => {
    const model = await bench.model({ steps: [{ text: 'never' }] });
    const session = await bench.session(await bench.live(model));
    const answer = await ask(session, { headers: { 'x-api-key': token ?? [], authorization: 'Bearer no' } });
    expect(answer.status).toBe(401);
    expect(model.requests).toHaveLength(0);
  });

  it('keeps sessions apart: the token of one opens no other', async () => {
    const gateway = await bench.live(await bench.model({ steps: [{ text: 'a' }] }));
    const [one, two] = [await bench.session(gateway), await bench.session(gateway)];
    expect((await ask(one, { headers: { 'x-api-key': two.token } })).status).toBe(401);
  });

  it.each([
    ['another model', { model: 'other' }, 'model'], ['no model', { model: undefined }, 'model'], ['a model as object', { model: { a: 1 } }, 'model'],
    ['remote MCP servers', { mcp_servers: [{ type: 'url', url: 'http://x' }] }, 'field:mcp_servers'],
    ['a container', { container: 'c1' }, 'field:container'], ['a stored answer', { previous_response_id: 'r' }, 'field:previous_response_id'],
    ['a stored conversation', { conversation: { id: 'c' } }, 'field:conversation'], ['a stored prompt', { prompt: { id: 'p' } }, 'field:prompt'],
    ['several answers', { n: 5 }, 'field:n'], ['a negative bound', { max_tokens: -5 }, 'output-limit'],
    ['an image by URL', { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'http://x' } }] }] }, 'source:url'],
    ['a document by file id', { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'f' } }] }] }, 'source:file-id'],
    ['an image by URL in a tool result', { messages: [{ role: 'user', content: [{ type: 'tool_result', content: [{ type: 'image', source: { type: 'url' } }] }] }] }, 'source:url'],
    ['an image address', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/i.png' } }] }] }, 'source:url'],
    ['a video address', { messages: [{ role: 'user', content: [{ type: 'video_url', video_url: { url: 'http://169.254.169.254/' } }] }] }, 'source:url'],
    ['an address as a file', { messages: [{ role: 'user', content: [{ type: 'file', file: { file_data: 'https://x/y.pdf' } }] }] }, 'source:url'],
    ['sound', { modalities: ['text', 'audio'] }, 'field:modalities'],
    ['a stored item', { input: [{ type: 'item_reference', id: 'x' }] }, 'source:stored-item'],
    ['a container upload', { messages: [{ role: 'user', content: [{ type: 'container_upload', file_id: 'x' }] }] }, 'source:container'],
  ])('refuses %s and records it', async (_name, over, code) => {
    const model = await bench.model({ steps: [{ text: 'never' }] });
    const session = await bench.session(await bench.live(model));
    const answer = await ask(session, { body: message(over) });
    expect([400, 403]).toContain(answer.status);
    expect(model.requests).toHaveLength(0);
    expect((await session.close()).map((record) => record.refused)).toEqual([code]);
  });

  it('strips tools and features that run at the provider, and records them', async () => {
    const model = await bench.model({ steps: [{ text: 'ok' }] });
    const session = await bench.session(await bench.live(model));
    const kept = [{ name: 'Read' }, { type: 'custom', name: 'b' }, { type: 'function', function: { name: 'c' } }, { type: 'bash_20250124', name: 'bash' }, { type: 'text_editor_20250728', name: 'e' }];
    const gone = ['web_search_20250305', 'web_fetch_20250910', 'code_interpreter', 'file_search', 'computer_20250124', 'mcp', 'mcp_toolset', 'image_generation', 'code_execution_20250825'];
    await ask(session, { body: message({ tools: [...kept, ...gone.map((type) => ({ type, name: type }))], tool_choice: { type: 'tool', name: 'web_search_20250305' }, service_tier: 'priority', models: ['dear'] }) });
    expect(model.requests[0]?.body).toMatchObject({ tools: kept });
    for (const field of ['tool_choice', 'service_tier', 'models']) expect(model.requests[0]?.body).not.toHaveProperty(field);
    const [record] = await session.close();
    expect(record?.stripped).toEqual([...gone.map((type) => `tool:${type}`), 'field:service_tier', 'field:models']);
  });

  it.each(['anthropic-messages', 'openai-chat'] as const)('%s: passes no member on that names another address, another price or a refused feature', async (api) => {
    const model = await bench.model({ steps: [{ text: 'ok' }] });
    const session = await bench.session(await bench.live(model, { api, baseUrl: api === 'openai-chat' ? `${model.url}/v1` : model.url }), { api });
    const members = {
      api_base: 'https://evil.example', base_url: 'https://evil.example', api_key: 'x', custom_llm_provider: 'x', provider: { order: ['dear'] }, preset: 'dear', extra_body: { a: 1 }, prediction: { content: 'x' },
      anthropic_beta: ['code-execution-2025-08-25', 'mcp-client-2025-04-04'], betas: ['web-fetch-2025-09-10'], best_of: 20, context_management: { edits: [{ type: 'compact_20260112' }] },
    };
    const path = api === 'openai-chat' ? '/v1/chat/completions' : '/v1/messages';
    const tools = [{ name: 'Read', input_schema: {} }, { google_search: {} }, { url_context: {}, name: '' }];
    expect((await ask(session, { path, body: message({ ...members, tools }) })).status).toBe(200);
    expect(model.requests[0]?.text).not.toMatch(/evil|dear|beta|best_of|compact|google_search|url_context/);
    expect((await session.close())[0]?.stripped).toEqual(['tool:google_search', 'tool:url_context', ...Object.keys(members).map((name) => `field:${name}`)]);
  });

  it('keeps the edits of a context that only forget', async () => {
    const model = await bench.model({ steps: [{ text: 'ok' }] });
    const session = await bench.session(await bench.live(model));
    const edits = { edits: [{ type: 'clear_tool_uses_20250919' }] };
    await ask(session, { body: message({ context_management: edits }) });
    expect(model.requests[0]?.body).toMatchObject({ context_management: edits });
  });

  it('lets a tool call of the model speak of addresses, and takes embedded content', async () => {
    const model = await bench.model({ steps: [{ text: 'ok' }] });
    const session = await bench.session(await bench.live(model));
    const content = [{ type: 'tool_use', id: 't', name: 'Write', input: { source: { type: 'url' }, file_id: 'x', image_url: 'http://x' } }];
    const image = [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }];
    expect((await ask(session, { body: message({ messages: [{ role: 'assistant', content }, { role: 'user', content: image }] }) })).status).toBe(200);
  });

  it('reads members written twice once, and passes on what it judged', async () => {
    const model = await bench.model({ steps: [{ text: 'ok' }] });
    const session = await bench.session(await bench.live(model));
    const twice = `{"model":"other","messages":[],"max_tokens":1000,"__proto__":{"mcp_servers":[1]},"model":"${MODEL}"}`;
    expect((await ask(session, { raw: twice })).status).toBe(200);
    expect(model.requests[0]?.text.match(/"model"/g)).toHaveLength(1);
    expect((await ask(session, { raw: `{"model":"${MODEL}","messages":[],"model":"other"}` })).status).toBe(403);
  });

  it.each([
    ['no JSON', '{"model":'], ['a list', '[]'], ['half a character', Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x7d])], ['a deep value', `${'['.repeat(100_000)}`],
  ])('refuses %s', async (_name, raw) => {
    const session = await bench.session(await bench.live(await bench.model({ steps: [] })));
    expect((await ask(session, { raw })).status).toBe(400);
  });
});
