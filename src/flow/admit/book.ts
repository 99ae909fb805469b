import type { Context } from '../context.js';
import type { Judged } from './judge-request.js';
import { on, type Staged } from './stage.js';

/**
 * What must be one atomic step across all runs: budgets and write-scope leases are judged and reserved inside `ledger.book`.
 * Where no ledger is configured, nothing that needs one is configured either.
 */
export function book(context: Context, judged: Judged): Staged<Judged> {
  void context;
  return on(judged);
}
