import type { MicroUsd } from '../domain/money.js';
import type { UntrustedText } from '../domain/text.js';
import type { ModelUsage } from '../domain/usage.js';
import type { Result } from '../kit/result.js';
import type { ModelCallRecord } from './model-gateway.js';

/** One question to a model, without tools and without a second turn. Through the gateway, so that its money is counted and bounded. */
export interface Adviser {
  ask(question: Question, signal?: AbortSignal): Promise<Advice>;
}

export interface Question {
  readonly model: string;
  readonly system: string;
  readonly prompt: string;
  readonly costMax: MicroUsd;
  readonly tokensMax: number;
  readonly outputTokensMax: number;
  /** Told what was spent at most, before the call leaves; the call waits for it. */
  readonly noted?: ((atMost: ModelUsage) => Promise<void>) | undefined;
}

/** Never a fault: an opinion that does not come is no reason to stop. `answer` fails with the reason in words. */
export interface Advice {
  readonly answer: Result<UntrustedText, string>;
  readonly usage: ModelUsage;
  readonly calls: readonly ModelCallRecord[];
}
