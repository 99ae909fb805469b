import type { Context } from '../context.js';

/** Whether something is configured that is only true when all runs are known. Where nothing is, a ledger that is away stops nobody. */
export function needsLedger({ settings: { config } }: Pick<Context, 'settings'>): boolean {
  return config.budgets.some((budget) => budget.per !== 'run') || config.breakers.length > 0 || config.overlap.heddle === 'hold' || config.overlap.heddle === 'queue';
}
