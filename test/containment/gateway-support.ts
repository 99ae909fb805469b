import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayMode, ModelGatewayOptions } from '../../src/containment/gateway/gateway-options.js';
import { createModelGateway } from '../../src/containment/gateway/model-gateway.js';
import { createPriceTable } from '../../src/containment/gateway/prices.js';
import { microUsd } from '../../src/domain/money.js';
import type { GatewayRequest, GatewaySession, ModelApi, ModelGateway } from '../../src/ports/model-gateway.js';
import { startFakeModel } from '../fakes/model/fake-model.js';
import type { FakeModel, FakeModelOptions } from '../fakes/model/fake-model.js';

export const KEY = 'sk-test-0123456789-abcdefghij-KEY';
export const MODEL = 'model-under-test';
/** One dollar a million in, ten out: figures that can be checked by hand. */
export const PRICE = { input: 1, output: 10 };
export const TOOLS = [{ name: 'Read', input_schema: { type: 'object' } }];

export interface Answer { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string; readonly cut: boolean }

/** Things that end with the test, newest first. */
export class Bench {
  #ends: (() => Promise<unknown>)[] = [];

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'gw-'));
    this.#ends.push(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  async model(options: FakeModelOptions): Promise<FakeModel> {
    const model = await startFakeModel({ advanceWithoutTools: true, ...options });
    this.#ends.push(() => model.close());
    return model;
  }

  async gateway(mode: GatewayMode, options: Partial<ModelGatewayOptions> = {}): Promise<ModelGateway> {
    return createModelGateway({
      mode, prices: createPriceTable({ override: PRICE }), clock: { monotonicMs: () => performance.now() },
      ids: { hex: (bytes) => randomBytes(bytes).toString('hex') }, socketDir: await this.folder(), redact: (text) => text,
      sleep: () => Promise.resolve(), ...options,
    });
  }

  async live(model: { readonly url: string }, options: Partial<ModelGatewayOptions> & { readonly api?: ModelApi; readonly baseUrl?: string } = {}): Promise<ModelGateway> {
    const { api = 'anthropic-messages', baseUrl = model.url, ...rest } = options;
    return this.gateway({ kind: 'live', baseUrl, key: KEY, headers: {}, api }, rest);
  }

  async session(gateway: ModelGateway, request: Partial<GatewayRequest> = {}): Promise<GatewaySession> {
    const opened = await gateway.open({ attempt: 1, model: MODEL, api: 'anthropic-messages', costMax: microUsd(10), tokensMax: 10_000_000, callsMax: 1000, ...request });
    if (!opened.ok) throw new Error(opened.error.message);
    this.#ends.push(() => opened.value.close());
    return opened.value;
  }
}

export interface Ask {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: unknown;
  /** Sent as it is instead of `body`. */
  readonly raw?: string | Buffer;
  readonly over?: 'tcp' | 'unix';
  readonly signal?: AbortSignal;
}

export function message(over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { model: MODEL, max_tokens: 1000, messages: [{ role: 'user', content: 'hello' }], ...over };
}

export function ask(session: GatewaySession, { path = '/v1/messages', method = 'POST', headers, body = message(), raw, over = 'tcp', signal }: Ask = {}): Promise<Answer> {
  const port = new URL(session.url).port;
  const at = over === 'tcp' ? { host: '127.0.0.1', port } : { socketPath: session.socket };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...at, path, method, agent: false, headers: { 'x-api-key': session.token, 'content-type': 'application/json', ...headers }, ...(signal && { signal }) }, (response) => {
      const chunks: Buffer[] = [];
      const done = (cut: boolean): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8'), cut });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => done(false));
      response.on('error', () => done(true));
    });
    request.on('error', reject);
    request.end(method === 'POST' ? raw ?? JSON.stringify(body) : undefined);
  });
}

export function json(answer: Answer): unknown {
  return JSON.parse(answer.text);
}
