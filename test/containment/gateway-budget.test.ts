import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMeter } from '../../src/containment/gateway/meter.js';
import { createPriceTable, PRICE_LIST } from '../../src/containment/gateway/prices.js';
import type { TokenCounts } from '../../src/containment/gateway/prices.js';
import { microUsd } from '../../src/domain/money.js';
import type { MicroUsd } from '../../src/domain/money.js';
import { readFile } from 'node:fs/promises';
import { ask, Bench, json, message, MODEL, PRICE } from './gateway-support.js';

const bench = new Bench();
afterEach(() => bench.close());

const counts = (over: Partial<TokenCounts>): TokenCounts => ({ input: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 0, ...over });

describe('budgets', () => {
  it.each([
    ['tokens', { tokensMax: 20_000 }], ['cost', { costMax: microUsd(0.2) }],
  ] as const)('cuts an endless stream at the budget in %s, at most 3 %% over', async (reason, budget) => {
    const model = await bench.model({ steps: [{ ending: 'endless' }] });
    const session = await bench.session(await bench.live(model), budget);
    const answer = await ask(session, { body: message({ stream: true, max_tokens: 1_000_000 }) });
    expect(answer.text).toContain('event: error');
    await expect(session.exceeded).resolves.toBe(reason);
    const usage = session.usage();
    const tokens = usage.inputTokens + usage.outputTokens;
    if (reason === 'tokens') {
      expect(tokens).toBeGreaterThan(20_000 * 0.97);
      expect(tokens).toBeLessThanOrEqual(20_000 * 1.03);
    } else {
      expect(usage.cost).toBeGreaterThan(200_000 * 0.97);
      expect(usage.cost).toBeLessThanOrEqual(200_000 * 1.03);
    }
    const next = await ask(session);
    expect(next.status).toBe(400);
    expect(json(next)).toMatchObject({ error: { type: 'invalid_request_error' } });
    expect(next.headers['x-should-retry']).toBe('false');
    expect(model.requests).toHaveLength(1);
    expect((await session.close()).map((record) => record.refused)).toEqual([`budget:${reason}`, `budget:${reason}`]);
  });

  it('clamps what is asked for to what is left', async () => {
    const model = await bench.model({ steps: [{ text: 'a', usage: { input: 100, output: 100 } }, { text: 'a' }] });
    const session = await bench.session(await bench.live(model), { tokensMax: 5000 });
    await ask(session, { body: message({ max_tokens: 900_000 }) });
    const asked = model.requests[0]?.body?.['max_tokens'];
    expect(asked).toBeGreaterThan(4000);
    expect(asked).toBeLessThan(5000);
    await ask(session, { body: message({ max_tokens: 10 }) });
    expect(model.requests[1]?.body?.['max_tokens']).toBe(10);
  });

  it('names the bound as the server knows it when the client named none', async () => {
    const model = await bench.model({ steps: [{ text: 'a' }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-chat' }), { api: 'openai-chat', tokensMax: 3000 });
    await ask(session, { path: '/v1/chat/completions', body: { model: MODEL, messages: [] } });
    expect(model.requests[0]?.body?.['max_tokens']).toBeLessThanOrEqual(3000);
  });

  it.each([
    ['missing', 'none'], ['zero', { input: 0, output: 0 }], ['negative', { input: -5, output: -5 }],
    ['absurd', { input: 1e15, output: 1e15 }], ['broken', { input: 0.5, output: Number.MAX_VALUE }],
  ] as const)('counts the estimate when the reported usage is %s', async (_name, usage) => {
    const text = 'x'.repeat(4000);
    const model = await bench.model({ steps: [{ text, usage }, { text, usage }] });
    const session = await bench.session(await bench.live(model));
    const body = message({ messages: [{ role: 'user', content: 'y'.repeat(4000) }] });
    await ask(session, { body });
    await ask(session, { body: { ...body, stream: true } });
    const used = session.usage();
    expect(used.outputTokens).toBeGreaterThanOrEqual(2000);
    expect(used.outputTokens).toBeLessThan(2100);
    expect(used.inputTokens).toBeGreaterThanOrEqual(2000);
    expect(used.inputTokens).toBeLessThan(2100);
  });

  it('never settles under the floor of what was seen to pass', async () => {
    const model = await bench.model({ steps: [{ text: 'x'.repeat(64_000), usage: { input: 1, output: 1 } }] });
    const session = await bench.session(await bench.live(model));
    await ask(session, { body: message({ messages: [{ role: 'user', content: 'y'.repeat(10_240) }] }) });
    expect(session.usage().outputTokens).toBeGreaterThanOrEqual(2000);
    expect(session.usage().inputTokens).toBeGreaterThanOrEqual(10);
  });

  it('holds for calls side by side: whoever finds no room waits, and nothing is spent twice', async () => {
    const model = await bench.model({ steps: [{ text: 'a', usage: { input: 50, output: 250 } }], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model, { limits: { inFlightMax: 64 } }), { tokensMax: 8000 });
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(session, { body: message({ max_tokens: 1000 }) })));
    const usage = session.usage();
    expect(usage.inputTokens + usage.outputTokens).toBeLessThanOrEqual(8000 * 1.03);
    expect(answers.filter((answer) => answer.status === 200).length).toBeGreaterThanOrEqual(20);
    expect(answers.filter((answer) => answer.status === 400).length).toBeGreaterThan(0);
    await expect(session.exceeded).resolves.toBe('tokens');
  });

  it('charges nothing for what the provider refused, and the input for what a client left', async () => {
    const model = await bench.model({ steps: [{ status: 400 }, { ending: 'silent' }] });
    const session = await bench.session(await bench.live(model));
    await ask(session);
    expect(session.usage()).toMatchObject({ calls: 1, cost: 0, inputTokens: 0 });
    const leaving = new AbortController();
    const left = ask(session, { signal: leaving.signal });
    await model.received(2);
    leaving.abort();
    await expect(left).rejects.toThrow();
    const records = await session.close();
    // Not streamed: the provider writes it to its end, so all that was asked for is charged.
    expect(records[1]).toMatchObject({ outputTokens: 1000, refused: 'upstream:timed-out' });
    expect(records[1]?.inputTokens).toBeGreaterThan(0);
    expect(session.upstreamFault()).toMatchObject({ code: 'rejected' });
  });
});

describe('the meter', () => {
  it('never lets parallel calls pass the budget by more than 3 %, whatever they ask and use', async () => {
    const call = fc.record({
      bodyBytes: fc.integer({ min: 10, max: 40_000 }), asked: fc.integer({ min: 1, max: 40_000 }),
      used: fc.double({ min: 0, max: 1, noNaN: true }), density: fc.double({ min: 0.02, max: 1 / 3, noNaN: true }), steps: fc.integer({ min: 1, max: 8 }),
    });
    const table = createPriceTable({ override: PRICE });
    const price = await table.priceOf(MODEL, 'anthropic-messages');
    if (price === undefined) throw new TypeError('an override is a price');
    await fc.assert(fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 400_000 }), fc.integer({ min: 1, max: 100_000 }), async (calls, cost, tokensMax) => {
      const costMax = cost as MicroUsd;
      const meter = createMeter({ costMax, tokensMax, callsMax: 25 }, price, { onEnd: () => undefined, onGrowth: () => undefined });
      await Promise.all(calls.map(async ({ bodyBytes, asked, used, density, steps }) => {
        const lease = await meter.reserve({ bodyBytes, outputAsked: asked, outputMin: 256, writesCache: false });
        if (typeof lease === 'string') return;
        const input = counts({ input: Math.floor(bodyBytes * density) });
        // An endless provider: it writes past what was asked for until it is cut, in events of 20 tokens.
        const until = Math.floor(used * 2 * lease.outputMax);
        let output = 0;
        while (output < until) {
          output = Math.min(until, output + 20);
          if (output % steps === 0) await Promise.resolve();
          if (lease.advance(output, input) !== undefined) break;
        }
        lease.settle({ ...input, output });
      }));
      const usage = meter.usage();
      expect(usage.calls).toBeLessThanOrEqual(25);
      // One event of 20 tokens is the grain of a cut.
      expect(usage.cost).toBeLessThanOrEqual(Math.max(costMax * 1.03, costMax + 20 * 10 * 30));
      expect(usage.inputTokens + usage.outputTokens).toBeLessThanOrEqual(Math.max(tokensMax * 1.03, tokensMax + 20 * 30));
    }), { numRuns: 300 });
  });
});

