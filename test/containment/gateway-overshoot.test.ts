import { afterEach, describe, expect, it } from '@jest/globals';
import { microUsd } from '../../src/domain/money.js';
import type { ModelApi } from '../../src/ports/model-gateway.js';
import { ask, Bench, MODEL } from './gateway-support.js';

const bench = new Bench();
afterEach(() => bench.close());

const STREAMS = 20;
const calls: Readonly<Record<ModelApi, { readonly path: string; readonly body: unknown }>> = {
  'anthropic-messages': { path: '/v1/messages', body: { model: MODEL, stream: true, max_tokens: 500, messages: [{ role: 'user', content: 'go' }] } },
  'openai-chat': { path: '/v1/chat/completions', body: { model: MODEL, stream: true, max_tokens: 500, messages: [{ role: 'user', content: 'go' }] } },
  'openai-responses': { path: '/v1/responses', body: { model: MODEL, stream: true, max_output_tokens: 500, input: 'go' } },
  gemini: { path: `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`, body: { contents: [{ role: 'user', parts: [{ text: 'go' }] }], generationConfig: { maxOutputTokens: 500 } } },
};

describe('twenty parallel streams that never end', () => {
  it.each((Object.keys(calls) as ModelApi[]).flatMap((api) => [[api, 'tokens', { tokensMax: 20_000 }], [api, 'cost', { costMax: microUsd(0.2) }]] as const))('%s: spend at most 3 %% past a budget of %s, and nearly all of it', async (api, reason, budget) => {
    // A provider that keeps to no bound and reports nothing: only what is seen in the streams can stop it.
    const model = await bench.model({ steps: [{ ending: 'endless' }], afterwards: 'repeat' });
    const session = await bench.session(await bench.live(model, { api, limits: { inFlightMax: STREAMS } }), { api, ...budget });
    const answers = await Promise.all(Array.from({ length: STREAMS }, () => ask(session, { path: calls[api].path, body: calls[api].body })));
    await expect(session.exceeded).resolves.toBe(reason);
    const used = session.usage();
    const [spent, budgeted] = reason === 'tokens' ? [used.inputTokens + used.outputTokens, 20_000] : [used.cost, 200_000];
    expect(spent).toBeLessThanOrEqual(budgeted * 1.03);
    expect(spent).toBeGreaterThan(budgeted * 0.9);
    // All of them ran at once; what reached the clients is what was counted, to a quarter (the frames of the events count little).
    expect(model.requests).toHaveLength(STREAMS);
    const words = answers.reduce((sum, answer) => sum + answer.text.split('word ').length - 1, 0);
    expect(words * 5 / 4).toBeLessThanOrEqual(used.outputTokens * 1.05 + STREAMS);
  });
});
