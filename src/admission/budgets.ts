import type { BudgetConfig } from '../config/budget-config.js';
import type { Booking, Units } from '../domain/booking.js';
import type { Instant } from '../domain/ids.js';
import { formatUsd, microUsd, MicroUsd } from '../domain/money.js';
import { isSameTicket } from '../domain/ticket-key.js';
import type { VerdictEffect, VerdictNode } from '../domain/verdict.js';
import type { LedgerView } from '../ports/ledger.js';
import { isChosen } from './chosen-runs.js';
import type { RuleAnswer } from './rule.js';

export interface BudgetFacts {
  /** The row that is to be written: who, for what. Its `reserved` is what the run wants, `spent` what it took already. */
  readonly row: Booking;
  readonly budgets: readonly BudgetConfig[];
  readonly now: Instant;
}

export interface BudgetAnswer extends RuleAnswer {
  /** What the run may take in all, tightened by what is left in the pots that have room. The others count when a person lifts them, and only then. */
  readonly room: Units;
}

/**
 * How far the pots of all budgets let a run go. What is left after every other run's reservation or spending is what it gets,
 * at most what it wants; with less than `least_percent` of that it does not start. Whatever makes the answer unsure makes it
 * stricter: a damaged row, a vanished run, a clock that went wrong.
 */
export function judgeBudgets(facts: BudgetFacts, view: LedgerView): BudgetAnswer {
  const answers = facts.budgets.filter((budget) => isChosen(budget, facts.row)).flatMap((budget) => keysOf(budget, facts.row).map((key) => judgeOne({ budget, key, facts }, view)));
  const room = answers.reduce((least, answer) => (answer.node.effect === 'allow' ? smallest(least, answer.room) : least), facts.row.reserved);
  const effect: VerdictEffect = answers.some((answer) => answer.node.effect === 'deny') ? 'deny' : answers.some((answer) => answer.node.effect === 'hold') ? 'hold' : 'allow';
  const over = answers.filter((answer) => answer.node.effect !== 'allow').map((answer) => answer.node);
  const words = answers.length === 0 ? 'no budget is about this run' : over.length === 0 ? 'every budget has room' : over.map((node) => node.words).join('; ');
  const node: VerdictNode = { rule: 'budget', effect, words, ...(answers.length === 0 ? {} : { children: answers.map((answer) => answer.node) }) };
  if (effect === 'allow') return { node, room };
  return effect === 'deny' ? { node, room, code: 'over-budget' } : { node, room, asks: 'budget' };
}

/**
 * When the oldest row ended that any of these budgets may need; rows that ended before can be left out. Rows of the future are
 * never left out.
 */
export function budgetsSince(budgets: readonly BudgetConfig[], now: Instant): Instant {
  const starts = budgets.map((budget) => periodStart(budget.every, now)).filter((start) => start !== EVER);
  return starts.reduce((least, start) => (start < least ? start : least), now);
}

/** The start of the calendar day or month of UTC. */
export function periodStart(every: BudgetConfig['every'], now: Instant): Instant {
  if (every === 'ever') return EVER;
  return `${every === 'day' ? now.slice(0, 10) : `${now.slice(0, 7)}-01`}T00:00:00.000Z` as Instant;
}

const EVER = '0000-01-01T00:00:00.000Z' as Instant;

/**
 * What a row takes from a pot. While a run lives, and when it vanished without a word, that is the more of what it holds and
 * what it is known to have spent: nobody knows what a vanished run spent, so it counts in full until it is resumed.
 */
export function unitsOf(row: Booking): Units {
  if (row.state === 'ended') return row.spent;
  const { reserved, spent } = row;
  return { cost: MicroUsd.parse(Math.max(reserved.cost, spent.cost)), tokens: Math.max(reserved.tokens, spent.tokens), minutes: Math.max(reserved.minutes, spent.minutes) };
}

/**
 * A run counts in every period in which it lived, in full: which part of its spending fell before midnight is not known. There is
 * no upper bound on purpose: a row of the future, by a clock that is ahead, counts now and then again.
 */
export function countsSince(row: Booking, start: Instant): boolean {
  return row.at >= start || row.changedAt >= start || (row.state === 'running' && row.expiresAt >= start);
}

/** Admitted once: started minutes are never zero. Requests that were declined or never got further than a question are no runs. */
export function wasAdmitted(row: Booking): boolean {
  return row.reserved.minutes > 0 || row.spent.minutes > 0;
}

interface Pot { readonly budget: BudgetConfig; readonly key: string; readonly facts: BudgetFacts }

