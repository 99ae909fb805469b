import { z } from 'zod';

const duration = z.string().regex(/^\d+(ms|s|m|h)$/, 'a whole number with a unit: ms, s, m or h (for example 90s, 30m)');
const count = z.number().int().positive().max(1_000_000_000);
const names = z.array(z.string().min(1).max(200)).max(200);

/** Which runs a budget or breaker is about; left out: all of them. */
const chosen = {
  labels: names.optional().describe('Only runs of tickets with one of these labels.'),
  who: names.optional().describe('Only runs that these accounts asked for, by login or by id.'),
  targets: z.array(z.string().max(500)).max(200).optional().describe('Only runs of these sub-projects.'),
};

export const BudgetConfig = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,59}$/, 'letters, digits, `.`, `_` and `-`').optional().describe('What messages call it; the default is made of `per` and `every`.'),
  per: z.enum(['run', 'ticket', 'label', 'person', 'repository', 'target']).describe('Whose pot it is: each ticket, each label, each person and so on has one of its own.'),
  every: z.enum(['day', 'month', 'ever']).default('month').describe('Calendar days and months of UTC. `ever` is for `ticket` and `run`.'),
  cost_usd: z.number().nonnegative().max(1_000_000).optional().describe('Money.'),
  tokens: count.optional().describe('Tokens of all kinds.'),
  minutes: count.optional().describe('Minutes of the runner; started ones count in full.'),
  runs: count.optional().describe('Runs that were admitted.'),
  ...chosen,
  least_percent: z.number().int().min(1).max(100).default(20).describe('A run starts with less than its own limits when at least this part of each of them is left.'),
  on_exceed: z.enum(['hold', 'deny']).default('hold').describe('`hold`: the run waits until somebody lifts it or asks again later. `deny`: it is declined.'),
}).superRefine((budget, context) => {
  const add = (path: string, message: string): void => { context.addIssue({ code: 'custom', path: [path], message }); };
  if (budget.cost_usd === undefined && budget.tokens === undefined && budget.minutes === undefined && budget.runs === undefined) add('per', 'needs at least one of cost_usd, tokens, minutes, runs');
  if (budget.every === 'ever' && budget.per !== 'ticket' && budget.per !== 'run') add('every', '`ever` is only for `ticket` and `run`: the ledger of everything is not read for each start');
  if (budget.per === 'run' && budget.runs !== undefined) add('runs', 'means nothing for one run');
});
export type BudgetConfig = z.infer<typeof BudgetConfig>;

export const BreakerConfig = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,59}$/, 'letters, digits, `.`, `_` and `-`').optional().describe('What messages call it.'),
  per: z.enum(['repository', 'target', 'label', 'cause', 'agent']).default('repository').describe('Failures of the same repository, sub-project, label, cause or agent are counted together.'),
  failures: z.number().int().min(1).max(1000).default(5).describe('So many failed runs in the window open it.'),
  window: duration.default('24h').describe('How far back failures count.'),
  pause: duration.default('4h').describe('How long it stays open after the last failure. Then one run at a time may try, as long as the window has so many failures.'),
  causes: names.optional().describe('Only failures with one of these codes (`checks-errored`, `cost`, `unreachable`, …).'),
  ...chosen,
  on_open: z.enum(['hold', 'deny']).default('hold').describe('`hold`: the run waits until somebody lifts it or asks again later. `deny`: it is declined.'),
});
export type BreakerConfig = z.infer<typeof BreakerConfig>;

export const BudgetsConfig = z.array(BudgetConfig).max(100).default([]).describe('What may be spent by all runs together. Needs a ledger.');
export const BreakersConfig = z.array(BreakerConfig).max(50).default([]).describe('Stops new runs after repeated failures. Needs a ledger.');
