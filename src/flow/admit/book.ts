import { coordinationRules } from '../../admission/coordination-rules.js';
import { declineFacts } from '../../admission/words.js';
import type { Context } from '../context.js';
import { surroundings } from '../coordinate/surroundings.js';
import type { Judged } from './judge-request.js';
import { settled, type Staged } from './stage.js';

/**
 * What must be one atomic step across all runs: budgets and write-scope leases are judged and reserved inside `ledger.book`.
 * Where no ledger is configured, nothing that needs one is configured either: only open changes are known then.
 */
export async function book(context: Context, judged: Judged): Promise<Staged<Judged>> {
  const { facts, snapshot, target, state } = judged;
  const around = await surroundings(context, { ticket: state.latest.ticket, snapshot, target, requester: state.latest.actor.login, open: facts.open, grants: facts.grants });
  return settled(judged, coordinationRules([], around), declineFacts(facts));
}
