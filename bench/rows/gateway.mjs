// The model gateway (key added, tokens and money counted, tools filtered) against the same calls made directly, and how far
// streams without end get past their budget.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request as httpRequest } from 'node:http';
import path from 'node:path';
import '../lib/typescript.mjs';
import { interleaved, timed } from '../lib/measure.mjs';
import { TEMP } from '../lib/places.mjs';

const ROUNDS = 60;
const SMALL_ROUNDS = 300;
const STREAM_ROUNDS = 5;
const STREAM_EVENTS = 100_000;
const RUNAWAYS = 20;
const RUNAWAY_TOKENS = 200_000;
const MODEL = 'claude-sonnet-4-5';
const DELTA = `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'word and ' } })}\n\n`;

export async function rows() {
  const [{ startFakeModel }, { createModelGateway }, { createPriceTable }] = await Promise.all([
    import('../../test/fakes/model/fake-model.ts'), import('../../build/containment/gateway/model-gateway.js'), import('../../build/containment/gateway/prices.js'),
  ]);
  const folder = mkdtempSync(path.join(TEMP, 'hdl-bench-'));
  const agent = new Agent({ keepAlive: true });
  const model = await startFakeModel({ steps: [{ text: 'Done.', usage: { input: 1200, output: 40 } }], afterwards: 'repeat', advanceWithoutTools: true });
  const stream = await streaming();
  const open = async (baseUrl, budget) => {
    const gateway = createModelGateway({
      mode: { kind: 'live', baseUrl, key: 'sk-bench-0123456789', headers: {}, api: 'anthropic-messages' }, prices: createPriceTable({ override: { input: 3, output: 15 } }), limits: { inFlightMax: 64 },
      clock: { monotonicMs: () => performance.now() }, ids: { hex: (bytes) => randomBytes(bytes).toString('hex') }, socketDir: folder, redact: (text) => text,
    });
    const opened = await gateway.open({ attempt: 1, model: MODEL, api: 'anthropic-messages', costMax: 1e12, tokensMax: 1e12, callsMax: 1e6, ...budget });
    if (!opened.ok) throw new Error(opened.error.message);
    return opened.value;
  };
  try {
    const session = await open(model.url);
    const sides = (body) => ({ ours: () => timed(() => ask(agent, session.url, { key: session.token, body })), baseline: () => timed(() => ask(agent, model.url, { key: 'direct', body })) });
    // What a fresh process has to compile first is another figure than what a call costs.
    for (let round = 0; round < SMALL_ROUNDS; round += 1) await ask(agent, session.url, { key: session.token, body: request({ messages: 1 }) });
    const small = await interleaved(SMALL_ROUNDS, sides(request({ messages: 1 })));
    const long = await interleaved(ROUNDS, sides(request({ messages: 21 })));
    await session.close();
    const streamer = await open(stream.url);
    const body = request({ messages: 1, stream: true });
    const flow = await interleaved(STREAM_ROUNDS, {
      ours: () => timed(() => ask(agent, streamer.url, { key: streamer.token, body })), baseline: () => timed(() => ask(agent, stream.url, { key: 'direct', body })),
    });
    await streamer.close();
    return [
      { what: 'added by the gateway to a small call, median', ours: small.ours - small.baseline, baseline: undefined, unit: 'ms', goal: 1, of: 'ours' },
      { what: 'model call of 42 kB through the gateway, on loopback (baseline: the call made directly)', ours: long.ours, baseline: long.baseline, unit: 'ms', goal: null },
      { what: `events of a stream through the gateway, ${STREAM_EVENTS} of them, provider and client in the same process (baseline: directly)`, ours: perSecond(flow.ours), baseline: perSecond(flow.baseline), unit: '/s', goal: 50_000, of: 'ours', atLeast: true },
      { what: `tokens past the budget, ${RUNAWAYS} parallel streams without end`, ours: await overshoot(open, agent), baseline: undefined, unit: '%', goal: 3, of: 'ours' },
    ];
  } finally {
    agent.destroy();
    await model.close();
    await stream.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function perSecond(ms) {
  return STREAM_EVENTS / (ms / 1000);
}

/** In percent of the budget; what the streams were given counts, whatever the provider says of it. */
async function overshoot(open, agent) {
  const endless = await streaming(Number.POSITIVE_INFINITY);
  const session = await open(endless.url, { tokensMax: RUNAWAY_TOKENS });
  // Together they ask for less than the budget, so that all run at once, and every one writes on past what it was given.
  const body = request({ messages: 1, stream: true, outputMax: 9_000 });
  await Promise.all(Array.from({ length: RUNAWAYS }, () => ask(agent, session.url, { key: session.token, body, any: true })));
  const { inputTokens, outputTokens, calls } = session.usage();
  if (calls !== RUNAWAYS || outputTokens < RUNAWAY_TOKENS / 2) throw new Error(`${calls} streams wrote ${outputTokens} tokens: the bench does not press on the budget`);
  await session.close();
  await endless.close();
  return Math.max(0, ((inputTokens + outputTokens) / RUNAWAY_TOKENS - 1) * 100);
}

/** A provider that streams so many events, in writes of some forty; it has no usage to report until the end. */
async function streaming(events = STREAM_EVENTS) {
  const batch = Buffer.from(DELTA.repeat(40));
  const server = createServer((message, response) => {
    message.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.on('error', () => undefined);
      let left = events;
      const pour = () => {
        while (left > 0 && !response.destroyed) {
          left -= 40;
          const taken = response.write(batch);
          // Streams without end take turns, as they would from a provider; one alone goes as fast as it can.
          if (events === Number.POSITIVE_INFINITY) setImmediate(pour);
          else if (!taken) response.once('drain', pour);
          else continue;
          return;
        }
        if (!response.destroyed) response.end();
      };
      pour();
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}

/** The body of a call; a conversation of a common size has some 42 kB, which the gateway must read and check. */
function request({ messages, stream = false, outputMax = stream ? 10_000_000 : 1000 }) {
  const talk = Array.from({ length: messages }, (_, n) => ({ role: n % 2 === 0 ? 'user' : 'assistant', content: 'x'.repeat(messages === 1 ? 200 : 2_000) }));
  return JSON.stringify({ model: MODEL, max_tokens: outputMax, stream, messages: talk });
}

function ask(agent, base, { key, body, any = false }) {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${base}/v1/messages`, { agent, method: 'POST', headers: { 'x-api-key': key, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' } }, (response) => {
      response.resume().on('close', () => { if (any || response.statusCode === 200) resolve(); else reject(new Error(`status ${response.statusCode}`)); });
    });
    sent.on('error', (error) => { if (any) resolve(); else reject(error); }).end(body);
  });
}
