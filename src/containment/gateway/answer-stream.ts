import type { ServerResponse } from 'node:http';
import type { ModelApi } from '../../ports/model-gateway.js';
import type { CallTrace } from './call-record.js';
import { writeAndWait } from './client-answer.js';
import type { GatewayLimits } from './gateway-options.js';
import { LineSplitter } from './line-splitter.js';
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
  /** Takes secrets out of whole lines. */
  redactLine(lines: Buffer): Buffer;
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
  let size = 0;
  response.writeHead(job.answer.status, { ...job.answer.headers, 'cache-control': 'no-cache' });
  // Clients time the wait for the head of an answer; it must not wait for the first whole event.
  response.flushHeaders();
  for await (const chunk of job.answer.body) {
    job.trace.received(chunk);
    size += chunk.length;
    if (size > limits.responseBytesMax) throw tooLong(`more than ${limits.responseBytesMax} bytes`);
    const block = splitter.push(chunk);
    if (block !== undefined) {
      const taken = takeBlock(job, block);
      const written = taken.out.length === 0 ? 'written' : await writeAndWait(response, taken.out, limits.idleMsMax);
      if (taken.stop !== undefined) return endCut(job, taken.stop);
      if (written !== 'written') return 'client-gone';
    }
    if (splitter.tooLong()) throw tooLong('an event that is too long');
  }
  const last = takeBlock(job, splitter.rest());
  if (last.stop !== undefined) return endCut(job, last.stop);
  if (last.out.length > 0) response.write(last.out);
  response.end();
  return 'complete';
}

interface Taken { readonly out: Buffer; readonly stop: BudgetStop | undefined }

/**
 * Meters the events of whole lines and says what of them goes on: all, all but what is hidden, or what stands before the
 * event at which the budget ended. Bytes are only looked at again when something is taken out.
 */
function takeBlock(job: StreamJob, block: Buffer): Taken {
  const text = block.toString('utf8');
  const hidden = new Set<number>();
  let line = 0;
  for (let from = 0; from < text.length; line += 1) {
    const feed = text.indexOf('\n', from);
    const end = feed < 0 ? text.length : feed;
    const judged = judge(job, text, { from, end });
    if (judged.stop !== undefined) return { out: job.redactLine(withoutLines(block, { hidden, end: line })), stop: judged.stop };
    if (judged.hidden) hidden.add(line);
    from = end + 1;
  }
  return { out: job.redactLine(hidden.size === 0 ? block : withoutLines(block, { hidden, end: line })), stop: undefined };
}

interface Judged { readonly stop: BudgetStop | undefined; readonly hidden: boolean }

const PASSED: Judged = { stop: undefined, hidden: false };

/**
 * Meters one line. Each event is judged when its line is complete: all APIs write one line of data for each, so a line
 * that is no JSON is a broken event and counts in full.
 */
function judge({ reader, lease, hideUsage }: StreamJob, text: string, { from, end }: { readonly from: number; readonly end: number }): Judged {
  if (!text.startsWith('data:', from)) return PASSED;
  const data = text.slice(from + 'data:'.length, end).trim();
  if (data === '' || data === '[DONE]') return PASSED;
  const usageOnly = reader.event(data);
  const stop = lease.advance(reader.output(), reader.input());
  return stop === undefined && !(hideUsage && usageOnly) ? PASSED : { stop, hidden: hideUsage && usageOnly };
}

/** The lines before `end`, by their number in the block, without the hidden ones. */
function withoutLines(block: Buffer, { hidden, end }: { readonly hidden: ReadonlySet<number>; readonly end: number }): Buffer {
  const kept: Buffer[] = [];
  let from = 0;
  for (let line = 0; line < end && from < block.length; line += 1) {
    const feed = block.indexOf(10, from);
    const to = feed < 0 ? block.length : feed + 1;
    if (!hidden.has(line)) kept.push(block.subarray(from, to));
    from = to;
  }
  return Buffer.concat(kept);
}

function tooLong(what: string, cause?: unknown): FaultError {
  return new FaultError(gatewayFault('invalid-answer', 'theirs', `The model provider sent ${what}; the answer was cut.`), cause);
}

function endCut(job: StreamJob, reason: BudgetStop): BudgetStop {
  if (!job.response.destroyed) job.response.end(errorEvent(job.api, refusal(400, `budget:${reason}`, `the budget of this session (${reason}) is used up.`)));
  return reason;
}
