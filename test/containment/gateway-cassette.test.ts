import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CassetteDocument } from '../../src/containment/gateway/cassette.js';
import { withoutVolatile } from '../../src/containment/gateway/request-shape.js';
import type { GatewaySession, ModelApi } from '../../src/ports/model-gateway.js';
import { ask, Bench, json, KEY, message, MODEL, TOOLS } from './gateway-support.js';

const bench = new Bench();
afterEach(() => bench.close());

const replay = async (document: unknown, request: { readonly api?: ModelApi; readonly attempt?: number } = {}): Promise<GatewaySession> => {
  const cassetteFile = join(await bench.folder(), 'cassette.json');
  await writeFile(cassetteFile, JSON.stringify(document));
  return bench.session(await bench.gateway({ kind: 'replay', cassetteFile }), request);
};

const byHand = {
  format: 'heddle-cassette', version: 1,
  entries: [
    {
      attempt: 1, request: { tools: ['Read'], messages: 1 },
      response: { message: { content: [{ type: 'text', text: 'I look.' }, { type: 'tool_use', name: 'Read', input: { path: 'a.mjs' } }], usage: { input_tokens: 1200, cache_read_input_tokens: 100, output_tokens: 30 } } },
    },
    { attempt: 1, response: { message: { content: [{ type: 'text', text: 'Done.' }], usage: { input_tokens: 1300, output_tokens: 5 } } } },
    { attempt: 2, response: { message: { content: [{ type: 'text', text: 'Again.' }], usage: { input_tokens: 10, output_tokens: 5 } } } },
  ],
};
const question = message({ tools: TOOLS });

describe('a cassette written by hand', () => {
  it('is played as Anthropic messages, whole and streamed, and metered like a live answer', async () => {
    const session = await replay(byHand);
    expect(json(await ask(session, { body: question }))).toMatchObject({
      type: 'message', stop_reason: 'tool_use', content: [{ type: 'text', text: 'I look.' }, { type: 'tool_use', id: 'call_1_1', name: 'Read', input: { path: 'a.mjs' } }],
    });
    expect(session.usage()).toMatchObject({ inputTokens: 1200, cacheReadTokens: 100, outputTokens: 30, cost: 1300 + 300 });
    const streamed = await ask(session, { body: message({ stream: true }) });
    expect(streamed.text.match(/^event: .*/gm)).toEqual(['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop'].map((name) => `event: ${name}`));
    expect(session.usage()).toMatchObject({ inputTokens: 2500, outputTokens: 35, calls: 2 });
    expect(await session.close()).toMatchObject([{ source: 'cassette', status: 200 }, { source: 'cassette' }]);
  });

  it.each([['openai-chat', '/v1/chat/completions', 'messages', 'choices'], ['openai-responses', '/v1/responses', 'input', 'output']] as const)('is played as %s as well', async (api, path, asked, member) => {
    for (const stream of [false, true]) {
      const session = await replay(byHand, { api });
      const answer = await ask(session, { path, body: { model: MODEL, [asked]: [{ role: 'user' }], stream, tools: [{ type: 'function', name: 'Read', function: { name: 'Read' } }] } });
      expect(answer.status).toBe(200);
      if (!stream) expect(json(answer)).toHaveProperty(member);
      expect(answer.text).toContain('I look.');
      expect(answer.text).toContain(String.raw`{\"path\":\"a.mjs\"}`);
      expect(session.usage()).toMatchObject({ inputTokens: 1200, cacheReadTokens: 100, outputTokens: 30 });
    }
  });

  it('keeps to its attempt, answers counts by an estimate, and tells what nobody asked for', async () => {
    const session = await replay(byHand, { attempt: 2 });
    expect(json(await ask(session, { path: '/v1/messages/count_tokens' }))).toHaveProperty('input_tokens');
    expect((await ask(session)).text).toContain('Again.');
    const one = await replay(byHand);
    await ask(one, { body: question });
    expect((await one.close()).map((record) => record.refused)).toEqual([undefined, 'cassette entry 2 (attempt 1) was never asked for']);
  });

  it('stops at the first difference, and says what was expected and what came', async () => {
    const session = await replay(byHand);
    const answer = await ask(session, { body: message({ tools: [{ name: 'Write' }] }) });
    expect(answer.status).toBe(400);
    expect(session.upstreamFault()).toMatchObject({ code: 'rejected', side: 'setup', message: expect.stringContaining('entry 1 expects tools ["Read"] and the request has ["Write"]') });
    expect((await ask(session, { body: question })).status).toBe(400);
    expect(session.usage().cost).toBe(0);
  });

  it('stops when asked for more than it holds', async () => {
    const session = await replay(byHand, { attempt: 3 });
    expect((await ask(session)).status).toBe(400);
    expect(session.upstreamFault()).toMatchObject({ message: expect.stringContaining('attempt 3 has 0 entries') });
  });

  it.each([
    ['no file', undefined, 'does not exist'], ['no JSON', '{', 'is not JSON'], ['an unknown member', JSON.stringify({ ...byHand, extra: 1 }), 'extra'],
    ['recorded answers without an api', JSON.stringify({ ...byHand, entries: [{ attempt: 1, response: { status: 200, headers: {}, body: '' } }] }), 'api'],
  ])('is refused when it is %s', async (_name, text, words) => {
    const cassetteFile = join(await bench.folder(), 'c.json');
    if (text !== undefined) await writeFile(cassetteFile, text);
    const opened = await (await bench.gateway({ kind: 'replay', cassetteFile })).open({ attempt: 1, model: MODEL, api: 'anthropic-messages', costMax: 1 as never, tokensMax: 1, callsMax: 1 });
    expect(opened).toMatchObject({ ok: false, error: { side: 'setup', code: 'rejected', message: expect.stringContaining(words) } });
  });
});

