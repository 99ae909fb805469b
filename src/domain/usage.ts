import { z } from 'zod';
import { addMicroUsd, MicroUsd, ZERO_USD } from './money.js';

/** What the model calls of one attempt (or one run) used, as the gateway counted it, never as an agent claimed it. */
export const ModelUsage = z.strictObject({
  calls: z.number().int().nonnegative(),
  /** Tokens of the prompt that were not served from a cache. */
  inputTokens: z.number().int().nonnegative(),
  cacheReadTokens: z.number().int().nonnegative(),
  cacheWriteTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  cost: MicroUsd,
  /** False when at least one call used a model with no known price: `cost` is then a lower bound and says so. */
  costKnown: z.boolean(),
});
export type ModelUsage = z.infer<typeof ModelUsage>;

export const NO_USAGE: ModelUsage = {
  calls: 0, inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, cost: ZERO_USD, costKnown: true,
};

export function addUsage(a: ModelUsage, b: ModelUsage): ModelUsage {
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cost: addMicroUsd(a.cost, b.cost),
    costKnown: a.costKnown && b.costKnown,
  };
}
