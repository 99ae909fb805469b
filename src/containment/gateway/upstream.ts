import type { IncomingMessage } from 'node:http';
import type { Fault } from '../../domain/fault.js';
import { err, ok } from '../../kit/result.js';
import type { Result } from '../../kit/result.js';
import { answerHeaders } from './call-headers.js';
import { errorCode } from './error-code.js';
import type { GatewayLimits, LiveModel } from './gateway-options.js';
import type { KeyFilter } from './key-filter.js';
import { FaultError } from './model-source.js';
import type { InboundAnswer, ModelSource, OutboundCall } from './model-source.js';
import type { Outgoing, Provider } from './provider/provider.js';
import type { Wayfinder } from './provider/wayfinder.js';
import { gatewayFault } from './upstream-fault.js';

export interface UpstreamOptions {
  readonly live: LiveModel;
  readonly limits: GatewayLimits;
  readonly keyFilter: KeyFilter;
  readonly provider: Provider;
  readonly ways: Wayfinder;
  close(): void;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

interface Wire { readonly options: UpstreamOptions; readonly ways: Wayfinder }

/**
 * The provider itself. A call is tried again only before anything of an answer was passed on: after 429, 5xx and broken
 * connections, a bounded number of times. Redirects are refused, because they would carry the key to another address.
 */
export function createUpstream(options: UpstreamOptions): ModelSource {
  const { provider, ways } = options;
  return {
    kind: 'upstream',
    counts: provider.counts,
    async send(call) {
      const answer = await sendWithRetries({ options, ways }, call);
      return answer.ok && provider.reframe !== undefined ? ok(provider.reframe(answer.value)) : answer;
    },
    unused: () => [],
    close: () => options.close(),
  };
}

async function sendWithRetries(wire: Wire, call: OutboundCall): Promise<Result<InboundAnswer, Fault>> {
  const { limits, sleep } = wire.options;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await sendOnce(wire, call);
    const last = attempt >= limits.triesMax || call.signal.aborted;
    if (!answer.ok) {
      if (last || answer.error.code !== 'unreachable') return answer;
    } else if (last || !mayTryAgain(answer.value.status)) {
      return answer;
    }
    const asked = answer.ok ? retryAfterMs(answer.value.headers) : undefined;
    if (answer.ok && asked !== undefined && asked > limits.retryWaitMsMax) return answer;
    if (answer.ok) await drain(answer.value);
    await sleep(asked ?? Math.min(500 * 2 ** (attempt - 1), 8000, limits.retryWaitMsMax), call.signal);
    if (call.signal.aborted) return err(gatewayFault('timed-out', 'theirs', 'The call to the model was given up while waiting to try again.'));
  }
}

function mayTryAgain(status: number): boolean {
  return status === 429 || status === 408 || status >= 500;
}

/** Milliseconds; a date is read as well (RFC 9110, 10.2.3). */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return Math.ceil(ms);
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && seconds >= 0) return Math.ceil(seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

async function drain(answer: InboundAnswer): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of answer.body) {
      bytes += chunk.length;
      // Leaving the loop destroys the connection: cheaper than reading a long error to its end.
      if (bytes > 65_536) return;
    }
  } catch {
    // The answer is thrown away; how it ended does not matter.
  }
}

async function sendOnce(wire: Wire, call: OutboundCall): Promise<Result<InboundAnswer, Fault>> {
  const outgoing = await wire.options.provider.prepare(call);
  return outgoing.ok ? exchange(wire, call, outgoing.value) : outgoing;
}

