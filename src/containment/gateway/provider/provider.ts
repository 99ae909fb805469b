import type { Fault } from '../../../domain/fault.js';
import type { Result } from '../../../kit/result.js';
import type { InboundAnswer, OutboundCall } from '../model-source.js';

/** A call as it goes over the wire: where, with which credentials, in which form. */
export interface Outgoing {
  readonly url: URL;
  /** Lower-case names; credentials among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** How one kind of provider is spoken to. The client's side of the gateway never differs by it. */
export interface Provider {
  /** For messages. */
  readonly host: string;
  /** Whether it has a free way to count tokens; otherwise the gateway answers such questions with an estimate. */
  readonly counts: boolean;
  /** Asked again for each try, since credentials and signatures are dated. Never rejects. */
  prepare(call: OutboundCall): Promise<Result<Outgoing, Fault>>;
  /** Puts an answer into the wire format of the session, where the provider has a framing of its own. */
  readonly reframe?: (answer: InboundAnswer) => InboundAnswer;
}
