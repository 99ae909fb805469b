import type { Fault } from '../../domain/fault.js';
import type { Result } from '../../kit/result.js';
import type { Route } from './routes.js';
import type { VettedBody } from './vetted-body.js';

/** One call on its way out. `vetted` is what the client asked, `body` what is sent. */
export interface OutboundCall {
  readonly attempt: number;
  readonly route: Route;
  readonly vetted: VettedBody;
  readonly body: Buffer;
  /** Of the client's headers only those of the list in `call-headers.ts`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface InboundAnswer {
  readonly status: number;
  /** Lower-case names; only those that may go on to the client. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fails with a FaultError when the provider breaks off or falls silent. */
  readonly body: AsyncIterable<Buffer>;
}

/** Where answers come from: the provider, or a cassette. */
export interface ModelSource {
  readonly kind: 'upstream' | 'cassette';
  /** Whether it answers questions for a count of tokens; otherwise the gateway estimates. */
  readonly counts: boolean;
  send(call: OutboundCall): Promise<Result<InboundAnswer, Fault>>;
  /** What was promised for an attempt and never asked for. */
  unused(attempt: number): readonly string[];
  close(): void;
}

/** Carries a fault out of a stream that had begun well; the one place where a fault is thrown, because streams end so. */
export class FaultError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault, cause?: unknown) {
    super(fault.message, { cause });
    this.fault = fault;
  }
}