function exchange(wire: Wire, call: OutboundCall, outgoing: Outgoing): Promise<Result<InboundAnswer, Fault>> {
  const { limits } = wire.options;
  const { url } = outgoing;
  const secure = url.protocol === 'https:';
  return new Promise((resolve) => {
    const way = wire.ways(url);
    const answered = (message: IncomingMessage): void => {
      const refused = unusable(message, url.host);
      if (refused !== undefined) {
        watch.stop();
        message.destroy();
        resolve(err(refused));
        return;
      }
      const headers = answerHeaders(message.headers, wire.options.keyFilter.text);
      const body = chunks({ message, watch, quiet, ended: () => expired ?? (call.signal.aborted ? faultOf(undefined, url.host, call.signal) : undefined), faultOf: (error) => expired ?? faultOf(broken ?? error, url.host, call.signal) });
      resolve(ok({ status: message.statusCode ?? 0, headers, body }));
    };
    const request = way.request({ ...way.options, method: 'POST', headers: { ...requestHeaders(wire.options, call, outgoing), ...way.options.headers }, signal: call.signal }, answered);
    // Kept apart: a request that is destroyed after its answer has begun reports a reset, not the reason.
    let expired: Fault | undefined;
    let broken: unknown;
    const expire = (fault: Fault): void => {
      expired = fault;
      request.destroy(new FaultError(fault));
    };
    const watch = new Deadline(limits.connectMsMax, () => expire(gatewayFault('unreachable', 'theirs', `No connection to the model provider at ${url.host} within ${limits.connectMsMax} ms.`)));
    const quiet = (): void => watch.restart(limits.idleMsMax, () => expire(gatewayFault('timed-out', 'theirs', `The model provider at ${url.host} was silent for ${limits.idleMsMax} ms. Run again later.`)));
    request.on('socket', (socket) => {
      if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', quiet);
      else quiet();
    });
    request.on('error', (error) => {
      broken = error;
      watch.stop();
      resolve(err(expired ?? faultOf(error, url.host, call.signal)));
    });
    request.on('upgrade', (_message, socket) => {
      watch.stop();
      socket.destroy();
      resolve(err(gatewayFault('invalid-answer', 'theirs', `The model provider at ${url.host} wants to speak another protocol. Check \`model.base_url\`.`)));
    });
    // Whatever else node may do with a connection: a call must not wait for ever. Too late it changes nothing.
    request.on('close', () => resolve(err(expired ?? faultOf(broken, url.host, call.signal))));
    request.end(outgoing.body);
  });
}

function requestHeaders({ live }: UpstreamOptions, call: OutboundCall, outgoing: Outgoing): Record<string, string> {
  const configured = Object.fromEntries(Object.entries(live.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    'user-agent': 'heddle',
    accept: call.vetted.stream ? 'text/event-stream' : 'application/json',
    ...outgoing.headers,
    ...configured,
    'content-type': 'application/json',
    'content-length': String(outgoing.body.length),
    'accept-encoding': 'identity',
  };
}

function unusable(message: IncomingMessage, host: string): Fault | undefined {
  const status = message.statusCode ?? 0;
  if (status >= 300 && status < 400) {
    return gatewayFault('invalid-answer', 'setup', `The model provider at ${host} answered with a redirect (status ${status}), which is never followed with a key. Set \`model.base_url\` to the final address.`);
  }
  const encoding = message.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return gatewayFault('invalid-answer', 'theirs', `The model provider at ${host} sent a compressed answer, which was not asked for and cannot be metered.`);
  }
  return undefined;
}

interface Body { readonly message: IncomingMessage; readonly watch: Deadline; readonly quiet: () => void; ended(): Fault | undefined; faultOf(error: unknown): Fault }

async function* chunks({ message, watch, quiet, ended, faultOf: meaning }: Body): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of message) {
      // While the client is slow to read nobody listens here, so the provider's silence is only counted while we wait.
      watch.stop();
      yield chunk as Buffer;
      quiet();
    }
    // An answer without a length ends with its connection, also when it was we who ended that.
    const fault = ended();
    if (fault !== undefined) throw new FaultError(fault);
  } catch (error) {
    throw error instanceof FaultError ? error : new FaultError(meaning(error), error);
  } finally {
    watch.stop();
    message.destroy();
  }
}

function faultOf(error: unknown, host: string, signal: AbortSignal): Fault {
  if (error instanceof FaultError) return error.fault;
  if (signal.aborted) return gatewayFault('timed-out', 'theirs', `The call to the model provider at ${host} was ended before its answer was complete.`);
  const code = errorCode(error);
  // Parser errors of node mean that something other than HTTP came back.
  if (code.startsWith('PROXY_')) return gatewayFault('unreachable', 'setup', `The proxy did not open a way to the model provider at ${host} (status ${code.slice('PROXY_'.length)}). Check HTTPS_PROXY, its user name and password, and what it allows; NO_PROXY names hosts that are reached directly.`);
  if (code.startsWith('HPE_')) return gatewayFault('invalid-answer', 'theirs', `What the model provider at ${host} sent is not HTTP (${code}). Check \`model.base_url\`.`);
  return gatewayFault('unreachable', 'theirs', `The connection to the model provider at ${host} failed (${code}). Check \`model.base_url\` and the network of this machine.`);
}

class Deadline {
  #timer: NodeJS.Timeout;

  constructor(ms: number, expired: () => void) {
    this.#timer = setTimeout(expired, ms).unref();
  }

  restart(ms: number, expired: () => void): void {
    this.stop();
    this.#timer = setTimeout(expired, ms).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
