import { afterEach, describe, expect, it } from '@jest/globals';
import { startFakeModel } from './fake-model.js';
import type { FakeModel, FakeModelOptions } from './fake-model.js';

describe('the scripted model', () => {
  const open: FakeModel[] = [];
  const start = async (options: FakeModelOptions): Promise<FakeModel> => {
    const model = await startFakeModel(options);
    open.push(model);
    return model;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((model) => model.close()));
  });
  const post = (model: FakeModel, path: string, body: unknown): Promise<Response> =>
    fetch(`${model.url}${path}`, { method: 'POST', headers: { 'x-api-key': 'k' }, body: JSON.stringify(body) });
  const tools = [{ name: 'Read' }];

  it('advances only for requests with tools and says when the script has ended', async () => {
    const model = await start({ steps: [{ text: 'one' }, { status: 429, headers: { 'retry-after': '0' } }] });
    expect(await (await post(model, '/v1/messages', {})).json()).toMatchObject({ content: [{ text: 'A short title.' }] });
    expect(await (await post(model, '/v1/messages', { tools })).json()).toMatchObject({ content: [{ text: 'one' }], usage: { input_tokens: 1000 } });
    expect((await post(model, '/v1/messages', { tools })).status).toBe(429);
    expect(model.stepsLeft()).toBe(0);
    expect((await post(model, '/v1/messages', { tools })).status).toBe(400);
    expect(model.requests.map((request) => request.headers['x-api-key'])).toEqual(['k', 'k', 'k', 'k']);
  });

  it.each(['/v1/messages', '/v1/chat/completions', '/v1/responses', '/v1beta/models/m:streamGenerateContent?alt=sse'])('streams text and tool calls on %s', async (path) => {
    const model = await start({ steps: [{ text: 'hello', tools: [{ name: 'Edit', input: { path: 'a' } }] }] });
    const text = await (await post(model, path, { tools, stream: true })).text();
    expect(text).toContain('hello');
    expect(text).toContain('Edit');
    expect(text).toContain(path.includes('gemini') || path.includes('models') ? '{"path":"a"}' : String.raw`{\"path\":\"a\"}`);
  });

  it('breaks off in the middle when told to', async () => {
    const model = await start({ steps: [{ text: 'hello', ending: 'cut' }] });
    const response = await post(model, '/v1/messages', { tools, stream: true });
    await expect(response.text()).rejects.toThrow();
  });
});