describe('a recorded cassette', () => {
  const talk = async (session: GatewaySession): Promise<readonly string[]> => {
    const texts: string[] = [];
    for (const stream of [true, false]) {
      const run = Math.random().toString(16).slice(2, 12).padEnd(10, '0');
      const content = `<mark-${run}aaaa> /tmp/heddle-${run}/src/a.mjs took ${run.length * 17} ms on ${new Date().toISOString()}`;
      texts.push((await ask(session, { body: message({ stream, tools: TOOLS, messages: [{ role: 'user', content }] }) })).text);
    }
    return texts;
  };

  it('holds no key, replays to the byte with the same figures, and fits in spite of marks, folders and times', async () => {
    const model = await bench.model({ steps: [{ text: `one ${KEY} hunter2secret`, tools: [{ name: 'Read', input: { a: 1 } }] }, { text: 'two' }] });
    const cassetteFile = join(await bench.folder(), 'deep', 'cassette.json');
    const recording = await bench.gateway({ kind: 'record', baseUrl: model.url, key: KEY, headers: {}, api: 'anthropic-messages', cassetteFile }, { redact: (text) => text.replaceAll('hunter2secret', '[redacted]') });
    const live = await bench.session(recording);
    const first = await talk(live);
    const usage = live.usage();
    await live.close();
    const text = await readFile(cassetteFile, 'utf8');
    expect(text).not.toContain(KEY);
    expect(text).not.toContain('hunter2secret');
    expect(CassetteDocument.parse(JSON.parse(text)).entries).toHaveLength(2);
    for (let time = 0; time < 2; time += 1) {
      const replayed = await bench.session(await bench.gateway({ kind: 'replay', cassetteFile }));
      const again = await talk(replayed);
      expect(again).toEqual(first.map((answer) => answer.replaceAll('hunter2secret', '[redacted]')));
      expect(replayed.usage()).toEqual(usage);
    }
    const other = await bench.session(await bench.gateway({ kind: 'replay', cassetteFile }));
    await ask(other, { body: message({ stream: true, tools: TOOLS, messages: [{ role: 'user', content: 'another question' }] }) });
    expect(other.upstreamFault()).toMatchObject({ message: expect.stringContaining('lastMessage') });
  });
});

describe('what differs between runs', () => {
  it('is taken out, and nothing else', () => {
    expect(withoutVolatile('/tmp/x-AbC9/src/a.ts deadbeef00 12.5s 2026-01-02')).toBe(withoutVolatile('/tmp/y-ZZ/src/a.ts 0123456789abcdef 900.25s 2031-11-12'));
    expect(withoutVolatile('/tmp/x/src/a.ts')).not.toBe(withoutVolatile('/tmp/x/src/b.ts'));
  });

  it('is idempotent on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const once = withoutVolatile(text);
      expect(withoutVolatile(once)).toBe(once);
    }));
  });
});
