import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { microUsd } from '../../src/domain/money.js';
import type { AgentOutcome } from '../../src/ports/coding-agent.js';
import type { GatewaySession, ModelApi } from '../../src/ports/model-gateway.js';
import { Bench, MODEL } from '../containment/gateway-support.js';
import { agentPlace, bestRung, play } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';
import { builtinProgram } from '../fakes/builtin-program.js';
import type { FakeStep } from '../fakes/model/fake-model.js';
import { builtin } from './agent-fixtures.js';

/** The built-in agent through the real gateway, inside the strongest sandbox of this machine. */
const rung = await bestRung();
const agent = builtin(builtinProgram());
const FILES = { 'total.txt': 'the answer is wrong\n' };

let bench: Bench;
let places: AgentPlace[];
beforeEach(() => { bench = new Bench(); places = []; });
afterEach(async () => {
  await bench.close();
  await Promise.all(places.map((place) => place.close()));
});

async function work(session: GatewaySession, api: ModelApi, prompt = 'Make it right.'): Promise<{ readonly outcome: AgentOutcome; readonly place: AgentPlace }> {
  const place = await agentPlace(rung, FILES);
  places.push(place);
  const stop = new AbortController();
  void session.exceeded.then((reason) => { stop.abort(reason); });
  const gateway = { url: session.url, socket: rung === 'bubblewrap' ? session.socket : undefined, token: session.token, api };
  const task = await place.task(agent, { gateway, model: MODEL, prompt, signal: stop.signal });
  return { outcome: (await play(agent, task)).outcome, place };
}

const STEPS: readonly FakeStep[] = [
  { text: 'I look.', tools: [{ name: 'read_file', input: { path: 'total.txt' } }], usage: { input: 1000, output: 20 } },
  { tools: [{ name: 'edit_file', input: { path: 'total.txt', old_text: 'wrong', new_text: 'right' } }], usage: { input: 100, cacheRead: 1000, output: 30 } },
  { tools: [{ name: 'finish', input: { summary: 'It is right.' } }], usage: { input: 100, cacheRead: 1100, output: 10 } },
];

describe.each(['anthropic-messages', 'openai-chat'] as const)('the built-in agent behind the gateway: %s', (api) => {
  it('works, and the gateway has counted it', async () => {
    const session = await bench.session(await bench.live(await bench.model({ steps: STEPS }), { api }), { api });
    const { outcome, place } = await work(session, api);
    expect(outcome).toMatchObject({ kind: 'completed', summary: 'It is right.' });
    expect(readFileSync(join(place.workspace, 'total.txt'), 'utf8')).toBe('the answer is right\n');
    expect(session.usage()).toMatchObject({ calls: 3, inputTokens: 1200, cacheReadTokens: 2100, outputTokens: 60 });
  });

  it('is stopped by the budget, with the budget as the reason', async () => {
    const model = await bench.model({ steps: [], afterwards: { ...STEPS[0], usage: { input: 2000, output: 100 } } });
    const session = await bench.session(await bench.live(model, { api }), { api, costMax: microUsd(0.012) });
    const { outcome } = await work(session, api);
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'cost' });
  });

  it('asks the same in another folder and another run: a cassette replays it', async () => {
    const cassetteFile = join(await bench.folder(), 'cassette.json');
    const model = await bench.model({ steps: STEPS });
    const recording = await bench.gateway({ kind: 'record', cassetteFile, baseUrl: model.url, key: 'k-0123456789', headers: {}, api });
    const recorded = await bench.session(recording, { api });
    await work(recorded, api);
    await recorded.close();
    const session = await bench.session(await bench.gateway({ kind: 'replay', cassetteFile }), { api });
    const { outcome, place } = await work(session, api);
    expect(outcome).toMatchObject({ kind: 'completed', summary: 'It is right.' });
    expect(readFileSync(join(place.workspace, 'total.txt'), 'utf8')).toBe('the answer is right\n');
    expect(model.requests).toHaveLength(3);
  });
});
