import type { BreakerConfig } from '../config/budget-config.js';
import { durationMs } from '../config/duration.js';
import type { Booking } from '../domain/booking.js';
import { Instant } from '../domain/ids.js';
import type { VerdictEffect, VerdictNode } from '../domain/verdict.js';
import type { LedgerView } from '../ports/ledger.js';
import { isChosen } from './chosen-runs.js';
import type { RuleAnswer } from './rule.js';

export interface BreakerFacts {
  readonly row: Booking;
  readonly breakers: readonly BreakerConfig[];
  readonly now: Instant;
}

/**
 * Whether repeated failures keep new runs from starting. A breaker is open while its window holds so many failures, for its pause
 * after the last of them; after that it is half open: one run at a time may try, and its failure opens it again. A success closes
 * nothing by itself, failures age out of the window: so a stricter setting never lets more in.
 */
export function judgeBreakers(facts: BreakerFacts, view: LedgerView): RuleAnswer {
  const children = facts.breakers.filter((breaker) => isChosen(breaker, facts.row)).flatMap((breaker) => potsOf(breaker, facts, view).map((pot) => judgeOne(breaker, pot, facts)));
  const effect: VerdictEffect = children.some((node) => node.effect === 'deny') ? 'deny' : children.some((node) => node.effect === 'hold') ? 'hold' : 'allow';
  const open = children.filter((node) => node.effect !== 'allow').map((node) => node.words);
  const node: VerdictNode = { rule: 'breaker', effect, words: open.length > 0 ? open.join('; ') : children.length === 0 ? 'no breaker has anything against this run' : 'no breaker is open', ...(children.length === 0 ? {} : { children }) };
  if (effect === 'allow') return { node };
  return effect === 'deny' ? { node, code: 'too-many-failures' } : { node, asks: 'budget' };
}

/** Rows that ended before can be left out. */
export function breakersSince(breakers: readonly BreakerConfig[], now: Instant): Instant {
  return breakers.reduce<Instant>((least, breaker) => {
    const start = windowStart(breaker, now);
    return start < least ? start : least;
  }, now);
}

/** Ends that a person or a rule wanted are no failures of the machinery. */
const NO_FAILURE: ReadonlySet<string> = new Set(['human-denied', 'wait-expired', 'order-expired', 'approval-gone']);

interface Pot { readonly name: string; readonly failures: readonly Booking[]; readonly living: readonly Booking[] }

/** What is counted together for this run. A cause is known only after a failure, so each cause of the repository is a pot. */
function potsOf(breaker: BreakerConfig, { row, now }: BreakerFacts, view: LedgerView): readonly Pot[] {
  const start = windowStart(breaker, now);
  const rows = view.rows.filter((one) => one.repository === row.repository && one.run !== row.run && isChosen(breaker, one));
  const failures = rows.filter((one) => isFailure(one) && one.changedAt >= start && (breaker.causes === undefined || breaker.causes.includes(one.code ?? '')));
  const living = rows.filter((one) => one.state === 'running' && one.expiresAt > now);
  const pot = (name: string, is: (one: Booking) => boolean): Pot => ({ name, failures: failures.filter(is), living: living.filter(is) });
  switch (breaker.per) {
    case 'repository': return [pot('the repository', () => true)];
    case 'target': return [pot(`the sub-project ${row.target === '' ? '(all)' : row.target}`, (one) => one.target === row.target)];
    case 'label': return row.labels.map((label) => pot(`the label ${label}`, (one) => one.labels.includes(label)));
    case 'agent': return [pot(`the agent ${row.agent ?? ''}`, (one) => one.agent === row.agent)];
    case 'cause': return [...new Set(failures.map((one) => one.code ?? 'unknown'))].map((code) => ({ name: `the cause ${code}`, failures: failures.filter((one) => (one.code ?? 'unknown') === code), living }));
  }
}

export function isFailure(row: Booking): boolean {
  return row.state === 'ended' && (row.outcome === 'exhausted' || row.outcome === 'faulted') && !NO_FAILURE.has(row.code ?? '');
}

function judgeOne(breaker: BreakerConfig, pot: Pot, { now }: BreakerFacts): VerdictNode {
  const rule = `breaker:${breaker.name ?? breaker.per}`;
  const count = pot.failures.length;
  const values = { failures: count, opensAt: breaker.failures, window: breaker.window, runs: pot.failures.slice(-RUNS_SHOWN_MAX).map((row) => `${row.run} ${row.code ?? row.outcome ?? ''}`.trim()) };
  if (count < breaker.failures) return { rule, effect: 'allow', words: `${String(count)} of ${String(breaker.failures)} failures of ${pot.name} in ${breaker.window}`, values };
  const last = pot.failures.reduce((latest, row) => (row.changedAt > latest ? row.changedAt : latest), '');
  const until = new Date(Date.parse(last) + durationMs(breaker.pause)).toISOString();
  const failed = `${String(count)} runs of ${pot.name} failed in ${breaker.window}`;
  if (now < until) return { rule, effect: breaker.on_open, words: `${failed}; nothing new starts before ${until}`, values: { ...values, until } };
  const trying = pot.living.map((row) => row.run);
  if (trying.length > 0) return { rule, effect: breaker.on_open, words: `${failed}; run ${trying[0] ?? ''} tries whether it works again`, values: { ...values, trying } };
  return { rule, effect: 'allow', words: `${failed}; the pause is over, and this run tries whether it works again`, values };
}

const RUNS_SHOWN_MAX = 20;

function windowStart(breaker: BreakerConfig, now: Instant): Instant {
  return Instant.parse(new Date(Math.max(0, Date.parse(now) - durationMs(breaker.window))).toISOString());
}
