import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from '../../domain/fault.js';
import { admit } from './admission.js';
import type { AdmissionRules, Admitted, Arrival } from './admission.js';
import { answerStream } from './answer-stream.js';
import { clientHeaders } from './call-headers.js';
import type { CallTrace, RecordBook } from './call-record.js';
import { answerRefusal } from './client-answer.js';
import { readSome } from './answer-body.js';
import type { KeyFilter } from './key-filter.js';
import type { BudgetStop, Lease, Meter } from './meter.js';
import { FaultError } from './model-source.js';
import type { InboundAnswer, ModelSource } from './model-source.js';
import { refusal } from './refusal.js';
import type { Refusal } from './refusal.js';
import { renderBody } from './request-body.js';
import { faultOfStatus, gatewayFault } from './upstream-fault.js';
import { createUsageReader } from './usage-reader.js';
import type { UsageReader } from './usage-reader.js';

export interface CallDesk extends AdmissionRules {
  readonly source: ModelSource;
  readonly meter: Meter;
  /** Resolves when what may be spent is noted outside of this process. */
  note(): Promise<void>;
  readonly records: RecordBook;
  readonly keyFilter: KeyFilter;
  redact(text: string): string;
  /** The provider's host, for messages. */
  readonly host: string;
  /** The provider knows `max_completion_tokens`; others know `max_tokens` only. */
  readonly modernChat: boolean;
  readonly closing: AbortSignal;
  readonly faults: { last: Fault | undefined };
  readonly running: { count: number };
}

/** Serves one request from its first check to its record. Never rejects. */
export async function handleCall(desk: CallDesk, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const trace = desk.records.begin();
  const arrival: Arrival = { message, size: 0 };
  desk.running.count += 1;
  try {
    const refused = desk.running.count > desk.limits.inFlightMax
      ? refusal(429, 'busy', `more than ${desk.limits.inFlightMax} calls at the same time.`)
      : await serve(desk, trace, { arrival, message, response });
    if (refused !== undefined) {
      trace.status = refused.status;
      trace.refused = refused.code;
      answerRefusal(response, desk.request.api, refused);
    }
  } catch (error) {
    // A bug of ours must not end the run without its evidence; whoever drives the run reads it as the session's fault.
    desk.faults.last = gatewayFault('bug', 'ours', `The model gateway failed on a call: ${error instanceof Error ? desk.keyFilter.text(desk.redact(error.stack ?? error.message)).slice(0, 2000) : 'unknown'}`);
    trace.refused = 'bug';
    response.destroy();
  } finally {
    desk.running.count -= 1;
    desk.held.bytes -= arrival.size;
    trace.finish();
  }
}

interface Exchange { readonly message: IncomingMessage; readonly response: ServerResponse }

async function serve(desk: CallDesk, trace: CallTrace, { arrival, message, response }: Exchange & { readonly arrival: Arrival }): Promise<Refusal | undefined> {
  const admitted = await admit(desk, arrival, (bytes) => { trace.requestBody = bytes; });
  if (!admitted.ok) return admitted.error;
  const { vetted, bytes, route } = admitted.value;
  trace.stripped = vetted.stripped;
  if (route.kind === 'count') return serveCount(desk, trace, { admitted: admitted.value, message, response });
  const asked = vetted.outputAsked ?? vetted.outputAssumed;
  const lease = await desk.meter.reserve({ bodyBytes: bytes.length, outputAsked: asked, outputMin: vetted.outputMin, writesCache: vetted.writesCache });
  if (typeof lease === 'string') return budgetRefusal(lease);
  const reader = createUsageReader(desk.request.api);
  const settle = (counts: ReturnType<UsageReader['settle']> | undefined): void => {
    trace.counts = counts;
    trace.cost = lease.settle(counts);
    // Only less than what is noted already: if this one is lost, too much is counted.
    void desk.note().catch(() => undefined);
  };
  const clamped = lease.outputMax < asked || (vetted.outputAsked === undefined && mustBeBounded(desk, vetted.stream));
  const body = renderBody(desk.request.api, vetted, { limit: clamped ? lease.outputMax : undefined, modernChat: desk.modernChat });
  trace.requestBody = body;
  try {
    await desk.note();
  } catch (error) {
    settle(undefined);
    throw error;
  }
  // An answer that is not streamed is made and paid to its end, whether anybody waits for it or not.
  const unseen = (): ReturnType<UsageReader['settle']> => ({ ...reader.settle(bytes.length), ...(!reader.reported() && !vetted.stream && { output: Math.max(reader.output(), lease.held()) }) });
  const call = await perform(desk, { admitted: admitted.value, body, message, response });
  try {
    if (!call.ok) {
      // A provider that fell silent, or was left by its client, may have done the work.
      settle(call.fault.code === 'timed-out' ? unseen() : undefined);
      return call.refused;
    }
    await deliver(desk, { answer: call.answer, response, lease, reader, trace, hideUsage: vetted.usageAdded, settle, counts: unseen });
    return undefined;
  } finally {
    call.done();
  }
}

