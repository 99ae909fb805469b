import type { Booking } from '../domain/booking.js';
import type { VerdictNode } from '../domain/verdict.js';
import { holdsLease, others, type ChangeFacts, type CoordinationFacts, type Rows } from './coordination.js';
import type { RuleAnswer } from './rule.js';

/**
 * How many Heddle changes may wait for people: in the repository, per owner in CODEOWNERS, per reviewer who was asked. A run that
 * lives counts as the change that it will open, so two that start at once cannot both take the last place (in one atomic step
 * over the rows). A cap that is not configured has no rule.
 */
export function capRules(rows: Rows, facts: CoordinationFacts): readonly RuleAnswer[] {
  const { caps } = facts;
  const coming = others(rows, facts).filter((row) => holdsLease(row, facts.now));
  const open = (facts.changes ?? []).filter((change) => change.ours && !coming.some((row) => row.change?.number === change.number || row.change?.branch === change.branch));
  const unknown = facts.changes === undefined;
  return [
    ...(caps.repository === undefined ? [] : [unknown ? unasked('cap-repository') : repositoryCap(open, coming, caps.repository)]),
    ...(caps.per_team === undefined ? [] : [unknown ? unasked('cap-team') : teamCap({ open, coming, facts, most: caps.per_team })]),
    ...(caps.per_reviewer === undefined ? [] : [unknown ? unasked('cap-reviewer') : reviewerCap({ open, coming, facts, most: caps.per_reviewer })]),
  ];
}

interface Counted { readonly open: readonly ChangeFacts[]; readonly coming: readonly Booking[]; readonly facts: CoordinationFacts; readonly most: number }

function repositoryCap(open: readonly ChangeFacts[], coming: readonly Booking[], most: number): RuleAnswer {
  const values = { open: open.length, running: coming.length, most };
  if (open.length + coming.length < most) return allow('cap-repository', 'fewer Heddle changes are open or on their way than caps.repository', values);
  return full('cap-repository', `as many Heddle changes are open (${open.length}) or on their way (${coming.length}) as caps.repository allows (${most})`, values);
}

function teamCap({ open, coming, facts, most }: Counted): RuleAnswer {
  const counts = facts.owners.map((owner) => {
    const wanted = lower(owner);
    return { owner, count: open.filter((change) => change.owners.some((one) => lower(one) === wanted)).length + coming.filter((row) => row.owners.some((one) => lower(one) === wanted)).length };
  });
  const over = counts.filter((one) => one.count >= most);
  const values = { owners: counts.map((one) => `${one.owner}: ${one.count}`), most };
  if (over.length === 0) return allow('cap-team', facts.owners.length === 0 ? 'nobody owns the likely files' : 'every owner of the likely files has fewer Heddle changes than caps.per_team', values);
  return full('cap-team', `${over.map((one) => `${one.owner} has ${one.count}`).join(', ')} Heddle changes open or on their way; caps.per_team allows ${most}`, values);
}

/** Requests that were answered are gone from a change, so this counts what still waits for somebody. */
function reviewerCap({ open, coming, facts, most }: Counted): RuleAnswer {
  const counts = facts.reviewers.map((reviewer) => {
    const wanted = lower(reviewer);
    const waiting = open.filter((change) => change.reviewers.some((one) => lower(one) === wanted)).length;
    return { reviewer, count: waiting + coming.filter((row) => row.owners.some((one) => lower(one) === `@${wanted}`)).length };
  });
  const over = counts.filter((one) => one.count >= most);
  const values = { reviewers: counts.map((one) => `${one.reviewer}: ${one.count}`), most };
  if (over.length === 0) return allow('cap-reviewer', facts.reviewers.length === 0 ? 'nobody would be asked to review' : 'everybody who would be asked has fewer reviews waiting than caps.per_reviewer', values);
  return full('cap-reviewer', `${over.map((one) => `${one.reviewer} has ${one.count}`).join(', ')} Heddle changes to review; caps.per_reviewer allows ${most}`, values);
}

function full(rule: string, words: string, values: NonNullable<VerdictNode['values']>): RuleAnswer {
  return { node: { rule, effect: 'hold', words, values }, asks: 'budget' };
}

/** What cannot be counted is not below a cap. */
function unasked(rule: string): RuleAnswer {
  return { node: { rule, effect: 'hold', words: 'the forge does not list open changes, so they cannot be counted' }, asks: 'budget' };
}

function allow(rule: string, words: string, values: NonNullable<VerdictNode['values']>): RuleAnswer {
  return { node: { rule, effect: 'allow', words, values } };
}

/** Logins and team names are compared as forges compare them. */
function lower(name: string): string {
  return name.toLowerCase();
}
