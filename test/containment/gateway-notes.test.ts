import { afterEach, describe, expect, it } from '@jest/globals';
import type { ModelUsage } from '../../src/domain/usage.js';
import { ask, Bench, json, message } from './gateway-support.js';

const bench = new Bench();
afterEach(() => bench.close());

/** What a process that is killed at this moment leaves behind is the last note. */
describe('what may be spent is noted', () => {
  it('before a call leaves, with all that the call may cost, and corrected when it is settled', async () => {
    const notes: (ModelUsage & { readonly seen: number })[] = [];
    const model = await bench.model({ steps: [{ text: 'one', usage: { input: 20, output: 5 } }, { ending: 'silent' }] });
    const session = await bench.session(await bench.live(model), { noted: async (usage) => { notes.push({ ...usage, seen: model.requests.length }); } });
    await ask(session);
    // 1000 tokens of output at 10 dollars a million, and the input, before the provider had seen anything.
    expect(notes[0]).toMatchObject({ calls: 1, outputTokens: 1000, seen: 0 });
    expect(notes[0]?.cost).toBeGreaterThan(10_000);
    const leaving = new AbortController();
    const left = ask(session, { signal: leaving.signal });
    await model.received(2);
    const killedHere = notes.at(-1);
    expect(killedHere).toMatchObject({ calls: 2, outputTokens: 1005 });
    leaving.abort();
    await expect(left).rejects.toThrow();
    await session.close();
    expect(notes.at(-1)).toMatchObject({ cost: session.usage().cost, calls: 2 });
    expect(killedHere?.cost).toBeGreaterThanOrEqual(session.usage().cost);
  });

  it('grows with a stream that nobody bounded', async () => {
    const notes: ModelUsage[] = [];
    const model = await bench.model({ steps: [{ text: 'x'.repeat(200_000), usage: { input: 20, output: 50_000 } }] });
    const session = await bench.session(await bench.live(model, { api: 'openai-chat', baseUrl: `${model.url}/v1` }), { api: 'openai-chat', noted: async (usage) => { notes.push(usage); } });
    const { max_tokens: _, ...body } = message({ stream: true });
    await ask(session, { path: '/v1/chat/completions', body });
    await session.close();
    expect(Math.max(...notes.map((note) => note.outputTokens))).toBeGreaterThanOrEqual(session.usage().outputTokens);
    expect(session.usage().outputTokens).toBe(50_000);
  });

  it('sends nothing when the note cannot be made, and is whole again when it can', async () => {
    let broken = true;
    const model = await bench.model({ steps: [{ text: 'one' }] });
    const session = await bench.session(await bench.live(model), { noted: () => (broken ? Promise.reject(new Error('no space')) : Promise.resolve()) });
    await expect(ask(session)).rejects.toThrow();
    expect({ sent: model.requests.length, fault: session.upstreamFault()?.code }).toEqual({ sent: 0, fault: 'bug' });
    broken = false;
    expect(json(await ask(session))).toMatchObject({ type: 'message' });
  });
});

describe('an answer that nobody waited for', () => {
  it.each([[true, 0], [false, 1000]])('streamed %s: %i tokens of output are charged', async (stream, output) => {
    const model = await bench.model({ steps: [{ ending: 'silent' }] });
    const session = await bench.session(await bench.live(model));
    const leaving = new AbortController();
    const left = ask(session, { body: message({ stream }), signal: leaving.signal });
    await model.received(1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await session.close();
    expect(session.usage().outputTokens).toBe(output);
  });
});