/**
 * A client that names no bound gets one where nothing else would hold: in an answer that is not streamed, and where
 * reasoning is paid that no stream shows. Other servers of the chat format show what they write, and Gemini has its own cap.
 */
function mustBeBounded(desk: CallDesk, stream: boolean): boolean {
  const { api } = desk.request;
  return api !== 'gemini' && (!stream || api === 'openai-responses' || (api === 'openai-chat' && desk.modernChat));
}

async function serveCount(desk: CallDesk, trace: CallTrace, { admitted, message, response }: Exchange & { readonly admitted: Admitted }): Promise<Refusal | undefined> {
  const ended = desk.meter.count();
  if (ended !== undefined) return budgetRefusal(ended);
  if (!desk.source.counts) {
    // Counts are not recorded in cassettes: clients ask for them as they please, and an estimate serves them as well.
    const tokens = Math.ceil(admitted.bytes.length / 4);
    const text = JSON.stringify(desk.request.api === 'gemini' ? { totalTokens: tokens } : { input_tokens: tokens });
    trace.status = 200;
    trace.received(Buffer.from(text));
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    return undefined;
  }
  const body = renderBody(desk.request.api, admitted.vetted, { limit: undefined, modernChat: desk.modernChat });
  trace.requestBody = body;
  const call = await perform(desk, { admitted, body, message, response });
  try {
    if (!call.ok) return call.refused;
    await answerWhole(desk, { answer: call.answer, response, trace });
    return undefined;
  } finally {
    call.done();
  }
}

function budgetRefusal(reason: BudgetStop): Refusal {
  return refusal(400, `budget:${reason}`, `the budget of this session (${reason}) is used up; no more model calls are possible.`);
}

type Performed = { readonly done: () => void } & (
  | { readonly ok: true; readonly answer: InboundAnswer }
  | { readonly ok: false; readonly fault: Fault; readonly refused: Refusal }
);

/** Sends the call. It ends with the client, with the session, or with its time. */
async function perform(desk: CallDesk, { admitted, body, message, response }: Exchange & { readonly admitted: Admitted; readonly body: Buffer }): Promise<Performed> {
  const ending = new AbortController();
  const gone = (): void => ending.abort();
  const timer = setTimeout(gone, desk.limits.callMsMax);
  timer.unref();
  response.once('close', gone);
  desk.closing.addEventListener('abort', gone, { once: true });
  if (response.destroyed || desk.closing.aborted) gone();
  const done = (): void => {
    clearTimeout(timer);
    response.off('close', gone);
    desk.closing.removeEventListener('abort', gone);
  };
  const { route, vetted } = admitted;
  if (ending.signal.aborted) {
    return { ok: false, done, fault: gatewayFault('unreachable', 'theirs', 'The client left before its call was sent.'), refused: refusal(400, 'client-gone', 'the session is ending.') };
  }
  const answer = await desk.source.send({ attempt: desk.request.attempt, route, vetted, body, headers: clientHeaders(desk.request.api, message.headers), signal: ending.signal });
  if (answer.ok) return { ok: true, answer: answer.value, done };
  if (!clientLeft(desk, response)) desk.faults.last = answer.error;
  // A replay that does not fit is nothing that another try could mend, and neither is a setting.
  const status = answer.error.side === 'theirs' ? 502 : 400;
  return { ok: false, fault: answer.error, refused: refusal(status, `upstream:${answer.error.code}`, desk.keyFilter.text(desk.redact(answer.error.message))), done };
}

