import { z } from 'zod';
import { ModelUsage } from '../domain/usage.js';
import type { RunEvent } from '../flow/event.js';
import { storyOf } from './run-story.js';

const usd = z.number().nonnegative();

/** `cost.json`: what a run cost, failed attempts counted. Dollars are for reading; `usage.cost` is exact, in millionths. */
export const CostDocument = z.strictObject({
  version: z.literal(1),
  run: z.string(),
  ticket: z.string().nullable(),
  repository: z.string().nullable(),
  outcome: z.string(),
  agent: z.string().nullable(),
  model: z.string().nullable(),
  /** The in-process gateway counts every model call; an agent's own report is never used. */
  countedBy: z.literal('gateway'),
  /** Where the prices came from, with their version; null when no model was asked. */
  priceSource: z.string().nullable(),
  /** False when a model had no known price, or when another job asked the models: all sums are lower bounds then. */
  costKnown: z.boolean(),
  attempts: z.array(z.strictObject({
    attempt: z.number().int().positive(), agent: z.string(), model: z.string(), ending: z.string(),
    usage: ModelUsage, costUsd: usd, durationMs: z.number().int().nonnegative(),
  })),
  total: z.strictObject({ usage: ModelUsage, costUsd: usd }),
  limitUsd: usd.nullable(),
  changedLines: z.number().int().nonnegative(),
  costPerChangedLineUsd: usd.nullable(),
  wallMs: z.number().int().nonnegative(),
});
export type CostDocument = z.infer<typeof CostDocument>;

export function costDocument(events: readonly RunEvent[]): CostDocument {
  const story = storyOf(events);
  const order = story.admitted?.order;
  // Deliver counted nothing: a sum of zero must not read as a run that cost nothing.
  const elsewhere = events.some(({ fact }) => fact.type === 'bundle-received');
  const usage = { ...story.usage, costKnown: story.usage.costKnown && !elsewhere };
  const lastAttempt = story.attempts.at(-1);
  const stats = story.candidate?.stats;
  const changedLines = stats === undefined ? 0 : stats.additions + stats.deletions;
  return {
    version: 1,
    run: story.run,
    ticket: story.requested?.request.ticket.key ?? null,
    repository: order?.repository ?? null,
    outcome: story.last?.type ?? 'none',
    agent: lastAttempt?.agent ?? order?.agent.id ?? null,
    model: lastAttempt?.model ?? order?.agent.model ?? null,
    countedBy: 'gateway',
    priceSource: events.flatMap(({ fact }) => (fact.type === 'agent-reported' && fact.priceSource !== undefined ? [fact.priceSource] : [])).at(-1) ?? null,
    costKnown: usage.costKnown,
    attempts: story.attempts.map(({ attempt, agent, model, ending, usage, durationMs }) => ({ attempt, agent, model, ending, usage, costUsd: dollars(usage.cost), durationMs })),
    total: { usage, costUsd: dollars(story.usage.cost) },
    limitUsd: order === undefined ? null : dollars(order.limits.costMicroUsdMax),
    changedLines,
    costPerChangedLineUsd: changedLines === 0 || elsewhere ? null : dollars(Math.ceil(story.usage.cost / changedLines)),
    wallMs: Math.max(0, story.wallMs),
  };
}

function dollars(micro: number): number {
  return micro / 1_000_000;
}
