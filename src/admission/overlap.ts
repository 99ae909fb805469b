import type { Booking } from '../domain/booking.js';
import type { VerdictNode } from '../domain/verdict.js';
import { holdsLease, others, type ChangeFacts, type CoordinationFacts, type Known, type Rows } from './coordination.js';
import type { RuleAnswer } from './rule.js';

/** In the words and values of a verdict no more than these are named. */
const NAMED_MAX = 5;

/**
 * Who else works on the same files: `overlap-runs` for claims of other runs, `overlap-changes` for open changes of Heddle and
 * of people. What touches only the same files is a warning unless the policy says more, since most of it merges by itself.
 * Pure; the same rule judges the likely paths before the work and the real ones after it.
 */
export function overlapRule(known: Known, facts: CoordinationFacts): readonly RuleAnswer[] {
  return [runsRule(known, facts), changesRule(known.rows, facts)];
}

type Policy = 'warn' | 'hold' | 'queue' | 'off';

interface Met { readonly who: string; readonly paths: readonly string[]; readonly policy: Policy }

function runsRule({ rows, damage }: Known, facts: CoordinationFacts): RuleAnswer {
  const policy = facts.overlap.heddle;
  if (policy === 'off') return allow('overlap-runs', 'overlap.heddle is off');
  if (damage.length > 0 && policy !== 'warn') return { node: { rule: 'overlap-runs', effect: 'hold', words: `${damage.length} entries of the ledger cannot be read, so it is not known whether another run works on these files` }, asks: 'overlap' };
  const scope = new Set(facts.scope);
  const met = others(rows, facts).filter((row) => holdsLease(row, facts.now)).flatMap((row) => metBy(scope, row.scope, { who: nameOf(row), policy }));
  return answer('overlap-runs', met, { facts, none: 'no other run works on these files' });
}

function changesRule(rows: Rows, facts: CoordinationFacts): RuleAnswer {
  const { people, heddle } = facts.overlap;
  if (people === 'off' && heddle === 'off') return allow('overlap-changes', 'overlap.people and overlap.heddle are off');
  if (facts.changes === undefined) return allow('overlap-changes', 'not known: this forge does not list open changes');
  const scope = new Set(facts.scope);
  const own = new Set(rows.filter((row) => row.run === facts.run).flatMap((row) => row.change?.number ?? []));
  const met = facts.changes.filter((change) => !own.has(change.number)).flatMap((change) => {
    const policy = change.ours ? heddle : people;
    return policy === 'off' ? [] : metBy(scope, change.paths ?? [], { who: titleOf(change), policy });
  });
  const unread = facts.changes.filter((change) => change.paths === undefined || change.pathsCut).length;
  const limits = [...(unread === 0 ? [] : [`${unread} of ${facts.changes.length} are not compared in full`]), ...(facts.changesCut ? ['more are open than were read'] : [])];
  return answer('overlap-changes', met, { facts, none: ['no open change touches these files', ...limits].join('; ') });
}

function metBy(scope: ReadonlySet<string>, paths: readonly string[], who: Omit<Met, 'paths'>): Met[] {
  const shared = [...new Set(paths)].filter((path) => scope.has(path)).sort();
  return shared.length === 0 ? [] : [{ ...who, paths: shared }];
}

function answer(rule: string, met: readonly Met[], about: { readonly facts: CoordinationFacts; readonly none: string }): RuleAnswer {
  const [first] = met;
  if (first === undefined) return allow(rule, about.none);
  const waits = met.filter((one) => one.policy === 'hold' || one.policy === 'queue');
  const named = (waits.length > 0 ? waits : met).slice(0, NAMED_MAX);
  const likely = about.facts.certainty === 'likely' ? 'likely touches' : 'touches';
  const list = named.map((one) => `${one.who}: ${one.paths.slice(0, NAMED_MAX).join(', ')}${one.paths.length > NAMED_MAX ? ` and ${one.paths.length - NAMED_MAX} more` : ''}`).join('; ');
  const more = met.length > named.length && waits.length === 0 ? `; and ${met.length - named.length} more` : '';
  const values = {
    with: met.slice(0, NAMED_MAX * 2).map((one) => one.who), paths: [...new Set(met.flatMap((one) => one.paths))].slice(0, NAMED_MAX * 4),
    certainty: about.facts.certainty, ...(waits.some((one) => one.policy === 'queue') ? { behind: waits.filter((one) => one.policy === 'queue').map((one) => one.who) } : {}),
  };
  if (waits.length === 0) return allow(rule, `warning: the work ${likely} the same files as ${list}${more}`, { ...values, warning: true });
  const queued = waits.every((one) => one.policy === 'queue');
  const next = queued ? 'it waits until that has ended, and is looked at again then' : 'a person must say that both may go on';
  return { node: { rule, effect: 'hold', words: `the work ${likely} the same files as ${list}; ${next}`, values }, asks: 'overlap' };
}

function nameOf(row: Booking): string {
  return `run ${row.run} (${row.ticket.key})`;
}

function titleOf(change: ChangeFacts): string {
  return `${change.ours ? 'Heddle\'s ' : ''}change ${change.number}${change.author === '' ? '' : ` by ${change.author}`}`;
}

function allow(rule: string, words: string, values?: VerdictNode['values']): RuleAnswer {
  return { node: { rule, effect: 'allow', words, ...(values === undefined ? {} : { values }) } };
}