function clientLeft(desk: CallDesk, response: ServerResponse): boolean {
  return response.destroyed || desk.closing.aborted;
}

interface Delivery {
  readonly answer: InboundAnswer;
  readonly response: ServerResponse;
  readonly lease: Lease;
  readonly reader: UsageReader;
  readonly trace: CallTrace;
  readonly hideUsage: boolean;
  /** What is paid for when nothing more comes. */
  counts(): ReturnType<UsageReader['settle']>;
  settle(counts: ReturnType<UsageReader['settle']> | undefined): void;
}

async function deliver(desk: CallDesk, job: Delivery): Promise<void> {
  const { answer, response, trace, reader } = job;
  trace.status = answer.status;
  let charged = answer.status < 400;
  try {
    if ((answer.headers['content-type'] ?? '').toLowerCase().startsWith('text/event-stream') && charged) {
      const end = await answerStream({
        api: desk.request.api, answer, response, lease: job.lease, reader, trace, limits: desk.limits, hideUsage: job.hideUsage,
        redactLine: desk.keyFilter.bytes,
      });
      if (end === 'complete') desk.faults.last = reader.failed() ? gatewayFault('service-error', 'theirs', `The model provider at ${desk.host} reported an error inside its answer. Run again later.`) : undefined;
      else trace.refused = end === 'client-gone' ? end : `budget:${end}`;
      if (end === 'client-gone') response.destroy();
    } else {
      charged = await answerWhole(desk, { answer, response, trace, reader });
    }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    brokenOff(desk, job, error.fault);
  } finally {
    job.settle(charged ? job.counts() : undefined);
  }
}

/** The provider broke off after its answer had begun: the client gets an error it can read, or a cut connection. */
function brokenOff(desk: CallDesk, { response, trace }: Pick<Delivery, 'response' | 'trace'>, fault: Fault): void {
  if (clientLeft(desk, response)) {
    trace.refused = 'client-gone';
    response.destroy();
    return;
  }
  desk.faults.last = fault;
  trace.refused = `upstream:${fault.code}`;
  if (response.headersSent) response.destroy();
  else answerRefusal(response, desk.request.api, refusal(502, `upstream:${fault.code}`, fault.message));
}

/** A whole answer, or an error of the provider, which is passed on without the key. Returns whether it is charged. */
async function answerWhole(desk: CallDesk, { answer, response, trace, reader }: { readonly answer: InboundAnswer; readonly response: ServerResponse; readonly trace: CallTrace; readonly reader?: UsageReader }): Promise<boolean> {
  const failed = answer.status >= 400;
  trace.status = answer.status;
  const body = await readSome(answer.body, { bytesMax: failed ? 65_536 : desk.limits.responseBytesMax, cutQuietly: failed, received: trace.received });
  const text = body.toString('utf8');
  if (failed) desk.faults.last = faultOfStatus(answer.status, desk.host);
  else {
    reader?.whole(text);
    desk.faults.last = undefined;
  }
  const shown = Buffer.from(desk.keyFilter.text(failed ? desk.redact(text) : text));
  if (response.destroyed) {
    trace.refused = 'client-gone';
    return !failed;
  }
  // The gateway has tried again already where that could help.
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(shown.length), ...(failed && { 'x-should-retry': 'false' }) });
  response.end(shown);
  return !failed;
}
