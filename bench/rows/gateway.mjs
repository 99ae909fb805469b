// One model call through the gateway (key added, tokens and money counted, tools filtered) against the same call made directly.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import path from 'node:path';
import '../lib/typescript.mjs';
import { interleaved, timed } from '../lib/measure.mjs';
import { TEMP } from '../lib/places.mjs';

const ROUNDS = 60;
const MODEL = 'claude-sonnet-4-5';

export async function rows() {
  const [{ startFakeModel }, { createModelGateway }, { createPriceTable }] = await Promise.all([
    import('../../test/fakes/model/fake-model.ts'), import('../../build/containment/gateway/model-gateway.js'), import('../../build/containment/gateway/prices.js'),
  ]);
  const folder = mkdtempSync(path.join(TEMP, 'hdl-bench-'));
  const model = await startFakeModel({ steps: [{ text: 'Done.', usage: { input: 1200, output: 40 } }], afterwards: 'repeat', advanceWithoutTools: true });
  const gateway = createModelGateway({
    mode: { kind: 'live', baseUrl: model.url, key: 'sk-bench-0123456789', headers: {}, api: 'anthropic-messages' }, prices: createPriceTable({ override: { input: 3, output: 15 } }),
    clock: { monotonicMs: () => performance.now() }, ids: { hex: (bytes) => randomBytes(bytes).toString('hex') }, socketDir: folder, redact: (text) => text,
  });
  const opened = await gateway.open({ attempt: 1, model: MODEL, api: 'anthropic-messages', costMax: 1e12, tokensMax: 1e12, callsMax: 1e6 });
  if (!opened.ok) throw new Error(opened.error.message);
  const agent = new Agent({ keepAlive: true });
  try {
    const { ours, baseline } = await interleaved(ROUNDS, {
      ours: () => timed(() => ask(agent, opened.value.url, opened.value.token)), baseline: () => timed(() => ask(agent, model.url, 'direct')),
    });
    return [{ what: 'model call through the gateway, on loopback (baseline: the call made directly)', ours, baseline, unit: 'ms', goal: null }];
  } finally {
    agent.destroy();
    await opened.value.close();
    await model.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function ask(agent, base, key) {
  // A conversation of a common size: what the gateway must read and check grows with it.
  const messages = Array.from({ length: 21 }, (_, n) => ({ role: n % 2 === 0 ? 'user' : 'assistant', content: 'x'.repeat(2_000) }));
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${base}/v1/messages`, { agent, method: 'POST', headers: { 'x-api-key': key, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' } }, (response) => {
      response.resume().on('end', () => { if (response.statusCode === 200) resolve(); else reject(new Error(`status ${response.statusCode}`)); });
    });
    request.on('error', reject).end(JSON.stringify({ model: MODEL, max_tokens: 1000, messages }));
  });
}
