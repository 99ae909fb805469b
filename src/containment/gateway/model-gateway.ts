import { join } from 'node:path';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import type { GatewayRequest, GatewaySession, ModelApi, ModelGateway } from '../../ports/model-gateway.js';
import { createRecordBook } from './call-record.js';
import { handleCall } from './call.js';
import type { CallDesk } from './call.js';
import { createCassettePlayer } from './cassette-player.js';
import { createCassetteRecorder } from './cassette-recorder.js';
import type { CassetteRecorder } from './cassette-recorder.js';
import { readCassette } from './cassette.js';
import { openDoor } from './door.js';
import { DEFAULT_GATEWAY_LIMITS } from './gateway-options.js';
import type { GatewayLimits, LiveModel, ModelGatewayOptions } from './gateway-options.js';
import { createKeyFilter } from './key-filter.js';
import type { KeyFilter } from './key-filter.js';
import { createMeter } from './meter.js';
import type { BudgetStop, Meter } from './meter.js';
import type { ModelSource } from './model-source.js';
import type { CallPrice } from './prices.js';
import { recordingSource } from './recording-source.js';
import { createProvider } from './provider/create-provider.js';
import { createSmallClient } from './provider/small-request.js';
import { createWayfinder } from './provider/wayfinder.js';
import { createUpstream } from './upstream.js';
import { gatewayFault } from './upstream-fault.js';

/**
 * The only way from an agent to a model. It holds the key, knows what may be asked, counts what is used and stops at the
 * budget inside the stream; the agent gets a token that opens one attempt's door and nothing else.
 *
 * `open` answers a fault of side `setup` when the agent's wire format is not the provider's, when nobody knows the
 * model's price (a money budget could not be kept), and when a cassette cannot be read.
 */
export function createModelGateway(options: ModelGatewayOptions): ModelGateway {
  const limits: GatewayLimits = { ...DEFAULT_GATEWAY_LIMITS, ...options.limits };
  const origin = originOf(options, limits);
  return {
    priceSource: options.prices.source,
    async open(request) {
      const source = await origin(request.api);
      if (!source.ok) return source;
      const price = await priceOf(options, request);
      if (price === undefined) return err(unknownPrice(request.model));
      return openSession({ options, limits, request, price, ...source.value });
    },
  };
}

/** By the cloud's own name of the model where it has one: a region may cost more than the model's maker. */
async function priceOf({ mode, prices }: ModelGatewayOptions, { model, api }: GatewayRequest): Promise<CallPrice | undefined> {
  const auth = mode.kind === 'replay' ? undefined : mode.auth;
  const own = auth?.kind === 'bedrock' || auth?.kind === 'vertex' ? auth.modelId : undefined;
  return (own === undefined ? undefined : await prices.priceOf(own, api)) ?? prices.priceOf(model, api);
}

interface Opened { readonly source: ModelSource; readonly recorder: CassetteRecorder | undefined; readonly keyFilter: KeyFilter; readonly host: string; readonly modernChat: boolean }

/** Answers come from one place for all sessions: a cassette is played, and recorded, across attempts. */
function originOf(options: ModelGatewayOptions, limits: GatewayLimits): (api: ModelApi) => Promise<Result<Opened, Fault>> {
  const { mode } = options;
  if (mode.kind === 'replay') {
    const cassette = once(() => readCassette(mode.cassetteFile));
    const players = new Map<ModelApi, ModelSource>();
    return async (api) => {
      const read = await cassette();
      if (!read.ok) return read;
      const recorded = read.value.api;
      if (recorded !== undefined && recorded !== api) return err(wrongApi(api, recorded));
      const source = players.get(api) ?? createCassettePlayer(read.value, api);
      players.set(api, source);
      return ok({ source, recorder: undefined, keyFilter: createKeyFilter(undefined), host: 'the cassette', modernChat: false });
    };
  }
  const keyFilter = createKeyFilter(mode.key);
  const opened = once(() => openLive(options, { live: mode, limits, keyFilter }));
  return async (api) => (api === mode.api ? opened() : err(wrongApi(api, mode.api)));
}

