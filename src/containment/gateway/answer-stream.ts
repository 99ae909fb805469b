import type { ServerResponse } from 'node:http';
import type { ModelApi } from '../../ports/model-gateway.js';
import type { CallTrace } from './call-record.js';
import { writeAndWait } from './client-answer.js';
import type { GatewayLimits } from './gateway-options.js';
import { LineSplitter, LineTooLongError } from './line-splitter.js';
import type { BudgetStop, Lease } from './meter.js';
import { FaultError } from './model-source.js';
import type { InboundAnswer } from './model-source.js';
import { errorEvent, refusal } from './refusal.js';
import { gatewayFault } from './upstream-fault.js';
import type { UsageReader } from './usage-reader.js';

export interface StreamJob {
  readonly api: ModelApi;
  readonly answer: InboundAnswer;
  readonly response: ServerResponse;
  readonly lease: Lease;
  readonly reader: UsageReader;
  readonly trace: CallTrace;
  readonly limits: GatewayLimits;
  /** Swallow the usage chunk that only we asked for. */
  readonly hideUsage: boolean;
  redactLine(line: Buffer): Buffer;
}

/** How a stream ended: by itself, cut for a budget, or because the client went away. Provider trouble comes as a FaultError. */
export type StreamEnd = 'complete' | BudgetStop | 'client-gone';

/**
 * Passes an event stream on, whole lines at a time, and meters each event before it is passed on. When the budget is
 * gone the stream is cut at that event and ended with an error in the provider's shape.
 *
 * @throws FaultError when the provider breaks off, falls silent or sends a line past the cap.
 */
export async function answerStream(job: StreamJob): Promise<StreamEnd> {
  const { response, limits } = job;
  const splitter = new LineSplitter(limits.lineBytesMax);
  const events = new EventMeter(job);
  let size = 0;
  response.writeHead(job.answer.status, { ...job.answer.headers, 'cache-control': 'no-cache' });
  // Clients time the wait for the head of an answer; it must not wait for the first whole event.
  response.flushHeaders();
  for await (const chunk of job.answer.body) {
    job.trace.received(chunk);
    size += chunk.length;
    if (size > limits.responseBytesMax) throw tooLong(`more than ${limits.responseBytesMax} bytes`);
    const taken = takeLines(job, events, linesOf(splitter, chunk));
    const written = taken.out.length === 0 ? 'written' : await writeAndWait(response, Buffer.concat(taken.out), limits.idleMsMax);
    if (taken.stop !== undefined) return endCut(job, taken.stop);
    if (written !== 'written') return 'client-gone';
  }
  const last = takeLines(job, events, [splitter.rest(), Buffer.from('\n')]);
  if (last.stop !== undefined) return endCut(job, last.stop);
  const rest = Buffer.concat(last.out);
  // The line feed only closes an event that the provider left open; it is not part of its answer.
  if (rest.length > 1) response.write(rest.subarray(0, -1));
  response.end();
  return 'complete';
}

function takeLines(job: StreamJob, events: EventMeter, lines: Iterable<Buffer>): { readonly out: readonly Buffer[]; readonly stop: BudgetStop | undefined } {
  const out: Buffer[] = [];
  for (const line of lines) {
    const { stop, hidden } = events.line(line);
    if (stop !== undefined) return { out, stop };
    if (!hidden) out.push(job.redactLine(line));
  }
  return { out, stop: undefined };
}

function* linesOf(splitter: LineSplitter, chunk: Buffer): Generator<Buffer, void, undefined> {
  try {
    yield* splitter.push(chunk);
  } catch (error) {
    if (error instanceof LineTooLongError) throw tooLong('an event that is too long', error);
    throw error;
  }
}

function tooLong(what: string, cause?: unknown): FaultError {
  return new FaultError(gatewayFault('invalid-answer', 'theirs', `The model provider sent ${what}; the answer was cut.`), cause);
}

function endCut(job: StreamJob, reason: BudgetStop): BudgetStop {
  if (!job.response.destroyed) job.response.end(errorEvent(job.api, refusal(400, `budget:${reason}`, `the budget of this session (${reason}) is used up.`)));
  return reason;
}

/**
 * Meters `data` lines. Each is judged when its line is complete: all three APIs write one line for each event, so a line
 * that is no JSON is a broken event and counts in full.
 */
class EventMeter {
  readonly #job: StreamJob;

  constructor(job: StreamJob) {
    this.#job = job;
  }

  line(line: Buffer): { readonly stop: BudgetStop | undefined; readonly hidden: boolean } {
    const data = dataOf(line);
    if (data === undefined || data === '' || data === '[DONE]') return { stop: undefined, hidden: false };
    const { reader, lease, hideUsage } = this.#job;
    const usageOnly = reader.event(data);
    return { stop: lease.advance(reader.output(), reader.input()), hidden: hideUsage && usageOnly };
  }
}

const DATA = Buffer.from('data:');

function dataOf(line: Buffer): string | undefined {
  return line.length > DATA.length && line.subarray(0, DATA.length).equals(DATA) ? line.toString('utf8', DATA.length).trim() : undefined;
}
