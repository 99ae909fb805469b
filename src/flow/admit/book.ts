import { judgeBreakers, breakersSince } from '../../admission/breakers.js';
import { budgetsSince, judgeBudgets } from '../../admission/budgets.js';
import type { CoordinationFacts } from '../../admission/coordination.js';
import { coordinationRules } from '../../admission/coordination-rules.js';
import { duplicatesSince } from '../../admission/near-duplicate.js';
import { lifted, type RuleAnswer } from '../../admission/rule.js';
import { declineFacts } from '../../admission/words.js';
import type { Booking, Units } from '../../domain/booking.js';
import type { Fault } from '../../domain/fault.js';
import type { Instant } from '../../domain/ids.js';
import type { Limits } from '../../domain/limits.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { LedgerQuery, LedgerView } from '../../ports/ledger.js';
import type { Context } from '../context.js';
import { surroundings } from '../coordinate/surroundings.js';
import { needsLedger } from '../ledger/needs-ledger.js';
import { limitsWithin, newRow, reservedUntil, wantedUnits } from '../ledger/row.js';
import { spendingOf } from '../ledger/spending.js';
import { warn } from '../warn.js';
import type { Judged } from './judge-request.js';
import { withSharedWords } from './shared-words.js';
import { denied, settled, type Staged } from './stage.js';

/** The run has its place among all others: what it may take is held for it. */
export interface Booked extends Judged { readonly limits: Limits }

/**
 * What must be one atomic step across all runs: budgets, breakers and write-scope leases are judged on the newest rows, and the
 * run's own row is written in the same step, or nothing is.
 */
export async function book(context: Context, judged: Judged): Promise<Staged<Booked>> {
  const { facts, snapshot, target, state } = judged;
  const around = await surroundings(context, { ticket: state.latest.ticket, snapshot, target, requester: state.latest.actor.login, open: facts.open, grants: facts.grants });
  const asked = await askLedger(context, judged, around);
  if (asked.ok) return concluded(context, judged, asked.value);
  // A service that may come back is waited for, as everywhere; a place that this job cannot use is a matter for a person.
  if (asked.error.retryable) return asked;
  const node = { rule: 'ledger', effect: 'deny' as const, words: `the ledger cannot be used: ${asked.error.message}` };
  return ok({ kind: 'decline', code: 'ledger-away', verdict: denied(judged.verdict, node), known: { ...declineFacts(facts), over: asked.error.code }, detail: asked.error.message });
}

interface Answer { readonly rules: readonly RuleAnswer[]; readonly limits: Limits }

async function concluded(context: Context, judged: Judged, answer: Answer): Promise<Staged<Booked>> {
  const { limits } = answer;
  const { rules, twin } = await withSharedWords(context, judged, answer.rules);
  const over = rules.filter((one) => one.node.effect !== 'allow').map((one) => one.node.words).join('; ');
  return settled({ ...judged, limits }, rules, { ...declineFacts(judged.facts), ...(over === '' ? {} : { over }), ...(twin === undefined ? {} : { twin }) });
}

/** Asks all rules on the newest rows, and writes the run's own when they let it through. */
async function askLedger(context: Context, judged: Judged, around: CoordinationFacts): Promise<Result<Answer, Fault>> {
  const { ports, settings, signal } = context;
  const draft = draftRow(context, judged, around);
  const step = (view: LedgerView): { readonly rows: readonly Booking[]; readonly answer: Answer } => judgeOn(view, { context, draft, around, judged });
  const alone = ok(step(NOBODY).answer);
  if (ports.ledger === undefined) return needsLedger(context) ? err(NO_LEDGER) : alone;
  const query = queryOf(context, draft);
  if (settings.dryRun) {
    const view = await ports.ledger.read(query, signal);
    return view.ok ? ok(step(view.value).answer) : needsLedger(context) ? view : alone;
  }
  const booked = await ports.ledger.book(query, step, signal);
  if (booked.ok || needsLedger(context)) return booked;
  await warn(context, `The ledger could not be asked, and nothing that is configured needs it: ${booked.error.message}`);
  return alone;
}

const NOBODY: LedgerView = { rows: [], damage: [] };
const NO_LEDGER: Fault = { code: 'unsupported', side: 'setup', retryable: false, source: 'flow/book', message: 'Budgets, breakers or queues are configured, and there is no ledger for them here (`ledger.store`).' };

interface Step { readonly context: Context; readonly draft: Booking; readonly around: CoordinationFacts; readonly judged: Judged }

function judgeOn(view: LedgerView, { context, draft, around, judged }: Step): { readonly rows: readonly Booking[]; readonly answer: Answer } {
  const { config, limits } = context.settings;
  const { grants } = judged.facts;
  const now = draft.changedAt;
  const known = view.rows.find((one) => one.run === draft.run);
  const row: Booking = { ...draft, at: known?.at ?? draft.at };
  const budget = judgeBudgets({ row, budgets: config.budgets, now }, view);
  const breaker = judgeBreakers({ row, breakers: config.breakers, now }, view);
  const rules = [
    ...coordinationRules(view, around),
    ...(config.budgets.length > 0 ? [lifted(budget, grants)] : []), ...(config.breakers.length > 0 ? [lifted(breaker, grants)] : []),
  ];
  const through = rules.every((rule) => rule.node.effect === 'allow');
  return { rows: through ? [{ ...row, reserved: budget.room }] : [], answer: { rules, limits: limitsWithin(limits, budget.room) } };
}

/** The row as it will be when every rule lets the run through. */
function draftRow(context: Context, judged: Judged, around: CoordinationFacts): Booking {
  const { settings, trail } = context;
  const fresh = newRow(context, judged.state.request);
  const reserved: Units = wantedUnits(settings.limits);
  return {
    ...fresh, target: judged.target, labels: [...judged.ticket.labels], owners: [...around.owners], scope: around.scope.slice(0, SCOPE_MAX), snapshot: judged.snapshot.digest,
    reserved, spent: spendingOf(trail.events, fresh.changedAt), expiresAt: reservedUntil(context, fresh.changedAt, settings.limits),
    ...(around.likeness === undefined ? {} : { likeness: [...around.likeness] }),
  };
}

const SCOPE_MAX = 2000;

/** As far back as any rule looks. */
function queryOf({ settings: { config } }: Context, row: Pick<Booking, 'changedAt' | 'ticket'>): LedgerQuery {
  const since: readonly Instant[] = [budgetsSince(config.budgets, row.changedAt), breakersSince(config.breakers, row.changedAt), duplicatesSince(config.overlap, row.changedAt)];
  return { since: since.reduce((least, one) => (one < least ? one : least)), ticket: row.ticket };
}
