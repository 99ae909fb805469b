import { hash as digest } from 'node:crypto';
import { Digest } from '../domain/ids.js';
import type { RunEvent } from '../flow/event.js';
import { canonicalJson } from '../kit/canonical-json.js';
import { err, ok, type Result } from '../kit/result.js';

/**
 * One line of the trail: `{"event":<RFC 8785 text>,"hash":"sha256:<hex>"}` and a line feed. The hash covers the bytes of the
 * event's text, which holds the hash of the line before, so that a line can be checked without parsing it.
 */
export function chainLine(event: RunEvent): { readonly line: string; readonly hash: Digest } {
  const text = canonicalJson(event);
  const hash = Digest.parse(`sha256:${digest('sha256', text)}`);
  return { line: `${OPEN}${text}${BETWEEN}${hash}${CLOSE}\n`, hash };
}

/** What is wrong with a trail, and where. `line` counts from 1. */
export interface ChainProblem {
  readonly line: number;
  readonly code: 'torn-tail' | 'malformed-line' | 'hash-mismatch' | 'chain-broken' | 'out-of-sequence' | 'other-run' | 'head-mismatch' | 'empty';
  readonly message: string;
}

export interface VerifiedChain {
  readonly events: number;
  readonly head: Digest;
  readonly run: string;
}

/**
 * Walks the bytes of a trail offline. Every byte is covered: the frame is fixed, the event's text is hashed, and its
 * hash is compared. `expectedHead` (from the packet, a check run or an attestation) finds a trail that was cut at the end,
 * which no chain can find by itself.
 */
export function verifyChain(bytes: Uint8Array, expectedHead?: Digest): Result<VerifiedChain, ChainProblem> {
  if (bytes.length === 0) return err({ line: 1, code: 'empty', message: 'the trail has no lines' });
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  let line = 0;
  let head: string | null = null;
  let run: string | undefined;
  while (start < text.length) {
    line += 1;
    const end = text.indexOf(LINE_FEED, start);
    if (end < 0) return err({ line, code: 'torn-tail', message: 'the last line has no end: the writer was stopped while writing it' });
    const checked = checkLine(text.subarray(start, end), { line, previous: head, run });
    if (!checked.ok) return checked;
    ({ hash: head, run } = checked.value);
    start = end + 1;
  }
  if (expectedHead !== undefined && head !== expectedHead) {
    return err({ line, code: 'head-mismatch', message: `the last line is ${head ?? 'absent'}, expected ${expectedHead}: lines are missing at the end or this is another trail` });
  }
  return ok({ events: line, head: Digest.parse(head), run: run ?? '' });
}

/** The event's text of a line whose frame is intact, without checking anything else. */
export function eventText(line: string): string | undefined {
  if (!line.startsWith(OPEN) || line.length < OPEN.length + TAIL_LENGTH) return undefined;
  return line.slice(OPEN.length, line.length - TAIL_LENGTH);
}

const OPEN = '{"event":';
const BETWEEN = ',"hash":"';
const CLOSE = '"}';
const HASH_LENGTH = 'sha256:'.length + 64;
const TAIL_LENGTH = BETWEEN.length + HASH_LENGTH + CLOSE.length;
const LINE_FEED = 0x0a;
const OPEN_BYTES = Buffer.from(OPEN);
const BETWEEN_BYTES = Buffer.from(BETWEEN);
const CLOSE_BYTES = Buffer.from(CLOSE);

/** The members we need stand in fixed places of the canonical text: it ends with previous, run, sequence, version. */
const ENDING = /"previous":(null|"(sha256:[0-9a-f]{64})"),"run":"([0-9a-z]{8,40})","sequence":(\d{1,15}),"version":1\}$/;
const ENDING_LENGTH_MAX = 200;

function checkLine(line: Buffer, at: { line: number; previous: string | null; run: string | undefined }): Result<{ hash: string; run: string }, ChainProblem> {
  const problem = (code: ChainProblem['code'], message: string): Result<never, ChainProblem> => err({ line: at.line, code, message });
  const tail = line.length - TAIL_LENGTH;
  const framed = tail > OPEN_BYTES.length
    && line.subarray(0, OPEN_BYTES.length).equals(OPEN_BYTES)
    && line.subarray(tail, tail + BETWEEN_BYTES.length).equals(BETWEEN_BYTES)
    && line.subarray(line.length - CLOSE_BYTES.length).equals(CLOSE_BYTES);
  if (!framed) return problem('malformed-line', 'the line has not the form of a trail line');
  const hash = line.toString('latin1', tail + BETWEEN_BYTES.length, line.length - CLOSE_BYTES.length);
  const event = line.subarray(OPEN_BYTES.length, tail);
  const actual = `sha256:${digest('sha256', event)}`;
  if (actual !== hash) return problem('hash-mismatch', `the line was changed: it hashes to ${actual}, its hash says ${printable(hash)}`);
  const ending = ENDING.exec(event.toString('latin1', Math.max(0, event.length - ENDING_LENGTH_MAX)));
  if (ending === null) return problem('malformed-line', 'the event does not end with previous, run, sequence and version');
  const [, , previous = null, run = '', sequence] = ending;
  if (previous !== at.previous) return problem('chain-broken', `the line follows ${previous ?? 'nothing'}, but the line before it is ${at.previous ?? 'absent'}`);
  if (Number(sequence) !== at.line - 1) return problem('out-of-sequence', `the event has sequence ${sequence ?? ''}, expected ${at.line - 1}`);
  if (at.run !== undefined && run !== at.run) return problem('other-run', `the event belongs to run ${run}, the trail to ${at.run}`);
  return ok({ hash, run });
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