/** The provider, one for all sessions, so that connections and fetched credentials are shared. */
async function openLive(options: ModelGatewayOptions, { live, limits, keyFilter }: { readonly live: LiveModel; readonly limits: GatewayLimits; readonly keyFilter: KeyFilter }): Promise<Result<Opened, Fault>> {
  const { ways, close } = createWayfinder({ proxy: live.proxy, socketsMax: limits.inFlightMax, connectMsMax: limits.connectMsMax });
  const deps = { client: createSmallClient(ways), nowMs: options.nowMs ?? Date.now, learn: (secret: string) => keyFilter.learn(secret) };
  for (const address of [live.proxy?.https, live.proxy?.http]) {
    const secret = address === undefined ? '' : decodeURIComponent(new URL(address).password);
    if (secret !== '') keyFilter.learn(secret);
  }
  const provider = await createProvider(live, limits, deps);
  if (!provider.ok) return provider;
  const upstream = createUpstream({ live, limits, keyFilter, provider: provider.value, ways, close, sleep: options.sleep ?? realSleep });
  const { mode } = options;
  const recorder = mode.kind !== 'record' ? undefined : createCassetteRecorder({
    file: mode.cassetteFile, api: mode.api, redact: (text) => keyFilter.text(options.redact(text)),
  });
  const source = recorder === undefined ? upstream : recordingSource(upstream, recorder);
  const modernChat = live.auth?.kind === 'azure' || isModernChat(provider.value.host);
  return ok({ source, recorder, keyFilter, host: provider.value.host, modernChat });
}

interface SessionInput extends Opened {
  readonly options: ModelGatewayOptions;
  readonly limits: GatewayLimits;
  readonly request: GatewayRequest;
  readonly price: CallPrice;
}

async function openSession({ options, limits, request, price, source, recorder, keyFilter, host, modernChat }: SessionInput): Promise<Result<GatewaySession, Fault>> {
  const token = options.ids.hex(32);
  const socket = join(options.socketDir, `m${options.ids.hex(4)}.sock`);
  const closing = new AbortController();
  let settleExceeded: (reason: BudgetStop) => void = () => undefined;
  const exceeded = new Promise<BudgetStop>((resolve) => { settleExceeded = resolve; });
  const meter = createMeter(request, price, { onEnd: settleExceeded, onGrowth: () => { void note().catch(() => undefined); } });
  const note = spendingNotes(request, meter);
  const desk: CallDesk = {
    request, token, limits, source, closing: closing.signal,
    held: { bytes: 0 },
    running: { count: 0 },
    faults: { last: undefined },
    meter, note,
    records: createRecordBook({ request, source: source.kind, refusalsMax: limits.refusalsRecordedMax, monotonicMs: () => options.clock.monotonicMs() }),
    redact: (text) => options.redact(text),
    keyFilter, host, modernChat,
  };
  const door = await openDoor({ socket, limits, serve: (message, response) => handleCall(desk, message, response), turnedAway: (why) => desk.records.refuse(why) });
  if (!door.ok) return door;
  return ok({
    url: door.value.url,
    socket,
    token,
    exceeded,
    usage: () => desk.meter.usage(),
    upstreamFault: () => desk.faults.last,
    close: once(async () => {
      closing.abort();
      await door.value.close();
      for (const remark of source.unused(request.attempt)) desk.records.remark(remark);
      await recorder?.flush();
      await note();
      return desk.records.all();
    }),
  });
}

/** One note after the other, each with the figures of the moment it is written. A failed one fails the call that waits for it, not the next. */
function spendingNotes({ noted }: GatewayRequest, meter: Pick<Meter, 'atMost'>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    const next = last.then(() => noted?.(meter.atMost()));
    last = next.catch(() => undefined);
    return next;
  };
}

function unknownPrice(model: string): Fault {
  return gatewayFault('unsupported', 'setup', `No price is known for the model ${JSON.stringify(model.slice(0, 200))}, so a money limit could not be kept. Set \`model.price\` (input and output, in US dollars per million tokens) in the configuration.`);
}

function wrongApi(asked: ModelApi, offered: string): Fault {
  return gatewayFault('unsupported', 'setup', `The agent speaks ${asked} and the model is set up for ${offered}. Set \`model.api\` to what the agent speaks, or choose another agent with \`agent.id\`.`);
}

/** The hosts that refuse the older `max_tokens` for their newer models; most other servers know nothing else. */
function isModernChat(hostAndPort: string): boolean {
  const host = hostAndPort.replace(/:\d+$/, '');
  return ['openai.com', 'openai.azure.com'].some((name) => host === name || host.endsWith(`.${name}`));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function realSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
