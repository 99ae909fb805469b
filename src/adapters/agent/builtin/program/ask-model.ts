import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { anthropicMessages } from './anthropic-messages.js';
import { eventData } from './event-stream.js';
import { asObject, asString, parseObject } from './json.js';
import type { ModelApi, ModelRequest, ModelTurn } from './model-api.js';
import { openaiChat } from './openai-chat.js';
import type { AgentSettings } from './settings.js';
import type { EndReason } from './wire.js';

export interface ModelFailure {
  readonly reason: Extract<EndReason, `model-${string}`>;
  readonly message: string;
  readonly status: number | undefined;
}

export type ModelAnswer = { readonly ok: true; readonly turn: ModelTurn } | { readonly ok: false; readonly failure: ModelFailure };

const TRIES_MAX = 4;
const FIRST_WAIT_MS = 500;
const WAIT_MS_MAX = 20_000;
const SILENCE_MS_MAX = 180_000;
const ERROR_BYTES_MAX = 65_536;

/** One answer of the model. What may pass (429, 5xx, a cut connection) is asked again, unless the server says not to. */
export async function askModel(settings: AgentSettings, ask: ModelRequest): Promise<ModelAnswer> {
  const api: ModelApi = settings.api === 'anthropic-messages' ? anthropicMessages : openaiChat;
  const body = JSON.stringify(api.body(settings, ask));
  for (let tries = 1; ; tries += 1) {
    const tried = await once(settings, api, body);
    if (tried.ok || !tried.again || tries >= TRIES_MAX) return tried;
    await wait(Math.min(WAIT_MS_MAX, tried.afterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1)));
  }
}

type Tried = { readonly ok: true; readonly turn: ModelTurn } | { readonly ok: false; readonly failure: ModelFailure; readonly again: boolean; readonly afterMs?: number | undefined };

async function once(settings: AgentSettings, api: ModelApi, body: string): Promise<Tried> {
  try {
    const response = await post(settings, api, body);
    return response.statusCode === 200 ? await readTurn(api, response) : await readRefusal(response);
  } catch (error) {
    return broken('model-unreachable', `the model could not be reached: ${codeOf(error)}`);
  }
}

function post(settings: AgentSettings, api: ModelApi, body: string): Promise<IncomingMessage> {
  const url = new URL(api.path, settings.url);
  const headers = { ...api.headers(settings), 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), accept: 'text/event-stream', 'user-agent': 'heddle-builtin' };
  const send = url.protocol === 'https:' ? secureRequest : request;
  return new Promise((resolve, reject) => {
    const sent = send(url, { method: 'POST', headers, ...(settings.socket === undefined ? {} : { socketPath: settings.socket }) }, resolve);
    sent.setTimeout(SILENCE_MS_MAX, () => sent.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })));
    sent.once('error', reject);
    sent.end(body);
  });
}

async function readTurn(api: ModelApi, response: IncomingMessage): Promise<Tried> {
  const reader = api.reader();
  try {
    for await (const data of eventData(response)) {
      const event = parseObject(data);
      const failed = event === undefined ? undefined : reader.event(event);
      if (failed !== undefined) {
        response.destroy();
        return { ok: false, again: false, failure: { reason: 'model-refused', message: failed, status: undefined } };
      }
    }
  } catch (error) {
    return broken('model-answer-broken', `the model's answer broke off: ${codeOf(error)}`);
  }
  const turn = reader.end();
  return turn === undefined ? broken('model-answer-broken', 'the model\'s answer ended before it was complete') : { ok: true, turn };
}

function broken(reason: ModelFailure['reason'], message: string): Tried {
  return { ok: false, again: true, failure: { reason, message, status: undefined } };
}

async function readRefusal(response: IncomingMessage): Promise<Tried> {
  const status = response.statusCode ?? 0;
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > ERROR_BYTES_MAX) break;
  }
  const message = asString(asObject(parseObject(text)?.['error'])?.['message']) ?? `status ${status}`;
  const again = (status === 408 || status === 429 || status >= 500) && response.headers['x-should-retry'] !== 'false';
  const after = Number(response.headers['retry-after']);
  return {
    ok: false, again, failure: { reason: 'model-refused', message: message.slice(0, 1000), status },
    ...(response.headers['retry-after'] !== undefined && Number.isFinite(after) && after >= 0 ? { afterMs: after * 1000 } : {}),
  };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no reason given';
}
