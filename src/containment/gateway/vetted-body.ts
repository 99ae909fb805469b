import type { JsonObject } from './json-object.js';

/** A request that may be passed on. Only `fields` is ever written again: what the gateway judged is what the provider reads. */
export interface VettedBody {
  readonly fields: JsonObject;
  readonly model: string;
  readonly stream: boolean;
  /** Undefined when the client named no bound. */
  readonly outputAsked: number | undefined;
  /** What it is taken to ask for then. */
  readonly outputAssumed: number;
  /** Below it the provider would refuse the request or the answer would be of no use. */
  readonly outputMin: number;
  readonly writesCache: boolean;
  /** The usage chunk of a chat stream was our wish, not the client's. */
  readonly usageAdded: boolean;
  readonly stripped: readonly string[];
}