function judgeOne(pot: Pot, view: LedgerView): { readonly node: VerdictNode; readonly room: Units } {
  const { budget, key, facts } = pot;
  const start = periodStart(budget.every, facts.now);
  const rows = budget.per === 'run' ? [] : view.rows.filter((row) => row.run !== facts.row.run && wasAdmitted(row) && countsSince(row, start) && isChosen(budget, row) && inPot(pot, row));
  const used = rows.reduce((sum, row) => add(sum, unitsOf(row)), { cost: 0, tokens: 0, minutes: 0 });
  const wanted = facts.row.reserved;
  const limit = { cost: budget.cost_usd === undefined ? undefined : microUsd(budget.cost_usd), tokens: budget.tokens, minutes: budget.minutes };
  const left = { cost: leftOf(limit.cost, used.cost), tokens: leftOf(limit.tokens, used.tokens), minutes: leftOf(limit.minutes, used.minutes) };
  const short = DIMENSIONS.filter((one) => left[one] < leastOf(wanted[one], facts.row.spent[one], budget.least_percent));
  const full = budget.runs !== undefined && rows.length >= budget.runs;
  const values = valuesOf(pot, { used, runs: rows.length, start });
  const rule = `budget:${nameOf(budget)}`;
  const room: Units = { cost: MicroUsd.parse(Math.min(wanted.cost, left.cost)), tokens: Math.min(wanted.tokens, left.tokens), minutes: Math.min(wanted.minutes, left.minutes) };
  // A row that cannot be read may have been of this very pot. What is about one run alone needs no rows.
  if (budget.per !== 'run' && view.damage.length > 0) {
    return { room, node: { rule, effect: budget.on_exceed, words: `the ledger is damaged (${view.damage[0]?.place ?? ''}: ${view.damage[0]?.problem ?? ''}), so what ${potWords(budget, key)} has spent is not known`, values } };
  }
  if (short.length === 0 && !full) return { room, node: { rule, effect: 'allow', words: `${potWords(budget, key)} has room`, values } };
  const why = [...(full ? [`${String(rows.length)} of ${String(budget.runs)} runs`] : []), ...short.map((one) => `${shown(one, used[one])} of ${shown(one, limit[one] ?? 0)}`)].join(', ');
  return { room, node: { rule, effect: budget.on_exceed, words: `${potWords(budget, key)} has no room for this run: ${why} ${budget.per === 'run' ? 'allowed' : 'used or held'}`, values } };
}

const DIMENSIONS = ['cost', 'tokens', 'minutes'] as const;

function leftOf(limit: number | undefined, used: number): number {
  return limit === undefined ? Number.MAX_SAFE_INTEGER : Math.max(0, limit - used);
}

/** What must be left for a start to make sense: the given part of what the run wants, and more than it has spent already. */
function leastOf(wanted: number, spent: number, percent: number): number {
  return wanted === 0 ? 0 : Math.max(1, spent, Math.ceil((wanted * percent) / 100));
}

/** The pots of a budget that a run takes from. */
function keysOf(budget: BudgetConfig, row: Booking): readonly string[] {
  switch (budget.per) {
    case 'run': return [row.run];
    case 'ticket': return [row.ticket.key];
    case 'label': return [...new Set(row.labels.filter((label) => budget.labels === undefined || budget.labels.includes(label)))];
    case 'person': return [row.requestedBy.login];
    case 'repository': return [row.repository];
    case 'target': return [row.target];
  }
}

function inPot({ budget, key, facts }: Pot, row: Booking): boolean {
  if (row.repository !== facts.row.repository) return false;
  switch (budget.per) {
    case 'run': return false;
    case 'ticket': return isSameTicket(row.ticket, facts.row.ticket);
    case 'label': return row.labels.includes(key);
    // By the id: a login can be taken over by another account.
    case 'person': return row.requestedBy.id === facts.row.requestedBy.id;
    case 'repository': return true;
    case 'target': return row.target === key;
  }
}

function nameOf(budget: BudgetConfig): string {
  return budget.name ?? `${budget.per}-${budget.every}`;
}

function potWords(budget: BudgetConfig, key: string): string {
  const whose = budget.per === 'repository' ? 'of the repository' : budget.per === 'run' ? 'of a run' : `of the ${budget.per} ${key.slice(0, 100)}`;
  return `the budget ${whose}${budget.every === 'ever' ? '' : ` for the ${budget.every}`}`;
}

function valuesOf({ budget, key }: Pot, seen: { readonly used: Readonly<Record<(typeof DIMENSIONS)[number], number>>; readonly runs: number; readonly start: Instant }): NonNullable<VerdictNode['values']> {
  return {
    of: key, ...(budget.every === 'ever' ? {} : { since: seen.start }),
    ...(budget.runs === undefined ? {} : { runs: `${String(seen.runs)} of ${String(budget.runs)}` }),
    ...(budget.cost_usd === undefined ? {} : { cost: `${shown('cost', seen.used.cost)} of ${shown('cost', microUsd(budget.cost_usd))}` }),
    ...(budget.tokens === undefined ? {} : { tokens: `${String(seen.used.tokens)} of ${String(budget.tokens)}` }),
    ...(budget.minutes === undefined ? {} : { minutes: `${String(seen.used.minutes)} of ${String(budget.minutes)}` }),
  };
}

function shown(dimension: (typeof DIMENSIONS)[number], amount: number): string {
  return dimension === 'cost' ? formatUsd(MicroUsd.parse(amount)) : `${String(amount)} ${dimension}`;
}

function add(a: Readonly<Record<(typeof DIMENSIONS)[number], number>>, b: Units): Readonly<Record<(typeof DIMENSIONS)[number], number>> {
  return { cost: a.cost + b.cost, tokens: a.tokens + b.tokens, minutes: a.minutes + b.minutes };
}

function smallest(a: Units, b: Units): Units {
  return { cost: MicroUsd.parse(Math.min(a.cost, b.cost)), tokens: Math.min(a.tokens, b.tokens), minutes: Math.min(a.minutes, b.minutes) };
}
