import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anthropicWriter, geminiWriter, openaiChatWriter, openaiResponsesWriter } from './fake-model-script.js';
import type { FakeStep, StepAsk, StepWriter } from './fake-model-script.js';

export type { FakeStep, FakeToolCall, FakeUsage } from './fake-model-script.js';

export interface FakeModelRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The parsed body; `undefined` when it was no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

export interface FakeModelOptions {
  readonly steps: readonly FakeStep[];
  /** Listen on this unix socket instead of 127.0.0.1 and a free port. */
  readonly socket?: string;
  /** Requests without tools (side questions of a CLI, such as titles) get a fixed text; `true` lets them advance too. */
  readonly advanceWithoutTools?: boolean;
  /** What follows the last step; without it a 400, which no client repeats for long. `repeat` gives the last step for ever. */
  readonly afterwards?: FakeStep | 'repeat';
}

export interface FakeModel {
  /** `http://127.0.0.1:PORT` with no path; give it as base URL (OpenAI clients want `${url}/v1`). */
  readonly url: string;
  readonly port: number;
  /** All requests in order, with headers and bodies as they came. */
  readonly requests: readonly FakeModelRequest[];
  /** Steps that were not asked for yet. */
  stepsLeft(): number;
  /** Answers when so many requests came. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A scripted model on loopback. It answers by the end of the path: `/messages`, `/messages/count_tokens` (Anthropic
 * Messages), `/chat/completions` and `/responses` (OpenAI), `:generateContent`, `:streamGenerateContent` and `:countTokens`
 * (Gemini), streamed or whole as the request says. Each request that
 * carries tools gets the next step; all others a fixed text. No delays: it ends, hangs or breaks off as told.
 *
 * ```ts
 * const model = await startFakeModel({ steps: [
 *   { text: 'I will read it.', tools: [{ name: 'Read', input: { file_path: '/r/a.mjs' } }] },
 *   { text: 'Done.', usage: { input: 1200, cacheRead: 600, output: 40 } },
 *   { status: 429, headers: { 'retry-after': '0' } },
 *   { ending: 'cut' },
 * ] });
 * // ... run something against model.url ...
 * expect(model.requests[0]?.headers['x-api-key']).toBe('...');
 * await model.close();
 * ```
 */
export async function startFakeModel(options: FakeModelOptions): Promise<FakeModel> {
  const requests: FakeModelRequest[] = [];
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  const script = { next: 0 };
  const server = createServer((request, response) => {
    request.on('error', () => response.destroy());
    response.on('error', () => undefined);
    void readAll(request).then((text) => {
      const body = parseObject(text);
      requests.push({ method: request.method ?? '', path: request.url ?? '', headers: { ...request.headers }, text, body });
      for (const waiter of waiting) if (requests.length >= waiter.count) waiter.done();
      answer({ options, script, path: (request.url ?? '').split('?')[0] ?? '', body: body ?? {}, response });
    }, () => response.destroy());
  });
  const at = options.socket === undefined ? { host: '127.0.0.1', port: 0 } : { path: options.socket };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, resolve);
  });
  const port = options.socket === undefined ? (server.address() as AddressInfo).port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    stepsLeft: () => Math.max(0, options.steps.length - script.next),
    received: (count) => new Promise((done) => {
      if (requests.length >= count) done();
      else waiting.push({ count, done });
    }),
    close: () => new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    }),
  };
}

interface Answer {
  readonly options: FakeModelOptions;
  readonly script: { next: number };
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly response: ServerResponse;
}

function answer({ options, script, path, body, response }: Answer): void {
  if (path.endsWith('/count_tokens')) {
    response.setHeader('content-type', 'application/json').end('{"input_tokens":42}');
    return;
  }
  if (path.endsWith(':countTokens')) {
    response.setHeader('content-type', 'application/json').end('{"totalTokens":42}');
    return;
  }
  const writer = writerFor(path);
  if (writer === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"the fake model does not know this path"}}');
    return;
  }
  const streamOptions = body['stream_options'];
  const inPath = /\/models\/([^/:]+):(\w+)$/.exec(path);
  const ask: StepAsk = {
    index: script.next,
    model: typeof body['model'] === 'string' ? body['model'] : inPath?.[1] ?? 'fake',
    stream: body['stream'] === true || inPath?.[2] === 'streamGenerateContent',
    includeUsage: typeof streamOptions === 'object' && streamOptions !== null && 'include_usage' in streamOptions && streamOptions.include_usage === true,
  };
  const tools = body['tools'];
  const advances = options.advanceWithoutTools === true || (Array.isArray(tools) && tools.length > 0);
  const step = advances ? nextStep(options, script) : { text: 'A short title.', usage: { input: 10, output: 5 } };
  perform({ step, writer, ask, response });
}

function nextStep(options: FakeModelOptions, script: { next: number }): FakeStep {
  const step = options.steps[script.next];
  script.next += 1;
  if (step !== undefined) return step;
  const afterwards = options.afterwards === 'repeat' ? options.steps.at(-1) : options.afterwards;
  return afterwards ?? { status: 400, raw: '{"type":"error","error":{"type":"invalid_request_error","message":"the script of the fake model has ended"}}' };
}

function perform({ step, writer, ask, response }: { step: FakeStep; writer: StepWriter; ask: StepAsk; response: ServerResponse }): void {
  if (step.ending === 'silent') return;
  const status = step.status ?? 200;
  if (step.raw !== undefined || status !== 200) {
    const parts = step.raw === undefined ? [writer.error(status)] : typeof step.raw === 'string' ? [step.raw] : step.raw;
    response.writeHead(status, { 'content-type': ask.stream && status === 200 ? 'text/event-stream' : 'application/json', ...step.headers });
    void writeParts(response, parts, step.ending);
    return;
  }
  if (step.ending === 'endless') {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...step.headers });
    response.write(writer.opening(ask));
    pour(response, () => writer.delta(step.text ?? 'word word word word '));
    return;
  }
  const rendered = writer.answer(step, ask);
  response.writeHead(200, { 'content-type': rendered.contentType, ...step.headers });
  const parts = step.ending === undefined ? rendered.parts : beginning(rendered.parts);
  void writeParts(response, parts, step.ending);
}

/** The first half of an answer, so that `hang` and `cut` always leave something unsaid. */
function beginning(parts: readonly (string | Uint8Array)[]): readonly (string | Uint8Array)[] {
  const [first] = parts;
  return parts.length > 1 ? parts.slice(0, Math.ceil(parts.length / 2)) : typeof first === 'string' ? [first.slice(0, Math.ceil(first.length / 2))] : [];
}

async function writeParts(response: ServerResponse, parts: readonly (string | Uint8Array)[], ending: FakeStep['ending']): Promise<void> {
  for (const part of parts) {
    await new Promise<void>((done) => response.write(part, () => done()));
    // One turn of the event loop between writes makes each part a chunk of its own.
    await new Promise<void>((done) => setImmediate(done));
  }
  if (ending === undefined) response.end();
  else if (ending === 'cut') response.destroy();
}

function pour(response: ServerResponse, more: () => string): void {
  if (response.destroyed) return;
  const drained = response.write(more());
  if (drained) setImmediate(() => pour(response, more));
  else response.once('drain', () => pour(response, more));
}

function writerFor(path: string): StepWriter | undefined {
  if (path.endsWith('/messages')) return anthropicWriter;
  if (path.endsWith('/chat/completions')) return openaiChatWriter;
  if (path.endsWith('/responses')) return openaiResponsesWriter;
  if (path.endsWith('enerateContent')) return geminiWriter;
  return undefined;
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
