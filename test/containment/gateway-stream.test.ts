import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createKeyFilter } from '../../src/containment/gateway/key-filter.js';
import { LineSplitter } from '../../src/containment/gateway/line-splitter.js';
import { createUsageReader } from '../../src/containment/gateway/usage-reader.js';
import type { ModelApi } from '../../src/ports/model-gateway.js';
import { ask, Bench, KEY, message } from './gateway-support.js';

const bench = new Bench();
afterEach(() => bench.close());

const APIS: readonly ModelApi[] = ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'];
const cut = (bytes: Buffer, at: readonly number[]): readonly Buffer[] => {
  const edges = [0, ...new Set(at.map((one) => one % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end)).filter((part) => part.length > 0);
};
/** Bytes that look like event streams, and some that do not. */
const streamBytes = fc.array(fc.oneof(
  fc.constantFrom('data: {"type":"content_block_delta","delta":{"text":"\u00e4\u{1f600}"}}', 'data:', 'data: [DONE]', 'event: x', ': c', '', '\r', 'data: {"usage":{"output_tokens":-1}}', 'data: {', 'data: [[[[[[', 'data: null', 'data: 1e999', 'data: {"__proto__":{"a":1}}'),
  fc.string({ maxLength: 60 }), fc.json({ maxDepth: 3 }).map((text) => `data: ${text}`),
), { maxLength: 40 }).chain((lines) => fc.constantFrom('\n', '\r\n', '\n\n').map((end) => Buffer.from(lines.join(end))));
const rawBytes = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));

describe('the line splitter', () => {
  it('gives every byte once, in whole lines, and copies each at most once however it is cut', () => {
    fc.assert(fc.property(fc.oneof(streamBytes, rawBytes), fc.array(fc.nat(), { maxLength: 30 }), (bytes, at) => {
      const splitter = new LineSplitter(1e6);
      const blocks: Buffer[] = [];
      let copied = 0;
      for (const chunk of cut(bytes, at)) {
        const block = splitter.push(chunk);
        if (block === undefined) continue;
        expect(block.at(-1)).toBe(10);
        // A block that lies in the chunk's own memory was not copied.
        if (block.buffer !== chunk.buffer || block.byteOffset < chunk.byteOffset) copied += block.length;
        blocks.push(block);
      }
      const rest = splitter.rest();
      expect(rest.includes(10)).toBe(false);
      expect(Buffer.concat([...blocks, rest]).equals(bytes)).toBe(true);
      expect(copied).toBeLessThanOrEqual(bytes.length);
    }), { numRuns: 500 });
  });

  it('knows a line that is too long before it has grown much further', () => {
    const splitter = new LineSplitter(1000);
    let sent = 0;
    while (!splitter.tooLong()) {
      splitter.push(Buffer.alloc(100, 120));
      sent += 100;
    }
    expect(sent).toBe(1100);
  });
});

describe('the usage reader', () => {
  it.each(APIS)('%s: of any events gives counts that are whole, finite and never under what was seen', (api) => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.json({ maxDepth: 4 }), fc.string(), fc.constantFrom(
      '{"type":"message_start","message":{"usage":{"input_tokens":1e400}}}', '{"usage":{"prompt_tokens":-1,"completion_tokens":"9"}}', '{"usageMetadata":{"candidatesTokenCount":0.5,"promptTokenCount":null}}',
      '{"response":{"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":99}}}}', '{"type":"message_delta","usage":{"output_tokens":1000000001}}', `${'['.repeat(5000)}`, `{"choices":[${'{"a":'.repeat(900)}1${'}'.repeat(900)}]}`,
    )), { maxLength: 20 }), fc.nat(100_000), (events, bodyBytes) => {
      const reader = createUsageReader(api);
      for (const event of events) {
        reader.event(event);
        expect(Number.isSafeInteger(reader.output()) && reader.output() >= 0).toBe(true);
      }
      const counts = reader.settle(bodyBytes);
      for (const value of Object.values(counts)) expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      expect(counts.input + counts.cacheRead + counts.cacheWrite).toBeGreaterThanOrEqual(Math.ceil(bodyBytes / 1024));
    }), { numRuns: 300 });
  });

  it.each(APIS)('%s: counts the words of any text that is streamed in pieces', (api) => {
    const event = (text: string): string => JSON.stringify({
      'anthropic-messages': { type: 'content_block_delta', delta: { type: 'text_delta', text } }, 'openai-chat': { choices: [{ delta: { content: text } }] },
      'openai-responses': { type: 'response.output_text.delta', delta: text }, gemini: { candidates: [{ content: { parts: [{ text }] } }] },
    }[api]);
    fc.assert(fc.property(fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 50 }), (pieces) => {
      const reader = createUsageReader(api);
      for (const piece of pieces) reader.event(event(piece));
      expect(reader.output()).toBe(Math.ceil(Buffer.byteLength(pieces.join('')) / 4));
    }), { numRuns: 100 });
  });
});

