import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAdviser } from '../../src/containment/gateway/adviser.js';
import { MicroUsd } from '../../src/domain/money.js';
import type { ModelUsage } from '../../src/domain/usage.js';
import type { Question } from '../../src/ports/adviser.js';
import type { ModelApi } from '../../src/ports/model-gateway.js';
import { Bench, MODEL } from './gateway-support.js';

const bench = new Bench();
afterEach(() => bench.close());

const question = (over: Partial<Question> = {}): Question => ({ model: MODEL, system: 'Judge.', prompt: 'A ticket.', costMax: MicroUsd.parse(50_000), tokensMax: 20_000, outputTokensMax: 1_000, ...over });
const adviserOf = async (api: ModelApi, entries: readonly unknown[]): Promise<ReturnType<typeof createAdviser>> => {
  const cassetteFile = join(await bench.folder(), 'cassette.json');
  await writeFile(cassetteFile, JSON.stringify({ format: 'heddle-cassette', version: 1, entries }));
  return createAdviser(await bench.gateway({ kind: 'replay', cassetteFile }), api);
};
const said = (text: string): unknown => ({ attempt: 0, request: { tools: [], stream: false }, response: { message: { content: [{ type: 'text', text }], usage: { input_tokens: 900, output_tokens: 40 } } } });

describe('one question through the gateway', () => {
  it.each(['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'] as const)('is answered in the wire format %s, and counted', async (api) => {
    const notes: ModelUsage[] = [];
    const advice = await (await adviserOf(api, [said('{"score":40,"questions":[]}')])).ask(question({ noted: (usage) => { notes.push(usage); return Promise.resolve(); } }));
    expect(advice.answer).toEqual({ ok: true, value: '{"score":40,"questions":[]}' });
    expect(advice.usage).toMatchObject({ calls: 1, inputTokens: 900, outputTokens: 40, cost: 900 + 400 });
    expect(advice.calls).toHaveLength(1);
    // Known before the call left: a process that dies in the middle has not spent unseen money.
    expect(notes[0]?.cost).toBeGreaterThanOrEqual(advice.usage.cost);
  });

  it('is not asked without money for it, and says so without a fault', async () => {
    const advice = await (await adviserOf('anthropic-messages', [said('x')])).ask(question({ costMax: MicroUsd.parse(1) }));
    expect(advice.answer.ok).toBe(false);
    expect(advice.usage.cost).toBe(0);
  });

  it('that the cassette does not hold has no answer', async () => {
    expect((await (await adviserOf('anthropic-messages', [])).ask(question())).answer.ok).toBe(false);
  });
});
