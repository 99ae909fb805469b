import { z } from 'zod';
import { err, ok } from '../../../kit/result.js';
import { FaultError } from '../model-source.js';
import type { InboundAnswer, OutboundCall } from '../model-source.js';
import { gatewayFault } from '../upstream-fault.js';
import { awsKeys } from './aws-credentials.js';
import type { CredentialDeps } from './aws-credentials.js';
import { FrameError, FrameReader } from './frame-reader.js';
import type { Frame } from './frame-reader.js';
import type { ProviderAuth } from './provider-auth.js';
import type { Outgoing, Provider } from './provider.js';
import { signAws } from './sign-aws.js';

export interface BedrockOptions {
  readonly auth: Extract<ProviderAuth, { kind: 'bedrock' }>;
  /** A private endpoint instead of the region's public one. */
  readonly baseUrl: string | undefined;
  readonly frameBytesMax: number;
  readonly deps: CredentialDeps;
}

/**
 * Anthropic's models on Bedrock. The client speaks Anthropic Messages; the model goes into the path, the version into the
 * body, and the binary event stream comes back as the lines that the client knows. Signed with Signature Version 4.
 */
export function bedrockProvider({ auth, baseUrl, frameBytesMax, deps }: BedrockOptions): Provider {
  const base = new URL(baseUrl ?? `https://bedrock-runtime.${auth.region}.amazonaws.com`);
  const { credentials } = auth;
  if (credentials.kind === 'bearer') deps.learn(credentials.token);
  const keys = credentials.kind === 'bearer' ? undefined : awsKeys(credentials, deps);
  return {
    host: base.host, counts: false,
    async prepare(call) {
      const request = outgoing(base, auth.modelId ?? call.vetted.model, call);
      if (credentials.kind === 'bearer') return ok({ ...request, headers: { ...request.headers, authorization: `Bearer ${credentials.token}` } });
      const got = await keys?.();
      if (got === undefined) throw new TypeError('a signing provider has keys');
      if (!got.ok) return err(got.error);
      const signature = signAws({ method: 'POST', url: request.url, headers: { 'content-type': 'application/json' }, body: request.body }, { keys: got.value, region: auth.region, service: 'bedrock', atMs: deps.nowMs() });
      return ok({ ...request, headers: { ...request.headers, ...signature } });
    },
    reframe: (answer) => ((answer.headers['content-type'] ?? '').startsWith('application/vnd.amazon.eventstream')
      ? { ...answer, headers: { ...answer.headers, 'content-type': 'text/event-stream; charset=utf-8' }, body: asEventLines(answer, frameBytesMax) }
      : answer),
  };
}

function outgoing(base: URL, modelId: string, call: OutboundCall): Outgoing {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/model/${encodeURIComponent(modelId)}/${call.vetted.stream ? 'invoke-with-response-stream' : 'invoke'}`;
  const betas = call.headers['anthropic-beta'];
  const fields = Object.entries(JSON.parse(call.body.toString('utf8')) as Record<string, unknown>).filter(([name]) => !['model', 'stream', 'anthropic_version', 'anthropic_beta'].includes(name));
  const body = { ...Object.fromEntries(fields), anthropic_version: 'bedrock-2023-05-31', ...(betas !== undefined && { anthropic_beta: betas.split(',') }) };
  return { url, headers: { accept: call.vetted.stream ? 'application/vnd.amazon.eventstream' : 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}

const Chunk = z.object({ bytes: z.base64() });
const EventType = z.object({ type: z.string().regex(/^\w{1,60}$/) });

async function* asEventLines(answer: InboundAnswer, frameBytesMax: number): AsyncGenerator<Buffer, void, undefined> {
  const reader = new FrameReader(frameBytesMax);
  const broken = (what: string, cause?: unknown): FaultError => new FaultError(gatewayFault('invalid-answer', 'theirs', `The model provider sent an event stream that cannot be read: ${what}.`), cause);
  for await (const chunk of answer.body) {
    let lines: Buffer;
    try {
      lines = Buffer.concat([...reader.push(chunk)].map(linesOf));
    } catch (error) {
      if (error instanceof FrameError) throw broken(error.message, error);
      throw error;
    }
    if (lines.length > 0) yield lines;
  }
  if (reader.unfinished()) throw broken('it ends in the middle of a frame');
}

/** A chunk holds one event of Anthropic's own stream; everything else is an error in the provider's words, which are left out. */
function linesOf(frame: Frame): Buffer {
  const type = frame.headers.get(':message-type') ?? 'event';
  if (type !== 'event') return errorLines(frame.headers.get(':exception-type') ?? frame.headers.get(':error-code') ?? 'unknown');
  if (frame.headers.get(':event-type') !== 'chunk') return Buffer.alloc(0);
  const chunk = Chunk.safeParse(json(frame.payload.toString('utf8')));
  if (!chunk.success) throw new FrameError('a chunk holds no bytes');
  // Whatever it is, it is one line: a line feed in it would make an event out of data.
  const data = Buffer.from(chunk.data.bytes, 'base64').toString('utf8').replace(/[\r\n]+/g, ' ');
  const event = EventType.safeParse(json(data));
  return Buffer.from(`${event.success ? `event: ${event.data.type}\n` : ''}data: ${data}\n\n`);
}

function errorLines(kind: string): Buffer {
  const throttled = /thrott|unavailable|timeout/i.test(kind);
  const error = { type: throttled ? 'overloaded_error' : 'api_error', message: `the provider ended its stream: ${kind.replace(/[^\w.-]/g, '?').slice(0, 80)}` };
  return Buffer.from(`event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
