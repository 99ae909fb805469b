import type { OverlapConfig } from '../config/overlap-config.js';
import type { Booking } from '../domain/booking.js';
import { Instant } from '../domain/ids.js';
import { holdsLease, others, type CoordinationFacts, type Rows } from './coordination.js';
import { alike } from './likeness.js';
import type { RuleAnswer } from './rule.js';

const RULE = 'near-duplicate';
const DAY_MS = 24 * 3_600_000;

/**
 * Whether another ticket, whose run lives or delivered lately, asks for nearly the same. The score is of digests alone: no text
 * of a ticket is in a row. Work that was stopped, declined or merged long ago is no reason to stop new work.
 */
export function nearDuplicateRule(rows: Rows, facts: CoordinationFacts): RuleAnswer {
  const { threshold, then } = facts.overlap.near_duplicates;
  if (then === 'off') return allow('overlap.near_duplicates.then is off');
  if (facts.likeness === undefined) return allow('the ticket has too few words to compare');
  const twin = closest(rows, facts);
  if (twin === undefined) return allow('no other ticket was worked on lately');
  const score = twin.score.toFixed(2);
  const values = { ticket: twin.row.ticket.key, run: twin.row.run, score, threshold, ...(twin.row.change === undefined ? {} : { change: twin.row.change.url }) };
  if (twin.score < threshold) return { node: { rule: RULE, effect: 'allow', words: 'no other ticket is as much alike as overlap.near_duplicates.threshold', values } };
  const where = twin.row.change === undefined ? `run ${twin.row.run} works on it` : `its change is ${twin.row.change.url}`;
  const words = `the ticket asks for nearly the same as ${twin.row.ticket.key} (${score} of the words in common, the limit is ${threshold}); ${where}`;
  if (then === 'warn') return { node: { rule: RULE, effect: 'allow', words: `warning: ${words}`, values: { ...values, warning: true } } };
  if (then === 'decline') return { node: { rule: RULE, effect: 'deny', words, values }, code: 'near-duplicate' };
  return { node: { rule: RULE, effect: 'hold', words: `${words}; a person must say that both are wanted`, values }, asks: 'overlap' };
}

/** As far back as delivered tickets are remembered. */
export function duplicatesSince({ near_duplicates: { then, days } }: OverlapConfig, now: Instant): Instant {
  return then === 'off' ? now : Instant.parse(new Date(Date.parse(now) - days * DAY_MS).toISOString());
}

/** The row of the ticket that is most alike, whatever the threshold: people are shown how near it was. */
function closest(rows: Rows, facts: CoordinationFacts): { readonly row: Booking; readonly score: number } | undefined {
  const { likeness } = facts;
  if (likeness === undefined) return undefined;
  let found: { readonly row: Booking; readonly score: number } | undefined;
  const own = rows.find((row) => row.run === facts.run);
  for (const row of others(rows, facts)) {
    if (row.likeness === undefined || !counts(row, facts, own)) continue;
    const score = alike(likeness, row.likeness);
    // Of two that are as much alike the older one: it was there first.
    if (score > (found?.score ?? 0)) found = { row, score };
  }
  return found;
}

/** A run that waits before its order counts only for those that came after it, or each of two would wait for the other. */
function counts(row: Booking, { now, overlap, run }: CoordinationFacts, own: Booking | undefined): boolean {
  const at = Date.parse(now);
  if (row.state === 'ended') return row.outcome === 'delivered' && at - Date.parse(row.changedAt) <= overlap.near_duplicates.days * DAY_MS;
  if (Date.parse(row.expiresAt) <= at) return false;
  if (holdsLease(row, now)) return true;
  const since = own?.at ?? now;
  return row.at < since || (row.at === since && row.run < run);
}

function allow(words: string): RuleAnswer {
  return { node: { rule: RULE, effect: 'allow', words } };
}