describe('a stream through the gateway', () => {
  it('comes out as it went in, whatever it holds and however it was cut', async () => {
    const samples = fc.sample(fc.tuple(fc.oneof(streamBytes, rawBytes).filter((bytes) => bytes.length > 0), fc.array(fc.nat(), { maxLength: 10 })), 40);
    const model = await bench.model({ steps: samples.map(([bytes, at]) => ({ raw: cut(bytes, at) })) });
    const session = await bench.session(await bench.live(model));
    for (const [bytes] of samples) {
      const answer = await ask(session, { body: message({ stream: true }) });
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(bytes.toString('utf8'));
    }
  });

  it('loses the usage chunk that only the gateway asked for, and nothing else', async () => {
    const chunk = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n';
    const model = await bench.model({ steps: [{ raw: [chunk, `${usage}\n${chunk}${usage.slice(0, 20)}`, `${usage.slice(20)}\ndata: [DONE]\n\n`] }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-chat' }), { api: 'openai-chat' });
    const answer = await ask(session, { path: '/v1/chat/completions', body: message({ stream: true }) });
    expect(answer.text).toBe(`${chunk}\n${chunk}\ndata: [DONE]\n\n`);
    expect(session.usage()).toMatchObject({ inputTokens: 9, outputTokens: 3 });
  });
});

describe('the key in what a provider sends', () => {
  const forms = (secret: string): readonly (readonly [string, string])[] => [
    ['plain', secret], ['in hexadecimal', Buffer.from(secret).toString('hex')], ['in an address', encodeURIComponent(secret)],
    ...[0, 1, 2].map((offset) => [`in base64 at offset ${offset}`, Buffer.from(`${'x'.repeat(offset)}${secret} and more`).toString('base64')] as const),
    ['in base64 for addresses', Buffer.from(`?>${secret}`).toString('base64url')],
  ];
  /** What of the secret could still be read out of the text. */
  const legible = (text: string, secret: string): boolean => {
    const piece = secret.slice(2, -2);
    const words = text.split(/[^A-Za-z0-9+/_=-]+/);
    return text.includes(piece) || words.some((word) => [Buffer.from(word, 'base64'), Buffer.from(word, 'hex')].some((bytes) => bytes.toString('latin1').includes(piece)));
  };

  it.each(forms(KEY))('%s: is taken out of a stream, cut anywhere', async (_name, form) => {
    expect(legible(`data: {"t":"${form}"}`, KEY) || form.includes('%')).toBe(true);
    const bytes = Buffer.from(`data: {"t":"${form}"}\n\n`);
    const model = await bench.model({ steps: Array.from({ length: 12 }, (_, at) => ({ raw: cut(bytes, [11 + at * 4, 40]) })) });
    const session = await bench.session(await bench.live(model));
    for (let at = 0; at < 12; at += 1) expect(legible((await ask(session, { body: message({ stream: true }) })).text, KEY)).toBe(false);
  });

  it.each(forms(KEY))('%s: is taken out of whole answers, errors and headers', async (_name, form) => {
    const headers = { 'x-request-id': form, 'anthropic-ratelimit-x': `a ${form}`, 'set-cookie': form, location: form };
    const model = await bench.model({ steps: [{ raw: `{"content":"${form}"}`, headers }, { status: 401, raw: `{"error":"${form}"}`, headers }] });
    const session = await bench.session(await bench.live(model));
    for (let time = 0; time < 2; time += 1) {
      const answer = await ask(session);
      expect(legible(`${answer.text} ${JSON.stringify(answer.headers)}`, KEY)).toBe(false);
    }
    expect(legible(JSON.stringify([session.upstreamFault(), await session.close()]), KEY)).toBe(false);
  });

  it('of any content is found in any surrounding, and the surrounding stays', () => {
    fc.assert(fc.property(fc.string({ minLength: 16, maxLength: 60 }).filter((key) => key.trim() === key), fc.string(), fc.string(), (key, before, after) => {
      const filter = createKeyFilter(key);
      expect(filter.text(JSON.stringify({ before, key, after }))).not.toContain(JSON.stringify(key).slice(1, -1));
      expect(filter.text('nothing of the kind')).toBe('nothing of the kind');
    }), { numRuns: 300 });
  });
});