describe('prices', () => {
  it('are those of the list, with cached input told apart, or of the configuration', async () => {
    const price = await createPriceTable().priceOf('claude-sonnet-4-5', 'anthropic-messages');
    expect(price?.(counts({ input: 3500, cacheRead: 600, cacheWrite: 300, output: 120 }))).toBe(13_605);
    expect(await createPriceTable().priceOf('no-such-model', 'openai-chat')).toBeUndefined();
    const own = await createPriceTable({ override: { input: 1, output: 2, cache_read: 0.1 } }).priceOf('no-such-model', 'openai-chat');
    expect(own?.(counts({ input: 1_000_000, cacheRead: 1_000_000, cacheWrite: 1_000_000, output: 1_000_000 }))).toBe(4_100_000);
  });

  it('know the models of a cloud by its names, which may cost more than those of their maker', async () => {
    const [maker, region] = await Promise.all(['claude-sonnet-4-5', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'].map((model) => createPriceTable().priceOf(model, 'anthropic-messages')));
    expect(region?.(counts({ input: 1000 }))).toBeGreaterThan(maker?.(counts({ input: 1000 })) ?? Number.MAX_VALUE);
    expect(await createPriceTable().priceOf('gemini-2.5-pro', 'gemini')).toBeDefined();
    expect(await createPriceTable().priceOf('gpt-5.5', 'openai-responses')).toBeDefined();
  });

  it('name the list that is installed', async () => {
    const manifest: unknown = JSON.parse(await readFile('node_modules/@pydantic/genai-prices/package.json', 'utf8'));
    expect(manifest).toMatchObject({ version: PRICE_LIST.split(' ')[1] });
    expect(createPriceTable().source).toBe(PRICE_LIST);
    expect(createPriceTable({ override: PRICE }).source).toBe('configuration');
  });
});
